"""The audit trail: who did what to which object, why, and how it ended. It only ever grows.

Every row's digest is an HMAC over the row and the digest before it, under a key that is not in the database: whoever
owns the database can break the chain but not mend it. The newest digest is also noted outside (`storage.anchor`), or a
cut tail would leave a shorter chain that is just as whole.
"""

import asyncio
import datetime as dt
import hmac
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import LargeBinary, String, and_, cast, extract, func, insert, or_, select, true, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from storage.anchor import BEGINNING, Anchor, Head, Reading
from storage.database import Database
from storage.tables import audit

LOCK = 0x4155444954  # "AUDIT": the PostgreSQL lock that whoever appends holds to the end of the transaction
PAGE = 500
MOST_FINDINGS = 20
CONTEXT = b"candor audit v1\n"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

DONE, DENIED, FAILED = "done", "denied", "failed"

_TEXTS = (audit.c.actor, audit.c.action, audit.c.object, audit.c.reason, audit.c.result)
_LONGEST = {c.name: c.type.length or 0 for c in _TEXTS if isinstance(c.type, String)}
_PLAIN = re.compile(r"[A-Za-z0-9._:@/+\- ]*")
# a net for slips, not a proof: two capitalised words are a name; nine digits without a `kind:` are somebody's number
_CONTENT = re.compile(r"\b[A-Z][a-z]+[ -][A-Z][a-z]+\b|(?<![\w:/-])\d(?:[ -]?\d){8,}[A-Za-z]?(?![\w-])")
# handles and receipts are random: now and then one looks like somebody's number
_RANDOM = re.compile(r"[2-9BCDFGHJKMNPQRSTVWXYZ]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LAST = select(audit.c.id, audit.c.digest).order_by(audit.c.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down: codes and handles, never content. ValueError for what does not look like one.

    `actor` is a handle, "shell" or "clock"; `result` is done, denied or failed.
    """

    actor: str
    action: str
    object: str
    reason: str = "-"
    result: str = DONE

    def __post_init__(self) -> None:
        for (name, longest), value in zip(_LONGEST.items(), self.values(), strict=True):
            # the message must not quote the value: it may be the very content that does not belong here
            fits = len(value) <= longest and _PLAIN.fullmatch(value)
            if not fits or (_CONTENT.search(value) and not _RANDOM.fullmatch(value)):
                raise ValueError(f"audit.{name}: longer than {longest}, or not a code")
        if not self.actor or not self.action or " " in self.actor + self.action:
            raise ValueError("audit.actor, audit.action: one word each")
        if self.result not in {DONE, DENIED, FAILED}:
            raise ValueError("audit.result: done, denied or failed")

    def values(self) -> tuple[str, ...]:
        """Give the fields in the order of the columns."""
        return self.actor, self.action, self.object, self.reason, self.result


class Row(NamedTuple):
    """A row as it is found. `at` is none where a value is not of a kind that this program writes."""

    id: int
    at: dt.datetime | None
    actor: str
    action: str
    object: str
    reason: str
    result: str
    digest: bytes


class Fault(StrEnum):
    """What can be wrong with a trail."""

    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"
    REWRITTEN = "rewritten"
    TAIL_CUT = "tail cut"
    ANCHOR_DAMAGED = "anchor damaged"
    ANCHOR_MISSING = "anchor missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and at which row; 0 where it is no row's."""

    fault: Fault
    row: int
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found. Rows newer than the anchor are no fault: a kill may fall between commit and note."""

    findings: tuple[Finding, ...]
    rows: int
    head: Head
    anchored: int
    newer: int
    remarks: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def whole(self) -> bool:
        """Whether the chain holds in itself, whatever the anchor says of it."""
        return not any(f.fault in {Fault.ALTERED, Fault.MISSING, Fault.INSERTED} for f in self.findings)


async def append(connection: AsyncConnection, key: bytes, entries: Iterable[Entry], now: dt.datetime) -> Head:
    """Add entries to the end of the trail and give its head, to be noted in the anchor once this is committed.

    To be called last in a transaction: on PostgreSQL whoever appends holds all others up until the commit.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    last = (await connection.execute(_LAST)).first()
    head = Head(last.id, last.digest) if last else BEGINNING
    rows: list[dict[str, Any]] = []
    for entry in entries:
        digest = _digest(key, head.digest, head.id + 1, now, entry.values())
        head = Head(head.id + 1, digest)
        named = {field.name: getattr(entry, field.name) for field in fields(Entry)}
        rows.append({"id": head.id, "at": now, "digest": digest, **named})
    if rows:
        await connection.execute(insert(audit), rows)
    return head


async def about(connection: AsyncConnection, handle: str) -> list[dict[str, Any]]:
    """Give the rows that name a person, as who acted or as what it was done to; oldest first."""
    named = or_(audit.c.actor == handle, audit.c.object.contains(handle, autoescape=True))
    chosen = select(audit.c.at, *_TEXTS).where(named).order_by(audit.c.id)
    return [dict(row) for row in (await connection.execute(chosen)).mappings()]


async def newest(connection: AsyncConnection, most: int) -> list[Row]:
    """Give the last rows, oldest first."""
    found = select(*_columns(connection)).order_by(audit.c.id.desc()).limit(most)
    return [_row(row) for row in await connection.execute(found)][::-1]


async def last(connection: AsyncConnection, action: str) -> str:
    """Name what something was done to when it was done last; "" when it never was."""
    done = select(audit.c.object).where(audit.c.action == action, audit.c.result == DONE)
    return await connection.scalar(done.order_by(audit.c.id.desc()).limit(1)) or ""


async def rows(connection: AsyncConnection, after: int | None = None) -> AsyncIterator[list[Row]]:
    """Give all rows in pages, those after a number or from the very first, whatever its number."""
    everything = select(*_columns(connection)).order_by(audit.c.id).limit(PAGE)
    while True:
        page = everything if after is None else everything.where(audit.c.id > after)
        found = (await connection.execute(page)).all()
        if not found:
            return
        yield [_row(row) for row in found]
        after = found[-1].id
        await asyncio.sleep(0)  # on SQLite nothing above has let anybody else run


async def verify(database: Database, key: bytes, anchor: Anchor) -> Verdict:
    """Hold the whole trail against its chain and its anchor; reads only, in bounded memory.

    Whatever was altered, removed, reordered or put in is found, and a tail cut behind the anchor.
    """
    # the anchor first: what it knows by now was committed by now
    reading = await asyncio.to_thread(anchor.read)
    async with database.read() as read:
        walk = _Walk(key, reading, BEGINNING)
        await walk.through(read, None)
        if walk.count != await read.scalar(_counted(walk.head.id)):
            walk.find(Fault.INSERTED, walk.head.id, "rows share a number, or have none")
    return walk.verdict()


async def count(connection: AsyncConnection, action: str, since: dt.datetime) -> int:
    """Count the entries of one action since a time."""
    chosen = select(func.count()).select_from(audit).where(audit.c.action == action, audit.c.at > since)
    return int(await connection.scalar(chosen) or 0)


async def catch_up(database: Database, key: bytes, anchor: Anchor, now: dt.datetime) -> Verdict:
    """Hold the rows from the anchored one on against the chain and anchor what is sound; begins a new trail's anchor.

    To be called at every start, before the first `anchor.note`. Nothing is anchored when something is wrong.
    """
    reading = await asyncio.to_thread(anchor.read)
    known = reading.last
    async with database.read() as read:
        walk = _Walk(key, reading, known)
        await walk.through(read, known.id - 1 if known.id else None)
    verdict = walk.verdict()
    if verdict.sound and not reading.lines:
        await asyncio.to_thread(anchor.start, now)
    elif verdict.sound and verdict.newer:
        await asyncio.to_thread(anchor.note, *verdict.head, now)
    return verdict


async def keep(database: Database, key: bytes, anchor: Anchor, now: dt.datetime) -> Verdict:
    """Verify the whole trail and, when it is sound, anchor what is newer and let old lines of the anchor go."""
    verdict = await verify(database, key, anchor)
    if verdict.sound and verdict.rows:
        if verdict.newer:
            await asyncio.to_thread(anchor.note, *verdict.head, now)
        await asyncio.to_thread(anchor.compact, verdict.head.id, now)
    return verdict


class _Walk:
    """A walk along the chain, row by row."""

    def __init__(self, key: bytes, reading: Reading, start: Head) -> None:
        self._key = key
        self._anchor = reading
        # from the anchored row on, nothing before it is known: its digest is held against the anchor instead
        self._previous = start.digest if start == BEGINNING else None
        self._expected = max(1, start.id)
        self._findings: list[Finding] = []
        self._remarks = [*reading.remarks]
        self.head = BEGINNING
        self.count = 0
        if reading.damage:
            self.find(Fault.ANCHOR_DAMAGED, 0, f"the anchor {reading.damage}")
        if reading.forked:
            self.find(
                Fault.REWRITTEN, reading.forked, f"the anchor knows two different rows {reading.forked}"
            )

    async def through(self, connection: AsyncConnection, after: int | None) -> None:
        """Take every row; stops early once enough is found."""
        async for page in rows(connection, after):
            for row in page:
                self._take(row)
            if len(self._findings) >= MOST_FINDINGS:
                return
        last = self._anchor.last.id
        if self.head.id < last:
            self.find(
                Fault.TAIL_CUT,
                self.head.id + 1,
                f"the anchor knows row {last}, the table ends at {self.head.id}",
            )
        if self.count and not self._anchor.lines and not self._anchor.damage:
            self.find(Fault.ANCHOR_MISSING, 0, "the trail has rows, and its anchor is missing or empty")

    def find(self, fault: Fault, row: int, words: str) -> None:
        """Write a finding down, unless there are enough."""
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(Finding(fault, row, words))
            if len(self._findings) == MOST_FINDINGS:
                self._remarks.append("there may be more findings: this many are enough")

    def verdict(self) -> Verdict:
        """Sum up."""
        anchored = self._anchor.last.id
        newer = max(0, self.head.id - anchored)
        if newer:
            self._remarks.append(f"{newer} rows are newer than the anchor, which knows row {anchored}")
        return Verdict(tuple(self._findings), self.count, self.head, anchored, newer, tuple(self._remarks))

    def _take(self, row: Row) -> None:
        self.count += 1
        if row.id < self._expected:
            self.find(Fault.INSERTED, row.id, f"row {row.id} is where row {self._expected} belongs")
            return
        if row.id > self._expected:
            gone = (
                f"row {self._expected} is"
                if row.id == self._expected + 1
                else f"rows {self._expected} to {row.id - 1} are"
            )
            self.find(Fault.MISSING, self._expected, f"{gone} missing")
            self._previous = None
        if row.at is None or not self._follows(row, row.at):
            self.find(
                Fault.ALTERED, row.id, f"row {row.id}, or the digest before it, is not as it was written"
            )
        elif self._anchor.heads.get(row.id, row.digest) != row.digest:
            self.find(Fault.REWRITTEN, row.id, f"row {row.id} is not the one the anchor knows")
        self._previous, self._expected = row.digest, row.id + 1
        self.head = Head(row.id, row.digest)

    def _follows(self, row: Row, at: dt.datetime) -> bool:
        if self._previous is None:
            return True
        texts = (row.actor, row.action, row.object, row.reason, row.result)
        return hmac.compare_digest(_digest(self._key, self._previous, row.id, at, texts), row.digest)


def _digest(key: bytes, previous: bytes, row: int, at: dt.datetime, texts: Sequence[str]) -> bytes:
    """HMAC-SHA-256 over the digest before, number, time and texts, each with its length before it."""
    stamp = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    parts = [previous, *(part.encode() for part in (str(row), stamp, *texts))]
    return hmac.digest(key, CONTEXT + b"".join(len(p).to_bytes(4) + p for p in parts), "sha256")


def _counted(last: int) -> Any:
    return select(func.count()).select_from(audit).where(or_(audit.c.id <= last, audit.c.id.is_(None)))


# Read raw: the owner of a database can put a value there that its driver cannot even read, and that is to be a finding.


def _columns(connection: AsyncConnection) -> list[Any]:
    if connection.dialect.name == "sqlite":
        plain = [type_coerce(cast(c, LargeBinary), NullType()) for c in (audit.c.at, *_TEXTS)]
        regular = [
            func.typeof(c) == ("blob" if c is audit.c.digest else "text")
            for c in audit.c
            if c is not audit.c.id
        ]
        return [audit.c.id, *plain, type_coerce(audit.c.digest, NullType()), and_(*regular)]
    return [audit.c.id, extract("epoch", audit.c.at), *_TEXTS, audit.c.digest, true()]


def _row(found: Sequence[Any]) -> Row:
    number, at, *rest, digest, regular = found
    texts = [text.decode(errors="replace") if isinstance(text, bytes) else text for text in rest]
    whole = regular and isinstance(digest, bytes) and all(isinstance(text, str) for text in texts)
    return Row._make(
        (
            number if isinstance(number, int) else -1,  # no number at all: it belongs nowhere
            _time(at) if whole else None,
            *(text or "" for text in texts),
            digest if isinstance(digest, bytes) else b"",
        )
    )


def _time(value: bytes | Decimal) -> dt.datetime | None:
    """Read a time: SQLite's text, only as it is written here, or PostgreSQL's seconds since 1970."""
    try:
        if isinstance(value, bytes):
            read = dt.datetime.fromisoformat(value.decode("ascii")).replace(tzinfo=dt.UTC)
            return read if f"{read:%Y-%m-%d %H:%M:%S.%f}".encode() == value else None
        return EPOCH + dt.timedelta(microseconds=int(value * 1_000_000))
    except (ValueError, OverflowError, TypeError):
        return None
