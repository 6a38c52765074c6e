"""Loans and alerts over HTTP: entered, changed, closed, listed; and nobody learns from it who is a borrower."""

import datetime as dt
import time
from typing import Any

from storage import alerts, cases
from storage.alerts import Draft
from storage.people import Person
from tests.api.world import World, late


def told(borrower: str, **fields: Any) -> dict[str, Any]:
    return {
        "borrower": borrower,
        "opened_on": "2026-01-01",
        "ends_on": "2027-01-01",
        "amount": "900.00",
        **fields,
    }


async def warned(
    world: World, person: Person, number: str, at: dt.datetime, *, held: str = "", cause: str = ""
) -> None:
    receipt = f"00000000-0000-4000-8000-{person.id:06d}{world.a.id:06d}"
    async with world.context.database.write() as write:
        case = await cases.open_one(write, person, world.a.id, 2, at)
        draft = Draft(world.a.id, case.id, None, number, "late_first", 2, cause or number, held, receipt)
        assert await alerts.raise_one(write, person, draft, {"why": "a secret"}, at)


async def test_who_is_no_borrower_is_not_told_from_who_has_not_agreed(world: World) -> None:
    juana, abroad = await world.borrower(), await world.borrower("mx")
    for number, handle in enumerate((juana.handle, abroad.handle, "2222222222")):
        answer = await world.asks("PUT", f"/v1/loans/L-{number}", told(handle))
        assert answer.status == 202
        assert answer.json == {"reference": f"L-{number}", "state": "waits for the borrower's consent"}
        assert (await world.asks("POST", "/v1/events", late(loan=f"L-{number}"))).problem == "no-loan"
        again = await world.asks("PUT", f"/v1/loans/L-{number}", told("3333333333"))
        assert (again.status, again.json) == (202, answer.json), "not even who it was entered for before"
    assert (await world.asks("GET", "/v1/loans")).json == {"loans": [], "next": None}
    assert await world.count("loans") == 1, "somebody of this country only"


async def test_how_long_it_takes_does_not_tell_either(world: World) -> None:
    people = [(await world.borrower()).handle for _ in range(25)]
    took: dict[bool, list[float]] = {True: [], False: []}
    for number, handle in enumerate(people):
        for known in (True, False):
            began = time.perf_counter()
            await world.asks("PUT", f"/v1/loans/L-{number}-{known}", told(handle if known else "2222222222"))
            took[known].append(time.perf_counter() - began)
    there, absent = min(took[True]), min(took[False])  # a busy machine only ever adds
    assert there - absent < max(0.010, absent), (there, absent)


async def test_a_loan_is_listed_once_its_borrower_agreed_and_changed_after(world: World) -> None:
    juana = await world.borrower()
    body = told(
        juana.handle, instalment="80", instalments=12, measures=["reschedule", "security", "reschedule"]
    )
    assert (await world.asks("PUT", "/v1/loans/L-7", body)).status == 202
    await world.agrees(juana, "L-8", world.a)
    listed = (await world.asks("GET", "/v1/loans")).json["loans"]
    assert [one["reference"] for one in listed] == ["L-7", "L-8"], "a consent is to a lender, not to a loan"
    assert listed[0]["terms"] == {"amount": "900.00", "instalment": "80", "instalments": 12}
    assert (listed[0]["measures"], listed[0]["currency"]) == (["reschedule", "security"], "USD")
    assert listed[0]["borrower"] == juana.handle
    changed = await world.asks("PUT", "/v1/loans/L-7", told(juana.handle, amount="500"))
    assert (changed.status, changed.json["state"]) == (200, "watched")
    rosa = await world.borrower()
    taken = {
        (await world.asks("PUT", "/v1/loans/L-7", told(who))).body for who in (rosa.handle, "2222222222")
    }
    assert len(taken) == 1, "whose it could be instead is not told"
    assert b"urn:candor:taken" in taken.pop()
    first = (await world.asks("GET", "/v1/loans?limit=1")).json
    assert (first["next"], first["loans"][0]["terms"]["amount"]) == ("L-7", "500")
    assert [one["reference"] for one in (await world.asks("GET", "/v1/loans?after=L-7")).json["loans"]] == [
        "L-8"
    ]
    await world.agrees(juana, "L-7", world.a, given=False)
    assert (await world.asks("GET", "/v1/loans")).json["loans"] == []


async def test_a_closed_loan_is_over(world: World) -> None:
    await world.lends()
    assert (await world.asks("POST", "/v1/events", late())).status == 200
    for _ in range(2):
        assert (await world.asks("DELETE", "/v1/loans/L-1")).status == 204
        assert (await world.asks("POST", "/v1/events", late("e-2"))).problem == "no-loan"
    assert (await world.asks("GET", "/v1/loans")).json["loans"] == []
    assert await world.count("watches", ended_by="loan") == 1
    for handle in ((await world.borrower()).handle, "2222222222"):
        assert (await world.asks("PUT", "/v1/loans/L-1", told(handle))).problem == "taken"


async def test_a_loan_that_cannot_be_is_refused(world: World) -> None:
    juana = await world.borrower()
    for wrong in (
        {"ends_on": "2025-12-31"}, {"opened_on": "0001-01-01"}, {"ends_on": "9999-12-31"}, {"amount": 900},
        {"amount": "-1"}, {"measures": ["call their mother"]}, {"borrower": juana.handle.lower()}, {"more": 1},
        {"instalments": 0}, {"officer": "x"}, {"officer": "2222222222"},
        {"opened_on": "2999-01-01"}, {"opened_on": "2026-02-30"}, {"amount": "9\n"},
    ):  # fmt: skip
        answer = await world.asks("PUT", "/v1/loans/L-1", told(juana.handle) | wrong)
        assert answer.problem == "wrong", wrong
        assert answer.json["errors"], wrong
    assert await world.count("loans") == 0


async def test_a_slip_of_the_pen_is_put_right_and_leaves_no_trace(world: World) -> None:
    juana, rosa = await world.borrower(), await world.borrower()
    for handle in (juana.handle, "2222222222", rosa.handle):
        assert (await world.asks("PUT", "/v1/loans/L-1", told(handle))).status == 202
        assert (await world.asks("DELETE", "/v1/loans/L-1")).status == 204
        assert await world.count("loans") == 0
    for handle in (juana.handle, rosa.handle):
        assert (await world.asks("PUT", "/v1/loans/L-1", told(handle))).status == 202
    assert await world.count("loans", person_id=rosa.id) == await world.count("loans") == 1


async def test_alerts_are_the_lenders_own_and_say_no_word_of_anybody(world: World) -> None:
    now = world.now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    person = await world.lends()
    for number in range(5):
        await warned(world, person, f"A{number}", now + dt.timedelta(minutes=number))
    await warned(world, person, "HELD", now, held="cooldown")
    first = (await world.asks("GET", "/v1/alerts?limit=3")).json
    assert [one["number"] for one in first["alerts"]] == ["A0", "A1", "A2"]
    assert first["alerts"][0] == {
        "number": "A0", "loan": None, "rule": "late_first", "severity": "medium", "at": "2026-03-01T12:00:00Z",
        "case": "open",
    }  # fmt: skip
    rest = (await world.asks("GET", f"/v1/alerts?since={first['next']}")).json
    assert [one["number"] for one in rest["alerts"]] == ["A2", "A3", "A4"]
    assert rest["next"] is None
    other = await world.makes_key(world.b)
    assert (await world.asks("GET", "/v1/alerts", key=other)).json["alerts"] == []
    await world.agrees(person, "L-1", world.a, given=False)
    assert (await world.asks("GET", "/v1/alerts")).json["alerts"] == [], "a consent that ended ends this, too"
