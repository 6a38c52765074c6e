"""The server: everything comes through one door, which looks at the key before it looks at anything else.

Nothing of a body is read before its key is known, its length is within the limit and its type is one of ours. It
speaks plain HTTP on loopback; a reverse proxy in front of it has the certificate.
"""

import asyncio
import datetime as dt
import errno
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import hdrs, web
from sqlalchemy.exc import DBAPIError

from bot.channels.api import openapi
from bot.channels.api.body import Malformed, TooLarge, unpacked
from bot.channels.api.call import Call, Said, said
from bot.channels.api.operations import JSON, OPERATIONS, Limit, Operation, Parameter
from bot.channels.api.problems import Trouble
from bot.channels.api.shapes import Health
from bot.services.context import Context
from bot.services.programs import Busy, Door, NotAllowed, TooMany, Unknown
from bot.settings import SettingsError
from storage.database import away

log = logging.getLogger(__name__)

KIB = 1024
SECONDS_TO_READ = 10.0
SECONDS_TO_FINISH = 10.0
BAD = 400
_LATER = {"Retry-After": "1"}
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
_PLAIN = {"true": True, "false": False}
_BEARER = re.compile(r"Bearer +([!-~]+)", re.IGNORECASE)
_NAME = re.compile(openapi.KEY_PATTERN.removeprefix("^").removesuffix("$"))
_KEY_HEADER = "Idempotency-Key"
GZIP = "gzip"
_ENCODINGS = frozenset({"", "identity", GZIP})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The HTTP interface, between `start` and `stop`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._door = Door(context)
        self._most = context.settings.config.api.most_kib * KIB
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port; 0 takes a free one. Raises SettingsError where nobody can listen."""
        app = web.Application(client_max_size=self._most, middlewares=[_answering])
        for operation in OPERATIONS:
            app.router.add_route(operation.method, operation.path, self._serving(operation))
        app.router.add_get("/healthz", self._health, allow_head=False)
        app.router.add_get("/v1/openapi.json", _document, allow_head=False)
        app.on_response_prepare.append(_say_little)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,  # we unpack to a limit ourselves, and can say what was wrong
            shutdown_timeout=SECONDS_TO_FINISH,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as trouble:
            await self.stop()
            raise SettingsError(
                f"CANDOR_API_PORT {port} at {host}: {_words(trouble)}; choose another, or stop what listens there"
            ) from None
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Take no more requests; those in hand are finished."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _serving(self, operation: Operation) -> Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            return _response(await self._serve(operation, request))

        return serve

    async def _serve(self, operation: Operation, request: web.Request) -> Said:
        shown = _BEARER.fullmatch(request.headers.get(hdrs.AUTHORIZATION, ""))
        program = await self._door.admit(shown[1] if shown else "", operation.name)
        parameters = {one.name: _parameter(one, request) for one in operation.parameters}
        _only_known(operation, request)
        media = _media(operation, request)
        body = await self._read(request) if operation.bodies else b""
        target = f"{request.method} {request.rel_url}"
        return await operation.use(
            Call(self._context, program, parameters, body, media, _name(operation, request), target)
        )

    async def _read(self, request: web.Request) -> bytes:
        if (request.content_length or 0) > self._most:
            raise self._too_large()
        try:
            async with asyncio.timeout(SECONDS_TO_READ):
                body = await request.read()
        except TimeoutError:
            raise Trouble("too-slow") from None
        except web.HTTPRequestEntityTooLarge:
            raise self._too_large() from None
        if request.headers.get(hdrs.CONTENT_ENCODING, "").lower() != GZIP:
            return body
        try:
            return unpacked(body, self._most)
        except TooLarge:
            raise self._too_large() from None
        except Malformed as mistake:
            raise Trouble("malformed", mistake.why) from None

    def _too_large(self) -> Trouble:
        return Trouble("too-large", accepted=f"at most {self._most // KIB} KiB, also when unpacked")

    async def _health(self, _: web.Request) -> web.StreamResponse:
        if not await self._context.database.answers():
            raise Trouble("busy", headers=_LATER)
        return _response(said(Health("ok")))


@web.middleware
async def _answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every end of a request its words."""
    try:
        return await handler(request)
    except Exception as end:  # noqa: BLE001 - what nobody thought of is a mistake of ours, and is logged
        return _refused(_trouble(end))


def _trouble(end: Exception) -> Trouble:
    """Put how a request ended into words."""
    match end:
        case Trouble():
            return end
        case Unknown():
            found = Trouble("unauthorized", headers={str(hdrs.WWW_AUTHENTICATE): "Bearer"})
        case NotAllowed():
            found = Trouble("forbidden")
        case TooMany():
            found = Trouble("slow-down", headers={str(hdrs.RETRY_AFTER): str(end.wait)})
        case web.HTTPMethodNotAllowed():
            accepted = ", ".join(sorted(end.allowed_methods))
            found = Trouble("not-allowed", headers={str(hdrs.ALLOW): accepted}, accepted=accepted)
        case web.HTTPNotFound():
            found = Trouble("not-found")
        case web.HTTPException():
            found = Trouble("bad-request")
        case Busy():
            found = Trouble("busy", headers=_LATER)
        case DBAPIError() if away(end):
            log.warning("the database did not answer: %s", type(end.orig).__name__)
            found = Trouble("busy", headers=_LATER)
        case _:
            log.error("a request failed: %s", type(end).__name__, exc_info=end)
            found = Trouble("broken")
    return found


async def _document(_: web.Request) -> web.StreamResponse:
    return _response(Said(200, openapi.document()))


async def _say_little(_: web.Request, response: web.StreamResponse) -> None:
    """Keep the versions of what we run to ourselves, and answers out of every cache."""
    response.headers.pop(hdrs.SERVER, None)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


def _response(answer: Said) -> web.Response:
    # an answer that is given again may be a problem
    media = openapi.PROBLEM if answer.status >= BAD else JSON
    return web.Response(
        status=answer.status,
        body=answer.body or None,
        headers=answer.headers,
        content_type=media if answer.body else None,
    )


def _refused(trouble: Trouble) -> web.Response:
    return _response(Said(trouble.problem.status, msgspec.json.encode(trouble.problem), trouble.headers))


def _parameter(one: Parameter, request: web.Request) -> Any:
    """Read a parameter; one that is not there is its default. Raises Trouble."""
    given = [request.match_info[one.name]] if one.where == "path" else request.query.getall(one.name, [])
    if not given:
        return one.default
    try:
        value = given[0]
        if one.type is bool:
            raw: Any = _PLAIN.get(value)
        else:
            raw = int(value) if one.type is Limit and _DIGITS.fullmatch(value) else value
        found = msgspec.convert(raw, one.type, strict=True)
        if isinstance(found, dt.datetime):
            found = found.astimezone(dt.UTC)
    except (msgspec.ValidationError, OverflowError):
        found = None
    if found is None or len(given) > 1 or not value.isascii() or not value.isprintable():
        raise Trouble("bad-parameter", f"{one.name}: {one.text}", accepted=_accepted(one))
    return found


def _accepted(one: Parameter) -> str:
    if one.type is bool:
        return "true or false, once"
    schema = msgspec.json.schema(one.type)
    limits = {
        name: schema[name]
        for name in ("pattern", "minimum", "maximum", "format", "examples")
        if name in schema
    }
    return f"{schema['type']}, once: {', '.join(f'{name} {value}' for name, value in limits.items())}"


def _only_known(operation: Operation, request: web.Request) -> None:
    known = [one.name for one in operation.parameters if one.where == "query"]
    if set(request.query) - set(known):
        raise Trouble("bad-parameter", "there is no such parameter", accepted=", ".join(known) or "none")


def _media(operation: Operation, request: web.Request) -> str:
    if not operation.bodies:
        return ""
    charset = (request.charset or "utf-8").lower()
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "").lower()
    if request.content_type not in operation.bodies or charset != "utf-8" or encoding not in _ENCODINGS:
        raise Trouble("media-type", accepted=f"{' or '.join(operation.bodies)}, in UTF-8, plain or gzip")
    return request.content_type


def _name(operation: Operation, request: web.Request) -> str:
    """Give the name of a request that changes something; "" without one."""
    given = request.headers.getall(_KEY_HEADER, [])
    if not operation.changes or not given:
        return ""
    if len(given) > 1 or not _NAME.fullmatch(given[0]):
        raise Trouble("bad-parameter", _KEY_HEADER, accepted="1 to 255 visible ASCII characters, once")
    return given[0]


def _words(trouble: OSError) -> str:
    if trouble.errno == errno.EADDRINUSE:
        return "something listens there already"
    return (trouble.strerror or "nobody can listen there").lower()
