"""What commands that work on an open database share: everything opened and closed again, and a row in the trail."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services.context import Context

    Work = Callable[[Context, argparse.Namespace], Awaitable[int]]


async def recorded(
    context: "Context", action: str, object_: str, work: Callable[[Any], Awaitable[bool]]
) -> bool:
    """Do something in a transaction, with its row in the trail: done, or denied where it was not to be."""
    from bot.services import trail  # noqa: PLC0415 - heavy
    from storage import audit  # noqa: PLC0415 - heavy

    now = context.clock()
    async with context.database.write() as write:
        done = await work(write)
        entry = audit.Entry(trail.SHELL, action, object_, "-", audit.DONE if done else audit.DENIED)
        head = await trail.append(context, write, [entry], now)
    await trail.anchor(context, head, now)
    return done


def working(work: "Work") -> Callable[[Settings, argparse.Namespace], int]:
    """Give a command that opens everything, works, and closes it again."""

    async def run(told: Settings, chosen: argparse.Namespace) -> int:
        from bot import wire  # noqa: PLC0415 - heavy
        from storage import audit  # noqa: PLC0415 - heavy

        context = await wire.build(told)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(context.database.close)
            stack.push_async_callback(context.vault.close)
            # the anchor begins here where the bot itself has never run
            await audit.catch_up(
                context.database, context.vault.secret("audit"), context.anchor, context.clock()
            )
            return await work(context, chosen)

    def call(told: Settings, chosen: argparse.Namespace) -> int:
        from bot import wire  # noqa: PLC0415 - heavy

        wire.prepare(told)
        return asyncio.run(run(told, chosen))

    return call


def no(why: str) -> int:
    """Say that nothing was changed, and why."""
    print(f"Nothing was changed: {why}", file=sys.stderr)
    return 2
