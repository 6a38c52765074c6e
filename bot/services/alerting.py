"""Alerting: an alert is raised once, joins its case, and goes to the officers concerned and to nobody else.

Whoever cannot be reached is followed by the next in line; what nobody acknowledges goes to everybody who is left. Each
message is asked for its consent anew, as it may have ended since.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import VERSION
from bot.dialogs.reply import Reply
from bot.services.authority import Role
from bot.services.context import Context
from bot.services.scoring import marks
from bot.services.telling import quiet_until, tell
from bot.services.warning import Raised, rules_of
from bot.views import alerts as views
from bot.views import pictures
from bot.views.notices import to_borrower
from storage import (
    accesses,
    alerts,
    cases,
    consents,
    lender_rules,
    lenders,
    loans,
    notices,
    people,
    staff,
    watches,
)
from storage.accesses import Access
from storage.alerts import Alert, Draft
from storage.cases import Case
from storage.outbox import NOTICE, Of, Parcel
from storage.people import Person

HIGH = 3
"""The severity that does not wait for the end of quiet hours."""


async def alive(connection: AsyncConnection, borrower: Person, lender_id: int, now: dt.datetime) -> bool:
    """Say whether a lender may hear of a borrower now: it watches them, under a consent that holds."""
    if not borrower.sealer.usable:
        return False
    made = (await consents.with_lenders(connection, borrower, consents.WATCH)).get(lender_id)
    if made is None or not made.live(now, VERSION):
        return False
    on = await watches.live(connection, borrower)
    return any((one.lender_id, one.receipt) == (lender_id, made.receipt) for one in on)


async def raise_one(
    connection: AsyncConnection,
    context: Context,
    borrower: Person,
    raised: Raised,
    picture: bytes,
    now: dt.datetime,
) -> list[Parcel]:
    """Raise an alert, unless there is one of this cause and severity, and tell the officers concerned."""
    before = await cases.open_of(connection, borrower.id, raised.lender_id)
    if raised.held and before is None:
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
    if before is not None:
        await _rouse(connection, before, raised.severity)
    seen = Access(cases.CLOCK, Role.OFFICER, "alert", "watch", now, raised.receipt)
    await accesses.note(connection, borrower, seen, raised.lender_id)
    alert = next(one for one in await alerts.of_case(connection, borrower, case.id) if one.id == number)
    officers = await concerned(connection, context, alert, case.owner)
    return await send(connection, context, borrower, alert, officers, notices.ALERT, now, picture)


async def concerned(
    connection: AsyncConnection, context: Context, alert: Alert, owner: str | None = None
) -> list[Person]:
    """Give whom an alert is for: who the case is assigned to, or who looks after the loan, or every officer.

    Those who cannot be reached are left out; where nobody is left, it is for the lender's admins.
    """
    loan = await loans.find(connection, context.vault, alert.loan_id) if alert.loan_id is not None else None
    officers = await _reachable(connection, context, Role.OFFICER, alert.lender_id, alert.person_id)
    for handle in (owner, loan and loan.officer):
        named = [one for one in officers if one.handle == handle]
        if named:
            return named
    return officers or await _reachable(connection, context, Role.ADMIN, alert.lender_id, alert.person_id)


async def send(
    connection: AsyncConnection, context: Context, borrower: Person, alert: Alert, officers: Sequence[Person],
    why: str, now: dt.datetime, picture: bytes,
) -> list[Parcel]:  # fmt: skip
    """Send an alert to officers who do not have it yet; the number in it is the same for all, and for a repeat.

    Where there is nobody to send it to, our operators are told that, and nothing else.
    """
    if not await alive(connection, borrower, alert.lender_id, now):
        return []
    told = await notices.told(connection, alert.id)
    shown = await _shown(connection, context, borrower, alert)
    message = views.officer(shown, why, picture)
    if not officers:
        serving = await staff.serving(connection, context.vault, [Role.OPERATOR])
        officers, message = [one for one in serving if one.reachable], views.stranded(shown)
    parcels: list[Parcel] = []
    for officer in officers:
        if officer.id in told or officer.id == borrower.id:
            continue
        of = Of(alert.lender_id, borrower.id)
        new = await notify(connection, context, officer, message, alert.severity, now, of)
        if new:
            await notices.note(connection, alert.id, officer, new[0].id, why, now)
        parcels += new
    return parcels


async def notify(
    connection: AsyncConnection, context: Context, person: Person, message: Reply, severity: int, now: dt.datetime,
    of: Of,
) -> list[Parcel]:  # fmt: skip
    """Tell somebody of something in a case: at once, or after their quiet hours where it can wait.

    It is taken back if it still waits when the watch ends, or their role.
    """
    until = quiet_until(context, person, now) if severity < HIGH else None
    return await tell(context, connection, person, [message], now, NOTICE, until, of)


async def tell_team(
    connection: AsyncConnection, context: Context, case: Case, message: Reply, now: dt.datetime
) -> list[Parcel]:
    """Tell who has a case, or every officer of its lender, or its admins."""
    officers = await _reachable(connection, context, Role.OFFICER, case.lender_id, case.person_id)
    team = [one for one in officers if one.handle == case.owner] or officers
    of = Of(case.lender_id, case.person_id)
    team = team or await _reachable(connection, context, Role.ADMIN, case.lender_id, case.person_id)
    return [
        one
        for officer in team
        for one in await notify(connection, context, officer, message, case.severity, now, of)
    ]


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


def trend(context: Context, borrower: Person, points: Sequence[tuple[dt.datetime, int]]) -> bytes:
    """Draw the small picture of an alert: the scores of late, with dates that every officer reads alike."""
    model, locale = context.model, context.scene(borrower).locale
    return pictures.history(
        points=[(at.astimezone(locale.zone).date().isoformat(), score) for at, score in points],
        bands=marks(model, locale),
        low=model.scale.low,
        high=model.scale.high,
        title=borrower.handle,
    )


async def undelivered(context: Context, parcel: Parcel) -> None:
    """Find the next in line for an alert that did not reach its officer: officers, then admins.

    Operators hear once it has come to nobody at all, whatever Telegram had against it.
    """
    now = context.clock()
    async with context.database.write() as write:
        notice = await notices.carried_by(write, parcel.id)
        if notice is None or notice.failed_at is not None:
            return
        await notices.failed(write, [notice.id], now)
        found = await alerts.find(write, context.vault, notice.alert_id)
        if found is None:
            return
        alert, borrower = found
        told = await notices.told(write, alert.id)
        line = [*await concerned(write, context, alert), *await _line(write, context, alert)]
        left = [one for one in line if one.id not in told]
        if not left and await notices.stands(write, alert.id):
            return
        picture = parcel.call.file or b""
        await send(write, context, borrower, alert, left[:1], notices.NEXT, now, picture)
    context.bell.set()


async def escalate(context: Context) -> None:
    """Send what nobody took up in time to everybody of the lender who does not have it yet, once."""
    now = context.clock()
    rules: dict[int, dt.datetime] = {}
    async with context.database.read() as read:
        waiting = await cases.unanswered(read, now)
        for lender_id in {case.lender_id for case in waiting}:
            minutes = rules_of(context, await lender_rules.find(read, lender_id)).escalate_minutes
            rules[lender_id] = now - dt.timedelta(minutes=minutes)
    for case in waiting:
        if case.opened_at <= rules[case.lender_id]:
            await _escalate(context, case, rules[case.lender_id], now)


async def _escalate(context: Context, case: Case, before: dt.datetime, now: dt.datetime) -> None:
    """Escalate one case, unless its newest alert is newer than `before`."""
    async with context.database.read() as read:
        borrower = await people.by_id(read, context.vault, case.person_id)
        told = (
            [one for one in await alerts.of_case(read, borrower, case.id) if not one.held] if borrower else []
        )
    if told and told[-1].at > before:
        return
    picture = (
        await asyncio.to_thread(trend, context, borrower, _points(told[-1].content))
        if borrower and told
        else b""
    )
    async with context.database.write() as write:
        now_is = await cases.find(write, case.id)
        if now_is is None or now_is.acknowledged_at or now_is.escalated_at or now_is.closed_at:
            return
        await cases.change(write, case.id, escalated_at=now)
        if borrower is None or not told or not await alive(write, borrower, case.lender_id, now):
            return
        await cases.enter(write, borrower, case.id, cases.CLOCK, "escalated", now)
        had = await notices.told(write, told[-1].id)
        line = await _line(write, context, told[-1])
        if line and all(one.id in had for one in line):
            await tell_team(write, context, now_is, views.reminder(case.id, borrower.handle), now)
        else:
            await send(write, context, borrower, told[-1], line, notices.ESCALATED, now, picture)
    context.bell.set()


async def _rouse(connection: AsyncConnection, case: Case, severity: int) -> None:
    """Let a case that was put off come back; one that got worse is to be taken up anew."""
    changes: dict[str, None] = {}
    if case.snoozed_until is not None:
        changes |= {"snoozed_until": None, "snoozed_at_severity": None}
    if severity > case.severity:
        changes |= {"acknowledged_at": None, "escalated_at": None}
    if changes:
        await cases.change(connection, case.id, **changes)


async def _shown(
    connection: AsyncConnection, context: Context, borrower: Person, alert: Alert
) -> views.Shown:
    loan = await loans.find(connection, context.vault, alert.loan_id) if alert.loan_id is not None else None
    lender = await lenders.find(connection, alert.lender_id)
    return views.Shown(
        number=alert.number,
        severity=alert.severity,
        case_id=alert.case_id,
        handle=borrower.handle,
        lender=lender.name if lender else "",
        content=alert.content,
        reference=loan.reference if loan else "–",
        measures=loan.measures if loan else (),
    )


async def _line(connection: AsyncConnection, context: Context, alert: Alert) -> list[Person]:
    """Give everybody of the lender who can be reached, officers before admins."""
    officers = await _reachable(connection, context, Role.OFFICER, alert.lender_id, alert.person_id)
    admins = await _reachable(connection, context, Role.ADMIN, alert.lender_id, alert.person_id)
    return officers + [one for one in admins if one.id not in {each.id for each in officers}]


async def _reachable(
    connection: AsyncConnection, context: Context, role: Role, lender_id: int, borrower_id: int
) -> list[Person]:
    serving = await staff.serving(connection, context.vault, [role], lender_id)
    return [one for one in serving if one.reachable and one.id != borrower_id]


async def _was_raised(connection: AsyncConnection, borrower: Person, one: Raised) -> bool:
    return any(each.number == one.number for each in await alerts.about(connection, borrower, one.lender_id))


def _points(content: Mapping[str, list[tuple[str, int]]]) -> list[tuple[dt.datetime, int]]:
    return [(dt.datetime.fromisoformat(at), score) for at, score in content["trend"]]
