"""A person who walks through Candor by themselves: reads the newest question, answers it, remembers every answer.

A walker knows the bot only by what the chat shows, as a person does. Someone who sees no new question waits; a question
they have answered before is not answered again. What was answered is kept in a diary, to be held against the database.
"""

import html
import operator
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import engine
from bot import i18n
from bot.channels.local import Player
from bot.i18n import t
from engine import QUESTIONS, Pack, bounds, countries

Message = dict[str, Any]
Value = str | int | None

PURPOSES = ("score", "consumption", "social", "monitoring", "marketing")
REGISTRATION = ("name", "age", "phone", "national_id", "pin")
TOGGLED = ("monitoring", "marketing")
"""Purposes a walker changes their mind about: no answer hangs on them."""


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
        self._asked: set[tuple[object, ...]] = set()
        self._expects = "start"
        self._deciding: dict[str, bool] = {}
        self._seen = 0
        self._looked: list[Message] = [{}]
        self._turning = ""
        self._edits = 0

    @property
    def deciding(self) -> dict[str, bool]:
        """The consents decided on in a conversation that is not over."""
        return self._deciding

    @property
    def waits_for(self) -> str:
        """What the walker is waiting to see; for the report when it never comes."""
        return self._expects

    async def step(self) -> bool:
        """Do the next thing, if the chat shows a reason for it."""
        messages = self.player._chat.messages
        newest = [messages[key] for key, _ in zip(reversed(messages), range(5), strict=False)]
        if self.frozen or (len(newest) == len(self._looked) and all(map(operator.is_, newest, self._looked))):
            return False
        self._looked = newest
        match self._expects:
            case "start":
                await self._say("/start")
                self._expects = "question"
                return True
            case "question":
                return await self._answer_newest()
            case "card":
                return await self._after_card()
            case "cancelled":
                return await self._after_cancel()
            case "overview":
                return await self._turn_consent()
            case "terms":
                return await self._agree()
            case _:
                return await self._after_receipt()

    async def _answer_newest(self) -> bool:
        question = self._newest_question()
        if question is None:
            return False
        message, dialog, key, mark = question
        if dialog == "query" and self._rng.random() < 0.01 and self.diary.open is not None:
            self._expects, self._seen = "cancelled", self._last_id()
            await self._say("/cancel")
            return True
        self._asked.add(mark)
        match dialog:
            case "welcome":
                await self._press(message, f"={self.language if key == 'language' else self.country}")
                self.diary.language, self.diary.country = self.language, self.country
            case "consent":
                given = key in {"score", "consumption"} or self._rng.random() < 0.5
                self._deciding[key] = given
                await self._press(message, "=yes" if given else "=no")
            case "registration":
                await self._register(key)
            case _:
                await self._query(message, key)
        return True

    async def _register(self, key: str) -> None:
        self.diary.decisions += self._deciding.items()
        self._deciding = {}
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
        if self._rng.random() < 0.3:
            self._expects = "overview"
            await self._say("/consents")
        else:
            await self._begin()
        return True

    async def _after_cancel(self) -> bool:
        if not any(reads(text_of(m), "dialog.cancelled", self.language) for m in self._since()):
            return False
        self.diary.cancelled += 1
        self.diary.open = None
        self._edits = 0
        await self._begin()
        return True

    async def _begin(self) -> None:
        self._asked = set()
        self._seen = self._last_id()
        self._expects = "question"
        self.diary.begun += 1
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
        await self._press(message, data)
        return True

    async def _agree(self) -> bool:
        """Agree to the terms that a consent's button brought up."""
        for message in reversed(self._since()):
            if any(data.startswith("d|consent|") for data in datas(message)):
                self._seen, self._expects = self._last_id(), "receipt"
                self.diary.decisions.append((self._turning, True))
                await self._press(message, "=yes")
                return True
        return False

    async def _after_receipt(self) -> bool:
        if not any(reads(text_of(m), "consent.receipt", self.language) for m in self._since()):
            return False
        await self._begin()
        return True

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


def relevant(answers: Mapping[str, Value]) -> dict[str, Value]:
    """Leave out answers whose question does not apply, given the others."""
    kept = dict(answers)
    for name in answers:
        only_if = QUESTIONS[name].only_if
        if only_if is not None and only_if[0] in answers:
            first = answers[only_if[0]]
            if first is None or int(first) < only_if[1]:
                kept.pop(name)
    return kept


def draw(name: str, pack: Pack, rng: random.Random) -> Value:
    """Draw an answer that is valid, and unlikely to be anybody else's."""
    question = QUESTIONS[name]
    if question.kind == "class":
        return rng.choice(question.choices)
    low, high = bounds(question, pack)
    if question.kind == "money":
        return str(rng.randint(int(max(low, Decimal(1))), int(min(high, Decimal(500_000)))))
    return rng.randint(int(low), int(min(high, Decimal(600 if question.kind == "months" else 90))))


def recognise(message: Message, language: str, country: str) -> tuple[str, str, str] | None:
    """Name the question a message puts: dialog, key, and the revision its buttons carry ("" without buttons)."""
    carried = [data.split("|") for data in datas(message) if data.startswith("d|")]
    dialog, revision = (carried[0][1], carried[0][2]) if carried else ("", "")
    words = text_of(message)
    if dialog == "query" and any(parts[3] == "=confirm" for parts in carried):
        return dialog, "summary", revision
    if dialog == "welcome":
        language_asked = any(parts[3] == f"={language}" for parts in carried)
        return dialog, "language" if language_asked else "country", revision
    if dialog == "consent":
        purpose = next(p for p in PURPOSES if reads(words, f"consent.{p}.v1", language))
        return dialog, purpose, revision
    for key, sentence in _sentences(language, country):
        if sentence in words:
            return ("registration" if key in REGISTRATION else "query"), key, revision
    return None


@cache
def _sentences(language: str, country: str) -> tuple[tuple[str, str], ...]:
    locale = i18n.locale(language, country)
    model = engine.load()
    asked = engine.ask(countries.load(country), PURPOSES, 25, model=model)
    query = [(q.name, "· " + locale.plain(t(f"ask.{q.name}")) + "\n") for q in asked]
    head = {"national_id": "id"}
    steps = [(k, _bare(i18n.catalogue(language)[f"register.{head.get(k, k)}"][0])) for k in REGISTRATION]
    return (*query, *steps)


def _bare(form: str) -> str:
    """Cut a sentence down to what stands before its first value, without tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", re.split(r"\{\w+\}", form)[0])).strip()


def reads(words: str, key: str, language: str) -> bool:
    """Whether `words` contain the sentence of `key`, whatever its values are."""
    form = html.unescape(re.sub(r"<[^>]+>", "", i18n.catalogue(language)[key][0]))
    pattern = ".*".join(re.escape(part.strip()) for part in re.split(r"\{\w+\}", form) if part.strip())
    return re.search(pattern, words, re.DOTALL) is not None


def datas(message: Message) -> list[str]:
    """Give the callback data of a message's buttons."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row]


def text_of(message: Message) -> str:
    """Give the words of a message."""
    return str(message.get("text") or message.get("caption") or "")
