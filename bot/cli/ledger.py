"""`ledger`: what a lender's alerts were worth, rule by rule."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from bot.cli.working import working

if TYPE_CHECKING:
    from bot.services.context import Context
    from engine.watch.ledger import Ledger, Line

HEAD = ("rule", "alerts", "undecided", "right", "lead", "missed", "false/100m", "contact", "cured")


def add(commands: Any) -> None:
    """Add the command."""
    show = commands.add_parser("ledger", help="show what a lender's alerts were worth, rule by rule")
    show.add_argument("lender", metavar="LENDER", help="its name")
    show.set_defaults(call=working(_show))


async def _show(context: "Context", chosen: argparse.Namespace) -> int:
    from bot.services import judging  # noqa: PLC0415 - heavy
    from storage import lenders  # noqa: PLC0415 - heavy

    async with context.database.read() as read:
        lender = await lenders.named(read, chosen.lender)
        found = None if lender is None else await judging.judge(context, read, lender)
    if found is None:
        print("there is no open lender of this name; see `python -m bot lender list`", file=sys.stderr)
        return 1
    _print(found)
    return 0


def _print(found: "Ledger") -> None:
    rows = [HEAD, _row(found.together, "all rules"), *(_row(one, one.rule) for one in found.rules)]
    wide = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    for first, *others in rows:
        cells = [cell.rjust(size) for cell, size in zip(others, wide[1:], strict=True)]
        print("  ".join([first.ljust(wide[0]), *cells]))
    for one in found.rules:
        if one.noisy:
            print(f"{one.rule} is mostly noise: think about a higher threshold, or switch it off")
    if found.points is not None:
        print(f"from these alerts, a fall of {found.points} points would be a better threshold")


def _row(one: "Line", name: str) -> tuple[str, ...]:
    figures = one.figures
    return (
        name,
        str(one.alerts),
        str(one.undecided),
        f"{figures.precision.value:.0%}" if figures.precision.of else "-",
        f"{figures.lead} d" if figures.lead is not None else "-",
        f"{one.missed} of {figures.bad}",
        f"{figures.false.value:.1f}",
        f"{one.contact_hours:.0f} h" if one.contact_hours is not None else "-",
        f"{one.cured.value:.0%}" if one.cured.of else "-",
    )
