"""A test reads like a conversation: a whole Candor on real parts, and people who talk to it.

    async with Candor(tmp_path) as candor:
        li = candor.person(language="zh-hans")
        await li.says("/start")
        assert li.heard("welcome.language")

Assertions name sentence keys, not sentences, so that an edit of a catalogue breaks no test.
"""

import asyncio
import datetime as dt
import html
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from bot import i18n, settings, wire
from bot.channels.local import LocalBotApi, Person, Player
from bot.channels.telegram import Front
from bot.dialogs.readers import years_between
from bot.services.context import Context
from storage import people, rights
from tests import unhurried

TOKEN = "1:TEST"
Message = dict[str, Any]

ANSWERS: Mapping[str, str] = {
    "loan_amount": "8000",
    "loan_term_months": "12",
    "purchase_price": "10000",
    "monthly_income": "5000",
    "monthly_repayments": "600",
    "total_owed": "4000",
    "overdue_count_24m": "1",
    "worst_overdue_days": "12",
    "card_utilisation": "45",
    "credit_history_months": "4 years",
    "enquiries_6m": "1",
    "public_records": "0",
    "occupation": "permanent",
    "employment_months": "3 years",
    "monthly_spending": "2500",
    "residence_months": "5 years",
    "housing": "rent",
    "dependents": "1",
    "open_accounts": "2",
    "spending_regularity": "steady",
    "utilities_on_time": "24",
}
"""An ordinary borrower's answers to every question there is."""

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x10" * 2
"""As much of a picture as a messenger looks at."""

IDS = {"cn": "11010519491231002X", "us": "536-90-4399", "mx": "BOXW310820HNERXN09"}
BORN = {
    "cn": (dt.date(1949, 12, 31), ZoneInfo("Asia/Shanghai")),
    "mx": (dt.date(1931, 8, 20), ZoneInfo("America/Mexico_City")),
}
"""When whom the identity numbers are of was born, where they say it, and the clocks they live by."""
PHONES = {"cn": "+8613800138000", "us": "+12025550142", "mx": "+525512345678"}


def age(country: str, now: dt.datetime) -> str:
    """Say how old somebody with one of IDS is, where they live."""
    if country not in BORN:
        return "34"
    born, zone = BORN[country]
    return str(years_between(born, now.astimezone(zone).date()))


class Candor:
    """The bot against a Bot API of our own, in one process; `database_url` chooses the database.

    Nobody is held up by the limits unless a test is about them (`limited`); `changed` are settings of its own.
    """

    def __init__(
        self, folder: Path, database_url: str = "", *, limited: bool = False,
        changed: Mapping[str, int] = MappingProxyType({}), **local: Any,
    ) -> None:  # fmt: skip
        environ = {"CANDOR_DATA": str(folder), "DATABASE_URL": database_url, "BOT_TOKEN": TOKEN}
        environ["CANDOR_CONFIG"] = unhurried.config(folder, limited=limited, changed=changed)
        self.settings = settings.load(environ=environ)
        self.api = LocalBotApi(TOKEN, people=(), **local)
        self.clock = wire.now
        self._next = 1000

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(wire.prepare, self.settings)
        await self.api.start()
        await self.start_bot()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop_bot()
        await self.api.stop()

    async def start_bot(self) -> None:
        """Start the bot, over whatever an earlier one left behind."""
        self.context: Context = await wire.build(self.settings, self.clock)
        self.front = Front(self.context, TOKEN, self.api.url)
        self._running = asyncio.create_task(self.front.run())

    async def stop_bot(self) -> None:
        """Let the bot finish what is in hand, and end it."""
        self.front.stop()
        await self._running
        await self.context.database.close()
        await self.context.vault.close()

    async def quiet(self, within: float = 10.0) -> None:
        """Wait until the bot has taken in and answered everything."""
        async with asyncio.timeout(within):
            while True:
                await asyncio.sleep(0.002)
                if self._running.done():
                    self._running.result()
                if not self.front.busy and not self.api.pending_updates:
                    return

    @property
    def refused_calls(self) -> list[str]:
        """Every call of the bot that the Bot API would not take."""
        return [
            f"{call.code} {call.method} {call.params}" for call in self.api.log if call.code not in {0, 200}
        ]

    def person(self, language: str = "en", name: str = "Maria", phone: str = "+12025550142") -> "Somebody":
        """Seat somebody new at the desk."""
        self._next += 1
        player = self.api.add_person(Person(self._next, name, language_code=language, phone=phone))
        return Somebody(self, player)


class Somebody:
    """Somebody who talks to the bot, hears its answers, and sees its buttons."""

    def __init__(self, candor: Candor, player: Player) -> None:
        self.candor = candor
        self.player = player
        self.country = ""
        self._mark = 0  # the newest message of this person's own
        self._known: dict[int, str] = {}

    @property
    def id(self) -> int:
        """The person's Telegram id, which is the chat's too."""
        return self.player.person.id

    @property
    def chat(self) -> list[Message]:
        """Everything the chat shows now."""
        return self.player.messages()

    @property
    def said_to_me(self) -> list[Message]:
        """What the bot has sent, or changed, since this person last did something."""
        return [
            m for m in self.chat if m["from"]["is_bot"] and self._known.get(m["message_id"]) != text_of(m)
        ]

    def _remember(self) -> None:
        self._known = {m["message_id"]: text_of(m) for m in self.chat}

    @property
    def last(self) -> Message:
        """The bot's newest message."""
        return [m for m in self.chat if m["from"]["is_bot"]][-1]

    async def says(self, text: str) -> Self:
        """Type something and hear the answer."""
        self._remember()
        self._mark = await self.player.say(text)
        await self.candor.quiet()
        return self

    async def forwards(self, text: str) -> Self:
        """Forward what somebody else wrote and hear the answer."""
        self._remember()
        self._mark = await self.player.forward(text)
        await self.candor.quiet()
        return self

    async def presses(self, wanted: str) -> str:
        """Press the newest button whose label or data contains `wanted`; gives the toast shown, or ""."""
        for message in reversed(self.chat):
            for button in buttons(message):
                if wanted in button["text"] or button["callback_data"].endswith(wanted):
                    return await self.press_raw(message["message_id"], button["callback_data"])
        raise AssertionError(f"no button {wanted!r} in {[b['text'] for m in self.chat for b in buttons(m)]}")

    async def press_raw(self, message_id: int, data: str) -> str:
        """Press a button by its data, be it gone, old or forged."""
        self._remember()
        query = await self.player.press(message_id, data, stale=True)
        await self.candor.quiet()
        return str((await self.player.answer(query)).get("text", ""))

    async def shares_contact(self, phone: str = "", owner: int | None = None) -> Self:
        """Share one's own contact, or somebody else's."""
        self._remember()
        self._mark = await self.player.share_contact(phone, owner)
        await self.candor.quiet()
        return self

    async def sends(self, kind: str) -> Self:
        """Send a photo, a voice message or a document."""
        self._remember()
        if kind == "photo":
            self._mark = await self.player.send_photo(PNG)
        elif kind == "voice":
            self._mark = await self.player.send_voice()
        else:
            self._mark = await self.player.send_document("payslip.pdf", b"%PDF-1.7")
        await self.candor.quiet()
        return self

    async def sends_file(
        self, content: bytes | str, name: str = "statement.csv", mime: str = "text/csv"
    ) -> Self:
        """Send a document of one's own."""
        self._remember()
        data = content.encode() if isinstance(content, str) else content
        self._mark = await self.player.send_document(name, data, mime)
        await self.candor.quiet()
        return self

    async def stored(self) -> dict[str, list[Message]]:
        """Everything the database holds about this person, table by table; nothing for somebody unknown."""
        context = self.candor.context
        async with context.database.read() as read:
            known = await people.find(read, context.vault, self.id)
            return {} if known is None else await rights.export(read, known)

    def heard(self, key: str, language: str = "") -> bool:
        """Whether the bot's newest words contain the sentence of this key."""
        return any(says(text_of(m), key, language or self.language) for m in self.said_to_me)

    def sees(self, key: str) -> bool:
        """Whether any message in the chat now is this sentence."""
        return any(says(text_of(m), key, self.language) for m in self.chat)

    @property
    def language(self) -> str:
        """The language the bot should be speaking with this person."""
        return i18n.guess(self.player.person.language_code, ("zh_CN", "en", "es"), "en")

    async def enrols(self, country: str, *, consents: Mapping[str, bool] | None = None) -> Self:
        """Go from /start to the first question of the query."""
        self.country = country
        await self.says("/start")
        await self.presses(f"={self.language}")
        await self.presses(f"={country}")
        await self.decides(consents or {})
        await self.registers(country)
        return self

    async def decides(self, consents: Mapping[str, bool]) -> Self:
        """Decide on each purpose; what is not named is agreed to."""
        for _ in range(6):
            if not any(b["callback_data"].startswith("d|consent|") for b in buttons(self.last)):
                break
            purpose = next(
                p for p in ("score", "consumption", "social", "monitoring", "marketing")
                if says(text_of(self.last), f"consent.{p}.v1", self.language)
            )  # fmt: skip
            await self.presses("=yes" if consents.get(purpose, True) else "=no")
        return self

    async def registers(self, country: str, pin: str = "482915") -> Self:
        """Answer the five questions of the registration."""
        await self.says("李梅" if self.language == "zh_CN" else "Maria Lopez")
        await self.says(PHONES[country])
        await self.says(age(country, self.candor.context.clock()))
        await self.says(IDS[country])
        await self.says(pin)
        return self

    async def answers(self, **changes: str) -> Self:
        """Answer every question of the query up to its summary; `None`-like "skip" skips."""
        for _ in range(30):
            name = self.asked
            if name == "":
                break
            answer = changes.get(name, ANSWERS[name])
            if answer == "skip":
                await self.presses("|>")
            elif name in {"occupation", "housing", "spending_regularity"}:
                await self.presses(f"={answer}")
            else:
                await self.says(answer)
        return self

    @property
    def asked(self) -> str:
        """The name of the query's question that is open now, "" for none."""
        words = text_of(self.last)
        locale = i18n.locale(self.language)
        return next((n for n in ANSWERS if locale.plain(i18n.t(f"ask.{n}")) in words and "\n" in words), "")

    async def gets_score(self) -> Self:
        """Confirm the summary."""
        await self.presses("=confirm")
        return self


def buttons(message: Message) -> list[dict[str, Any]]:
    """Give the inline buttons of a message."""
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def text_of(message: Message) -> str:
    """Give the words of a message."""
    return str(message.get("text") or message.get("caption") or "")


def says(words: str, key: str, language: str) -> bool:
    """Whether `words` contain the sentence of `key`, whatever its values are."""
    return any(_holds(words, form) for form in i18n.catalogue(language)[key])


def _holds(words: str, form: str) -> bool:
    bare = html.unescape(re.sub(r"<[^>]+>", "", form))
    pattern = ".*".join(re.escape(part.strip()) for part in re.split(r"\{\w+\}", bare) if part.strip())
    return re.search(pattern, words, re.DOTALL) is not None
