"""A person at the desk: what someone with Telegram in their hand can do, for the page and for tests."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from bot.channels.local.chats import Chat
from bot.channels.local.entities import Formatted, clean, detect, trim
from bot.channels.local.errors import ApiError
from bot.channels.local.methods.compose import TEXT_LIMIT, check_upload
from bot.channels.local.params import Upload
from bot.channels.local.people import Person
from bot.channels.local.shape import Json
from bot.channels.local.world import World

VOICE_SAMPLE = Path(__file__).parent / "web" / "voice.ogg"


T = TypeVar("T")


class RefusedError(ValueError):
    """The person's own app would not let them do this."""


class Player:
    """Plays one person. Every act queues the update a bot would get, and gives the id of what it made."""

    def __init__(self, world: World, chat: Chat) -> None:
        self._world = world
        self._chat = chat

    @property
    def person(self) -> Person:
        """Who is played."""
        return self._chat.person

    async def say(self, text: str) -> int:
        """Type a message; commands and links in it are found as the apps find them."""
        return self._send(text_fields(text))

    async def forward(self, text: str, sender: str = "Somebody") -> int:
        """Forward what somebody else wrote, in another chat."""
        user = {"id": 1, "is_bot": False, "first_name": sender}
        origin = {"type": "user", "date": int(self._world.clock()), "sender_user": user}
        return self._send(text_fields(text) | {"forward_origin": origin})

    async def edit(self, message_id: int, text: str) -> None:
        """Change one's own text."""
        message = self._message(message_id)
        if message["from"]["is_bot"] or "text" not in message:
            raise RefusedError("only one's own text can be edited")
        kept = {name: value for name, value in message.items() if name not in {"text", "entities"}}
        self._tell_bot("edited_message", self._world.chats.replace(self._chat, kept | text_fields(text)))

    async def press(self, message_id: int, data: str, *, stale: bool = False) -> str:
        """Press an inline button by its callback data; the callback query's id.

        `stale` presses a button that an edit took away meanwhile, as a slow network does.
        """
        message = self._message(message_id)
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        if not stale and not any(button.get("callback_data") == data for row in rows for button in row):
            raise RefusedError(f"message {message_id} has no button {data!r}")
        query_id = self._world.callbacks.issue(self._chat.id)
        shown = self._world.chats.view(self._chat, message)
        head = {"id": query_id, "from": self.person.user(), "message": shown}
        self._tell_bot("callback_query", head | {"chat_instance": str(self._chat.id), "data": data})
        return query_id

    async def pay(self, message_id: int) -> str:
        """Press the Pay button of a bill, and yes in the window after it; the id under which the bot is asked."""
        message = self._message(message_id)
        if "invoice" not in message:
            raise RefusedError(f"message {message_id} is no bill")
        query_id = self._world.check_out(self._chat, message)
        self._world.store.commit()
        return query_id

    async def checkout(self, query_id: str, within: float = 5.0) -> Json:
        """Await what the bot says to a payment: ok, problem."""
        return await self._until(lambda: self._world.checkouts.answered(query_id), within)

    async def share_contact(self, phone: str = "", user_id: int | None = None) -> int:
        """Share one's own contact, or with another `user_id` somebody else's card."""
        owner = self._world.chats.find(self.person.id if user_id is None else user_id)
        person = owner.person if owner else Person(user_id or 0, "Somebody", "Else")
        contact = {
            "phone_number": phone or person.phone,
            "first_name": person.first_name,
            "user_id": person.id,
        }
        return self._send(
            {"contact": contact | ({"last_name": person.last_name} if person.last_name else {})}
        )

    async def send_photo(self, data: bytes, caption: str = "", name: str = "photo.jpg") -> int:
        """Send a picture."""
        return self._send_file("photo", Upload(name, data, "image/jpeg"), caption)

    async def send_document(
        self, name: str, data: bytes, mime: str = "application/octet-stream", caption: str = ""
    ) -> int:
        """Send a file."""
        return self._send_file("document", Upload(name, data, mime), caption)

    async def send_voice(self, data: bytes | None = None) -> int:
        """Send a voice message; without data, a short recorded silence."""
        return self._send_file(
            "voice", Upload("voice.oga", data or VOICE_SAMPLE.read_bytes(), "audio/ogg"), ""
        )

    async def block(self, *, blocked: bool = True) -> None:
        """Block the bot, or with False let it write again."""
        if blocked == self._chat.blocked:
            return
        self._chat.blocked = blocked
        self._world.chats.save(self._chat)
        before, after = (
            _membership(self._world.bot(), blocked=not blocked),
            _membership(self._world.bot(), blocked=blocked),
        )
        head = {"chat": self.person.chat(), "from": self.person.user(), "date": int(self._world.clock())}
        self._tell_bot("my_chat_member", head | {"old_chat_member": before, "new_chat_member": after})

    async def speak(self, language_code: str) -> None:
        """Set the language of the person's app."""
        self._chat.person = replace(self.person, language_code=language_code)
        self._world.chats.save(self._chat)
        self._world.store.commit()

    def messages(self) -> list[Json]:
        """Give what the chat shows now, in order: edited as edited, without what was deleted."""
        return [self._world.chats.view(self._chat, message) for message in self._chat.messages.values()]

    def keyboard(self) -> Json | None:
        """Give the reply keyboard that lies open."""
        return self._chat.keyboard

    async def wait(self, until: Callable[[list[Json]], object], within: float = 5.0) -> list[Json]:
        """Wait until `until` holds of the messages and give them; TimeoutError otherwise."""
        return await self._until(lambda: shown if until(shown := self.messages()) else None, within)

    async def reply(self, after: int = 0, within: float = 5.0) -> Json:
        """Await the bot's first message after the message with this id, now or within so many seconds."""

        def first() -> Json | None:
            found = (m for m in self.messages() if m["from"]["is_bot"] and m["message_id"] > after)
            return next(found, None)

        return await self._until(first, within)

    async def answer(self, query_id: str, within: float = 5.0) -> Json:
        """Await the bot's answer to a press: text, alert, url."""
        return await self._until(lambda: self._world.callbacks.answered(query_id), within)

    async def _until(self, look: Callable[[], T | None], within: float) -> T:
        """Look again after everything that happens in this chat, until there is something to see."""
        with self._world.events.watch(self._chat.id) as events:
            async with asyncio.timeout(within):
                while (found := look()) is None:
                    await events.get()
        return found

    def _message(self, message_id: int) -> Json:
        if message_id not in self._chat.messages:
            raise RefusedError(f"there is no message {message_id} in this chat")
        return self._chat.messages[message_id]

    def _send_file(self, kind: str, upload: Upload, caption: str) -> int:
        try:
            check_upload(kind, upload)
        except ApiError as problem:
            raise RefusedError(problem.description) from problem
        file = self._world.files.add(kind, upload, duration=1 if kind == "voice" else 0)
        if kind == "photo" and not file.width:
            self._world.files.drop(file.id)
            raise RefusedError("not a picture")
        words = clean(caption).strip()
        return self._send({kind: file.media(), **({"caption": words} if words else {})})

    def _send(self, fields: Json) -> int:
        if self._chat.blocked:
            raise RefusedError("the bot is blocked")
        if not self._chat.started:
            self._chat.started = True
            self._world.chats.save(self._chat)
        message = self._world.chats.add(self._chat, self.person.user(), fields)
        self._tell_bot("message", message)
        return int(message["message_id"])

    def _tell_bot(self, kind: str, content: Json) -> None:
        self._world.updates.add(kind, content)
        self._world.store.commit()


def text_fields(text: str) -> Json:
    """Give what somebody types as the fields of a Message. Raises RefusedError for what no app sends."""
    value = detect(trim(Formatted(clean(text))))
    if not 1 <= len(value.text) <= TEXT_LIMIT:
        raise RefusedError(f"a message has 1 to {TEXT_LIMIT} characters")
    return {"text": value.text} | ({"entities": value.entities} if value.entities else {})


def _membership(bot: Json, *, blocked: bool) -> Json:
    return (
        {"status": "kicked", "user": bot, "until_date": 0} if blocked else {"status": "member", "user": bot}
    )
