"""`evaluate`: how good a model is on loans whose end is known, every figure with its interval."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import msgspec

import engine
from engine.api.judged import judged
from engine.cli import inputs
from engine.cli.command import Answer, Command, UsageError
from engine.cli.figures import cell, outcome_options, part, seed_option
from engine.judge.evaluate import Performance, performance
from engine.reading.notes import grouped
from engine.report.document import Grid, Items
from engine.report.wording import plain, series, share


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="[MODEL] BOOK", help="a model file (or --model), and the table"
    )
    outcome_options(parser, required=True)
    inputs.model_option(parser)
    inputs.country_option(parser)
    seed_option(parser)


def _run(chosen: Namespace) -> Answer:
    *models, book = chosen.paths
    if len(models) > 1 or (models and chosen.model):
        raise UsageError(
            "one model and one table are evaluated; accepted: evaluate [MODEL] BOOK --target COL"
        )
    model = engine.load(Path(models[0]) if models else chosen.model)
    found = judged(
        model, Path(book), chosen.target, bad=chosen.bad, good=chosen.good, pack=inputs.pack_of(chosen)
    )
    assert found.bad is not None  # noqa: S101 - a target was named  # nosec B101
    told = performance(found.scores.pd, found.bad, seed=chosen.seed)
    said = [
        ("-", line)
        for line in grouped((note.column, note.text) for note in found.notes if note.kind == "target")
    ]
    absent = found.scores.absent
    head = [("model", f"{model.id} {model.hash[:12]}"), ("table", found.table.name), *said]
    if absent:
        head.append(("not in the table", f"{series(absent)}: read as missing"))
    data = {
        "model_id": model.id,
        "model_hash": model.hash,
        "absent": list(absent),
        "performance": msgspec.to_builtins(told),
    }
    return Answer(data, [Items(tuple(head)), figures(told)])


def figures(told: Performance) -> Grid:
    """Give a performance as a table: what was measured, its interval, and how to read it."""
    line = told.line
    lines = [
        ("loans", f"{told.rows:,}", f"{told.bads:,} bad"),
        ("bad rate", part(told.bad_rate), f"the model expects {share(told.mean_pd)}"),
        ("AUC", cell(told.auc), "0.5 is chance, 1 never wrong"),
        ("Gini", cell(told.gini), "2 AUC - 1"),
        ("KS", cell(told.ks), "largest distance of good and bad"),
        ("Brier", cell(told.brier), "lower is better"),
        ("log loss", cell(told.log_loss), "lower is better"),
        ("ECE", cell(told.ece), f"{plain(told.ece_floor)} by chance, up to {plain(told.ece_bound)}"),
    ]
    if line is not None:
        lines += [("slope", cell(line.slope), "1 is true"), ("level", cell(line.level), "0 is true")]
    return Grid(
        "On these loans, 95 % intervals in brackets:", ("figure", "value", "beside it"), tuple(lines), first=3
    )


COMMANDS = {
    "evaluate": Command(
        "Measure a model on loans whose end is known: ranking, probabilities, each with its interval.",
        (
            "python -m engine evaluate loans-model/model.json newer.csv --target defaulted",
            "python -m engine evaluate newer.csv --target defaulted --bad yes --model loans-model/model.json --json",
        ),
        _options,
        _run,
    )
}
