"""Alerts: a warning raised for one lender about one borrower, once. Never changed, only added.

The database takes one only under the borrower's live consent to be watched by that very lender, and only one for each
borrower, lender, cause and severity.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import notices, people, plain
from storage.cells import seal
from storage.people import Person
from storage.scores import resting_on_consent
from storage.tables import alerts, cases, consents, lenders, loans, watches
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert to be raised. `number` is what people call it, drawn by chance; `held` says why nobody is told."""

    lender_id: int
    case_id: int
    loan_id: int | None
    number: str
    rule: str
    severity: int
    cause: str
    held: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert on record."""

    id: int
    person_id: int
    lender_id: int
    case_id: int
    loan_id: int | None
    number: str
    rule: str
    severity: int
    cause: str
    held: str
    content: Mapping[str, Any]
    at: dt.datetime


CaseState = Literal["open", "acknowledged", "closed"]
OPEN: CaseState = "open"
ACKNOWLEDGED: CaseState = "acknowledged"
CLOSED: CaseState = "closed"


@dataclass(frozen=True, slots=True)
class Brief:
    """An alert without a word about anybody. `reference` is the lender's name of the loan behind it, if it is one."""

    number: str
    reference: str | None
    rule: str
    severity: int
    at: dt.datetime
    case: CaseState


_TOLD = (
    select(alerts, loans.c.reference, cases.c.closed_at, cases.c.acknowledged_at)
    .join(cases, cases.c.id == alerts.c.case_id)
    .join(loans, loans.c.id == alerts.c.loan_id, isouter=True)
    .join(watches, (watches.c.person_id == alerts.c.person_id) & (watches.c.lender_id == alerts.c.lender_id))
    .join(consents, (consents.c.person_id == alerts.c.person_id) & (consents.c.receipt == watches.c.receipt))
    .where(alerts.c.lender_id == bindparam("lender"), alerts.c.held == "")
    .where(watches.c.ended_at.is_(None), consents.c.given, consents.c.version == bindparam("version"))
    .where(consents.c.expires_at.is_(None) | (consents.c.expires_at > bindparam("now")))
)


async def raise_one(
    connection: AsyncConnection, person: Person, draft: Draft, content: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """Store an alert; gives its number in the table, None when there is one of this cause and severity already.

    Raises NoLiveReceipt when the consent has ended meanwhile.
    """
    values = asdict(draft) | {"person_id": person.id, "at": now}
    values |= seal(alerts, person.sealer, values, content_sealed=json.dumps(dict(content)).encode())
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    same = ["person_id", "lender_id", "cause", "severity"]
    new = dialect.insert(alerts).values(values).on_conflict_do_nothing(index_elements=same)
    with resting_on_consent():
        found = await connection.scalar(new.returning(alerts.c.id))
    return None if found is None else int(found)


async def find(connection: AsyncConnection, vault: Vault, alert_id: int) -> tuple[Alert, Person] | None:
    """Give an alert and the person it is about, by its number in the table."""
    person_id = await connection.scalar(select(alerts.c.person_id).where(alerts.c.id == alert_id))
    person = None if person_id is None else await people.by_id(connection, vault, person_id)
    if person is None:
        return None
    found = await plain.rows(connection, alerts, person, alerts.c.id == alert_id)
    return (_alert(found[0]), person) if found else None


async def about(connection: AsyncConnection, person: Person, lender_id: int) -> Sequence[Alert]:
    """List what a lender was told, or would have been, about a person, oldest first."""
    found = await plain.rows(connection, alerts, person, alerts.c.lender_id == lender_id)
    return [_alert(row) for row in found]


async def of_case(connection: AsyncConnection, person: Person, case_id: int) -> Sequence[Alert]:
    """List the alerts of a case about a person, oldest first."""
    return [_alert(row) for row in await plain.rows(connection, alerts, person, alerts.c.case_id == case_id)]


async def told(
    connection: AsyncConnection,
    lender_id: int,
    version: int,
    now: dt.datetime,
    since: dt.datetime | None,
    most: int,
) -> list[Brief]:
    """List what a lender was told since some time, oldest first, of people who still agree to it.

    `version` is that of the consent's text in force.
    """
    chosen = _TOLD if since is None else _TOLD.where(alerts.c.at >= since)
    rows = await connection.execute(
        chosen.order_by(alerts.c.at, alerts.c.id).limit(most),
        {"lender": lender_id, "version": version, "now": now},
    )
    return [
        Brief(row.number, row.reference, row.rule, row.severity, row.at,
              CLOSED if row.closed_at else ACKNOWLEDGED if row.acknowledged_at else OPEN)
        for row in rows
    ]  # fmt: skip


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person; the lender is named."""
    names = {row.id: row.name for row in await connection.execute(select(lenders.c.id, lenders.c.name))}
    return [
        {**plain.readable(row), "lender": names[row["lender_id"]]}
        for row in await plain.rows(connection, alerts, person)
    ]


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase the alerts about a person, and those that are still on their way."""
    told = select(alerts.c.lender_id).where(alerts.c.person_id == person.id).distinct()
    for lender_id in (await connection.scalars(told)).all():
        await notices.recall(connection, lender_id, borrower=person.id)
    await plain.forget(connection, alerts, person)


def _alert(row: Mapping[str, Any]) -> Alert:
    return Alert(**{name: row[name] for name in Alert.__slots__})
