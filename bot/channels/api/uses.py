"""What a lender's program can do: each use reads a call, lets a service work, and answers."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

import engine.watch
from bot.channels.api import problems
from bot.channels.api.body import Malformed, read_json, read_lines
from bot.channels.api.call import Call, Said, done, said, shaped
from bot.channels.api.problems import REASONS, REFUSALS, Trouble
from bot.channels.api.shapes import (
    AlertOut,
    Alerts,
    Batch,
    EventIn,
    Fault,
    LoanIn,
    LoanOut,
    Loans,
    LoanState,
    Outcome,
    Taken,
)
from bot.dialogs.consent import VERSION
from bot.services import ingest, lending
from bot.services.ingest import Refused, Row
from bot.services.programs import Done
from engine.watch import SEVERITIES
from storage import alerts, loans
from storage.audit import Entry
from storage.database import attempt
from storage.loans import Taken as LoanTaken

NDJSON = "application/x-ndjson"
PAGE = 200

Read = Sequence[tuple[int, Row | Fault, str]]
"""Rows of a batch: place, what was read or what is wrong with it, the sender's name of it."""


async def send_events(call: Call) -> Said:
    """Take one event, or a batch."""
    try:
        found = read_json(call.body) if call.media != NDJSON else list(read_lines(call.body))
    except Malformed as mistake:
        raise Trouble(
            "malformed", f"line {mistake.line}: {mistake.why}" if mistake.line else mistake.why
        ) from None
    if isinstance(found, dict):
        return await _single(call, found)
    if not isinstance(found, list):
        raise Trouble("wrong", "neither an object nor an array")
    numbered = found if call.media == NDJSON else list(enumerate(found, 1))
    most = call.context.settings.config.api.most_events
    if not 0 < len(numbered) <= most:
        raise Trouble("too-many", f"{len(numbered)} rows", accepted=f"1 to {most} rows in a batch")
    return await _batch(call, list(_rows(numbered)))


async def _single(call: Call, raw: dict[str, Any]) -> Said:
    event = shaped(raw, EventIn)
    if isinstance(event, Fault):
        raise Trouble("wrong", errors=[event])

    async def effect(write: AsyncConnection) -> Done:
        (one,) = await ingest.put(call.context, write, call.program.lender.id, [event.row()])
        if one.state in ("accepted", "known"):
            return done(Taken(event.ref, one.state))
        fault = _fault(one)
        return done(problems.worded(REFUSALS[one.state], errors=[fault] if fault else []))

    return await call.once(effect)


async def _batch(call: Call, rows: Read) -> Said:
    """Take a batch: what can be taken of it, or with `whole` all or nothing."""
    good = [row for _, row, _ in rows if isinstance(row, Row)]
    whole = bool(call.parameters["whole"])

    async def effect(write: AsyncConnection) -> Done:
        refused = whole and len(good) < len(rows)
        async with attempt(write) as trying:
            try:
                told = await ingest.put(call.context, write, call.program.lender.id, good, whole=whole)
            except Refused as mistake:
                told, refused = list(mistake.outcomes), True
            trying.kept = not refused
        outcomes = _merged(rows, told)
        if refused:
            return done(
                problems.worded("refused", outcomes=[one for one in outcomes if one.state in REFUSALS])
            )
        states = [one.state for one in outcomes]
        accepted, known = states.count("accepted"), states.count("known")
        return done(Batch(accepted, known, len(states) - accepted - known, outcomes))

    return await call.once(effect)


def _rows(numbered: Sequence[tuple[int, Any]]) -> Iterator[tuple[int, Row | Fault, str]]:
    for number, raw in numbered:
        event = shaped(raw, EventIn)
        if isinstance(event, Fault):
            yield number, event, ""
        else:
            yield number, event.row(), event.ref


def _merged(rows: Read, told: Sequence[ingest.Outcome]) -> list[Outcome]:
    answers = iter(told)
    found = []
    for number, row, ref in rows:
        if isinstance(row, Fault):
            found.append(Outcome(number, "wrong", ref, row))
        else:
            one = next(answers)
            found.append(Outcome(number, one.state, ref, _fault(one)))
    return found


def _fault(one: ingest.Outcome) -> Fault | None:
    return None if one.fault is None else _explained(one.fault)


def _explained(fault: engine.watch.Fault) -> Fault:
    return Fault(fault.field, REASONS[fault.key], fault.example)


async def put_loan(call: Call) -> Said:
    """Enter a loan, or what changed of it. Whether there is such a borrower, the answer does not tell."""
    reference = str(call.parameters["reference"])
    try:
        told = shaped(read_json(call.body), LoanIn)
    except Malformed as mistake:
        raise Trouble("malformed", mistake.why) from None
    if isinstance(told, Fault):
        raise Trouble("wrong", errors=[told])
    lender, now = call.program.lender, call.context.clock()
    draft = told.draft(reference, call.context.packs[lender.country].currency)

    async def effect(write: AsyncConnection) -> Done:
        entry = Entry(call.program.name, "loans.put", f"lender:{lender.id}")
        try:
            async with attempt(write):
                await lending.register(call.context, write, lender, told.borrower, draft, call.program.name)
        except LoanTaken:
            return done(problems.worded("taken"))
        except lending.Wrong as wrong:
            return done(problems.worded("wrong", errors=[_explained(wrong.fault)]))
        if reference in await loans.watched(write, lender.id, [reference], VERSION, now):
            return done(LoanState(reference, "watched"), trail=[entry])
        return done(LoanState(reference, "waits for the borrower's consent"), 202, trail=[entry])

    return await call.once(effect)


async def close_loan(call: Call) -> Said:
    """Close a loan, so that nobody is watched for it; one that is not there is closed."""
    reference = str(call.parameters["reference"])
    lender = call.program.lender

    async def effect(write: AsyncConnection) -> Done:
        await lending.close(call.context, write, lender, reference)
        return done(None, 204, trail=[Entry(call.program.name, "loans.close", f"lender:{lender.id}")])

    return await call.once(effect)


async def list_loans(call: Call) -> Said:
    """List the loans whose borrowers agreed."""
    most, now = int(call.parameters["limit"] or PAGE), call.context.clock()
    async with call.context.database.read() as read:
        found = await loans.listed(
            read, call.context.vault, call.program.lender.id, VERSION, now,
            str(call.parameters["after"] or ""), most,
        )  # fmt: skip
    shown = [
        LoanOut(one.loan.reference, one.handle, one.loan.currency, one.loan.opened_on, one.loan.ends_on,
                dict(one.loan.terms), list(one.loan.measures), one.loan.officer, one.since)
        for one in found
    ]  # fmt: skip
    return said(Loans(shown, shown[-1].reference if len(shown) == most else None))


async def list_alerts(call: Call) -> Said:
    """List the alerts that the lender was told."""
    most, now = int(call.parameters["limit"] or PAGE), call.context.clock()
    async with call.context.database.read() as read:
        found = await alerts.told(read, call.program.lender.id, VERSION, now, call.parameters["since"], most)
    shown = [
        AlertOut(one.number, one.reference, one.rule, SEVERITIES[one.severity - 1], one.at, one.case)
        for one in found
    ]
    return said(Alerts(shown, shown[-1].at if len(shown) == most else None))
