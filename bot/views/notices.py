"""Notices: what a borrower reads when a lender was told something about them. Plain, kind, and nothing left out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogs.reply import Button, Inline, Letter, Reply, Say
from bot.dialogs.tell import KINDS
from bot.i18n import Joined, Signed, T, Value, t
from bot.views.menus import action
from engine import FACTORS

SHOWN = 8
"""Lines of one case in the list."""
LONGEST_WORDS = 160
MOVES_SHOWN = 4
OF_LENDERS = frozenset({"acknowledged", "asked"})
SEEN = frozenset({"alert", *OF_LENDERS, *KINDS})
"""What a borrower sees of a case: what was told about them, what they said and were asked; no notes."""

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
        moves=moves(content["moves"], MOVES_SHOWN),
        tip=t(f"tip.{_most_helpful(content['moves'])}"),
    )
    return Say(
        text,
        Inline((*_ways(case_id), (Button(t("button.moved"), action("moved")),))),
        protect=True,
        letter=Letter("notice"),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was told, asked or said in a case: what kind, when, and its number or words."""

    kind: str
    at: dt.datetime
    number: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """A case as its borrower sees it: with whom, since when, and what was said in it so far."""

    id: int
    lender: str
    since: dt.date
    said: Sequence[Said]


def open_cases(found: Sequence[Open]) -> Reply:
    """List what is open about somebody, with a way to say something to each."""
    parts: list[Value] = []
    rows: list[tuple[Button, ...]] = []
    for one in found:
        lines = tuple(_line(entry, one.lender) for entry in one.said[-SHOWN:])
        parts.append(t("mycases.case", lender=one.lender, since=one.since, lines=Joined(lines)))
        say = t("mycases.say", lender=one.lender)
        rows.append((Button(say, action("tell", str(one.id)), "primary"),))
    return Say(t("mycases.text", cases=Joined(tuple(parts), "\n\n")), Inline(tuple(rows)), protect=True)


def for_officers(number: int, handle: str, kind: str, words: str) -> T:
    """Tell those who have a case what its borrower says to it."""
    what = t(f"tell.told.{kind}")
    if not words:
        return t("tell.heard", number=number, handle=handle, what=what)
    return t("tell.heard_words", number=number, handle=handle, what=what, words=words)


def _line(entry: Said, lender: str) -> T:
    if entry.kind == "alert":
        return t("mycases.line.alert", at=entry.at, lender=lender, number=numbered(entry.number))
    if entry.kind in OF_LENDERS:
        return t(f"mycases.line.{entry.kind}", at=entry.at, lender=lender)
    words = entry.words[:LONGEST_WORDS]
    what = t(f"tell.{entry.kind}")
    return t(
        "mycases.line.own", at=entry.at, what=t("mycases.words", what=what, words=words) if words else what
    )


def _ways(case_id: int) -> tuple[tuple[Button, ...], ...]:
    """Offer what somebody may want to say to an alert."""
    made = [Button(t(f"tell.{kind}"), action("tell", f"{case_id}.{kind}")) for kind in KINDS]
    return tuple(tuple(made[at : at + 2]) for at in range(0, len(made), 2))


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


def moves(found: Sequence[Mapping[str, Any]], most: int | None = None) -> Value:
    """List what moved a score, one item a line, and what is beyond `most` together in one."""
    lines: tuple[Value, ...] = tuple(
        line(named(move["factor"], move["cause"]), int(move["points"])) for move in found[:most]
    )
    if rest := found[len(lines) :]:
        together = Signed(sum(int(move["points"]) for move in rest))
        lines += (t("moved.rest", n=len(rest), points=together),)
    return Joined(lines) if lines else t("notice.no_move")


def line(name: T, points: int) -> T:
    """Say by how many points an item moved a score: a bare number would read as the item's own value."""
    return t("moved.line", abs(points), name=name, points=Signed(points))


def named(factor: str, why: str) -> T:
    """Name an item of a difference between two scores."""
    return t(f"moved.{factor}") if factor in SCALES else t(f"moved.by.{why}", name=t(f"factor.{factor}"))


def _scores(content: Mapping[str, Any]) -> T:
    then, now = content["then"], content["now"]
    if then is None:
        return t("notice.score", score=now["score"], band=now["band"])
    if (then["score"], then["band"]) == (now["score"], now["band"]):
        return t("notice.unmoved", score=now["score"], band=now["band"])
    return t("notice.scores", before=then["score"], was=then["band"], score=now["score"], band=now["band"])


def _most_helpful(found: Sequence[Mapping[str, Any]]) -> str:
    """Name the factor whose tip matters most: the one that fell furthest and can be helped, or going on as now."""
    falls = [
        move
        for move in found
        if move["points"] < 0 and move["factor"] in FACTORS and FACTORS[move["factor"]].change != "no"
    ]
    return str(min(falls, key=lambda move: int(move["points"]))["factor"]) if falls else "steady"
