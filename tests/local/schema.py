"""Holds JSON against the Bot API's own description of its types, where that file is at hand."""

import functools
import json
import os
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]
_SCALARS: dict[str, tuple[type, ...]] = {
    "Integer": (int,), "String": (str,), "Boolean": (bool,), "True": (bool,), "Float": (int, float),
}  # fmt: skip


@functools.cache
def api() -> Any:
    path = Path(os.environ.get("CANDOR_SHARED", _ROOT.parent / "shared")) / "botapi" / "api.json"
    if not path.exists():
        pytest.skip(
            "the Bot API schema is not at hand: set CANDOR_SHARED to the folder that holds botapi/api.json"
        )
    return json.loads(path.read_text())


def check_result(method: str, result: object) -> None:
    """Fail unless the result is one of the types the method returns."""
    problems = [_problem(result, kind, method) for kind in api()["methods"][method]["returns"]]
    assert None in problems, problems


def check(value: object, kind: str) -> None:
    """Fail unless the value is of this type, to the last field."""
    problem = _problem(value, kind, kind)
    assert problem is None, problem


def _problem(value: object, kind: str, where: str) -> str | None:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return f"{where} is no array"
        found = (
            _problem(item, kind.removeprefix("Array of "), f"{where}[{i}]") for i, item in enumerate(value)
        )
        return next(filter(None, found), None)
    if kind in _SCALARS:
        fits = isinstance(value, _SCALARS[kind]) and (
            kind in {"Boolean", "True"} or not isinstance(value, bool)
        )
        return None if fits else f"{where} is no {kind}: {value!r}"
    declared = api()["types"][kind]
    if "subtypes" in declared:
        problems = [_problem(value, subtype, where) for subtype in declared["subtypes"]]
        return None if None in problems else f"{where} is no {kind}: {problems}"
    return _object_problem(value, declared, where)


def _object_problem(value: object, declared: Any, where: str) -> str | None:
    if not isinstance(value, dict):
        return f"{where} is no object"
    fields = {field["name"]: field for field in declared.get("fields", ())}
    if unknown := value.keys() - fields.keys():
        return f"{where} has unknown fields {unknown}"
    for name, field in fields.items():
        if name not in value:
            if field["required"]:
                return f"{where} lacks {name}"
            continue
        problems = [_problem(value[name], kind, f"{where}.{name}") for kind in field["types"]]
        if None not in problems:
            return problems[0]
    return None
