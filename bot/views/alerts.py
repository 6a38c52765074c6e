"""Alerts as messages: what an officer reads (see `notices` for what the borrower does)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogs.reply import Button, Inline, Photo, Reply, Say
from bot.i18n import Joined, Signed, T, Value, t
from bot.views.menus import action
from bot.views.notices import named, numbered

STEPS = ("talk", "reschedule", "security", "early")
"""Measures, the mildest first; only to talk is always allowed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert as an officer may see it: the borrower by handle, the loan by the lender's own reference.

    `content` is what was stored with the alert; `measures` are those the contract allows.
    """

    number: str
    severity: int
    case_id: int
    handle: str
    lender: str
    content: Mapping[str, Any]
    reference: str = "–"
    measures: tuple[str, ...] = ()


def officer(alert: Shown, why: str, picture: bytes) -> Reply:
    """Tell an officer: number, masked borrower, scores, cause, what changed, and what the contract allows."""
    text = t(
        "alert.officer",
        number=numbered(alert.number),
        severity=t(f"alert.severity.{alert.severity}"),
        handle=alert.handle,
        loan=alert.reference,
        lender=alert.lender,
        scores=_scores(alert.content),
        cause=cause(alert.content),
        moves=_moves(alert.content),
        steps=_steps(alert.measures),
        why=t(f"alert.why.{why}"),
    )
    keyboard = Inline(((Button(t("case.acknowledge"), action("case", f"{alert.case_id}.ack"), "primary"),),))
    return Photo(picture, text, keyboard) if picture else Say(text, keyboard, protect=True)


def cause(content: Mapping[str, Any]) -> T:
    """Say what happened, and when; that time passed, where nothing else did."""
    event = content["event"]
    if event is None:
        return t("alert.cause.time")
    on = dt.date.fromisoformat(event["on"])
    return t(
        f"alert.cause.{event['kind']}", at=on, where=t("alert.own" if event["own"] else "alert.elsewhere")
    )


def _scores(content: Mapping[str, Any]) -> T:
    then, now = content["then"], content["now"]
    if then is None:
        return t("alert.score", score=now["score"], band=now["band"])
    return t("alert.scores", before=then["score"], was=then["band"], score=now["score"], band=now["band"])


def _moves(content: Mapping[str, Any]) -> Value:
    lines: tuple[Value, ...] = tuple(
        t("alert.move", name=named(move["factor"], move["cause"]), points=Signed(move["points"]))
        for move in content["moves"]
    )
    return Joined(lines) if lines else t("alert.no_move")


def _steps(measures: tuple[str, ...]) -> Joined:
    allowed = ("talk", *measures)
    return Joined(tuple(t(f"measure.{step}") for step in STEPS if step in allowed))
