"""What others put into the inbox and the outbox is taken up while the bot runs; one of two bots works."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update

from bot import wire
from bot.channels.telegram import Front
from bot.sections import Replicas
from bot.services import feeding, intake, turns
from storage import damages, inbox, outbox, people
from storage.database import Database
from storage.leases import WORKER, find
from storage.outbox import Call
from storage.tables import inbox as inbox_table
from tests.chat import TOKEN, Candor, Somebody
from tests.reading import reads, text_of


async def comes(seen: Callable[[], bool], within: float = 15.0) -> float:
    began = time.monotonic()
    async with asyncio.timeout(within):
        while not seen():
            await asyncio.sleep(0.005)
    return time.monotonic() - began


def words(person: Somebody) -> list[str]:
    return [m.get("text", "") for m in person.chat if m["from"]["is_bot"]]


async def put(candor: Candor, database: Database, chat_id: int, text: str) -> None:
    """Put a message as a command beside the running bot would."""
    call = Call("sendMessage", {"chat_id": chat_id, "text": text})
    async with database.write() as write:
        await outbox.put(write, candor.context.vault.system, chat_id, [call], wire.now(), outbox.NOTICE)


async def test_a_message_put_there_by_another_process_goes_out_soon(
    tmp_path: Path, database_url: str
) -> None:
    async with Candor(tmp_path, database_url) as candor:
        li = candor.person()
        await li.says("/start")
        other = Database(candor.settings.database_url)
        await put(candor, other, li.id, "from elsewhere")
        await other.close()
        assert await comes(lambda: "from elsewhere" in words(li)) < 2 * feeding.SECONDS + 3
        await asyncio.sleep(2.5 * feeding.SECONDS)
        assert words(li).count("from elsewhere") == 1


async def test_the_bell_is_quicker_than_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "SECONDS", 60)
    async with Candor(tmp_path) as candor:
        li = candor.person()
        await li.says("/start")
        await put(candor, candor.context.database, li.id, "ring")
        candor.context.bell.set()
        await comes(lambda: "ring" in words(li))


async def test_a_turn_that_failed_outside_our_reach_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, failures = turns.take, iter([OSError("the disk is full")])

    async def take(*arguments: object) -> turns.Taken:
        for failure in failures:
            raise failure
        return await kept(*arguments)  # type: ignore[arg-type]  # handed on as they came

    async with Candor(tmp_path) as candor:
        li = candor.person()
        await li.says("/start")
        monkeypatch.setattr(turns, "take", take)
        await li.player.say("/help")
        await comes(lambda: bool(candor.front._lanes.hands._left))
        candor.front._lanes.hands._left.clear()  # its time is up
        await comes(lambda: li.sees("help.text"))


async def test_a_damaged_row_is_reported_once_and_not_at_every_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[object] = []
    monkeypatch.setattr(damages, "report", reports.append)
    async with Candor(tmp_path) as candor:
        li = candor.person()
        await li.says("/start")
        context = candor.context
        async with context.database.read() as read:
            person = await people.find(read, context.vault, li.id)
        assert person is not None
        async with context.database.write() as write:
            await inbox.give(write, person.sealer, li.id, {"job": "score", "subject": 1}, wire.now())
            row = await write.scalar(select(inbox_table.c.id).order_by(inbox_table.c.id.desc()).limit(1))
            await write.execute(update(inbox_table).where(inbox_table.c.id == row).values(chat_id=77))
        for _ in range(4):
            await candor.front._feed.look()
        assert len(reports) == 1


async def test_of_two_bots_one_works_and_the_other_follows_it(tmp_path: Path, database_url: str) -> None:
    candor = Candor(tmp_path, database_url)
    patient = Replicas(sqlite_seconds=20, postgresql_seconds=20)  # a busy machine is no reason to follow
    config = msgspec.structs.replace(candor.settings.config, replicas=patient)
    candor.settings = msgspec.structs.replace(candor.settings, config=config)
    async with candor:
        li = candor.person()
        await li.says("/start")
        context = await wire.build(candor.settings)
        second = Front(context, TOKEN, candor.api.url)
        running = asyncio.create_task(second.run())
        try:
            await asyncio.sleep(2.5)
            assert second.lead.fence == 0
            candor.front.stop()
            await candor._running
            await comes(lambda: second.lead.fence == 2 and second._working)
            await li.player.say("/help")
            await comes(lambda: li.sees("help.text"))
        finally:
            second.stop()
            await running
            await context.database.close()
            await context.vault.close()
        # the fetch that was cut may still be held when the other one's comes in
        assert [call for call in candor.refused_calls if not call.startswith("409 getUpdates")] == []


async def test_a_bot_that_was_followed_lets_everything_lie_and_stands_by(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        li = candor.person()
        await li.says("/start")
        front, database = candor.front, Database(candor.settings.database_url)
        async with database.write() as write:
            seen = await find(write, WORKER)
            assert seen is not None
            await write.exec_driver_sql("UPDATE leases SET fence = fence + 1, holder = 'another'")
        await comes(lambda: front.lead.fence == 0)
        await li.player.say("/help")
        await asyncio.sleep(0.3)
        assert not li.sees("help.text")
        async with database.write() as write:
            await write.exec_driver_sql("UPDATE leases SET holder = ''")
        await comes(lambda: front.lead.fence == seen.fence + 2)
        await comes(lambda: li.sees("help.text"))
        with contextlib.suppress(TimeoutError):
            await candor.quiet()
        await database.close()


async def test_a_nights_work_is_taken_up_a_little_at_a_time_and_all_of_it(
    tmp_path: Path, database_url: str
) -> None:
    async with Candor(tmp_path, database_url) as candor:
        context, crowd = candor.context, 60
        most = 0
        await candor.quiet()
        take = candor.front._lanes._work

        async def slowly(item: inbox.Item) -> None:
            nonlocal most
            most = max(most, len(candor.front._lanes))
            await asyncio.sleep(0.01)
            await take(item)

        candor.front._lanes._work = slowly
        async with context.database.write() as write:
            for chat in range(crowd):
                person = await people.meet(write, context.vault, 9000 + chat, "en", "us", wire.now())
                work = {"job": "rescore", "subject": 0}
                await inbox.give(write, person.sealer, person.chat_id, work, wire.now())
        context.bell.set()
        await candor.quiet(30)
        async with context.database.read() as read:
            assert await inbox.count(read, inbox.WAITING) == 0
        assert 1 < most <= feeding.AT_ONCE


async def test_what_was_left_over_comes_before_what_is_said_now(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        li = candor.person()
        await li.says("/start")
        await candor.stop_bot()
        for text in ["/help", "/privacy"] * 20:
            await li.player.say(text)
        context = await wire.build(candor.settings)
        await intake.take_in(context, list(candor.api._world.updates._pending.values()))  # and dies
        await context.database.close()
        await context.vault.close()
        await candor.start_bot()
        await li.says("/about")
        keys = ("help.text", "privacy.text", "about.text")
        said = [text_of(message) for message in li.chat if message["from"]["is_bot"]]
        heard = [key for text in said for key in keys if reads(text, key, "en")]
        assert heard == ["help.text", "privacy.text"] * 20 + ["about.text"]
