"""The engine on the command line: score one person, print a model's card, or fit the starter on the open books."""

import argparse
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

import engine
from engine import card, countries


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 2 with a message when the input was not in order."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    commands = parser.add_subparsers(required=True)

    score = commands.add_parser("score", help="score one person from a JSON object of answers")
    score.add_argument("answers", help='for example \'{"monthly_income": 6000, "overdue_count_24m": 0}\'')
    score.add_argument("--country", default="cn", help="the id of a country pack (default: %(default)s)")
    score.add_argument("--model", type=Path, help="a model file (default: the starter)")
    score.set_defaults(run=_score)

    show = commands.add_parser("card", help="print the card of a model")
    show.add_argument("--model", type=Path, help="a model file (default: the starter)")
    show.set_defaults(run=_card)

    fit = commands.add_parser("starter", help="fit and measure the starter on a folder of loan books")
    fit.add_argument("data", type=Path, help="the folder that holds the books")
    fit.add_argument(
        "--out", type=Path, default=engine.STARTER.parent, help="where to write (default: %(default)s)"
    )
    fit.set_defaults(run=_starter)

    chosen = parser.parse_args(arguments)
    try:
        chosen.run(chosen)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _score(chosen: argparse.Namespace) -> None:
    answers = json.loads(chosen.answers, parse_float=Decimal)
    if not isinstance(answers, dict):
        # The input is wrong, not the program.
        raise ValueError("the answers must be one JSON object")  # noqa: TRY004
    pack = countries.load(chosen.country)
    result = engine.load(chosen.model).score(engine.record(answers, pack), pack)
    print(msgspec.json.format(msgspec.json.encode(result)).decode())


def _card(chosen: argparse.Namespace) -> None:
    print(card.render(engine.load(chosen.model)), end="")


def _starter(chosen: argparse.Namespace) -> None:
    from engine import starter  # noqa: PLC0415  -- numpy is loaded only where it is needed

    model = starter.build(chosen.data)
    engine.save(model, chosen.out / "starter.json")
    (chosen.out / "starter.md").write_text(card.render(model), encoding="utf-8")
    print(f"{model.id} {model.hash}")


if __name__ == "__main__":
    sys.exit(main())
