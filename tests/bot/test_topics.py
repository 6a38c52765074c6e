"""The topics of /faq: what ships is right, and every mistake is told with its place and what is accepted there."""

from collections import Counter
from pathlib import Path

import pytest

from bot import i18n, settings, topics, wire
from bot.i18n import t
from bot.topics import TopicsError
from tests.faq.folder import ACCEPTED, write

CONFIG = settings.read_config(settings.ROOT / "config.toml")
LONGEST_MESSAGE = 4096

MISTAKES = [
    ("en/faq.toml", ("[pin]", "[pins]"), "[pin] is missing"),
    ("en/faq.toml", ("[pin]", "[pins]"), "[pins] is in no group"),
    ("en/faq.toml", ("{days}", "{dayz}"), "[pin] answer holds {dayz}; accepted: {contact}, {days}"),
    ("en/faq.toml", ("{days}", "{days"), "[pin] answer holds a brace that is not paired"),
    ("en/faq.toml", ("{days}", "{days!r}"), "[pin] answer holds {days}"),
    ("en/faq.toml", ("{days}", "{0.real}"), "[pin] answer holds {0.real}"),
    ("en/faq.toml", ("</b>", ""), "[pin] answer holds <b> that is not closed"),
    ("en/faq.toml", ("<b>", "<a href='x'>"), "[pin] answer holds <a>"),
    ("en/faq.toml", ("Nobody", "1 < 2 & 3"), "[pin] answer holds"),
    ("en/faq.toml", ('"I forgot my PIN"', '"I <b>forgot</b>"'), "[pin] question accepted are 1 to 60"),
    ("en/faq.toml", ('"I forgot my PIN"', f'"{"long " * 20}"'), "[pin] question accepted are 1 to 60"),
    ("en/faq.toml", ("Choose a new one", "word " * 500), "[pin] answer has "),
    ("en/faq.toml", ('"lost my pin"', f'"{"lost " * 50}"'), "[pin] asked “lost"),
    ("en/faq.toml", ("asked = [", "asekd = ["), "[pin] Object contains unknown field `asekd`"),
    ("en/faq.toml", ('question = "I forgot my PIN"', ""), "[pin] Object missing required field `question`"),
    ("en/faq.toml", ("asked = [", "asked = [3, "), "[pin] asked"),
    ("en/faq.toml", ('basics = "The basics"', ""), "[group] has no heading for basics"),
    ("en/faq.toml", ('basics = "The basics"', 'basics = "B"\nmore = "M"'), "[group] more is no group"),
    ("en/faq.toml", ('basics = "The basics"', 'basics = "The <b>basics"'), "[group] basics accepted are 1 to 40"),
    ("en/faq.toml", ('"The basics"', '"The basics'), "en/faq.toml: is no TOML"),
    ("faq.toml", ('"pin", "cost"', '"pin", "cost", "pin"'), "“pin” is listed twice"),
    ("faq.toml", ('"pin", "cost"', '"pin", "cost", "A b"'), "“A b”: accepted are up to 24 of a-z and _"),
    ("faq.toml", ("[topic.cost]", "[topic.costs]"), "[topic.costs] is in no group"),
    ("faq.toml", ('"sources"', '"source"'), "own: “source”; accepted: sources"),
    ("faq.toml", ('["score"]', '["scor"]'), "buttons: “scor”; accepted: improve, score"),
    ("faq.toml", ("[[group]]", "[[grup]]"), "faq.toml: "),
    ("notions.toml", ('pin = ["pin"', 'pin = [1, "pin"'), "notions.toml: "),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "said"), MISTAKES, ids=[said[:40] for *_, said in MISTAKES])
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, name: str, change: tuple[str, str], said: str
) -> None:
    with pytest.raises(TopicsError) as refusal:
        topics.read(write(tmp_path, {name: change}), ACCEPTED)
    assert any(said in mistake and mistake.startswith(name) for mistake in refusal.value.mistakes), (
        refusal.value.mistakes
    )


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    changes = {
        "en/faq.toml": ("{days}", "{x}"),
        "faq.toml": ('["score"]', '["y"]'),
        "es/faq.toml": ("{days}", "{z}"),
    }
    with pytest.raises(TopicsError, match=r"\(and 2 more: python -m bot faq --check\)") as refusal:
        topics.read(write(tmp_path, changes), ACCEPTED)
    assert len(refusal.value.mistakes) == 3


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "es" / "faq.toml").unlink()
    with pytest.raises(TopicsError, match=r"es/faq.toml: there is no such file"):
        topics.read(tmp_path, ACCEPTED)


def test_a_folder_without_notions_takes_those_that_ship(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "notions.toml").unlink()
    assert "score" in topics.read(tmp_path, ACCEPTED).notions


def test_answers_are_written_with_their_values(tmp_path: Path) -> None:
    book = topics.read(write(tmp_path), ACCEPTED)
    text = t(
        "faq.answer", question=book.question("pin"), answer=book.answer("pin", {"days": 5, "contact": "<x>"})
    )
    english, spanish = i18n.locale("en", "us").html(text), i18n.locale("es", "mx").html(text)
    assert (
        english
        == "<b>I forgot my PIN</b>\n\nChoose a new one after 5 days. <b>Nobody</b> can tell you the old one."
    )
    assert spanish == "<b>Olvidé mi NIP</b>\n\nElija otro después de 5 días."
    cost = t(
        "faq.answer",
        question=book.question("cost"),
        answer=book.answer("cost", {"days": 5, "contact": "<x>"}),
    )
    assert "write to &lt;x&gt;." in i18n.locale("en").html(cost)


SHORT = 12
"""Characters of a word that may stand for several topics: it then brings all of them to choose from."""


def test_what_ships_is_right_and_fits_into_a_message() -> None:
    book = topics.read(wire.folder_of_topics(CONFIG), wire.accepted(CONFIG))
    assert len(book.topics) >= 50
    for language, entries in book.entries.items():
        for topic, entry in entries.items():
            assert len(entry.asked) >= 14, (language, topic)
            assert len(entry.question) + len(entry.answer) < LONGEST_MESSAGE / 2, (language, topic)
            assert len({entry.question, *entry.asked}) == 1 + len(entry.asked), (language, topic)
        asked = Counter(words for entry in entries.values() for words in (entry.question, *entry.asked))
        assert [words for words, times in asked.items() if times > 1 and len(words) > SHORT] == [], language
