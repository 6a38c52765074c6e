"""The courier against a messenger that refuses, delays and forgets, as the real one does."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.services import delivery
from bot.services.delivery import Courier, Later, Needless, Refused
from storage import outbox, people
from storage.database import Database
from storage.outbox import Call
from storage.tables import outbox as table
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import meet

DAY = dt.timedelta(days=1)
Behaviour = Callable[[int, str], Exception | None]


class Messenger:
    """Takes messages; `trouble` is asked before each: (how many calls so far, text) -> what to raise, or None."""

    def __init__(self, trouble: Behaviour = lambda _n, _text: None) -> None:
        self.trouble = trouble
        self.calls = 0
        self.taken: list[tuple[str, Mapping[str, Any]]] = []

    async def call(self, method: str, payload: Mapping[str, Any], file: bytes | None) -> int | None:
        self.calls += 1
        assert file is None
        await asyncio.sleep(0)
        problem = self.trouble(self.calls, str(payload.get("text", "")))
        if problem is not None:
            raise problem
        self.taken.append((method, payload))
        return 500 + len(self.taken)

    @property
    def texts(self) -> list[str]:
        return [str(payload["text"]) for _, payload in self.taken if "text" in payload]


def words(text: str, chat_id: int = 1) -> Call:
    return Call("sendMessage", {"chat_id": chat_id, "text": text})


async def put(database: Database, vault: Vault, *calls: Call, chat_id: int = 1) -> list[outbox.Parcel]:
    async with database.write() as write:
        return await outbox.put(write, vault.system, chat_id, calls, NOW)


@asynccontextmanager
async def courier(
    database: Database, vault: Vault, post: Messenger, clock: Callable[[], dt.datetime] = lambda: NOW
) -> AsyncIterator[Courier]:
    one = Courier(database, vault, post, clock, DAY)
    await one.start()
    yield one
    async with asyncio.timeout(10):
        while one.busy:
            await asyncio.sleep(0.001)
    await one.stop()


async def states(database: Database) -> list[tuple[str, int | None, bytes | None]]:
    async with database.read() as read:
        rows = (await read.execute(select(table).order_by(table.c.id))).all()
    return [(row.state, row.message_id, row.payload_sealed) for row in rows]


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


async def test_what_an_earlier_run_left_goes_out_in_order(database: Database, vault: Vault) -> None:
    await put(database, vault, *(words(f"line {n}") for n in range(40)))
    post = Messenger()
    async with courier(database, vault, post):
        pass
    assert post.texts == [f"line {n}" for n in range(40)]
    assert await states(database) == [("sent", 501 + n, None) for n in range(40)]


async def test_a_delay_holds_up_its_own_chat_only(sqlite: Database, vault: Vault) -> None:
    post = Messenger(lambda n, text: Later("RetryAfter", 0.05) if text == "slow 0" and n < 3 else None)
    await put(sqlite, vault, *(words(f"slow {n}") for n in range(3)))
    await put(sqlite, vault, *(words(f"quick {n}", 2) for n in range(3)), chat_id=2)
    async with courier(sqlite, vault, post):
        pass
    assert [text for text in post.texts if "slow" in text] == ["slow 0", "slow 1", "slow 2"]
    assert post.texts.index("quick 2") < post.texts.index("slow 1")


async def test_an_edit_finds_the_message_its_row_became(sqlite: Database, vault: Vault) -> None:
    [first] = await put(sqlite, vault, words("working"))
    await put(sqlite, vault, Call("editMessageText", {"chat_id": 1, "text": "done"}, edits=first.id))
    post = Messenger()
    async with courier(sqlite, vault, post):
        pass
    assert post.taken[1][1]["message_id"] == 501


async def test_an_edit_after_a_restart_finds_it_too(sqlite: Database, vault: Vault) -> None:
    [first] = await put(sqlite, vault, words("working"))
    post = Messenger()
    async with courier(sqlite, vault, post):
        pass
    await put(sqlite, vault, Call("editMessageText", {"chat_id": 1, "text": "done"}, edits=first.id))
    async with courier(sqlite, vault, post):
        pass
    assert post.taken[1][1]["message_id"] == 501


async def test_an_edit_of_what_was_never_sent_is_let_go(sqlite: Database, vault: Vault) -> None:
    [first] = await put(sqlite, vault, words("refused"))
    await put(sqlite, vault, Call("editMessageText", {"chat_id": 1, "text": "done"}, edits=first.id))
    post = Messenger(lambda _n, text: Refused("BadRequest") if text == "refused" else None)
    async with courier(sqlite, vault, post):
        pass
    assert post.taken == []
    assert [state for state, _, _ in await states(sqlite)] == ["failed", "sent"]


async def test_a_refusal_ends_one_message_and_not_the_next(sqlite: Database, vault: Vault) -> None:
    await put(sqlite, vault, words("bad"), words("good"))
    post = Messenger(lambda _n, text: Refused("BadRequest") if text == "bad" else None)
    async with courier(sqlite, vault, post):
        pass
    assert post.texts == ["good"]
    assert [row[0::2] for row in await states(sqlite)] == [("failed", None), ("sent", None)]


async def test_a_person_who_blocks_us_is_noted(database: Database, vault: Vault) -> None:
    await meet(database, vault, 1)
    await put(database, vault, words("hello"))
    async with courier(database, vault, Messenger(lambda _n, _text: Refused("Forbidden", blocked=True))):
        pass
    async with database.read() as read:
        person = await people.find(read, vault, 1)
    assert person is not None
    assert not person.reachable


async def test_what_is_so_already_counts_as_sent(sqlite: Database, vault: Vault) -> None:
    await put(sqlite, vault, words("again"))
    async with courier(sqlite, vault, Messenger(lambda _n, _text: Needless())):
        pass
    assert [row[0] for row in await states(sqlite)] == ["sent"]


async def test_after_a_day_of_trying_a_message_is_given_up(sqlite: Database, vault: Vault) -> None:
    await put(sqlite, vault, words("late"))
    post = Messenger(lambda _n, _text: Later("NetworkError", 0.001))
    async with courier(sqlite, vault, post, lambda: NOW + DAY + dt.timedelta(seconds=1)):
        pass
    assert post.calls == 1
    assert await states(sqlite) == [("failed", None, None)]


async def test_a_pressed_button_does_not_wait_for_the_messages_before_it(
    sqlite: Database, vault: Vault
) -> None:
    answer = Call("answerCallbackQuery", {"callback_query_id": "1"})
    await put(sqlite, vault, words("held"), answer, Call("deleteMessage", {"message_id": 3}))
    post = Messenger(lambda n, text: Later("RetryAfter", 0.05) if text == "held" and n < 4 else None)
    async with courier(sqlite, vault, post):
        pass
    assert [method for method, _ in post.taken][-1] == "sendMessage"


async def test_a_stop_does_not_sit_out_a_long_wait(sqlite: Database, vault: Vault) -> None:
    await put(sqlite, vault, words("flood"))
    one = Courier(sqlite, vault, Messenger(lambda _n, _text: Later("RetryAfter", 3600)), lambda: NOW, DAY)
    await one.start()
    await asyncio.sleep(0.1)
    stopping = asyncio.create_task(one.stop())
    try:
        done, _ = await asyncio.wait({stopping}, timeout=1)
        assert done
    finally:
        stopping.cancel()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.05)
    assert [state for state, _, _ in await states(sqlite)] == ["waiting"]


async def test_the_next_message_waits_for_the_mark_of_the_one_before(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a kill leaves at most one message of a chat sent and not marked, and repeats no more than that."""
    await put(database, vault, *(words(f"line {n}") for n in range(30)))
    await put(database, vault, *(words(f"line {n}", 2) for n in range(30)), chat_id=2)
    open_: dict[int, int] = {1: 0, 2: 0}
    most = 0

    class Counting(Messenger):
        async def call(self, method: str, payload: Mapping[str, Any], file: bytes | None) -> int | None:
            nonlocal most
            open_[payload["chat_id"]] += 1
            most = max(most, *open_.values())
            return await super().call(method, payload, file)

    kept = outbox.sent

    async def sent(connection: Any, results: Mapping[int, int | None], now: dt.datetime) -> None:
        await asyncio.sleep(0.002)
        await kept(connection, results, now)
        chats = await connection.execute(select(table.c.chat_id).where(table.c.id.in_(results)))
        for chat_id in chats.scalars():
            open_[chat_id] -= 1

    monkeypatch.setattr(outbox, "sent", sent)
    async with courier(database, vault, Counting()):
        pass
    assert most == 1


async def test_a_mark_that_fails_is_made_again_and_nothing_is_sent_twice(
    sqlite: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(sqlite, vault, words("one"), words("two"))
    kept, failures = outbox.sent, iter(range(2))

    async def sent(connection: Any, results: Mapping[int, int | None], now: dt.datetime) -> None:
        if next(failures, None) is not None:
            raise OSError("the disk is full")
        await kept(connection, results, now)

    monkeypatch.setattr(outbox, "sent", sent)
    monkeypatch.setattr(delivery, "MARK_AGAIN", 0.01)
    post = Messenger()
    async with courier(sqlite, vault, post):
        pass
    assert post.texts == ["one", "two"]
    assert [row[:2] for row in await states(sqlite)] == [("sent", 501), ("sent", 502)]


async def test_a_delay_that_cannot_be_written_down_keeps_the_order(
    sqlite: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(sqlite, vault, words("one"), words("two"))

    async def later(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(outbox, "later", later)
    post = Messenger(lambda n, _text: Later("NetworkError", 0.01) if n == 1 else None)
    async with courier(sqlite, vault, post):
        pass
    assert post.texts == ["one", "two"]
