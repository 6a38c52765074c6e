"""What is no JSON, or more than it: 400 with words, never 500, and nothing stored."""

import contextlib
import json
import random
import time
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.api.body import Malformed, read_json, read_lines
from tests.api.world import JSON, NDJSON, World, late

GOOD = '{"loan": "L-1", "ref": "e-1", "kind": "instalment_late", "on": "2026-01-31", "days": 12}'
HOSTILE = {
    "nothing": b"",
    "cut": b"{",
    "not UTF-8": b"\xff\xfe",
    "UTF-16": GOOD.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "NaN": b'{"days": NaN}',
    "infinite": b'{"days": -Infinity}',
    "twice": b'{"loan": "L-1", "loan": "L-2"}',
    "twice inside": b'[{"a": {"b": 1, "b": 1}}]',
    "brackets": b"[" * 100_000,
    "objects": b'{"a":' * 100_000,
    "digits": b'{"days": ' + b"9" * 5000 + b"}",
    "exponent": b'{"days": 1e999}',
    "tiny": b'{"days": 1e-400}',
    "long exponent": b'{"days": 1e1000000}',
    "after it": GOOD.encode() + b" x",
    "two": GOOD.encode() * 2,
    "comment": b"/* */ " + GOOD.encode(),
    "single quotes": b"{'loan': 'L-1'}",
    "comma": b'{"loan": "L-1",}',
    "half a letter": b'{"\\ud800": 1}',
    "half a value": b'{"loan": "\\udfff"}',
    "control": b'{"loan": "L\n1"}',
    "nul": b"\0",
}
ODD = ["null", "true", "17", '"text"', "1.5", "[null]", "[[]]", "[17]", "{}", '{"loan": null}']
AMOUNTS = [
    "NaN", "inf", "-1", "-0", "1e308", "1e1000000", "0.001", "1000000000000000000", "1_000", "١٢", "１２", "1,5",
    "1.000,50", "9" * 5000, " 12", "12 ", "12\n", "+5", "", ".5", "5.", "0x1f", "²",
]  # fmt: skip


PLACES = (("POST", "/v1/events", JSON), ("POST", "/v1/events", NDJSON), ("PUT", "/v1/loans/L-1", JSON))


async def test_what_is_no_json_is_refused_in_words(world: World) -> None:
    await world.lends()
    for name, (method, path, media) in product(HOSTILE, PLACES):
        began = time.monotonic()
        answer = await world.asks(method, path, raw=HOSTILE[name], media=media)
        assert (answer.status, answer.problem) in {(400, "malformed"), (422, "too-many"), (422, "wrong")}, (
            media
        )
        assert answer.status == 400 or name in {"nothing", "two"}
        assert time.monotonic() - began < 2.0
    assert await world.count("events") == 0


async def test_what_is_json_and_no_event_is_refused_in_words(world: World) -> None:
    await world.lends()
    for body in ODD:
        answer = await world.asks("POST", "/v1/events", raw=body.encode())
        assert answer.status in {200, 422}, body
        assert answer.status == 422 or answer.json["accepted"] == 0
        assert (await world.asks("PUT", "/v1/loans/L-1", raw=body.encode())).problem == "wrong"
    assert await world.count("events") == 0


async def test_amounts_are_sums_or_nothing(world: World) -> None:
    await world.lends()
    for number, amount in enumerate(AMOUNTS):
        began = time.monotonic()
        answer = await world.asks("POST", "/v1/events", late(f"e-{number}", amount=amount))
        assert (answer.status, answer.problem) == (422, "wrong"), amount
        assert time.monotonic() - began < 1.0
    for odd in (1.5, 7, True, None, ["1"]):
        assert (await world.asks("POST", "/v1/events", late("x", amount=odd))).status in {200, 422}
    assert (await world.asks("POST", "/v1/events", late("y", amount="999999999999.99"))).status == 200


async def test_numbers_that_are_whole_are_whole(world: World) -> None:
    await world.lends()
    for number, days in enumerate(("12", "12.0", "1.2e1", "120e-1")):
        raw = GOOD.replace('"days": 12', f'"days": {days}').replace("e-1", f"n-{number}", 1).encode()
        assert (await world.asks("POST", "/v1/events", raw=raw)).status == 200, days
    assert (await world.asks("POST", "/v1/events", raw=GOOD.replace("12}", "12.5}").encode())).status == 422


BAD_PATHS = [
        ("/v1/loans?limit=0", "bad-parameter"), ("/v1/loans?limit=1001", "bad-parameter"),
        ("/v1/loans?limit=%D9%A1", "bad-parameter"), ("/v1/loans?limit=5&limit=5", "bad-parameter"),
        ("/v1/loans?nonsense=1", "bad-parameter"), ("/v1/loans?after=", "bad-parameter"),
        ("/v1/loans?after=a%0A", "bad-parameter"), ("/v1/loans?after=a%00", "bad-parameter"),
        ("/v1/alerts?since=yesterday", "bad-parameter"), ("/v1/alerts?since=2026-01-01", "bad-parameter"),
        ("/v1/alerts?since=2026-01-01T00:00:00", "bad-parameter"),
        ("/v1/alerts?since=0001-01-01T00:00:00%2B14:00", "bad-parameter"),
        ("/v1/alerts?since=9999-12-31T23:59:59-14:00", "bad-parameter"),
        ("/v1/nothing", "not-found"), ("/", "not-found"), ("/v1/loans/../alerts/x", "not-found"),
]  # fmt: skip


async def test_a_parameter_that_is_none_is_refused_in_words(world: World) -> None:
    for path, problem in BAD_PATHS:
        answer = await world.asks("GET", path)
        assert answer.problem == problem, path
        assert problem == "not-found" or answer.json["accepted"]


async def test_a_reference_is_a_name(world: World) -> None:
    for reference in ("a%0A", "%00", "a" * 41, "%F0%9F%92%A9", "a%20b", "-a", "%2e%2e"):
        answer = await world.asks("DELETE", f"/v1/loans/{reference}")
        assert answer.status in {400, 404, 405}, reference
    answer = await world.asks("POST", "/v1/loans/L-1", {})
    assert (answer.status, answer.headers["Allow"]) == (405, "DELETE, PUT")


async def test_a_name_of_a_request_is_ascii(world: World) -> None:
    for name in ("é", "a b", "a" * 256, "\t"):
        assert (await world.asks("DELETE", "/v1/loans/L-1", name=name)).status in {400, 204}, name
    assert (await world.asks("DELETE", "/v1/loans/L-1", name="a" * 255)).status == 204


async def test_noise_never_breaks_it(world: World) -> None:
    await world.lends()
    rng = random.Random(7)  # noqa: S311 - to be repeatable
    for _ in range(150):
        body = bytearray(GOOD.encode())
        for _ in range(rng.randrange(1, 6)):
            place = rng.randrange(len(body))
            body[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        media = rng.choice([JSON, NDJSON])
        answer = await world.asks("POST", "/v1/events", raw=bytes(body), media=media)
        assert answer.status in {200, 400, 404, 409, 422}, bytes(body)


LETTERS = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | LETTERS


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_malformed(body: bytes) -> None:
    for reader in (read_json, lambda b: list(read_lines(b))):
        with contextlib.suppress(Malformed):  # and nothing else
            reader(body)


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(LETTERS, inner), max_leaves=20))
def test_json_is_read_as_it_is(value: object) -> None:
    for ascii_only in (True, False):
        assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
