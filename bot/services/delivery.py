"""Delivery: rows of the outbox become calls, in each chat's order, and are marked once they are sent.

A send cut off between the call and the mark is repeated after a restart (the Bot API has no idempotency key), so a
message may come twice but is never lost. Marks are committed in groups: while one commit is on its way to the disk,
the next ones gather.
"""

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.services.lanes import Lanes
from storage import outbox, people
from storage.database import Database
from storage.outbox import Parcel
from storage.vault import Vault

log = logging.getLogger(__name__)

ASIDE = frozenset({"answerCallbackQuery", "deleteMessage"})
"""Calls that need not wait for the messages before them: a button stops spinning, a secret goes, at once."""

LONGEST_WAIT = 60.0
MARK_AGAIN = 1.0
REMEMBERED = 10_000


class Later(Exception):
    """Not accepted, but may be later: flood control, a server's error, no connection, or no word at all."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(Exception):
    """Refused for good. `blocked` when the person does not let us write to them."""

    def __init__(self, reason: str, *, blocked: bool = False) -> None:
        super().__init__(reason)
        self.blocked = blocked


class Needless(Exception):
    """What the call asked for is so already: nothing to change, nothing to delete, a button long gone."""


class Post(Protocol):
    """The way to a messenger."""

    async def call(self, method: str, payload: Mapping[str, Any], file: bytes | None) -> int | None:
        """Make one Bot API call; gives the message's id where one came of it. Raises Later, Refused or Needless."""


class Courier:
    """Carries parcels. One per process."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        post: Post,
        clock: Callable[[], dt.datetime],
        give_up: dt.timedelta,
    ) -> None:
        self._database = database
        self._vault = vault
        self._post = post
        self._clock = clock
        self._give_up = give_up
        self._chats: Lanes[Parcel] = Lanes(self._deliver, at_once=256)
        self._asides: Lanes[Parcel] = Lanes(self._deliver, at_once=256)
        self._marks: dict[int, int | None] = {}
        self._flush: asyncio.Task[None] | None = None
        self._became: dict[int, int | None] = {}
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Pick up what an earlier run left unsent."""
        async with self._database.read() as read:
            self.carry(await outbox.waiting(read, self._vault))

    def carry(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels whose rows are committed."""
        for parcel in parcels:
            aside = parcel.call.method in ASIDE
            (self._asides if aside else self._chats).put(parcel.id if aside else parcel.chat_id, parcel)

    @property
    def busy(self) -> int:
        """Count the messages on their way."""
        return len(self._chats) + len(self._asides)

    async def stop(self) -> None:
        """Finish what is in hand; what waits for its time stays a row."""
        self._stopping.set()
        await self._chats.stop()
        await self._asides.stop()
        if self._flush is not None:
            await asyncio.wait({self._flush})  # should it fail, its rows are repeated after the next start

    async def _deliver(self, parcel: Parcel) -> None:
        attempts = parcel.attempts
        wait = 0.0 if parcel.not_before is None else (parcel.not_before - self._clock()).total_seconds()
        done = False
        while not done and not await self._stopped_within(wait):
            attempts += 1
            wait = min(2.0 ** (attempts - 1), LONGEST_WAIT)
            try:
                await self._send(parcel)
                done = True
            except Later as delay:
                wait = wait if delay.after is None else delay.after
                await self._put_off(parcel, wait, delay)
            except Exception as trouble:
                # whatever else went wrong (a full disk, say), the message is not lost and keeps its place
                log.exception("message %d waits: %s", parcel.id, type(trouble).__name__)

    async def _send(self, parcel: Parcel) -> None:
        """Make the call and mark its outcome. Raises Later while there is hope."""
        expired = parcel.at is not None and self._clock() - parcel.at > self._give_up
        try:
            payload = await self._complete(parcel)
            message_id = None
            if payload is not None:
                message_id = await self._post.call(parcel.call.method, payload, parcel.call.file)
        except Needless:
            message_id = None
        except Refused as refusal:
            await self._refused(parcel, refusal)
            return
        except Later as delay:
            if not expired:
                raise
            await self._refused(parcel, Refused(f"gave up: {delay}"))
            return
        await self._mark(parcel.id, message_id)

    async def _put_off(self, parcel: Parcel, wait: float, delay: Later) -> None:
        until = self._clock() + dt.timedelta(seconds=wait)
        try:
            async with self._database.write() as write:
                await outbox.later(write, parcel.id, until, str(delay))
        except Exception as trouble:  # noqa: BLE001 - it is for a restart only; we wait all the same
            log.warning("message %d is put off unwritten: %s", parcel.id, type(trouble).__name__)

    async def _stopped_within(self, seconds: float) -> bool:
        """Wait, unless we are told to stop; says whether we are."""
        if seconds <= 0:
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    async def _complete(self, parcel: Parcel) -> Mapping[str, Any] | None:
        """Give the call's parameters, with the id of the message it edits; None when that never came to be."""
        row = parcel.call.edits
        if row is None:
            return parcel.call.payload
        if row not in self._became:
            async with self._database.read() as read:
                self._became[row] = await outbox.message_of(read, row)
        message_id = self._became.pop(row)
        return None if message_id is None else {**parcel.call.payload, "message_id": message_id}

    async def _refused(self, parcel: Parcel, refusal: Refused) -> None:
        log.warning("message %d was not taken: %s", parcel.id, refusal)
        async with self._database.write() as write:
            await outbox.failed(write, parcel.id, str(refusal))
            if refusal.blocked:
                await people.unreachable(write, parcel.chat_id)

    async def _mark(self, row: int, message_id: int | None) -> None:
        """See the mark of a sent message committed. The message is out: only this is tried again, never the call."""
        if len(self._became) > REMEMBERED:
            self._became.clear()
        self._became[row] = message_id
        self._marks[row] = message_id
        while row in self._marks:  # twice, where it came in while the group before it was being committed
            if self._flush is None or self._flush.done():
                self._flush = asyncio.create_task(self._flush_marks())
            try:
                await asyncio.shield(self._flush)
            except Exception as trouble:  # noqa: BLE001 - a full disk, a database away: it ends some time
                log.warning("message %d is sent and not marked yet: %s", row, type(trouble).__name__)
                if await self._stopped_within(MARK_AGAIN):
                    return

    async def _flush_marks(self) -> None:
        group = dict(self._marks)
        async with self._database.write() as write:
            await outbox.sent(write, group, self._clock())
        for row in group:
            self._marks.pop(row, None)
