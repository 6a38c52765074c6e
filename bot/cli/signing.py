"""`keys sign`: the keys that letters are signed with; see them, give their public halves away, put a new one in use."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from bot.cli.working import recorded, working

if TYPE_CHECKING:
    from bot.services.context import Context


def add(actions: Any) -> None:
    """Add the command."""
    sign = actions.add_parser("sign", help="show the keys that messages are signed with")
    what = sign.add_mutually_exclusive_group()
    what.add_argument(
        "--rotate", action="store_true", help="put a new key in use; what the old ones signed stays good"
    )
    what.add_argument(
        "--export", action="store_true", help="print the public keys as JSON, for checks without this program"
    )
    sign.set_defaults(call=working(_sign))


async def _sign(context: "Context", chosen: argparse.Namespace) -> int:
    if chosen.rotate:
        return await _rotate(context)
    from storage import signkeys  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        keys = await signkeys.every(read)
    if chosen.export:
        print(json.dumps({str(key.number): key.public.hex() for key in keys}, indent=2))
        return 0
    if not keys:
        print("There is no key yet; it is made with the first message that is signed.")
    for key in keys:
        state = f"retired {key.retired_at:%Y-%m-%d}" if key.retired_at else "in use"
        state = state if signkeys.ours(context.vault, key) else "NOT OURS: somebody put it into the database"
        print(f"{key.number:>5}  {key.made_at:%Y-%m-%d}  {key.fingerprint}  {state}")
    return 0


async def _rotate(context: "Context") -> int:
    from storage import signkeys  # noqa: PLC0415 - heavy

    made: list[signkeys.Signkey] = []

    async def turn(write: Any) -> bool:
        made.append(await signkeys.rotate(write, context.vault, context.clock()))
        return True

    await recorded(context, "signkey.rotate", "signkey", turn)
    print(f"Key {made[0].number} signs from now on: {made[0].fingerprint}")
    print("Publish its public half where people find the others: python -m bot keys sign --export")
    return 0
