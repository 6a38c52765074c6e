"""Payments: checks paid for with Telegram Stars, from the offer to the money back.

offered -> paid -> used, and from paid or used -> asked (for the money back) -> refunding -> refunded, or refused.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import plain
from storage.people import Person
from storage.tables import payments

OFFERED, PAID, USED, ASKED, REFUSED = "offered", "paid", "used", "asked", "refused"
REFUNDING, REFUNDED = "refunding", "refunded"


@dataclass(frozen=True, slots=True)
class Payment:
    """One check's price, and how far it is. `charge` is Telegram's number of the payment."""

    id: int
    person_id: int
    token: str
    stars: int
    state: str
    charge: str | None
    offered_at: dt.datetime
    paid_at: dt.datetime | None
    used_at: dt.datetime | None
    refunded_at: dt.datetime | None


async def offer(
    connection: AsyncConnection, person: Person, token: str, stars: int, now: dt.datetime
) -> None:
    """Note an offer, in the place of an earlier one that was not taken."""
    mine = (payments.c.person_id == person.id, payments.c.state == OFFERED)
    await connection.execute(delete(payments).where(*mine))
    values = {"person_id": person.id, "token": token, "stars": stars, "state": OFFERED, "offered_at": now}
    await connection.execute(insert(payments).values(values))


async def take(connection: AsyncConnection, number: int, charge: str, now: dt.datetime) -> bool:
    """Note that an offer was paid; False when it was taken before."""
    chosen = (payments.c.id == number, payments.c.state == OFFERED)
    paid = {"state": PAID, "charge": charge, "paid_at": now}
    return (await connection.execute(update(payments).where(*chosen).values(paid))).rowcount == 1


async def receive(
    connection: AsyncConnection, person: Person, token: str, stars: int, charge: str, now: dt.datetime
) -> None:
    """Note money that came for nothing we offered, and that goes back at once."""
    values = {"person_id": person.id, "token": token, "stars": stars, "state": REFUNDING, "charge": charge}
    await connection.execute(insert(payments).values(**values, offered_at=now, paid_at=now))


async def use(connection: AsyncConnection, person: Person, now: dt.datetime) -> bool:
    """Let a check use the oldest one paid for; False when there is none."""
    mine = (payments.c.person_id == person.id, payments.c.state == PAID)
    oldest = select(payments.c.id).where(*mine).order_by(payments.c.id).limit(1).scalar_subquery()
    used = update(payments).where(payments.c.id == oldest, payments.c.state == PAID)
    return (await connection.execute(used.values(state=USED, used_at=now))).rowcount == 1


async def move(connection: AsyncConnection, number: int, before: str, after: str, now: dt.datetime) -> bool:
    """Move a payment from one state to another; False when it was not in that state any more."""
    chosen = (payments.c.id == number, payments.c.state == before)
    values: dict[str, Any] = {"state": after}
    if after == REFUNDED:
        values["refunded_at"] = now
    return (await connection.execute(update(payments).where(*chosen).values(values))).rowcount == 1


async def every(connection: AsyncConnection, person: Person) -> list[Payment]:
    """List a person's payments and the offer that is open, oldest first."""
    chosen = select(payments).where(payments.c.person_id == person.id).order_by(payments.c.id)
    return [_payment(row) for row in (await connection.execute(chosen)).mappings()]


async def find(connection: AsyncConnection, number: int) -> Payment | None:
    """Find a payment by its number."""
    return await _one(connection, payments.c.id == number)


async def by_token(connection: AsyncConnection, token: str) -> Payment | None:
    """Find a payment by what its invoice carries."""
    return await _one(connection, payments.c.token == token)


async def by_charge(connection: AsyncConnection, charge: str) -> Payment | None:
    """Find a payment by Telegram's number of it."""
    return await _one(connection, payments.c.charge == charge)


async def asked(connection: AsyncConnection) -> list[Payment]:
    """List the payments of which somebody wants the money back, and those that are on their way, oldest first."""
    chosen = select(payments).where(payments.c.state.in_((ASKED, REFUNDING))).order_by(payments.c.id)
    return [_payment(row) for row in (await connection.execute(chosen)).mappings()]


async def expire(connection: AsyncConnection, offers: dt.datetime, done: dt.datetime) -> int:
    """Erase offers older than `offers`, and payments made before `done` that nobody waits for; gives their number."""
    over = (payments.c.state.in_((USED, REFUSED, REFUNDED)), payments.c.paid_at < done)
    old = or_((payments.c.state == OFFERED) & (payments.c.offered_at < offers), over[0] & over[1])
    return (await connection.execute(delete(payments).where(old))).rowcount


async def export(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """Give everything this table holds of a person."""
    return await plain.export(connection, payments, person)


async def forget(connection: AsyncConnection, person: Person) -> None:
    """Erase a person's payments."""
    await plain.forget(connection, payments, person)


async def _one(connection: AsyncConnection, which: Any) -> Payment | None:
    row = (await connection.execute(select(payments).where(which))).mappings().one_or_none()
    return None if row is None else _payment(row)


def _payment(row: Any) -> Payment:
    return Payment(**{name: row[name] for name in Payment.__slots__})
