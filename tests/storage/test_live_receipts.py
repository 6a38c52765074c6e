"""What the database itself refuses, whoever asks: a score or a share without a live receipt of its own."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError

from storage import consents, lenders, queries
from storage.consents import Decision
from storage.database import Database
from storage.people import Person
from storage.tables import consents as consents_table
from storage.tables import people, scores, shares
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import decision, meet, origin, shared

MINUTE = dt.timedelta(minutes=1)
R1, R2 = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


@dataclass
class Scene:
    """Two people and two lenders; `person` is the one that rows are written about."""

    database: Database
    person: Person
    other: Person
    bank: int
    rival: int

    async def score(self, receipt: str = R1, at: dt.datetime = NOW) -> int:
        """Write a score by hand; gives its number."""
        async with self.database.write() as write:
            query = await queries.open_one(write, self.person, NOW)
            columns = {name: getattr(origin(query), name) for name in type(origin(query)).__slots__}
            row = {**columns, "receipt": receipt, "person_id": self.person.id, "at": at, "score_sealed": b"-"}
            return int(await write.scalar(sa.insert(scores).values(row).returning(scores.c.id)) or 0)

    async def share(self, receipt: str = R2, at: dt.datetime = NOW) -> None:
        """Write a share of the newest score with the bank by hand."""
        async with self.database.write() as write:
            score = await write.scalar(sa.select(sa.func.max(scores.c.id)))
            row = {
                "person_id": self.person.id, "lender_id": self.bank, "score_id": score, "receipt": receipt,
                "officer": "OFFICER234", "reason": "review", "at": at,
            }  # fmt: skip
            await write.execute(sa.insert(shares).values(row))

    async def say(self, *made: Decision, whose: Person | None = None) -> None:
        """Put decisions on record."""
        async with self.database.write() as write:
            await consents.record(write, whose or self.person, made)

    async def count(self, table: sa.Table) -> int:
        async with self.database.read() as read:
            return int(await read.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


@pytest.fixture
async def scene(database: Database, vault: Vault) -> Scene:
    person, other = await meet(database, vault), await meet(database, vault, 1002)
    async with database.write() as write:
        bank, rival = (
            await lenders.add(write, "Bank", "us", NOW),
            await lenders.add(write, "Rival", "us", NOW),
        )
    assert bank is not None
    assert rival is not None
    return Scene(database, person, other, bank.id, rival.id)


Said = Callable[[Scene], Sequence[Decision]]
ENDED = NOW - MINUTE

NO_SCORE: dict[str, Said] = {
    "nothing was said": lambda _: [],
    "refused": lambda _: [decision(given=False)],
    "withdrawn": lambda _: [decision(), decision(given=False, receipt=R2)],
    "withdrawn under the same number": lambda _: [decision(), decision(given=False)],
    "expired": lambda _: [decision(expires_at=ENDED)],
    "expiring now": lambda _: [decision(expires_at=NOW)],
    "an older receipt": lambda _: [decision(), decision(receipt=R2)],
    "another purpose's": lambda _: [decision("consumption")],
    "a lender's": lambda s: [decision(lender_id=s.bank)],
    "a share's": lambda s: [shared(s.bank, receipt=R1)],
}
NO_SHARE: dict[str, Said] = {
    "nothing was said": lambda _: [],
    "refused": lambda s: [shared(s.bank, given=False)],
    "withdrawn": lambda s: [shared(s.bank), shared(s.bank, given=False, receipt=R1)],
    "expired": lambda s: [shared(s.bank, expires_at=ENDED)],
    "an older receipt": lambda s: [shared(s.bank), shared(s.bank, receipt=R1)],
    "another purpose's": lambda _: [decision(receipt=R2)],
    "another lender's": lambda s: [shared(s.rival)],
    "another lender's, after this one's": lambda s: [shared(s.bank, receipt=R1), shared(s.rival)],
    "no lender's": lambda _: [decision("share", receipt=R2)],
}


@pytest.mark.parametrize("said", NO_SCORE.values(), ids=NO_SCORE)
async def test_no_score_without_a_live_receipt(scene: Scene, said: Said) -> None:
    await scene.say(*said(scene))
    await scene.say(decision(), whose=scene.other)  # another person's
    with pytest.raises(DatabaseError, match="no live receipt"):
        await scene.score()
    assert await scene.count(scores) == 0
    await scene.say(decision())
    await scene.score()


@pytest.mark.parametrize("said", NO_SHARE.values(), ids=NO_SHARE)
async def test_no_share_without_a_live_receipt_of_this_lender(scene: Scene, said: Said) -> None:
    await scene.say(decision())
    await scene.score()
    await scene.say(*said(scene))
    await scene.say(shared(scene.bank), whose=scene.other)
    with pytest.raises(DatabaseError, match="no live receipt"):
        await scene.share()
    assert await scene.count(shares) == 0
    await scene.say(shared(scene.bank))
    await scene.share()
    await scene.say(shared(scene.rival, given=False))  # what another lender is told changes nothing
    await scene.share()


async def test_no_share_of_somebody_elses_score(scene: Scene) -> None:
    await scene.say(decision(), shared(scene.bank))
    await scene.say(decision(), whose=scene.other)
    await Scene(scene.database, scene.other, scene.person, scene.bank, scene.rival).score()
    with pytest.raises(DatabaseError, match="no live receipt"):
        await scene.share()


@pytest.mark.parametrize("column", ["receipt", "person_id", "query_id", "at"])
async def test_what_a_score_rests_on_stays(scene: Scene, column: str) -> None:
    await scene.say(decision())
    await scene.score()
    async with scene.database.write() as write:
        await write.execute(sa.update(scores).values(score_sealed=b"sealed anew", row_version=7))
    value: dict[str, Any] = {
        "receipt": R2, "person_id": scene.other.id, "query_id": 99, "at": NOW - MINUTE,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="nothing here is changed"):
        async with scene.database.write() as write:
            await write.execute(sa.update(scores).values({column: value[column]}))


@pytest.mark.parametrize("column", ["receipt", "person_id", "lender_id", "officer", "reason", "at"])
async def test_a_share_never_changes(scene: Scene, column: str) -> None:
    await scene.say(decision(), shared(scene.bank))
    await scene.score()
    await scene.share()
    value: dict[str, Any] = {
        "receipt": R1, "person_id": scene.other.id, "lender_id": scene.rival, "officer": "NOBODY2345",
        "reason": "application", "at": NOW - MINUTE,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="nothing here is changed"):
        async with scene.database.write() as write:
            await write.execute(sa.update(shares).values({column: value[column]}))


@pytest.mark.parametrize("column", [c.name for c in consents_table.c if c.name != "id"])
async def test_a_decision_never_changes(scene: Scene, column: str) -> None:
    await scene.say(decision(given=False))
    with pytest.raises(DatabaseError, match="nothing here is changed"):
        async with scene.database.write() as write:
            await write.execute(sa.update(consents_table).values({column: consents_table.c[column]}))


@pytest.mark.parametrize("table", [consents_table, scores, shares], ids=lambda table: table.name)
async def test_a_row_is_not_put_in_the_place_of_another(scene: Scene, table: sa.Table) -> None:
    await scene.say(decision(), shared(scene.bank))
    await scene.score()
    await scene.share()
    if not scene.database.sqlite:
        return  # PostgreSQL has no such statement, and its upsert is an update
    every = sa.insert(table).prefix_with("OR REPLACE").from_select(list(table.c), sa.select(table))
    with pytest.raises(DatabaseError, match="nothing here is changed"):
        async with scene.database.write() as write:
            await write.execute(every)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["give", "give for a while", "withdraw", "wait", "score", "score on an old receipt"]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_order_of_events_leaves_a_score_without_its_receipt(
    sqlite_url: str, steps: list[tuple[str, int]]
) -> None:
    asyncio.run(events(sqlite_url, steps))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_nor_on_postgresql(postgresql_url: str, steps: list[tuple[str, int]]) -> None:
    asyncio.run(events(postgresql_url, steps))


async def events(url: str, steps: Sequence[tuple[str, int]]) -> None:
    """Play events of somebody new, and hold every score against what we noted beside."""
    database = Database(url)
    try:
        async with database.write() as write:
            chat = 10_000 + int(await write.scalar(sa.select(sa.func.count()).select_from(people)) or 0)
            row = {"chat_id": chat, "handle": f"H{chat}", "key_id": chat, "language": "en", "created_at": NOW}
            number = int(await write.scalar(sa.insert(people).values(row).returning(people.c.id)) or 0)
        sealer: Any = None  # nothing is sealed here
        person = Person(number, chat, f"H{chat}", "en", "us", "full", None, None, True, True, NOW, sealer)
        await play(database, person, steps)
    finally:
        await database.close()


async def play(database: Database, person: Person, steps: Sequence[tuple[str, int]]) -> None:
    scene = Scene(database, person, person, 0, 0)
    now, said, written = NOW, list[Decision](), 0
    for number, (step, size) in enumerate(steps):
        now += MINUTE
        receipt = f"{person.id:08x}-0000-4000-8000-{number:012x}"
        if step.startswith("give"):
            ends = now + size * MINUTE if step != "give" else None
            said.append(decision(receipt=receipt, at=now, expires_at=ends))
            await scene.say(said[-1])
        elif step == "withdraw":
            said.append(decision(receipt=receipt, at=now, given=False))
            await scene.say(said[-1])
        elif step == "wait":
            now += size * MINUTE
        else:
            named = said[-1 if step == "score" else max(-size, -len(said))].receipt if said else receipt
            last = said[-1] if said else None
            allowed = last is not None and last.live(now, 1) and last.receipt == named
            try:
                await scene.score(named, now)
            except DatabaseError:
                assert not allowed
            else:
                assert allowed
                written += 1
    async with database.read() as read:
        mine = sa.select(sa.func.count()).select_from(scores).where(scores.c.person_id == person.id)
        assert await read.scalar(mine) == written
