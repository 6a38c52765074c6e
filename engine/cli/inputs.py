"""What commands are given: a model, a country, one record. Nothing here loads numpy."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import engine
from engine import countries
from engine.answers import record
from engine.cli.command import UsageError
from engine.countries.pack import Pack
from engine.factors import FACTORS, Record, Value
from engine.kinds import Blend, Nonlinear
from engine.questions import QUESTIONS
from engine.report.wording import clean
from engine.scorecard import Scorecard

Model = Scorecard | Nonlinear | Blend

COUNTRY = "cn"
_LARGEST = 1_000_000  # bytes of one record
_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".feather", ".arrow")


class Asked(NamedTuple):
    """One person: the `record` that the model reads, the `answers` it was made of (None: given as it is).

    `unread` are keys of a record that the model does not look at.
    """

    model: Model
    record: Record
    answers: Mapping[str, Any] | None
    pack: Pack | None
    unread: tuple[str, ...]


def model_option(parser: ArgumentParser) -> None:
    """Let a command take `--model`."""
    parser.add_argument("--model", type=Path, metavar="PATH", help="a model file (default: the starter)")


def country_option(parser: ArgumentParser) -> None:
    """Let a command take `--country`."""
    parser.add_argument(
        "--country",
        metavar="PACK",
        help=f"a country: {', '.join(countries.available())}; what its law forbids is not looked at "
        f"(the starter's default: {COUNTRY})",
    )


def record_options(parser: ArgumentParser) -> None:
    """Let a command take one record, a model, and a country."""
    parser.add_argument(
        "record", metavar="RECORD", help="a JSON object, a .json file that holds one, or - for stdin"
    )
    model_option(parser)
    country_option(parser)


def pack_of(chosen: Namespace) -> Pack | None:
    """Give the country that was named, None for none; raises PackError for one that is not there."""
    return countries.load(chosen.country) if chosen.country else None


def is_table(text: str) -> bool:
    """Say whether an argument names a table and not one record."""
    return not text.lstrip().startswith(("{", "[")) and Path(text).suffix.lower() in _TABLES


def asked(chosen: Namespace) -> Asked:
    """Read the model, the country and the record that a command was given.

    Answers in chat form (see `engine.QUESTIONS`) become factors where the model reads nothing but factors of the
    catalogue and every key is a question.
    """
    model = engine.load(chosen.model)
    given = parsed(chosen.record)
    pack = pack_of(chosen)
    if in_chat_form(model, given):
        pack = pack or countries.load(COUNTRY)
        return Asked(model, record(given, pack), given, pack, ())
    known = columns(model)
    unread = tuple(name for name in given if name not in known)
    if given and len(unread) == len(given):
        some = ", ".join(sorted(known)[:12])
        asks = "" if set(known) - set(FACTORS) else "; or answers to questions, such as monthly_income"
        raise UsageError(
            f"the model {model.id} reads none of {', '.join(f'`{clean(name)}`' for name in unread[:8])}; "
            f"accepted: columns such as {some}{asks}"
        )
    plain = {
        name: _plain(name, value) for name, value in given.items() if value is not None and name in known
    }
    return Asked(model, plain, None, pack, unread)


def in_chat_form(model: Model, given: Mapping[str, Any]) -> bool:
    """Say whether a record is a person's answers, which still have to become factors."""
    known = columns(model)
    if not set(known) <= set(FACTORS):
        return False
    if isinstance(model, Scorecard) and any(entry.own for entry in model.factors):
        return False
    unknown = [name for name in given if name not in QUESTIONS and name not in FACTORS]
    if unknown:
        raise UsageError(f"no question `{clean(unknown[0])}`; accepted: {', '.join(QUESTIONS)}")
    return all(name in QUESTIONS for name in given)


def columns(model: Model) -> tuple[str, ...]:
    """Name every column that a model reads."""
    return tuple(entry.name for entry in model.factors) if isinstance(model, Scorecard) else model.names


def parsed(text: str) -> dict[str, Any]:
    """Read one JSON object from an argument, a file, or stdin; raises UsageError saying where it is wrong."""
    name, content = _content(text)
    if len(content) > _LARGEST:
        raise UsageError(f"{name}: {len(content):,} letters; one record has {_LARGEST:,} at most")
    try:
        found = json.loads(content, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_once)
    except RecursionError:
        raise UsageError(f"{name}: nested too deep; accepted: one JSON object of names and values") from None
    except ValueError as error:
        raise UsageError(
            f"{name}: {error}; accepted: one JSON object, for example '{{\"monthly_income\": 6000}}'"
        ) from None
    if not isinstance(found, dict):
        raise UsageError(f"{name}: {type(found).__name__}; accepted: one JSON object of names and values")
    return found


def _content(text: str) -> tuple[str, str]:
    if text.lstrip().startswith(("{", "[")):
        return "record", text
    if text == "-":
        import sys  # noqa: PLC0415 - only where standard input is meant

        return "stdin", sys.stdin.read(_LARGEST + 1)
    path = Path(text)
    try:
        return path.name, path.read_bytes()[: _LARGEST + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path.name}: this is no text in UTF-8; accepted: a JSON object") from None
    except OSError as error:
        wrong = f"{clean(text)}: cannot be read: {(error.strerror or '').lower()}"
        raise UsageError(f"{wrong}; accepted: a JSON object, or a file that holds one") from None


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{clean(twice)}` stands twice")
    return found


def _plain(name: str, value: Any) -> Value:
    """Give a value as models read it: exact numbers as floats; a list is none."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list | dict):
        raise UsageError(
            f"{clean(name)}: a {type(value).__name__}; accepted: a number, a text, true, false or null"
        )
    return value  # type: ignore[no-any-return]  # JSON has no other kinds
