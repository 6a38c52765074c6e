"""The loan book as messages: a page of loans, one loan with its terms, and whether it is really to be closed."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.dialogs.reply import Button, Inline, Reply, Say
from bot.i18n import Joined, Money, T, Value, t
from bot.views.menus import action

SHOWN = 10
"""Loans on a page."""
REASONS = ("paid", "ended")
"""Why a loan is closed."""
OFFICERS = 12
"""Officers to choose from."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as its lender may see it: its borrower by handle, and since when they are watched."""

    id: int
    reference: str
    handle: str
    since: dt.date
    currency: str
    opened_on: dt.date
    ends_on: dt.date
    terms: Mapping[str, str | int]
    measures: Sequence[str]
    officer: str | None


def listed(lender: str, number: int, found: Sequence[Loan], today: dt.date) -> Reply:
    """List a page of a lender's loans; one more than is shown says that there is another page."""
    if not found:
        return Say(t("loans.none", lender=lender))
    page = found[:SHOWN]
    lines: tuple[Value, ...] = tuple(
        t(
            "loans.line",
            reference=one.reference,
            handle=one.handle,
            since=one.since,
            due=_due(one, today),
        )
        for one in page
    )
    made = [Button(t("loans.open", reference=one.reference), action("loans", str(one.id))) for one in page]
    rows = [tuple(made[at : at + 2]) for at in range(0, len(made), 2)]
    if len(found) > SHOWN:
        further = f">{number}.{page[-1].reference}"
        rows.append((Button(t("loans.further"), action("loans", further)),))
    return Say(t("loans.text", lender=lender, lines=Joined(lines)), Inline(tuple(rows)), protect=True)


def whole(loan: Loan, lender: str, today: dt.date) -> Reply:
    """Show one loan."""
    amount, instalment = (loan.terms.get(key) for key in ("amount", "instalment"))
    text = t(
        "loans.whole",
        lender=lender,
        reference=loan.reference,
        handle=loan.handle,
        amount=_money(amount, loan),
        opened=loan.opened_on,
        ends=loan.ends_on,
        instalments=str(loan.terms.get("instalments") or "–"),
        instalment=_money(instalment, loan),
        due=_due(loan, today),
        measures=Joined(
            (t("measure.talk"), *(t(f"measure.{one}") for one in loan.measures if one != "talk")), ", "
        ),
        officer=loan.officer or t("loan.everybody"),
    )
    rows = tuple((Button(t(f"loans.close.{why}"), action("loans", f"{loan.id}.{why}")),) for why in REASONS)
    return Say(text, Inline(rows), protect=True)


def sure(loan: Loan, reason: str) -> Reply:
    """Ask whether a loan is really to be closed."""
    button = Button(t("loans.close.sure"), action("loans", f"{loan.id}.{reason}.sure"), "danger")
    return Say(t("loans.close.ask", reference=loan.reference), Inline(((button,),)))


def next_due(loan: Loan, today: dt.date) -> dt.date | None:
    """Give the day of the next instalment where they are as far apart as their number says; None after the last."""
    count = loan.terms.get("instalments")
    if not isinstance(count, int) or count < 1 or today > loan.ends_on:
        return None if today > loan.ends_on else loan.ends_on
    months = (loan.ends_on.year - loan.opened_on.year) * 12 + loan.ends_on.month - loan.opened_on.month
    for number in range(1, count + 1):
        if months and months % count == 0 and loan.ends_on.day == loan.opened_on.day:
            on = _months_after(loan.opened_on, months // count * number)
        else:
            on = loan.opened_on + (loan.ends_on - loan.opened_on) * number / count
        if on >= today:
            return on
    return None


def _months_after(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _due(loan: Loan, today: dt.date) -> Value | T:
    return next_due(loan, today) or "–"


def _money(sum_: str | int | None, loan: Loan) -> Value:
    return "–" if sum_ is None else Money(Decimal(str(sum_)), loan.currency)
