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

CHECKOUT_SECONDS = 10.0
"""So long Telegram waits for the bot's last word before a payment."""


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
        self.checkouts = Callbacks(clock, CHECKOUT_SECONDS)
        self._bills: dict[str, int] = {}  # by the query's id: the message with the bill
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

    def check_out(self, chat: Chat, message: Json) -> str:
        """Ask the bot whether a bill may be paid now; gives the query's id."""
        query_id, bill = self.checkouts.issue(chat.id), message["invoice"]
        self._bills[query_id] = message["message_id"]
        sums = {name: bill[name] for name in ("currency", "total_amount")}
        asked = {"id": query_id, "from": chat.person.user(), "invoice_payload": message["invoice_payload"]}
        self.updates.add("pre_checkout_query", asked | sums)
        return query_id

    def pay(self, query_id: str, problem: str) -> None:
        """Pay what the bot lets through; with a `problem` nothing is charged, and the person reads it."""
        chat_id = self.checkouts.answer(query_id, {"ok": not problem, "problem": problem})
        chat = self.chats.find(chat_id or 0)
        message = chat.messages.get(self._bills.pop(query_id, 0)) if chat else None
        if chat is None or message is None:
            return
        self.events.tell("answer", chat.id, query_id=query_id, text=problem, alert=True, url="")
        if not problem:
            bill = message["invoice"]
            paid = {name: bill[name] for name in ("currency", "total_amount")}
            paid |= {"invoice_payload": message["invoice_payload"], "provider_payment_charge_id": query_id}
            self.tell_of_money(
                chat, {"successful_payment": paid | {"telegram_payment_charge_id": f"stars{query_id}"}}
            )

    def tell_of_money(self, chat: Chat, fields: Json) -> None:
        """Put a line about a payment into the chat, for both sides."""
        self.updates.add("message", self.chats.add(chat, chat.person.user(), fields))
