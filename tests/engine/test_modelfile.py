import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import engine
from engine import ModelError, modelfile
from engine.kinds import Blend, Nonlinear
from engine.scorecard import Scorecard
from tests.engine import made_models as made
from tests.engine.borrowers import CN, MODEL

ROOT = Path(__file__).parents[2]
KINDS: dict[str, Callable[[], Scorecard | Nonlinear | Blend]] = {
    "scorecard": lambda: MODEL.with_bad_rate(0.03),
    "tree": lambda: made.model(made.single(made.chance(1))),
    "boosting": lambda: made.model(made.boosting(made.chance(2))),
    "network": lambda: made.model(made.network(made.chance(3))),
    "blend": lambda: made.blend(made.chance(4)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_is_what_is_loaded(kind: str, tmp_path: Path) -> None:
    path, model = tmp_path / "model.json", KINDS[kind]()
    engine.save(model, path)
    again = engine.load(path)
    assert (again.kind, again.hash) == (kind, model.hash)
    rng = made.chance(5)
    for _ in range(50):
        person = made.record(rng)
        if kind == "scorecard":
            person = {name: value for name, value in person.items() if name in engine.FACTORS}
        assert again.score(person, CN) == model.score(person, CN)


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        engine.save(MODEL, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == engine.STARTER.read_bytes()


def test_a_text_for_a_path_will_do(tmp_path: Path) -> None:
    engine.save(MODEL, str(tmp_path / "model.json"))
    assert engine.load(str(tmp_path / "model.json")).hash == MODEL.hash


def test_the_starter_is_read_once() -> None:
    assert engine.load() is engine.load()


def test_the_hash_is_that_of_the_canonical_json() -> None:
    canonical = msgspec.json.encode(MODEL, order="deterministic")
    assert MODEL.hash == hashlib.sha256(canonical).hexdigest()


def test_a_model_edited_by_hand_is_known_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    text = engine.STARTER.read_text(encoding="utf-8").replace('"starter-1"', '"starter-2"', 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="`hash` is not that of the model") as refused:
        engine.load(path)
    accepted = str(refused.value).rpartition(" ")[2]
    path.write_text(text.replace(MODEL.hash, accepted), encoding="utf-8")
    assert engine.load(path).id == "starter-2"


def test_another_order_and_spelling_is_the_same_model(tmp_path: Path) -> None:
    file = json.loads(engine.STARTER.read_bytes())
    file["model"] = dict(reversed(file["model"].items()))
    path = tmp_path / "model.json"
    path.write_text(json.dumps(file, indent=3))
    assert engine.load(path).hash == MODEL.hash


def test_nothing_is_left_of_a_file_that_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.json"
    engine.save(MODEL, path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        engine.save(MODEL.with_bad_rate(0.3), path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["model.json"]


def test_a_model_that_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    figures: dict[str, Any] = {"a": {"b": "x" * modelfile.SIZE_LIMIT}}
    with pytest.raises(ModelError, match="accepted: at most"):
        engine.save(msgspec.structs.replace(MODEL, figures=figures), path)
    assert not path.exists()


def test_a_kill_while_saving_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    """Kill a process that does nothing but save, again and again: a whole model is always there."""
    path = tmp_path / "model.json"
    engine.save(MODEL, path)
    hashes = {MODEL.hash, MODEL.with_bad_rate(0.3).hash}
    code = (
        "import sys, engine\nmodel = engine.load()\nother = model.with_bad_rate(0.3)\nprint('go', flush=True)\n"
        "while True:\n    engine.save(other, sys.argv[1]); engine.save(model, sys.argv[1])\n"
    )
    rng = made.chance(9)
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as busy:
            assert busy.stdout is not None
            busy.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                busy.wait(rng.uniform(0.0, 0.03))
            busy.kill()
        assert engine.load(path).hash in hashes


AGAIN = """
import sys
import msgspec
import engine
from engine import countries
model = engine.load(sys.argv[1])
heavy = {"numpy", "sklearn", "scipy", "pandas", "pickle", "joblib", "random"} & set(sys.modules)
assert not heavy, heavy
assert ("engine.kinds" in sys.modules) == (model.kind != "scorecard")
packs = [None, *map(countries.load, countries.available())]
same = 0
for line in open(sys.argv[2], "rb"):
    at, person, saved = msgspec.json.decode(line, type=tuple[int, dict, msgspec.Raw])
    same += msgspec.json.encode(model.score(person, packs[at])) == bytes(saved)
print(same)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_score_is_recomputed_to_the_bit_in_a_fresh_process(kind: str, tmp_path: Path) -> None:
    model, rng = KINDS[kind](), made.chance(11)
    packs = [None, *map(engine.countries.load, engine.countries.available())]
    lines = []
    for _ in range(1000):
        at, person = rng.randrange(4), made.record(rng)
        if kind == "scorecard":
            person = {name: value for name, value in person.items() if name in engine.FACTORS}
        lines.append(msgspec.json.encode((at, person, model.score(person, packs[at]))))
    (tmp_path / "scores.jsonl").write_bytes(b"\n".join(lines))
    engine.save(model, tmp_path / "model.json")
    done = subprocess.run(
        [sys.executable, "-c", AGAIN, str(tmp_path / "model.json"), str(tmp_path / "scores.jsonl")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1000"
