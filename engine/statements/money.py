"""What transactions come to: regular income, monthly spending and its evenness, repayments, days over the limit."""

import datetime as dt
import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal

from engine.questions import EXACT
from engine.statements import transactions
from engine.statements.amounts import numbers
from engine.statements.found import Figure, Flag, Found, Line
from engine.statements.periods import Period, mean, periods, regularity, variation
from engine.statements.table import Cut
from engine.statements.words import plain
from engine.watch.events import Event

ESSENTIAL = ("home", "utilities", "groceries", "transport", "health", "education")
OTHER = ("dining", "shopping", "leisure", "travel")
CATEGORIES = (*ESSENTIAL, *OTHER, "other")
NOT_INCOME = frozenset(("refund", "own", "loan_in", "card_payment", "repayment", "interest"))
NOT_SPENT = frozenset(("refund", "own", "loan_in", "card_payment", "repayment"))
WANTED_MONTHS = 3
"""Months of income that make a figure of it worth the name."""
_MOST_SPELLS = 200
_UNSTABLE = Decimal("0.3")
_HUNDREDTH = Decimal("0.01")
_DIGITS = re.compile(r"[\d*x#.\-/:]+")


def read(table: Cut, today: dt.date) -> Found:
    """Give what a table of transactions comes to; raises Refused.

    Income counts where it is regular: it comes with a word for wages or a pension, or from one payer (the same words
    once digits are left out) in at least two thirds of the whole months, and in two at least. Refunds, transfers of
    one's own, loans paid out and interest are no income. Spending is what goes out but for transfers of one's own,
    card payments and repayments of loans, which are counted apart. Each figure is the mean of the whole months.
    """
    lines = transactions.lines(table, today)
    kind = transactions.layout(table)
    whole = periods(lines[0].on, lines[-1].on)
    used = whole or (Period(lines[0].on, lines[-1].on),)
    flags: list[Flag] = [] if whole else ["partial"]
    answers: dict[str, Figure] = {}
    figures: dict[str, Figure] = {}
    spent = by_month(
        used, ((one.on, -one.amount) for one in lines if one.amount < 0 and one.group not in NOT_SPENT)
    )
    back = by_month(used, ((one.on, one.amount) for one in lines if one.amount > 0 and one.group == "refund"))
    spent = [max(out - into, Decimal(0)) for out, into in zip(spent, back, strict=True)]
    if whole:
        income = _income(whole, lines) if kind != "card" else []
        flags += _flags(kind, whole, income)
        if any(income):
            answers["monthly_income"] = mean(income)
            figures |= spread(income)
        answers["monthly_spending"] = mean(spent)
        if len(whole) > 1:
            answers["spending_regularity"] = regularity(spent)
            figures["spending_variation"] = variation(spent)
        repaid = by_month(whole, ((one.on, -one.amount) for one in lines if _repays(one)))
        if any(repaid):
            answers["monthly_repayments"] = mean(repaid)
    shares = mix(used, lines)
    if shares:
        figures["essential_share"] = sum((shares.get(name, Decimal(0)) for name in ESSENTIAL), Decimal(0))
    events, days = _over(table, kind, lines)
    if days:
        flags.append("over_limit")
        figures["over_limit_days"] = days
        figures["over_limit_count"] = sum(event.kind == "over_limit" for event in events)
    return Found(
        kind="statement",
        layout=kind,
        first=lines[0].on,
        last=lines[-1].on,
        months=len(whole),
        rows=len(lines),
        currency=transactions.currency(table),
        answers=answers,
        verified=tuple(name for name in answers if name != "monthly_repayments"),  # known by words alone
        figures=figures,
        mix=shares,
        flags=tuple(flags),
        events=events,
        lines=lines,
    )


def by_month(months: Sequence[Period], sums: Iterable[tuple[dt.date, Decimal]]) -> list[Decimal]:
    """Add sums up by the period their day lies in; those outside all periods are left out."""
    found = [Decimal(0)] * len(months)
    starts = [month.first for month in months]
    for on, value in sums:
        at = bisect_right(starts, on) - 1
        if at >= 0 and on <= months[at].last:
            found[at] += value
    return found


def spread(income: Sequence[Decimal]) -> dict[str, Figure]:
    """Say how an income is spread: its least and its greatest month, and how many months had any."""
    return {
        "income_least": min(income),
        "income_most": max(income),
        "income_months": sum(one > 0 for one in income),
    }


def mix(months: Sequence[Period], lines: Sequence[Line]) -> dict[str, Decimal]:
    """Give the share of each kind of spending within some months, to the hundredth, largest first."""
    first, last = months[0].first, months[-1].last
    sums: dict[str, Decimal] = {}
    for one in lines:
        if one.amount < 0 and one.group not in NOT_SPENT and first <= one.on <= last:
            name = one.group if one.group in CATEGORIES else "other"
            sums[name] = sums.get(name, Decimal(0)) - one.amount
    total = sum(sums.values(), Decimal(0))
    if not total:
        return {}
    ranked = sorted(sums.items(), key=lambda pair: -pair[1])
    return {name: EXACT.divide(value, total).quantize(_HUNDREDTH) for name, value in ranked}


def _flags(kind: str, whole: Sequence[Period], income: Sequence[Decimal]) -> list[Flag]:
    flags: list[Flag] = ["few_months"] if len(whole) < WANTED_MONTHS else []
    if kind == "card":
        return flags
    if not any(income):
        flags.append("no_regular_income")
    elif variation(income) > _UNSTABLE:
        flags.append("unstable_income")
    return flags


def _income(months: Sequence[Period], lines: Sequence[Line]) -> list[Decimal]:
    paid_in = [one for one in lines if one.amount > 0 and one.group not in NOT_INCOME]
    payers: dict[str, list[Line]] = {}
    for one in paid_in:
        payers.setdefault("salary" if one.group == "salary" else _payer(one.text), []).append(one)
    found = [Decimal(0)] * len(months)
    for payer, paid in payers.items():
        sums = by_month(months, ((one.on, one.amount) for one in paid))
        seen = sum(one > 0 for one in sums)
        if payer == "salary" or (payer and seen >= 2 and seen * 3 >= len(months) * 2):
            found = [had + more for had, more in zip(found, sums, strict=True)]
    return found


def _payer(text: str) -> str:
    return " ".join(_DIGITS.sub(" ", plain(text)).split())


def _repays(line: Line) -> bool:
    return line.amount < 0 and line.group == "repayment"


def _over(table: Cut, kind: str, lines: Sequence[Line]) -> tuple[tuple[Event, ...], int]:
    """Give an event for each spell beyond the limit (below zero, without one), one for its end, and the days beyond."""
    closing: dict[dt.date, Decimal] = {one.on: one.balance for one in lines if one.balance is not None}
    if not closing:
        return (), 0
    limit = _limit(table) if kind == "card" else Decimal(0)
    if limit is None:
        return (), 0
    signs = -1 if kind != "card" or max(closing.values()) <= 0 else 1
    owed = {on: signs * balance for on, balance in sorted(closing.items())}
    account, found, days = _account(table, kind), [], 0
    since: dt.date | None = None
    worst = Decimal(0)
    for on, sum_ in owed.items():
        if sum_ > limit:
            worst = max(worst, sum_ - limit) if since else sum_ - limit
            since = since or on
        elif since:
            days += (on - since).days
            found += [_passed(since, account, worst, limit), _settled(on, account, sum_, limit)]
            since = None
    last, sum_ = next(reversed(owed.items()))
    if since:
        days += (last - since).days + 1
        found.append(_passed(since, account, worst, limit))
    elif limit:
        found.append(_settled(last, account, sum_, limit))
    return tuple(dict.fromkeys(found[-_MOST_SPELLS:])), days


def _limit(table: Cut) -> Decimal | None:
    """Give the limit that the file names last; None where it names none."""
    if not table.has("limit"):
        return None
    column = table.names["limit"]
    found = numbers((row.line, column, row.get("limit")) for row in table.rows)
    return next(reversed(found.values()), None)


def _account(table: Cut, kind: str) -> str:
    """Name the account so that the next file of it is known to be of the same: by a hash of its number, or its kind."""
    number = "".join(row.get(field) for row in table.rows[:1] for field in ("account", "card"))
    return f"{kind}-{hashlib.sha256(number.encode()).hexdigest()[:12]}" if number else kind


def _passed(on: dt.date, account: str, amount: Decimal, limit: Decimal) -> Event:
    ref = name(account, "over_limit", on, amount)
    return Event(ref=ref, kind="over_limit", on=on, account=account, amount=amount, limit=limit or None)


def _settled(on: dt.date, account: str, owed: Decimal, limit: Decimal) -> Event:
    ref = name(account, "balance", on, owed)
    return Event(ref=ref, kind="balance", on=on, account=account, balance=owed, limit=limit)


def name(*parts: object) -> str:
    """Name an event by what it says, so that the same file sent twice changes nothing."""
    told = (format(one.normalize(), "f") if isinstance(one, Decimal) else str(one) for one in parts)
    return hashlib.sha256("|".join(told).encode()).hexdigest()[:32]
