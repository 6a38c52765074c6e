"""Berka: the current accounts of a Czech bank before a loan of 1997 or 1998; whether the loan went into debt.

An account below nothing is over its limit of nothing, and so is one that is charged interest for it; each month's end
tells the income: the median of what came in over the last three months, as a statement shows it. Sums are scaled so
that the country's average salary of the time (the book's own, district.asc) is the median income of the pack. The
rules are asked at each month's end, when an account falls below nothing, and on the day of the loan. How a loan ended
is known of the end of 1998 only; the outcome is dated the first instalment, the earliest it can be.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median

from engine.watch.events import VERIFIED, Event
from engine.watch.past.rows import rows, short_date
from engine.watch.replay import Past, Told
from engine.watch.standing import later

_FOLDER = Path("berka")
_SALARY = Decimal(9000)  # koruna a month, the mean of the districts
_WATCHED_MONTHS = 12
_STATEMENTS = 3
_CENT = Decimal("0.01")
_Row = Mapping[str, str]


def read(data: Path, median_income: Decimal) -> Iterator[Past]:
    """Give the 354 accounts whose loan is labelled and whose transactions are whole, in another currency.

    `median_income` is the monthly one of the country of that currency.
    """
    rate = median_income / _SALARY
    moved: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows(data / _FOLDER / "feup" / "trans_comp.csv", separator=";"):
        moved[row["account_id"]].append(row)
    opened = {
        row["account_id"]: short_date(row["date"])
        for row in rows(data / _FOLDER / "account.asc", separator=";")
    }
    for loan in rows(data / _FOLDER / "derived" / "loan_comp_labelled.csv"):
        account = loan["account_id"]
        yield _past(loan, opened[account], sorted(moved[account], key=_order), rate)


def _past(loan: _Row, opened: dt.date, moved: Sequence[_Row], rate: Decimal) -> Past:
    granted = short_date(loan["date"])
    told = [
        _of("account_opened", opened, "open"),
        *_below(moved, rate),
        *_incomes(opened, granted, moved, rate),
    ]
    start = max(opened, later(granted, -_WATCHED_MONTHS))
    days = {start, granted, *_month_ends(start, granted)}
    days |= {one.known for one in told if start <= one.known <= granted}
    return Past(
        id=loan["loan_id"],
        answers={},
        told=told,
        days=sorted(days),
        ended=later(granted, 1),
        bad=loan["bad"] == "1",
    )


def _below(moved: Sequence[_Row], rate: Decimal) -> Iterator[Told]:
    """Tell of the days on which the account falls below nothing, is charged for it, and rises again."""
    below = False
    for at, row in enumerate(moved):
        balance, on = Decimal(row["balance"]), short_date(row["date"])
        if (balance < 0) != below:
            below = balance < 0
            yield _of("balance", on, f"bal-{at}", balance=_cents(-balance * rate), limit=Decimal(0))
        elif row["k_symbol"].startswith("sanction"):
            yield _of("over_limit", on, f"fee-{at}", amount=max(_cents(abs(balance) * rate), _CENT))


def _incomes(opened: dt.date, granted: dt.date, moved: Sequence[_Row], rate: Decimal) -> Iterator[Told]:
    came_in: defaultdict[dt.date, Decimal] = defaultdict(Decimal)
    for row in moved:
        if row["type"] == "credit":
            came_in[short_date(row["date"]).replace(day=1)] += Decimal(row["amount"])
    ends = list(_month_ends(opened, granted))
    for end in ends[_STATEMENTS:]:
        months = [came_in[later(end.replace(day=1), -back)] for back in range(_STATEMENTS)]
        yield _of("income", end, f"inc-{end:%y%m}", amount=_cents(median(months) * rate), what=VERIFIED)


def _month_ends(start: dt.date, stop: dt.date) -> Iterator[dt.date]:
    day = later(start.replace(day=1), 1) - dt.timedelta(days=1)
    while day < stop:
        yield day
        day = later(day + dt.timedelta(days=1), 1) - dt.timedelta(days=1)


def _cents(sum_: Decimal) -> Decimal:
    return sum_.quantize(_CENT)


def _order(row: _Row) -> tuple[str, int]:
    return row["date"], int(row["trans_id"])


def _of(kind: str, on: dt.date, name: str, **fields: object) -> Told:
    account = {} if kind == "income" else {"account": "current"}
    return Told(Event(ref=name, kind=kind, on=on, sender="lender:1", **account, **fields), on)  # type: ignore[arg-type]  # one of KINDS, each field its own
