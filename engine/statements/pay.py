"""Pay and tax: what was paid out each month, and what the tax office knows of a year."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from engine.questions import EXACT
from engine.statements.amounts import numbers
from engine.statements.days import month as month_of
from engine.statements.faults import refuse
from engine.statements.found import Figure, Flag, Found, Line
from engine.statements.money import WANTED_MONTHS, spread
from engine.statements.periods import mean, variation
from engine.statements.table import Cut
from engine.statements.transactions import currency

MISMATCH = Decimal("0.2")
"""Share by which pay and tax may differ before somebody is asked why."""
_UNSTABLE = Decimal("0.3")
_YEAR = Decimal(12)
_MOST_MONTHS = 120


def knows_pay(table: Cut) -> bool:
    """Say whether a table lists months and their net pay."""
    return table.has("month", "net")


def knows_tax(table: Cut) -> bool:
    """Say whether a table lists years and their income."""
    return table.has("year", "income")


def read_pay(table: Cut, today: dt.date) -> Found:
    """Give the pay of a table of months; raises Refused."""
    column = table.names["net"]
    sums = numbers((row.line, column, row.get("net")) for row in table.rows)
    paid = []
    for row in table.rows:
        value = sums.get((row.line, column))
        if value is None or value < 0:
            raise refuse("amount", row.line, column=column, found=row.get("net"), example="5200.00")
        paid.append((row.line, month_of(row.line, table.names["month"], row.get("month"), today), value))
    return of_pay(paid, currency(table))


def read_tax(table: Cut, today: dt.date) -> Found:
    """Give the income of the newest year of a table; raises Refused."""
    column = table.names["income"]
    sums = numbers((row.line, column, row.get("income")) for row in table.rows)
    years: dict[int, tuple[int, Decimal]] = {}
    for row in table.rows:
        value = sums.get((row.line, column))
        if value is None or value < 0:
            raise refuse("amount", row.line, column=column, found=row.get("income"), example="62400.00")
        years[year(row.line, table.names["year"], row.get("year"), today)] = (row.line, value)
    return of_tax(years, currency(table))


def year(line: int, column: str, text: str, today: dt.date) -> int:
    """Read a year that has begun; raises Refused."""
    bare = text.removesuffix("年").strip()
    if not (bare.isascii() and bare.isdigit() and len(bare) == 4 and 1990 <= int(bare) <= today.year):
        raise refuse("year", line, column=column, found=text, example=str(today.year - 1))
    return int(bare)


def of_pay(paid: list[tuple[int, dt.date, Decimal]], money: str) -> Found:
    """Give the pay of some months, as (line, first day, sum): the mean, the spread, the months between."""
    months: dict[dt.date, Decimal] = {}
    for _, month, value in paid:
        months[month] = months.get(month, Decimal(0)) + value
    first, last = min(months), max(months)
    between = (last.year - first.year) * 12 + last.month - first.month + 1
    if between > _MOST_MONTHS:
        raise refuse("month", paid[0][0], example=last.strftime("%Y-%m"), most=_MOST_MONTHS)
    sums = list(months.values())
    flags: list[Flag] = ["few_months"] if len(months) < WANTED_MONTHS else []
    if variation(sums) > _UNSTABLE:
        flags.append("unstable_income")
    answers: dict[str, Figure] = {"monthly_income": mean(sums)} if any(sums) else {}
    figures: dict[str, Figure] = {**spread(sums), "income_span": between}
    return Found(
        kind="pay",
        layout="pay",
        first=first,
        last=last,
        months=len(months),
        rows=len(paid),
        currency=money,
        answers=answers,
        verified=tuple(answers),
        figures=figures,
        flags=tuple(flags) if answers else (*flags, "no_income"),
        lines=tuple(Line(line, month, value) for line, month, value in paid),
    )


def of_tax(years: Mapping[int, tuple[int, Decimal]], money: str) -> Found:
    """Give the income of the newest of some years, as year: (line, sum). It is held against pay, not scored itself."""
    newest = max(years)
    _, income = years[newest]
    return Found(
        kind="tax",
        layout="tax",
        first=dt.date(newest, 1, 1),
        last=dt.date(newest, 12, 31),
        months=12,
        rows=len(years),
        currency=money,
        figures={"tax_income": income, "tax_year": newest, "tax_monthly": monthly(income)},
        lines=tuple(Line(line, dt.date(one, 12, 31), value) for one, (line, value) in sorted(years.items())),
    )


def monthly(yearly: Decimal) -> Decimal:
    """Give a month's part of a year's income."""
    return EXACT.divide(yearly, _YEAR).quantize(Decimal("0.01"))


def mismatch(tax: Decimal, pay: Decimal) -> Decimal | None:
    """Give by what share monthly income by tax and by pay differ where that is too much; None where they agree."""
    larger = max(tax, pay)
    if larger <= 0:
        return None
    apart = EXACT.divide(abs(tax - pay), larger).quantize(Decimal("0.01"))
    return apart if apart > MISMATCH else None
