"""Who may come in: every operation, by every kind of key, and by none."""

import asyncio
import datetime as dt
from itertools import product
from pathlib import Path

import pytest

from bot.channels.api.operations import OPERATIONS
from bot.services.authority import PROGRAMS, SCOPES, opens
from storage import lenders
from tests.api.world import World, late

BODY = {"events.send": late(loan="L-none"), "loans.put": {"borrower": "2222222222", "opened_on": "2026-01-01",
        "ends_on": "2027-01-01", "amount": "900"}}  # fmt: skip
PATHS = {one.name: (one.method, one.path.replace("{reference}", "L-none")) for one in OPERATIONS}
DONE = {"events.send": 404, "loans.list": 200, "loans.put": 202, "loans.close": 204, "alerts.list": 200}
"""What somebody who may is answered about a loan that is not there."""


async def tried(world: World, name: str, key: str, shown: str = "") -> tuple[int, bytes]:
    headers = {"Authorization": shown} if shown else {}
    answer = await world.asks(*PATHS[name], BODY.get(name), key=key, headers=headers)
    assert not answer.problem or answer.problem in answer.body.decode()
    return answer.status, answer.body


def test_everything_that_can_be_asked_for_has_its_row() -> None:
    assert {one.name for one in OPERATIONS} == set(PROGRAMS) == set(DONE)
    assert len(SCOPES) == len(set(SCOPES)) == 4
    assert all(one.path.startswith("/v1/") for one in OPERATIONS)
    assert not opens(SCOPES, "nonsense")
    assert not opens([], "loans.list")


async def test_every_operation_by_every_kind_of_key(world: World) -> None:
    revoked, expired = (
        await world.makes_key(world.a),
        await world.makes_key(world.a, expires_at=world.clock()),
    )
    await world.ends_key(revoked)
    closed_lender = await world.makes_key(world.b)
    async with world.context.database.write() as write:
        await lenders.close(write, world.b.id, world.clock())
    strangers = {
        "none": "",
        "revoked": revoked,
        "expired": expired,
        "closed": closed_lender,
        "guessed": "candor_" + "A" * 43,
    }
    readers = {scope: await world.makes_key(world.a, scope) for scope in SCOPES}
    reading = await world.makes_key(world.a, "loans:read", "alerts:read")
    before, cells = len(await world.denials()), 0
    for name, (kind, key) in product(DONE, strangers.items()):
        status, body = await tried(world, name, key)
        assert (status, b"detail" in body) == (401, False), (name, kind)
        cells += 1
    assert (await world.denials())[before:] == [("unknown", name, "key") for name in DONE for _ in strangers]
    before = len(await world.denials())
    for name, (scope, key) in product(DONE, [*readers.items(), ("reading", reading)]):
        may = PROGRAMS[name] == scope or (scope == "reading" and PROGRAMS[name].endswith(":read"))
        status, body = await tried(world, name, key)
        assert status == (DONE[name] if may else 403), (name, scope)
        assert may or b"detail" not in body
        cells += 1
    refused = (await world.denials())[before:]
    assert len(refused) == cells - len(DONE) * len(strangers) - 5 - 2
    assert {(actor.partition(":")[0], reason) for actor, _, reason in refused} == {("key", "scope")}


@pytest.mark.parametrize(
    "shown", ["Basic {}", "bearer  {}", "{}", "Bearer {} {}", "Bearer", "Bearer \t{}", "Bearer {}é"]
)
async def test_only_a_bearer_opens(world: World, shown: str) -> None:
    answer = await world.asks(
        "GET", "/v1/loans", key="", headers={"Authorization": shown.replace("{}", world.key)}
    )
    assert answer.status == (200 if shown == "bearer  {}" else 401)
    if answer.status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Server" not in answer.headers


async def test_a_revoked_key_does_nothing_even_while_its_body_is_on_the_way(world: World) -> None:
    await world.lends()
    reading, release = asyncio.Event(), asyncio.Event()
    read = world.api._read

    async def slow(request: object) -> bytes:
        reading.set()
        await release.wait()
        return await read(request)  # type: ignore[arg-type]  # passed on as it came

    world.api._read = slow  # type: ignore[method-assign]  # a body that takes its time
    asked = asyncio.create_task(world.asks("POST", "/v1/events", late()))
    await reading.wait()
    await world.ends_key(world.key)
    release.set()
    assert (await asked).problem == "unauthorized"
    assert await world.count("events") == 0


async def test_a_lender_sees_and_closes_only_its_own(world: World) -> None:
    await world.lends("L-1", world.a)
    await world.lends("L-2", world.b)
    other = await world.makes_key(world.b)
    assert [one["reference"] for one in (await world.asks("GET", "/v1/loans")).json["loans"]] == ["L-1"]
    assert [one["reference"] for one in (await world.asks("GET", "/v1/loans", key=other)).json["loans"]] == [
        "L-2"
    ]
    foreign = await world.asks("DELETE", "/v1/loans/L-1", key=other)
    absent = await world.asks("DELETE", "/v1/loans/L-9", key=other)
    assert (foreign.status, foreign.body) == (absent.status, absent.body) == (204, b"")
    assert (await world.asks("POST", "/v1/events", late(loan="L-1"))).status == 200
    assert (await world.asks("POST", "/v1/events", late(loan="L-1"), key=other)).status == 404


async def test_a_minute_has_room_for_so_many_requests_of_a_key_and_no_more(
    tmp_path: Path, database_url: str
) -> None:
    async with World(tmp_path / "data", database_url, limited=True) as world:
        world.now = dt.datetime(2026, 3, 1, 12, 0, 20, tzinfo=dt.UTC)
        key, other = await world.makes_key(world.a), await world.makes_key(world.a)
        answers = await asyncio.gather(*(world.asks("GET", "/v1/loans", key=key) for _ in range(200)))
        assert sorted(one.status for one in answers) == [200] * 60 + [429] * 140
        refused = next(one for one in answers if one.status == 429)
        assert (refused.problem, refused.headers["Retry-After"]) == ("slow-down", "40")
        assert (await world.asks("GET", "/v1/loans", key=other)).status == 200, "each key has its own"
        world.now += dt.timedelta(seconds=40)
        assert (await world.asks("GET", "/v1/loans", key=key)).status == 200


async def test_a_flood_without_keys_fills_no_trail_and_shuts_nobody_out(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with World(tmp_path / "data", sqlite_url, limited=True) as world:
        world.now = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
        answers = [await world.asks("GET", "/v1/loans", key="candor_nonsense") for _ in range(100)]
        assert [one.status for one in answers] == [401] * 61 + [429] * 39
        assert [reason for _, _, reason in await world.denials()] == ["key"] * 60 + ["flood"]
        assert (await world.asks("GET", "/v1/loans")).status == 200
        world.now += dt.timedelta(minutes=1)
        assert (await world.asks("GET", "/v1/loans", key="candor_nonsense")).status == 401


async def test_the_log_has_neither_keys_nor_loans(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await world.lends("L-canary-17")
    for key in (world.key, "candor_canary", ""):
        await world.asks("POST", "/v1/events", late("canary-5", loan="L-canary-17"), key=key, name="canary-7")
    ours = [
        r.getMessage()
        for r in caplog.records
        if r.name.partition(".")[0] in {"bot", "storage", "engine", "aiohttp"}
    ]
    assert not any("canary" in line or world.key in line for line in ours)
