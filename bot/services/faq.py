"""Questions and answers: topics to choose from, and the nearest topic to a question in plain words."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.dialogs.checklist import verdict
from bot.dialogs.clean import clean
from bot.dialogs.reply import Button, Inline, Say, Toast
from bot.dialogs.step import Answer
from bot.i18n import Joined, Locale, T, Value, t
from bot.services import consenting
from bot.services.context import Answering
from bot.services.conversation import finishes
from bot.views.menus import action, buttons
from storage import facts

TOPICS = (
    "what", "use", "data", "how", "where", "limits", "choose", "register", "pin", "consent", "permissions",
    "fill", "confirm", "result", "high", "low", "checks", "scam",
)  # fmt: skip
NEAR = 0.12
"""Likeness below which no topic is offered as an answer."""


async def show(a: Answering) -> None:
    """Offer the topics."""
    a.say(Say(t("faq.ask"), _topics(TOPICS)))


async def answer(a: Answering, topic: str, callback_id: str = "") -> None:
    """Answer a topic; where data come from is answered with this person's own."""
    if callback_id:
        a.say(Toast(callback_id, None if topic in TOPICS else t("dialog.unknown_button")))
    if topic not in TOPICS:
        return
    values: dict[str, Value] = {"operator": a.context.settings.config.operator.name}
    text = t("faq.answer", question=t(f"faq.{topic}.q"), answer=T(f"faq.{topic}.a", values))
    if topic == "data":
        text = t("faq.personal", answer=text, own=await _sources(a))
    extra = buttons("checklist") if topic == "choose" else _topics(())
    a.say(Say(text, extra))


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
    """Rank topics by likeness (0..1, cosine over character pairs of question and keywords), the nearest first."""
    asked = _grams(clean(words).casefold())
    scored = [(_cosine(asked, grams), topic) for topic, grams in _index(locale).items()]
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
    purposes = Joined(tuple(t(f"purpose.{p}") for p in alive), ", ") if alive else t("faq.data.no_purpose")
    return t("faq.data.own", lines=Joined(lines), purposes=purposes)


def _topics(topics: tuple[str, ...]) -> Inline:
    if not topics:
        return buttons("faq", "score")
    return Inline(tuple((Button(t(f"faq.{topic}.q"), action("topic", topic)),) for topic in topics))


@cache
def _index(locale: Locale) -> dict[str, Counter[str]]:
    return {
        topic: _grams(
            f"{locale.plain(t(f'faq.{topic}.q'))} {locale.plain(t(f'faq.{topic}.words'))}".casefold()
        )
        for topic in TOPICS
    }


def _grams(text: str) -> Counter[str]:
    padded = f" {' '.join(text.split())} "
    return Counter(padded[at : at + 2] for at in range(len(padded) - 1) if padded[at : at + 2].strip())


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(count * other[gram] for gram, count in one.items())
    size = (sum(n * n for n in one.values()) * sum(n * n for n in other.values())) ** 0.5
    return shared / size if size else 0.0
