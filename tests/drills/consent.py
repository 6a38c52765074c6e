"""E15, T20: `python -m tests.drills.consent`: people withdraw a consent while it is being used.

Two replicas answer the same people: one scores, or shows a score to a lender's officer, while the other takes the
withdrawal in. The database itself notes inside each withdrawal what had been written until then; a row that came
after it is a use without consent, and there may be none.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

import engine
from bot import settings, wire
from bot.dialogs.event import Command, Due, Event, Press
from bot.services import consenting, opening, turns
from bot.services.context import Context
from bot.services.scoring import to_json
from bot.services.turns import Sender
from storage import consents, facts, inbox, lenders, outbox, people, queries, scores, staff
from storage.lenders import Lender
from storage.outbox import Call
from storage.people import Person
from storage.scores import Origin
from storage.tables import metadata
from storage.tables import people as people_table
from tests.drills.servers import postgresql

AT_ONCE = 4
SECOND = 1.0
PURPOSES = ("score", "share")
ANSWERS: dict[str, Any] = {
    "loan_amount": "8000", "loan_term_months": 12, "monthly_income": "5000", "monthly_repayments": "600",
    "total_owed": "4000", "overdue_count_24m": 0, "occupation": "permanent", "employment_months": 36,
}  # fmt: skip
COUNT = "INSERT INTO seen SELECT NEW.person_id, NEW.purpose, {counts}"
COUNTS = (
    "(SELECT COUNT(*) FROM scores WHERE person_id = NEW.person_id)"
    " + (SELECT COUNT(*) FROM shares WHERE person_id = NEW.person_id)"
)
SEEN = sa.table("seen", sa.column("person_id"), sa.column("purpose"), sa.column("used"))


@dataclass
class Report:
    """How the races went, and whether anything was used that was withdrawn."""

    tried: int = 0
    used_first: int = 0
    late: int = 0
    groundless: int = 0
    waits: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.late or self.groundless or self.complaints) and max(self.waits, default=0) < SECOND

    def __str__(self) -> str:
        waits = sorted(self.waits) or [0.0]
        return (
            f"tried {self.tried} races in {self.seconds:.0f} s | used before the withdrawal {self.used_first}, "
            f"stopped by it {self.tried - self.used_first}, after it {self.late} | rows without a receipt live at "
            f"their time {self.groundless} | a withdrawal took {waits[len(waits) // 2] * 1000:.0f} ms, at most "
            f"{waits[-1] * 1000:.0f} ms | complaints {len(self.complaints)}"
        )


class Complaints(logging.Handler):
    """Keeps what the bot warned of: in a drill nothing of it is to be expected."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(record.getMessage())


async def drill(folder: Path, url: str, races: int, seed: int = 1) -> Report:
    """Run so many races for a score and as many for a look, on an empty database."""
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
        await _watch(here)
        async with here.database.write() as write:
            bank = await lenders.add(write, "Bank", "us", here.clock())
        assert bank is not None
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with gate:
                person, officer = await _seat(here, bank, number)
                await _race_for_a_look(here, there, bank, person, officer, rng, report)
                await _race_for_a_score(here, there, person, rng, report)

        await asyncio.gather(*(one(number) for number in range(races)))
        await _count(here, report)
    logging.getLogger("bot").removeHandler(complaints)
    report.seconds = time.monotonic() - began
    return report


async def _watch(context: Context) -> None:
    """Let the database note, inside every withdrawal, how often the person's consents had been used."""
    async with context.database.write() as write:
        await write.execute(sa.text("CREATE TABLE seen (person_id BIGINT, purpose VARCHAR(24), used BIGINT)"))
        insert = COUNT.format(counts=COUNTS)
        if context.database.sqlite:
            trigger = f"CREATE TRIGGER watch AFTER INSERT ON consents WHEN NOT NEW.given BEGIN {insert}; END"
            await write.execute(sa.text(trigger))
            return
        body = f"BEGIN {insert}; RETURN NEW; END"
        await write.execute(
            sa.text(f"CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        )
        await write.execute(
            sa.text(
                "CREATE TRIGGER watch AFTER INSERT ON consents FOR EACH ROW WHEN (NOT NEW.given) "
                "EXECUTE FUNCTION watch()"
            )
        )


async def _seat(context: Context, bank: Lender, number: int) -> tuple[Person, Person]:
    """Bring in a borrower with a score, consents and a queued query, and an officer."""
    now = context.clock()
    async with context.database.write() as write:
        person = await people.meet(write, context.vault, 10_000 + number, "en", "us", now)
        officer = await people.meet(write, context.vault, 1_000_000 + number, "en", "us", now)
        await people.change(write, person.id, registered_at=now)
        await staff.give(write, officer, "officer", bank.id, "shell", now)
        allowed = consenting.decision(context, person, "score", given=True, method="button", at=now)
        shared = consenting.decision(
            context, person, "share", given=True, method="button", at=now, lender=bank
        )
        await consents.record(write, person, [allowed, shared])
        await facts.put(write, person, ANSWERS, "self", now)
        query = await queries.open_one(write, person, now)
        await queries.queue(write, person, now)
        result = context.model.score(
            engine.record({"monthly_income": 5000}, context.packs["us"]), context.packs["us"]
        )
        origin = Origin(query, allowed.receipt, "self", "m", "0" * 64, "us", "1", "0" * 64)
        content = {"answers": to_json(ANSWERS), "result": msgspec.to_builtins(result)}
        await queries.finish(write, query, queries.DONE, now)
        await scores.add(write, person, origin, content, now)
        await queries.open_one(write, person, now)
        await queries.queue(write, person, now)
    return person, officer


async def _race_for_a_look(
    here: Context, there: Context, bank: Lender, person: Person, officer: Person, rng: random.Random,
    report: Report,
) -> None:  # fmt: skip
    look = _turn(here, officer, Command("query", f"{person.handle} review", 1), rng)
    withdrawal = _turn(there, person, Press(f"m|share|{bank.id}.no", 1, "1"), rng)
    _, wait = await asyncio.gather(look, withdrawal)
    report.waits.append(wait)


async def _race_for_a_score(
    here: Context, there: Context, person: Person, rng: random.Random, report: Report
) -> None:
    async with here.database.write() as write:
        call = Call("sendMessage", {"chat_id": person.chat_id, "text": "working"})
        (parcel,) = await outbox.put(write, person.sealer, person.chat_id, [call], here.clock())
    score = _turn(here, person, Due("score", parcel.id), rng)
    withdrawal = _turn(there, person, Press("m|consent|score.no", 1, "1"), rng)
    _, wait = await asyncio.gather(score, withdrawal)
    report.waits.append(wait)


async def _turn(context: Context, person: Person, event: Event, rng: random.Random) -> float:
    """Answer an event a moment later, so that each comes first now and then; gives the seconds it took."""
    await asyncio.sleep(rng.uniform(0, 0.04))
    async with context.database.write() as write:
        item = await inbox.give(write, person.sealer, person.chat_id, {"drill": True}, context.clock())
    began = time.monotonic()
    await turns.take(context, item, Sender(person.chat_id), event)
    return time.monotonic() - began


async def _count(context: Context, report: Report) -> None:
    """Hold what was written against what the database noted inside each withdrawal."""
    table, share_table, given = (metadata.tables[name] for name in ("scores", "shares", "consents"))
    async with context.database.read() as read:
        seen = (await read.execute(sa.select(SEEN))).all()
        used: dict[str, dict[int, int]] = {}
        for purpose, one in (("score", table), ("share", share_table)):
            counted = sa.select(one.c.person_id, sa.func.count()).group_by(one.c.person_id)
            used[purpose] = {row[0]: row[1] for row in await read.execute(counted)}
        borrowers = set((await read.execute(sa.select(given.c.person_id).distinct())).scalars())
        for purpose, one in (("score", table), ("share", share_table)):
            live = sa.select(given.c.id).where(
                given.c.person_id == one.c.person_id, given.c.purpose == purpose, given.c.given,
                given.c.receipt == one.c.receipt, given.c.at <= one.c.at,
            )  # fmt: skip
            bare = sa.select(sa.func.count()).select_from(one).where(~live.exists())
            report.groundless += int(await read.scalar(bare) or 0)
        known = await read.scalar(sa.select(sa.func.count()).select_from(people_table))
    noted = {(row.person_id, row.purpose): row.used for row in seen}
    for person in borrowers:
        made, shown = used["score"].get(person, 0), used["share"].get(person, 0)
        report.tried += 2
        report.used_first += (made - 1) + shown
        if any((person, purpose) not in noted for purpose in PURPOSES):
            report.complaints.append(f"person {person}: a withdrawal is missing")
            continue
        report.late += shown - (noted[person, "share"] - 1)  # the score that was there before
        report.late += made + shown - noted[person, "score"]
    if known != 2 * len(borrowers):
        report.complaints.append(f"{known} people, {len(borrowers)} of whom borrow")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 races of each kind instead of 1,000")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    races = 50 if chosen.quick else 1000
    clean = True
    with tempfile.TemporaryDirectory(prefix="candor-consent-") as name, postgresql(Path(name)) as make:
        for kind, url in (("sqlite", ""), ("postgresql", make("consent"))):
            report = asyncio.run(drill(Path(name) / kind, url, races, chosen.seed))
            print(f"T20 | consent, {kind}: {report}", flush=True)
            for complaint in report.complaints[:5]:
                print(f"    {complaint}")
            clean &= report.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
