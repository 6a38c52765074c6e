"""`operator`, `lender`, `staff`, `approvals`: who works here, as far as it is not done in the chat.

Whoever is at the shell enrols the first operator and enters lenders; everything else is done by people in the chat,
where each has a name.
"""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from bot.cli import register
from bot.cli.working import no, recorded, working

if TYPE_CHECKING:
    from bot.services.context import Context

    Work = Callable[[Context, argparse.Namespace], Awaitable[int]]

LONGEST_NAME = 80
SHOWN = 20


def add(commands: Any) -> None:
    """Add the commands."""
    for family, what in (
        ("operator", "enrol whoever runs this installation"),
        ("lender", "the lenders whose officers work with Candor"),
        ("staff", "who works here"),
        ("approvals", "what needs a second pair of eyes"),
    ):
        actions = commands.add_parser(family, help=what).add_subparsers(
            dest="action", required=True, metavar="ACTION"
        )
        if family == "operator":
            new = actions.add_parser("add", help="make somebody an operator who has talked to the bot")
            new.add_argument("handle", metavar="HANDLE", help="their reference, from /settings")
            new.set_defaults(call=working(_add_operator))
        elif family == "lender":
            new = actions.add_parser("add", help="enter a lender")
            new.add_argument("name", metavar="NAME")
            new.add_argument("country", metavar="COUNTRY", help="such as us")
            new.set_defaults(call=working(_add_lender))
            register.add(actions)
            end = actions.add_parser("close", help="close a lender and end the roles of all who work there")
            end.add_argument("name", metavar="NAME")
            end.set_defaults(call=working(_close_lender))
            actions.add_parser("list", help="list the open ones").set_defaults(call=working(_list_lenders))
        elif family == "staff":
            actions.add_parser("list", help="list them").set_defaults(call=working(_list_staff))
        else:
            actions.add_parser("list", help="list the last ones").set_defaults(call=working(_list_approvals))
            new = actions.add_parser("ask", help="ask the operators for something")
            new.add_argument("what", metavar="WHAT", help="such as lender.close or keys.rotate")
            new.add_argument("object", metavar="OBJECT", nargs="?", default="-", help="such as lender:3")
            new.set_defaults(call=working(_ask))


async def _add_operator(context: "Context", chosen: argparse.Namespace) -> int:
    from bot.services import foureyes, trail  # noqa: PLC0415 - heavy
    from bot.services.authority import Role  # noqa: PLC0415 - heavy
    from bot.services.telling import tell  # noqa: PLC0415 - heavy
    from storage import people, staff  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        person = await people.by_handle(read, context.vault, chosen.handle.upper())
    if person is None:
        return no("nobody has this reference; people find theirs in /settings, after /start")

    async def give(write: Any) -> bool:
        given = await staff.give(write, person, Role.OPERATOR, None, trail.SHELL, context.clock())
        if given:  # carried at the next start of the bot
            for other, words in await foureyes.newcomer(write, context.vault, person.handle, trail.SHELL):
                await tell(context, write, other, [words], context.clock())
        return given

    if not await recorded(context, "operator.add", f"person:{person.handle}", give):
        return no("this person is an operator already")
    print(f"{person.handle} is an operator from now on; /desk shows them what they may do.")
    return 0


async def _add_lender(context: "Context", chosen: argparse.Namespace) -> int:
    from storage import lenders  # noqa: PLC0415 - heavy

    name, country = chosen.name.strip(), chosen.country.lower()
    if country not in context.packs:
        return no(f"accepted countries: {', '.join(context.packs)}")
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        return no(f"accepted is a name of 1 to {LONGEST_NAME} characters")
    made: list[int] = []

    async def enter(write: Any) -> bool:
        lender = await lenders.add(write, name, country, context.clock())
        made.extend([lender.id] if lender else [])
        return lender is not None

    if not await recorded(context, "lender.add", f"country:{country}", enter):
        return no("there is a lender of this name; names are not used twice")
    print(f"lender:{made[0]} {name} ({country}). An operator invites its admin: /invite admin HANDLE {name}")
    return 0


async def _close_lender(context: "Context", chosen: argparse.Namespace) -> int:
    from bot.services import closing, foureyes  # noqa: PLC0415 - heavy
    from storage import lenders  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        lender = await lenders.named(read, chosen.name.strip())
    if lender is None:
        return no("there is no open lender of this name; see: python -m bot lender list")
    object_, ended = f"lender:{lender.id}", list[int]()

    async def close(write: Any) -> bool:
        if not await foureyes.use(write, "lender.close", object_, context.clock()):
            return False
        ended.extend(await closing.close(write, context, lender))
        return True

    if not await recorded(context, "lender.close", object_, close):
        return no(f"this needs an operator's approval: python -m bot approvals ask lender.close {object_}")
    print(f"{lender.name} is closed; {ended[0]} roles have ended, and what {ended[1]} people had agreed to.")
    return 0


async def _list_lenders(context: "Context", _chosen: argparse.Namespace) -> int:
    from storage import lenders  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        for lender in await lenders.listed(read):
            print(f"lender:{lender.id:<5} {lender.country}  {lender.created_at:%Y-%m-%d}  {lender.name}")
    return 0


async def _list_staff(context: "Context", _chosen: argparse.Namespace) -> int:
    from storage import staff  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        for member in await staff.members(read):
            grant = member.grant
            since = f"since {member.given_at:%Y-%m-%d} by {member.given_by}"
            print(f"{member.handle}  {grant.role:<10}  {grant.lender or '-'}  {since}")
    return 0


async def _list_approvals(context: "Context", _chosen: argparse.Namespace) -> int:
    from storage import approvals  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        for one in await approvals.newest(read, SHOWN):
            state = (
                "expired" if one.state != approvals.USED and one.expires_at <= context.clock() else one.state
            )
            print(
                f"{one.id:>5}  {one.asked_at:%Y-%m-%d %H:%M}Z  {one.action} {one.object}  by {one.asked_by}  {state}"
            )
    return 0


async def _ask(context: "Context", chosen: argparse.Namespace) -> int:
    from bot.services import foureyes  # noqa: PLC0415 - heavy
    from storage import approvals  # noqa: PLC0415 - heavy

    asked = foureyes.understood(f"{chosen.what} {chosen.object}")
    if asked is None:
        return no(f"accepted are {', '.join(foureyes.ACTIONS)}, and an object such as lender:3")
    until = context.clock() + foureyes.LASTS

    async def ask(write: Any) -> bool:
        await approvals.ask(write, *asked, "shell", context.clock(), until)
        return True

    await recorded(context, "approval.asked", ":".join(asked), ask)
    print(f"Asked. Any operator can approve it in the chat with /approvals, until {until:%Y-%m-%d %H:%M}Z.")
    return 0
