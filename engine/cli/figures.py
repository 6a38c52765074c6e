"""Figures of the engine as cells of a table, and the options of commands that read outcomes."""

from argparse import ArgumentParser

from engine.judge.intervals import Figure
from engine.report.wording import plain, share


def outcome_options(parser: ArgumentParser, *, required: bool) -> None:
    """Let a command take the column of outcomes and its values."""
    text = "the column that says how each loan ended" + ("" if required else ", where it is known")
    parser.add_argument("--target", metavar="COL", required=required, help=text)
    parser.add_argument("--bad", metavar="VALUE", action="append", help="a value of it that means a bad loan")
    parser.add_argument(
        "--good", metavar="VALUE", action="append", help="a value of it that means a good loan"
    )


def seed_option(parser: ArgumentParser) -> None:
    """Let a command take a seed."""
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="fixes what is drawn (default: 0)")


def cell(figure: Figure | None) -> str:
    """Give a figure and its interval."""
    return f"{plain(figure.value)} [{plain(figure.low)}, {plain(figure.high)}]" if figure else "not measured"


def part(figure: Figure | None) -> str:
    """Give a share and its interval in per cent."""
    return f"{share(figure.value)} [{share(figure.low)}, {share(figure.high)}]" if figure else "not measured"
