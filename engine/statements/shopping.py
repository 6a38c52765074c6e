"""Lists of online purchases: what was bought each month, and what of it is essential."""

import datetime as dt
from decimal import Decimal

from engine.statements.amounts import numbers
from engine.statements.days import dates
from engine.statements.faults import refuse
from engine.statements.found import Figure, Found, Line
from engine.statements.money import CATEGORIES, ESSENTIAL, WANTED_MONTHS, by_month, mix
from engine.statements.periods import Period, mean, periods, variation
from engine.statements.table import Cut
from engine.statements.transactions import currency
from engine.statements.words import group, plain, words


def knows(table: Cut) -> bool:
    """Say whether a table lists purchases: an order and what it cost."""
    return table.has("date", "order") and (table.has("total") or table.has("amount"))


def read(table: Cut, today: dt.date) -> Found:
    """Give what purchases come to; raises Refused. They are a part of all spending, so they answer no question."""
    void = [plain(word) for word in words().void["words"]]
    rows = [row for row in table.rows if not any(word in plain(row.get("status")) for word in void)]
    if not rows:
        raise refuse("empty")
    cost = "total" if table.has("total") else "amount"
    column = table.names[cost]
    when = dates([(row.line, table.names["date"], row.get("date")) for row in rows], today)
    sums = numbers((row.line, column, row.get(cost)) for row in rows)
    seen: set[tuple[str, Decimal]] = set()
    lines = []
    for row in rows:
        value = sums.get((row.line, column))
        if value is None:
            raise refuse("amount", row.line, column=column, example="25.00")
        if (row.get("order"), value) in seen and cost == "total":
            continue  # an order of several items repeats its total on each line
        seen.add((row.get("order"), value))
        text = " ".join(filter(None, (row.get("category"), row.get("item"), row.get("description"))))[:120]
        known = group(text)
        kind = known if known in CATEGORIES else "shopping"
        lines.append(Line(row.line, when[row.line, table.names["date"]], -abs(value), text, kind))
    lines.sort(key=lambda line: line.on)
    whole = periods(lines[0].on, lines[-1].on)
    used = whole or (Period(lines[0].on, lines[-1].on),)
    spent = by_month(used, ((one.on, -one.amount) for one in lines))
    shares = mix(used, lines)
    figures: dict[str, Figure] = {"purchases_monthly": mean(spent)} if whole else {"purchases": sum(spent)}
    figures["orders"] = len(lines)
    if len(whole) > 1:
        figures["spending_variation"] = variation(spent)
    if shares:
        figures["essential_share"] = sum((shares.get(name, Decimal(0)) for name in ESSENTIAL), Decimal(0))
    return Found(
        kind="shopping",
        layout="shop",
        first=lines[0].on,
        last=lines[-1].on,
        months=len(whole),
        rows=len(lines),
        currency=currency(table),
        figures=figures,
        mix=shares,
        flags=("partial",) if not whole else ("few_months",) if len(whole) < WANTED_MONTHS else (),
        lines=tuple(lines),
    )
