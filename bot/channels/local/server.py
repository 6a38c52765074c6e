"""The Bot API server itself: addresses, envelopes, the log of calls, and its life from start to stop."""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.channels.local.chats import Forum
from bot.channels.local.errors import ApiError
from bot.channels.local.faults import CutError, Fault, GarbledError, Injector
from bot.channels.local.group import Group, Title
from bot.channels.local.guard import add_headers, is_loopback, local_only
from bot.channels.local.limits import FORM_BYTES, Scales, Weigh
from bot.channels.local.methods import METHODS
from bot.channels.local.page import Page
from bot.channels.local.params import Call, read_call
from bot.channels.local.people import DEMO_PEOPLE, Person
from bot.channels.local.player import Player
from bot.channels.local.seal import AesSeal, NoSeal
from bot.channels.local.store import Store
from bot.channels.local.world import World

_LOGGED_CALLS = 100_000
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class LoggedCall:
    """One call that came in: its method, its parameters, when it did (server's clock), how it ended."""

    method: str
    params: dict[str, object]
    at: float
    code: int = 0  # 200, or the error code; 0 while it runs and for a connection that was cut


class LocalBotApi:
    """Telegram on loopback, for one bot and a handful of people.

    Without `path` everything is kept in memory; with it, in that SQLite file, sealed with the 32-byte `key`.
    `latency` is added to every call, in seconds. `fault` may be set at any time; it sees every call and says
    how it fails. A pressed button waits `callback_lifetime` seconds for its answer. `proxy` is where a webhook is
    posted to, in the place of the host of its address; without it webhooks are refused.
    """

    def __init__(
        self,
        token: str,
        *,
        path: Path | None = None,
        key: bytes | None = None,
        people: Sequence[Person] = DEMO_PEOPLE,
        latency: float = 0.0,
        fault: Injector | None = None,
        callback_lifetime: float = 60.0,
        proxy: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not token.partition(":")[0].isdecimal() or not token.partition(":")[2]:
            raise ValueError("a bot token looks like 123456:SECRET")
        if path is not None and key is None:
            raise ValueError("a chat written to disk needs a key")
        self.token = token
        self.latency = latency
        self.fault = fault
        self.log: deque[LoggedCall] = deque(maxlen=_LOGGED_CALLS)
        self._world = World(
            token, Store(path, AesSeal(key) if key else NoSeal()), clock, callback_lifetime, proxy
        )
        self._scales = Scales()
        self._runner: web.AppRunner | None = None
        self._url = ""
        self._running = 0  # calls under way and calls so far, other than polls for updates
        self._calls = 0
        for person in people:
            self._world.chats.open(person)
        self._world.store.commit()

    @property
    def url(self) -> str:
        """The root address, without a slash at its end.

        PTB wants `base_url` = url + "/bot" and `base_file_url` = url + "/file/bot".
        """
        return self._url

    @property
    def pending_updates(self) -> int:
        """How many updates the bot has not confirmed."""
        return len(self._world.updates)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, on loopback only, and give the root address. Port 0 takes a free one."""
        if not is_loopback(host):
            raise ValueError(f"the local chat listens on loopback only, not on {host}")
        app = web.Application(middlewares=[local_only], client_max_size=FORM_BYTES)
        app.on_response_prepare.append(add_headers)
        app.add_routes(
            [
                web.route("*", "/bot{token}/{method}", self._answer),
                web.get("/file/bot{token}/{path:.+}", self._download),
                *Page(self._world, self._scales).routes(),
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=1.0, auto_decompress=False, keepalive_timeout=75.0
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        port = self._runner.addresses[0][1]
        self._url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return self._url

    async def stop(self) -> None:
        """Send everybody home and close the store."""
        self._world.updates.stop()
        await self._world.postman.stop()
        self._world.events.end()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._world.store.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def person(self, user_id: int) -> Player:
        """Play the person with this id; KeyError when nobody has it."""
        chat = self._world.chats.find(user_id)
        if chat is None:
            raise KeyError(user_id)
        return Player(self._world, chat)

    def add_person(self, person: Person, *, started: bool = False) -> Player:
        """Seat one more person. `started` lets the bot write to them before they ever wrote."""
        player = Player(self._world, self._world.chats.open(person, started=started))
        self._world.store.commit()
        return player

    def add_forum(self, chat_id: int, title: str) -> Group:
        """Found a supergroup with topics, in which the bot is an administrator. It lives as long as this server."""
        room = self._world.chats.open(Title(chat_id, title), started=True)
        room.forum = Forum()
        return Group(self._world, room)

    async def idle(self, quiet: float = 0.1, within: float = 5.0) -> None:
        """Wait until the bot has confirmed every update and made no call for `quiet` seconds."""
        async with asyncio.timeout(within):
            while True:
                before = self._calls
                await asyncio.sleep(quiet)
                if self._calls == before and not self._running and not self.pending_updates:
                    return

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Put the outcome of one call in its envelope."""
        polls = request.match_info["method"].lower() == "getupdates"
        self._running += not polls
        self._calls += not polls
        try:
            with self._scales.weighing() as weigh:
                return web.json_response({"ok": True, "result": await self._outcome(request, weigh)})
        except ApiError as error:
            return _refusal(error)
        except CutError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        except GarbledError:
            return web.Response(text='{"ok": true, "result": {"messa', content_type="application/json")
        except Exception:  # noqa: BLE001 - a mistake of ours must look like Telegram's bad day, and be seen
            _log.exception("the local chat failed in %s", request.match_info["method"])
            return _refusal(Fault().error())
        finally:
            self._running -= not polls

    async def _outcome(self, request: web.Request, weigh: Weigh) -> object:
        """Perform and log one call, late or not at all if that was asked for."""
        self._check_token(request)
        call = await read_call(request, weigh)
        entry = LoggedCall(call.method, dict(call.values), self._world.clock())
        self.log.append(entry)
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.fault(call) if self.fault else None
        try:
            result = None if fault and not fault.after else await self._perform(call)
            if fault:
                await asyncio.sleep(fault.late)
                fault.strike()
        except ApiError as error:
            entry.code = error.code
            raise
        entry.code = 200
        return result

    async def _perform(self, call: Call) -> object:
        method = METHODS.get(call.method.lower())
        if method is None:
            raise ApiError(404, "Not Found")
        result = method(self._world, call)
        if isinstance(result, Awaitable):
            result = await result
        self._world.store.commit()
        return result

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request)
        except ApiError as error:
            return _refusal(error)
        file = self._world.files.at(request.match_info["path"])
        if file is None:
            return _refusal(ApiError(404, "Not Found"))
        return web.Response(body=self._world.files.read(file), content_type="application/octet-stream")

    def _check_token(self, request: web.Request) -> None:
        given = request.match_info["token"]
        if not given.partition(":")[0].isdecimal() or not given.partition(":")[2]:
            raise ApiError(404, "Not Found")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            raise ApiError(401, "Unauthorized")


def _refusal(error: ApiError) -> web.Response:
    body: dict[str, object] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)
