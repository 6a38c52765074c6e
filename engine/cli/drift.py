"""`drift` and `rejects`: what has moved since a model was fitted, and what it never saw."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import msgspec

import engine
from engine.api import watch
from engine.cli import inputs
from engine.cli.command import Answer, Command, Part
from engine.cli.figures import cell, outcome_options, part, seed_option
from engine.monitor.drift import Stability
from engine.monitor.levels import CalibrationDrift
from engine.monitor.periods import Period
from engine.monitor.reject import Scenario
from engine.report.document import Grid, Items, Section, Text
from engine.report.wording import plain, series, share

_MOST = 40


def _drift_options(parser: ArgumentParser) -> None:
    parser.add_argument("table", type=Path, metavar="TABLE", help="newer applicants or loans")
    inputs.model_option(parser)
    inputs.country_option(parser)
    outcome_options(parser, required=False)
    parser.add_argument(
        "--time", metavar="COL", help="a column of dates, by whose months the figures are repeated"
    )
    seed_option(parser)


def _drift(chosen: Namespace) -> Answer:
    model = engine.load(chosen.model)
    found = watch.drift(
        model,
        chosen.table,
        chosen.target,
        chosen.time,
        bad=chosen.bad,
        good=chosen.good,
        pack=inputs.pack_of(chosen),
        seed=chosen.seed,
    )
    head = [
        ("model", f"{model.id} {model.hash[:12]}"),
        ("table", f"{chosen.table.name}, {found.rows:,} rows"),
    ]
    if found.absent:
        head.append(("not in the table", series(found.absent)))
    moved = [one for one in found.columns if one.verdict in ("watch", "act")]
    said = ", ".join(f"{one.name} ({one.verdict})" for one in moved[:8])
    head.append(("in short", f"score: {found.score.verdict}; columns that moved: {said or 'none'}"))
    parts: list[Part] = [Items(tuple(head)), _psi((found.score, *found.columns[:_MOST]))]
    if moved:
        parts.append(_worst(moved[0]))
    if found.performance:
        now, then = found.performance, found.reference_auc
        lines = [("AUC now", cell(now.auc)), ("AUC when fitted", plain(then)), ("ECE now", cell(now.ece))]
        parts.append(Section("now", "How good it still is", (Items(tuple(lines)),)))
    if found.calibration:
        parts.append(_levels(found.calibration))
    if found.over_time:
        parts.append(_periods(found.over_time))
    elif found.by_period:
        parts.append(_psi(found.by_period, "PSI of the score by month:"))
    return Answer({"model_id": model.id, "model_hash": model.hash, **msgspec.to_builtins(found)}, parts)


def _psi(found: tuple[Stability, ...], said: str = "") -> Grid:
    said = (
        said
        or "PSI against the book of the model; below 0.10 stable, above 0.25 act; 'by chance' is luck alone:"
    )
    lines = tuple(
        (
            one.name,
            plain(one.psi),
            plain(one.by_chance),
            "" if one.points_shift is None else f"{one.points_shift:+.1f}",
            one.verdict,
        )
        for one in found
    )
    return Grid(said, ("", "PSI", "by chance", "points moved", "verdict"), lines)


def _worst(one: Stability) -> Grid:
    lines = tuple(
        (made.label, share(made.reference_share), share(made.current_share))
        for made in one.bins
        if made.reference or made.current
    )
    return Grid(f"{one.name}, which moved most:", ("bin", "then", "now"), lines)


def _levels(found: CalibrationDrift) -> Section:
    lines = tuple(
        (
            one.band,
            f"{one.rows:,}",
            f"{one.expected:.1f}",
            str(one.observed),
            cell(one.ratio),
            "off" if one.off else "",
        )
        for one in (found.whole, *found.bands)
    )
    grid = Grid(
        "Bad loans foretold and seen, by band:",
        ("band", "loans", "foretold", "seen", "seen / foretold", ""),
        lines,
    )
    return Section("levels", f"Do the probabilities still come true? {found.verdict}", (grid,))


def _periods(found: tuple[Period, ...]) -> Grid:
    lines = tuple(
        (
            one.period,
            f"{one.rows:,}",
            part(one.bad_rate),
            share(one.mean_pd),
            cell(one.auc),
            plain(one.psi.psi),
            "worse" if one.worse else "",
        )
        for one in found
    )
    return Grid("Month by month:", ("month", "loans", "bad rate", "foretold", "AUC", "PSI", ""), lines)


def _rejects_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "accepted", type=Path, metavar="ACCEPTED", help="loans that were granted, with their end"
    )
    parser.add_argument("refused", type=Path, metavar="REFUSED", help="applicants who were refused")
    outcome_options(parser, required=True)
    inputs.model_option(parser)
    inputs.country_option(parser)
    parser.add_argument(
        "--cutoff", type=float, metavar="PD", help="the chance of default up to which is approved"
    )


def _rejects(chosen: Namespace) -> Answer:
    model = engine.load(chosen.model)
    found = watch.rejects(
        model,
        chosen.accepted,
        chosen.refused,
        chosen.target,
        cutoff=chosen.cutoff,
        bad=chosen.bad,
        good=chosen.good,
        pack=inputs.pack_of(chosen),
    )
    lines = tuple(map(_scenario, (found.known, *found.scenarios)))
    head = ("supposition", "odds of bad", "bad rate", "of the refused", "AUC", "approved", "bad among them")
    counts = f"{found.accepted:,} granted, {found.refused:,} refused; approved is a PD of {share(found.cutoff)} or less"
    parts: list[Part] = [Text(found.assumption), Items((("applicants", counts),)), Grid("", head, lines)]
    return Answer({"model_id": model.id, "model_hash": model.hash, **msgspec.to_builtins(found)}, parts)


def _scenario(one: Scenario) -> tuple[str, ...]:
    times = "" if one.multiplier is None else f"x {one.multiplier:g}"
    refused = "" if one.refused_bad_rate is None else share(one.refused_bad_rate)
    bad = "" if one.approved_bad_rate is None else share(one.approved_bad_rate)
    return one.method, times, share(one.bad_rate), refused, plain(one.auc), share(one.approval), bad


COMMANDS = {
    "drift": Command(
        "Compare a newer table with the book a model was fitted on: PSI of the score and of every column and, where "
        "outcomes are known, ranking and probabilities then and now, month by month.",
        (
            "python -m engine drift newer.csv --model loans-model/model.json",
            "python -m engine drift newer.csv --model loans-model/model.json --target defaulted --time granted",
        ),
        _drift_options,
        _drift,
    ),
    "rejects": Command(
        "Suppose how refused applicants would have paid, and what would follow. An assumption, and labelled as one.",
        (
            "python -m engine rejects newer.csv refused.csv --target defaulted --model loans-model/model.json",
            "python -m engine rejects newer.csv refused.csv --target defaulted --model loans-model/model.json --json",
        ),
        _rejects_options,
        _rejects,
    ),
}
