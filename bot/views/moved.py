"""Why a score moved: two scores, everything between them by its cause, and other scores to compare."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogs.reply import Button, Inline, Reply, Say
from bot.i18n import Joined, Signed, T, Value, t
from bot.views.menus import action
from bot.views.notices import line, named
from engine.monitor.moved import Move

ORDER = ("time", "data", "rules", "model", "both", "mixed", "clip")
"""Causes, as they are told: what nobody did first, then what the person did, then what we did."""


@dataclass(frozen=True, slots=True)
class Point:
    """A score to be compared: its number, day, worth, and what it came of.

    `cause` is "self", "time" or "event", and `event` the kind and day of that; None where it is no longer kept.
    """

    id: int
    at: dt.date
    score: int
    band: str
    cause: str = "self"
    event: tuple[str, dt.date] | None = None


def moved(stored: Sequence[Point], then: Point, now: Point, found: Sequence[Move]) -> Reply:
    """Say why two scores differ, and offer others to compare."""
    others = [one for one in stored if one.id != now.id]
    row = (Button(t("moved.others"), action("moved", str(now.id))),) if len(others) > 1 else ()
    rows = (row, (Button(t("button.history"), action("history")),)) if row else ()
    return Say(words(then, now, found), Inline(rows) if rows else None, protect=True)


def words(then: Point, now: Point, found: Sequence[Move]) -> T:
    """Say why two scores differ: a heading and a sum for each cause, and under it every factor."""
    return t(
        "moved.text",
        was=then.at,
        before=then.score,
        at=now.at,
        after=now.score,
        points=Signed(sum(move.points for move in found)),
        parts=Joined(tuple(_part(cause, found) for cause in ORDER if any(m.cause == cause for m in found)))
        if found
        else t("moved.not"),
    )


def second(stored: Sequence[Point], first: Point) -> Reply:
    """Offer the other scores to compare one with."""
    rows = tuple(
        (
            Button(
                t("moved.score", at=one.at, score=one.score),
                action("moved", f"{first.id}.{one.id}"),
            ),
        )
        for one in reversed(stored)
        if one.id != first.id
    )
    return Say(t("moved.which", at=first.at, score=first.score), Inline(rows), protect=True)


def causes(stored: Sequence[Point]) -> T:
    """Say of scores what each came of, the newest first."""
    lines: tuple[Value, ...] = tuple(
        t(
            "history.line",
            at=one.at,
            score=one.score,
            band=one.band,
            cause=_came_of(one),
        )
        for one in reversed(stored)
    )
    return t("history.causes", lines=Joined(lines))


def _came_of(one: Point) -> T:
    if one.cause != "event":
        return t(f"history.cause.{'time' if one.cause == 'time' else 'self'}")
    if one.event is None:
        return t("history.cause.gone")
    kind, on = one.event
    return t("history.cause.event", what=t(f"event.{kind}"), on=on)


def _part(cause: str, found: Sequence[Move]) -> T:
    own = [move for move in found if move.cause == cause]
    lines: tuple[Value, ...] = tuple(line(named(move.factor, "data"), move.points) for move in own)
    total = Signed(sum(move.points for move in own))
    return t("moved.part", cause=t(f"moved.because.{cause}"), points=total, lines=Joined(lines))
