"""Reports: suspicious messages that people chose to send us, and the marks by which two of them are the same.

A mark is a keyed hash of a number, a link, or of the words: equal ones are found without being readable.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import damages
from storage.cells import seal, unseal
from storage.people import Person
from storage.tables import people, report_marks, reports
from storage.vault import Vault, VaultError

LOCK = 0x434F554E54  # "COUNT": the PostgreSQL lock of whoever counts
NEW, CONFIRMED, DISMISSED = "new", "confirmed", "dismissed"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a message can be known by: its kind (number, link, text) and its keyed hash."""

    kind: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `words` are None where they do not open; `others` counts who else reported the same."""

    id: int
    person_id: int
    language: str
    verdict: str
    scam: str
    state: str
    words: str | None
    at: dt.datetime
    others: int = 0


def mark(vault: Vault, kind: str, value: str) -> Mark:
    """Give the mark of a value."""
    return Mark(kind, vault.blind_index(value, f"report_marks.{kind}"))


async def put(
    connection: AsyncConnection, person: Person, verdict: str, scam: str, words: str,
    marks: Sequence[Mark], now: dt.datetime,
) -> int | None:  # fmt: skip
    """Store a report with its marks; None when this person has sent the same words before."""
    if marks and await _again(connection, person, marks):
        return None
    row = {"person_id": person.id, "language": person.language}
    values = {**row, **seal(reports, person.sealer, row, words_sealed=words.encode("utf-8", "replace"))}
    values |= {"verdict": verdict, "scam": scam, "state": NEW, "at": now}
    number = (await connection.execute(insert(reports).values(values).returning(reports.c.id))).scalar_one()
    if marks:
        rows = [{"report_id": number, "digest": one.digest, "kind": one.kind} for one in dict.fromkeys(marks)]
        await connection.execute(insert(report_marks), rows)
    return int(number)


async def reporters(
    connection: AsyncConnection, marks: Sequence[Mark], since: dt.datetime
) -> dict[bytes, int]:
    """Count for each mark the people who reported it, and whose report was not dismissed.

    Whoever counts does so alone to the end of the transaction: of two who report at once the second counts the first.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    people_of = func.count(func.distinct(reports.c.person_id))
    chosen = (
        select(report_marks.c.digest, people_of)
        .join(reports, reports.c.id == report_marks.c.report_id)
        .where(report_marks.c.digest.in_([one.digest for one in marks]))
        .where(reports.c.at >= since, reports.c.state != DISMISSED)
        .group_by(report_marks.c.digest)
    )
    return {row[0]: int(row[1]) for row in await connection.execute(chosen)}


async def queue(connection: AsyncConnection, vault: Vault, most: int) -> list[Report]:
    """List the reports nobody has decided on, those that most people sent first, then the oldest."""
    chosen = _whole().where(reports.c.state == NEW).order_by(sa.desc("others"), reports.c.id)
    return await _opened(connection, vault, chosen.limit(most))


async def waiting(connection: AsyncConnection) -> int:
    """Count the reports nobody has decided on."""
    chosen = select(func.count()).select_from(reports).where(reports.c.state == NEW)
    return int(await connection.scalar(chosen) or 0)


async def find(connection: AsyncConnection, vault: Vault, number: int) -> Report | None:
    """Give a report by its number."""
    return next(iter(await _opened(connection, vault, _whole().where(reports.c.id == number))), None)


async def marks_of(connection: AsyncConnection, number: int) -> list[Mark]:
    """Give the marks of a report."""
    chosen = select(report_marks.c.kind, report_marks.c.digest).where(report_marks.c.report_id == number)
    return [Mark(row.kind, row.digest) for row in await connection.execute(chosen)]


async def decide(
    connection: AsyncConnection, marks: Sequence[Mark], number: int, state: str, scam: str, by: str
) -> list[tuple[int, int]]:
    """Decide on a report and on every waiting one with the same words; gives (report, person) of each."""
    texts = [one.digest for one in marks if one.kind == "text"]
    same = select(report_marks.c.report_id).where(report_marks.c.digest.in_(texts))
    chosen = (reports.c.state == NEW, (reports.c.id == number) | reports.c.id.in_(same))
    changed = update(reports).where(*chosen).values(state=state, scam=scam, decided_by=by)
    rows = await connection.execute(changed.returning(reports.c.id, reports.c.person_id))
    return [(int(row.id), int(row.person_id)) for row in rows]


async def expire(connection: AsyncConnection, before: dt.datetime) -> int:
    """Erase reports older than `before`; gives their number."""
    return (await connection.execute(delete(reports).where(reports.c.at < before))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    chosen = select(reports).where(reports.c.person_id == person.id).order_by(reports.c.id)
    names = ("language", "verdict", "scam", "state", "at")
    found = []
    for row in (await connection.execute(chosen)).mappings():
        try:
            words = unseal(reports, person.sealer, row, "words_sealed").decode()
        except VaultError as damage:
            damages.report(damage)
            continue
        found.append({name: row[name] for name in names} | {"words": words})
    return found


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's reports, and their marks with them."""
    await connection.execute(delete(reports).where(reports.c.person_id == person.id))


async def _again(connection: AsyncConnection, person: Person, marks: Sequence[Mark]) -> bool:
    texts = [one.digest for one in marks if one.kind == "text"]
    chosen = (
        select(reports.c.id)
        .join(report_marks, report_marks.c.report_id == reports.c.id)
        .where(reports.c.person_id == person.id, report_marks.c.digest.in_(texts))
        .limit(1)
    )
    return await connection.scalar(chosen) is not None


def _whole() -> Any:
    """Choose reports with their keys, and how many other people sent something with the same mark."""
    mine, same, theirs = report_marks.alias(), report_marks.alias(), reports.alias()
    others = (
        select(func.count(func.distinct(theirs.c.person_id)))
        .select_from(
            mine.join(same, mine.c.digest == same.c.digest).join(theirs, theirs.c.id == same.c.report_id)
        )
        .where(mine.c.report_id == reports.c.id, theirs.c.person_id != reports.c.person_id)
        .scalar_subquery()
    )
    chosen = select(reports, people.c.key_id, others.label("others"))
    return chosen.join(people, people.c.id == reports.c.person_id)


async def _opened(connection: AsyncConnection, vault: Vault, chosen: Any) -> list[Report]:
    rows = (await connection.execute(chosen)).mappings().all()
    sealers = await vault.sealers({row["key_id"] for row in rows})
    found = []
    for row in rows:
        words = None
        if sealer := sealers.get(row["key_id"]):
            try:
                words = unseal(reports, sealer, row, "words_sealed").decode()
            except VaultError as damage:
                damages.report(damage)
        found.append(
            Report(
                row["id"], row["person_id"], row["language"], row["verdict"], row["scam"], row["state"], words,
                row["at"], int(row["others"]),
            )
        )  # fmt: skip
    return found
