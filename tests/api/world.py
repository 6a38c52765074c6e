"""A lender's programs against the real interface on loopback: two lenders, their keys, borrowers with loans."""

import datetime as dt
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import sqlalchemy as sa

from bot import settings, wire
from bot.channels.api import Api
from bot.services.authority import SCOPES
from storage import apikeys, consents, lenders, loans, people, pins, tables, watches
from storage.lenders import Lender
from storage.people import Person, Profile
from tests import unhurried
from tests.storage.sample import watched

YEAR = dt.timedelta(days=365)
PROBLEM = "application/problem+json"
JSON, NDJSON = "application/json", "application/x-ndjson"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    media: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The kind of problem, "" for an answer that is none."""
        if self.status < 400:
            return ""
        assert self.media == PROBLEM, (self.status, self.media)
        found = self.json
        assert found["status"] == self.status
        return str(found["type"]).removeprefix("urn:candor:")


class World:
    """The interface over a database, between `async with`."""

    def __init__(self, folder: Path, database_url: str, *, limited: bool = False) -> None:
        environ = {"CANDOR_DATA": str(folder), "DATABASE_URL": database_url}
        if not limited:
            environ["CANDOR_CONFIG"] = unhurried.config(folder)
        self.settings = settings.load(environ=environ)
        self.now: dt.datetime | None = None
        self._chats = itertools.count(5001)

    def clock(self) -> dt.datetime:
        return self.now or wire.now()

    async def __aenter__(self) -> Self:
        wire.prepare(self.settings)
        self.context = await wire.build(self.settings, self.clock)
        self.api = Api(self.context)
        self.port = await self.api.start("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.port}"
        self.session = aiohttp.ClientSession(auto_decompress=False)
        async with self.context.database.write() as write:
            one = await lenders.add(write, "First Example Bank", "us", self.clock())
            two = await lenders.add(write, "Second Example Bank", "us", self.clock())
        assert one is not None
        assert two is not None
        self.a, self.b = one, two
        self.key = await self.makes_key(self.a)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()
        await self.api.stop()
        await self.context.database.close()
        await self.context.vault.close()

    async def makes_key(
        self, lender: Lender, *scopes: str, expires_at: dt.datetime | None = None, name: str = "program"
    ) -> str:
        """Make a key; without scopes, one that may do everything."""
        async with self.context.database.write() as write:
            return await apikeys.make(
                write, lender.id, name, scopes or SCOPES, "shell", self.clock(), expires_at
            )

    async def ends_key(self, key: str) -> None:
        now = self.clock()
        async with self.context.database.write() as write:
            found = await apikeys.find(write, key, now)
            assert found is not None
            await apikeys.end(write, found.id, now)

    async def borrower(self, country: str = "us") -> Person:
        """Let somebody be registered."""
        chat, vault, now = next(self._chats), self.context.vault, self.clock()
        async with self.context.database.write() as write:
            person = await people.meet(write, vault, chat, "en", country, now)
            who = Profile("Maria Lopez", f"+1202555{chat:04d}", f"5369{chat:05d}")
            await people.register(write, vault, person, who, now)
            await pins.choose(write, person, "hash-of-a-pin", now)
        return person

    async def lends(self, reference: str = "L-1", lender: Lender | None = None) -> Person:
        """Let somebody have a loan, and agree to have it watched."""
        person = await self.borrower()
        await self.agrees(person, reference, lender or self.a)
        return person

    async def agrees(self, person: Person, reference: str, lender: Lender, *, given: bool = True) -> None:
        now = self.clock()
        async with self.context.database.write() as write:
            if given:
                terms: dict[str, str | int] = {"amount": "1000.00", "instalments": 12}
                draft = loans.Draft(reference, "USD", now.date(), (now + YEAR).date(), terms, ("reschedule",))
                await loans.put(write, person, lender.id, draft, "OFFICER234", now)
            receipt = f"00000000-0000-4000-8000-{person.id:06d}{lender.id:06d}"
            decision = watched(lender.id, at=now, receipt=receipt if given else receipt[::-1], given=given)
            await consents.record(write, person, [decision])
            await watches.settle(write, person, 1, now)

    async def asks(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, name: str = "",
        media: str = JSON, raw: bytes | None = None, headers: Mapping[str, str] | None = None,
    ) -> Reply:  # fmt: skip
        """Make a request; `raw` is sent as it is."""
        shown = {"Authorization": f"Bearer {self.key if key is None else key}"} if key != "" else {}
        if raw is None and body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            shown["Content-Type"] = media
        if name:
            shown["Idempotency-Key"] = name
        url = f"{self.url}{path}"
        async with self.session.request(
            method, url, data=None if raw is None else io.BytesIO(raw), headers={**shown, **(headers or {})}
        ) as answer:
            return Reply(answer.status, answer.content_type, await answer.read(), dict(answer.headers))

    async def sends(self, *told: Mapping[str, Any], whole: bool = False, **more: Any) -> Reply:
        """Send events as NDJSON."""
        path = "/v1/events?whole=true" if whole else "/v1/events"
        return await self.asks("POST", path, raw=lines(told), media=NDJSON, **more)

    async def count(self, table: str, **which: Any) -> int:
        rows = tables.metadata.tables[table]
        where = [rows.c[name] == value for name, value in which.items()]
        async with self.context.database.read() as read:
            return int(await read.scalar(sa.select(sa.func.count()).select_from(rows).where(*where)) or 0)

    async def denials(self) -> list[tuple[str, str, str]]:
        """Give who was denied what, and why, in the audit trail."""
        trail = tables.audit
        chosen = sa.select(trail.c.actor, trail.c.action, trail.c.reason).where(trail.c.result == "denied")
        async with self.context.database.read() as read:
            return [tuple(row) for row in await read.execute(chosen.order_by(trail.c.id))]


def lines(told: Sequence[Mapping[str, Any]]) -> bytes:
    """Write NDJSON."""
    return b"\n".join(json.dumps(one).encode() for one in told)


def late(ref: str = "e-1", loan: str = "L-1", **fields: Any) -> dict[str, Any]:
    """An instalment that is late."""
    return {"loan": loan, "ref": ref, "kind": "instalment_late", "on": "2026-01-31", "days": 12, **fields}
