"""Paying: one more check for Telegram Stars, where the operator sells them; and the money back.

Nothing is charged without three yeses: to our question with the price in it, to Telegram's payment window, and ours to
Telegram just before, for which everything is looked at once more. Money that comes all the same goes back at once.
"""

import datetime as dt
import logging
import re
import secrets

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.event import Checkout, Money, Paid, Refunded
from bot.dialogs.reply import Admit, GiveBack, Invoice, Letter, Reply, Say
from bot.i18n import T, t
from bot.services import checks
from bot.services.authority import ABSENT, Denied, Role, Whose, authorize
from bot.services.context import Answering, Context
from bot.services.telling import tell
from bot.views import payments as view
from bot.views.menus import HOME, buttons
from bot.views.render import GIVE_BACK, STARS, render
from storage import outbox, payments, people, staff
from storage.dialogs import Stale
from storage.outbox import NOTICE, Call, Parcel
from storage.payments import ASKED, OFFERED, PAID, REFUNDED, REFUNDING, REFUSED, USED, Payment
from storage.people import Person

log = logging.getLogger(__name__)

INVOICE_STANDS = dt.timedelta(days=1)
RETURNED_UNASKED = dt.timedelta(days=14)
"""So long somebody gets the money of a check they did not use back by a press."""
ASK, NO, YES = "ask", "no", "yes"
_YES = re.compile(r"yes\.([0-9]{1,5})", re.ASCII)
_REFUND = re.compile(r"([0-9]{1,12})(?:\.(yes|no))?", re.ASCII)


async def pay(a: Answering, argument: str) -> None:
    """Ask whether somebody wants to buy a check, or send the bill to who said yes to this very price."""
    found, agreed = await checks.tally(a), _YES.fullmatch(argument)
    if agreed is None and argument not in {ASK, NO}:
        raise Denied("pay", known=True)
    if argument == NO:
        a.say(Say(view.not_now(found), HOME))
    elif not found.sold:
        a.say(Say(view.not_sold(found), HOME))
    elif agreed is not None and int(agreed[1]) == found.stars:
        token = secrets.token_urlsafe(16)
        a.write(payments.offer, a.person, token, found.stars, a.now)
        operator = a.context.settings.config.operator.name[:60]
        a.say(Invoice(t("pay.title"), t("pay.for", operator=operator), token, found.stars))
    else:
        a.say(Say(view.question(found, changed=agreed is not None), view.yes_or_no(found)))


async def hear(a: Answering, event: Money) -> None:
    """Take what Telegram says of a payment."""
    match event:
        case Checkout():
            await checkout(a, event)
        case Paid():
            await paid(a, event)
        case Refunded():
            await refunded(a, event)


async def checkout(a: Answering, event: Checkout) -> None:
    """Say yes or no to Telegram, which charges nobody without a yes."""
    trouble = await _trouble(a, event)
    a.say(Admit(event.query_id, None if trouble is None else t(f"pay.trouble.{trouble}")))


async def paid(a: Answering, event: Paid) -> None:
    """Take money for a check, which can then be made; give it back when it is for nothing we offered."""
    if await payments.by_charge(a.read, event.charge) is not None:
        return  # told twice
    offer = await _offer(a, event.token)
    if offer is None or (event.currency, event.amount) != (STARS, offer.stars):
        a.write(payments.receive, a.person, secrets.token_urlsafe(16), event.amount, event.charge, a.now)
        a.audit("payment.returned", f"person:{a.person.handle}")
        a.say(GiveBack(event.charge), Say(t("pay.returned", n=event.amount), letter=Letter("receipt")))
        return
    a.write(_take, offer.id, event.charge, a.now)
    a.audit("payment.taken", f"payment:{offer.id}")
    a.say(Say(t("pay.done", n=offer.stars, number=f"{offer.id}", at=a.now), letter=Letter("receipt")))
    a.work.append({"job": "paid", "subject": 0})


async def refunded(a: Answering, event: Refunded) -> None:
    """Note that Telegram gave the money back, whoever had asked for that."""
    found = await payments.by_charge(a.read, event.charge)
    if found is not None and found.person_id == a.person.id and found.state != REFUNDED:
        a.write(payments.move, found.id, found.state, REFUNDED, a.now)


async def support(a: Answering) -> None:
    """Tell the terms, what somebody paid, and how the money comes back."""
    found, own = await checks.tally(a), await _paid(a)
    operator = a.context.settings.config.operator
    lines = [_line(one, at_once=_comes_back(one, a.now)) for one in own]
    text = view.support(found, lines, operator.contact, RETURNED_UNASKED.days)
    a.say(Say(text, view.ways_back(lines), protect=True))


async def back(a: Answering, argument: str) -> None:
    """Give the money of a check nobody used back at once; of another one, ask a person to."""
    found = await _named(a, argument)
    whose = ABSENT if found is None else Whose(found.person_id)
    await authorize(a, "payback", whose, f"payment:{argument}" if found else "-")
    if found is None or found.charge is None or found.state not in {PAID, USED}:
        a.say(Say(t("dialog.already_answered"), HOME))
    elif _comes_back(found, a.now):
        a.write(_move, found, REFUNDING, a.now)
        a.audit("payment.refund", f"payment:{found.id}", "unused")
        a.say(GiveBack(found.charge), _returning(found))
    else:
        a.write(_move, found, ASKED, a.now)
        a.say(Say(t("pay.asked", number=f"{found.id}", contact=a.context.settings.config.operator.contact)))
        text = Say(t("pay.asked_of_you", number=f"{found.id}"), buttons("refunds"), letter=Letter("notice"))
        for person in await staff.serving(a.read, a.context.vault, {Role.SUPPORT, Role.OPERATOR}):
            if person.id != a.person.id:
                a.tell(person, text)


async def refunds(a: Answering) -> None:
    """List whose money is asked for."""
    waiting = await payments.asked(a.read)
    known = await people.several(a.read, a.context.vault, {one.person_id for one in waiting})
    lines = [_line(one, known[one.person_id].handle) for one in waiting if one.person_id in known]
    a.say(Say(view.waiting(lines), view.decisions(lines)))


async def refund(a: Answering, argument: str) -> None:
    """Show a payment, give its money back, or refuse to; not one's own."""
    asked = _REFUND.fullmatch(argument)
    found = await payments.find(a.read, int(asked[1])) if asked else None
    strange = found is None or found.state == OFFERED or found.person_id == a.person.id
    whose = ABSENT if found is None or strange else Whose(found.person_id)
    await authorize(a, "refund", whose, f"payment:{found.id}" if found else "-")
    person = await people.by_id(a.read, a.context.vault, found.person_id) if found else None
    if found is None or person is None or asked is None:
        raise Denied("refund", known=True)
    decided = asked[2]
    if decided is None:
        line = _line(found, person.handle)
        a.say(Say(view.waiting([line]), view.decisions([line])))
    elif decided == YES and found.state in {PAID, USED, ASKED, REFUSED}:
        a.write(_move, found, REFUNDING, a.now)
        a.send(_give_back, a.context, person, found, a.now)
        a.audit("payment.refund", f"payment:{found.id}", "decided")
        a.say(Say(t("pay.refund_given", number=f"{found.id}")))
    elif decided == NO and found.state == ASKED:
        a.write(_move, found, REFUSED if found.used_at else PAID, a.now)
        a.audit("payment.refused", f"payment:{found.id}")
        contact = a.context.settings.config.operator.contact
        a.tell(person, Say(t("pay.refused", number=f"{found.id}", contact=contact), letter=Letter("answer")))
        a.say(Say(t("pay.refund_refused", number=f"{found.id}")))
    else:
        a.say(Say(t("dialog.already_answered")))


async def owed(a: Answering) -> list[Reply]:
    """Give back, before somebody is erased, what they paid for and did not use, and what was on its way to them."""
    unused = {PAID, ASKED}
    own = await _paid(a)
    ours = [one for one in own if one.state == REFUNDING or (one.used_at is None and one.state in unused)]
    return [GiveBack(one.charge) for one in ours if one.charge]


async def delivered(context: Context, parcel: Parcel) -> None:
    """Note that Telegram gave the money back."""
    await _moved(context, parcel, REFUNDED)


async def undelivered(context: Context, parcel: Parcel) -> None:
    """Let staff see to money that Telegram would not give back."""
    found = await _moved(context, parcel, ASKED)
    text = t("pay.stuck", number=f"{found.id}") if found else await _of_nobody(context, parcel)
    if text is None:
        return
    log.warning("a payment was not given back")
    now = context.clock()
    async with context.database.write() as write:
        for person in await staff.serving(write, context.vault, {Role.SUPPORT, Role.OPERATOR}):
            await tell(context, write, person, [Say(text, letter=Letter("notice"))], now, NOTICE)
    context.bell.set()


async def _trouble(a: Answering, event: Checkout) -> str | None:
    """Say by a code why somebody must not be charged; None when all is as it was agreed."""
    found, offer = await checks.tally(a), await _offer(a, event.token)
    if offer is None or offer.offered_at <= a.now - INVOICE_STANDS:
        return "gone"
    if (event.currency, event.amount) != (STARS, offer.stars):
        return "sum"
    if found.open:
        return "open"
    if found.stars != offer.stars:
        return "price" if found.stars else "off"
    return None


async def _offer(a: Answering, token: str) -> Payment | None:
    """Give this person's offer that has not been taken."""
    found = await payments.by_token(a.read, token)
    mine = found is not None and found.person_id == a.person.id and found.state == OFFERED
    return found if mine else None


def _comes_back(payment: Payment, now: dt.datetime) -> bool:
    """Say whether money comes back by a press: for a check nobody used, for a while."""
    at = payment.paid_at
    return payment.state == PAID and at is not None and at > now - RETURNED_UNASKED


def _line(payment: Payment, handle: str = "", *, at_once: bool = False) -> view.Line:
    at = payment.paid_at or payment.offered_at
    return view.Line(payment.id, payment.stars, payment.state, at, handle, at_once)


async def _paid(a: Answering) -> list[Payment]:
    return [one for one in await payments.every(a.read, a.person) if one.state != OFFERED]


async def _named(a: Answering, argument: str) -> Payment | None:
    number = int(argument) if re.fullmatch(r"[0-9]{1,12}", argument, re.ASCII) else 0
    found = await payments.find(a.read, number)
    return None if found is None or found.state == OFFERED else found


async def _take(connection: AsyncConnection, number: int, charge: str, now: dt.datetime) -> None:
    if not await payments.take(connection, number, charge, now):
        raise Stale


async def _move(connection: AsyncConnection, payment: Payment, after: str, now: dt.datetime) -> None:
    if not await payments.move(connection, payment.id, payment.state, after, now):
        raise Stale


async def _give_back(
    connection: AsyncConnection, context: Context, person: Person, payment: Payment, now: dt.datetime
) -> list[Parcel]:
    """Give somebody else's money back, whether or not they let us write to them."""
    locale = context.scene(person).locale
    call = Call(*render(GiveBack(payment.charge or ""), locale, person.chat_id))
    parcels = await outbox.put(connection, person.sealer, person.chat_id, [call], now)
    return parcels + await tell(context, connection, person, [_returning(payment)], now)


async def _moved(context: Context, parcel: Parcel, after: str) -> Payment | None:
    """Move the payment that a call was to give back; None for any other call, and for one that was moved before."""
    if parcel.call.method != GIVE_BACK:
        return None
    async with context.database.write() as write:
        found = await payments.by_charge(write, str(parcel.call.payload["telegram_payment_charge_id"]))
        if found is None or not await payments.move(write, found.id, REFUNDING, after, context.clock()):
            return None
    return found


async def _of_nobody(context: Context, parcel: Parcel) -> T | None:
    """Say whose money did not go back though nothing here knows of it any more: that of somebody erased."""
    if parcel.call.method != GIVE_BACK:
        return None
    charge = str(parcel.call.payload["telegram_payment_charge_id"])
    async with context.database.read() as read:
        known = await payments.by_charge(read, charge)
    return None if known else t("pay.stuck_erased", charge=charge)


def _returning(payment: Payment) -> Say:
    return Say(t("pay.returning", n=payment.stars, number=f"{payment.id}"), letter=Letter("receipt"))
