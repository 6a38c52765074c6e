"""Events over HTTP: one, many, twice, wrong, of others."""

import asyncio
import datetime as dt
import gzip

import pytest

from bot.services import ingest
from tests.api.world import JSON, NDJSON, World, late, lines


async def test_one_event_is_stored_and_its_borrower_is_to_be_scored(world: World) -> None:
    await world.lends()
    answer = await world.asks("POST", "/v1/events", late())
    assert (answer.status, answer.json) == (200, {"ref": "e-1", "state": "accepted"})
    assert await world.count("events") == 1
    assert await world.count("inbox", state="waiting") == 1
    assert world.context.bell.is_set()
    again = await world.asks("POST", "/v1/events", late())
    assert again.json == {"ref": "e-1", "state": "known"}
    assert await world.count("events") == 1
    assert await world.count("inbox", state="waiting") == 1
    other = await world.asks("POST", "/v1/events", late(days=13))
    assert (other.status, other.problem) == (409, "differs")
    assert (await world.asks("POST", "/v1/events", late(days=13, version=2))).json["state"] == "accepted"


async def test_a_batch_has_an_outcome_for_each_row(world: World) -> None:
    await world.lends()
    rows = [
        late("e-1"), late("e-1"), late("e-2", loan="L-9"), late("e-3", days=0), late("e-4", on="2999-01-01"),
        late("e-5"), {"ref": "e-6"}, "nothing", late("e-7", what="x\n"), late("e-1", days=99),
    ]  # fmt: skip
    for answer in (
        await world.asks("POST", "/v1/events", rows),
        await world.asks("POST", "/v1/events", raw=b"\n".join(lines([r]) for r in rows), media=NDJSON),  # type: ignore[list-item]  # a row that is none
    ):
        assert answer.status == 200
        states = [one["state"] for one in answer.json["outcomes"]]
        taken = states[0]
        assert states == [
            taken,
            "known",
            "no_loan",
            "wrong",
            "wrong",
            taken,
            "wrong",
            "wrong",
            "wrong",
            "differs",
        ]
        assert [one["row"] for one in answer.json["outcomes"]] == list(range(1, 11))
        wrong = {one["row"]: one["wrong"]["field"] for one in answer.json["outcomes"] if "wrong" in one}
        assert wrong == {4: "days", 5: "on", 7: "", 8: "", 9: "what"}
        assert answer.json["refused"] == 7
    assert await world.count("events") == 2
    assert await world.count("inbox", state="waiting") == 1, "one person is scored once for a batch"


async def test_all_or_nothing_stores_nothing_of_a_batch_with_a_refused_row(world: World) -> None:
    await world.lends()
    for bad in (late("e-2", loan="L-9"), late("e-2", days=-1)):
        answer = await world.sends(late("e-1"), bad, whole=True)
        assert (answer.status, answer.problem) == (422, "refused")
        assert [one["row"] for one in answer.json["outcomes"]] == [2]
        assert await world.count("events") == await world.count("inbox") == 0
    assert (await world.sends(late("e-1"), late("e-2"), whole=True)).json["accepted"] == 2


async def test_what_is_of_others_or_not_agreed_to_looks_like_what_is_not_there(world: World) -> None:
    await world.lends("L-B", world.b)
    juana, rosa = await world.borrower(), await world.lends("L-W")
    await world.agrees(rosa, "L-W", world.a, given=False)
    told = {"borrower": juana.handle, "opened_on": "2026-01-01", "ends_on": "2027-01-01", "amount": "900"}
    assert (await world.asks("PUT", "/v1/loans/L-J", told)).status == 202
    absent = await world.asks("POST", "/v1/events", late(loan="L-none"))
    assert (absent.status, absent.problem) == (404, "no-loan")
    for loan in ("L-B", "L-W", "L-J"):
        answer = await world.asks("POST", "/v1/events", late(loan=loan))
        assert (answer.status, answer.body) == (absent.status, absent.body), loan
    assert await world.count("events") == 0


async def test_a_batch_is_bounded(world: World) -> None:
    await world.lends()
    most = world.settings.config.api.most_events
    many = [late(f"e-{n}") for n in range(most + 1)]
    assert (await world.asks("POST", "/v1/events", many)).problem == "too-many"
    assert (await world.asks("POST", "/v1/events", [])).problem == "too-many"
    assert (await world.sends(*many[:most])).json["accepted"] == most


async def test_a_packed_body_is_read_and_a_bomb_is_not(world: World) -> None:
    await world.lends()
    packed = {"Content-Encoding": "gzip"}
    good = gzip.compress(lines([late()]))
    assert (await world.asks("POST", "/v1/events", raw=good, headers=packed)).json["state"] == "accepted"
    bomb = gzip.compress(b" " * 200 * 2**20, 9)
    began = asyncio.get_running_loop().time()
    answer = await world.asks("POST", "/v1/events", raw=bomb, headers=packed)
    assert (answer.status, answer.problem) == (413, "too-large")
    assert asyncio.get_running_loop().time() - began < 2
    for broken in (b"no gzip at all", good[:-12], good[:40] + b"\0" + good[41:]):
        assert (await world.asks("POST", "/v1/events", raw=broken, headers=packed)).status == 400
    for encoding in ("br", "zstd", "gzip, gzip", "nonsense"):
        answer = await world.asks("POST", "/v1/events", raw=good, headers={"Content-Encoding": encoding})
        assert answer.status in {400, 415}, encoding


async def test_a_large_body_is_refused_before_it_is_read(world: World) -> None:
    large = b" " * (world.settings.config.api.most_kib * 1024 + 1)
    assert (await world.asks("POST", "/v1/events", raw=large)).problem == "too-large"
    form = "multipart/form-data; boundary=x"
    answer = await world.asks("POST", "/v1/events", raw=b"--x\r\n" + large, media=form)
    assert answer.problem == "media-type"
    assert (await world.asks("POST", "/v1/events", raw=large, key="")).problem == "unauthorized"


async def test_one_transaction_holds_event_and_work_when_a_consent_ends_meanwhile(world: World) -> None:
    person = await world.lends()
    await asyncio.gather(
        *(world.sends(*(late(f"e-{n}-{k}") for k in range(20))) for n in range(10)),
        world.agrees(person, "L-1", world.a, given=False),
    )
    stored = await world.count("events")
    assert (await world.sends(late("late"))).json["outcomes"][0]["state"] == "no_loan"
    assert await world.count("events") == stored
    assert stored % 20 == 0


@pytest.mark.parametrize(
    "media", ["text/plain", "application/octet-stream", "application/json; charset=latin-1"]
)
async def test_other_types_are_not_read(world: World, media: str) -> None:
    assert (await world.asks("POST", "/v1/events", late(), media=media)).problem == "media-type"


async def test_an_event_of_tomorrow_where_the_borrower_lives_is_refused(world: World) -> None:
    person = await world.lends()
    world.now = dt.datetime.now(dt.UTC)
    today = world.context.scene(person).today
    assert (await world.asks("POST", "/v1/events", late("t", on=today.isoformat()))).status == 200
    tomorrow = (today + dt.timedelta(days=1)).isoformat()
    assert (await world.asks("POST", "/v1/events", late("u", on=tomorrow))).json["errors"][0]["field"] == "on"


def test_the_door_for_events_knows_every_state() -> None:
    from bot.channels.api.problems import KINDS, REASONS, REFUSALS  # noqa: PLC0415 - only here
    from engine.watch import events  # noqa: PLC0415 - only here

    assert {*REFUSALS, "accepted", "known"} == set(ingest.State.__args__)  # type: ignore[attr-defined]  # of a Literal
    assert set(REFUSALS.values()) <= set(KINDS)
    doc = events.Fault.__doc__ or ""
    assert all(f'"{key}"' in doc for key in REASONS)
    assert JSON != NDJSON
