"""Notices: what a borrower reads when a lender was told something about them. Plain, kind, and nothing left out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bot.dialogs.reply import Button, Inline, Reply, Say
from bot.i18n import Joined, Signed, T, Value, t
from bot.views.menus import action
from engine import FACTORS

SCALES = ("base", "scale")
"""Items of a difference that are no factors."""


def to_borrower(content: Mapping[str, Any], number: str, case_id: int, lender: str) -> Reply:
    """Tell a borrower what happened, who heard exactly what of it, what helps, and that they can answer."""
    text = t(
        "alert.borrower",
        number=numbered(number),
        lender=lender,
        scores=_scores(content),
        cause=cause(content, lender),
        moves=moves(content["moves"]),
        tip=t(f"tip.{_most_helpful(content['moves'])}"),
    )
    tell = Button(t("alert.tell_us"), action("tell", str(case_id)), "primary")
    return Say(text, Inline(((tell,),)), protect=True)


def numbered(number: str) -> str:
    """Write an alert's number as people read it."""
    return f"{number[:4]}-{number[4:]}"


def cause(content: Mapping[str, Any], lender: str) -> T:
    """Say what happened, when, and who told; or that only time passed."""
    event = content["event"]
    if event is None:
        return t("notice.cause.time")
    where = t("notice.own", lender=lender) if event["own"] else t("notice.elsewhere")
    return t(f"notice.cause.{event['kind']}", at=dt.date.fromisoformat(event["on"]), where=where)


def moves(found: Sequence[Mapping[str, Any]]) -> Value:
    """List what moved a score, one item a line."""
    lines: tuple[Value, ...] = tuple(
        t("moved.line", name=named(move["factor"], move["cause"]), points=Signed(move["points"]))
        for move in found
    )
    return Joined(lines) if lines else t("notice.no_move")


def named(factor: str, why: str) -> T:
    """Name an item of a difference between two scores."""
    return t(f"moved.{factor}") if factor in SCALES else t(f"moved.by.{why}", name=t(f"factor.{factor}"))


def _scores(content: Mapping[str, Any]) -> T:
    then, now = content["then"], content["now"]
    if then is None:
        return t("notice.score", score=now["score"], band=now["band"])
    return t("notice.scores", before=then["score"], was=then["band"], score=now["score"], band=now["band"])


def _most_helpful(found: Sequence[Mapping[str, Any]]) -> str:
    """Name the factor whose tip matters most: the one that fell furthest and can be helped, or going on as now."""
    falls = [
        move
        for move in found
        if move["points"] < 0 and move["factor"] in FACTORS and FACTORS[move["factor"]].change != "no"
    ]
    return str(min(falls, key=lambda move: int(move["points"]))["factor"]) if falls else "steady"
