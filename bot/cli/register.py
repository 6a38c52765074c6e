"""`lender set`: what the register tells of a lender, as it told us and we have looked up."""

import argparse
from typing import TYPE_CHECKING, Any

from bot.cli.working import no, recorded, working

if TYPE_CHECKING:
    from bot.services.context import Context
    from storage.lenders import Channel

MOST_CHANNELS = 8
LONGEST = {"licence": 120, "complaints": 200, "channel": 120}


def add(actions: Any) -> None:
    """Add the command."""
    told = actions.add_parser("set", help="enter what the register tells of a lender")
    told.add_argument("name", metavar="NAME")
    told.add_argument("--licence", metavar="TEXT", help="number and register of its licence")
    told.add_argument("--complaints", metavar="TEXT", help="where to complain about it")
    told.add_argument(
        "--channel",
        metavar="KIND=VALUE",
        action="append",
        help="a way it writes and calls by: site, phone, chat or mail; together they replace those on record",
    )
    told.set_defaults(call=working(_describe))


async def _describe(context: "Context", chosen: argparse.Namespace) -> int:
    from storage import lenders  # noqa: PLC0415 - heavy

    wrong = _wrong(chosen)
    if wrong:
        return no(wrong)
    async with context.database.read() as read:
        lender = await lenders.named(read, chosen.name.strip())
    if lender is None:
        return no("there is no open lender of this name; see: python -m bot lender list")
    channels = _channels(chosen.channel)

    async def describe(write: Any) -> bool:
        told = {"licence": chosen.licence, "complaints": chosen.complaints, "channels": channels}
        await lenders.describe(write, lender.id, **told)
        return True

    await recorded(context, "lender.set", f"lender:{lender.id}", describe)
    print(f"{lender.name}: the register is changed; /lender {lender.name} shows it.")
    return 0


def _wrong(chosen: argparse.Namespace) -> str:
    """Say what is wrong with what is to be entered; "" when it is right."""
    if chosen.licence is None and chosen.complaints is None and not chosen.channel:
        return "accepted are --licence, --complaints and --channel, one at least"
    from storage.lenders import CHANNELS  # noqa: PLC0415 - heavy

    parts = [each.partition("=") for each in chosen.channel or ()]
    if any(kind not in CHANNELS or not value.strip() for kind, _, value in parts):
        return f"accepted is --channel KIND=VALUE, with a kind of {', '.join(CHANNELS)}, such as site=bank.example"
    if len(parts) > MOST_CHANNELS:
        return f"accepted are up to {MOST_CHANNELS} channels"
    texts = [("licence", chosen.licence or ""), ("complaints", chosen.complaints or "")]
    texts += [("channel", value) for _, _, value in parts]
    for name, text in texts:
        if len(text) > LONGEST[name] or not text.isprintable():
            return f"accepted for {name} is one line of up to {LONGEST[name]} characters"
    return ""


def _channels(told: list[str] | None) -> "list[Channel] | None":
    from storage.lenders import Channel  # noqa: PLC0415 - heavy

    if told is None:
        return None
    parts = [each.partition("=") for each in told]
    return [Channel(kind, value.strip()) for kind, _, value in parts]
