"""The scam check on messages that nobody looked at while it was made: what docs/scam.md says of it, less some slack."""

from pathlib import Path

import pytest

from engine.scam import check, corpus
from engine.scam.kinds import GENUINE, TYPES

HELD = Path(__file__).with_name("heldout")
FILES = sorted(path.name for path in HELD.glob("*.jsonl"))
SUSPICIOUS = 0.91
SCAM = 0.82
TYPED = 0.85
ALARMS, DOUBTS = 0.03, 0.08


@pytest.mark.parametrize("name", FILES)
def test_scams_are_known_and_the_genuine_left_alone(name: str) -> None:
    messages = list(corpus.read(HELD / name))
    found = [(one, check(one.text)) for one in messages]
    scams = [(one, what) for one, what in found if one.type != GENUINE]
    genuine = [what for one, what in found if one.type == GENUINE]
    assert all(sum(one.type == kind for one, _ in scams) >= 30 for kind in TYPES)
    assert sum(what.verdict != "no_sign" for _, what in scams) >= SUSPICIOUS * len(scams)
    assert sum(what.verdict == "scam" for _, what in scams) >= SCAM * len(scams)
    assert sum(what.kind in {one.type, *one.also} for one, what in scams) >= TYPED * len(scams)
    assert sum(what.verdict == "scam" for what in genuine) <= ALARMS * len(genuine)
    assert sum(what.verdict != "no_sign" for what in genuine) <= DOUBTS * len(genuine)
    assert all(one.text[cue.start : cue.end] == cue.words for one, what in found for cue in what.cues)


def test_what_is_learnt_from_and_what_is_measured_on_are_apart() -> None:
    learnt = {one.text for one in corpus.ours()}
    held = {one.text for name in FILES for one in corpus.read(HELD / name)}
    assert len(held) > 2_000
    assert not learnt & held
