"""Everything the imaginary Telegram knows, in one place: the methods and the people act on this value."""

from collections.abc import Callable

from bot.channels.local.callbacks import Callbacks
from bot.channels.local.chats import Chat, Chats
from bot.channels.local.errors import bad_request, forbidden
from bot.channels.local.events import Events
from bot.channels.local.files import Files
from bot.channels.local.params import Call
from bot.channels.local.postman import Postman
from bot.channels.local.profile import DEFAULT_NAME, Profile
from bot.channels.local.shape import Json
from bot.channels.local.store import Store
from bot.channels.local.updates import Updates


class World:
    """One bot and the people it can talk to."""

    def __init__(
        self,
        token: str,
        store: Store,
        clock: Callable[[], float],
        callback_lifetime: float,
        proxy: str = "",
    ) -> None:
        self.token = token
        self.store = store
        self.clock = clock
        self.events = Events()
        self.files = Files(store)
        self.chats = Chats(store, self.files, self.events, clock)
        self.updates = Updates(store)
        self.postman = Postman(self.updates, proxy)
        self.callbacks = Callbacks(clock, callback_lifetime)
        self.profile = Profile(store)

    def bot(self) -> Json:
        """Give the bot as a User object."""
        name = self.profile.text("name", "") or DEFAULT_NAME
        return {
            "id": int(self.token.split(":")[0]),
            "is_bot": True,
            "first_name": name,
            "username": "candor_local_bot",
        }

    def chat(self, call: Call, name: str = "chat_id") -> Chat:
        """Give the chat a call is about; 400 unless its person once wrote to the bot."""
        value = call.values.get(name)
        if value is None or value == "":
            raise bad_request(f"{name} is empty")
        if isinstance(value, str) and value.startswith("@"):
            raise bad_request("chat not found")
        chat = self.chats.find(call.integer(name) or 0)
        if chat is None or not chat.started:
            raise bad_request("chat not found")
        return chat

    def open_chat(self, call: Call) -> Chat:
        """Give the chat a call wants to write into; 403 when its person blocked the bot."""
        chat = self.chat(call)
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return chat
