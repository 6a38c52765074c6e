"""T20: `python -m tests.drills.watch`: borrowers end a lender's watch while something is being told and scored.

Two replicas answer the same people: one takes an event of the lender in, or scores what it told and warns the lender,
while the other takes the withdrawal in. The database itself notes inside each withdrawal what there was until then; an
event, an alert or a note that the lender was told which came after it is a use without consent, and there may be none.
What officers had not been sent by then is never sent.
"""

import argparse
import asyncio
import datetime as dt
import logging
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import sqlalchemy as sa

import engine
from bot import settings, wire
from bot.dialogs.event import Due, Press
from bot.services import consenting, ingest, opening, settling
from bot.services.context import Context
from bot.services.scoring import to_json
from engine.watch import Event
from storage import consents, facts, lenders, loans, people, queries, scores, staff
from storage.lenders import Lender
from storage.people import Person
from storage.scores import NoLiveReceipt, Origin
from storage.tables import metadata
from tests.drills.consent import ANSWERS, Complaints, _turn
from tests.drills.servers import postgresql

AT_ONCE = 4
DELAYS = (0.0, 0.1, 0.3, 0.6, 1.0)
"""Seconds by which a withdrawal comes later, so that each side is first now and then."""
USED = ("events", "alerts", "accesses")
NOTED = sa.table("noted", sa.column("person_id"), *(sa.column(name) for name in USED))


@dataclass
class Report:
    """How the races went, and whether anything was used that was withdrawn."""

    tried: int = 0
    used_first: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USED, 0))
    late: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USED, 0))
    unsent: int = 0
    still_on: int = 0
    cases: int = 0
    waits: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not (any(self.late.values()) or self.unsent or self.still_on or self.cases or self.complaints)

    def __str__(self) -> str:
        first = ", ".join(f"{name} {count}" for name, count in self.used_first.items())
        late = ", ".join(f"{name} {count}" for name, count in self.late.items())
        waits = sorted(self.waits) or [0.0]
        return (
            f"tried {self.tried} races in {self.seconds:.0f} s | before the withdrawal: {first} | after it: {late} | "
            f"alerts left to be sent {self.unsent}, watches still on {self.still_on}, cases still open {self.cases} | "
            f"a withdrawal took {waits[len(waits) // 2] * 1000:.0f} ms, at most {waits[-1] * 1000:.0f} ms | "
            f"complaints {len(self.complaints)}"
        )


async def drill(folder: Path, url: str, races: int, seed: int = 1) -> Report:
    """Run so many races, half of them while an event is taken in, half while it is scored; on an empty database."""
    rng, report = random.Random(seed), Report()  # noqa: S311 - a drill is to be repeatable
    told = settings.load(environ={"CANDOR_DATA": str(folder), "DATABASE_URL": url, "BOT_TOKEN": "1:DRILL"})
    await asyncio.to_thread(wire.prepare, told)
    complaints = Complaints(report.complaints)
    logging.getLogger("bot").addHandler(complaints)
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        here, there = [await wire.build(told) for _ in range(2)]
        for context in (here, there):
            stack.push_async_callback(context.database.close)
            stack.push_async_callback(context.vault.close)
        await opening.open_up(here)
        await _note(here)
        async with here.database.write() as write:
            bank = await lenders.add(write, "Bank", "us", here.clock())
            assert bank is not None
            officer = await people.meet(write, here.vault, 1, "en", "us", here.clock())
            await staff.give(write, officer, "officer", bank.id, "shell", here.clock())
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with gate:
                person = await _seat(here, bank, number)
                await _race(here, there, bank, person, number, rng, report)

        await asyncio.gather(*(one(number) for number in range(races)))
        await _count(here, report)
    logging.getLogger("bot").removeHandler(complaints)
    report.seconds = time.monotonic() - began
    return report


async def _note(context: Context) -> None:
    """Let the database note, inside every withdrawal of a watch, what had been told until then."""
    counts = ", ".join(
        f"(SELECT COUNT(*) FROM {name} u WHERE u.person_id = NEW.person_id AND u.lender_id = NEW.lender_id)"  # noqa: S608 - our own names
        for name in USED
    )
    insert = f"INSERT INTO noted SELECT NEW.person_id, {counts}"
    when = "NOT NEW.given AND NEW.purpose = 'watch'"
    async with context.database.write() as write:
        columns = ", ".join(f"{name} BIGINT" for name in ("person_id", *USED))
        await write.execute(sa.text(f"CREATE TABLE noted ({columns})"))
        if context.database.sqlite:
            made = f"CREATE TRIGGER note AFTER INSERT ON consents WHEN {when} BEGIN {insert}; END"
            await write.execute(sa.text(made))
            return
        body = f"BEGIN {insert}; RETURN NEW; END"
        await write.execute(
            sa.text(f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        )
        await write.execute(
            sa.text(
                f"CREATE TRIGGER note AFTER INSERT ON consents FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION note()"
            )
        )


async def _seat(context: Context, bank: Lender, number: int) -> Person:
    """Bring in a borrower with a score and a loan that the lender watches."""
    now = context.clock()
    law = context.packs["us"]
    async with context.database.write() as write:
        person = await people.meet(write, context.vault, 10_000 + number, "en", "us", now)
        await people.change(write, person.id, registered_at=now)
        allowed = consenting.decision(context, person, "score", given=True, method="button", at=now)
        watched = consenting.decision(
            context, person, "watch", given=True, method="button", at=now, lender=bank
        )
        await consents.record(write, person, [allowed, watched])
        await facts.put(write, person, ANSWERS, "self", now)
        query = await queries.watched(write, person, now)
        given = {name: value for name, value in ANSWERS.items() if name != "occupation"}
        result = context.model.score(engine.record({"monthly_income": 5000}, law), law)
        origin = Origin(
            query, allowed.receipt, "self", result.model_id, result.model_hash, "us", "1", "0" * 64
        )
        content = {"answers": to_json(given), "result": msgspec.to_builtins(result)}
        await scores.add(write, person, origin, content, now)
        draft = loans.Draft(
            f"L-{number}", "USD", now.date(), now.date() + dt.timedelta(days=360), {"amount": "1"}
        )
        await loans.put(write, person, bank.id, draft, "drill", now)
        await settling.settle(write, context, person)
    return await _again(context, person)


async def _again(context: Context, person: Person) -> Person:
    async with context.database.read() as read:
        found = await people.find(read, context.vault, person.chat_id)
    assert found is not None
    return found


async def _race(
    here: Context, there: Context, bank: Lender, person: Person, number: int, rng: random.Random, report: Report
) -> None:  # fmt: skip
    event = Event(ref="e", kind="instalment_late", on=here.clock().date(), days=45)
    rows = [ingest.Row(f"L-{number}", event)]
    if number % 2:
        await ingest.take(here, bank.id, rows)

    async def told() -> None:
        if not number % 2:
            await asyncio.sleep(rng.uniform(0, 0.04))
            try:
                await ingest.take(here, bank.id, rows)
            except NoLiveReceipt:
                return  # whoever tells it again is told that there is no such loan
        await _turn(here, person, Due("rescore", 0), rng)

    async def withdrawn() -> float:
        await asyncio.sleep(rng.choice(DELAYS))
        return await _turn(there, person, Press(f"m|watch|{bank.id}.no", 1, "1"), rng)

    _, wait = await asyncio.gather(told(), withdrawn())
    report.waits.append(wait)
    await _turn(here, person, Due("rescore", 0), rng)  # what was left to be done is done without the lender


async def _count(context: Context, report: Report) -> None:
    """Hold what was written against what the database noted inside each withdrawal."""
    tables = metadata.tables
    async with context.database.read() as read:
        noted = {row.person_id: row for row in await read.execute(sa.select(NOTED))}
        report.tried = len(report.waits)
        if len(noted) != report.tried:
            report.complaints.append(f"{report.tried} races, {len(noted)} withdrawals")
        for name in USED:
            table = tables[name]
            chosen = sa.select(table.c.person_id, sa.func.count()).where(table.c.lender_id.is_not(None))
            made = {row[0]: row[1] for row in await read.execute(chosen.group_by(table.c.person_id))}
            before = {person: getattr(row, name) for person, row in noted.items()}
            report.used_first[name] = sum(before.values())
            report.late[name] = sum(made.get(person, 0) - count for person, count in before.items())
        waiting = sa.select(sa.func.count()).select_from(
            tables["notices"].join(tables["outbox"], tables["outbox"].c.id == tables["notices"].c.outbox_id)
        )
        report.unsent = int(await read.scalar(waiting.where(tables["outbox"].c.state == "waiting")) or 0)
        on = sa.select(sa.func.count()).where(tables["watches"].c.ended_at.is_(None))
        report.still_on = int(await read.scalar(on) or 0)
        unclosed = sa.select(sa.func.count()).where(tables["cases"].c.closed_at.is_(None))
        report.cases = int(await read.scalar(unclosed) or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 races instead of 500")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    clean = True
    with tempfile.TemporaryDirectory(prefix="candor-watch-") as name, postgresql(Path(name)) as make:
        for kind, url in (("sqlite", ""), ("postgresql", make("watch"))):
            races = 50 if chosen.quick else 500
            report = asyncio.run(drill(Path(name) / kind, url, races, chosen.seed))
            print(f"T20 | watch, {kind}: {report}", flush=True)
            for complaint in report.complaints[:5]:
                print(f"    {complaint}")
            clean &= report.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
