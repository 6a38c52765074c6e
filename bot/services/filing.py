"""Filing: a lender's file of events or loans is taken whole or not at all, and never twice.

The road is that of programs: `ingest` for events, `lending` for loans. What is refused is told with its line.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.i18n import Locale, T, t
from bot.services import ingest, lending
from bot.services.context import Context
from bot.sheets import csv_of
from bot.views import files
from engine.feeds import EVENTS, Feed
from engine.statements import Fault
from engine.watch import Event
from engine.watch import Fault as Misfit
from storage import imports
from storage.database import attempt
from storage.dialogs import Stale
from storage.lenders import Lender
from storage.loans import Draft, Taken
from storage.outbox import Parcel

HEADER = ("line", "problem")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken, and why; line 0 is the file itself."""

    line: int
    why: T


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file. `before` is when it was taken already; nothing is stored where anything is refused."""

    kind: str
    rows: int
    new: int = 0
    refusals: Sequence[Refusal] = ()
    before: dt.datetime | None = None
    parcels: Sequence[Parcel] = ()

    @property
    def words(self) -> T:
        """Say it in a sentence."""
        if self.before is not None:
            return t("feed.before", at=self.before)
        if self.refusals:
            return t("feed.refused", n=len(self.refusals))
        return t(f"feed.taken.{self.kind}", n=self.rows, new=self.new)


def digest(content: bytes) -> str:
    """Give what a file is known by."""
    return sha256(content).hexdigest()


def unread(fault: Fault) -> Report:
    """Report a file that could not be read at all."""
    return Report("", 0, refusals=(Refusal(fault.line, files.wrong(fault)),))


async def take(
    context: Context, connection: AsyncConnection, lender: Lender, feed: Feed, known_as: str, made_by: str
) -> Report:
    """Take what a file says, in a transaction; whoever commits it rings the bell."""
    now, rows = context.clock(), len(feed.rows) + len(feed.faults)
    if (before := await imports.taken(connection, lender.id, known_as)) is not None:
        return Report(feed.kind, rows, before=before)
    refusals = [Refusal(fault.line, files.wrong(fault)) for fault in feed.faults]
    new, parcels = 0, list[Parcel]()
    async with attempt(connection) as trying:
        if feed.kind == EVENTS:
            new, more = await _events(context, connection, lender, feed)
        else:
            new, more, parcels = await _loans(context, connection, lender, feed, made_by)
        refusals = sorted([*refusals, *more], key=lambda one: one.line)
        trying.kept = not refusals
    state = imports.REFUSED if refusals else imports.DONE
    if not await imports.note(connection, lender.id, known_as, feed.kind, rows, state, made_by, now):
        raise Stale("imports")  # somebody else took it at this moment: look again
    return Report(feed.kind, rows, new, refusals, parcels=() if refusals else parcels)


def table(report: Report, locale: Locale) -> bytes:
    """Write what was refused as a table that no spreadsheet runs."""
    return csv_of(HEADER, [(one.line, locale.plain(one.why)) for one in report.refusals])


async def _events(
    context: Context, connection: AsyncConnection, lender: Lender, feed: Feed
) -> tuple[int, list[Refusal]]:
    refusals, rows = [], []
    for line, values in feed.rows:
        try:
            rows.append((line, ingest.Row(str(values["loan"]), _event(values))))
        except msgspec.ValidationError:
            refusals.append(Refusal(line, t("feed.wrong.letters", field="-", example="-")))
    outcomes = await ingest.put(context, connection, lender.id, [row for _, row in rows])
    for (line, _), outcome in zip(rows, outcomes, strict=True):
        if outcome.refused:
            refusals.append(Refusal(line, _why(outcome)))
    return sum(outcome.state == "accepted" for outcome in outcomes), refusals


def _event(values: dict[str, Any]) -> Event:
    return msgspec.convert({name: value for name, value in values.items() if name != "loan"}, Event)


async def _loans(
    context: Context, connection: AsyncConnection, lender: Lender, feed: Feed, made_by: str
) -> tuple[int, list[Refusal], list[Parcel]]:
    currency = context.packs[lender.country].currency
    refusals: list[Refusal] = []
    parcels: list[Parcel] = []
    for line, values in feed.rows:
        handle = str(values["borrower"]).upper()
        try:
            parcels += await lending.register(
                context, connection, lender, handle, _draft(values, currency), made_by
            )
        except lending.Wrong as wrong:
            refusals.append(Refusal(line, _misfit(wrong.fault)))
        except Taken:
            refusals.append(Refusal(line, t("feed.loan_taken")))
    return len(feed.rows), refusals, parcels


def _draft(values: dict[str, Any], currency: str) -> Draft:
    terms: dict[str, str | int] = {
        name: f"{values[name]:f}" for name in ("amount", "instalment") if name in values
    }
    if "instalments" in values:
        terms["instalments"] = values["instalments"]
    return Draft(
        str(values["reference"]), currency, values["opened_on"], values["ends_on"], terms,
        values.get("measures", ()), values.get("officer"),
    )  # fmt: skip


def _why(outcome: ingest.Outcome) -> T:
    if outcome.fault is not None:
        return _misfit(outcome.fault)
    return t("feed.no_loan") if outcome.state == "no_loan" else t("feed.differs")


def _misfit(fault: Misfit) -> T:
    return t(f"feed.wrong.{fault.key}", field=fault.field, example=fault.example or "-")
