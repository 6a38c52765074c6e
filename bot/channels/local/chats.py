"""Private chats between the people at the desk and the bot: who they are and what was said."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.channels.local.events import Events
from bot.channels.local.files import Files, file_ids
from bot.channels.local.people import Person
from bot.channels.local.shape import Json
from bot.channels.local.store import Store

_UNSEEN = frozenset({"reply_to", "invoice_payload"})
"""What is kept with a message and not shown: what a bill carries for the bot alone, and which message is answered."""


@dataclass(slots=True)
class Forum:
    """What a supergroup has besides: topics by number, pinned messages, and whether the bot is an administrator."""

    topics: dict[int, Json] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    admin: bool = True


@dataclass(slots=True)
class Chat:
    """One person's chat, or a group's, whose `person` is the group itself and whose id is below zero.

    `started`: they wrote first, so the bot may answer. `keyboard` is the reply keyboard that lies open.
    A message in `messages` is never changed in place, so it can be handed out; an edit puts a new one there.
    """

    person: Person
    started: bool = False
    blocked: bool = False
    keyboard: Json | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    forum: "Forum | None" = None

    @property
    def id(self) -> int:
        """The chat's id, which is the person's."""
        return self.person.id


class Chats:
    """Every chat, in memory and in the store."""

    def __init__(self, store: Store, files: Files, events: Events, clock: Callable[[], float]) -> None:
        self._store = store
        self._files = files
        self._events = events
        self._clock = clock
        self._chats: dict[int, Chat] = {}
        self._last = store.last_id("messages")
        for chat_id, row in store.rows("chats"):
            person = Person(**row["person"])
            self._chats[chat_id] = Chat(person, row["started"], row["blocked"], row["keyboard"])
        for message_id, message in store.rows("messages"):
            self._chats[message["chat"]["id"]].messages[message_id] = message

    def __iter__(self) -> Iterator[Chat]:
        return iter(self._chats.values())

    def find(self, chat_id: int) -> Chat | None:
        """Give the chat with this id."""
        return self._chats.get(chat_id)

    def open(self, person: Person, *, started: bool = False) -> Chat:
        """Open the person's chat, new if they are new here."""
        chat = self._chats.get(person.id)
        if chat is None:
            chat = self._chats[person.id] = Chat(person, started)
            self.save(chat)
        return chat

    def save(self, chat: Chat) -> None:
        """Write down what changed about a person or their keyboard."""
        row = {"started": chat.started, "blocked": chat.blocked, "keyboard": chat.keyboard}
        self._store.put("chats", chat.id, {"person": chat.person.dump(), **row})
        self._events.tell("person", chat.id)

    def add(self, chat: Chat, sender: Json, fields: Json) -> Json:
        """Put a new message there; the Message as the Bot API shows it."""
        self._last += 1
        head = {
            "message_id": self._last,
            "from": sender,
            "chat": chat.person.chat(),
            "date": int(self._clock()),
        }
        message = head | fields
        chat.messages[self._last] = message
        self._store.put("messages", self._last, message)
        self._events.tell("message", chat.id, message_id=self._last)
        return self.view(chat, message)

    def replace(self, chat: Chat, message: Json) -> Json:
        """Put an edited message there; the Message as the Bot API shows it."""
        edited = message | {"edit_date": int(self._clock())}
        before = set(file_ids(chat.messages[edited["message_id"]]))
        chat.messages[edited["message_id"]] = edited
        self._store.drop("messages", edited["message_id"])  # so that the old words leave the disk too
        self._store.put("messages", edited["message_id"], edited)
        self._drop_files(before - set(file_ids(edited)))
        self._events.tell("edit", chat.id, message_id=edited["message_id"])
        return self.view(chat, edited)

    def erase(self, chat: Chat, message_id: int) -> None:
        """Delete a message and the files only it carried."""
        message = chat.messages.pop(message_id)
        self._store.drop("messages", message_id)
        self._drop_files(set(file_ids(message)))
        self._events.tell("delete", chat.id, message_id=message_id)

    def view(self, chat: Chat, message: Json) -> Json:
        """Give the message as the Bot API shows it: with the one it replies to inside, while that one exists.

        It is kept as an id only, so that deleting a message leaves no copy of it in its answers.
        """
        shown = {name: value for name, value in message.items() if name not in _UNSEEN}
        origin = chat.messages.get(message.get("reply_to", 0))
        if origin is not None:
            shown["reply_to_message"] = {name: value for name, value in origin.items() if name not in _UNSEEN}
        return shown

    def _drop_files(self, ids: set[str]) -> None:
        """Erase files that no message carries any more."""
        if ids:
            used = {used for chat in self for message in chat.messages.values() for used in file_ids(message)}
            for file_id in ids - used:
                self._files.drop(file_id)
