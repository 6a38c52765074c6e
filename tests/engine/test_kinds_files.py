import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine import strict
from engine.kinds import Blend, Nonlinear
from tests.engine import made_models

ROOT = Path(__file__).parents[2]
LEAF: Any = 0.5


def plain(body: str) -> Any:
    made = getattr(made_models, body)(made_models.chance(0))
    return json.loads(msgspec.json.encode(made_models.model(made)))


def refused(file: object) -> str:
    with pytest.raises(strict.ModelError) as caught:
        strict.decode(json.dumps(file).encode(), Nonlinear, strict.ModelError, name="m.json")
    return str(caught.value)


@pytest.mark.parametrize(
    "tree",
    [
        [99, 0, True, LEAF, LEAF],  # no such input
        [0, 99, True, LEAF, LEAF],  # no such cut
        [-1, 0, True, LEAF, LEAF],
        [0, 0, True, LEAF],  # a branch short
        [0, 0, True, LEAF, LEAF, LEAF],  # and one too many
        [0, 0, 1, LEAF, LEAF],
        [0, 0.5, True, LEAF, LEAF],
        "leaf",
        None,
        {"feature": 0},
    ],
)
def test_a_tree_that_is_none_is_refused(tree: object) -> None:
    file = plain("single")
    file["body"]["tree"] = tree
    assert refused(file).startswith("m.json: ")


def test_a_tree_too_deep_or_too_large_is_refused() -> None:
    file, deep = plain("single"), LEAF
    for _ in range(60):
        deep = [0, 0, True, LEAF, deep]
    file["body"]["tree"] = deep
    assert "deep, are read" in refused(file)
    text = json.dumps(file | {"body": "@"}).replace(
        '"@"', '{"kind":"tree","cuts":[],"tree":' + "[0,0,true,0.5," * 90_000 + "]" * 90_000 + "}"
    )
    with pytest.raises(strict.ModelError):
        strict.decode(text.encode()[:999_999], Nonlinear, strict.ModelError, name="m.json")


@pytest.mark.parametrize("number", ["1e999", "NaN", "Infinity", "null", '"0.5"'])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    for kind, place in (("boosting", "baseline"), ("single", "tree")):
        file = plain(kind)
        file["body"][place] = "@"
        text = json.dumps(file).replace('"@"', number)
        with pytest.raises(strict.ModelError):
            strict.decode(text.encode(), Nonlinear, strict.ModelError, name="m.json")


@pytest.mark.parametrize("cuts", [[2.0, 1.0], [1.0, 1.0], [float(at) for at in range(255)]])
def test_cuts_that_do_not_rise_or_are_too_many_are_refused(cuts: list[float]) -> None:
    file = plain("boosting")
    file["body"]["cuts"][0] = cuts
    assert "cuts" in refused(file)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("nets", 0, 0, "weights", 0, 0), "x"),
        (("nets", 0, 0, "weights", 0), [1.0]),
        (("nets", 0, 0, "bias"), [1.0]),
        (("nets", 0), []),
        (("nets", 0, 3), {"weights": [[0.0] * 8] * 2, "bias": [0.0, 0.0]}),
        (("nets",), []),
        (("activation",), "exec"),
        (("curves", 0, "input"), 6),
        (("curves", 0, "at"), [2.0, 1.0]),
        (("curves", 0, "to"), [2.0]),
        (("width",), 0),
        (("width",), 7),
    ],
)
def test_a_network_that_does_not_fit_together_is_refused(path: tuple[Any, ...], value: object) -> None:
    file = plain("network")
    at = file["body"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert refused(file).startswith("m.json: ")


def test_unknown_keys_and_kinds_are_refused() -> None:
    file = plain("single")
    assert "unknown field `weight`" in refused(file | {"weight": 1})
    assert "pickle" in refused(file | {"kind": "pickle"})
    assert "Invalid value" in refused(file | {"body": file["body"] | {"kind": "forest"}})
    assert "unknown field" in refused(file | {"body": file["body"] | {"code": "import os"}})


@pytest.mark.parametrize(
    "blend", [{"parts": []}, {"parts": [{"weight": 1.0}]}, {"parts": [{"weight": -1.0}]}]
)
def test_a_blend_of_nothing_is_refused(blend: dict[str, object]) -> None:
    file = {"kind": "blend", "id": "b", "bad_rate": 0.1, **blend}
    with pytest.raises(strict.ModelError):
        strict.decode(json.dumps(file).encode(), Blend, strict.ModelError, name="m.json")


PROBE = """
import sys
import engine
from engine import kinds
from engine.kinds import rules
inputs = (kinds.Input(name="a"), kinds.Input(name="b"))
tree = kinds.TreeBody(cuts=((1.0,), (2.0,)), tree=kinds.Split(0, 0, True, -0.5, 0.5))
curve = kinds.Curve(input=0, at=(0.0, 1.0), to=(-1.0, 1.0))
net = (kinds.Layer(weights=((0.3,),), bias=(0.1,)),)
for body in (tree, kinds.NetworkBody(width=2, curves=(curve,), nets=(net,))):
    model = kinds.Nonlinear(id="m", inputs=inputs, body=body, bad_rate=0.1, weights=(1.0, 0.0))
    assert kinds.Blend(id="b", bad_rate=0.1, parts=(kinds.Part(weight=1.0, other=model),)).score({"a": 3.0}).points
heavy = {"numpy", "sklearn", "scipy", "pandas", "pyarrow", "matplotlib", "random"}
print(sorted(heavy & set(sys.modules)))
"""


def test_a_person_is_scored_without_anything_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
