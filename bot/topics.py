"""The topics of /faq: data in `locales/`, which whoever leads support edits without touching code (docs/faq.md).

`faq.toml` holds what is the same in every language: order, groups, what is shown beneath an answer. `LANGUAGE/faq.toml`
holds the words, `notions.toml` the words of one meaning. All is checked before any of it counts: a mistake is told with
its file, its topic, what is accepted there and an example, and what was good before stays.
"""

import re
import string
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bot.i18n import LOCALES, Value, Written
from bot.retrieval import ELSEWHERE, Phrasing

FILE, NOTIONS = "faq.toml", "notions.toml"
GROUP, NOWHERE = "group", "elsewhere"
"""Names in a file of words that no topic can have."""
LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_ASKED, LONGEST_HEADING = 60, 2000, 200, 40
SPEAKS_OF = 0.5
"""What an answer weighs beside the ways a topic is asked in."""
_TAGS = ("b", "i", "u", "s", "code", "blockquote")
_KEY = r"[a-z][a-z_]{0,23}"
_EXAMPLE = 'question = "What is this score?"'

Words = Annotated[str, Meta(min_length=1)]


class TopicsError(Exception):
    """Files of topics were refused; `mistakes` are all that were found, each a line."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        more = len(self.mistakes) - 1
        super().__init__(
            self.mistakes[0] + (f" (and {more} more: python -m bot faq --check)" if more else "")
        )


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic in one language: as its button asks it, its answer, and other ways people ask it."""

    question: Words
    answer: Words
    asked: Annotated[tuple[Words, ...], Meta(min_length=1)]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Topics that stand together."""

    key: str
    topics: Annotated[tuple[str, ...], Meta(min_length=1)]


class Beneath(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the bot adds to an answer: a part of its `own` about whoever asked, and buttons."""

    own: str = ""
    buttons: tuple[str, ...] = ()


class _Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: tuple[Group, ...]
    topic: dict[str, Beneath] = {}


class _Elsewhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    asked: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What topics may speak of: languages, placeholders, parts of the bot's own, and names of buttons."""

    languages: tuple[str, ...]
    values: Collection[str]
    own: Collection[str]
    buttons: Collection[str]


@dataclass(frozen=True)
class Book:
    """All topics, found right."""

    groups: tuple[Group, ...]
    headings: Mapping[str, Mapping[str, str]]
    beneath: Mapping[str, Beneath]
    entries: Mapping[str, Mapping[str, Entry]]
    elsewhere: Mapping[str, tuple[str, ...]]
    notions: Mapping[str, tuple[str, ...]]

    @property
    def topics(self) -> tuple[str, ...]:
        """List the topics in their order."""
        return tuple(topic for group in self.groups for topic in group.topics)

    def heading(self, group: str) -> Written:
        """Give a group's heading."""
        return Written({language: found[group] for language, found in self.headings.items()})

    def question(self, topic: str) -> Written:
        """Give a topic as its button asks it."""
        return Written({language: found[topic].question for language, found in self.entries.items()})

    def answer(self, topic: str, values: Mapping[str, Value]) -> Written:
        """Give a topic's answer."""
        return Written({language: found[topic].answer for language, found in self.entries.items()}, values)

    def phrasings(self) -> list[Phrasing]:
        """List every way each topic is asked in, what its answers say, and what is asked of no topic."""
        found = []
        for entries in self.entries.values():
            for topic, entry in entries.items():
                found += [Phrasing(topic, words) for words in (entry.question, *entry.asked)]
                found.append(Phrasing(topic, _bare(entry.answer), SPEAKS_OF))
        return found + [Phrasing(ELSEWHERE, words) for asked in self.elsewhere.values() for words in asked]


def read(folder: Path, accepted: Accepted) -> Book:
    """Read and check all topics in a folder. Raises TopicsError with every mistake."""
    mistakes: list[str] = []
    order = _file(folder / FILE, FILE, _Order, mistakes)
    raw = {
        language: _table(folder / language / FILE, f"{language}/{FILE}", mistakes)
        for language in accepted.languages
    }
    notions = folder / NOTIONS if (folder / NOTIONS).exists() else LOCALES / NOTIONS
    same = _file(notions, NOTIONS, dict[str, tuple[Words, ...]], mistakes)
    if order is None or same is None or None in raw.values():
        raise TopicsError(mistakes)
    mistakes += _order(order, accepted)
    topics = [topic for group in order.group for topic in group.topics]
    keys = [group.key for group in order.group]
    headings: dict[str, dict[str, str]] = {}
    entries: dict[str, dict[str, Entry]] = {}
    elsewhere: dict[str, tuple[str, ...]] = {}
    for language, found in raw.items():
        reader = _Words(f"{language}/{FILE}", found or {}, accepted)
        headings[language] = reader.headings(keys)
        entries[language] = reader.entries(topics)
        elsewhere[language] = reader.elsewhere()
        mistakes += reader.mistakes
    if mistakes:
        raise TopicsError(mistakes)
    return Book(order.group, headings, order.topic, entries, elsewhere, same)


def files(folder: Path, languages: Collection[str]) -> tuple[Path, ...]:
    """List the files that topics are read from."""
    return (folder / FILE, folder / NOTIONS, *(folder / language / FILE for language in languages))


class _Words:
    """Reads one file of words, and keeps the mistakes."""

    def __init__(self, name: str, found: Mapping[str, Any], accepted: Accepted) -> None:
        self._name, self._found, self._accepted = name, found, accepted
        self.mistakes: list[str] = []

    def headings(self, groups: Sequence[str]) -> dict[str, str]:
        """Give the heading of each group."""
        found = self._part(f"[{GROUP}]", self._found.get(GROUP, {}), dict[str, Words]) or {}
        for key in groups:
            if key not in found:
                self._wrong(
                    f"[{GROUP}]", f'has no heading for {key}; add a line such as: {key} = "The basics"'
                )
            elif len(found[key]) > LONGEST_HEADING or re.search(r"[<>&{}]", found[key]):
                accepted = f"accepted are 1 to {LONGEST_HEADING} characters without <, >, &, {{ and }}"
                self._wrong(f"[{GROUP}] {key}", accepted)
        for key in set(found) - set(groups):
            self._wrong(f"[{GROUP}] {key}", f"is no group of {FILE}; accepted: {', '.join(groups)}")
        return found

    def entries(self, topics: Sequence[str]) -> dict[str, Entry]:
        """Give each topic's words."""
        found = {}
        for topic in topics:
            if topic not in self._found:
                wanted = f"is missing, though {FILE} lists it; add [{topic}] with question, answer, asked"
                self._wrong(f"[{topic}]", wanted)
                continue
            entry = self._part(f"[{topic}]", self._found[topic], Entry)
            if entry is not None:
                found[topic] = entry
                self._entry(f"[{topic}]", entry)
        for topic in set(self._found) - {*topics, GROUP, NOWHERE}:
            self._wrong(
                f"[{topic}]", f"is in no group of {FILE}; add it there to topics, or take it out here"
            )
        return found

    def elsewhere(self) -> tuple[str, ...]:
        """Give what is asked of no topic."""
        found = self._part(f"[{NOWHERE}]", self._found.get(NOWHERE, {}), _Elsewhere)
        return found.asked if found else ()

    def _entry(self, place: str, entry: Entry) -> None:
        if len(entry.question) > LONGEST_QUESTION or re.search(r"[<>&{}]", entry.question):
            accepted = (
                f"accepted are 1 to {LONGEST_QUESTION} characters without <, >, &, {{ and }}: it is a button"
            )
            self._wrong(f"{place} question", f"{accepted}; for example {_EXAMPLE}")
        if len(entry.answer) > LONGEST_ANSWER:
            self._wrong(
                f"{place} answer",
                f"has {len(entry.answer)} characters; accepted are at most {LONGEST_ANSWER}",
            )
        for what in (*_markup(entry.answer), *_placeholders(entry.answer, self._accepted.values)):
            self._wrong(f"{place} answer", what)
        for words in entry.asked:
            if len(words) > LONGEST_ASKED:
                self._wrong(f"{place} asked", f"“{words[:30]}…” is longer than {LONGEST_ASKED} characters")

    def _part(self, place: str, raw: Any, kind: Any) -> Any:
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as mistake:
            self._wrong(place, _said(mistake))
        return None

    def _wrong(self, place: str, what: str) -> None:
        self.mistakes.append(f"{self._name}: {place} {what}")


def _order(order: _Order, accepted: Accepted) -> Iterator[str]:
    listed: set[str] = set()
    for group in order.group:
        for topic in group.topics:
            if not re.fullmatch(_KEY, topic) or topic in {GROUP, NOWHERE}:
                yield f"{FILE}: topic “{topic}”: accepted are up to 24 of a-z and _, for example lost_phone"
            if topic in listed:
                yield f"{FILE}: topic “{topic}” is listed twice; it belongs into one group"
            listed.add(topic)
    for topic, beneath in order.topic.items():
        if topic not in listed:
            yield f"{FILE}: [topic.{topic}] is in no group; add it to the topics of one, or take this out"
        if beneath.own and beneath.own not in accepted.own:
            yield f"{FILE}: [topic.{topic}] own: “{beneath.own}”; accepted: {', '.join(sorted(accepted.own))}"
        for button in beneath.buttons:
            if button not in accepted.buttons:
                names = ", ".join(sorted(accepted.buttons))
                yield f"{FILE}: [topic.{topic}] buttons: “{button}”; accepted: {names}"


class _Balance(HTMLParser):
    """Follows tags, and notes what a messenger would refuse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag not in _TAGS or attrs:
            self.wrong.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def _markup(text: str) -> Iterator[str]:
    parser = _Balance()
    parser.feed(text)
    parser.close()
    wrong = [*parser.wrong, *(f"<{tag}> that is not closed" for tag in parser.open)]
    if not wrong and (stray := re.search(r"<(?!/?[a-z]+>)|&(?!(?:lt|gt|amp);)", text)):
        wrong.append(stray.group())
    if wrong:
        names = ", ".join(f"<{tag}>" for tag in _TAGS)
        more = "each closed, and &lt; &amp; for < and &; for example <b>first</b>"
        yield f"holds {wrong[0]}; accepted are {names}, {more}"


def _placeholders(text: str, known: Collection[str]) -> Iterator[str]:
    try:
        named = [
            (name, spec or kind) for _, name, spec, kind in string.Formatter().parse(text) if name is not None
        ]
    except ValueError:
        yield "holds a brace that is not paired; write {{ or }} for a brace itself"
        return
    for name, more in named:
        if name not in known or more:
            yield f"holds {{{name}}}; accepted: {', '.join('{' + one + '}' for one in sorted(known))}"


def _table(path: Path, name: str, mistakes: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        mistakes.append(f"{name}: there is no such file in the folder; copy the one from locales/")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as mistake:
        mistakes.append(f"{name}: is no TOML: {mistake}; a line looks like: {_EXAMPLE}")
    return None


def _file(path: Path, name: str, kind: Any, mistakes: list[str]) -> Any:
    raw = _table(path, name, mistakes)
    try:
        return None if raw is None else msgspec.convert(raw, kind)
    except msgspec.ValidationError as mistake:
        mistakes.append(f"{name}: {_said(mistake)}")
    return None


def _said(mistake: msgspec.ValidationError) -> str:
    what, _, place = str(mistake).partition(" - at `$")
    return f"{place.strip('`.')}: {what}" if place else what


def _bare(answer: str) -> str:
    return re.sub(r"<[^>]+>|\{\w+\}|/\w+", " ", answer)
