import asyncio
import contextlib
import datetime as dt
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from storage import audit, migrate
from storage.anchor import BEGINNING, Anchor, Head
from storage.audit import Entry, Fault
from storage.database import Database
from storage.tables import audit as table
from tests.drills import audit as drill
from tests.drills.audit import KEY, NOW

ROOT = Path(__file__).resolve().parents[2]
ENTRY = Entry("shell", "key.rotated", "key:2", "quarterly", "done")

REST = ", at, actor, action, object, reason, result, digest FROM audit"

WORKER = """
import asyncio, os, signal, sys
from pathlib import Path
from storage import audit
from storage.anchor import Anchor
from storage.database import Database
from tests.drills.audit import KEY, NOW

async def main():
    database, anchor = Database(sys.argv[1]), Anchor(Path(sys.argv[2]), KEY)

    async def write(times):
        for number in range(times):
            async with database.write() as write:
                entry = audit.Entry(f"w{os.getpid()}", "lock.tried", f"n:{number}", "", "done")
                head = await audit.append(write, KEY, [entry] * (1 + number % 3), NOW)
            if sys.argv[4] == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            await asyncio.to_thread(anchor.note, *head, NOW)

    await asyncio.gather(*(write(int(sys.argv[3])) for _ in range(2)))
    await database.close()

asyncio.run(main())
"""


@pytest.fixture
def anchor(tmp_path: Path) -> Anchor:
    made = Anchor(tmp_path / "anchors" / "audit.log", KEY)
    made.start(NOW)
    return made


async def grow(database: Database, anchor: Anchor | None, rows: int) -> Head:
    """Add rows, one a transaction."""
    head = BEGINNING
    for number in range(rows):
        async with database.write() as write:
            entry = Entry("clock", "backup.made", f"backup:{number}", "", "done")
            head = await audit.append(write, KEY, [entry], NOW + dt.timedelta(seconds=number))
        if anchor:
            anchor.note(*head, NOW)
    return head


async def faults(database: Database, anchor: Anchor) -> list[tuple[Fault, int]]:
    verdict = await audit.verify(database, KEY, anchor)
    return [(finding.fault, finding.row) for finding in verdict.findings]


def worker(database: Database, anchor: Anchor, times: int, end: str = "") -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", WORKER, database.url, str(anchor.path), str(times), end]
    return subprocess.Popen(arguments, cwd=ROOT)


async def test_rows_are_counted_without_gaps_and_chained(database: Database, anchor: Anchor) -> None:
    async with database.write() as write:
        assert await audit.append(write, KEY, [], NOW) == BEGINNING
        first = await audit.append(write, KEY, [ENTRY], NOW)
        last = await audit.append(write, KEY, [ENTRY, ENTRY], NOW)
    anchor.note(*last, NOW)
    # trails that are kept somewhere were written in exactly this form: it can only be added to, as a v2
    assert first == Head(1, bytes.fromhex("a4d5be413388d6f1205f1201576ed41a30c9359687edd770f137bda2c7233c73"))
    async with database.read() as read:
        rows = await audit.newest(read, 2)
        assert [row.id for row in rows] == [2, 3]
        assert rows[1][1:-1] == (NOW, *ENTRY.values())
        assert last == Head(3, rows[1].digest)
    verdict = await audit.verify(database, KEY, anchor)
    assert (verdict.sound, verdict.rows, verdict.anchored, verdict.newer) == (True, 3, 3, 0)
    assert verdict.head == last
    assert not (await audit.verify(database, bytes(32), anchor)).sound


async def test_a_transaction_that_fails_leaves_no_gap(database: Database, anchor: Anchor) -> None:
    await grow(database, anchor, 2)
    with contextlib.suppress(ZeroDivisionError):
        async with database.write() as write:
            await audit.append(write, KEY, [ENTRY], NOW)
            raise ZeroDivisionError
    assert (await grow(database, anchor, 1)).id == 3
    assert await faults(database, anchor) == []


async def test_every_attack_is_found(empty_url: str, tmp_path: Path) -> None:
    migrate.upgrade(empty_url)
    report = await drill.run(empty_url, tmp_path, rows=120, attacks=3 * len(drill.ATTACKS), seed=19)
    assert report.missed == []
    assert report.tried == 3 * len(drill.ATTACKS)
    assert report.seconds < 10


@pytest.mark.parametrize(
    ("attack", "first"),
    [
        (update(table).where(table.c.id == 7).values(result="denied"), (Fault.ALTERED, 7)),
        (delete(table).where(table.c.id.in_([4, 5])), (Fault.MISSING, 4)),
        (delete(table).where(table.c.id == 1), (Fault.MISSING, 1)),
        (update(table).where(table.c.id == 3).values(id=0), (Fault.INSERTED, 0)),
        (delete(table).where(table.c.id > 6), (Fault.TAIL_CUT, 7)),
        (delete(table), (Fault.TAIL_CUT, 1)),
    ],
    ids=["altered", "removed", "first removed", "moved to the front", "cut", "emptied"],
)
async def test_the_first_bad_row_is_named(
    empty_url: str, anchor: Anchor, attack: object, first: tuple[Fault, int]
) -> None:
    migrate.upgrade(empty_url)
    database = Database(empty_url)
    await grow(database, anchor, 9)
    await drill.disarm(database)
    async with database.write() as write:
        await write.execute(attack)  # type: ignore[call-overload]  # each is a statement
    verdict = await audit.verify(database, KEY, anchor)
    assert (verdict.findings[0].fault, verdict.findings[0].row) == first
    if first == (Fault.TAIL_CUT, 7):
        assert verdict.findings[0].words == "the anchor knows row 9, the table ends at 6"
    await database.close()


async def test_a_chain_mended_with_the_key_still_differs_from_the_anchor(
    empty_url: str, anchor: Anchor
) -> None:
    migrate.upgrade(empty_url)
    database = Database(empty_url)
    await grow(database, anchor, 5)
    await drill.disarm(database)
    async with database.write() as write:
        await write.execute(delete(table).where(table.c.id > 2))
        await audit.append(write, KEY, [ENTRY] * 6, NOW)
    assert (await faults(database, anchor))[0] == (Fault.REWRITTEN, 3)
    # the program has not noticed and writes on, and the anchor with it
    await grow(database, anchor, 1)
    assert (await faults(database, anchor))[0] == (Fault.REWRITTEN, 3)
    await database.close()


async def test_findings_are_only_so_many(empty_url: str, anchor: Anchor) -> None:
    migrate.upgrade(empty_url)
    database = Database(empty_url)
    await grow(database, anchor, 30)
    await drill.disarm(database)
    async with database.write() as write:
        await write.execute(update(table).values(digest=bytes(32)))
    verdict = await audit.verify(database, KEY, anchor)
    assert len(verdict.findings) == audit.MOST_FINDINGS
    assert verdict.remarks == ("there may be more findings: this many are enough",)
    await database.close()


async def test_processes_append_one_unbroken_chain(database: Database, anchor: Anchor) -> None:
    workers = [worker(database, anchor, times=15) for _ in range(3)]
    assert [await asyncio.to_thread(each.wait) for each in workers] == [0, 0, 0]
    verdict = await audit.verify(database, KEY, anchor)
    assert verdict.findings == ()
    assert verdict.rows == verdict.head.id == verdict.anchored == 3 * 2 * 15 * 2
    async with database.read() as read:
        writers = [row.actor for row in await audit.newest(read, 1000)]
    assert len(set(writers)) == 3


async def test_a_kill_between_commit_and_note_is_caught_up(database: Database, anchor: Anchor) -> None:
    await grow(database, anchor, 4)
    killed = worker(database, anchor, times=1, end="killed")
    assert await asyncio.to_thread(killed.wait) == -signal.SIGKILL
    verdict = await audit.verify(database, KEY, anchor)
    assert (verdict.sound, verdict.anchored) == (True, 4)
    assert 1 <= verdict.newer <= 2
    assert verdict.remarks == (f"{verdict.newer} rows are newer than the anchor, which knows row 4",)
    caught = await audit.catch_up(database, KEY, anchor, NOW)
    assert (caught.sound, caught.rows) == (True, 1 + verdict.newer)  # only from the anchored row on
    assert anchor.read().last == verdict.head
    assert (await audit.verify(database, KEY, anchor)).newer == 0


async def test_a_broken_chain_is_not_anchored(empty_url: str, anchor: Anchor) -> None:
    migrate.upgrade(empty_url)
    database = Database(empty_url)
    await grow(database, anchor, 3)
    await grow(database, None, 3)
    await drill.disarm(database)
    async with database.write() as write:
        await write.execute(update(table).where(table.c.id == 5).values(actor="nobody"))
    for hold in (audit.catch_up, audit.keep):
        assert (await hold(database, KEY, anchor, NOW)).findings[0].row == 5
    assert anchor.read().last.id == 3
    async with database.write() as write:
        await write.execute(update(table).where(table.c.id == 3).values(digest=bytes(32)))
    caught = await audit.catch_up(database, KEY, anchor, NOW)
    assert (caught.findings[0].fault, caught.findings[0].row) == (Fault.REWRITTEN, 3)
    await database.close()


async def test_a_new_trail_gets_its_anchor_and_an_old_one_without_is_told(
    database: Database, tmp_path: Path
) -> None:
    anchor = Anchor(tmp_path / "new" / "audit.log", KEY)
    assert await faults(database, anchor) == []
    assert (await audit.catch_up(database, KEY, anchor, NOW)).sound
    await grow(database, anchor, 2)
    assert (await audit.catch_up(database, KEY, anchor, NOW)).sound
    assert await faults(database, anchor) == []
    for content in (None, b"", b"torn"):
        anchor.path.unlink()
        if content is not None:
            anchor.path.write_bytes(content)
        assert await faults(database, anchor) == [(Fault.ANCHOR_MISSING, 0)]
        assert not (await audit.catch_up(database, KEY, anchor, NOW)).sound
        anchor.path.touch()


async def test_the_anchor_is_kept_small(database: Database, anchor: Anchor) -> None:
    await grow(database, anchor, 60)
    await grow(database, None, 1)
    assert (await audit.keep(database, KEY, anchor, NOW)).sound
    assert anchor.read().last.id == 61
    assert anchor.read().lines == 62  # a start and the heads: few enough yet
    anchor.compact(61, NOW, keep=10)
    assert (anchor.read().lines, anchor.read().last.id) == (11, 61)
    await grow(database, anchor, 30)
    anchor.compact(61, NOW, keep=3)  # nobody has held those after row 61 against the trail yet
    assert (anchor.read().lines, anchor.read().last.id) == (31, 91)
    assert await faults(database, anchor) == []


async def test_after_a_restore_a_person_takes_the_trail_up(empty_url: str, anchor: Anchor) -> None:
    migrate.upgrade(empty_url)
    database = Database(empty_url)
    await grow(database, anchor, 8)
    await drill.disarm(database)
    async with database.write() as write:
        await write.execute(delete(table).where(table.c.id > 5))
    verdict = await audit.verify(database, KEY, anchor)
    assert verdict.whole
    assert not verdict.sound
    anchor.take_up(verdict.head, NOW)
    await grow(database, anchor, 5)
    after = await audit.verify(database, KEY, anchor)
    assert (after.sound, after.rows) == (True, 10)
    assert "the anchor knew row 8 by then" in after.remarks[0]
    await database.close()


@pytest.mark.parametrize(
    "field",
    [
        "María Núñez", "王小明", "Maria Garcia", "Jean-Luc Picard", "１２３４５６", "536 90 4399", "536-90-4399",
        "536904399", "11010519491231002X", "+1 202 555 0177", "+12025550177", "a\u200bb", "a\nb", "a\n", "a\tb",
        "=1+1", "<b>", "50%", "a'b", "x" * 100, "person:+12025550177",
    ],
)  # fmt: skip
def test_content_is_refused(field: str) -> None:
    for name in ("actor", "action", "object", "reason", "result"):
        values = {
            "actor": "shell",
            "action": "a",
            "object": "b",
            "reason": "c",
            "result": "done",
            name: field,
        }
        with pytest.raises(ValueError, match=f"audit.{name}") as refused:
            Entry(**values)
        assert field not in str(refused.value)


@pytest.mark.parametrize(
    "entry", [("", "a", "done"), ("a b", "a", "done"), ("a", "", "done"), ("a", "a", "maybe")]
)
def test_a_slip_is_refused(entry: tuple[str, str, str]) -> None:
    actor, action, result = entry
    with pytest.raises(ValueError, match="audit"):
        Entry(actor, action, "", "", result)


@pytest.mark.parametrize(
    "reason",
    ["", "loan application", "receipt:00000000-1111-2222-3333-444455556666", "OSError", "2026-11-23T09:30:15",
     "00000000-1111-4222-8333-44445555666a", "until 2026-11-23", "limit 50000/day", "ops@bank"],
)  # fmt: skip
def test_codes_are_accepted(reason: str) -> None:
    Entry("ab2de3gh4jkm", "score.read", "key:1234567890123456789", reason, "denied")
    Entry("2345678923", "score.read", "234567892B", reason, "done")  # a handle is random


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
async def test_the_database_itself_refuses_changes(
    database: Database, anchor: Anchor, statement: str
) -> None:
    await grow(database, anchor, 2)
    with pytest.raises(DBAPIError, match="nothing here is"):
        async with database.write() as write:
            await write.execute(text(statement))
    assert await faults(database, anchor) == []


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("sqlite", f"INSERT INTO audit SELECT id{REST} WHERE id = 1"),
        ("sqlite", f"INSERT OR REPLACE INTO audit SELECT 1{REST} WHERE id = 2"),
        ("sqlite", f"INSERT INTO audit SELECT 99{REST} WHERE id = 2"),
        ("postgresql", f"INSERT INTO audit SELECT 99{REST} WHERE id = 2"),
        ("postgresql", "TRUNCATE audit"),
    ],
)
async def test_the_database_takes_only_the_next_row(
    request: pytest.FixtureRequest, kind: str, statement: str
) -> None:
    database = Database(str(request.getfixturevalue(f"{kind}_url")))
    try:
        async with database.write() as write:
            await audit.append(write, KEY, [Entry("shell", "a.b", f"x:{n}") for n in range(3)], NOW)
        with pytest.raises(DBAPIError):
            async with database.write() as write:
                await write.execute(text(statement))
        async with database.read() as read:
            assert await read.scalar(select(func.count()).select_from(table)) == 3
    finally:
        await database.close()
