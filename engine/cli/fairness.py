"""`fairness`: groups side by side at one cut-off, and whether what is forbidden can be read from what is permitted."""

import datetime as dt
from argparse import ArgumentParser, Namespace
from pathlib import Path

import msgspec

import engine
from engine.api import groups
from engine.cli import inputs
from engine.cli.command import Answer, Command, Part, UsageError
from engine.cli.figures import cell, outcome_options, part, seed_option
from engine.monitor.fairness import Fairness
from engine.monitor.gates import Gate
from engine.monitor.proxy import Proxy
from engine.report.document import Grid, Items
from engine.report.wording import share

Signed = tuple[str, str, dt.datetime]


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("table", type=Path, metavar="TABLE")
    inputs.model_option(parser)
    inputs.country_option(parser)
    outcome_options(parser, required=False)
    add = parser.add_argument
    add("--group", metavar="COL", action="append", required=True, help="a column of groups; may be repeated")
    add("--cutoff", type=float, metavar="PD", help="the chance of default up to which is approved")
    add(
        "--approve",
        type=float,
        metavar="SHARE",
        help="or: the share of applicants to approve, the safest first",
    )
    add(
        "--bands", metavar="COL=25,35,...", action="append", default=[], help="the floors of a number's bands"
    )
    sign_options(parser)
    seed_option(parser)


def sign_options(parser: ArgumentParser) -> None:
    """Let a command take a signed justification."""
    parser.add_argument(
        "--sign", metavar="TEXT", help="why it may pass in spite of a closed gate, in a sentence"
    )
    parser.add_argument("--by", metavar="NAME", help="who signs that")


def signed(chosen: Namespace) -> Signed | None:
    """Give the justification of a command line, signed now."""
    if (chosen.sign is None) != (chosen.by is None):
        raise UsageError("a justification has a text and a name; give both --sign TEXT and --by NAME")
    return None if chosen.sign is None else (chosen.sign, chosen.by, dt.datetime.now(dt.UTC))


def _run(chosen: Namespace) -> Answer:
    model = engine.load(chosen.model)
    found = groups.fairness(
        model,
        chosen.table,
        chosen.group,
        chosen.target,
        cutoff=chosen.cutoff,
        approve=chosen.approve,
        bad=chosen.bad,
        good=chosen.good,
        pack=inputs.pack_of(chosen),
        floors=dict(map(_floors, chosen.bands)),
        signed=signed(chosen),
        seed=chosen.seed,
    )
    head = [
        ("model", f"{model.id} {model.hash[:12]}"),
        ("approved", f"PD of {share(found.cutoff)} or less: {share(found.approved)} of the rows"),
        gate(found.gate),
    ]
    parts: list[Part] = [Items(tuple(head)), *map(_attribute, found.attributes), *_proxies(found.proxies)]
    return Answer({"model_id": model.id, "model_hash": model.hash, **msgspec.to_builtins(found)}, parts)


def gate(found: Gate) -> tuple[str, str]:
    """Say whether a gate is open, and why."""
    how = "open" if found.open else "CLOSED"
    by = f"; signed by {found.justification.signed_by}" if found.justification else ""
    return f"{found.name} gate", f"{how}: {found.why}{by}"


def _floors(text: str) -> tuple[str, list[float]]:
    name, mark, numbers = text.rpartition("=")
    try:
        floors = [float(number) for number in numbers.split(",")]
    except ValueError:
        floors = []
    if not mark or not floors:
        raise UsageError(f"--bands {text}: accepted: COL=FLOOR,FLOOR,...; for example --bands age=25,35,50")
    return name, floors


def _attribute(found: Fairness) -> Grid:
    lines = tuple(
        (
            row.group if row.judged else f"{row.group} (too few to judge)",
            f"{row.rows:,}",
            part(row.approval),
            cell(row.air),
            share(row.mean_pd),
            part(row.bad_rate),
            row.level,
        )
        for row in found.groups
    )
    missing = f" {found.missing:,} rows have no group." if found.missing else ""
    said = f"{found.attribute}; AIR is approval over that of the most favoured group ({found.favoured}).{missing}"
    return Grid(said, ("group", "rows", "approved", "AIR", "mean PD", "bad rate", "level"), lines)


def _proxies(found: tuple[Proxy, ...]) -> list[Grid]:
    if not found:
        return []
    lines = []
    for one in found:
        best = max(one.groups, key=lambda group: group.auc.value)
        carriers = ", ".join(carrier.column for carrier in one.carriers[:3])
        lines.append((one.forbidden, cell(best.auc), one.reading, carriers))
    said = "Can the group be read from what the model reads? AUC 0.5 means not at all, above 0.70 is a risk."
    return [Grid(said, ("attribute", "AUC", "verdict", "told by"), tuple(lines))]


COMMANDS = {
    "fairness": Command(
        "Compare groups at one cut-off: approval, adverse impact (four fifths), calibration, and proxies of each.",
        (
            "python -m engine fairness newer.csv --model loans-model/model.json --target defaulted --group sex",
            "python -m engine fairness newer.csv --model loans-model/model.json --group sex --group age --approve 0.7",
        ),
        _options,
        _run,
    )
}
