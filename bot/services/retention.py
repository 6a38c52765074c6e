"""Retention: what a country's law says must go goes in time, and so does what nobody comes back for.

The classes are those of the country packs; each must be known here, or a test fails. Where a law counts from the date
of an event that we were only told of, we count from the day we were told, less what the answer itself looks back over:
so nothing stays longer than it may.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Letter, Say
from bot.i18n import t
from bot.services import settling, threads, trail
from bot.services.context import Answering, Context
from bot.services.paying import INVOICE_STANDS
from bot.services.privacy import PROOF_KEPT
from bot.services.records import FOLDED
from bot.services.telling import tell
from bot.views.menus import HOME, buttons
from storage import (
    absence,
    accesses,
    bulletins,
    cases,
    clusters,
    disputes,
    erasures,
    events,
    facts,
    feedback,
    letters,
    loans,
    payments,
    people,
    queries,
    questions,
    ratings,
    reports,
    rights,
    tickets,
    uploads,
    watches,
)
from storage.audit import Entry
from storage.outbox import Parcel

ADVERSE = ("public_records", "overdue_count_24m", "worst_overdue_days")
"""Facts that speak against somebody."""

ADVERSE_KINDS = ("instalment_late", "over_limit", "public_record", "default")
"""Events that do."""

LOOKS_BACK = 24
"""Months before they were told that these may have happened."""

OTHERS = ("lender", "bureau", "statement")
"""Sources that are not the person's own word."""

AT_ONCE = 200

Sweep = Callable[[AsyncConnection, str, dt.datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Class:
    """A class of a pack: what of ours it means, and how many months earlier our own date may lie too late.

    `events` are kinds of them, all when none is named, and None where it means no events; each has a day of its own.
    """

    sweep: Sweep
    earlier: int = 0
    events: tuple[str, ...] | None = ()


async def _files(connection: AsyncConnection, country: str, before: dt.datetime) -> int:
    """Erase queries and the scores that came of them."""
    return await queries.expire(connection, country, before)


async def _records(connection: AsyncConnection, country: str, before: dt.datetime) -> int:
    """Erase what others told us, and scores, which may rest on it."""
    gone = await facts.expire(connection, country, before, sources=OTHERS)
    gone += await cases.expire(connection, before, country)
    return gone + await queries.expire(connection, country, before)


async def _adverse(connection: AsyncConnection, country: str, before: dt.datetime) -> int:
    """Erase what speaks against somebody, whoever told us, and scores, which may rest on it."""
    gone = await facts.expire(connection, country, before, names=ADVERSE)
    gone += await cases.expire(connection, before, country)
    return gone + await queries.expire(connection, country, before)


CLASSES: Mapping[str, Class] = {
    "application_file": Class(_files, events=None),
    "credit_record": Class(_records),
    "adverse_information": Class(_adverse, LOOKS_BACK, ADVERSE_KINDS),
    "negative_items": Class(_adverse, LOOKS_BACK, ADVERSE_KINDS),
}
"""The classes of the packs."""


async def sweep(context: Context) -> dict[str, int]:
    """Erase what has been kept for as long as it may be; gives how many rows (or people) went, by class."""
    now, config = context.clock(), context.settings.config.retention
    gone: dict[str, int] = {}
    async with context.database.write() as write:
        for country, pack in context.packs.items():
            for rule in pack.retention:
                known = CLASSES[rule.what]
                before = months_before(now, max(rule.months - known.earlier, 1))
                rows = await known.sweep(write, country, before)
                if known.events is not None:
                    day = months_before(now, rule.months).date()
                    rows += await events.expire(write, country, day, known.events, FOLDED)
                gone[f"{country}.{rule.what}"] = rows
        gone["loans"] = await _lent(write, months_before(now, config.loans_months))
        gone["accesses"] = await accesses.expire(write, months_before(now, config.accesses_months))
        gone["disputes"] = await disputes.expire(write, months_before(now, config.disputes_months))
        remembered = context.settings.config.letters.keep_months
        gone["letters"] = await letters.expire(write, months_before(now, remembered))
        gone["bulletins"] = await bulletins.expire(write, months_before(now, remembered))
        gone["ratings"] = await ratings.expire(write, months_before(now, config.loans_months))
        settled = months_before(now, config.tickets_months)
        await threads.expire(write, context, settled)
        gone["tickets"] = await tickets.expire(write, settled)
        gone["uploads"] = await uploads.expire(write, now)
        paid = months_before(now, context.settings.config.checks.keep_months)
        gone["payments"] = await payments.expire(write, now - INVOICE_STANDS, paid)
        kept = dt.timedelta(days=context.settings.config.support.report_days)
        gone["reports"] = await reports.expire(write, now - kept)
        told = months_before(now, context.settings.config.support.known_months)
        gone["clusters"] = await clusters.expire(write, told)
        asked = months_before(now, config.questions_months)
        gone["questions"] = await questions.expire(write, asked, now)
        gone["feedback"] = await feedback.expire(write, months_before(now, config.feedback_months))
        entries = [
            Entry(trail.CLOCK, "retention", what, f"rows {rows}") for what, rows in gone.items() if rows
        ]
        head = await trail.append(context, write, entries, now)
    await trail.anchor(context, head, now)
    context.bell.set()  # topics go with their tickets
    return gone | {"absent": await _erase_absent(context, now)}


async def _lent(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase loans that were closed long ago, with what happened to them, who watched, and the cases that came of it."""
    gone = await events.expire_with_loans(connection, before, FOLDED)
    gone += await loans.expire(connection, before) + await watches.expire(connection, before)
    return gone + await cases.expire(connection, before)


async def warn(context: Context) -> list[Parcel]:
    """Ask those who were not here for long whether to keep anything; gives the messages."""
    now, config = context.clock(), context.settings.config.retention
    until = now + dt.timedelta(days=config.absent_notice_days)
    parcels: list[Parcel] = []
    async with context.database.write() as write:
        away = await absence.unwarned(write, months_before(now, config.absent_months), AT_ONCE)
        for handle in away:
            person = await people.by_handle(write, context.vault, handle)
            if person is None:
                continue
            await absence.warned(write, person, now)
            text = t("absent.notice", operator=context.settings.config.operator.name, until=until.date())
            parcels += await tell(
                context, write, person, [Say(text, buttons("keep"), letter=Letter("notice"))], now
            )
    return parcels


async def keep(a: Answering) -> None:
    """Note that somebody is here, and wants to stay."""
    a.write(absence.came_back, a.person, a.now)
    a.say(Say(t("absent.kept"), HOME))


async def _erase_absent(context: Context, now: dt.datetime) -> int:
    """Erase those who were asked long enough ago and were not here since."""
    before = now - dt.timedelta(days=context.settings.config.retention.absent_notice_days)
    async with context.database.write() as write:
        await absence.note_returns(write, now)
        away = await absence.expired(write, before, AT_ONCE)
        entries = []
        for handle in away:
            person = await people.by_handle(write, context.vault, handle)
            if person is None:
                continue
            entries.append(
                Entry(trail.CLOCK, "delete", f"erasure:{erasures.number(person.sealer.id)}", "absent")
            )
            await settling.leave(write, context, person)
            await rights.forget(write, person, now, now + PROOF_KEPT)
        head = await trail.append(context, write, entries, now)
    await trail.anchor(context, head, now)
    if entries:
        await erasures.settle(context.database, context.vault, now)
    return len(entries)


def months_before(now: dt.datetime, months: int) -> dt.datetime:
    """Give the moment so many calendar months before; the last day of a month where it has no such day."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    for day in range(now.day, 27, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return now.replace(year=year, month=month + 1, day=min(now.day, 28))
