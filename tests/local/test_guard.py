"""Loopback only, no other site's scripts, nothing inline."""

import aiohttp
import pytest

from bot.channels.local import LocalBotApi

from .client import ALEX, TOKEN


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])  # noqa: S104 - each is refused
async def test_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        await LocalBotApi(TOKEN).start(host)


@pytest.mark.parametrize("path", ["/", f"/bot{TOKEN}/getMe", "/chat/events", "/web/app.js"])
async def test_answers_to_loopback_names_only(
    server: LocalBotApi, session: aiohttp.ClientSession, path: str
) -> None:
    async with session.get(server.url + path, headers={"Host": "rebound.example.org:80"}) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org", "X-Local-Chat": "1"},
        {"Origin": "null", "X-Local-Chat": "1"},
        {"Sec-Fetch-Site": "cross-site", "X-Local-Chat": "1"},
        {},  # a plain form cannot set the page's own header
    ],
)
async def test_only_the_page_may_act(
    server: LocalBotApi, session: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    act = {"person": ALEX, "act": "say", "text": "x"}
    async with session.post(f"{server.url}/chat/act", json=act, headers=headers) as response:
        assert response.status == 403
    assert server.person(ALEX).messages() == []


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_no_page_plays_the_bot(
    server: LocalBotApi, session: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    """The token is no secret here, and an image tag is enough to have updates confirmed and lost."""
    for call in ("getUpdates?offset=99", f"sendMessage?chat_id={ALEX}&text=x"):
        async with session.get(f"{server.url}/bot{TOKEN}/{call}", headers=headers) as response:
            assert response.status == 403
    assert server.person(ALEX).messages() == []


async def test_headers_forbid_inline_scripts_and_guessing(
    server: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    for path in ("/", "/web/app.js", f"/bot{TOKEN}/getMe", "/web/../server.py"):
        async with session.get(server.url + path) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_files_from_people_are_never_shown_as_pages(
    server: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    alex = server.person(ALEX)
    await alex.send_document("x.html", b"<script>alert(1)</script>", "text/html")
    file_id = alex.messages()[0]["document"]["file_id"]
    async with session.get(f"{server.url}/chat/file/{file_id}") as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        ({"person": 5, "act": "say", "text": "x"}, "nobody here has this id"),
        ({"person": ALEX, "act": "fly"}, "unknown act"),
        ({"person": ALEX, "act": "say", "text": " "}, "a message has 1 to 4096 characters"),
        (
            {"person": ALEX, "act": "press", "message_id": 9, "data": "x"},
            "there is no message 9 in this chat",
        ),
        ({"person": ALEX, "act": "language", "code": "<b>"}, "unknown act"),
        ([], None),
    ],
)
async def test_bad_acts_are_refused_with_words(
    server: LocalBotApi, session: aiohttp.ClientSession, act: object, problem: str | None
) -> None:
    async with session.post(f"{server.url}/chat/act", json=act, headers={"X-Local-Chat": "1"}) as response:
        assert response.status == 400
        assert problem is None or (await response.json())["problem"] == problem
