"""Questions that nobody who made the search or the topics had seen: it must find what it found (docs/faq.md)."""

import json
from pathlib import Path

import pytest

from bot import settings, topics, wire
from bot.retrieval import Index
from bot.services.finding import searched

CONFIG = settings.read_config(settings.ROOT / "config.toml")
HERE = Path(__file__).parent / "heldout"
FLOORS = {"en": (0.90, 0.96, 0.84), "es": (0.90, 0.95, 0.84), "zh_CN": (0.90, 0.96, 0.84)}
"""For each language the share whose first answer is fair, that with a fair one among three, and of those that have no
answer the share refused: some points below what was seen."""


@pytest.fixture(scope="module")
def index() -> Index:
    return searched(topics.read(wire.folder_of_topics(CONFIG), wire.accepted(CONFIG)))


@pytest.mark.parametrize("language", CONFIG.bot.languages)
def test_the_share_of_questions_that_find_their_answer(index: Index, language: str) -> None:
    lines = (HERE / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines if line.strip()]
    assert len(asked) >= 100
    found = [(one["topics"], index.find(one["text"]).topics) for one in asked]
    fair = [(set(wanted), near) for wanted, near in found if wanted]
    first = sum(near[:1] != () and near[0] in wanted for wanted, near in fair) / len(fair)
    three = sum(bool(wanted & set(near)) for wanted, near in fair) / len(fair)
    refused = [not near for wanted, near in found if not wanted]
    seen = (first, three, sum(refused) / len(refused))
    assert all(share >= floor for share, floor in zip(seen, FLOORS[language], strict=True)), seen


def test_every_fair_answer_is_a_topic(index: Index) -> None:
    for language in CONFIG.bot.languages:
        for line in (HERE / f"{language}.jsonl").read_text(encoding="utf-8").splitlines():
            assert set(json.loads(line)["topics"]) <= set(index.topics), line
