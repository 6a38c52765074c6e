"""The loan book in the chat: an officer enters a loan, looks at those whose borrowers agreed, and closes one."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import VERSION
from bot.dialogs.loan import EVERYBODY, YES, chosen, loan
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import t
from bot.services import lending
from bot.services.authority import ABSENT, OF_A_LENDER, Denied, Whose, authorize
from bot.services.context import Answering, Context
from bot.services.conversation import builds, finishes, start
from bot.services.telling import tell
from bot.views import loanbook as views
from bot.views.menus import action
from storage import lenders, loans, people, staff, watches
from storage.lenders import Lender
from storage.loans import Draft, Listed, Loan, Taken
from storage.outbox import Parcel
from storage.people import HANDLE_LENGTH, HANDLE_LETTERS, Person

_CLOSING = re.compile(rf"([0-9]{{1,18}})\.({'|'.join(views.REASONS)})(\.sure)?", re.ASCII)
_HANDLE = re.compile(f"[{HANDLE_LETTERS}]{{{HANDLE_LENGTH}}}")
_FURTHER = re.compile(r">([0-9]{1,18})\.(.{0,40})")


async def ask(a: Answering) -> None:
    """Begin the form, or first ask for which lender, where somebody works for several."""
    own = await _lenders(a)
    if len(own) == 1:
        await _begin(a, own[0])
        return
    rows = tuple((Button(t("loan.lender", lender=one.name), action("loan", str(one.id))),) for one in own)
    a.say(Say(t("loan.which"), Inline(rows)))


async def ask_for(a: Answering, argument: str) -> None:
    """Begin the form for a lender. Raises Denied for one that somebody does not work for."""
    lender = next((one for one in await _lenders(a) if str(one.id) == argument), None)
    await authorize(a, "loan", Whose(lender_id=lender.id) if lender else ABSENT)
    if lender is not None:
        await _begin(a, lender)


@builds("loan")
def _loan(a: Answering, of: Mapping[str, Any]) -> Dialog:
    return loan(a.context.packs[of["country"]], of["officers"], of["name"], _HANDLE)


@finishes("loan")
async def entered(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Enter the loan, and say no more than that whoever can be asked has been asked."""
    await authorize(a, "loan", Whose(lender_id=of["lender"]), f"lender:{of['lender']}")
    lender = await lenders.find(a.read, of["lender"])
    if lender is None or answers["sure"] != YES:
        a.say(Say(t("loan.dropped")))
        return
    draft, handle = _draft(a, lender, answers), str(answers["handle"])
    if lending.problem(draft, a.context.packs[lender.country], a.scene.today) is not None:
        a.say(Say(t("loan.wrong.whole")))
        return
    if await _taken(a, lender, draft.reference, handle):
        a.say(Say(t("loan.taken", reference=draft.reference)))
        return
    a.send(_register, a.context, a.person, lender, handle, draft)
    a.audit("loans.put", f"lender:{lender.id}")
    a.say(Say(t("loan.entered", reference=draft.reference, handle=handle)))


async def overview(a: Answering) -> None:
    """List the loans whose borrowers agreed, of the lenders somebody works for."""
    for lender in await _lenders(a):
        await _page(a, lender, "")


async def look(a: Answering, argument: str) -> None:
    """Show one loan, by its number or its reference; close it, once that was confirmed; or turn the page.

    Raises Denied for what is not there, and for a loan whose borrower did not agree: nobody is to tell one from the
    other.
    """
    if further := _FURTHER.fullmatch(argument):
        lender = next((one for one in await _lenders(a) if str(one.id) == further[1]), None)
        await authorize(a, "loans", Whose(lender_id=lender.id) if lender else ABSENT)
        if lender is not None:
            await _page(a, lender, further[2])
        return
    closing = _CLOSING.fullmatch(argument)
    found, lender = await _open_loan(a, closing[1] if closing else argument)
    if closing is None:
        a.say(views.whole(_seen(found), lender.name, a.scene.today))
        return
    reason = closing[2]
    if not closing[3]:
        a.say(views.sure(_seen(found), reason))
    else:
        a.send(_close, a.context, lender, found.loan.reference)
        a.audit("loans.close", f"lender:{lender.id}", reason)
        a.say(Say(t("loan.closed_here", reference=found.loan.reference)))


async def _begin(a: Answering, lender: Lender) -> None:
    handles = await lending.officers(a.read, lender.id)
    start(
        a,
        "loan",
        {
            "lender": lender.id,
            "name": lender.name,
            "country": lender.country,
            "officers": handles[: views.OFFICERS],
        },
    )


async def _page(a: Answering, lender: Lender, after: str) -> None:
    most = views.SHOWN + 1
    found = await loans.listed(a.read, a.context.vault, lender.id, VERSION, a.now, after, most)
    a.say(views.listed(lender.name, lender.id, [_seen(one) for one in found], a.scene.today))


async def _open_loan(a: Answering, name: str) -> tuple[Listed, Lender]:
    """Find an open loan of a lender somebody works for whose borrower agreed. Raises Denied when there is none."""
    for lender in await _lenders(a):
        number = int(name) if name.isdecimal() and len(name) <= 18 else 0
        by_name = await loans.owner(a.read, lender.id, name)
        held = await loans.find(a.read, a.context.vault, by_name[0] if by_name else number)
        if held is None or held.lender_id != lender.id or held.closed_at is not None:
            continue
        if (found := await _listed(a, held)) is not None:
            await authorize(a, "loans", Whose(held.person_id, lender.id), f"lender:{lender.id}")
            return found, lender
    await authorize(a, "loans", ABSENT)
    raise Denied("loans", known=True)


async def _listed(a: Answering, loan: Loan) -> Listed | None:
    """Give a loan as its lender may see it; None when its borrower does not agree."""
    only = loan.reference
    found = await loans.listed(a.read, a.context.vault, loan.lender_id, VERSION, a.now, "", 1, only)
    return next((one for one in found if one.loan.id == loan.id), None)


def _seen(one: Listed) -> views.Loan:
    loan = one.loan
    return views.Loan(
        id=loan.id,
        reference=loan.reference,
        handle=one.handle,
        since=one.since.date(),
        currency=loan.currency,
        opened_on=loan.opened_on,
        ends_on=loan.ends_on,
        terms=loan.terms,
        measures=loan.measures,
        officer=loan.officer,
    )


async def _taken(a: Answering, lender: Lender, reference: str, handle: str) -> bool:
    """Say whether the reference is that of another loan whose borrower the lender knows."""
    known = await loans.owner(a.read, lender.id, reference)
    if known is None or not await watches.ever(a.read, known[1], lender.id):
        return False
    borrower = await people.by_id(a.read, a.context.vault, known[1])
    return borrower is not None and borrower.handle != handle


def _draft(a: Answering, lender: Lender, answers: Mapping[str, Answer]) -> Draft:
    told = {key: answers.get(key) for key in ("amount", "instalments", "instalment")}
    terms: dict[str, str | int] = {}
    for key, value in told.items():
        if value is not None:
            terms[key] = int(str(value)) if key == "instalments" else str(value)
    return Draft(
        reference=str(answers["reference"]),
        currency=a.context.packs[lender.country].currency,
        opened_on=dt.date.fromisoformat(str(answers["opened"])),
        ends_on=dt.date.fromisoformat(str(answers["ends"])),
        terms=terms,
        measures=chosen(answers["measures"]),
        officer=None if answers["officer"] == EVERYBODY else str(answers["officer"]),
    )


async def _register(
    connection: AsyncConnection, context: Context, officer: Person, lender: Lender, handle: str, draft: Draft
) -> list[Parcel]:
    try:
        return await lending.register(context, connection, lender, handle, draft, officer.handle)
    except (Taken, lending.Wrong):  # somebody else was quicker
        text = Say(t("loan.taken", reference=draft.reference))
        return await tell(context, connection, officer, [text], context.clock())


async def _close(
    connection: AsyncConnection, context: Context, lender: Lender, reference: str
) -> list[Parcel]:
    return await lending.close(context, connection, lender, reference)


async def _lenders(a: Answering) -> list[Lender]:
    held = await staff.grants(a.read, a.person)
    numbers = sorted({one.lender_id for one in held if one.role in OF_A_LENDER and one.lender_id is not None})
    found = [await lenders.find(a.read, one) for one in numbers]
    return [one for one in found if one is not None and one.open]
