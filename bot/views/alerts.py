"""Alerts as messages: what an officer reads (see `notices` for what the borrower does)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogs.reply import Button, Inline, Letter, Photo, Reply, Say
from bot.i18n import Joined, Percent, Span, T, Value, t
from bot.views.menus import action
from bot.views.notices import moves, numbered

STEPS = ("talk", "reschedule", "security", "early")
"""Measures, the mildest first; only to talk is always allowed."""

GROUNDS = (
    "points",
    "band",
    "pd",
    "late",
    "repeated",
    "over_limit",
    "public_record",
    "income_fall",
    "default",
)
"""Why somebody is warned, by the kind of the rule; `repeated` is `late` for more than the first time."""

LONGEST_NAME = 32
"""Letters of a lender's name in a caption, which holds 1024 at most."""

MOVES_SHOWN, GROUNDS_SHOWN = 2, 2
"""Items of what moved a score, and of why an officer is told, in an alert; its button tells them all."""

KEYBOARD = (("ack", "assign"), ("ask", "offer"), ("snooze", "note"), ("close", "why"), ("look",))
"""What can be done about an alert; each row a row of buttons."""


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
        lender=short(alert.lender),
        scores=scores(alert.content),
        cause=cause(alert.content, alert.lender),
        grounds=grounds(alert.content, GROUNDS_SHOWN),
        moves=moves(alert.content["moves"], MOVES_SHOWN),
        steps=steps(alert.measures),
        why=t(f"alert.why.{why}"),
    )
    buttons = keyboard(alert.case_id, alert.number)
    letter = Letter("alert")
    if picture:
        return Photo(picture, text, buttons, letter=letter)
    return Say(text, buttons, protect=True, letter=letter)


def stranded(alert: Shown) -> Reply:
    """Tell an operator that an alert reached nobody, and nothing of what it says: that is not for us."""
    severity = t(f"alert.severity.{alert.severity}")
    return Say(
        t("alert.stranded", severity=severity, number=numbered(alert.number), lender=alert.lender),
        protect=True,
        letter=Letter("alert"),
    )


def reminder(case_id: int, handle: str) -> Reply:
    """Remind those who were told that nobody has taken a case up."""
    text = t("case.nobody_yet", number=case_id, handle=handle)
    return Say(text, keyboard(case_id, "", (("ack", "look"),)), letter=Letter("alert"))


def keyboard(case_id: int, number: str, rows: Sequence[Sequence[str]] = KEYBOARD) -> Inline:
    """Give the buttons under an alert, or under the case it is in: the same whenever they are pressed."""
    return Inline(tuple(tuple(_button(one, case_id, number) for one in row) for row in rows))


def cause(content: Mapping[str, Any], lender: str) -> T:
    """Say what happened, and when; of another's event only that it was elsewhere."""
    event = content["event"]
    if event is None:
        return t("alert.cause.time")
    on = dt.date.fromisoformat(event["on"])
    where = t("alert.own", lender=short(lender)) if event["own"] else t("alert.elsewhere")
    if event["kind"] == "instalment_late" and event.get("days"):
        return t("alert.late", at=on, where=where, days=Span(event["days"], "day"))
    return t(f"alert.cause.{event['kind']}", at=on, where=where)


def grounds(content: Mapping[str, Any], most: int) -> Joined:
    """Say which rules were met, the worst first: what an event elsewhere measured stays there."""
    return Joined(tuple(_ground(one) for one in content["grounds"][:most]), " · ")


def scores(content: Mapping[str, Any]) -> T:
    """Give the score before and now."""
    then, now = content["then"], content["now"]
    if then is None:
        return t("alert.score", score=now["score"], band=now["band"])
    if then["score"] == now["score"] and then["band"] == now["band"]:
        return t("alert.scores.unmoved", score=now["score"], band=now["band"])
    if then["band"] == now["band"]:
        return t("alert.scores.same", before=then["score"], score=now["score"], band=now["band"])
    return t("alert.scores", before=then["score"], was=then["band"], score=now["score"], band=now["band"])


def steps(measures: Sequence[str]) -> Joined:
    """List what the contract allows, the mildest first."""
    found: list[Value] = [t(f"measure.{one}") for one in allowed(measures)]
    return Joined(tuple(t("alert.step", number=at, what=one) for at, one in enumerate(found, 1)))


def allowed(measures: Sequence[str]) -> tuple[str, ...]:
    """Give the measures a contract allows, the mildest first; to talk always is one."""
    return tuple(one for one in STEPS if one == "talk" or one in measures)


def short(name: str) -> str:
    """Cut a lender's name to what a caption has room for."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _ground(one: Mapping[str, Any]) -> T:
    kind, measures = one["kind"], one["measures"]
    if kind == "late" and measures.get("times", 1) > 1:
        kind = "repeated"
    values: dict[str, Value] = {}
    if kind == "points":
        values = {"points": measures["points"]}
    elif kind == "pd":
        values = {"pd": Percent(measures["pd"] / 100)}
    return T(f"alert.ground.{kind}", values)


def _button(name: str, case_id: int, number: str) -> Button:
    told = f"{case_id}.{name}.{number}" if name == "why" else f"{case_id}.{name}"
    return Button(t(f"case.do.{name}"), action("case", told), "primary" if name == "ack" else "")
