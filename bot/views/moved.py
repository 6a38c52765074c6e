"""Why a score moved: two scores, everything between them by its cause, and other scores to compare."""

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.dialogs.reply import Button, Inline, Reply, Say
from bot.i18n import Joined, Signed, T, Value, t
from bot.views.menus import action
from bot.views.notices import named
from engine.monitor.moved import Move
from storage.events import Told
from storage.scores import Stored

ORDER = ("time", "data", "rules", "model", "both", "mixed", "clip")
"""Causes, as they are told: what nobody did first, then what the person did, then what we did."""


def moved(stored: Sequence[Stored], then: Stored, now: Stored, found: Sequence[Move]) -> Reply:
    """Say why two scores differ: a heading and a sum for each cause, and under it every factor."""
    text = t(
        "moved.text",
        was=then.at.date(),
        before=_score(then),
        at=now.at.date(),
        after=_score(now),
        points=Signed(sum(move.points for move in found)),
        parts=Joined(tuple(_part(cause, found) for cause in ORDER if any(m.cause == cause for m in found)))
        if found
        else t("moved.not"),
    )
    others = [one for one in stored if one.id != now.id]
    row = (Button(t("moved.others"), action("moved", str(now.id))),) if len(others) > 1 else ()
    rows = (row, (Button(t("button.history"), action("history")),)) if row else ()
    return Say(text, Inline(rows) if rows else None, protect=True)


def second(stored: Sequence[Stored], first: Stored) -> Reply:
    """Offer the other scores to compare one with."""
    rows = tuple(
        (
            Button(
                t("moved.score", at=one.at.date(), score=_score(one)),
                action("moved", f"{first.id}.{one.id}"),
            ),
        )
        for one in reversed(stored)
        if one.id != first.id
    )
    return Say(t("moved.which", at=first.at.date(), score=_score(first)), Inline(rows), protect=True)


def causes(stored: Sequence[Stored], told: Mapping[int, Told]) -> T:
    """Say of scores what each came of, the newest first; `told` are the events that are kept, by number."""
    lines: tuple[Value, ...] = tuple(
        t(
            "history.line",
            at=one.at.date(),
            score=_score(one),
            band=str(one.content["result"]["band"]),
            cause=_came_of(one, told),
        )
        for one in reversed(stored)
    )
    return t("history.causes", lines=Joined(lines))


def _came_of(one: Stored, told: Mapping[int, Told]) -> T:
    if one.origin.cause != "event":
        return t(f"history.cause.{'time' if one.origin.cause == 'time' else 'self'}")
    event = told.get(one.origin.event_id or 0)
    if event is None:
        return t("history.cause.gone")
    on = dt.date.fromisoformat(str(event.content["on"]))
    return t("history.cause.event", what=t(f"event.{event.content['kind']}"), on=on)


def _part(cause: str, found: Sequence[Move]) -> T:
    own = [move for move in found if move.cause == cause]
    lines: tuple[Value, ...] = tuple(
        t("moved.line", name=named(move.factor, "data"), points=Signed(move.points)) for move in own
    )
    total = Signed(sum(move.points for move in own))
    return t("moved.part", cause=t(f"moved.because.{cause}"), points=total, lines=Joined(lines))


def _score(stored: Stored) -> int:
    return int(stored.content["result"]["score"])
