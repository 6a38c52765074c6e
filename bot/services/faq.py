"""Questions and answers: topics to choose from, and the nearest topic to a question in plain words."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.dialogs.checklist import verdict
from bot.dialogs.clean import clean
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answer
from bot.i18n import Joined, Listed, Locale, T, Value, t
from bot.services import consenting
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.conversation import ask_again, finishes
from bot.views.menus import action, buttons, rated
from storage import dialogs, facts

TOPICS = (
    "what", "use", "data", "how", "where", "limits", "choose", "register", "pin", "consent", "permissions",
    "fill", "confirm", "result", "high", "low", "checks", "scam",
)  # fmt: skip
NEAR = 0.095
"""Likeness below which no topic is offered as an answer."""

WORD = 3.0
"""A word says more than a pair of its letters, which is there to forgive typing errors."""

LENGTH = 6.0
"""Typical root length of a topic's weights: keeps likeness near 0..1."""


async def show(a: Answering) -> None:
    """Offer the topics."""
    place = await dialogs.active(a.read, a.person)
    a.say(Say(t("faq.ask" if place is None else "faq.ask_within"), _topics(TOPICS)))
    if place is not None:
        await ask_again(a, place)


async def answer(a: Answering, topic: str) -> None:
    """Answer a topic; where data come from is answered with this person's own. Raises Denied for no topic."""
    if topic not in TOPICS:
        raise Denied("topic", known=True)
    values: dict[str, Value] = {"operator": a.context.settings.config.operator.name}
    text = t("faq.answer", question=t(f"faq.{topic}.q"), answer=T(f"faq.{topic}.a", values))
    if topic == "data":
        text = t("faq.personal", answer=text, own=await _sources(a))
    place = await dialogs.active(a.read, a.person)
    beneath = buttons("checklist") if topic == "choose" else _topics(()) if place is None else None
    a.say(Say(text, rated(topic, beneath)))
    if place is not None:
        await ask_again(a, place)


async def nearest(a: Answering, words: str) -> bool:
    """Answer a question in plain words with the topics nearest to it; False when none is near."""
    found = rank(words, a.scene.locale)
    if not found or found[0][0] < NEAR:
        return False
    if len(found) == 1 or found[0][0] > 2 * found[1][0]:
        await answer(a, found[0][1])
    else:
        a.say(Say(t("faq.nearest"), _topics(tuple(topic for _, topic in found[:3]))))
    return True


def rank(words: str, locale: Locale) -> list[tuple[float, str]]:
    """Rank topics by likeness to the words (0..1), the nearest first.

    Cosine over words and pairs of characters, each weighed by how few topics have it (idf), so that what every topic
    says counts for nothing.
    """
    index, weights = _index(locale)
    asked = _weigh(_grams(clean(words).casefold()), weights)
    scored = [(_cosine(asked, grams), topic) for topic, grams in index.items()]
    return sorted(((score, topic) for score, topic in scored if score > 0), reverse=True)


@finishes("checklist")
async def judged(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Give the checklist's verdict with its reasons."""
    result, against = verdict(answers)
    lines = Joined(tuple(t(f"checklist.{name}.against") for name in against))
    a.say(Say(t(f"checklist.verdict.{result}", lines=lines), _topics(())))


async def _sources(a: Answering) -> T:
    held = await facts.every(a.read, a.person)
    alive = await consenting.live(a) if a.person.country else {}
    if not held:
        return t("faq.data.none")
    by_source = Counter(fact.source for fact in held)
    lines = tuple(t("faq.data.line", source=t(f"source.{s}"), count=n) for s, n in sorted(by_source.items()))
    purposes = Listed(tuple(t(f"purpose.{p}") for p in alive)) if alive else t("faq.data.no_purpose")
    return t("faq.data.own", lines=Joined(lines), purposes=purposes)


def _topics(topics: tuple[str, ...]) -> Inline:
    if not topics:
        return buttons("faq", "score")
    return Inline(tuple((Button(t(f"faq.{topic}.q"), action("topic", topic)),) for topic in topics))


@cache
def _index(locale: Locale) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    grams = {
        topic: _grams(
            f"{locale.plain(t(f'faq.{topic}.q'))} {locale.plain(t(f'faq.{topic}.words'))}".casefold()
        )
        for topic in TOPICS
    }
    spread = Counter(gram for found in grams.values() for gram in found)
    weights = {gram: math.log(len(TOPICS) / topics) for gram, topics in spread.items()}
    return {topic: _weigh(found, weights) for topic, found in grams.items()}, weights


def _grams(text: str) -> set[str]:
    words = re.findall(r"\w+", text)
    pairs = {word[at : at + 2] for word in words for at in range(len(word) - 1)}
    return pairs | {f"{word} " for word in words if word.isascii() and len(word) > 2}


def _weigh(grams: set[str], weights: Mapping[str, float]) -> dict[str, float]:
    # what no topic knows weighs as much as what only one does: it speaks against every topic
    rare = math.log(len(TOPICS))
    return {gram: weights.get(gram, rare) * (WORD if _is_word(gram) else 1) for gram in grams}


def _is_word(gram: str) -> bool:
    """Say whether a gram is a word: whole in our letters, two characters in Chinese."""
    return gram.endswith(" ") or not gram.isascii()


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    shared = sum(weight * other[gram] for gram, weight in one.items() if gram in other)
    # topics with long lists of keywords must not win by length alone, nor lose by it
    size = math.sqrt(sum(w * w for w in one.values())) * math.sqrt(sum(w * w for w in other.values())) ** 0.5
    return shared / (size * LENGTH) if size else 0.0
