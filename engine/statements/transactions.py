"""Bank, card and wallet transactions: rows with one sign, whatever columns they came in."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from engine.statements.amounts import numbers
from engine.statements.days import dates
from engine.statements.faults import refuse
from engine.statements.found import Line
from engine.statements.table import Cut, Row
from engine.statements.words import group, meanings, plain, words

_LONGEST_TEXT = 120


def knows(table: Cut) -> bool:
    """Say whether a table holds transactions."""
    sums = table.has("amount") or table.has("debit") or table.has("credit")
    return table.has("date") and sums and not table.has("record") and not table.has("order")


def layout(table: Cut) -> str:
    """Name the layout: a card has a limit or a card number, a wallet says in or out in words."""
    if table.has("limit") or table.has("card"):
        return "card"
    return "wallet" if table.has("direction", "party") else "bank"


def currency(table: Cut) -> str:
    """Give the one currency of a table as ISO 4217 has it; "" where it names none. Raises Refused for several."""
    names = {
        "人民币": "CNY",
        "rmb": "CNY",
        "cny": "CNY",
        "美元": "USD",
        "pesos": "MXN",
        "peso mexicano": "MXN",
    }
    found = ""
    for row in table.rows:
        cell = plain(row.get("currency"))
        one = names.get(cell, cell.upper())
        if one and found and one != found:
            raise refuse("currency", row.line, column=table.names["currency"], found=one, example=found)
        found = found or one
    return found


def lines(table: Cut, today: dt.date) -> tuple[Line, ...]:
    """Give the rows in the order of time, money in above zero; raises Refused."""
    rows = [row for row in table.rows if not _void(row)]
    if not rows:
        raise refuse("empty")
    name = table.names
    when = dates([(row.line, name["date"], row.get("date")) for row in rows], today)
    sums = numbers(
        (row.line, name[field], row.get(field))
        for row in rows
        for field in ("amount", "debit", "credit", "balance")
        if field in name
    )
    groups: dict[str, str] = {}
    found = []
    for row in rows:
        text = _text(row)
        if text not in groups:
            groups[text] = group(text)
        balance = sums.get((row.line, name.get("balance", "")))
        amount = _amount(table, row, sums)
        found.append(Line(row.line, when[row.line, name["date"]], amount, text, groups[text], balance))
    if found[0].on > found[-1].on or (found[0].on == found[-1].on and _backwards(found)):
        found.reverse()
    found.sort(key=lambda line: line.on)
    return tuple(_signed(table, found))


def _void(row: Row) -> bool:
    state = plain(row.get("status"))
    return bool(state) and any(plain(word) in state for word in words().void["words"])


def _text(row: Row) -> str:
    parts = dict.fromkeys(row.get(field) for field in ("party", "description", "type", "category"))
    return " ".join(part for part in parts if part)[:_LONGEST_TEXT]


def _amount(table: Cut, row: Row, sums: dict[tuple[int, str], Decimal]) -> Decimal:
    """Give the sum of a row: of its two columns, or of the one with its word for the direction."""
    name = table.names
    if table.has("amount"):
        value = sums.get((row.line, name["amount"]))
        if value is None:
            raise refuse("amount", row.line, column=name["amount"], example="-25.00")
        if not table.has("direction"):
            return value
        cell = plain(row.get("direction"))
        meant = meanings("signs").get(cell)
        if meant is None:
            raise refuse("sign", row.line, column=name["direction"], found=cell, example="in, out")
        return abs(value) if meant == "in" else -abs(value) if meant == "out" else Decimal(0)
    into = abs(sums.get((row.line, name.get("credit", "")), Decimal(0)))
    out = abs(sums.get((row.line, name.get("debit", "")), Decimal(0)))
    return into - out


def _backwards(found: Sequence[Line]) -> bool:
    """Say whether the rows of a single day stand newest first, by their balances."""
    later = sum(_step(first, second) == second.amount for first, second in pairwise(found))
    earlier = sum(_step(second, first) == first.amount for first, second in pairwise(found))
    return earlier > later


def _signed(table: Cut, found: list[Line]) -> list[Line]:
    """Turn the sign where the file counts money out as above zero: by its balances, or as cards do."""
    if not table.has("amount") or table.has("direction"):
        return found
    up = sum(line.amount > 0 for line in found)
    down = sum(line.amount < 0 for line in found)
    with_it = sum(_step(one, two) == two.amount != 0 for one, two in pairwise(found))
    against = sum(_step(one, two) == -two.amount != 0 for one, two in pairwise(found))
    if layout(table) == "card":  # what is owed grows as one spends: the balance moves with the sum
        turned = up > down
    elif with_it or against:
        turned = against > with_it
    elif not down or not up:
        # all of one sign: nothing shows whether this came in or went out
        raise refuse("sign", found[0].line, column=table.names["amount"], found="", example="-25.00")
    else:
        turned = False
    if not turned:
        return found
    return [Line(one.line, one.on, -one.amount, one.text, one.group, one.balance) for one in found]


def _step(before: Line, after: Line) -> Decimal | None:
    if before.balance is None or after.balance is None:
        return None
    return after.balance - before.balance
