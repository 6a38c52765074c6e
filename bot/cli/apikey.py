"""`apikey`: keys with which a lender's programs come in over HTTP. Its administrators have /keys in the chat, too."""

import argparse
import datetime as dt
from typing import TYPE_CHECKING, Any

from bot.cli.working import no, recorded, working
from bot.dialogs.newkey import KINDS, LONGEST

if TYPE_CHECKING:
    from bot.services.context import Context

DAYS = 365


def add(commands: Any) -> None:
    """Add the commands."""
    actions = commands.add_parser("apikey", help="keys of lenders' programs").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    new = actions.add_parser("add", help="make a key; it is printed once, and only its hash is kept")
    new.add_argument("lender", metavar="LENDER", help="its name")
    new.add_argument("name", metavar="NAME", help="what the program is called")
    new.add_argument("--for", dest="kind", choices=sorted(KINDS), default="all", help="what it may do (all)")
    new.add_argument("--days", type=int, default=0, metavar="N", help="until it expires; without it, never")
    new.set_defaults(call=working(_add))
    actions.add_parser("list", help="list the live ones").set_defaults(call=working(_list))
    end = actions.add_parser("end", help="end a key at once")
    end.add_argument("number", type=int, metavar="NUMBER", help="as the list has it")
    end.set_defaults(call=working(_end))


async def _add(context: "Context", chosen: argparse.Namespace) -> int:
    from bot.services import trail  # noqa: PLC0415 - heavy
    from storage import apikeys, lenders  # noqa: PLC0415 - heavy

    name, now = chosen.name.strip(), context.clock()
    async with context.database.read() as read:
        lender = await lenders.named(read, chosen.lender.strip())
    if lender is None:
        return no("there is no open lender of this name; see: python -m bot lender list")
    if not 1 <= len(name) <= LONGEST or not name.isprintable() or not 0 <= chosen.days <= 10 * DAYS:
        return no(f"accepted are a name of 1 to {LONGEST} characters and at most {10 * DAYS} days")
    key, until = apikeys.draw(), now + dt.timedelta(days=chosen.days) if chosen.days else None

    async def enter(write: Any) -> bool:
        await apikeys.enter(write, key, lender.id, name, KINDS[chosen.kind], trail.SHELL, now, until)
        return True

    await recorded(context, "key.made", f"lender:{lender.id}", enter)
    print(key)
    return 0


async def _list(context: "Context", _chosen: argparse.Namespace) -> int:
    from storage import apikeys  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        for key in await apikeys.listed(read, None, context.clock()):
            used = f"{key.used_at:%Y-%m-%d %H:%M}Z" if key.used_at else "never"
            until = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "-"
            place = f"lender:{key.lender_id}"
            scopes = " ".join(key.scopes)
            print(f"{key.id:>5}  {place:<10}  {key.hint}…  until {until}  used {used}  {scopes}  {key.name}")
    return 0


async def _end(context: "Context", chosen: argparse.Namespace) -> int:
    from storage import apikeys  # noqa: PLC0415 - heavy

    async def end(write: Any) -> bool:
        return await apikeys.end(write, chosen.number, context.clock())

    if not await recorded(context, "key.ended", f"key:{max(chosen.number, 0)}", end):
        return no("there is no live key of this number; see: python -m bot apikey list")
    print("It opens nothing any more.")
    return 0
