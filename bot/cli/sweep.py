"""`sweep`: look at everybody who is watched, and leave it to the running bot to score anew whose score has moved."""

import argparse
import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services.sweeping import Swept

WIDTH = 30


def add(commands: Any) -> None:
    """Add the command."""
    look = commands.add_parser(
        "sweep", help="find everybody watched whose score has moved by time or missed something"
    )
    look.add_argument("--json", action="store_true", help="print what it came to as JSON")
    look.set_defaults(call=sweep)


def sweep(told: Settings, chosen: argparse.Namespace) -> int:
    """Sweep from where a sweep of today was cut off."""
    began = time.perf_counter()
    bar = _Bar(began) if sys.stderr.isatty() else None
    done = asyncio.run(_sweep(told, bar))
    seconds = time.perf_counter() - began
    if bar is not None:
        bar.end()
    if chosen.json:
        found = {"people": done.looked, "found": dict(done.found), "watches_ended": done.ended}
        print(json.dumps({**found, "seconds": round(seconds, 3)}))
    else:
        why = ", ".join(f"{number:,} {name}" for name, number in done.found.most_common())
        print(
            f"{done.looked:,} people looked at in {seconds:.1f} s; {done.found.total():,} to be scored anew"
            + (f" ({why})" if why else "")
            + f"; {done.ended:,} whose consent to be watched has run out"
        )
    return 0


async def _sweep(told: Settings, bar: "_Bar | None") -> "Swept":
    from contextlib import AsyncExitStack  # noqa: PLC0415 - beside what is heavy

    from bot import wire  # noqa: PLC0415 - heavy
    from bot.services import opening, sweeping  # noqa: PLC0415 - heavy

    wire.prepare(told)
    context = await wire.build(told)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(context.vault.close)
        stack.push_async_callback(context.database.close)
        await opening.trust(context)
        return await (sweeping.sweep(context, bar.show) if bar else sweeping.sweep(context))


class _Bar:
    """A line that shows how far a sweep is: people a second, the time left, and who was found."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._first: int | None = None

    def show(self, done: "Swept") -> None:
        """Draw it anew."""
        self._first = done.looked if self._first is None else self._first
        passed = time.perf_counter() - self._began
        pace = (done.looked - self._first) / passed if passed else 0.0
        left = (done.total - done.looked) / pace if pace else 0.0
        full = WIDTH * done.looked // done.total if done.total else WIDTH
        bar = "█" * min(full, WIDTH) + "░" * max(WIDTH - full, 0)
        line = (
            f"{bar} {done.looked:,} of {done.total:,} | {pace:,.0f} people/s | "
            f"{left // 60:.0f}:{left % 60:02.0f} left | {done.found.total():,} found"
        )
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line behind."""
        print(file=sys.stderr)
