import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import engine
from engine import ModelError
from tests.engine.borrowers import CN, MODEL

SHIPPED = engine.STARTER.read_text(encoding="utf-8")


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    engine.save(MODEL.with_bad_rate(0.03), path)
    again = engine.load(path)
    assert again.hash == MODEL.with_bad_rate(0.03).hash
    assert again.score({"age": 40.0}, CN) == MODEL.with_bad_rate(0.03).score({"age": 40.0}, CN)


def test_the_starter_is_read_once() -> None:
    assert engine.load() is engine.load()


def test_a_model_edited_by_hand_is_known_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(SHIPPED.replace('"starter-1"', '"starter-2"', 1), encoding="utf-8")
    with pytest.raises(ModelError, match="`hash` is not that of the model"):
        engine.load(path)


def _edit(change: Callable[[dict[str, Any]], object]) -> bytes:
    file = json.loads(SHIPPED)
    change(file["model"])
    return json.dumps(file).encode()


def _factor(model: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in model["factors"] if entry["name"] == name)
    return found


BROKEN = {
    "empty": (b"", "truncated"),
    "cut short": (SHIPPED.encode()[:2000], "truncated"),
    "not text": (b"\x80\x04\x95", "malformed"),
    "a list": (b"[]", "Expected `object`"),
    "deep": (b"[" * 100_000, "Expected `object`"),
    "huge": (b" " * 1_000_001, "at most 1000000"),
    "NaN": (SHIPPED.replace("0.08", "NaN", 1).encode(), "malformed"),
    "infinity": (SHIPPED.replace("0.08", "1e999", 1).encode(), "out of range"),
    "unknown key": (
        _edit(lambda m: m.update(colour="red")),
        "unknown field `colour`.*accepted here: id, kind",
    ),
    "unknown kind": (_edit(lambda m: m.update(kind="pickle")), "kind"),
    "half points": (_edit(lambda m: _factor(m, "age").update(points=[0.5] * 7)), "Expected `int`"),
    "points off the scale": (_edit(lambda m: _factor(m, "age").update(points=[9999] * 7)), "<= 550"),
    "points against the direction": (
        _edit(lambda m: _factor(m, "enquiries_6m")["points"].reverse()),
        "risk goes up, and the points go against it",
    ),
    "help turned to harm": (
        _edit(lambda m: _factor(m, "utilities_on_time").update(points=[-9, 0, 9])),
        "no point of it may be below 0",
    ),
    "cuts that fall": (_edit(lambda m: _factor(m, "age")["cuts"].reverse()), "rising cuts within 18..110"),
    "a bin too few": (_edit(lambda m: _factor(m, "age")["points"].pop()), "needs 7 points"),
    "a class too few": (_edit(lambda m: _factor(m, "sex")["classes"].pop()), "these classes: female, male"),
    "a class point too few": (_edit(lambda m: _factor(m, "sex")["points"].pop()), "one a class"),
    "no such factor": (_edit(lambda m: _factor(m, "sex").update(name="religion")), "`religion` is no factor"),
    "a factor twice": (_edit(lambda m: m["factors"].append(m["factors"][0])), "names one factor twice"),
    "no factors": (_edit(lambda m: m.update(factors=[])), "length >= 1"),
    "a base of its own": (_edit(lambda m: m.update(base=800)), "does not follow"),
    "bands with a hole": (_edit(lambda m: m["bands"].pop()), "floor is 300 or less"),
    "an upside-down scale": (_edit(lambda m: m["scale"].update(low=900)), "low < anchor_score < high"),
}


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_or_hostile_model_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=rf"model\.json: .*{reason}"):
        engine.load(path)


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        engine.load(tmp_path / "none.json")


def test_the_hash_is_that_of_the_canonical_json() -> None:
    canonical = msgspec.json.encode(MODEL, order="deterministic")
    assert MODEL.hash == hashlib.sha256(canonical).hexdigest()
