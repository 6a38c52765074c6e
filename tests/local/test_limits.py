"""Uploads from outside: a server in a process of its own, real sockets, and somebody else who chats meanwhile."""

import asyncio
import gzip
import io
import re
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.local import LocalBotApi
from bot.channels.local.errors import ApiError
from bot.channels.local.forms import parts
from bot.channels.local.limits import AT_ONCE_BYTES, FORM_BYTES, PARTS, UPLOAD_BYTES, Scales
from tests.chat import Candor
from tests.drills.files import ATTACKS, Attack, Server, attack

from .client import ALEX, TOKEN, Client, png

PAGE = {"X-Local-Chat": "1"}


@pytest.mark.parametrize("chosen", ATTACKS, ids=lambda chosen: chosen.name)
async def test_too_much_is_refused_at_once_and_kept_nowhere(chosen: Attack) -> None:
    async with Server() as server:
        before = server.memory()
        report = await attack(server, chosen)
        assert report.status in chosen.wanted, report
        assert report.seconds <= 6.0  # it takes about one; the rest is for a busy machine
        assert server.memory() - before <= 50 * 2**20
        assert (await attack(server, chosen)).status in chosen.wanted  # and the next is served as well


async def send(client: Client, document: bytes) -> tuple[int, Any]:
    form = aiohttp.FormData({"chat_id": str(ALEX), "caption": "x" * 1024})
    form.add_field("document", io.BytesIO(document), filename="a.bin")
    async with client.session.post(f"{client.url}/bot{TOKEN}/sendDocument", data=form) as answer:
        return answer.status, await answer.json()


async def test_the_largest_file_arrives_and_one_byte_more_does_not(client: Client) -> None:
    picture = png() + bytes(UPLOAD_BYTES - len(png()))
    status, sent = await send(client, picture)
    assert status == 200
    file_id = sent["result"]["document"]["file_id"]
    path = (await client.ok("getFile", file_id=file_id))["file_path"]
    async with client.session.get(f"{client.url}/file/bot{TOKEN}/{path}") as answer:
        assert (await answer.read() == picture) is True  # without the bytes in the report
    assert (await send(client, picture + b"x"))[0] == 413


async def test_a_person_may_send_the_largest_file_and_not_one_byte_more(
    server: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    for size, status in ((UPLOAD_BYTES, 200), (UPLOAD_BYTES + 1, 413)):
        address = f"{server.url}/chat/upload?person={ALEX}&kind=document&name=a.csv"
        async with session.post(address, data=io.BytesIO(bytes(size)), headers=PAGE) as answer:
            assert answer.status == status


async def test_acts_of_the_page_are_bounded_and_never_fail(
    server: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    for body, status in (
        (b"[" * 100_000, 400), (b"\xff\xfe", 400), (b'{"person": ' + b"1" * 5_000 + b"}", 400), (b"[]", 400),
        (b"null", 400), (b'"' + b"x" * FORM_BYTES + b'"', 413), (gzip.compress(b'{"person": "1"}'), 400),
    ):  # fmt: skip
        async with session.post(f"{server.url}/chat/act", data=io.BytesIO(body), headers=PAGE) as answer:
            assert answer.status == status, body[:20]


async def test_a_body_that_dawdles_is_given_up(server: LocalBotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.local.limits.SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(f"POST /bot{TOKEN}/getMe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n".encode())
    writer.write(b"Content-Type: application/json\r\n\r\n{")
    async with asyncio.timeout(2):
        assert b"408" in await reader.readline()
    writer.close()


def test_the_house_may_be_full() -> None:
    scales = Scales()
    with scales.weighing() as one:
        one(AT_ONCE_BYTES)
        with scales.weighing() as other, pytest.raises(ApiError) as refusal:
            other(1)
        assert (refusal.value.code, refusal.value.parameters) == (429, {"retry_after": 1})
    with scales.weighing() as again:
        again(AT_ONCE_BYTES)


async def test_a_refused_body_leaves_nothing_on_the_scales(server: LocalBotApi, client: Client) -> None:
    for _ in range(5):
        assert (await send(client, bytes(UPLOAD_BYTES + 1)))[0] == 413
    assert server._scales._all == 0


# --- the form's grammar ----------------------------------------------------------------------------------------------


def form(*fields: bytes, end: bytes = b"--x--\r\n") -> bytearray:
    return bytearray(b"".join(b"--x\r\n" + field + b"\r\n" for field in fields) + end)


FIELD = b'Content-Disposition: form-data; name="a"\r\n\r\n1'
KIND = "multipart/form-data; boundary=x"


def test_a_form() -> None:
    name = "ключ №1.csv"
    file = f'Content-Disposition: form-data; name="f"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'.encode()
    found = list(
        parts(bytearray(b"preamble\r\n") + form(FIELD, file + b"a\r\n--y\r\n", file) + b"epilogue", KIND)
    )
    assert [(p.name, p.filename, p.mime, p.data) for p in found] == [
        ("a", None, "application/octet-stream", b"1"),
        ("f", name, "text/csv", b"a\r\n--y\r\n"),
        ("f", name, "text/csv", b""),
    ]


def test_no_part_at_all_is_a_form_too() -> None:
    assert list(parts(form(), KIND)) == []


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (form(FIELD), "multipart/form-data", 400),
        (form(FIELD), "multipart/form-data; boundary=" + "x" * 71, 400),
        (form(FIELD), "multipart/form-data; boundary=é", 400),
        (bytearray(b""), KIND, 400),
        (bytearray(b"nothing"), KIND, 400),
        (form(FIELD, end=b""), KIND, 400),
        (form(b"no head at all"), KIND, 400),
        (form(b"X: " + b"x" * 10_000 + b"\r\n\r\n1"), KIND, 400),
        (form(b"Content-Encoding: gzip\r\n" + FIELD), KIND, 400),
        (form(b"Content-Transfer-Encoding: base64\r\n" + FIELD), KIND, 400),
        (form(b"Content-Type: multipart/mixed; boundary=y\r\n" + FIELD), KIND, 400),
        (form(*[FIELD] * (PARTS + 1)), KIND, 413),
        (form(FIELD + b"x" * FORM_BYTES), KIND, 413),
        (form(*[FIELD + b"x" * (FORM_BYTES // 2)] * 3), KIND, 413),
        (form(b'Content-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + bytes(UPLOAD_BYTES + 1)), KIND, 413),
    ],
)  # fmt: skip
def test_a_form_that_is_refused(body: bytearray, kind: str, code: int) -> None:
    with pytest.raises(ApiError) as refusal:
        list(parts(body, kind))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "filling", [b"-", b"\r\n--", b"\r\n--x", b"\r\n\r\n", b"--x\r\n", b"\r\n--x\r\n\r\n\r\n"]
)
def test_no_filling_of_a_body_makes_it_slow(filling: bytes) -> None:
    body = form(FIELD + filling * (UPLOAD_BYTES // len(filling)))
    began = time.perf_counter()
    with pytest.raises(ApiError):
        list(parts(body, KIND))
    assert time.perf_counter() - began < 0.5


# --- what the bot does with files -----------------------------------------------------------------------------------


async def test_the_bot_fetches_no_file_that_is_said_to_be_too_large(tmp_path: Path) -> None:
    """What is larger than we read is refused by its announcement, and photos are not fetched at all."""
    async with Candor(tmp_path) as candor:
        maria = candor.person()
        await maria.enrols("us")
        before = len(candor.api.log)
        for size in (50 * 2**20, 2**40):
            announced = {
                "file_id": "x",
                "file_unique_id": "x",
                "file_name": "a.zip",
                "mime_type": "application/zip",
            }
            began = time.perf_counter()
            mark = maria.player._send({"document": announced | {"file_size": size}})
            await maria.player.reply(mark, within=2.0)
            assert time.perf_counter() - began <= 2.0
            await candor.quiet()
        await maria.sends("photo")
        calls = [call.method.lower() for call in list(candor.api.log)[before:]]
        assert "sendmessage" in calls
        assert "getfile" not in calls


def test_one_place_of_the_bot_asks_for_files() -> None:
    root = Path(__file__).resolve().parents[2] / "bot"
    ours = [path for path in root.rglob("*.py") if "local" not in path.parts]
    assert len(ours) > 30
    asks = re.compile(r"get_?file\b|download_(?:to_drive|to_memory|as_bytearray)", re.IGNORECASE)
    assert [path.name for path in ours if asks.search(path.read_text())] == ["calls.py"]
