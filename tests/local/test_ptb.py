"""A real python-telegram-bot application, unchanged, talks to the local chat."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.channels.local import LocalBotApi, Person, flood

from .client import ALEX, TOKEN, png

Context = ContextTypes.DEFAULT_TYPE


async def _start(update: Update, _: Context) -> None:
    assert update.message
    assert update.effective_user
    button = InlineKeyboardButton("Score", callback_data="score")
    words = f"<b>Hello</b> {update.effective_user.mention_html()}"
    await update.message.reply_html(words, reply_markup=InlineKeyboardMarkup([[button]]))


async def _press(update: Update, _: Context) -> None:
    assert update.callback_query
    await update.callback_query.answer("one moment")
    await update.callback_query.edit_message_text("642")


async def _photo(update: Update, _: Context) -> None:
    assert update.message
    file = await update.message.photo[-1].get_file()
    await update.message.reply_photo(bytes(await file.download_as_bytearray()), caption="back")


async def _contact(update: Update, _: Context) -> None:
    assert update.message
    assert update.message.contact
    own = update.message.contact.user_id == update.message.chat_id
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Again", request_contact=True)]])
    await update.message.reply_text("yours" if own else "not yours", reply_markup=keyboard)


@pytest.fixture
async def bot(server: LocalBotApi) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    builder = ApplicationBuilder().token(TOKEN).job_queue(None)
    app = builder.base_url(f"{server.url}/bot").base_file_url(f"{server.url}/file/bot").build()
    app.add_handlers(
        [
            CommandHandler("start", _start),
            CallbackQueryHandler(_press),
            MessageHandler(filters.PHOTO, _photo),
            MessageHandler(filters.CONTACT, _contact),
        ]
    )
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling()
        yield app
        await app.updater.stop()
        await app.stop()


@pytest.mark.usefixtures("bot")
async def test_a_whole_conversation(server: LocalBotApi) -> None:
    alex = server.person(ALEX)
    greeting = await alex.reply(await alex.say("/start"))
    assert greeting["text"] == "Hello Alex Morgan"
    pressed = await alex.press(greeting["message_id"], "score")
    assert await alex.answer(pressed) == {"text": "one moment", "alert": False, "url": ""}
    await server.idle()
    assert alex.messages()[-1]["text"] == "642"
    picture = await alex.reply(await alex.send_photo(png(64, 48)))
    assert (picture["photo"][0]["width"], picture["caption"]) == (64, "back")
    assert (await alex.reply(await alex.share_contact()))["text"] == "yours"
    assert (await alex.reply(await alex.share_contact("+1", 5)))["text"] == "not yours"


async def test_refusals_arrive_as_ptb_errors(
    server: LocalBotApi, bot: Application[Any, Any, Any, Any, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # PTB 22 warns about its old way of counting seconds
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.bot.send_message(5, "x")
    alex = server.person(ALEX)
    await alex.say("hi")
    await alex.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.bot.send_message(ALEX, "x")
    server.fault = lambda call: flood(3) if call.method == "getMe" else None
    with pytest.raises(RetryAfter):
        await bot.bot.get_me()


@pytest.mark.usefixtures("bot")
async def test_many_people_at_once(server: LocalBotApi) -> None:
    crowd = [server.add_person(Person(1000 + n, f"P{n}")) for n in range(100)]
    for player in crowd:
        await player.say("/start")
    for player in crowd:
        assert (await player.reply())["text"] == f"Hello {player.person.first_name}"
