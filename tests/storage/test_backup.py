import argparse
import asyncio
import datetime as dt
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot import settings
from bot.cli import backup as cli
from storage import archive, backups, keyring, migrate, people, pgtools, restoring, snapshot, tables
from storage.archive import ArchiveError
from storage.backups import Scheme, to_drop
from storage.database import Database, sync_url
from storage.masterkey import MasterKeys
from storage.sqlitefile import path_of
from storage.vault import Vault
from tests.conftest import NOW, Postgres
from tests.drills import backup as drill
from tests.drills.backup import House
from tests.storage.sample import MARKS, fill

RANDOM = random.Random(3)  # noqa: S311 - repeatable


@pytest.fixture(autouse=True)
def postgresql_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_PG_BIN", str(drill.programs()))


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> House:
    """A migrated installation with two people; a test that takes this runs once on each kind of database."""
    made = House(tmp_path / "data", database_url).build()
    asyncio.run(made.add(2))
    return made


@pytest.fixture
def sqlite_house(sqlite_url: str, tmp_path: Path) -> House:
    made = House(tmp_path / "data", sqlite_url).build()
    asyncio.run(made.add(2))
    return made


def count(url: str, table: str) -> int:
    return snapshot.contents_of(url).rows[table]


def refused(house: House, words: str, path: Path, keyring_path: Path | None = None) -> None:
    before = house.state()
    with pytest.raises(ArchiveError, match=words):
        house.restore(path, keyring_path)
    assert house.state() == before


def test_a_restore_brings_back_what_was_saved_and_keeps_what_was_there(house: House, tmp_path: Path) -> None:
    made, _ring = house.save()
    assert made.manifest.rows["people"] == made.manifest.rows["audit"] == made.manifest.audit_id == 2
    assert made.manifest.revision == migrate.head()
    asyncio.run(house.add(3, first=50))
    done = house.restore(made.path)
    assert snapshot.contents_of(house.url).audit_digest == made.manifest.audit_digest
    assert count(house.url, "people") == 2
    assert (done.removed, done.keyless) == (0, 0)
    assert asyncio.run(drill.held(house, tmp_path)) == ""
    (kept,) = done.kept
    if house.url.startswith("sqlite"):
        old = path_of(house.url).with_name(kept)
        assert old.stat().st_mode & 0o777 == path_of(house.url).stat().st_mode & 0o777 == 0o600
        assert count(f"sqlite:///{old}", "people") == 5
        assert re.fullmatch(r"candor\.db\.before-restore-20261123T\d{6}Z", kept)
    else:
        old_url = sync_url(house.url).set(database=kept).render_as_string(hide_password=False)
        assert count(old_url, "people") == 5
    left = {path.name for path in house.folder.rglob(".*")}
    assert left <= {".backup.lock", ".restore_facts.lock"}
    if house.url.startswith("sqlite"):
        beside = {path.name for path in path_of(house.url).parent.glob("candor.db*")}
        assert beside == {"candor.db", kept}


def test_a_machine_with_the_key_file_and_backups_alone_is_enough(sqlite_house: House, tmp_path: Path) -> None:
    made, ring = sqlite_house.save()
    fresh = House(tmp_path / "fresh")
    fresh.key_file.parent.mkdir(parents=True, mode=0o700)
    shutil.copy(sqlite_house.key_file, fresh.key_file)
    with pytest.raises(ArchiveError, match="no keyring here; give the newest backup of it with --keyring"):
        fresh.restore(made.path)
    assert not path_of(fresh.url).exists()
    assert fresh.restore(made.path, ring.path).kept == ()
    assert asyncio.run(drill.held(fresh, tmp_path)) == ""


async def test_nothing_confided_can_be_read_in_an_archive(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    person = await fill(database, vault)
    made = snapshot.make(database.url, vault.masters, tmp_path / "b", NOW)
    ring = snapshot.make(vault.keys.url, vault.masters, tmp_path / "kb", NOW, "keyring")
    marks = [*MARKS.values(), person.handle, "people", "monthly_income", "CREATE TABLE"]
    for path in (made.path, ring.path):
        assert not [mark for mark in marks if mark.encode() in path.read_bytes()]
    assert drill.secrecy(made.path, ring.path) == []


def test_a_backup_is_private_whatever_the_umask(sqlite_house: House) -> None:
    old = os.umask(0)
    try:
        made, ring = sqlite_house.save()
        assert drill.secrecy(made.path, ring.path) == []
        seen = []
        real = archive.write

        def watch(path: Path, masters: MasterKeys, manifest: archive.Manifest, content: Path) -> None:
            seen.extend([content.stat().st_mode & 0o777, content.parent.stat().st_mode & 0o777])
            real(path, masters, manifest, content)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(archive, "write", watch)
            sqlite_house.save()
    finally:
        os.umask(old)
    assert seen == [0o600, 0o700] * 2  # the unencrypted copy, while there is one


def test_every_copy_made_under_writers_is_whole(house: House, tmp_path: Path) -> None:
    with drill.writing(house, 2):
        for _ in range(3):
            before = house.written
            made, ring = house.save()
            assert made.manifest.audit_id >= before
            rows = restoring.verify(made.path, house.masters, house.url).rows
            assert rows["people"] == rows["facts"] == rows["audit"] == made.manifest.audit_id
            restoring.verify(ring.path, house.masters, house.keys_url, "keyring")


def test_whoever_was_erased_stays_erased(house: House) -> None:
    made, _ring = house.save()
    handle = erase_first(house)
    done = house.restore(made.path)
    assert done.removed == 1
    assert handle not in handles(house)
    assert count(house.url, "people") == 1


def test_an_old_keyring_does_not_bring_destroyed_keys_back(house: House) -> None:
    made, ring = house.save()
    handle = erase_first(house)
    assert house.restore(made.path, ring.path).removed == 1
    assert handle not in handles(house)
    assert asyncio.run(erased(house)) == [handle]


def test_the_record_of_erasures_destroys_keys_when_the_keyring_was_lost(house: House) -> None:
    _made, ring = house.save()
    handle = erase_first(house)
    later, _ring = house.save()
    path_of(house.keys_url).unlink()  # and only a copy from before the erasure is left
    house.restore(later.path, ring.path)
    assert asyncio.run(erased(house)) == [handle]


def erase_first(house: House) -> str:
    async def work() -> str:
        async with house.opened() as (database, vault):
            async with database.write() as write:
                person = await people.find(write, vault, 1000)
                assert person is not None
                row = {"key_id": person.sealer.id, "handle": person.handle, "country": "us"}
                await write.execute(sa.insert(tables.erasures).values(at=NOW, keep_until=NOW, **row))
                await write.execute(sa.delete(tables.people).where(tables.people.c.id == person.id))
            await vault.destroy(person.handle)
        return str(person.handle)

    return asyncio.run(work())


def handles(house: House) -> set[str]:
    engine = sa.create_engine(sync_url(house.url))
    with engine.connect() as connection:
        found = set(connection.scalars(sa.select(tables.people.c.handle)))
    engine.dispose()
    return found


async def erased(house: House) -> list[str]:
    async with house.opened() as (_database, vault), vault.keys.read() as read:
        return await keyring.erased(read)


def test_people_the_keyring_never_heard_of_are_counted(house: House) -> None:
    _made, ring = house.save()
    asyncio.run(house.add(1, first=50))
    later, _ring = house.save()
    assert house.restore(later.path, ring.path).keyless == 1


def test_the_wrong_archive_is_refused(house: House, tmp_path: Path) -> None:
    made, ring = house.save()
    refused(house, "a backup of the keyring, not of the facts", ring.path)
    refused(house, "a backup of the facts, not of the keyring", made.path, made.path)
    refused(house, "not a backup made by Candor", house.key_file)
    refused(house, "cannot be read", tmp_path / "nowhere")


def test_an_archive_of_the_other_kind_of_database_is_refused(
    sqlite_house: House, postgresql_url: str
) -> None:
    made, _ring = sqlite_house.save()
    there = House(sqlite_house.folder, postgresql_url)
    refused(there, "made from sqlite, and the database here is postgresql", made.path)


def test_damage_is_refused_and_nothing_touched(house: House) -> None:
    report = drill.Report()
    drill.ruin(house, RANDOM, 25, 4, report)
    assert report.problems == []
    assert report.refused == report.tried > 50


def reworked(house: House, made: snapshot.Made, statement: str) -> Path:
    """Save the database as it would be after a statement: what only its owner could have made."""
    content = house.folder / "content"
    archive.unpack(made.path, house.masters, content)
    with sqlite3.connect(content) as db:
        db.execute(statement)
    db.close()
    size, digest = archive.measure(content)
    manifest = snapshot.contents_of(f"sqlite:///{content}")
    told = {"rows": made.manifest.rows, "revision": manifest.revision, "audit_id": made.manifest.audit_id}
    about = archive.Manifest(
        kind="facts", database="sqlite", made_at="", audit_digest=made.manifest.audit_digest, size=size,
        sha256=digest, **told,  # type: ignore[arg-type]  # wrong on purpose
    )  # fmt: skip
    path = house.folder / "reworked.candor"
    archive.write(path, house.masters, about, content)
    content.unlink()
    return path


def test_tables_of_a_newer_candor_are_refused(sqlite_house: House) -> None:
    made, _ring = sqlite_house.save()
    path = reworked(sqlite_house, made, "UPDATE alembic_version SET version_num = '9999'")
    refused(sqlite_house, "revision 9999, which this Candor does not know", path)


def test_a_content_that_is_not_what_the_manifest_counted_is_refused(sqlite_house: House) -> None:
    made, _ring = sqlite_house.save()
    path = reworked(sqlite_house, made, "DELETE FROM facts WHERE id = 1")
    refused(sqlite_house, "does not hold what its manifest says", path)
    astray = reworked(sqlite_house, made, "UPDATE facts SET person_id = 77 WHERE id = 1")
    refused(sqlite_house, "rows point nowhere", astray)


def test_a_damaged_database_cannot_be_saved_unnoticed(sqlite_house: House) -> None:
    path = path_of(sqlite_house.url)
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 9] = os.urandom(4096 * 6)
    path.write_bytes(raw)
    with pytest.raises(ArchiveError, match=r"cannot be copied|cannot be read"):
        sqlite_house.save()


def test_a_damaged_database_is_what_a_backup_is_for(sqlite_house: House) -> None:
    made, _ring = sqlite_house.save()
    path = path_of(sqlite_house.url)
    path.write_bytes(b"not a database at all" * 500)
    path.with_name("candor.db-wal").write_bytes(b"a log of something else" * 500)
    (kept,) = sqlite_house.restore(made.path).kept
    assert count(sqlite_house.url, "people") == 2
    assert path.with_name(kept).read_bytes().startswith(b"not a database")
    assert path.with_name(f"{kept}-wal").read_bytes().startswith(b"a log of")


def test_a_log_left_without_its_database_is_not_read_into_the_restored_one(sqlite_house: House) -> None:
    made, _ring = sqlite_house.save()
    path = path_of(sqlite_house.url)
    path.unlink()
    path.with_name("candor.db-wal").write_bytes(b"a log of something else" * 500)
    sqlite_house.restore(made.path)
    assert count(sqlite_house.url, "people") == 2
    assert not path.with_name("candor.db-wal").exists()


def test_older_tables_are_brought_up_to_date(empty_url: str, tmp_path: Path) -> None:
    migrate.upgrade(empty_url, "0001")
    house = House(tmp_path / "data", empty_url)
    MasterKeys.make(house.key_file)
    keyring.make(house.keys_url)
    if empty_url.startswith("sqlite"):
        os.close(os.open(path_of(empty_url), os.O_RDONLY))
    made, _ring = house.save()
    assert made.manifest.revision == "0001"
    migrate.upgrade(empty_url)
    assert house.restore(made.path).revision == migrate.head()
    assert snapshot.contents_of(empty_url).revision == migrate.head()


HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT count(*) FROM people").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


def test_nothing_is_replaced_under_a_running_bot(sqlite_house: House) -> None:
    made, ring = sqlite_house.save()
    path = path_of(sqlite_house.url)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=WAL")
    db.close()
    keys_before = path_of(sqlite_house.keys_url).read_bytes()
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout
    assert other.stdout.readline() == "open\n"
    refused(sqlite_house, "in use; stop the bot first", made.path, ring.path)
    assert path_of(sqlite_house.keys_url).read_bytes() == keys_before
    other.communicate("")
    assert sqlite_house.restore(made.path, ring.path).kept


KILLED = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("INSERT INTO marks (name, value, at) VALUES ('late', 'x', '2026-01-01')")
os._exit(9)
"""


def test_what_a_kill_left_in_the_log_is_kept_too(sqlite_house: House) -> None:
    made, ring = sqlite_house.save()
    path = path_of(sqlite_house.url)
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    log = path.with_name("candor.db-wal")
    before = log.read_bytes()
    assert before
    refused(sqlite_house, "not of the facts", ring.path)
    assert log.read_bytes() == before
    (kept,) = sqlite_house.restore(made.path).kept
    assert {entry.name for entry in path.parent.glob("candor.db*")} == {"candor.db", kept}
    assert count(sqlite_house.url, "marks") == 1  # that it was restored
    assert count(f"sqlite:///{path.with_name(kept)}", "marks") == 1


def test_nothing_is_replaced_under_a_running_bot_on_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    house = House(tmp_path / "data", postgresql_url).build()
    made, _ring = house.save()
    engine = sa.create_engine(sync_url(postgresql_url))
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        refused(house, "in use; stop the bot first", made.path)
    engine.dispose()
    house.restore(made.path)


def test_what_a_kill_left_behind_is_swept(postgresql_url: str, postgres: Postgres, tmp_path: Path) -> None:
    house = House(tmp_path / "data", postgresql_url).build()
    made, _ring = house.save()
    with pgtools.scratch(postgresql_url, "verify_facts") as left:
        name = sync_url(left).database or ""
    postgres.run(f"CREATE DATABASE {name}")
    (house.backups / ".verify_facts-left").mkdir()
    (house.backups / ".verify_facts-left" / "candor.db").write_bytes(b"x")
    restoring.verify(made.path, house.masters, postgresql_url)
    assert not pgtools.exists(left)
    assert not (house.backups / ".verify_facts-left").exists()


def test_no_password_is_on_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []

    def run(arguments: list[str], env: dict[str, str], **_: object) -> subprocess.CompletedProcess[bytes]:
        seen.append((arguments, env))
        return subprocess.CompletedProcess(arguments, 0)

    monkeypatch.setattr("storage.pgtools.subprocess.run", run)
    monkeypatch.setenv("BOT_TOKEN", "1:none-of-its-business")
    url = "postgresql+psycopg://candor:s%40cret@db.example:5433/facts?sslmode=require"
    pgtools.dump(url, Path("out"), "1-2-3")
    ((arguments, child),) = seen
    assert not [argument for argument in arguments if "s@cret" in argument or "s%40cret" in argument]
    assert "BOT_TOKEN" not in child
    told = {
        name: child[name] for name in ("PGPASSWORD", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE")
    }
    assert list(told.values()) == ["s@cret", "db.example", "5433", "candor", "facts", "require"]


def test_programs_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CANDOR_PG_BIN", str(tmp_path))
    with pytest.raises(ArchiveError, match=r"pg_dump is not on PATH.*CANDOR_PG_BIN"):
        pgtools.dump("postgresql://x/y", tmp_path / "out", "1")


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://candor:secret@/facts?host={tmp_path}"
    with pytest.raises(ArchiveError) as caught:
        snapshot.make(nowhere, MasterKeys.make(tmp_path / "keys" / "master.key"), tmp_path / "b", NOW)
    assert "secret" not in str(caught.value)
    with pytest.raises(ArchiveError, match="PostgreSQL"):
        pgtools.exists(nowhere)


def test_the_key_does_not_lie_among_the_backups(sqlite_house: House) -> None:
    with pytest.raises(ArchiveError, match="must not lie among the backups"):
        snapshot.make(sqlite_house.url, sqlite_house.masters, sqlite_house.folder / "keys", NOW)


def test_two_backups_at_once_are_one(sqlite_house: House) -> None:
    with snapshot.drafts(sqlite_house.backups, "backup"), pytest.raises(ArchiveError, match="another backup"):
        sqlite_house.save()
    sqlite_house.save()


def test_a_database_that_is_not_there_is_not_made(sqlite_house: House, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="there is no such database"):
        snapshot.make(f"sqlite:///{tmp_path / 'none.db'}", sqlite_house.masters, tmp_path / "b", NOW)
    assert not (tmp_path / "none.db").exists()
    assert list((tmp_path / "b").iterdir()) == [tmp_path / "b" / ".backup.lock"]


async def test_a_backup_is_proved_and_noted(database: Database, vault: Vault, tmp_path: Path) -> None:
    folder, ring = tmp_path / "b", tmp_path / "kb"
    first = await backups.back_up(database, vault.keys, vault.masters, folder, ring, NOW)
    later = NOW + dt.timedelta(hours=6)
    second = await backups.back_up(database, vault.keys, vault.masters, folder, ring, later, check=False)
    assert set(backups.archives(folder, "facts")) == {first.path.name, second.path.name}
    assert len(backups.archives(ring, "keyring")) == 1  # an older one would bring destroyed keys back
    async with database.read() as read:
        newest, good = await backups.newest(read), await backups.last_good(read)
        assert [row.name for row in await backups.listed(read)] == [second.path.name, first.path.name]
    assert newest
    assert good
    assert (newest.name, newest.verified_at, newest.size) == (second.path.name, None, second.size)
    assert (good.name, good.verified_at) == (first.path.name, NOW)
    assert backups.count_by_master([folder, ring]) == {1: 3}
    vault.masters.add()
    assert backups.rewrap([folder, ring], vault.masters) == 3
    assert backups.count_by_master([folder, ring]) == {2: 3}


async def test_a_backup_that_does_not_hold_is_noted_and_counts_for_nothing(
    database: Database, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, ring = tmp_path / "b", tmp_path / "kb"

    def broken(path: Path, *_: object) -> None:
        if path.name.startswith("facts"):
            raise ArchiveError(f"{path.name}: it is damaged")

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "verify", broken)
        with pytest.raises(ArchiveError, match="damaged"):
            await backups.back_up(database, vault.keys, vault.masters, folder, ring, NOW)
    async with database.read() as read:
        newest = await backups.newest(read)
        assert await backups.last_good(read) is None
    assert newest
    assert (newest.error or "").endswith("it is damaged")
    made = await backups.back_up(
        database, vault.keys, vault.masters, folder, ring, NOW + dt.timedelta(days=2)
    )
    assert set(backups.archives(folder, "facts")) == {made.path.name}
    async with database.read() as read:
        assert [row.name for row in await backups.listed(read)] == [made.path.name]


async def test_a_backup_that_cannot_be_made_is_noted(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "b").write_bytes(b"a file in the folder's place")
    with pytest.raises(ArchiveError, match="no backup can be written there"):
        await backups.back_up(database, vault.keys, vault.masters, tmp_path / "b", tmp_path / "kb", NOW)
    async with database.read() as read:
        newest = await backups.newest(read)
    assert newest
    assert newest.error


moments = st.lists(
    st.integers(0, 500 * 24 * 60).map(lambda minutes: NOW - dt.timedelta(minutes=minutes)),
    unique=True,
    max_size=120,
)


def slots(at: dt.datetime) -> Iterator[tuple[str, int]]:
    yield at.strftime("%Y-%m-%d"), 14
    yield at.strftime("%G-%V"), 8 * 7
    yield at.strftime("%Y-%m"), 12 * 31


@given(moments, st.sets(st.integers(0, 119)))
def test_rotation_keeps_what_the_scheme_says_and_no_more(times: list[dt.datetime], broken: set[int]) -> None:
    made = {f"n{number}": at for number, at in enumerate(times)}
    bad = {f"n{number}" for number in broken} & made.keys()
    gone = to_drop(made, NOW, Scheme(), bad)
    kept = made.keys() - gone
    good = made.keys() - bad
    assert {name for name, at in made.items() if at > NOW - dt.timedelta(hours=24)} <= kept
    if good:
        assert max(good, key=lambda name: made[name]) in kept
    for name in good:  # whatever is dropped, a younger one stands for its day, week and month
        for slot, days in slots(made[name]):
            if made[name] > NOW - dt.timedelta(days=days):
                assert [k for k in kept & good if slot in dict(slots(made[k])) and made[k] >= made[name]]
    old = {name for name in kept if made[name] <= NOW - dt.timedelta(hours=24)}
    assert len(old) <= 15 + 9 + 14 + 1
    assert not to_drop({name: made[name] for name in kept}, NOW, Scheme(), bad)


@given(moments, moments)
def test_what_was_dropped_yesterday_is_not_missed_today(
    times: list[dt.datetime], steps: list[dt.datetime]
) -> None:
    """Rotating after every backup keeps the same as rotating once at the end."""
    made = {f"n{number}": at for number, at in enumerate(times)}
    held: dict[str, dt.datetime] = {}
    for moment in sorted({*times, *steps, NOW}):
        held |= {name: at for name, at in made.items() if at == moment}
        for name in to_drop(held, moment, Scheme()):
            del held[name]
    assert held.keys() == made.keys() - to_drop(made, NOW, Scheme())


def test_a_year_of_backups_every_six_hours_stays_small() -> None:
    held: dict[str, dt.datetime] = {}
    for number in range(4 * 400):
        at = NOW + dt.timedelta(hours=6 * number)
        held[str(number)] = at
        for name in to_drop(held, at, Scheme()):
            del held[name]
    assert 25 <= len(held) <= 4 + 14 + 8 + 12 + 2
    assert at - min(held.values()) >= dt.timedelta(days=330)
    assert at - min(held.values()) <= Scheme().horizon


@pytest.mark.parametrize("kind", ["facts", "keyring"])
def test_files_that_are_not_ours_are_left_alone(tmp_path: Path, kind: archive.Kind) -> None:
    for name in ("facts.candor", "notes.txt", "facts-20260101T000000Z-00ff.candor.old", "x-facts.candor"):
        (tmp_path / name).write_bytes(b"")
    assert backups.archives(tmp_path, kind) == {}


def command(house: House, *words: str) -> int:
    told = settings.load(
        environ={"CANDOR_DATA": str(house.folder), "DATABASE_URL": house.url, "CANDOR_PG_BIN": ""}
    )
    parser = argparse.ArgumentParser()
    cli.add(parser.add_subparsers(dest="command"))
    chosen = parser.parse_args(words)
    code: int = chosen.call(told, chosen)
    return code


def test_the_commands_save_list_and_bring_back(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(house, "backup", "--verify") == 0
    said = capsys.readouterr().out
    assert "2 people" in said
    assert "it holds" in said
    (name,) = backups.archives(house.backups, "facts")
    (ring,) = backups.archives(house.key_backups, "keyring")
    assert command(house, "backups") == 0
    said = capsys.readouterr().out
    assert re.search(rf"{name} .* proved 20", said)
    assert ring in said
    asyncio.run(house.add(1, first=50))
    assert command(house, "restore", str(house.backups / name)) == 0
    said = capsys.readouterr().out
    assert "2 people" in said
    assert re.search("kept as .*before", said)
    assert "audit take-up --reason restored" in said
    assert count(house.url, "people") == 2


def test_the_commands_refuse_in_one_line(
    sqlite_house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk").write_bytes(b"junk")
    for words, said in (
        (["restore"], "Name a backup"),
        (["restore", str(tmp_path / "junk")], "not a backup made by Candor"),
        (["restore", "--keyring", str(tmp_path / "none")], "cannot be read"),
    ):
        assert command(sqlite_house, *words) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"Candor cannot {words[0]}. ")
        assert said in error
        assert error.count("\n") == 1
    path_of(sqlite_house.url).unlink()
    assert command(sqlite_house, "backup") == 2
    assert "there is no database yet" in capsys.readouterr().err
    assert not path_of(sqlite_house.url).exists()
    assert command(sqlite_house, "backups") == 0


def test_the_drill_in_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = drill.Report()
    house = House(tmp_path / "sqlite").build()
    drill.rounds(house, str, 2, report)
    drill.ruin(house, RANDOM, 20, 2, report)
    drill.large(tmp_path / "large", 8, report)
    assert report.problems == []
    assert report.equal == report.restores == 2
    assert report.refused == report.tried
