import bz2
import contextlib
import gzip
import io
import json
import os
import pickle
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]  # joblib has no types
import msgspec
import pytest

import engine
from engine import ModelError, modelfile
from engine.kinds import Nonlinear
from engine.scorecard import base_points
from tests.engine import made_models as made
from tests.engine.borrowers import CN, MODEL, YOUNG_IN_DEBT

SHIPPED = engine.STARTER.read_text(encoding="utf-8")


def file_of(model: Nonlinear | engine.Scorecard) -> dict[str, Any]:
    return {"format": 1, "hash": model.hash, "model": msgspec.to_builtins(model)}


TREE = made.model(made.single(made.chance(6)))
BOOSTED = made.model(made.boosting(made.chance(7), count=4))
NET = made.model(made.network(made.chance(8)))
BLEND = made.blend(made.chance(9))


def edit(change: Callable[[dict[str, Any]], object], model: Any = MODEL) -> bytes:
    """A file in good order but for one change, under the hash of what it was."""
    file = json.loads(msgspec.json.encode(file_of(model)))
    change(file["model"])
    return json.dumps(file, separators=(",", ":")).encode()


def sealed(model: Any, change: Callable[[dict[str, Any]], object]) -> bytes:
    """A file whose hash is its own, made by somebody who knows how."""
    file = json.loads(edit(change, model))
    shape = modelfile._shape(file["model"]["kind"], "")
    file["hash"] = msgspec.convert(file, shape).model.hash
    return json.dumps(file).encode()


def whole(change: Callable[[dict[str, Any]], object]) -> bytes:
    file = json.loads(SHIPPED)
    change(file)
    return json.dumps(file).encode()


def factor(model: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in model["factors"] if entry["name"] == name)
    return found


class Bomb:
    """What runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.command,)


def _doubled() -> engine.Scorecard:
    """A scorecard each of whose points doubles the odds."""
    scale = engine.Scale(points_to_double=1)
    base = base_points(scale, MODEL.bad_rate, MODEL.gap)
    return msgspec.structs.replace(MODEL, scale=scale, base=base)


def zip_bomb() -> bytes:
    made_up = io.BytesIO()
    with zipfile.ZipFile(made_up, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * 100_000_000)
    return made_up.getvalue()


def deep_tree(depth: int) -> Any:
    node: Any = 1.0
    for _ in range(depth):
        node = [0, 0, True, node, 0.5]
    return node


def full_tree(depth: int) -> Any:
    return 1.0 if depth == 0 else [0, 0, True, full_tree(depth - 1), full_tree(depth - 1)]


OTHERS = {
    "a pickle": (pickle.dumps(Bomb("true")), "a pickle.*accepted: a model as"),
    "a pickle in text": (pickle.dumps(Bomb("true"), protocol=0), "a pickle in text"),
    "a zip bomb": (zip_bomb(), "a zip archive"),
    "gzip": (gzip.compress(SHIPPED.encode()), "compressed"),
    "bzip2": (bz2.compress(SHIPPED.encode()), "compressed"),
    "numpy": (b"\x93NUMPY\x01\x00", "a numpy array"),
    "a byte order mark": (b"\xef\xbb\xbf" + SHIPPED.encode(), "byte order mark"),
    "utf-16": (SHIPPED.encode("utf-16"), "byte order mark"),
    "utf-16 without one": (SHIPPED.encode("utf-16-le"), "line 1, column 2: JSON is malformed"),
    "empty": (b"", "it is empty"),
    "blank": (b" \n\t", "it is empty"),
    "not UTF-8": (SHIPPED.replace("starter-1", "st\xe4rter", 1).encode("latin-1"), "not UTF-8"),
    "a list": (b"[]", "Expected `object`"),
    "a word": (b"null", "Expected `object`"),
    "no model": (b'{"format": 1}', "missing required field `model`"),
    "cut short": (SHIPPED.encode()[:2000], "line [0-9]+, column [0-9]+: the file ends too early"),
    "more behind": (SHIPPED.encode() + b"{}", "trailing characters"),
    "deep": (b'{"format": 1, "x":' + b"[" * 1_000_000, "nested too deep"),
    "huge": (SHIPPED.encode() + b" " * modelfile.SIZE_LIMIT, f"accepted: at most {modelfile.SIZE_LIMIT}"),
    "before formats": (whole(lambda f: f.pop("format")), "no `format`.*accepted: `format` 1"),
    "an older format": (whole(lambda f: f.update(format=0)), "`format` 0 is of an older version"),
    "a newer format": (whole(lambda f: f.update(format=2)), "`format` 2 is of a newer version"),
    "a format in words": (whole(lambda f: f.update(format="1")), r"Expected `int \| null`.*\$.format"),
    "no hash": (whole(lambda f: f.pop("hash")), "missing required field `hash`"),
    "another hash": (whole(lambda f: f.update(hash="0" * 64)), f"accepted: {MODEL.hash}"),
    "a hash in words": (whole(lambda f: f.update(hash="none")), r"\$.hash"),
    "an unknown key": (whole(lambda f: f.update(code="x")), "accepted here: format, hash, model"),
    "a key twice": (
        SHIPPED.replace('"base":', '"base": 1, "base":', 1).encode(),
        "the key `base` stands twice",
    ),
    "a figure twice": (
        SHIPPED.replace('"loans":', '"loans": 1, "loans":', 1).encode(),
        "the key `loans` stands twice",
    ),
}
CARDS = {
    "NaN": (SHIPPED.replace("0.08", "NaN", 1).encode(), "line 8, .*accepted: JSON, without NaN"),
    "infinity": (SHIPPED.replace("0.08", "-Infinity", 1).encode(), "without NaN or Infinity"),
    "a number without end": (SHIPPED.replace("0.08", "1e999", 1).encode(), r"out of range.*model\.bad_rate"),
    "a whole number without end": (
        SHIPPED.replace('"base": 584', f'"base": {"9" * 100_000}', 1).encode(),
        r"out of range.*\$\.model\.base",
    ),
    "an unknown entry": (edit(lambda m: m.update(colour="red")), "accepted here: id, base"),
    "an unknown kind": (edit(lambda m: m.update(kind="pickle")), "accepted: scorecard, nonlinear, blend"),
    "another kind": (edit(lambda m: m.update(kind="blend")), r"\$\.model"),
    "no kind": (edit(lambda m: m.pop("kind")), r"`kind` - at `\$\.model"),
    "half points": (edit(lambda m: factor(m, "age").update(points=[0.5] * 7)), "Expected `int`"),
    "points off the scale": (edit(lambda m: factor(m, "age").update(points=[9999] * 7)), "<= 1100"),
    "points against the direction": (
        edit(lambda m: factor(m, "enquiries_6m")["points"].reverse()),
        "risk goes up, and the points go against it",
    ),
    "help turned to harm": (
        edit(lambda m: factor(m, "utilities_on_time").update(points=[-9, 0, 9])),
        "no point of it may be below 0",
    ),
    "cuts that fall": (edit(lambda m: factor(m, "age")["cuts"].reverse()), "rising cuts"),
    "a bin too few": (edit(lambda m: factor(m, "age")["points"].pop()), "needs 7 points"),
    "a class too few": (edit(lambda m: factor(m, "sex")["classes"].pop()), "needs 1 points, one a class"),
    "a class point too few": (edit(lambda m: factor(m, "sex")["points"].pop()), "one a class"),
    "no such factor": (edit(lambda m: factor(m, "sex").update(name="religion")), "`religion` is no factor"),
    "a factor twice": (edit(lambda m: m["factors"].append(m["factors"][0])), "names one factor twice"),
    "no factors": (edit(lambda m: m.update(factors=[])), "length >= 1"),
    "a million points": (edit(lambda m: factor(m, "age").update(points=[1] * 1_000_000)), "length <= 1000"),
    "a base of its own": (edit(lambda m: m.update(base=800)), "does not follow"),
    "bands with a hole": (edit(lambda m: m["bands"].pop()), "floor is 300 or less"),
    "an upside-down scale": (edit(lambda m: m["scale"].update(low=900)), "low < anchor_score < high"),
}
BENT = {
    "a tree within itself": (edit(lambda m: m["body"].update(tree={"$ref": "#"}), TREE), r"\$\.model\.body"),
    "an input that is not there": (
        edit(lambda m: m["body"].update(tree=[99, 0, True, 1.0, 2.0]), TREE),
        "names input 99",
    ),
    "a cut that is not there": (
        edit(lambda m: m["body"].update(tree=[0, 999, True, 1.0, 2.0]), TREE),
        "cut 999",
    ),
    "an input below 0": (edit(lambda m: m["body"].update(tree=[-1, 0, True, 1.0, 2.0]), TREE), ">= 0"),
    "too deep a tree": (edit(lambda m: m["body"].update(tree=deep_tree(41)), TREE), "40 deep"),
    "far too deep a tree": (edit(lambda m: m["body"].update(tree=deep_tree(900)), TREE), "deep"),
    "a million nodes": (edit(lambda m: m["body"].update(trees=[full_tree(14)] * 20), BOOSTED), "400000"),
    "a tree too many": (edit(lambda m: m["body"].update(trees=[1.0] * 1_000_000), BOOSTED), "20000"),
    "layers that do not fit": (edit(lambda m: m["body"]["nets"][0][1]["bias"].pop(), NET), "does not fit"),
    "weights that do not fit": (
        edit(lambda m: m["body"]["nets"][0][0]["weights"][0].append(1.0), NET),
        "does not fit",
    ),
    "a net without end": (edit(lambda m: m["body"]["nets"][0].pop(), NET), "must end in one unit"),
    "a curve of nothing": (edit(lambda m: m["body"]["curves"][0].update(input=99), NET), "beyond the last"),
    "a weight of null": (
        edit(lambda m: m["body"]["nets"][0][0]["bias"].__setitem__(0, None), NET),
        "Expected `float`",
    ),
    "an input too few": (edit(lambda m: m["inputs"].pop(), TREE), "accepted: as many `inputs`"),
    "parts of nothing": (edit(lambda m: m.update(parts=[]), BLEND), "length >= 1"),
    "a part of two": (
        edit(lambda m: m["parts"][0].update(other=m["parts"][1]["other"]), BLEND),
        "and not both",
    ),
}
FAR = {
    "a leaf out of all measure": (
        sealed(TREE, lambda m: m["body"].update(tree=1e300)),
        "body` can say 1e.300",
    ),
    "leaves without end": (
        sealed(BOOSTED, lambda m: m["body"].update(trees=[1e308] * 9)),
        "body` can say inf",
    ),
    "a bias out of all measure": (
        sealed(NET, lambda m: m["body"]["nets"][0][-1].update(bias=[1e308])),
        r"accepted: at most 1e\+09",
    ),
    "weights that multiply without end": (
        sealed(NET, lambda m: [layer["weights"][0].__setitem__(0, 1e200) for layer in m["body"]["nets"][0]]),
        "body` can say inf",
    ),
    "effects without end": (sealed(TREE, lambda m: m["weights"].__setitem__(0, 1e308)), "`weights` go up"),
    "a part without measure": (
        sealed(BLEND, lambda m: m["parts"][1]["other"]["body"].update(baseline=-1e300)),
        "body` can say",
    ),
    "a scale without end": (sealed(TREE, lambda m: m["scale"].update(high=10**18)), "`scale` is too long"),
    "odds without measure": (sealed(TREE, lambda m: m["scale"].update(anchor_odds=1e-300)), "anchor_odds"),
    "a bad rate next to nothing": (edit(lambda m: m.update(bad_rate=5e-324)), "out of all measure"),
    "points that double the odds without end": (
        sealed(_doubled(), lambda m: m.update(id="far")),
        "accepted: at most 1000",
    ),
}
HOSTILE = OTHERS | CARDS | BENT | FAR


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_or_hostile_model_is_refused_at_once_with_a_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    started = time.process_time()
    with pytest.raises(ModelError, match=rf"^model\.json: .*{reason}"):
        engine.load(path)
    assert time.process_time() - started < 3.0


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    path, mark = tmp_path / "model.json", tmp_path / "ran"
    command = f"touch {mark}"
    path.write_bytes(pickle.dumps(Bomb(command)))
    with pytest.raises(ModelError):
        engine.load(path)
    joblib.dump(Bomb(command), path)
    with pytest.raises(ModelError):
        engine.load(path)
    joblib.dump(Bomb(command), path, compress=3)
    with pytest.raises(ModelError):
        engine.load(path)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Bomb(command)))  # noqa: S301 - that it would have run is the point
    assert mark.exists()


@pytest.mark.parametrize("model", [MODEL, TREE, NET, BLEND], ids=lambda model: model.kind)
def test_a_flipped_bit_is_refused_or_changes_nothing(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    engine.save(model, path)
    good = path.read_bytes()
    rng = made.chance(1)
    refused = 0
    for at in range(0, len(good), max(50, len(good) // 400)):
        bad = bytearray(good)
        bad[at] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        try:
            assert engine.load(path).hash == model.hash
        except ModelError:
            refused += 1
    assert refused > 50


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    good = engine.STARTER.read_bytes()
    for length in range(0, len(good) - 2, 997):
        path.write_bytes(good[:length])
        with pytest.raises(ModelError):
            engine.load(path)


def places(folder: Path) -> Iterator[tuple[Path, str]]:
    os.mkfifo(folder / "pipe.json")
    (folder / "link.json").symlink_to(engine.STARTER)
    (folder / "loop.json").symlink_to(folder / "loop.json")
    (folder / "folder.json").mkdir()
    yield folder / "pipe.json", "a pipe"
    yield folder / "link.json", "a symbolic link; accepted: a regular file"
    yield folder / "loop.json", "a symbolic link"
    yield folder / "folder.json", "a folder"
    yield Path("/dev/zero"), "a device"
    yield Path("/dev/null"), "a device"
    yield folder / "none.json", "cannot be read: No such file"
    yield folder / ("x" * 300), "cannot be read: File name too long"
    yield folder / "null\0.json", "cannot be read"


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    for path, reason in places(tmp_path):
        started = time.process_time()
        with pytest.raises(ModelError, match=reason):
            engine.load(path)
        assert time.process_time() - started < 3.0


def test_the_old_model_stays_when_a_new_one_is_refused(tmp_path: Path) -> None:
    person = engine.record(YOUNG_IN_DEBT, CN)
    active, before = engine.load(), MODEL.score(person, CN)
    path = tmp_path / "model.json"
    for content, _ in HOSTILE.values():
        path.write_bytes(content)
        with pytest.raises(ModelError):
            engine.load(path)
    assert engine.load() is active
    assert active.score(person, CN) == before


JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, 10**30, 1e308, -1e308, 5e-324, 0.5, "", "x", "own", "date", [], {}, [0]),
    *([[]], {"a": 1}, ["x"], [1e308] * 3, 10**18),
)


@pytest.mark.parametrize("model", [MODEL, TREE, BOOSTED, NET, BLEND], ids=lambda model: model.kind)
def test_whatever_stands_in_a_file_it_is_refused_or_scores(model: Any) -> None:
    """Put junk anywhere, under the right hash: there is no third outcome, and none takes long."""
    rng = made.chance(13)
    plain = json.loads(msgspec.json.encode(file_of(model)))
    spots = [spot for spot in _spots(plain["model"]) if spot]
    scored = refused = 0
    for _ in range(600):
        file = json.loads(json.dumps(plain))
        *way, last = rng.choice(spots)
        node = file["model"]
        for step in way:
            node = node[step]
        node[last] = rng.choice(JUNK)
        started = time.process_time()
        with contextlib.suppress(ModelError, msgspec.ValidationError, ArithmeticError):
            file["hash"] = msgspec.convert(file, modelfile._shape(file["model"]["kind"], "")).model.hash
        try:
            loaded = modelfile.parse(json.dumps(file).encode(), "model.json")
            person = made.record(rng, missing=0.0)
            if model is MODEL:
                person = {name: value for name, value in person.items() if name in engine.FACTORS}
            result = loaded.score(person)
            assert loaded.scale.low <= result.score <= loaded.scale.high
            assert 0 < result.pd < 1
            scored += 1
        except ModelError:
            refused += 1
        assert time.process_time() - started < 3.0
    assert min(scored, refused) > 10


def _spots(node: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _spots(value, (*before, name))
    elif isinstance(node, list):
        for at, value in enumerate(node[:4]):
            yield from _spots(value, (*before, at))
