"""SuperLender: repeat customers of a mobile lender in Nigeria; whether their loan of July 2017 was repaid on time.

Each earlier loan is an account with two instalments, the first and the last (one, where they fall together), and a
lender who reports an unpaid one on days 1, 3, 7, 15, 30, 60 and 90. What comes after the last loan was granted is not
told, so the rules are asked on the days of the earlier loans, and last on the day of the grant. The outcome is dated
the day on which the last loan falls due.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engine.questions import Answer
from engine.watch.events import Event
from engine.watch.past.rows import rows
from engine.watch.replay import Past, Told

_FOLDER = Path("superlender")
_REPORTED = (1, 3, 7, 15, 30, 60, 90)
_TOGETHER = 5  # days between the first instalment and the end of the term, up to which they are one
_WORK = {
    "Permanent": "permanent",
    "Self-Employed": "self_employed",
    "Student": "student",
    "Unemployed": "unemployed",
    "Retired": "retired",
    "Contract": "temporary",
}
_Row = Mapping[str, str]


def read(data: Path) -> Iterator[Past]:
    """Give the customers who had an earlier loan."""
    earlier: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows(data / _FOLDER / "trainprevloans.csv"):
        earlier[row["customerid"]].append(row)
    people = {row["customerid"]: row for row in rows(data / _FOLDER / "traindemographics.csv")}
    for row in rows(data / _FOLDER / "trainperf.csv"):
        loans = earlier.get(row["customerid"])
        if loans:
            yield _past(row, loans, people.get(row["customerid"], {}))


def _past(last: _Row, loans: Sequence[_Row], person: _Row) -> Past:
    granted = _day(last["approveddate"])
    told = [one for loan in loans for one in _told(loan) if one.known <= granted]
    first = min(_day(loan["approveddate"]) for loan in loans)
    answers: dict[str, Answer] = {}
    if person:
        answers["age"] = (first - _day(person["birthdate"])).days * 100 // 36525
        if work := _WORK.get(person["employment_status_clients"]):
            answers["occupation"] = work
    return Past(
        id=last["customerid"],
        answers=answers,
        told=told,
        days=sorted({first, granted, *(one.known for one in told)}),
        ended=granted + dt.timedelta(days=int(last["termdays"])),
        bad=last["good_bad_flag"] == "Bad",
    )


def _told(loan: _Row) -> Iterator[Told]:
    account, opened, closed = (
        loan["systemloanid"],
        _day(loan["approveddate"]),
        _day(loan["closeddate"]),
    )
    first, paid = _day(loan["firstduedate"]), _day(loan["firstrepaiddate"])
    end = opened + dt.timedelta(days=int(loan["termdays"]))

    def of(kind: str, on: dt.date, name: str, **fields: object) -> Told:
        ref = f"{account}-{name}"
        return Told(Event(ref=ref, kind=kind, on=on, account=account, sender="lender:1", **fields), on)  # type: ignore[arg-type]  # one of KINDS, each field its own

    yield of("account_opened", opened, "open")
    instalments = [("first", first, paid)]
    if (end - first).days > _TOGETHER:
        instalments.append(("last", end, closed))
    for name, due, settled in instalments:
        for days in _REPORTED:
            if (settled - due).days > days:
                yield of(
                    "instalment_late", due + dt.timedelta(days=days), f"{name}-{days}", due=due, days=days
                )
        yield of("instalment_paid", settled, name, due=due)
    yield of("account_closed", closed, "closed")


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text.strip()[:10])
