"""The master key changes under those who make keys and backups; a version goes only when nothing needs it."""

import asyncio
import datetime as dt
import random
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import settings, wire
from storage import backups, damages, keyring, marks, people, reindexing, rotation, snapshot, tables
from storage.archive import ArchiveError
from storage.database import Database
from storage.masterkey import MasterKeys, VaultError
from storage.rotation import InUse, Uses
from storage.vault import Vault
from tests.conftest import NOW
from tests.drills import rotation as drill
from tests.storage import sample

LATER = NOW + dt.timedelta(days=1)


def quiet(done: int, total: int) -> None:
    """Hear nothing."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "backups", tmp_path / "keys" / "backups"


async def turned(vault: Vault, folders: tuple[Path, Path]) -> tuple[int, ...]:
    """Do what the command does."""
    rotation.begin(vault.masters)
    assert await rotation.rewrap(vault, quiet) == 0
    await backups.save_keyring(vault.keys, vault.masters, folders[1], NOW)
    await rotation.rewrap_backups(vault, *folders)
    return await rotation.retire(vault, *folders)


async def test_a_rotation_leaves_everything_readable_and_the_old_version_gone(
    vault: Vault, folders: tuple[Path, Path]
) -> None:
    sealed = (one := await vault.mint("ONE")).seal(b"x", "a.b:1")
    assert await turned(vault, folders) == (1,)
    fresh = Vault(MasterKeys(vault.masters.path), Database(vault.keys.url), lambda: NOW)
    await fresh.open()
    assert fresh.masters.versions == (2,)
    assert (await fresh.sealer(one.id)).open(sealed, "a.b:1") == b"x"
    assert fresh.secret("index") == vault.secret("index")
    assert await rotation.uses(fresh, folders) == Uses({2: 8}, {2: 1})
    await fresh.close()


async def test_progress_is_told(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "PAGE", 4)
    heard: list[tuple[int, int]] = []
    rotation.begin(vault.masters)
    await rotation.rewrap(vault, lambda done, total: heard.append((done, total)))
    assert heard == [(4, 7), (7, 7)]


async def test_a_version_in_use_is_not_retired(vault: Vault, folders: tuple[Path, Path]) -> None:
    vault.masters.add()
    with pytest.raises(InUse, match="there are still 7 data keys under version 1"):
        await rotation.retire(vault, *folders)
    await rotation.rewrap(vault, quiet)
    vault.masters.reload()
    old = MasterKeys(vault.masters.path)
    await backups.save_keyring(vault.keys, old, folders[1], NOW)
    assert await rotation.retire(vault, *folders) == (1,)


async def test_a_kept_backup_holds_its_version_back(
    sqlite_url: str, vault: Vault, folders: tuple[Path, Path]
) -> None:
    await asyncio.to_thread(snapshot.make, sqlite_url, vault.masters, folders[0], NOW)
    rotation.begin(vault.masters)
    await rotation.rewrap(vault, quiet)
    with pytest.raises(InUse, match="1 backups under version 1"):
        await rotation.retire(vault, *folders)
    assert await rotation.rewrap_backups(vault, *folders) == 1
    assert await rotation.retire(vault, *folders) == (1,)


async def test_nothing_is_retired_while_a_backup_is_being_made(
    vault: Vault, folders: tuple[Path, Path]
) -> None:
    rotation.begin(vault.masters)
    await rotation.rewrap(vault, quiet)
    with (
        snapshot.drafts(folders[0], "backup"),
        pytest.raises(ArchiveError, match="another backup is at work"),
    ):
        await rotation.retire(vault, *folders)
    assert vault.masters.versions == (1, 2)


async def test_a_process_that_knows_the_old_version_only_makes_no_key_under_it(
    vault: Vault, folders: tuple[Path, Path]
) -> None:
    """It would be wrapped under a version that is gone by then, and lost at that process's end."""
    other = Vault(MasterKeys(vault.masters.path), Database(vault.keys.url), lambda: NOW)
    await other.open()
    assert await turned(vault, folders) == (1,)
    assert other.masters.versions == (1,)
    made = await other.mint("LATE")
    await other.close()
    assert (await vault.sealer(made.id)).id == made.id
    assert await rotation.uses(vault, folders) == Uses({2: 8}, {2: 1})


async def test_a_rotation_cut_short_goes_on_where_it_was(vault: Vault, folders: tuple[Path, Path]) -> None:
    assert rotation.begin(vault.masters) == 2
    assert rotation.begin(vault.masters) == 2  # killed and called again: no third version
    async with vault.keys.write() as write:
        page = await keyring.under(write, 1, 0, 2)
        await keyring.rewrap(write, rotation._wrapped(vault, page, 2), 2)
    assert await turned(vault, folders) == (1,)


async def test_a_data_key_that_does_not_open_is_told_and_keeps_its_version(
    vault: Vault, folders: tuple[Path, Path]
) -> None:
    made = await vault.mint("ONE")
    async with vault.keys.write() as write:
        await write.execute(keyring.keys.update().where(keyring.keys.c.id == made.id).values(wrapped=b"junk"))
    damages.take()
    rotation.begin(vault.masters)
    assert await rotation.rewrap(vault, quiet) == 1
    assert damages.take() == ["data_keys.wrapped"]
    with pytest.raises(InUse, match="1 data keys under version 1"):
        await rotation.retire(vault, *folders)


async def test_a_missing_version_stops_the_rotation(vault: Vault) -> None:
    vault.masters.add()
    vault.masters.remove(1)
    with pytest.raises(VaultError, match="version 1 of the master key is missing"):
        await rotation.rewrap(vault, quiet)


def test_two_who_add_a_version_at_once_make_two(tmp_path: Path) -> None:
    masters = MasterKeys.make(tmp_path / "keys" / "master.key")
    both = [MasterKeys(masters.path) for _ in range(8)]

    async def add() -> None:
        await asyncio.gather(*(asyncio.to_thread(each.add) for each in both))

    asyncio.run(add())
    masters.reload()
    assert masters.versions == tuple(range(1, 10))
    for each in both:
        assert all(each.key(version) == masters.key(version) for version in each.versions)


def test_a_kill_leaves_no_key_lying_about(tmp_path: Path) -> None:
    masters = MasterKeys.make(tmp_path / "keys" / "master.key")
    (tmp_path / "keys" / ".master.key.0badcafe").write_text("1 secret")
    masters.add()
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master.key"]


async def test_a_lost_index_key_is_named_and_made_again(database: Database, vault: Vault) -> None:
    one, other = await sample.fill(database, vault), await sample.enrol(database, vault, 1002, "219099999")
    async with vault.keys.write() as write:
        await write.execute(keyring.keys.delete().where(keyring.keys.c.owner == "@index"))
    bare = Vault(vault.masters, Database(vault.keys.url), lambda: LATER)
    with pytest.raises(VaultError, match="python -m bot keys rebuild-index"):
        await bare.open()
    await bare.open(lost=("index",))
    assert not await reindexing.begin(database, LATER)
    assert await reindexing.rebuild(database, bare, LATER, quiet) == 0
    await vault.open()
    assert vault.secret("index") == bare.secret("index")
    async with database.read() as read:
        assert await people.taken(read, vault, other, people.Profile("", "", sample.MARKS["national_id"]))
        assert not await people.taken(read, vault, one, people.Profile("", "", "111111111"))
        found = select(tables.people.c.id).where(
            tables.people.c.phone_index == vault.blind_index(sample.MARKS["phone"], "people.phone")
        )
        assert len((await read.scalars(found)).all()) == 2
    await bare.close()


async def test_half_an_index_refuses_the_start_until_it_is_whole(tmp_path: Path) -> None:
    told = settings.load(environ={"CANDOR_DATA": str(tmp_path / "data")})
    await asyncio.to_thread(wire.prepare, told)
    vault, database = await wire.open_vault(told), Database(told.database_url)
    await sample.enrol(database, vault)
    await reindexing.begin(database, NOW)
    with pytest.raises(VaultError, match="run python -m bot keys rebuild-index"):
        await asyncio.to_thread(wire.prepare, told)
    # killed after the key was made: the same key is taken up
    await reindexing.rebuild(database, vault, NOW, quiet)
    made = vault.secret("index")
    async with vault.keys.read() as read:
        (key,) = await keyring.living(read, ["@index"])
    async with database.write() as write:
        await marks.put(write, reindexing.BEGUN, str(key.id), NOW)
    await reindexing.rebuild(database, vault, NOW, quiet)
    assert vault.secret("index") == made
    await asyncio.to_thread(wire.prepare, told)
    await vault.close()
    await database.close()


async def test_an_erased_person_s_key_is_not_wrapped_anew(vault: Vault) -> None:
    await vault.mint("ONE")
    rotation.begin(vault.masters)
    async with vault.keys.read() as read:
        page = await keyring.under(read, 1, 0, 100)
    wrapped = rotation._wrapped(vault, page, 2)
    await vault.destroy("ONE")  # between the reading and the writing of a page
    async with vault.keys.write() as write:
        await keyring.rewrap(write, wrapped, 2)
    async with vault.keys.read() as read:
        assert await keyring.erased(read) == ["ONE"]
        assert await keyring.count_by_master(read) == {2: 7}


def test_the_drill_in_short(tmp_path: Path) -> None:
    report = drill.Report()
    told = drill.house(tmp_path / "data")
    drill.rounds(told, 2, 3, 1500, random.Random(1), report)  # noqa: S311 - repeatable
    assert report.problems == []
    assert report.kills == 2
    assert report.early == report.refused
    assert report.turns
    assert report.cells
