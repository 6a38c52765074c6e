"""Delivery: rows of the outbox become calls, in the order `queueing` gives, and are marked once their fate is known.

A send cut off between the call and the mark is repeated after a restart (the Bot API has no idempotency key), so an
answer or an alert may come twice but is never lost; a campaign's message is marked before it is sent, so it may be
lost but never comes twice. Marks are committed in groups: while one commit is on its way to the disk, the next ones
gather.
"""

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any, Protocol

from bot.services.lanes import Hands
from bot.services.queueing import Pace, Queue
from storage import outbox, people
from storage.database import Database
from storage.outbox import Parcel
from storage.vault import Vault

log = logging.getLogger(__name__)

AT_ONCE = 256
AT_ONCE_WITHIN = dt.timedelta(seconds=1)
"""What goes out sooner after it was put is not asked for again."""
AT_A_LOOK = 500
FULL = 2000
"""Messages in hand beyond which campaigns wait in the table."""
LONGEST_WAIT = 60.0
MARK_AGAIN = 1.0
ASK_AGAIN = 0.1
"""Seconds until we look whether we may send, while we may not."""
REMEMBERED = 10_000


class Later(Exception):
    """Not accepted, but may be later. `after`: the seconds for which Telegram wants nothing more for this chat."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Unheard(Later):
    """No word whether it was accepted: no answer in time, none that could be read, or a server's error."""


class Refused(Exception):
    """Refused for good: by a person who blocked us, as something Telegram does not take, or after too long."""

    def __init__(self, reason: str, *, blocked: bool = False) -> None:
        super().__init__(reason)
        self.blocked = blocked


class Needless(Exception):
    """What the call asked for is so already: nothing to change, nothing to delete, a button long gone."""


class Post(Protocol):
    """The way to a messenger."""

    async def call(self, method: str, payload: Mapping[str, Any], file: bytes | None) -> int | None:
        """Make one Bot API call; gives the message's id where one came of it. Raises Later, Refused or Needless."""


Undelivered = Callable[[Parcel], Awaitable[None]]
"""Hears of a parcel that does not reach its person, before its row is closed: after a kill it hears of it again."""


async def _nobody_else(_: Parcel) -> None:
    """Leave it at that."""


Delivered = Undelivered
"""Hears of a parcel that was taken, before its row is closed, in the same way."""


class Courier:
    """Carries parcels. One per worker; `may` says whether this process is still it."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        post: Post,
        clock: Callable[[], dt.datetime],
        give_up: dt.timedelta,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        undelivered: Undelivered = _nobody_else,
        delivered: Delivered = _nobody_else,
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._vault = vault
        self._post = post
        self._clock = clock
        self._give_up = give_up
        self._undelivered = undelivered
        self._delivered = delivered
        self._may = may
        self.hands = Hands()
        self._queue = Queue(pace)
        self._sending: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._marks: dict[int, int | None] = {}
        self._flush: asyncio.Task[None] | None = None
        self._became: dict[int, int | None] = {}
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Let the chats rest that Telegram told an earlier run to let rest, then pick up what it left unsent."""
        now, loop = self._clock(), asyncio.get_running_loop()
        async with self._database.read() as read:
            for chat_id, until in (await outbox.resting(read, now)).items():
                self._queue.rest(chat_id, loop.time() + (until - now).total_seconds())
        await self.look()

    async def look(self) -> None:
        """Take up what waits in the table and is not in hand: put there by others, or for now."""
        self.hands.look()
        least = outbox.CAMPAIGN if len(self.hands) < FULL else outbox.NOTICE
        async with self._database.read() as read:
            rows = await outbox.due(read, self._clock(), len(self.hands) + AT_A_LOOK, least)
            rows = [row for row in rows if row not in self.hands]
            parcels = await outbox.waiting(read, self._vault, rows) if rows else []
        for row in set(rows) - {parcel.id for parcel in parcels}:
            self.hands.leave(row, inf)  # it does not open, which was reported; or it is gone
        self.carry(parcels)

    def carry(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels whose rows are committed; those for later are found in the table when their time has come."""
        now = self._clock()
        for parcel in parcels:
            wait = 0.0 if parcel.not_before is None else (parcel.not_before - now).total_seconds()
            if (wait <= 0 or parcel.attempts) and self.hands.take(parcel.id):
                due = asyncio.get_running_loop().time() + wait if wait > 0 else 0.0
                self._queue.put(parcel, due)
        self._pump()

    @property
    def busy(self) -> int:
        """Count the messages in hand."""
        return len(self.hands)

    async def stop(self) -> None:
        """Finish what is on its way; what waits stays a row."""
        self._stopping.set()
        self._pump()
        if self._sending:
            await asyncio.wait(self._sending)
        if self._flush is not None:
            await asyncio.wait({self._flush})  # should it fail, its rows are repeated after the next start

    def abandon(self) -> None:
        """Let everything lie as a kill would."""
        self._stopping.set()
        self._pump()
        for task in self._sending:
            task.cancel()

    def _pump(self) -> None:
        """Set on its way whatever may go now, and come back when there may be more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set() and len(self._sending) < AT_ONCE:
            found = self._queue.next(loop.time()) if self._may() else ASK_AGAIN
            if isinstance(found, Parcel):
                task = loop.create_task(self._deliver(found))
                self._sending.add(task)
                task.add_done_callback(self._ended)
                continue
            if found is not None:
                self._timer = loop.call_later(found, self._pump)
            return

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._pump()

    async def _deliver(self, parcel: Parcel) -> None:
        """Try once, and put the parcel back in its place where that was in vain."""
        loop, wait = asyncio.get_running_loop(), min(2.0 ** min(parcel.attempts, 10), LONGEST_WAIT)
        again = True
        try:
            await self._send(parcel)
            again = False
        except Later as delay:
            if delay.after is not None:
                wait = delay.after
                self._queue.rest(parcel.chat_id, loop.time() + wait)
            await self._put_off(parcel, wait, delay)
        except Exception as trouble:
            # whatever else went wrong (a full disk, say), the message is not lost and keeps its place
            log.exception("message %d waits: %s", parcel.id, type(trouble).__name__)
        if again:
            self._queue.put(replace(parcel, attempts=parcel.attempts + 1), loop.time() + wait)
        else:
            self.hands.finish(parcel.id)
        self._queue.end(parcel, loop.time())

    async def _send(self, parcel: Parcel) -> None:
        """Make the call and mark its outcome. Raises Later while there is hope."""
        once = parcel.priority >= outbox.CAMPAIGN
        message_id = None
        try:
            payload = await self._complete(parcel)
            if payload is not None:
                if once:
                    async with self._database.write() as write:
                        await outbox.trying(write, parcel.id)
                message_id = await self._post.call(parcel.call.method, payload, parcel.call.file)
        except Needless:
            pass
        except Refused as refusal:
            await self._refused(parcel, refusal)
            return
        except Later as delay:
            if once and isinstance(delay, Unheard):
                await self._closed(parcel, delay, outbox.UNKNOWN)
                return
            if parcel.at is None or self._clock() - parcel.at <= self._give_up:
                raise
            await self._refused(parcel, Refused(f"gave up: {delay}"))
            return
        await self._delivered(parcel)
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
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    async def _complete(self, parcel: Parcel) -> Mapping[str, Any] | None:
        """Give the call's parameters, with the id of the message it edits; None when that never came to be.

        None, too, when it was taken back while it waited in our hands: its consent or its reader's role has ended,
        or whom it is about is erased.
        """
        waited = parcel.at is not None and self._clock() - parcel.at > AT_ONCE_WITHIN
        if parcel.attempts or waited or parcel.priority != outbox.ANSWER:
            async with self._database.read() as read:
                if not await outbox.stands(read, parcel.id):
                    return None
        row = parcel.call.edits
        if row is None:
            return parcel.call.payload
        if row not in self._became:
            async with self._database.read() as read:
                self._became[row] = await outbox.message_of(read, row)
        message_id = self._became.pop(row)
        # what is new goes into the topic that the row made; anything else is done to its message
        new = parcel.call.method.startswith(("send", "copy", "closeForum", "reopenForum"))
        name = "message_thread_id" if new else "message_id"
        return None if message_id is None else {**parcel.call.payload, name: message_id}

    async def _refused(self, parcel: Parcel, refusal: Refused) -> None:
        await self._undelivered(parcel)
        await self._closed(parcel, refusal, outbox.FAILED)

    async def _closed(self, parcel: Parcel, why: Exception, state: str) -> None:
        """Close a row without its message having come."""
        log.warning("message %d was not taken: %s", parcel.id, why)
        async with self._database.write() as write:
            await outbox.failed(write, parcel.id, str(why), state)
            if isinstance(why, Refused) and why.blocked:
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
