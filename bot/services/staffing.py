"""Staffing: who works here. Invited by name, joined by a link of one use, withdrawn from one moment to the next."""

import datetime as dt
import re
import secrets

from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.i18n import Joined, T, Value, t
from bot.services import conversation, foureyes
from bot.services.authority import (
    ABSENT,
    OF_A_LENDER,
    TABLE,
    Action,
    Denied,
    Role,
    Whose,
    authorize,
    enters,
    permits,
)
from bot.services.context import Answering
from bot.views.menus import action
from storage import dialogs, invites, lenders, marks, notices, people, staff, tickets
from storage.invites import Invite
from storage.people import HANDLE_LENGTH, HANDLE_LETTERS, Person
from storage.staff import Member

LASTS = dt.timedelta(hours=24)
CODE_LENGTH = 27  # of 28 letters: 129 bits
GIVEN = tuple(role for role in Role if role is not Role.BORROWER)
SHELL = "shell"
MOST_SHOWN = 40
DESK = (
    "tickets",
    "reports",
    "bulletin",
    "bulletins",
    "look",
    "request",
    "cases",
    "rules",
    "ledger",
    "lookup",
    "loan",
    "loans",
    "disputes",
    "erasure",
    "invite",
    "staff",
    "keys",
    "refunds",
    "feedback",
    "health",
    "propose",
    "approvals",
)
"""The commands of staff, as /desk lists them to those who may."""

LINK = re.compile(f"join-[{HANDLE_LETTERS}]{{{CODE_LENGTH}}}")
"""What follows /start in a link of ours."""
_HANDLE = re.compile(f"[{HANDLE_LETTERS}]{{{HANDLE_LENGTH}}}")


async def desk(a: Answering) -> None:
    """Tell members of staff their roles and what they may do."""
    held = await staff.grants(a.read, a.person)
    roles = Joined(tuple(_role(grant.role, grant.lender) for grant in held))
    lines = tuple(
        t("desk.line", command=name, what=t(f"desk.can.{name}")) for name in DESK if enters(held, name)
    )
    a.say(Say(t("desk.text", roles=roles, lines=Joined(lines) if lines else t("desk.nothing_yet"))))


async def invite(a: Answering, argument: str) -> None:
    """Invite somebody to a role: `ROLE HANDLE`, and the lender's name where the inviter has none of their own."""
    role, handle, name = [*argument.split(None, 2), "", "", ""][:3]
    role, handle = role.lower(), handle.upper()
    if role not in GIVEN or not _HANDLE.fullmatch(handle):
        a.say(Say(t("invite.usage", roles=", ".join(GIVEN))))
        return
    lender_id = await _place(a, role, name)
    person = await people.by_handle(a.read, a.context.vault, handle)
    nowhere = role in OF_A_LENDER and lender_id is None
    if person is None or nowhere or person.id == a.person.id:  # nobody gives a role to themselves
        await authorize(a, "invite", ABSENT, handle)
        return
    await authorize(a, "invite", Whose(person.id, lender_id), handle)
    lender = await _lender(a, lender_id)
    if any((g.role, g.lender_id) == (role, lender_id) for g in await staff.grants(a.read, person)):
        a.say(Say(t("invite.already", handle=handle, role=_role(role, lender))))
        return
    code = "".join(secrets.choice(HANDLE_LETTERS) for _ in range(CODE_LENGTH))
    a.write(invites.make, person, code, role, lender_id, a.person.handle, a.now, a.now + LASTS)
    a.audit("staff.invited", f"person:{handle}", _code(role, lender_id))
    bot = await marks.find(a.read, marks.BOT)
    link = f"https://t.me/{bot.value}?start=join-{code}" if bot else ""
    told = t(
        "invite.made", handle=handle, role=_role(role, lender), link=link, code=code, until=a.now + LASTS
    )
    a.say(Say(told))


async def join(a: Answering, code: str) -> None:
    """Show an invitation to the one it is for, with a button that takes it up."""
    found, lender = await _invitation(a, code)
    text = t("join.ask", role=_role(found.role, lender), handle=found.made_by, until=found.expires_at)
    a.say(Say(text, Inline(((Button(t("join.accept"), action("accept", code), "primary"),),))))


async def accept(a: Answering, code: str) -> None:
    """Take up an invitation; it is used by that."""
    found, lender = await _invitation(a, code)
    a.write(invites.use, found.row, a.now)
    a.write(staff.give, a.person, found.role, found.lender_id, found.made_by, a.now)
    a.audit("staff.joined", f"person:{a.person.handle}", _code(found.role, found.lender_id))
    a.say(Say(t("join.done", role=_role(found.role, lender))))
    if found.role == Role.OPERATOR:
        for other, words in await foureyes.newcomer(a.read, a.context.vault, a.person.handle, found.made_by):
            a.tell(other, words)


async def show(a: Answering) -> None:
    """List who works where one may say so, and who is invited, each with a button that ends it."""
    held = await staff.grants(a.read, a.person)
    all_of_them = any(grant.role == Role.OPERATOR for grant in held)
    own = {grant.lender_id for grant in held if grant.role == Role.ADMIN}
    members = [m for m in await staff.members(a.read) if all_of_them or m.grant.lender_id in own]
    asked = [i for i in await invites.waiting(a.read, a.now) if all_of_them or i.lender_id in own]
    lines: list[Value] = [_member_line(member) for member in members]
    lines += [await _invite_line(a, found) for found in asked]
    rows = [_end(member.handle, f"s{member.grant.row}") for member in members]
    rows += [_end(found.handle, f"i{found.row}") for found in asked]
    text = t("staff.list", lines=Joined(tuple(lines[:MOST_SHOWN]))) if lines else t("staff.none")
    a.say(Say(text, Inline(tuple(rows[:MOST_SHOWN])) if rows else None))


async def withdraw(a: Answering, argument: str) -> None:
    """End a role (`s` and its number) or an invitation (`i`), at once."""
    number = int(argument[1:]) if re.fullmatch(r"[si][0-9]{1,12}", argument, re.ASCII) else 0
    if argument[:1] == "i":
        await _take_back(a, number)
        return
    member = await staff.member(a.read, number)
    whose = ABSENT if member is None else Whose(member.person_id, member.grant.lender_id)
    await authorize(a, "withdraw", whose, f"person:{member.handle}" if member else "-")
    if member is None:
        return
    grant = member.grant
    a.write(staff.end, grant.row, a.now)
    if grant.lender_id is not None:  # what waits for their morning is not for them any more
        a.write(notices.recall, grant.lender_id, officer=member.person_id)
    a.audit("staff.withdrawn", f"person:{member.handle}", _code(grant.role, grant.lender_id))
    role = _role(grant.role, grant.lender)
    a.say(Say(t("staff.withdrawn", handle=member.handle, role=role)))
    person = await people.by_handle(a.read, a.context.vault, member.handle)
    if person is None:
        return
    left = {one.role for one in await staff.grants(a.read, person) if one.row != grant.row}
    if not left & {Role.SUPPORT, Role.OPERATOR}:
        a.write(tickets.free, member.handle)
    for name in conversation.BUILD:  # what they were in the middle of as staff is over, too
        if Role.BORROWER not in TABLE.get(Action(name), {}):
            a.write(dialogs.end, person, name)
    if person.id != a.person.id:
        a.tell(person, Say(t("staff.ended", role=role), letter=Letter("staff")))


async def _take_back(a: Answering, number: int) -> None:
    found = next((i for i in await invites.waiting(a.read, a.now) if i.row == number), None)
    person = await people.by_handle(a.read, a.context.vault, found.handle) if found else None
    whose = ABSENT if found is None or person is None else Whose(person.id, found.lender_id)
    await authorize(a, "withdraw", whose, f"person:{found.handle}" if found else "-")
    if found is None:
        return
    a.write(invites.end, found.row, a.now)
    a.audit("staff.uninvited", f"person:{found.handle}", _code(found.role, found.lender_id))
    a.say(Say(t("staff.uninvited", handle=found.handle)))


async def _invitation(a: Answering, code: str) -> tuple[Invite, str]:
    """Give an invitation that holds, and its lender's name. Raises Denied, for whatever reason in the same way."""
    found = await invites.find(a.read, a.person, code, a.now)
    if found is None:
        raise Denied("join", known=True)
    lender = await lenders.find(a.read, found.lender_id) if found.lender_id is not None else None
    closed = lender is not None and not lender.open
    if closed or not await _may_still_invite(a, found):
        raise Denied("join", known=True)
    return found, lender.name if lender else ""


async def _may_still_invite(a: Answering, found: Invite) -> bool:
    """Whether who made the invitation could make it today: somebody withdrawn leaves no doors open."""
    if found.made_by == SHELL:
        return True
    giver: Person | None = await people.by_handle(a.read, a.context.vault, found.made_by)
    whose = Whose(a.person.id, found.lender_id)
    return giver is not None and await permits(a.read, giver, "invite", whose)


async def _place(a: Answering, role: str, name: str) -> int | None:
    if role not in OF_A_LENDER:
        return None
    if name:
        lender = await lenders.named(a.read, name.strip())
        return lender.id if lender else None
    own = [g.lender_id for g in await staff.grants(a.read, a.person) if g.role == Role.ADMIN]
    return own[0] if len(own) == 1 else None


async def _lender(a: Answering, lender_id: int | None) -> str:
    lender = await lenders.find(a.read, lender_id) if lender_id is not None else None
    return lender.name if lender else ""


def _role(role: str, lender: str) -> T:
    return t("role.at", role=t(f"role.{role}"), lender=lender) if lender else t(f"role.{role}")


def _code(role: str, lender_id: int | None) -> str:
    return role if lender_id is None else f"{role} of lender:{lender_id}"


def _member_line(member: Member) -> T:
    role = _role(member.grant.role, member.grant.lender)
    return t("staff.line", handle=member.handle, role=role, at=member.given_at)


async def _invite_line(a: Answering, found: Invite) -> T:
    role = _role(found.role, await _lender(a, found.lender_id))
    return t("staff.line.invited", handle=found.handle, role=role, until=found.expires_at)


def _end(handle: str, argument: str) -> tuple[Button, ...]:
    return (Button(t("staff.end", handle=handle), action("withdraw", argument), "danger"),)
