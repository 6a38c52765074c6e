"""Reports of a credit bureau, as CSV or JSON: accounts, delays, enquiries, public records, turned into events.

The layout is ours and documented (`docs/files.md`), because every bureau has its own; what a report says nothing of did
not happen, as far as the bureau knows.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from engine.countries.pack import Pack
from engine.questions import QUESTIONS
from engine.statements.faults import Key, refuse
from engine.statements.found import Figure, Found
from engine.statements.money import name
from engine.watch.events import HARD, SOFT, Event, problem
from engine.watch.standing import fold

MOST = 500
"""Items of one sort in a report."""
_DAY = dt.timedelta(days=1)


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    line: int = 0


class Late(_Strict, frozen=True, kw_only=True):
    """An instalment that was late: when it was due, by how many days, and when it was paid, if it was."""

    due: dt.date
    days: int
    paid: dt.date | None = None


class Tradeline(_Strict, frozen=True, kw_only=True):
    """An account somewhere else. `instalment` is what is due each month."""

    account: str
    opened: dt.date
    lender: str = ""
    kind: str = ""
    closed: dt.date | None = None
    balance: Decimal | None = None
    limit: Decimal | None = None
    instalment: Decimal | None = None
    late: tuple[Late, ...] = ()


class Enquiry(_Strict, frozen=True, kw_only=True):
    """Somebody looked: for an application (hard), or without one (soft)."""

    on: dt.date
    kind: Literal["application", "review"] = "application"
    lender: str = ""


class PublicRecord(_Strict, frozen=True, kw_only=True):
    """Something a court or an office has on record."""

    on: dt.date
    kind: str
    until: dt.date | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole report."""

    report: Literal["credit"]
    version: Literal[1]
    issued: dt.date
    bureau: str = ""
    currency: str = ""
    tradelines: tuple[Tradeline, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()
    public_records: tuple[PublicRecord, ...] = ()


def found(report: Report, today: dt.date) -> Found:
    """Give what a report comes to: events under names that stay the same when it is sent again. Raises Refused."""
    if report.issued > today + _DAY:
        raise refuse(
            "date_future", column="issued", found=report.issued.isoformat(), example=today.isoformat()
        )
    late = [one for line in report.tradelines for one in line.late]
    for items in (report.tradelines, late, report.enquiries, report.public_records):
        if len(items) > MOST:
            raise refuse("long", most=MOST)
    events = _events(report, today)
    open_lines = [one for one in report.tradelines if one.closed is None]
    answers: dict[str, Figure] = {"total_owed": _sum(open_lines, "balance")}
    if any(one.instalment is not None for one in open_lines):
        answers["monthly_repayments"] = _sum(open_lines, "instalment")
    days = [event.on for event in events]
    return Found(
        kind="report",
        layout="report",
        first=min(days, default=report.issued),
        last=report.issued,
        months=0,
        rows=len(report.tradelines) + len(late) + len(report.enquiries) + len(report.public_records),
        currency=report.currency.upper(),
        source="bureau",
        answers=answers,
        verified=tuple(answers),
        figures={
            "tradelines": len(report.tradelines),
            "open": len(open_lines),
            "owed": _sum(open_lines, "balance"),
            "lates": len(late),
            "worst_days": max((one.days for one in late), default=0),
            "enquiries": len(report.enquiries),
            "public_records": len(report.public_records),
        },
        events=events,
    )


def answers(found: Found, today: dt.date, pack: Pack) -> dict[str, Figure]:
    """Give every answer a report holds as of today, what it says nothing of as none."""
    silent = ("overdue_count_24m", "worst_overdue_days", "enquiries_6m", "public_records", "open_accounts")
    told: dict[str, Figure] = dict.fromkeys(silent, 0)
    for key, value in fold(found.events, today, pack).answers.items():
        if value is not None:
            whole = QUESTIONS[key].kind == "percent"
            told[key] = int(Decimal(value).to_integral_value()) if whole else value
    return {**told, **found.answers}


def _sum(lines: Sequence[Tradeline], field: str) -> Decimal:
    return sum((getattr(one, field) or Decimal(0) for one in lines), Decimal(0))


def _events(report: Report, today: dt.date) -> tuple[Event, ...]:
    events: list[Event] = []
    seen: Counter[str] = Counter()

    def add(line: int, **told: object) -> None:
        whose = told.get("account", "")
        content = [part for pair in sorted(told.items()) if pair[1] not in (None, "") for part in pair]
        seen[ref := name(*content)] += 1  # two alike in one report are two, and are two again next time
        event = msgspec.convert({"ref": name(ref, seen[ref]), **told, "account": whose}, Event)
        if (wrong := problem(event, today)) is not None:
            value = getattr(event, wrong.field)
            key: Key = "date" if isinstance(value, dt.date) else "days" if wrong.field == "days" else "record"
            raise refuse(key, line, column=wrong.field, found=str(value or ""), example=wrong.example)
        events.append(event)

    for one in report.tradelines:
        account = f"acc-{name(one.lender, one.account)[:16]}"
        limit = one.limit if one.limit is not None and one.limit > 0 else None
        add(one.line, kind="account_opened", on=one.opened, account=account, what=one.kind, limit=limit)
        if one.balance is not None and limit is not None and one.closed is None:
            on = min(report.issued, today)
            add(one.line, kind="balance", on=on, account=account, balance=one.balance, limit=limit)
        if one.closed is not None:
            add(one.line, kind="account_closed", on=one.closed, account=account)
        for late in one.late:
            line = late.line or one.line
            if not 1 <= late.days <= 3650:
                raise refuse("days", line, column="days", found=str(late.days), example="12")
            on = min(late.due + late.days * _DAY, today)
            add(line, kind="instalment_late", on=on, account=account, days=late.days, due=late.due)
            if late.paid is not None:
                add(line, kind="instalment_paid", on=late.paid, account=account, due=late.due)
    for enquiry in report.enquiries:
        add(enquiry.line, kind="enquiry", on=enquiry.on, what=HARD if enquiry.kind == HARD else SOFT)
    for record in report.public_records:
        add(record.line, kind="public_record", on=record.on, what=record.kind, until=record.until)
    return tuple(events)
