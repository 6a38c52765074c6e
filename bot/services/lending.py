"""Lending: a lender enters a loan and closes it. Its borrower is watched for it once they agreed to that.

One door for the chat, files and programs. Nobody learns whether there is a borrower of some handle: what cannot be
entered for that reason is answered as what waits for the borrower's consent.
"""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.loan import MEASURES as AGREED
from bot.dialogs.loan import MOST, REFERENCE
from bot.dialogs.reply import Letter, Say
from bot.i18n import t
from bot.services import agreeing, settling
from bot.services.authority import Role
from bot.services.context import Context
from bot.services.telling import quiet_until, tell
from bot.views.menus import HOME
from engine import Pack
from engine.watch import Fault
from storage import consents, loans, people, staff, watches
from storage.lenders import Lender
from storage.loans import Draft, Taken
from storage.outbox import NOTICE, Parcel
from storage.people import Person

MEASURES = ("talk", *AGREED)
"""What a contract may allow, the mildest first; to talk is always allowed."""

MOST_MONEY = Decimal(10) ** 12
FIRST = dt.date(1950, 1, 1)
LONGEST = dt.timedelta(days=366 * 50)
_SUM = re.compile(r"[0-9]{1,13}(\.[0-9]{1,4})?", re.ASCII)
_SUMS = ("amount", "instalment")
_EXAMPLES = {
    "reference": "L-2026-0017",
    "amount": "8000",
    "instalment": "700.50",
    "instalments": "12",
    "opened_on": "2026-03-01",
    "ends_on": "2027-03-01",
    "measures": "reschedule",
}


class Wrong(Exception):
    """A loan cannot be what it is said to be; `fault` says what is wrong."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.key)
        self.fault = fault


def problem(draft: Draft, pack: Pack, today: dt.date) -> Fault | None:
    """Say what is wrong with a loan in a country, if anything is; the keys are those of events (`engine.watch`)."""
    if not REFERENCE.fullmatch(draft.reference):
        return _fault("reference", "letters")
    if draft.currency != pack.currency:
        return Fault("currency", "choice", pack.currency)
    if draft.opened_on < FIRST:
        return _fault("opened_on", "past")
    if draft.opened_on > today:
        return Fault("opened_on", "future", today.isoformat())
    if draft.ends_on < draft.opened_on:
        return Fault("ends_on", "past", draft.opened_on.isoformat())
    if draft.ends_on - draft.opened_on > LONGEST:
        return _fault("ends_on", "far")
    if not set(draft.measures) <= set(MEASURES):
        return _fault("measures", "choice")
    return _terms(draft, pack)


async def register(
    context: Context, connection: AsyncConnection, lender: Lender, handle: str, draft: Draft, made_by: str
) -> list[Parcel]:
    """Enter a loan, or what changed of it, and ask its borrower whether the lender may watch.

    Nothing is stored unless there is a registered borrower of this handle in the lender's country; whoever asks is not
    told. Raises Wrong, and Taken where the reference is that of another loan whose borrower the lender knows.
    """
    now = context.clock()
    fault = problem(draft, context.packs[lender.country], now.date() + dt.timedelta(days=1))
    if fault is None and draft.officer and draft.officer not in await officers(connection, lender.id):
        fault = Fault("officer", "choice", "")
    if fault is not None:
        raise Wrong(fault)
    known = await loans.under(connection, lender.id, draft.reference)
    if known is not None and await _taken(context, connection, lender, known, handle):
        raise Taken  # whoever is named now, and whether there is such a one: nobody learns that from it
    person = await people.by_handle(connection, context.vault, handle)
    if person is None or not _can_borrow(person, lender):
        return []
    await consents.hold(connection, person)
    if known is not None and known.person_id != person.id:
        await loans.drop(connection, known.id)  # a slip of the pen: that person never agreed to anything
    await loans.put(connection, person, lender.id, draft, made_by, now)
    asked = await agreeing.ask(
        connection, context, person, lender, new=known is None or known.person_id != person.id
    )
    return asked + await settling.settle(connection, context, person)


async def close(
    context: Context, connection: AsyncConnection, lender: Lender, reference: str
) -> list[Parcel]:
    """Close a lender's open loan, if there is such a one; nobody is watched for it any more."""
    found = await loans.owner(connection, lender.id, reference)
    person = None if found is None else await people.by_id(connection, context.vault, found[1])
    if found is None or person is None:
        return []
    now = context.clock()
    await consents.hold(connection, person)
    watched = any(one.lender_id == lender.id for one in await watches.live(connection, person))
    if await watches.ever(connection, person.id, lender.id):
        await loans.close(connection, found[0], now)
    else:  # nobody agreed to anything: what stayed of it would tell that there is such a borrower
        await loans.drop(connection, found[0])
    parcels = await settling.settle(connection, context, person)
    if watched and person.sealer.usable:
        left = await loans.of_person(connection, person, lender.id)
        text = t("loan.closed_left" if left else "loan.closed", lender=lender.name, reference=reference)
        until = quiet_until(context, person, now)
        parcels += await tell(
            context, connection, person, [Say(text, HOME, letter=Letter("notice"))], now, NOTICE, until
        )
    return parcels


async def officers(connection: AsyncConnection, lender_id: int) -> list[str]:
    """List the handles of a lender's officers."""
    listed = await staff.members(connection, lender_id)
    return sorted({one.handle for one in listed if one.grant.role == Role.OFFICER})


async def _taken(
    context: Context, connection: AsyncConnection, lender: Lender, known: loans.Under, handle: str
) -> bool:
    """Say whether a reference is that of another loan of a borrower whom the lender knows, or of one that is closed."""
    if not await watches.ever(connection, known.person_id, lender.id):
        return False
    owner = await people.by_id(connection, context.vault, known.person_id)
    return known.closed or owner is None or owner.handle != handle


def _can_borrow(person: Person, lender: Lender) -> bool:
    return person.registered and person.sealer.usable and person.country == lender.country


def _terms(draft: Draft, pack: Pack) -> Fault | None:
    for name in _SUMS:
        told = draft.terms.get(name)
        if told is None:
            if name == "amount":
                return _fault(name, "missing")
            continue
        fault = _money(name, str(told), pack)
        if fault is not None:
            return fault
    count = draft.terms.get("instalments")
    if count is not None and not (isinstance(count, int) and 1 <= count <= MOST):
        return _fault("instalments", "high" if isinstance(count, int) and count > 1 else "low")
    unknown = set(draft.terms) - {*_SUMS, "instalments"}
    return Fault(min(unknown), "unasked", "") if unknown else None


def _money(name: str, told: str, pack: Pack) -> Fault | None:
    if not _SUM.fullmatch(told):
        return _fault(name, "decimals" if _number(told) else "letters")
    amount = Decimal(told)
    if amount <= 0:
        return _fault(name, "low")
    if amount > MOST_MONEY:
        return _fault(name, "high")
    return _fault(name, "decimals") if amount != round(amount, pack.minor_units) else None


def _number(told: str) -> bool:
    try:
        return Decimal(told).is_finite()
    except InvalidOperation:
        return False


def _fault(field: str, key: str) -> Fault:
    return Fault(field, key, _EXAMPLES[field])
