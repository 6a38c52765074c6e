"""Questions and answers: topics to choose from, and the topic that answers a question in plain words.

A question is noted with the topic that answered it, so that thumbs teach the search, and what nothing answered is read
by whoever looks after the topics. Two that failed in a row, and a person is offered.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from bot.dialogs.checklist import verdict
from bot.dialogs.clean import clean
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answer
from bot.i18n import Joined, T, t
from bot.retrieval import Found
from bot.services import asking, caring, faqvalues
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.conversation import ask_again, finishes, words_expected
from bot.services.faqown import OWN
from bot.topics import Book
from bot.views.menus import HOME, action, buttons, rated
from bot.wording import LONGEST
from storage import dialogs, questions
from storage.dialogs import Place

ON_A_PAGE = 10
HAN = 0x2FFF
SMALL_TALK = 20
"""Letters of a greeting or a word of thanks; a Chinese character is worth three. What is longer is a question."""
LEAST = 2
"""Letters of a question, counted alike: a number has none, and an ID one at most."""
OFFERED = "near"
"""What marks the button of a topic that was offered for a question."""


async def show(a: Answering) -> None:
    """Offer the groups of topics."""
    book = await _book(a)
    place = await dialogs.active(a.read, a.person)
    groups = [Button(t("faq.group", heading=book.heading(g.key)), action("faq", g.key)) for g in book.groups]
    rows = tuple(tuple(groups[at : at + 2]) for at in range(0, len(groups), 2))
    a.say(Say(_invitation(a, place), Inline(rows)))
    if place is not None:
        await ask_again(a, place)


def _invitation(a: Answering, place: Place | None) -> T:
    """Invite to ask, where words would be taken for a question and not for an answer."""
    if place is None:
        return t("faq.ask")
    return t("faq.ask_aside") if words_expected(a, place) else t("faq.ask_within")


async def turn(a: Answering, argument: str) -> None:
    """Offer the topics of a group, `GROUP` or `GROUP.PAGE`; anything else is a question."""
    book = await _book(a)
    key, _, page = argument.partition(".")
    group = next((group for group in book.groups if group.key == key), None)
    if group is None:
        await hear(a, argument)
        return
    at = int(page) * ON_A_PAGE if page.isdecimal() and len(page) <= 3 else 0
    rows = [*_rows(book, group.topics[at : at + ON_A_PAGE])]
    if len(group.topics) > at + ON_A_PAGE:
        rows.append((Button(t("faq.more"), action("faq", f"{key}.{at // ON_A_PAGE + 1}")),))
    rows.append((Button(t("faq.groups"), action("faq")),))
    a.say(Say(t("faq.choose", heading=book.heading(key)), Inline(tuple(rows))))
    place = await dialogs.active(a.read, a.person)
    if place is not None:
        await ask_again(a, place)


async def answer(a: Answering, argument: str) -> None:
    """Answer a topic, `TOPIC` or `TOPIC.near` where it was offered for a question. Raises Denied for no topic."""
    book = await _book(a)
    topic, _, how = argument.partition(".")
    if topic not in book.topics:
        raise Denied("topic", known=True)
    newest = await questions.recent(a.read, a.person, 1)
    if how == OFFERED and newest and newest[0].topic is None:
        a.write(questions.choose, newest[0].id, topic)
    await _answer(a, book, topic)


async def hear(a: Answering, words: str, message_id: int = 0) -> None:
    """Answer a question in plain words; say so where no topic does, and offer the topics and a person."""
    if caring.hear(a, words, message_id):
        return
    if _width("".join(filter(str.isalpha, words))) < LEAST:
        # a phone or a number typed astray: no question, and nothing to be kept
        a.say(Say(t("idle.text"), HOME))
        return
    book, found = await _book(a), await _find(a, words)
    if found.topics:
        await _found(a, book, words, found, message_id)
    elif found.elsewhere and _width(words) <= SMALL_TALK:
        a.say(Say(t("idle.text"), HOME))
    else:
        tired = await asking.failed(a)
        a.write(questions.ask, a.person, None, words[:LONGEST], a.now)
        a.say(Say(t("faq.twice" if tired else "faq.nothing"), buttons("ask", "faq"), reply_to=message_id))


async def nearest(a: Answering, words: str, message_id: int = 0) -> bool:
    """Answer a question in plain words; False, and nothing is said, when no topic is near."""
    if caring.hear(a, words, message_id):
        return True
    found = await _find(a, words)
    if found.topics:
        await _found(a, await _book(a), words, found, message_id)
    return bool(found.topics)


@finishes("checklist")
async def judged(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Give the checklist's verdict with its reasons."""
    result, against = verdict(answers)
    lines = Joined(tuple(t(f"checklist.{name}.against") for name in against))
    a.say(Say(t(f"checklist.verdict.{result}", lines=lines), buttons("faq", "score")))


async def _find(a: Answering, words: str) -> Found:
    index = await a.context.finder.index(a.read, a.context.vault, a.now)
    await asking.report_trouble(a)
    return await asyncio.to_thread(index.find, clean(words, LONGEST))


async def _found(a: Answering, book: Book, words: str, found: Found, message_id: int) -> None:
    """Give the answer where it is certain; offer the nearest and a person where it is not."""
    tired = not found.sure and await asking.failed(a)
    a.write(questions.ask, a.person, found.topics[0] if found.sure else None, words[:LONGEST], a.now)
    if found.sure:
        await _answer(a, book, found.topics[0])
        return
    rows = (*_rows(book, found.topics, OFFERED), (Button(t("button.ask"), action("ask")),))
    a.say(Say(t("faq.nearest_or_person" if tired else "faq.nearest"), Inline(rows), reply_to=message_id))
    place = await dialogs.active(a.read, a.person)
    if place is not None:
        await ask_again(a, place)


async def _answer(a: Answering, book: Book, topic: str) -> None:
    beneath = book.beneath.get(topic)
    own = await OWN[beneath.own](a) if beneath and beneath.own else None
    text = t("faq.answer", question=book.question(topic), answer=book.answer(topic, faqvalues.of(a)))
    place = await dialogs.active(a.read, a.person)
    names = beneath.buttons if beneath else ()
    keyboard = buttons(*names) if names else buttons("faq", "score") if place is None else None
    a.say(Say(_whole(text, own), rated(topic, keyboard), protect=own is not None))
    if place is not None:
        await ask_again(a, place)


def _width(words: str) -> int:
    return sum(3 if ord(one) > HAN else 1 for one in words.strip())


def _whole(text: T, own: T | None) -> T:
    return text if own is None else t("faq.personal", answer=text, own=own)


def _rows(book: Book, topics: Sequence[str], how: str = "") -> tuple[tuple[Button, ...], ...]:
    arguments = [f"{topic}.{how}" if how else topic for topic in topics]
    labels = [t("faq.topic", question=book.question(topic)) for topic in topics]
    return tuple((Button(label, action("topic", one)),) for label, one in zip(labels, arguments, strict=True))


async def _book(a: Answering) -> Book:
    return await a.context.finder.book(a.now)
