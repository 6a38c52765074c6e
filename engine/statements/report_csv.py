"""A credit report as CSV: one line for each account, delay, enquiry and public record (the first column says which)."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import msgspec

from engine.statements.amounts import numbers
from engine.statements.days import dates
from engine.statements.faults import refuse
from engine.statements.report import Enquiry, Late, PublicRecord, Report, Tradeline
from engine.statements.table import Cut, Row
from engine.statements.transactions import currency
from engine.statements.words import meanings, plain

_SOFT = frozenset(("review", "soft", "贷后管理", "本人查询", "revision", "blanda"))


def knows(table: Cut) -> bool:
    """Say whether a table is a report: each line says what it records."""
    return table.has("record")


def read(table: Cut, today: dt.date) -> Report:
    """Read the lines of a report; raises Refused. Where it names no day of its own, it was issued today."""
    reading = _Reading(table, today)
    issued = None
    for row in table.rows:
        word = plain(row.get("record"))
        kind = meanings("records").get(word)
        if kind is None:
            raise refuse("record", row.line, column=table.names["record"], found=word, example="tradeline")
        issued = issued or reading.day(row, "issued")
        reading.take[kind](row)
    lines = tuple(
        msgspec.structs.replace(one, late=tuple(reading.late.pop(account, ())))
        for account, one in reading.lines.items()
    )
    if reading.late:
        late = next(iter(reading.late.values()))[0]
        raise refuse(
            "missing", late.line, column="account", found=next(iter(reading.late)), example="tradeline"
        )
    return Report(
        report="credit",
        version=1,
        issued=issued or today,
        currency=currency(table),
        tradelines=lines,
        enquiries=tuple(reading.enquiries),
        public_records=tuple(reading.records),
    )


class _Reading:
    """The report as far as it is read."""

    def __init__(self, table: Cut, today: dt.date) -> None:
        self.table = table
        cells = [
            (row.line, table.names[field], row.get(field))
            for row in table.rows
            for field in ("date", "opened", "closed", "due", "paid", "issued")
            if row.get(field)
        ]
        self.days = dates(cells, today)  # all together: they show which number is the month
        future = [(r.line, table.names["until"], r.get("until")) for r in table.rows if r.get("until")]
        self.days |= dates(future, dt.date(today.year + 100, 1, 1))
        self.sums = numbers(
            (row.line, table.names[field], row.get(field))
            for row in table.rows
            for field in ("balance", "limit", "instalment")
            if field in table.names
        )
        self.lines: dict[str, Tradeline] = {}
        self.late: dict[str, list[Late]] = {}
        self.enquiries: list[Enquiry] = []
        self.records: list[PublicRecord] = []
        self.take: dict[str, Callable[[Row], None]] = {
            "tradeline": self._tradeline,
            "late": self._late,
            "enquiry": self._enquiry,
            "public_record": self._record,
        }

    def day(self, row: Row, field: str) -> dt.date | None:
        """Give a date of a row, None where it has none."""
        return self.days.get((row.line, self.table.names.get(field, "")))

    def _sum(self, row: Row, field: str) -> Decimal | None:
        found = self.sums.get((row.line, self.table.names.get(field, "")))
        if found is not None and found < 0 and field != "balance":
            raise refuse(
                "amount", row.line, column=self.table.names[field], found=row.get(field), example="5000"
            )
        return found

    def _needed(self, row: Row, field: str) -> dt.date:
        found = self.day(row, field)
        if found is None:
            raise refuse("missing", row.line, column=self.table.names.get(field, field), example="2026-03-31")
        return found

    def _tradeline(self, row: Row) -> None:
        account = self._account(row)
        if account in self.lines:
            raise refuse(
                "record", row.line, column=self.table.names["account"], found=account, example=f"{account}-2"
            )
        self.lines[account] = Tradeline(
            line=row.line,
            account=account,
            lender=row.get("lender"),
            kind=row.get("kind"),
            opened=self._needed(row, "opened"),
            closed=self.day(row, "closed"),
            balance=self._sum(row, "balance"),
            limit=self._sum(row, "limit"),
            instalment=self._sum(row, "instalment"),
        )

    def _late(self, row: Row) -> None:
        text = row.get("days")
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            raise refuse(
                "days", row.line, column=self.table.names.get("days", "days"), found=text, example="12"
            )
        late = Late(line=row.line, due=self._needed(row, "due"), days=int(text), paid=self.day(row, "paid"))
        self.late.setdefault(self._account(row), []).append(late)

    def _enquiry(self, row: Row) -> None:
        soft = plain(row.get("kind")) in _SOFT
        on, lender = self._needed(row, "date"), row.get("lender")
        self.enquiries.append(
            Enquiry(line=row.line, on=on, kind="review" if soft else "application", lender=lender)
        )

    def _record(self, row: Row) -> None:
        on, until = self._needed(row, "date"), self.day(row, "until")
        self.records.append(PublicRecord(line=row.line, on=on, kind=row.get("kind") or "record", until=until))

    def _account(self, row: Row) -> str:
        account = row.get("account")
        if not account:
            raise refuse(
                "missing", row.line, column=self.table.names.get("account", "account"), example="A-1"
            )
        return account
