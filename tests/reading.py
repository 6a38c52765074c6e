"""Reading a chat as a person does: which question a message puts, which buttons it has, what an answer may be."""

import html
import random
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import engine
from bot import i18n
from bot.i18n import t
from engine import QUESTIONS, Pack, bounds, countries

Message = dict[str, Any]
Value = str | int | None

PURPOSES = ("score", "consumption", "social", "monitoring", "marketing")
REGISTRATION = ("name", "age", "phone", "national_id", "pin")


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
