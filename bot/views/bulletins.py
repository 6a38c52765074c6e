"""Fraud warnings and weekly tips as they are read, and what support sees while it writes and approves one."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.i18n import Joined, T, t
from bot.quoting import quoted
from bot.views.menus import action
from bot.views.scams import ANOTHER, type_of

SAMPLE = "sample"
SHOWN_ONLY = action("bulletins", SAMPLE)
"""What a button does that is only looked at."""

KINDS = ("bulletin", "tip")
"""What somebody may subscribe to."""


GOING_OUT = frozenset({"sending", "done", "stopped"})
"""States in which a warning has readers."""


@dataclass(frozen=True, slots=True)
class Line:
    """A bulletin in a list."""

    id: int
    scam: str
    state: str
    by: str
    at: dt.datetime
    sent: int


def bulletin(kind: str, text: str, example: str, language: str = "") -> Say:
    """Give a warning as its readers get it, signed; with a `language`, its look in that one, which is not."""
    said = t(
        "bulletin.text",
        type=type_of(kind),
        text=text,
        example=quoted(example),
        real=t(f"scam.real.{kind}"),
    )
    if language:
        names = (Button(t("button.scam"), SHOWN_ONLY), Button(t("warnings.stop"), SHOWN_ONLY))
        return Say(said, Inline((names,)), language=language)
    return Say(said, Inline(((_check(), _stop("bulletin")),)), letter=Letter("bulletin"))


def tip(name: str) -> Say:
    """Give a weekly tip."""
    text = t("weekly.text", tip=t(f"weekly.{name}"))
    return Say(text, Inline(((_check(), _stop("tip")),)), letter=Letter("tip"))


def looked_at(line: Line, acts: Sequence[str], readers: int, why: str = "") -> Say:
    """Say what can be done with a warning, beneath its looks, and why it was sent back."""
    rows = tuple((_act(line.id, one),) for one in acts)
    text = t("bulletins.one", line=_line(line), n=readers)
    if why:
        text = t("dialog.with_note", note=t("bulletins.because", why=why), question=text)
    return Say(text, Inline(rows) if rows else None)


def above(line: Line) -> Say:
    """Say what follows: the looks of a warning in each language."""
    return Say(t("bulletins.looks", number=line.id))


def listed(lines: Sequence[Line], readers: int) -> Say:
    """List warnings, a button to each, and one to write another."""
    write = (Button(t("bulletins.write"), action("bulletin"), "primary"),)
    made = [Button(t("bulletins.look", number=one.id), action("bulletins", str(one.id))) for one in lines]
    rows = tuple(tuple(made[at : at + 4]) for at in range(0, len(made), 4))
    shown = Joined(tuple(_line(one) for one in lines)) if lines else t("bulletins.none")
    return Say(t("bulletins.list", lines=shown, n=readers), Inline((*rows, write)))


def asked(line: Line) -> Say:
    """Tell the others that a warning waits for one of them."""
    look = Button(t("bulletins.look", number=line.id), action("bulletins", str(line.id)))
    text = t("bulletins.asked", number=line.id, type=type_of(line.scam), handle=line.by)
    return Say(text, Inline(((look,),)), letter=Letter("staff"))


def answered(line: Line, by: str, why: str = "") -> Say:
    """Tell the author what another said."""
    text = t("bulletins.approved", number=line.id, type=type_of(line.scam), handle=by)
    if why:
        text = t("bulletins.refused", number=line.id, type=type_of(line.scam), handle=by, why=why)
    change = Inline(((_act(line.id, "change"),),)) if why else None
    return Say(text, change, letter=Letter("staff"))


def done(line: Line) -> Say:
    """Tell the author that it has gone out."""
    return Say(t("bulletins.done", number=line.id, n=line.sent), letter=Letter("staff"))


def subscribed(to: Collection[str], note: T | None = None) -> Say:
    """Show what somebody is warned of, with a switch to each."""
    lines = tuple(t(f"warnings.{one}.{'on' if one in to else 'off'}") for one in KINDS)
    text = t("warnings.text", lines=Joined(lines, "\n\n"))
    if note is not None:
        text = t("dialog.with_note", note=note, question=text)
    rows = tuple((_switch(one, on=one not in to),) for one in KINDS)
    return Say(text, Inline((*rows, (_check(),))))


def _line(line: Line) -> T:
    return t(
        "bulletins.line",
        number=line.id,
        type=type_of(line.scam),
        state=t(f"bulletins.state.{line.state}"),
        handle=line.by,
        at=line.at,
        sent=t("bulletins.sent", sent=line.sent) if line.state in GOING_OUT else "",
    )


def _act(number: int, what: str) -> Button:
    style = {"yes": "primary", "ask": "primary", "no": "danger", "stop": "danger", "drop": "danger"}
    return Button(t(f"bulletins.do.{what}"), action("bulletins", f"{number}.{what}"), style.get(what, ""))


def _switch(kind: str, *, on: bool) -> Button:
    how = "on" if on else "off"
    return Button(t(f"warnings.turn.{kind}.{how}"), action("warnings", f"{kind}.{how}"))


def _check() -> Button:
    return Button(t("button.scam"), action("scam", ANOTHER))


def _stop(kind: str) -> Button:
    return Button(t("warnings.stop"), action("warnings", f"{kind}.off"))
