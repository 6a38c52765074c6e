"""Programs: how software of a lender is let in, and how what it asks for happens once however often it is asked.

A key is counted before anything else of a request is looked at. Whoever is turned away learns nothing but that, and
leaves a row in the audit trail; those without any key share one small allowance of such rows.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services import trail
from bot.services.authority import UNKNOWN, opens
from bot.services.context import Context
from storage import apikeys, audit, lenders, requests
from storage.apikeys import Key
from storage.audit import Entry
from storage.database import away
from storage.dialogs import Stale
from storage.lenders import Lender
from storage.requests import Answer
from storage.scores import NoLiveReceipt

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 6
MINUTE = 60


class Unknown(Exception):
    """No live key was shown."""


class NotAllowed(Exception):
    """The key does not have the scope."""


class TooMany(Exception):
    """More requests than a minute has room for; `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("too many")
        self.wait = wait


class Busy(Exception):
    """The database is away, or others were faster again and again; nothing has happened."""


@dataclass(frozen=True, slots=True)
class Program:
    """Who is asking: a key, and the lender it is of."""

    key: Key
    lender: Lender

    @property
    def name(self) -> str:
        """How the audit trail, and the rows it makes, call it."""
        return f"key:{self.key.id}"


@dataclass(frozen=True, slots=True)
class Done:
    """What a request came to: its answer, and what the audit trail is to say of it."""

    answer: Answer
    trail: Sequence[Entry] = ()


Effect = Callable[[AsyncConnection], Awaitable[Done]]
"""What a request does, in a transaction; done over where others came in between."""


@dataclass(slots=True)
class Door:
    """The one way in."""

    context: Context
    _minute: int = 0
    _strangers: int = field(default=0)

    async def admit(self, shown: str, operation: str) -> Program:
        """Let a request in by the key it shows. Raises Unknown, NotAllowed and TooMany."""
        context, now = self.context, self.context.clock()
        async with context.database.read() as read:
            key = await apikeys.find(read, shown, now) if shown else None
            lender = await lenders.find(read, key.lender_id) if key else None
        if key is None or lender is None:
            await self._turn_away(operation, now)
            raise Unknown
        async with context.database.write() as write:
            used = await apikeys.count(write, key, now)
        if used is None:
            await self._turn_away(operation, now)
            raise Unknown
        if used > context.settings.config.api.requests_a_minute:
            raise TooMany(_rest(now))
        if not opens(key.scopes, operation):
            denied = Entry(f"key:{key.id}", operation, f"lender:{lender.id}", "scope", audit.DENIED)
            await trail.record(context, [denied], now)
            raise NotAllowed
        return Program(key, lender)

    async def _turn_away(self, operation: str, now: dt.datetime) -> None:
        """Write a stranger down. A flood of them fills neither the trail nor the disk, and shuts nobody else out."""
        minute = int(now.timestamp()) // MINUTE
        if minute != self._minute:
            self._minute, self._strangers = minute, 0
        self._strangers += 1
        most = self.context.settings.config.api.requests_a_minute
        if self._strangers > most + 1:
            raise TooMany(_rest(now))
        reason = "flood" if self._strangers > most else "key"
        await trail.record(self.context, [Entry(UNKNOWN, operation, "-", reason, audit.DENIED)], now)


async def once(
    context: Context, program: Program, name: str, content: bytes, effect: Effect
) -> tuple[Answer, bool]:
    """Do what a request asks for; gives the answer, and whether it is that of an earlier request of the same `name`.

    Without a name it is done each time. Raises requests.Reused, Unknown when the key ended meanwhile, and Busy.
    """
    for attempt in range(MOST_ATTEMPTS):
        try:
            return await _once(context, program, name, content, effect)
        except Stale:
            raise Unknown from None
        except (NoLiveReceipt, IntegrityError):
            log.info("somebody came in between; attempt %d", attempt)  # the next one sees what they did
        except DBAPIError as trouble:
            if not away(trouble):
                raise
            log.warning("the database did not answer: %s", type(trouble.orig).__name__)
            await asyncio.sleep(0.02 * 2**attempt)
    raise Busy


async def _once(
    context: Context, program: Program, name: str, content: bytes, effect: Effect
) -> tuple[Answer, bool]:
    now = context.clock()
    async with context.database.write() as write:
        await apikeys.hold(write, program.key, now)
        if name:
            before = await requests.claim(write, program.key.id, name, content, now)
            if before is not None:
                return before, True
        done = await effect(write)
        if name:
            await requests.finish(write, program.key.id, name, done.answer)
        head = await trail.append(context, write, done.trail, now)
    await trail.anchor(context, head, now)
    context.bell.set()
    return done.answer, False


def _rest(now: dt.datetime) -> int:
    """Give the seconds until the next minute begins."""
    return MINUTE - int(now.timestamp()) % MINUTE
