"""Alerting: an alert is raised once, joins its case, and goes to the officers concerned and to nobody else.

Whoever cannot be reached is followed by the next in line; what nobody acknowledges goes to everybody who is left.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.reply import Reply
from bot.i18n import Locale, t
from bot.services.authority import Role
from bot.services.context import Context
from bot.services.scoring import marks
from bot.services.telling import quiet_until, tell
from bot.services.warning import Raised
from bot.views import alerts as views
from bot.views import pictures
from bot.views.notices import to_borrower
from storage import accesses, alerts, cases, lenders, loans, notices, people, staff
from storage.accesses import Access
from storage.alerts import Alert, Draft
from storage.outbox import NOTICE, Parcel
from storage.people import Person

HIGH = 3
"""The severity that does not wait for the end of quiet hours."""


async def raise_one(
    connection: AsyncConnection,
    context: Context,
    borrower: Person,
    raised: Raised,
    picture: bytes,
    now: dt.datetime,
) -> list[Parcel]:
    """Raise an alert, unless there is one of this cause and severity, and tell the officers concerned."""
    case = await cases.open_of(connection, borrower.id, raised.lender_id)
    if raised.held and case is None:
        return []  # it was dealt with lately, and this is no worse
    case = await cases.open_one(connection, borrower, raised.lender_id, raised.severity, now)
    draft = Draft(
        **{name: getattr(raised, name) for name in Draft.__slots__ if name != "case_id"}, case_id=case.id
    )
    number = await alerts.raise_one(connection, borrower, draft, raised.content, now)
    if number is None:
        return []
    await cases.enter(connection, borrower, case.id, cases.CLOCK, "alert", now, raised.number)
    if raised.held:
        return []
    seen = Access(cases.CLOCK, Role.OFFICER, "alert", "watch", now, raised.receipt)
    await accesses.note(connection, borrower, seen, raised.lender_id)
    alert = next(one for one in await alerts.of_case(connection, borrower, case.id) if one.id == number)
    officers = await concerned(connection, context, alert, case.owner)
    return await send(connection, context, borrower, alert, officers, notices.ALERT, now, picture)


async def concerned(
    connection: AsyncConnection, context: Context, alert: Alert, owner: str | None = None
) -> list[Person]:
    """Give whom an alert is for: who the case is assigned to, or who looks after the loan, or every officer.

    Those who cannot be reached are left out; where nobody is left, the lender's admins, and then our operators.
    """
    loan = await loans.find(connection, context.vault, alert.loan_id) if alert.loan_id is not None else None
    for handles in (owner, loan and loan.officer, None):
        officers = await _reachable(connection, context, Role.OFFICER, alert)
        named = [one for one in officers if handles is None or one.handle == handles]
        if named:
            return named
    return await _reachable(connection, context, Role.ADMIN, alert) or [
        one for one in await staff.serving(connection, context.vault, [Role.OPERATOR]) if one.reachable
    ]


async def send(
    connection: AsyncConnection, context: Context, borrower: Person, alert: Alert, officers: Sequence[Person],
    why: str, now: dt.datetime, picture: bytes,
) -> list[Parcel]:  # fmt: skip
    """Send an alert to officers who do not have it yet; the number in it is the same for all, and for a repeat."""
    told = await notices.told(connection, alert.id)
    loan = await loans.find(connection, context.vault, alert.loan_id) if alert.loan_id is not None else None
    lender = await lenders.find(connection, alert.lender_id)
    shown = views.Shown(
        number=alert.number,
        severity=alert.severity,
        case_id=alert.case_id,
        handle=borrower.handle,
        lender=lender.name if lender else "",
        content=alert.content,
        reference=loan.reference if loan else "–",
        measures=loan.measures if loan else (),
    )
    parcels: list[Parcel] = []
    for officer in officers:
        if officer.id in told or officer.id == borrower.id:
            continue
        message = views.officer(shown, why, picture)
        until = quiet_until(context, officer, now) if alert.severity < HIGH else None
        new = await tell(context, connection, officer, [message], now, NOTICE, until)
        if new:
            await notices.note(connection, alert.id, officer, new[0].id, why, now)
        parcels += new
    return parcels


async def tell_borrower(
    connection: AsyncConnection,
    context: Context,
    borrower: Person,
    raised: Sequence[Raised],
    now: dt.datetime,
) -> list[Parcel]:
    """Tell a borrower that their score got worse, why, who heard of it, and what they can do."""
    replies: list[Reply] = []
    for one in raised:
        case = await cases.open_of(connection, borrower.id, one.lender_id)
        lender = await lenders.find(connection, one.lender_id)
        if case is None or lender is None or not await _was_raised(connection, borrower, one):
            continue
        replies.append(to_borrower(one.content, one.number, case.id, lender.name))
    return await tell(
        context, connection, borrower, replies, now, NOTICE, quiet_until(context, borrower, now)
    )


def trend(context: Context, locale: Locale, points: Sequence[tuple[dt.datetime, int]]) -> bytes:
    """Draw the small picture of an alert: the scores of late."""
    model = context.model
    return pictures.history(
        points=[(locale.short_date(at), score) for at, score in points],
        bands=marks(model, locale),
        low=model.scale.low,
        high=model.scale.high,
        title=locale.plain(t("picture.history")),
    )


async def undelivered(context: Context, parcel: Parcel) -> list[Parcel]:
    """Find the next in line for an alert that did not reach its officer; gives what is to be carried."""
    now = context.clock()
    async with context.database.write() as write:
        notice = await notices.carried_by(write, parcel.id)
        if notice is None or notice.failed_at is not None:
            return []
        await notices.failed(write, [notice.id], now)
        found = await alerts.find(write, context.vault, notice.alert_id)
        if found is None:
            return []
        alert, borrower = found
        told = await notices.told(write, alert.id)
        left = [one for one in await concerned(write, context, alert) if one.id not in told]
        left = left or [one for one in await _line(write, context, alert) if one.id not in told]
        return await send(
            write, context, borrower, alert, left[:1], notices.NEXT, now, parcel.call.file or b""
        )


async def escalate(context: Context) -> list[Parcel]:
    """Send what nobody acknowledged in time to everybody of the lender who does not have it yet."""
    now = context.clock()
    parcels: list[Parcel] = []
    before = now - dt.timedelta(minutes=context.settings.config.watch.escalate_minutes)
    async with context.database.write() as write:
        for case in await cases.unanswered(write, before):
            borrower = await people.by_id(write, context.vault, case.person_id)
            told = (
                [one for one in await alerts.of_case(write, borrower, case.id) if not one.held]
                if borrower
                else []
            )
            await cases.change(write, case.id, escalated_at=now)
            if borrower is None or not told:
                continue
            await cases.enter(write, borrower, case.id, cases.CLOCK, "escalated", now)
            line = await _line(write, context, told[-1])
            parcels += await send(write, context, borrower, told[-1], line, notices.ESCALATED, now, b"")
    return parcels


async def _line(connection: AsyncConnection, context: Context, alert: Alert) -> list[Person]:
    """Give everybody of the lender, officers before admins."""
    officers = await _reachable(connection, context, Role.OFFICER, alert)
    admins = await _reachable(connection, context, Role.ADMIN, alert)
    return officers + [one for one in admins if one.id not in {each.id for each in officers}]


async def _reachable(connection: AsyncConnection, context: Context, role: Role, alert: Alert) -> list[Person]:
    serving = await staff.serving(connection, context.vault, [role], alert.lender_id)
    return [one for one in serving if one.reachable and one.id != alert.person_id]


async def _was_raised(connection: AsyncConnection, borrower: Person, one: Raised) -> bool:
    return any(each.number == one.number for each in await alerts.about(connection, borrower, one.lender_id))
