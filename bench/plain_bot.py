"""The yardstick: a form bot as python-telegram-bot's own examples build one, with a careful database.

ConversationHandler, `run_polling`, the default HTTPXRequest, SQLAlchemy's async ORM on aiosqlite; one commit
per answer, WAL and synchronous=FULL. It is given every advantage of a plain bot: no encryption, no consent, no outbox,
no inbox, one language, no explanations. `--per-person` handles different people at the same time, each in their order.
"""

import argparse
import asyncio
import datetime as dt
import os
from collections import defaultdict
from collections.abc import Awaitable
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, String, event
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseUpdateProcessor,
    CallbackContext,
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    MessageHandler,
    filters,
)

from bench.form import FORM, Field

Ctx = CallbackContext[Any, dict[str, Any], Any, Any]
SUMMARY = len(FORM)


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    name: Mapped[str] = mapped_column(String(100))


class Answer(Base):
    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class PerPerson(BaseUpdateProcessor):
    """Different people at the same time, one person's updates in order."""

    def __init__(self, at_once: int) -> None:
        super().__init__(at_once)
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        user = update.effective_user if isinstance(update, Update) else None
        async with self._locks[user.id if user else 0]:
            await coroutine

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass


def engine_for(path: str) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


class Form:
    """The handlers."""

    def __init__(self, path: str) -> None:
        self.engine = engine_for(path)
        self.session = async_sessionmaker(self.engine, expire_on_commit=False)

    async def open(self, _: object) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def start(self, update: Update, context: Ctx) -> int:
        user, chat = update.effective_user, update.effective_chat
        assert user is not None
        assert chat is not None
        async with self.session() as session:
            customer = await session.scalar(Customer.__table__.select().where(Customer.chat_id == chat.id))
            if customer is None:
                row = Customer(chat_id=chat.id, name=user.first_name)
                session.add(row)
                await session.commit()
                customer = row.id
        _memory(context)["customer"] = customer
        await self.ask(update, 0)
        return 0

    async def answer(self, update: Update, context: Ctx) -> int:
        """Take the answer to the question this person is at."""
        position = _memory(context).get("position", 0)
        field = FORM[position]
        query = update.callback_query
        value = (query.data or "") if query else str(update.message and update.message.text)
        if not _good(field, value):
            await self.ask(update, position, "Please answer with a number or press a button.\n\n")
            return 0
        async with self.session() as session:
            now = dt.datetime.now(dt.UTC)
            session.add(
                Answer(customer_id=_memory(context)["customer"], name=field.name, value=value, at=now)
            )
            await session.commit()
        _memory(context)[field.name] = value
        _memory(context)["position"] = position + 1
        if query:  # the message whose button was pressed becomes the next question, as in Candor
            await query.answer()
            text, markup = _question(position + 1)
            await query.edit_message_text(f"✓ {value}\n\n{text}", parse_mode="HTML", reply_markup=markup)
        else:
            await self.ask(update, position + 1)
        return 0

    async def ask(self, update: Update, position: int, note: str = "") -> None:
        chat = update.effective_chat
        assert chat is not None
        text, markup = _question(position)
        await chat.send_message(note + text, parse_mode="HTML", reply_markup=markup)

    async def stop(self, update: Update, context: Ctx) -> int:
        chat = update.effective_chat
        assert chat is not None
        _memory(context).clear()
        await chat.send_message("Stopped.")
        return ConversationHandler.END


def _question(position: int) -> tuple[str, InlineKeyboardMarkup | None]:
    if position == SUMMARY:
        button = InlineKeyboardButton("Confirm", callback_data="confirm")
        return "Thank you, that is all.", InlineKeyboardMarkup([[button]])
    field = FORM[position]
    options = [InlineKeyboardButton(value, callback_data=value) for value in field.buttons]
    rows = [options[at : at + 3] for at in range(0, len(options), 3)]
    text = f"<b>{position + 1}/{len(FORM)} · {field.name}</b>\nFor example {field.answer}.\n\n<i>Why: it is asked.</i>"
    return text, InlineKeyboardMarkup(rows) if rows else None


def _memory(context: Ctx) -> dict[str, Any]:
    assert context.user_data is not None
    return context.user_data


def _good(field: Field, value: str) -> bool:
    return value in field.buttons if field.buttons else value.isdecimal() and len(value) < 12


def build(
    path: str, token: str, api_url: str, *, per_person: bool
) -> Application[Any, Any, Any, Any, Any, Any]:
    form = Form(path)
    builder = (
        ApplicationBuilder().token(token).base_url(f"{api_url}/bot").base_file_url(f"{api_url}/file/bot")
    )
    if per_person:
        builder = builder.concurrent_updates(PerPerson(32))
    application = builder.post_init(form.open).build()
    talk: list[Any] = [
        MessageHandler(filters.TEXT & ~filters.COMMAND, form.answer),
        CallbackQueryHandler(form.answer),
    ]
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("score", form.start)],
            states={0: talk},
            fallbacks=[CommandHandler("cancel", form.stop), CommandHandler("score", form.start)],
        )
    )
    return application


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--per-person", action="store_true")
    chosen = parser.parse_args()
    folder, token, api_url = (os.environ[name] for name in ("CANDOR_DATA", "BOT_TOKEN", "BOT_API_URL"))
    build(f"{folder}/plain.db", token, api_url, per_person=chosen.per_person).run_polling()


if __name__ == "__main__":
    main()
