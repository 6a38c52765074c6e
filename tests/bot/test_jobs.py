"""The jobs, on the whole program: what is due is asked of the database, not of the clock's memory."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import jobs
from bot.services import saving
from storage import audit, backups, marks
from storage.backups import archives
from storage.tables import audit as trail
from tests.chat import Candor

HOUR = dt.timedelta(hours=1)


async def actions(candor: Candor) -> list[str]:
    async with candor.context.database.read() as read:
        return list(await read.scalars(select(trail.c.action).order_by(trail.c.id)))


async def test_a_first_look_saves_everything_and_proves_it(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.person().says("/start")
        await candor.quiet()
        await jobs.look(candor.context, candor.front.courier.carry)
        facts, ring = saving.folders(candor.settings)
        assert len(archives(facts, "facts")) == 1
        assert len(archives(ring, "keyring")) == 1
        async with candor.context.database.read() as read:
            made = await backups.last_good(read)
        assert made is not None
        assert made.verified_at is not None
        await jobs.look(candor.context, candor.front.courier.carry)  # nothing is due again
        assert len(archives(facts, "facts")) == 1
        assert (await actions(candor)).count("backup.make") == 1


async def test_what_fails_is_tried_again_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied = []

    async def fails(_context: object) -> None:
        raise OSError("no space left")

    async def works(_context: object) -> None:
        tidied.append(1)

    async with Candor(tmp_path) as candor:
        monkeypatch.setattr(saving, "save", fails)
        monkeypatch.setattr(jobs, "keep_trail", works)
        await jobs.look(candor.context, candor.front.courier.carry)
        async with candor.context.database.read() as read:
            assert await marks.find(read, "job.backup") is None
            assert await marks.find(read, "job.trail") is not None
    assert tidied == [1]


async def test_an_hour_missed_is_made_up_for_once(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        now = candor.context.clock()
        async with candor.context.database.write() as write:
            assert await marks.due(write, "x", HOUR, now)
            assert not await marks.due(write, "x", HOUR, now + dt.timedelta(minutes=59))
            assert await marks.due(write, "x", HOUR, now + dt.timedelta(hours=25))
            assert not await marks.due(write, "x", HOUR, now + dt.timedelta(hours=25, minutes=1))


async def test_the_keyring_s_backup_forgets_the_erased_too(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        li = candor.person()
        await li.says("/start")
        await candor.quiet()
        await jobs.look(candor.context, candor.front.courier.carry)
        _, ring = saving.folders(candor.settings)
        before = set(archives(ring, "keyring"))
        await li.says("/delete")
        await candor.quiet()
        await li.presses("=yes")
        await candor.quiet()
        await jobs.look(candor.context, candor.front.courier.carry)
        after = set(archives(ring, "keyring"))
        assert len(after) == 1
        assert after != before


async def test_the_trail_is_held_against_its_anchor(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await jobs.look(candor.context, candor.front.courier.carry)
        context = candor.context
        verdict = await audit.verify(context.database, context.vault.secret("audit"), context.anchor)
        assert verdict.sound
        assert verdict.rows >= 1
