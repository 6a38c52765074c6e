"""One person's result in words, shared by the commands that score one person."""

from typing import Any

import msgspec

from engine.cli.inputs import Asked
from engine.factors import Value
from engine.report.document import Grid, Items
from engine.report.wording import series, share
from engine.result import Reason, Result


def summary(result: Result, asked: Asked) -> Items:
    """Say the score and what stands beside it."""
    place = f"{asked.pack.id} {asked.pack.version}" if asked.pack else "none: nothing is forbidden"
    items = [
        ("score", f"{result.score}, band {result.band}"),
        ("chance of default", share(result.pd)),
        ("known", f"{share(result.completeness)} of what the model expects"),
    ]
    if result.missing:
        items.append(("not known", series(result.missing, 8)))
    if asked.unread:
        items.append(("not read", f"{series(asked.unread, 8)}: the model does not know these"))
    items += [("country", place), ("model", f"{result.model_id} {result.model_hash[:12]}")]
    return Items(tuple(items))


def reasons(result: Result) -> list[Grid]:
    """Give what hurts and what helps, the strongest first."""
    made = []
    for said, found in (("What lowers it:", result.reasons), ("What raises it:", result.strengths)):
        if found:
            made.append(Grid(said, ("reason", "value", "points"), tuple(map(_row, found)), first=2))
    return made


def value(given: Value) -> str:
    """Give a value as a person wrote it."""
    if isinstance(given, float):
        return f"{given:,.6g}"
    return str(given) if given != "" else "not known"


def data(result: Result) -> dict[str, Any]:
    """Give a result as plain values, for JSON."""
    found: dict[str, Any] = msgspec.to_builtins(result)
    return found


def _row(reason: Reason) -> tuple[str, ...]:
    return reason.code, value(reason.value), f"{reason.points:+d}"
