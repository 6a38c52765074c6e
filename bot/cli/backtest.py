"""`backtest`: what the rules of `[watch]` would have warned of in the past of known books, as tables or JSON.

It opens no database: the books, the model and the rules are all it needs. docs/backtest.md is made of its tables.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.settings import ROOT, Settings

if TYPE_CHECKING:
    from engine.scorecard import Scorecard
    from engine.watch.backtest import Point, Report
    from engine.watch.figures import Figures, Share

COUNTRY = "cn"
"""The pack whose permitted factors are used; no book is of a country that has one."""
_HEAD = ("warnings", "defaulters warned", "30 days ahead", "lead", "right", "false per 100 months")


def add(commands: Any) -> None:
    """Add the command."""
    from engine.watch.past import BOOKS  # noqa: PLC0415 - the names of the books are choices

    back = commands.add_parser("backtest", help="try the rules of early warning on the past of known books")
    back.add_argument("--book", choices=BOOKS, action="append", help="only this one; may be given again")
    back.add_argument(
        "--data", type=Path, metavar="DIR", help="the folder of the books; default ../shared/data"
    )
    back.add_argument("--json", action="store_true", help="say it for a program")
    back.set_defaults(call=backtest)


def backtest(told: Settings, chosen: argparse.Namespace) -> int:
    """Replay each book that is there; one that is not is named and left out. Exit 2: there was none."""
    from engine.strict import BookError  # noqa: PLC0415 - heavy
    from engine.watch import past  # noqa: PLC0415 - heavy

    shared = Path(os.environ.get("CANDOR_SHARED") or ROOT.parent / "shared")
    reports = []
    for book in chosen.book or past.BOOKS:
        try:
            reports.append(_report(book, chosen.data or shared / "data", told))
        except BookError as missing:
            print(f"{book}: skipped: {missing}", file=sys.stderr)
    if chosen.json:
        import msgspec  # noqa: PLC0415 - heavy

        print(json.dumps(msgspec.to_builtins(reports), indent=1))
    else:
        print("\n\n".join("\n".join(_page(report)) for report in reports))
    return 0 if reports else 2


def _report(book: str, data: Path, told: Settings) -> "Report":
    from engine import countries  # noqa: PLC0415 - heavy
    from engine.watch import backtest as test  # noqa: PLC0415 - heavy
    from engine.watch import past  # noqa: PLC0415 - heavy

    pack = countries.load(COUNTRY)
    pasts = past.read(book, data, pack)
    return test.run(book, pasts, _model(told), pack, told.config.watch.when, split=book == past.CHOSEN_ON)


def _model(told: Settings) -> "Scorecard":
    from bot import wire  # noqa: PLC0415 - heavy
    from engine import Band  # noqa: PLC0415 - heavy

    scoring = told.config.scoring
    model = wire.model_of(scoring.model).with_bad_rate(scoring.expected_bad_rate)
    bands = [Band(name, low) for name, low in sorted(scoring.bands.items())]
    return model.with_bands([*bands, Band("E", model.scale.low)])


def _page(report: "Report") -> Iterator[str]:
    """Give the lines of a book's tables, in Markdown."""
    yield f"## {report.book}"
    yield ""
    judged, months = report.together.borrowers, report.together.false.months
    whom = "the half that no threshold was chosen on" if report.split else "all of them"
    yield f"{report.borrowers:,} borrowers, of whom {report.bad:,} defaulted ({report.bad / report.borrowers:.1%})."
    yield f"The rules are judged on {whom}: {judged:,} borrowers, {months:,.0f} borrower-months."
    yield ""
    yield from _table("rule", [("all but `default`", report.together), *_told(report)])
    silent = [f"`{name}`" for name, figures in report.rules.items() if not figures.alerts]
    if silent:
        yield ""
        yield f"Not one warning by {', '.join(silent)}."
    for what, curve in (("points fallen", report.points), ("chance of default", report.pds)):
        yield ""
        yield from _curve(what, curve, report)


def _told(report: "Report") -> Iterator[tuple[str, "Figures"]]:
    return ((f"`{name}`", figures) for name, figures in report.rules.items() if figures.alerts)


def _curve(what: str, curve: "tuple[Point, ...]", report: "Report") -> Iterator[str]:
    from engine.watch.backtest import chosen  # noqa: PLC0415 - heavy

    best = chosen(curve) if report.split else None
    rows = []
    for point in curve:
        name = f"{point.threshold:g}"
        rows.append((f"**{name}**" if point.threshold == best else name, point.figures))
    yield from _table(what, rows)


def _table(first: str, rows: "list[tuple[str, Figures]]") -> Iterator[str]:
    yield f"| {' | '.join((first, *_HEAD))} |"
    yield "|---" + "|---:" * len(_HEAD) + "|"
    for name, figures in rows:
        false = figures.false
        cells = (
            f"{figures.alerts:,}",
            _share(figures.warned),
            _share(figures.ahead),
            "–" if figures.lead is None else f"{figures.lead} d",
            _share(figures.precision),
            f"{false.value:.2f} ({false.low:.2f}–{false.high:.2f})",
        )
        yield f"| {' | '.join((name, *cells))} |"


def _share(share: "Share") -> str:
    return f"{share.value:.1%} ({100 * share.low:.0f}–{100 * share.high:.0f})" if share.of else "–"
