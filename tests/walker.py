"""A person who walks through Candor by themselves: reads the newest question, answers it, remembers every answer.

A walker knows the bot only by what the chat shows, as a person does. Someone who sees no new question waits; a question
they have answered before is not answered again. What was answered is kept in a diary, to be held against the database.
"""

import operator
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot import i18n
from bot.channels.local import Player
from engine import QUESTIONS, countries
from tests.reading import Message, Value, datas, draw, reads, recognise, relevant, text_of

TOGGLED = ("monitoring", "marketing", "score")
"""Purposes a walker changes their mind about: no answer hangs on them."""
LIVES = 3
"""How often a walker is somebody new at most: who has themselves deleted comes back."""


@dataclass
class Diary:
    """Everything one person told the bot, in the order they told it."""

    updates: int = 0
    language: str = ""
    country: str = ""
    decisions: list[tuple[str, bool]] = field(default_factory=list)
    registration: dict[str, Value] = field(default_factory=dict)
    begun: int = 0
    """Queries asked for: one follows the registration, the others a /score."""
    cancelled: int = 0
    open: dict[str, Value] | None = None
    """The answers of the query that is open; None when there is none."""
    confirmed: list[dict[str, Value]] = field(default_factory=list)
    secrets: list[int] = field(default_factory=list)
    """Messages that held a secret, and must be gone from the chat."""


class Walker:
    """One person. `step` does at most one thing and tells whether it did."""

    def __init__(self, player: Player, country: str, number: int, seed: int) -> None:
        self.player = player
        self.language = i18n.guess(player.person.language_code, ("zh_CN", "en", "es"), "en")
        self.country = country
        self.pack = countries.load(country)
        self.diary = Diary()
        self.frozen = False
        self._number = number
        self._rng = random.Random(seed)  # noqa: S311 - a drill is to be repeatable
        self.past: list[Diary] = []
        self.erased_at = 0
        """The message that told of the last erasure: what was said before is nowhere any more."""
        self._asked: set[tuple[object, ...]] = set()
        self._expects = "start"
        self._back: int | None = None
        self._deciding: dict[str, bool] = {}
        self._seen = 0
        self._looked: list[Message] = [{}]
        self._turning = ""
        self._proves = ""
        self._edits = 0

    @property
    def updates(self) -> int:
        """Count what this person ever sent, whoever they were then."""
        return sum(life.updates for life in (*self.past, self.diary))

    @property
    def deciding(self) -> dict[str, bool]:
        """The consents decided on in a conversation that is not over."""
        return self._deciding

    @property
    def waits_for(self) -> str:
        """What the walker is waiting to see, and what there is instead; for the report when it never comes."""
        last = [f"{m['message_id']} {text_of(m)[:30]!r} {datas(m)[:2]}" for m in self.player.messages()[-8:]]
        answered = f"seen {self._seen}, answered {sorted(map(str, self._asked))[-4:]}"
        return f"{self._expects} ({answered}): {'; '.join(last)}"

    async def step(self) -> bool:
        """Do the next thing, if the chat shows a reason for it."""
        messages = self.player._chat.messages
        newest = [messages[key] for key, _ in zip(reversed(messages), range(12), strict=False)]
        if (self.frozen and self._expects not in {"erased", "cancelled"}) or (
            len(newest) == len(self._looked) and all(map(operator.is_, newest, self._looked))
        ):
            return False
        self._looked = newest
        if self._expects == "start":
            await self._say("/start")
            self._expects = "question"
            return True
        acts: Mapping[str, Callable[[], Awaitable[bool]]] = {
            "question": self._answer_newest,
            "card": self._after_card,
            "cancelled": self._after_cancel,
            "overview": self._turn_consent,
            "terms": self._agree,
            "receipt": self._after_receipt,
            "lever": self._after_lever,
            "proof": self._prove,
            "file": self._after_file,
            "erased": self._after_erasure,
        }
        return await acts[self._expects]()

    async def _answer_newest(self) -> bool:
        question = self._newest_question()
        if question is None:
            return False
        message, dialog, key, mark = question
        if dialog == "query" and self.diary.open is not None and await self._detour():
            return True
        self._asked.add(mark)
        if dialog != "consent":
            self.diary.decisions += self._deciding.items()
            self._deciding = {}
        match dialog:
            case "welcome":
                await self._press(message, f"={self.language if key == 'language' else self.country}")
                if key == "country":  # the last question: only now they are stored
                    self.diary.language, self.diary.country = self.language, self.country
            case "consent":
                given = key in {"score", "consumption"} or self._rng.random() < 0.5
                self._deciding[key] = given
                self.diary.begun += "pin" in self.diary.registration  # asked again: the score waits for it
                await self._press(message, "=yes" if given else "=no")
            case "registration":
                await self._register(key)
            case _:
                await self._query(message, key)
        return True

    async def _register(self, key: str) -> None:
        self.diary.begun += key == "pin"
        value, typed = self._identity(key)
        self.diary.registration[key] = value
        message_id = (
            await self._share_contact()
            if key == "phone" and self._rng.random() < 0.5
            else await self._say(typed)
        )
        if key in {"national_id", "pin"}:
            self.diary.secrets.append(message_id)

    async def _query(self, message: Message, key: str) -> None:
        if self.diary.open is None:
            self.diary.open = dict(self.diary.confirmed[-1]) if self.diary.confirmed else {}
        answers = self.diary.open
        if key == "summary":
            edits = [d.rpartition("~")[2] for d in datas(message) if "|~" in d]
            if edits and self._edits < 3 and self._rng.random() < 0.5:
                self._edits += 1
                await self._press(message, f"|~{self._rng.choice(edits)}")
                return
            self.diary.confirmed.append(relevant(answers))
            self.diary.open = None
            self._edits = 0
            self._expects, self._seen = "card", self._last_id()
            await self._press(message, "=confirm")
            return
        value = draw(key, self.pack, self._rng)
        choices = [d.rpartition("|=")[2] for d in datas(message) if "|=" in d]
        if any(d.endswith("|>") for d in datas(message)) and self._rng.random() < 0.1:
            answers[key] = None
            await self._press(message, "|>")
        elif choices and (QUESTIONS[key].kind == "class" or self._rng.random() < 0.5):
            pressed = self._rng.choice(choices)
            answers[key] = pressed if QUESTIONS[key].kind == "class" else int(pressed)
            await self._press(message, f"|={pressed}")
        else:
            answers[key] = value
            await self._say(str(value))

    async def _after_card(self) -> bool:
        if not any(data.startswith("m|why") for m in self._since() for data in datas(m)):
            return False
        self._seen = self._last_id()
        roll = self._rng.random()
        if roll < 0.35:
            self._expects = "overview"
            await self._say("/consents")
        elif roll < 0.45:
            self._expects = "lever"
            await self._say("/whatif")
        elif roll < 0.55:
            self._expects, self._proves = "proof", "export"
            await self._say("/export")
        elif roll < 0.62 and len(self.past) + 1 < LIVES:
            self._expects, self._proves = "proof", "delete"
            await self._say("/delete")
        else:
            await self._begin()
        return True

    async def _detour(self) -> bool:
        """Now and then do something else in the middle of a query."""
        roll = self._rng.random()
        if roll < 0.01:
            self._expects, self._seen = "cancelled", self._last_id()
            await self._say("/cancel")
        elif roll < 0.03:
            self._back, self._expects, self._seen = self._seen, "overview", self._last_id()
            await self._say("/consents")
        return roll < 0.03

    async def _after_lever(self) -> bool:
        """Pick something to change, and leave it at that."""
        for message in reversed(self._since()):
            levers = [data for data in datas(message) if data.startswith("d|whatif|") and "|=" in data]
            if levers:
                self._expects, self._seen = "cancelled", self._last_id()
                await self._press(message, self._rng.choice(levers))
                await self._say("/cancel")
                return True
        return False

    async def _prove(self) -> bool:
        """Type the PIN that an export or a deletion asks for."""
        if not any(reads(text_of(m), f"{self._proves}.ask_pin", self.language) for m in self._since()):
            return False
        self._expects, self._seen = "file" if self._proves == "export" else "erased", self._last_id()
        self.diary.secrets.append(await self._say(str(self.diary.registration["pin"])))
        return True

    async def _after_file(self) -> bool:
        if not any("document" in m for m in self._since()):
            return False
        await self._begin()
        return True

    async def _after_erasure(self) -> bool:
        told = [m for m in self._since() if reads(text_of(m), "delete.done", self.language)]
        if not told:
            return False
        self.erased_at = int(told[0]["message_id"])
        self.past.append(self.diary)
        self.diary, self._asked, self._expects = Diary(), set(), "start"
        self._looked = [{}]  # there is something to do, though nothing more will come
        return True

    async def _after_cancel(self) -> bool:
        if not any(reads(text_of(m), "dialog.cancelled", self.language) for m in self._since()):
            return False
        self.diary.cancelled += 1
        self.diary.open = None
        self._edits = 0
        if not self.frozen:
            await self._begin()
        return True

    async def _begin(self) -> None:
        self._asked = set()
        self._seen = self._last_id()
        self._expects = "question"
        self.diary.begun += dict(self.diary.decisions)["score"]  # withdrawn, it is asked for first
        await self._say("/score")

    async def _turn_consent(self) -> bool:
        wanted = [
            (m, d) for m in self._since() for d in datas(m)
            if d.startswith("m|consent|") and d.split("|")[2].split(".")[0] in TOGGLED
        ]  # fmt: skip
        if not wanted:
            return False
        message, data = self._rng.choice(wanted)
        purpose, _, answer = data.split("|")[2].partition(".")
        self._turning, self._seen = purpose, self._last_id()
        self._expects = "terms" if answer == "yes" else "receipt"
        if answer == "no":
            self.diary.decisions.append((purpose, False))
            if purpose == "score":  # which ends a query
                self.diary.open, self._back, self._edits = None, None, 0
        await self._press(message, data)
        return True

    async def _agree(self) -> bool:
        """Agree to the terms that a consent's button brought up."""
        for message in reversed(self._since()):
            carried = next((data for data in datas(message) if data.startswith("d|consent|")), "")
            if carried:
                self._asked.add(("consent", carried.split("|")[2]))
                self._seen, self._expects = self._last_id(), "receipt"
                if self._back is not None:
                    self._back = self._seen  # the query is put again after that
                self.diary.decisions.append((self._turning, True))
                await self._press(message, "=yes")
                return True
        return False

    async def _after_receipt(self) -> bool:
        if not any(reads(text_of(m), "consent.receipt", self.language) for m in self._since()):
            return False
        if self._back is None:
            await self._begin()
            return True
        self._expects, self._seen, self._back = "question", self._back, None
        self._looked = [{}]  # the question may stand there already
        return False

    def _newest_question(self) -> tuple[Message, str, str, tuple[object, ...]] | None:
        """Find the newest question that was not answered yet; one told twice may stand below it."""
        for message in reversed(self._since()):
            found = recognise(message, self.language, self.country)
            if found is not None:
                dialog, key, revision = found
                mark = (dialog, revision or key)
                if mark not in self._asked:
                    return message, dialog, key, mark
        return None

    def _identity(self, key: str) -> tuple[Value, str]:
        n, rng = self._number, self._rng
        match key:
            case "name":
                name = "Maria " + "".join(chr(ord("a") + int(digit)) for digit in str(n)).title()
                return name, name
            case "age":
                return 34, "34"
            case "phone":
                return self.player.person.phone, self.player.person.phone
            case "national_id":
                ssn = f"5{n // 100 % 90 + 10:02d}{n % 100 // 10 + 21:02d}{4000 + n * 7 % 5000:04d}"
                return ssn, f"{ssn[:3]}-{ssn[3:5]}-{ssn[5:]}"
            case _:
                pin = rng.choice(("482915", "730264", "915038", "284617"))
                return pin, pin

    def _said(self) -> list[Message]:
        return [m for m in self.player.messages() if m["from"]["is_bot"]]

    def _since(self) -> list[Message]:
        return [m for m in self._said() if m["message_id"] > self._seen]

    def _last_id(self) -> int:
        return max((int(m["message_id"]) for m in self.player.messages()), default=0)

    async def _say(self, text: str) -> int:
        self.diary.updates += 1
        return await self.player.say(text)

    async def _share_contact(self) -> int:
        self.diary.updates += 1
        return await self.player.share_contact()

    async def _press(self, message: Message, ending: str) -> None:
        self.diary.updates += 1
        data = next(d for d in datas(message) if d.endswith(ending))
        await self.player.press(message["message_id"], data, stale=True)
