"""`score` and `explain`: one person, or every row of a table."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from engine.cli import inputs, result
from engine.cli.command import Answer, Command, Part
from engine.kinds import Nonlinear
from engine.kinds.network import NetworkBody
from engine.kinds.trees import TreeBody
from engine.report.document import Grid, Items, Text
from engine.report.wording import share
from engine.scorecard import Scorecard

_HELP = "a JSON object, a .json file, - for stdin; or a table (csv, tsv, parquet, feather)"


def _score_options(parser: ArgumentParser) -> None:
    parser.add_argument("record", metavar="RECORD|TABLE", help=_HELP)
    inputs.model_option(parser)
    inputs.country_option(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="of a table: where to write it (csv or parquet)"
    )
    parser.add_argument(
        "--reasons", action="store_true", help="of a table: add the principal reasons of each row"
    )


def _score(chosen: Namespace) -> Answer:
    if inputs.is_table(chosen.record):
        from engine.cli import score_table  # noqa: PLC0415 - numpy and Arrow, which one person does not need

        return score_table.run(chosen)
    asked = inputs.asked(chosen)
    found = asked.model.score(asked.record, asked.pack)
    return Answer(result.data(found), [result.summary(found, asked), *result.reasons(found)])


def _explain(chosen: Namespace) -> Answer:
    asked = inputs.asked(chosen)
    model = asked.model
    found = model.score(asked.record, asked.pack)
    lines = [
        ("base", "nothing known" if isinstance(model, Scorecard) else "the reference person", f"{found.base}")
    ]
    lines += [(one.factor, result.value(one.value), f"{one.points:+d}") for one in found.points]
    if found.clip:
        lines.append(("end of the scale", "", f"{found.clip:+d}"))
    lines.append(("score", "", f"{found.score}"))
    said = "What the score is made of; the points add up to it exactly."
    parts: list[Part] = [
        result.summary(found, asked),
        *result.reasons(found),
        Grid(said, ("factor", "value", "points"), tuple(lines), first=2),
    ]
    data = result.data(found)
    if isinstance(model, Nonlinear):
        more, also = _workings(model, asked)
        parts += more
        data |= also
    if found.missing:
        expected = model.effects(asked.pack)
        weights = tuple((name, f"{expected[name]:.0f}") for name in found.missing if name in expected)
        parts.append(
            Grid("What is not known, and by how many points it could matter:", ("factor", "points"), weights)
        )
        data["could_matter"] = {name: expected[name] for name in found.missing if name in expected}
    return Answer(data, parts)


def _workings(model: Nonlinear, asked: inputs.Asked) -> tuple[list[Part], dict[str, object]]:
    """Say which rule of a tree fired, and how far a network's reasons may be off."""
    if isinstance(model.body, TreeBody):
        from engine.kinds.rules import rules  # noqa: PLC0415 - of a tree only

        (rule,) = rules(model, asked.record)
        lines = tuple(("if" if at == 0 else "and", condition) for at, condition in enumerate(rule.conditions))
        return [Items((*lines, ("then", f"chance of default {share(rule.pd)}")))], {"rule": rule._asdict()}
    if isinstance(model.body, NetworkBody):
        found = model.attribution(model.vector(asked.record))
        error = max(found.errors, default=0.0) * model.scale.points_per_log_odds
        said = (
            "reckoned exactly"
            if not error
            else f"drawn as a sample: each is off by {error:.2f} points at most (one standard error)"
        )
        return [Text(f"The points of a network are {said}.")], {"standard_error_points": error}
    return [], {}


COMMANDS = {
    "score": Command(
        "Score one person, or every row of a table. The starter takes answers to its questions; a model of your own "
        "takes the columns of your book.",
        (
            """python -m engine score '{"monthly_income": 6000, "overdue_count_24m": 0}' --country cn""",
            "python -m engine score applicants.csv --model loans-model/model.json --reasons --out scored.csv",
        ),
        _score_options,
        _score,
    ),
    "explain": Command(
        "Show what one person's score is made of: every factor's points, the reasons, the rule of a tree that fired.",
        (
            """python -m engine explain '{"monthly_income": 6000, "card_utilisation": 90}' --country us""",
            "python -m engine explain applicant.json --model loans-model/model.json --json",
        ),
        inputs.record_options,
        _explain,
    ),
}
