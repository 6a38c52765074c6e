"""The courier against a messenger that refuses, delays and forgets, as the real one does."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.services import delivery
from bot.services.delivery import Courier, Later, Needless, Refused, Unheard
from bot.services.queueing import Pace
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


async def put(
    database: Database, vault: Vault, *calls: Call, chat_id: int = 1, **order: Any
) -> list[outbox.Parcel]:
    async with database.write() as write:
        return await outbox.put(write, vault.system, chat_id, calls, NOW, **order)


@asynccontextmanager
async def courier(
    database: Database,
    vault: Vault,
    post: Messenger,
    clock: Callable[[], dt.datetime] = lambda: NOW,
    **more: Any,
) -> AsyncIterator[Courier]:
    one = Courier(database, vault, post, clock, DAY, **more)
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


async def test_what_somebody_waits_for_goes_before_notices_and_those_before_campaigns(
    sqlite: Database, vault: Vault
) -> None:
    await put(sqlite, vault, words("offer", 2), chat_id=2, priority=outbox.CAMPAIGN)
    await put(sqlite, vault, words("alert", 3), chat_id=3, priority=outbox.NOTICE)
    await put(sqlite, vault, words("answer"))
    await put(sqlite, vault, words("alert for 2", 2), chat_id=2, priority=outbox.NOTICE)
    post = Messenger()
    async with courier(sqlite, vault, post, pace=Pace(per_second=100)):
        pass
    assert post.texts == ["answer", "alert", "alert for 2", "offer"]


async def test_what_is_for_later_waits_in_the_table_and_holds_nothing_up(
    database: Database, vault: Vault
) -> None:
    morning = NOW + dt.timedelta(hours=8)
    [quiet] = await put(database, vault, words("alert"), priority=outbox.NOTICE, not_before=morning)
    now, post = NOW, Messenger()
    async with courier(database, vault, post, lambda: now) as one:
        one.carry([quiet])
        one.carry(await put(database, vault, words("digest"), priority=outbox.NOTICE))
        while one.busy:
            await asyncio.sleep(0.001)
        assert post.texts == ["digest"]
        now = morning
        await one.look()
    assert post.texts == ["digest", "alert"]


async def test_a_look_takes_up_what_others_put_there_and_nothing_twice(
    database: Database, vault: Vault
) -> None:
    post = Messenger()
    async with courier(database, vault, post) as one:
        for n in range(20):
            parcels = await put(database, vault, words(f"line {n}"))
            if n % 2:
                one.carry(parcels)
            await asyncio.gather(one.look(), one.look())
            one.carry(parcels)
    assert sorted(post.texts) == sorted(f"line {n}" for n in range(20))


async def test_a_chat_told_to_rest_rests_altogether_and_after_a_restart_too(
    database: Database, vault: Vault
) -> None:
    await put(database, vault, words("alert"), priority=outbox.NOTICE)
    flooded = Messenger(lambda _n, _text: Later(outbox.FLOOD, 0.6))
    one = Courier(database, vault, flooded, lambda: NOW, DAY)
    await one.start()
    await asyncio.sleep(0.1)
    one.carry(await put(database, vault, words("answer"), Call("editMessageText", {"text": "edit"})))
    await asyncio.sleep(0.1)
    assert flooded.calls == 1
    await one.stop()
    began, post = asyncio.get_running_loop().time(), Messenger()
    await put(database, vault, words("for another", 2), chat_id=2, priority=outbox.CAMPAIGN)
    async with courier(database, vault, post):
        await asyncio.sleep(0.3)
        assert post.texts == ["for another"]
    assert asyncio.get_running_loop().time() - began >= 0.6
    assert post.texts == ["for another", "answer", "edit", "alert"]


@pytest.mark.parametrize(
    ("priority", "trouble", "calls", "state"),
    [
        (outbox.ANSWER, Unheard("TimedOut"), 2, "sent"),
        (outbox.NOTICE, Unheard("TimedOut"), 2, "sent"),
        (outbox.CAMPAIGN, Unheard("TimedOut"), 1, "unknown"),
        (outbox.CAMPAIGN, Later("NotReached"), 2, "sent"),
        (outbox.CAMPAIGN, Later(outbox.FLOOD, 0.01), 2, "sent"),
    ],
)
async def test_what_may_have_arrived_is_repeated_unless_it_is_a_campaign(
    sqlite: Database,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    priority: int,
    trouble: Later,
    calls: int,
    state: str,
) -> None:
    monkeypatch.setattr(delivery, "LONGEST_WAIT", 0.01)
    await put(sqlite, vault, words("x"), priority=priority)
    post = Messenger(lambda n, _text: trouble if n == 1 else None)
    async with courier(sqlite, vault, post):
        pass
    assert post.calls == calls
    assert [row[::2] for row in await states(sqlite)] == [(state, None)]


async def test_a_campaign_cut_off_on_its_way_is_not_sent_again(sqlite: Database, vault: Vault) -> None:
    await put(sqlite, vault, words("offer"), priority=outbox.CAMPAIGN)
    await put(sqlite, vault, words("alert", 2), chat_id=2, priority=outbox.NOTICE)

    class Hanging(Messenger):
        async def call(self, *_: Any) -> int | None:
            self.calls += 1
            await asyncio.sleep(3600)
            return None

    hanging = Hanging()
    one = Courier(sqlite, vault, hanging, lambda: NOW, DAY)
    await one.start()
    async with asyncio.timeout(5):
        while hanging.calls < 2:
            await asyncio.sleep(0.001)
    one.abandon()
    await one.stop()
    post = Messenger()
    async with courier(sqlite, vault, post):
        pass
    assert post.texts == ["alert"]
    assert [row[0] for row in await states(sqlite)] == ["unknown", "sent"]


@pytest.mark.parametrize("why", ["blocked", "expired", "mistaken"])
async def test_somebody_hears_of_what_reached_nobody_before_it_is_closed(
    sqlite: Database, vault: Vault, why: str
) -> None:
    await put(sqlite, vault, words("alert"), priority=outbox.NOTICE)
    heard: list[tuple[int, str]] = []

    async def undelivered(parcel: outbox.Parcel) -> None:
        heard.append((parcel.id, (await states(sqlite))[0][0]))
        if len(heard) == 1:
            raise OSError("the disk is full")

    trouble = {
        "blocked": Refused("Forbidden", blocked=True),
        "expired": Later("NetworkError"),
        "mistaken": Refused("BadRequest"),  # ours, and all the same it reached nobody
    }[why]
    post, late = Messenger(lambda _n, _text: trouble), NOW + 2 * DAY
    async with courier(sqlite, vault, post, lambda: late, undelivered=undelivered):
        pass
    assert heard == [(1, "waiting")] * 2, "it is told again where telling failed"
    assert [row[0] for row in await states(sqlite)] == ["failed"]


@pytest.mark.parametrize("priority", [outbox.ANSWER, outbox.NOTICE, outbox.CAMPAIGN])
async def test_what_is_taken_back_while_its_chat_rests_is_not_sent(
    database: Database, vault: Vault, priority: int
) -> None:
    await put(database, vault, words("first"), words("second"), priority=priority)
    post = Messenger(lambda n, _text: Later("RetryAfter", 0.3) if n == 1 else None)
    async with courier(database, vault, post):
        while post.calls == 0:
            await asyncio.sleep(0.001)
        async with database.write() as write:
            await outbox.forget(write, 1)
    assert post.texts == (["second"] if priority == outbox.ANSWER else [])


async def test_who_may_not_send_sends_nothing(sqlite: Database, vault: Vault) -> None:
    may, post = False, Messenger()
    await put(sqlite, vault, words("x"))
    async with courier(sqlite, vault, post, may=lambda: may):
        await asyncio.sleep(0.15)
        assert post.calls == 0
        may = True
    assert post.texts == ["x"]


async def test_what_was_erased_while_it_waited_for_its_turn_is_not_sent(
    database: Database, vault: Vault
) -> None:
    """A group gets few messages a minute: the words of somebody who is gone meanwhile must not follow."""
    post, now = Messenger(), NOW
    parcels = await put(database, vault, words("one", -5), words("two", -5), chat_id=-5)
    async with courier(database, vault, post, lambda: now, pace=Pace(per_group_per_minute=300)) as one:
        one.carry(parcels)
        while len(post.texts) < 1:
            await asyncio.sleep(0.001)
        async with database.write() as write:
            await outbox.forget(write, -5)
        now += dt.timedelta(seconds=2)
    assert post.texts == ["one"]
