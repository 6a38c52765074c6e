"""The same request under the same name: one effect, one answer."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy.exc import OperationalError

from bot.services import ingest, programs
from tests.api.world import World, late
from tests.drills import idempotency as drill


async def test_a_repeat_gets_the_same_answer_and_does_nothing(world: World) -> None:
    await world.lends()
    first = await world.sends(late("e-1"), late("e-2", loan="L-9"), name="one")
    world.context.bell.clear()
    for _ in range(3):
        again = await world.sends(late("e-1"), late("e-2", loan="L-9"), name="one")
        assert (again.status, again.body, again.media) == (first.status, first.body, first.media)
        assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert await world.count("events") == await world.count("inbox") == 1
    assert (await world.sends(late("e-1"), name="two")).json["known"] == 1


async def test_a_problem_is_repeated_even_when_it_would_be_none_by_now(world: World) -> None:
    first = await world.asks("POST", "/v1/events", late(), name="one")
    assert first.problem == "no-loan"
    await world.lends()
    again = await world.asks("POST", "/v1/events", late(), name="one")
    assert (again.problem, again.body) == ("no-loan", first.body)
    assert (await world.asks("POST", "/v1/events", late(), name="two")).status == 200


async def test_a_name_is_for_one_request(world: World) -> None:
    await world.lends()
    await world.lends("L-2", world.b)
    assert (await world.asks("POST", "/v1/events", late(), name="one")).status == 200
    for other in (
        await world.asks("POST", "/v1/events", late(days=13), name="one"),
        await world.asks("POST", "/v1/events?whole=true", late(), name="one"),
        await world.sends(late(), name="one"),
        await world.asks("DELETE", "/v1/loans/L-1", name="one"),
    ):
        assert (other.status, other.problem) == (422, "reused")
    theirs = await world.makes_key(world.b)
    assert (await world.asks("POST", "/v1/events", late(loan="L-2"), name="one", key=theirs)).status == 200
    assert await world.count("events") == 2


async def test_fifty_at_once_are_one(world: World) -> None:
    await world.lends()
    told = [late(f"e-{n}") for n in range(20)]
    answers = await asyncio.gather(*(world.sends(*told, name="one") for _ in range(50)))
    assert {(one.status, one.body) for one in answers} == {(200, answers[0].body)}
    assert sum("Idempotent-Replayed" in one.headers for one in answers) == 49
    assert answers[0].json["accepted"] == 20
    assert await world.count("events") == 20
    assert await world.count("inbox") == 1


async def test_without_a_name_fifty_at_once_store_an_event_once(world: World) -> None:
    await world.lends()
    answers = await asyncio.gather(*(world.sends(late(), late("e-2")) for _ in range(50)))
    assert {one.status for one in answers} == {200}
    assert sum(one.json["accepted"] for one in answers) == await world.count("events") == 2


async def test_crossing_batches_do_not_stop_each_other(world: World) -> None:
    for number in range(8):
        await world.lends(f"L-{number}")
    there = [late("e-1", loan=f"L-{number}") for number in range(8)]
    answers = await asyncio.gather(*(world.sends(*(there if n % 2 else there[::-1])) for n in range(30)))
    assert {one.status for one in answers} == {200}
    assert await world.count("events") == 8


async def test_a_name_is_forgotten_after_a_day(world: World) -> None:
    from storage import requests  # noqa: PLC0415 - by its own name

    await world.lends()
    now = world.now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    first = await world.asks("POST", "/v1/events", late(), name="one")
    async with world.context.database.write() as write:
        assert await requests.prune(write, now + dt.timedelta(hours=24)) == 0
        assert await requests.prune(write, now + dt.timedelta(hours=24, seconds=1)) == 1
    again = await world.asks("POST", "/v1/events", late(), name="one")
    assert (first.json["state"], again.json["state"]) == ("accepted", "known")


async def test_what_fails_in_the_middle_leaves_the_name_free(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.lends()
    put, failures = ingest.put, [ValueError("a mistake of ours"), OperationalError("", None, OSError("away"))]

    async def fails(*given: object, **named: object) -> object:
        await put(*given, **named)  # type: ignore[arg-type]  # passed on as it came
        raise failures.pop(0) if failures else AssertionError("the database came back")

    monkeypatch.setattr(ingest, "put", fails)
    assert (await world.sends(late(), name="one")).problem == "broken"
    failures[:] = [OperationalError("", None, OSError("away"))] * programs.MOST_ATTEMPTS
    busy = await world.sends(late(), name="one")
    assert (busy.problem, busy.headers["Retry-After"]) == ("busy", "1")
    assert await world.count("events") == await world.count("requests") == 0
    monkeypatch.setattr(ingest, "put", put)
    assert (await world.sends(late(), name="one")).json["accepted"] == 1


async def test_the_drill_in_small() -> None:
    report = await drill.run("sqlite", keys=12, parallel=10, kills=2)
    assert report.wrong == []
    assert report.kills == 2
    assert report.answers >= 12 * 10
