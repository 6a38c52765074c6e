"""`keys` and `rotate-keys`, as an operator types them."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from bot import settings, wire
from bot.cli import keys
from bot.settings import Settings
from storage import approvals, audit, people, staff, tables
from storage.database import Database
from storage.masterkey import MasterKeys
from storage.reindexing import refuse_unready
from storage.vault import Vault
from tests.storage import sample

T = TypeVar("T")


@pytest.fixture
def told(tmp_path: Path) -> Settings:
    """An installation with somebody in it."""
    told = settings.load(environ={"CANDOR_DATA": str(tmp_path / "data")})
    wire.prepare(told)
    asyncio.run(inside(told, sample.fill))
    return told


async def inside(told: Settings, work: Callable[[Database, Vault], Awaitable[T]]) -> T:
    vault, database = await wire.open_vault(told), Database(told.database_url)
    try:
        return await work(database, vault)
    finally:
        await vault.close()
        await database.close()


def command(told: Settings, *words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command")
    keys.add(commands)
    chosen = parser.parse_args(words)
    return int(chosen.call(told, chosen))


def trail(told: Settings) -> list[tuple[str, str, str]]:
    async def read(database: Database, _vault: Vault) -> list[tuple[str, str, str]]:
        async with database.read() as connection:
            return [(row.action, row.object, row.result) for row in await audit.newest(connection, 20)]

    return asyncio.run(inside(told, read))


def key_id(told: Settings) -> int:
    async def read(database: Database, _vault: Vault) -> int:
        async with database.read() as connection:
            return int(await connection.scalar(select(tables.people.c.key_id)) or 0)

    return asyncio.run(inside(told, read))


def test_the_master_key_changes_and_the_state_is_told_without_a_secret(
    told: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = told.key_file.read_text(encoding="ascii")
    assert command(told, "rotate-keys") == 0
    said = capsys.readouterr().out
    assert "data keys: 8 of 8, 100%" in said
    assert "Retired: version 1. Version 2 is in use." in said
    assert command(told, "keys") == 0
    said += capsys.readouterr().out
    assert "Data keys: 8 in use, 0 retired" in said
    assert "version 2 (in use): 8 data keys, 1 backups" in said
    for content in (before, told.key_file.read_text(encoding="ascii")):
        assert content.split()[1] not in said
    assert trail(told) == [("keys.rotate", "master:2", "done"), ("keys.retire", "master:1", "done")]
    assert MasterKeys(told.key_file).versions == (2,)


def test_retiring_alone_is_refused_with_the_count(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    MasterKeys(told.key_file).add()
    assert command(told, "rotate-keys", "--retire") == 1
    assert "there are still 8 data keys under version 1; nothing was retired" in capsys.readouterr().err
    assert MasterKeys(told.key_file).versions == (1, 2)
    assert trail(told) == [("keys.retire", "master:2", "denied")]
    assert command(told, "rotate-keys") == 0  # goes on with what was begun
    assert MasterKeys(told.key_file).versions == (2,)


@pytest.mark.parametrize("whose", ["all", "one"])
def test_data_keys_change(told: Settings, whose: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def handle(database: Database, vault: Vault) -> str:
        async with database.read() as read:
            person = await people.find(read, vault, 1001)
        return person.handle if person else ""

    name = asyncio.run(inside(told, handle))
    before = key_id(told)
    assert command(told, "rotate-keys", "--data", *([name] if whose == "one" else [])) == 0
    assert key_id(told) != before
    assert "0 damaged, 0 left for the next time" in capsys.readouterr().out
    assert trail(told)[-1] == ("keys.rotate", f"person:{name}" if whose == "one" else "data:all", "done")


def test_a_handle_nobody_has(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(told, "rotate-keys", "--data", "NOBODY") == 2
    assert capsys.readouterr().err == "NOBODY: nobody has this handle.\n"


@pytest.mark.parametrize(("words", "object_"), [((), "master:2"), (("--data",), "data:all")])
def test_with_operators_it_takes_two(
    told: Settings, words: tuple[str, ...], object_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def enrol(database: Database, vault: Vault) -> None:
        async with database.write() as write:
            person = await people.find(write, vault, 1001)
            assert person is not None
            await staff.give(write, person, "operator", None, "shell", wire.now())

    async def agree(database: Database, _vault: Vault) -> None:
        now = wire.now()
        async with database.write() as write:
            number = await approvals.ask(
                write, "keys.rotate", object_, "shell", now, now.replace(year=now.year + 1)
            )
            assert await approvals.answer(write, number, "OPERATOR22", now, approved=True)

    asyncio.run(inside(told, enrol))
    before = key_id(told)
    assert command(told, "rotate-keys", *words) == 2
    assert f"approvals ask keys.rotate {object_}" in capsys.readouterr().err
    assert (MasterKeys(told.key_file).versions, key_id(told)) == ((1,), before)
    assert trail(told) == [("keys.rotate", object_, "denied")]
    asyncio.run(inside(told, agree))
    assert command(told, "rotate-keys", *words) == 0
    assert command(told, "rotate-keys", *words) == 2  # it was for once


def test_the_index_is_made_again_only_alone(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    async def meanwhile(database: Database, _vault: Vault) -> None:
        async with database.read() as read:
            await read.scalar(select(tables.people.c.id))
        assert await asyncio.to_thread(command, told, "keys", "rebuild-index") == 2

    asyncio.run(inside(told, meanwhile))
    assert "the database is in use; stop the bot first" in capsys.readouterr().err
    refuse_unready(told.database_url, with_keys=True)  # nothing was begun
    assert command(told, "keys", "rebuild-index") == 0
    assert "people: 1 of 1, 100%" in capsys.readouterr().out
    assert trail(told) == [("keys.rebuild-index", "index", "done")]


def test_without_a_keyring_there_is_nothing_to_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = settings.load(environ={"CANDOR_DATA": str(tmp_path / "nothing")})
    assert command(told, "keys") == 0
    assert "There is no keyring yet" in capsys.readouterr().out
    assert not told.data.exists()
