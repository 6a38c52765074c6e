"""Payments in words: the question before the bill, what was paid, and whose money is asked for."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogs.reply import Button, Inline
from bot.i18n import Joined, T, Value, t
from bot.views import checks
from bot.views.checks import Tally
from bot.views.menus import action

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A payment as it is shown; `handle` names whose it is to staff. `at_once`: its money comes back by a press."""

    number: int
    stars: int
    state: str
    at: dt.datetime
    handle: str = ""
    at_once: bool = False


def question(tally: Tally, *, changed: bool) -> T:
    """Ask for the yes before the bill, with the price in it; `changed`: it is not what it was."""
    text = t("pay.question", n=tally.stars, back=tally.back or tally.after)
    return t("dialog.with_note", note=t("pay.changed"), question=text) if changed else text


def yes_or_no(tally: Tally) -> Inline:
    """Give the two answers. The yes carries the price it is said to."""
    yes = Button(t("pay.yes", n=tally.stars), action("pay", f"yes.{tally.stars}"))
    return Inline(((yes,), (Button(t("pay.no"), action("pay", "no")),)))


def not_now(tally: Tally) -> T:
    """Say that nothing was charged."""
    return t("dialog.with_note", note=t("pay.nothing_charged"), question=checks.counter(tally))


def not_sold(tally: Tally) -> T:
    """Say why there is nothing to buy."""
    why = t("pay.needless" if tally.open else "pay.off")
    return t("dialog.with_note", note=why, question=checks.counter(tally))


def support(tally: Tally, own: Sequence[Line], contact: str, days: int) -> T:
    """Tell the terms and what somebody paid."""
    price = t("pay.support.price", n=tally.stars) if tally.stars else t("pay.off")
    parts: list[Value] = [t("pay.support", price=price, contact=contact, days=days), checks.counter(tally)]
    if own:
        parts.append(t("pay.support.own", lines=Joined(tuple(_line(one) for one in own[-SHOWN:]))))
    return t("card.text", parts=Joined(tuple(parts), "\n\n"))


def ways_back(own: Sequence[Line]) -> Inline | None:
    """Offer the money back: by a press, or from a person."""
    rows = [
        (
            Button(
                _label("pay.back.now" if one.at_once else "pay.back.ask", one),
                action("payback", str(one.number)),
            ),
        )
        for one in own[-SHOWN:]
        if one.state in {"paid", "used"}
    ]
    return Inline(tuple(rows)) if rows else None


def waiting(lines: Sequence[Line]) -> T:
    """List payments to staff."""
    if not lines:
        return t("refunds.none")
    return t(
        "refunds.text",
        lines=Joined(tuple(t("refunds.line", handle=one.handle, line=_line(one)) for one in lines[:SHOWN])),
    )


def decisions(lines: Sequence[Line]) -> Inline | None:
    """Offer staff to give money back, or to refuse where somebody asked."""
    rows: list[tuple[Button, ...]] = []
    for one in lines[:SHOWN]:
        yes = Button(_label("refunds.yes", one), action("refund", f"{one.number}.yes"), "primary")
        no = Button(_label("refunds.no", one), action("refund", f"{one.number}.no"), "danger")
        if one.state in {"paid", "used", "asked", "refused"}:
            rows.append((yes, no) if one.state == "asked" else (yes,))
    return Inline(tuple(rows)) if rows else None


def _line(one: Line) -> T:
    return t("pay.line", n=one.stars, number=f"{one.number}", at=one.at, state=t(f"pay.state.{one.state}"))


def _label(key: str, one: Line) -> T:
    return t("pay.label", what=t(key), number=f"{one.number}")
