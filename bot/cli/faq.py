"""`faq`: questions held against the topics of /faq as the bot does it, so that a support lead can measure a change.

It needs no database and no key: the topics and the settings are all it reads. docs/faq.md shows how to use it.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bot.cli import lines
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.retrieval import Phrasing
    from bot.topics import Book

PARTS = 10
"""For `--tune`, the phrasings of each topic are left out in so many parts."""


def add(commands: Any) -> None:
    """Add the command."""
    faq = commands.add_parser("faq", help="hold questions (JSON lines: id, text) against the topics of /faq")
    faq.add_argument(
        "--lang", metavar="LANG", default="", help="the language of the questions; default: the fallback"
    )
    what = faq.add_mutually_exclusive_group()
    what.add_argument(
        "--topics", action="store_true", help="list the keys of the topics with their questions"
    )
    what.add_argument("--check", action="store_true", help="check the files, and say every mistake")
    what.add_argument(
        "--tune", action="store_true", help="leave out a tenth of all phrasings in turn, and find them"
    )
    faq.set_defaults(call=call)


def call(told: Settings, chosen: argparse.Namespace) -> int:
    """Read the topics and do what was asked. Exit 1: the topics, or a line of the questions, are not right."""
    from bot import topics, wire  # noqa: PLC0415 - heavy

    language = chosen.lang or told.config.bot.fallback_language
    if language not in told.config.bot.languages:
        print(f"--lang {language}: accepted: {', '.join(told.config.bot.languages)}", file=sys.stderr)
        return 1
    try:
        book = topics.read(wire.folder_of_topics(told.config), wire.accepted(told.config))
    except topics.TopicsError as wrong:
        print("\n".join(wrong.mistakes), file=sys.stderr)
        return 1
    if chosen.check:
        print(f"{len(book.topics)} topics in {', '.join(book.entries)}: nothing wrong")
        return 0
    if chosen.topics:
        for topic in book.topics:
            lines.say({"topic": topic, "question": book.entries[language][topic].question})
        return 0
    return _tune(book) if chosen.tune else _answer(book)


def _answer(book: "Book") -> int:
    from bot.services.finding import searched  # noqa: PLC0415 - heavy

    index = searched(book)
    return lines.answer(
        lambda text: {"topics": list(index.find(text.strip()).topics)},
        '{"id": 1, "text": "Does checking hurt?"}',
    )


def _tune(book: "Book") -> int:
    """Say how often phrasings that were left out find their topic, and what each threshold would bring."""
    from bot.retrieval import ELSEWHERE, NEAR, Index  # noqa: PLC0415 - heavy

    rows: list[tuple[str, str, Any]] = []
    spoken = _languages(book)
    phrasings = book.phrasings()
    for part in range(PARTS):
        index = Index([one for at, one in enumerate(phrasings) if at % PARTS != part], book.notions)
        rows += [(spoken[at], one.topic, index.find(one.words)) for at, one in _part(phrasings, part)]
    for language in book.entries:
        asked = [(topic, found) for spoke, topic, found in rows if spoke == language and topic != ELSEWHERE]
        nowhere = [found for spoke, topic, found in rows if spoke == language and topic == ELSEWHERE]
        first = sum(topic in found.topics[:1] for topic, found in asked)
        near = sum(topic in found.topics for topic, found in asked)
        sure = [topic == found.topics[0] for topic, found in asked if found.sure]
        print(
            f"{language}: {len(asked)} phrasings: first {first / len(asked):.3f}, among three {near / len(asked):.3f}; "
            f"answered at once {len(sure) / len(asked):.2f}, rightly {sum(sure) / max(len(sure), 1):.3f}; "
            f"{len(nowhere)} of no topic: refused {sum(not one.topics for one in nowhere) / max(len(nowhere), 1):.2f}"
        )
    print(f"with NEAR = {NEAR}")
    return 0


def _part(phrasings: "Sequence[Phrasing]", part: int) -> "Iterator[tuple[int, Phrasing]]":
    return ((at, one) for at, one in enumerate(phrasings) if at % PARTS == part and one.weight == 1)


def _languages(book: "Book") -> list[str]:
    """Give the language of each phrasing, in their order."""
    counts = [
        (language, sum(len(one.asked) + 2 for one in found.values()))
        for language, found in book.entries.items()
    ]
    counts += [(language, len(asked)) for language, asked in book.elsewhere.items()]
    return [language for language, count in counts for _ in range(count)]
