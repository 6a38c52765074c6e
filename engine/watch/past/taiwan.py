"""Taiwan: the card accounts of a bank, by the month, April to September 2005; who defaults in October.

Each month's end tells the balance and the limit, and the repayment status: k months late (1 to 9) is an instalment
unpaid for 30k days, 0 or -1 a month that was paid, -2 one without use. How much was paid is the amount of the payment;
no rule looks at it. The outcome is dated the first of October, the earliest it can be, so that lead times are the
shortest they can be.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from engine.watch.events import Event
from engine.watch.past.rows import rows
from engine.watch.replay import Past, Told
from engine.watch.standing import later

_FILE = Path("taiwan_default") / "UCI_Credit_Card.csv"
_ENDED = dt.date(2005, 10, 1)
# The columns of each month, the oldest first: status, bill, payment.
_MONTHS = [
    (later(_ENDED, at - 5) - dt.timedelta(days=1), status, 6 - at)
    for at, status in enumerate(("PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0"))
]


def read(data: Path) -> Iterator[Past]:
    """Give the borrowers, 30,000 of them."""
    for row in rows(data / _FILE):
        yield Past(
            id=row["ID"],
            answers={"age": int(row["AGE"])},
            told=[Told(event, event.on) for event in _events(row)],
            days=[end for end, _, _ in _MONTHS],
            ended=_ENDED,
            bad=row["default.payment.next.month"] == "1",
        )


def _events(row: Mapping[str, str]) -> Iterator[Event]:
    limit = Decimal(row["LIMIT_BAL"])
    unpaid: list[dt.date] = []
    for end, column, number in _MONTHS:
        status = int(row[column])
        bill, amount = Decimal(row[f"BILL_AMT{number}"]), Decimal(row[f"PAY_AMT{number}"])
        yield _of("balance", end, "bal", balance=bill, limit=limit)
        since = _month_before(end, status) if status > 0 else end
        for at, due in enumerate([due for due in unpaid if due < since]):
            yield _of("instalment_paid", end, f"old{at}", due=due)
        unpaid = [due for due in unpaid if due >= since]
        if status > 0:
            yield _of("instalment_late", end, "late", due=since, days=30 * status)
            unpaid = sorted({*unpaid, since})
        elif status > -2:
            yield _of("instalment_paid", end, "paid", due=end, amount=amount)


def _month_before(end: dt.date, months: int) -> dt.date:
    """Give the last day of the month that was so many months earlier."""
    return later(end + dt.timedelta(days=1), -months) - dt.timedelta(days=1)


def _of(kind: str, on: dt.date, name: str, **told: object) -> Event:
    return Event(ref=f"{name}-{on:%m}", kind=kind, on=on, account="card", sender="lender:1", **told)  # type: ignore[arg-type]  # one of KINDS, each field its own
