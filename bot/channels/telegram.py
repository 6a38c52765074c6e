"""Telegram: the only file that knows python-telegram-bot's types.

An update is written down before Telegram is told that we have it; python-telegram-bot's own updater would confirm it
while it is still only in memory. Handlers parse and hand over, nothing else.
"""

import asyncio
import contextlib
import datetime as dt
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from telegram import MaybeInaccessibleMessage, Message, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackContext,
    CallbackQueryHandler,
    ChatMemberHandler,
    MessageHandler,
    PreCheckoutQueryHandler,
    filters,
)

from bot import i18n
from bot.channels.calls import ALLOWED_UPDATES, Bot, seconds_of
from bot.channels.money import MONEY, money_of
from bot.channels.posted import command_of, posted
from bot.channels.request import AiohttpRequest
from bot.channels.webhook import Webhook
from bot.dialogs.event import Contact, Due, Edited, Event, File, Media, Press, Reachable, Text
from bot.services import aftermath, ingest, intake, opening, receiving, turns
from bot.services.context import Context
from bot.services.delivery import Courier, Later, Needless, Refused
from bot.services.feeding import Feed
from bot.services.lanes import Lanes
from bot.services.leading import Leading
from bot.services.queueing import Pace
from bot.services.turns import Sender
from bot.views.menus import commands
from storage import inbox, marks
from storage.inbox import Item

log = logging.getLogger(__name__)
os.environ.setdefault("PTB_TIMEDELTA", "1")  # python-telegram-bot warns of its old habit otherwise

WEBHOOK_CONNECTIONS = 4  # updates are committed one after the other anyway
FULL = 1000
"""Items waiting beyond which no more updates are fetched: Telegram keeps them better than our memory does."""


@dataclass(slots=True)
class _Current:
    """The item a handler is called for, and what it left behind."""

    item: Item
    answered: bool = False
    error: Exception | None = None


_current: ContextVar[_Current] = ContextVar("current")


Beside = Callable[[Context, Leading], contextlib.AbstractContextManager[object]]
"""What else the worker does while it works: the jobs."""


def _nothing(_: Context, __: Leading) -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext()


class Front:
    """Takes updates in, hands them to the use cases in each person's order, sends what comes of them."""

    def __init__(self, context: Context, token: str, api_url: str, beside: Beside = _nothing) -> None:
        self._context, self._group = context, context.settings.config.support.group
        self.bot = Bot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=AiohttpRequest(connections=100),
            get_updates_request=AiohttpRequest(connections=2),
        )
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder().bot(self.bot).updater(None).job_queue(None).build()
        )
        self._add_handlers()
        self._beside = beside
        replicas, database = context.settings.config.replicas, context.database
        seconds = replicas.sqlite_seconds if database.sqlite else replicas.postgresql_seconds
        self.lead = Leading(database, context.clock, seconds)
        self._stopping = asyncio.Event()
        self._taking = asyncio.Lock()  # one after the other into the tables, and so into the lanes
        self._prepare()

    def _prepare(self) -> None:
        """Lay out empty what a worker works with."""
        context, config = self._context, self._context.settings.config
        self._working = False
        self._lanes: Lanes[Item] = Lanes(self._handle, config.conversation.people_at_once)
        told = config.delivery
        self.courier = Courier(
            context.database,
            context.vault,
            self.bot,
            context.clock,
            dt.timedelta(hours=told.give_up_hours),
            # the local chat is not Telegram, and has no limits
            Pace()
            if context.settings.local
            else Pace(told.per_second, told.per_chat_per_second, told.burst, told.per_group_per_minute),
            undelivered=lambda parcel: aftermath.undelivered(context, parcel),
            delivered=lambda parcel: aftermath.delivered(context, parcel),
            may=lambda: self.lead.sure,
        )
        self._feed = Feed(context, self._lanes, self.courier)

    async def run(self) -> None:
        """Stand by until the lease is ours, work while it is, and so on until `stop` is called."""
        webhook = await self._listen() if self._context.settings.webhook_url else None
        try:
            while not self._stopping.is_set():
                await self._until_stopped(self.lead.win())
                if self.lead.fence:
                    await self._lead()
        finally:
            if webhook is not None:
                await webhook.stop()
            await self.lead.release()
            await self._application.shutdown()

    async def _lead(self) -> None:
        """Work for as long as the lease is ours; when it is lost, everything is let lie as a kill would."""
        self._prepare()
        holding, working = asyncio.create_task(self.lead.hold()), asyncio.create_task(self._work())
        try:
            await asyncio.wait({holding, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            for task in (holding, working):
                task.cancel()
            self._lanes.abandon()
            self.courier.abandon()
            await asyncio.wait({holding, working})

    async def _work(self) -> None:
        """Do what was left over first, then whatever comes; at the end, what is in hand is finished."""
        await self._connect()
        await opening.open_up(self._context)
        async with self._context.database.write() as write:  # links to this bot need its name
            await marks.put(write, marks.BOT, self.bot.username, self._context.clock())
        await self.courier.start()
        async with self._taking:  # whoever writes meanwhile comes after what was left over
            await self._feed.look()
            self._working = True
        running = [asyncio.create_task(self._feed.run()), asyncio.create_task(self._introduce())]
        try:
            with self._beside(self._context, self.lead):
                await (self._stopping.wait() if self._context.settings.webhook_url else self._poll())
        finally:
            self._working = False
            for task in running:
                task.cancel()
        await self._lanes.stop()
        await self.courier.stop()

    @property
    def busy(self) -> int:
        """Count the updates being answered, the messages on their way, and one for what may wait in the tables."""
        return len(self._lanes) + self.courier.busy + (self._feed.busy or not self._working)

    def stop(self) -> None:
        """Stop fetching; what is in hand is finished."""
        self._stopping.set()

    def _add_handlers(self) -> None:
        private = filters.ChatType.PRIVATE | filters.Chat(self._group)
        add = self._application.add_handler
        add(CallbackQueryHandler(self._on_press))
        add(PreCheckoutQueryHandler(self._on_money))
        add(MessageHandler(private & MONEY, self._on_money))
        add(MessageHandler(filters.UpdateType.EDITED_MESSAGE, self._on_edit))
        add(MessageHandler(private & filters.COMMAND, self._on_command))
        add(MessageHandler(private & filters.TEXT, self._on_text))
        add(MessageHandler(private & filters.CONTACT, self._on_contact))
        add(MessageHandler(private & filters.Document.ALL, self._on_file))
        # pinning a message or closing a topic is nobody's word
        add(MessageHandler(private & ~filters.StatusUpdate.ALL, self._on_media))
        add(ChatMemberHandler(self._on_member, ChatMemberHandler.MY_CHAT_MEMBER))
        self._application.add_error_handler(_note_error)

    async def _on_press(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        query = update.callback_query
        if query is not None:
            message_id = query.message.message_id if query.message else 0
            await self._answer(update, Press(query.data or "", message_id, query.id, *_about(query.message)))

    async def _on_command(self, update: Update, __: CallbackContext[Any, Any, Any, Any]) -> None:
        command = command_of(update.message, self._group, self.bot.username)
        if command is not None:
            await self._answer(update, command)

    async def _on_text(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        if update.message is not None:
            message, forwarded = update.message, update.message.forward_origin is not None
            await self._answer(update, Text(message.text or "", message.message_id, forwarded))

    async def _on_contact(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        message = update.message
        if message is not None and message.contact is not None:
            own = message.from_user is not None and message.contact.user_id == message.from_user.id
            await self._answer(update, Contact(message.contact.phone_number, own, message.message_id))

    async def _on_media(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        if update.message is not None:
            message, forwarded = update.message, update.message.forward_origin is not None
            kind = "photo" if message.photo else "other"
            await self._answer(update, Media(message.message_id, message.caption or "", kind, forwarded))

    async def _on_file(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        message = update.message
        if message is not None and message.document is not None:
            sent, chat_id = message.document, _current.get().item.chat_id
            name, mime, size = sent.file_name or "", sent.mime_type or "", sent.file_size or 0
            file = File(sent.file_id, name, mime, size, message.message_id, message.caption or "")
            async with self._context.receiving:  # up to the answer: few files are in memory at once
                whole = message.chat.id != self._group  # a file of the group is only passed on
                got = await receiving.receive(self._context, self.bot, chat_id, file) if whole else file
                await self._answer(update, got)

    async def _on_edit(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        message = update.edited_message
        if message is not None:
            await self._answer(update, Edited(message.text or message.caption or "", message.message_id))

    async def _on_money(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        event = money_of(update)
        if event is not None:
            await self._answer(update, event)

    async def _on_member(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        if update.my_chat_member is not None:
            await self._answer(update, Reachable(update.my_chat_member.new_chat_member.status == "member"))

    async def _answer(self, update: Update, event: Event) -> None:
        user = update.effective_user
        current = _current.get()
        current.answered = True
        item, event = current.item, posted(update, event, self._group)
        await self._take(item, Sender(item.chat_id, user.language_code if user else None), event)

    async def _take(self, item: Item, sender: Sender, event: Event) -> None:
        taken = await turns.take(self._context, item, sender, event)
        self.courier.carry(taken.parcels)
        for work in taken.work:
            self._lanes.put(work.chat_id, work)

    async def _handle(self, item: Item) -> None:
        """Handle one item of the inbox; a slow one that somebody waits for shows "typing"."""
        await self.lead.until_sure()
        slow = self._context.settings.config.conversation.typing_after_seconds
        typing = asyncio.get_running_loop().call_later(slow, self._type, item.chat_id)
        if item.payload.get("job") == ingest.RESCORE:
            typing.cancel()  # nobody asked for it
        try:
            if "job" in item.payload:
                due = Due(str(item.payload["job"]), int(item.payload["subject"]))
                await self._take(item, Sender(item.chat_id), due)
                return
            current = _Current(item)
            _current.set(current)
            await self._application.process_update(Update.de_json(dict(item.payload), self.bot))
            if current.error is not None:
                raise current.error
            if not current.answered:  # nothing of ours listens to this kind of update
                async with self._context.database.write() as write:
                    await inbox.done(write, item.id)
        finally:
            typing.cancel()

    def _type(self, chat_id: int) -> None:
        task = asyncio.create_task(self.bot.call("sendChatAction", {"chat_id": chat_id, "action": "typing"}))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _listen(self) -> Webhook:
        """Take what Telegram posts to our webhook; whoever works finds it in the inbox."""
        settings = self._context.settings
        await opening.trust(self._context)
        webhook = Webhook(self._store, settings.webhook_secret, settings.webhook_path)
        await webhook.start(settings.webhook_port)
        return webhook

    async def _poll(self) -> None:
        """Fetch updates for as long as we run; an offset moves on only once its updates are committed."""
        offset: int | None = None
        pause = 0.0
        while not self._stopping.is_set():
            try:
                await self._until_stopped(self.lead.until_sure())
                updates = await self._until_stopped(self.bot.updates(offset))
                if updates:
                    await self._store(updates)
                    offset = int(updates[-1]["update_id"]) + 1
                pause = 0.0
            except InvalidToken:
                raise
            except Conflict:
                log.warning("another program fetches this bot's updates; stop one of the two")
                pause = min(max(pause * 2, 1.0), 5.0)
            except RetryAfter as wait:
                pause = seconds_of(wait)
            except Exception as trouble:  # noqa: BLE001 - whatever happens to one fetch, the next may succeed
                log.warning("no updates for now: %s", type(trouble).__name__)
                pause = min(max(pause * 2, 0.5), 30.0)
            while len(self._lanes) > FULL and not self._stopping.is_set():  # noqa: ASYNC110 - seconds, at overload
                await asyncio.sleep(0.05)
            if pause:
                await self._until_stopped(asyncio.sleep(pause))

    async def _store(self, updates: Sequence[Mapping[str, Any]]) -> None:
        async with self._taking:
            for item in await intake.take_in(self._context, updates):
                if self._working:
                    self._lanes.put(item.chat_id, item)

    async def _until_stopped(self, work: Any) -> Any:
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else ()
        finally:
            for one in (task, stopping):
                if not one.done():
                    one.cancel()

    async def _connect(self) -> None:
        pause = 0.5
        while True:
            try:
                await self._application.initialize()
                await self._choose_channel()
            except InvalidToken:
                raise
            except NetworkError as trouble:
                log.warning("the Bot API does not answer yet: %s", type(trouble).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
            else:
                return

    async def _choose_channel(self) -> None:
        """Tell Telegram how we want our updates: posted to us, or kept until we fetch them."""
        settings = self._context.settings
        if settings.webhook_url:
            await self.bot.set_webhook(
                settings.webhook_url,
                secret_token=settings.webhook_secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=WEBHOOK_CONNECTIONS,
            )
        else:
            await self.bot.delete_webhook()

    async def _introduce(self) -> None:
        """Show the command menu and the description in every language; cosmetic, so a failure is only logged."""
        config = self._context.settings.config.bot
        also = ("demo",) if self._context.settings.local else ()
        try:
            for language in (config.fallback_language, *config.languages):
                locale = i18n.locale(language)
                code = (
                    {} if language == config.fallback_language else {"language_code": language.split("_")[0]}
                )
                await self.bot.call("setMyCommands", {"commands": commands(locale, *also), **code})
                description = locale.plain(i18n.t("bot.description"))
                await self.bot.call("setMyDescription", {"description": description, **code})
        except (Later, Refused, Needless) as trouble:
            log.warning("the command menu was not taken: %s", trouble)


def _about(message: MaybeInaccessibleMessage | None) -> tuple[str, int]:
    """Give the text that a message replied to, and its id: Telegram tells it again with every press beneath."""
    replied = message.reply_to_message if isinstance(message, Message) else None
    return (replied.text or replied.caption or "", replied.message_id) if replied else ("", 0)


async def _note_error(_: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
    _current.get().error = context.error if isinstance(context.error, Exception) else None
