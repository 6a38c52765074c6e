"""`scam`: the model of the scam check, fitted and measured."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.cli import write
from engine.cli.command import Answer, Command, Part, UsageError
from engine.report.document import Grid, Items, Text
from engine.report.wording import share
from engine.scam import corpus, fit, judge, measure, model
from engine.scam.corpus import Message
from engine.scam.kinds import GENUINE, TYPES
from engine.scam.tables import HERE


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("fit", "measure", "cross"),
        help="fit the model that ships, measure it on files, or measure on the unread part of our messages by models "
        "that did not see what they judge",
    )
    parser.add_argument(
        "files", type=Path, nargs="*", metavar="FILE", help='lines of JSON: {"text": ..., "type": ...}'
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=HERE / model.FILE,
        help="the file that fit writes (default: where it ships)",
    )


def _run(chosen: Namespace) -> Answer:
    if chosen.action == "fit":
        return _fit(chosen.out)
    if chosen.action == "cross":
        return _told(list(_crossed()))
    if not chosen.files:
        raise UsageError("no file to measure on; accepted: python -m engine scam measure FILE ...")
    return _told([_case(message) for path in chosen.files for message in _named(path)])


def _fit(out: Path) -> Answer:
    write.file_free(out)
    made = fit.fit(corpus.ours())
    content = fit.written(made)
    write.file(out, write.data(content))
    rows = (
        ("features", f"{len(made.weights):,}"),
        ("words", f"{len(made.words):,}"),
        ("bytes", f"{len(content):,}"),
        ("written", str(out)),
    )
    return Answer(dict(rows), [Items(rows)])


def _named(path: Path) -> Iterator[Message]:
    """Read a file; who tells no language is of the one the file is named after."""
    for message in corpus.read(path):
        yield message if message.lang else msgspec.structs.replace(message, lang=path.stem)


def _case(message: Message) -> measure.Case:
    start = time.perf_counter()
    found = judge.check(message.text)
    took = (time.perf_counter() - start) * 1000
    return measure.Case(message, found, judge.chance(message.text), took)


def _crossed() -> Iterator[measure.Case]:
    fitted, scored = fit.crossed(corpus.ours())
    for message, scores in scored:
        yield measure.Case(message, judge.plain(fitted, scores), scores.chance, 0.0)


def _told(cases: list[measure.Case]) -> Answer:
    found = measure.measure(cases)
    parts: list[Part] = [
        Items((("messages", f"{len(cases):,}"), ("ms", f"median {found.median:.1f}, p99 {found.p99:.1f}"))),
        _recall(found),
        _alarms(found),
        _confusion(found),
        Text("The worst mistakes:"),
        Items(
            tuple(
                (f"{case.chance:.2f} {case.message.type}", measure.quoted(case.message))
                for case in found.worst
            )
        ),
    ]
    return Answer(_data(found), parts)


def _recall(found: measure.Measured) -> Grid:
    rows = [
        (
            type_ or "all",
            language or "all",
            f"{one.of}",
            _part(one.scam, one.of),
            _part(one.told, one.of),
            _part(one.typed, one.told),
        )
        for (type_, language), one in found.recall.items()
        if one.of
    ]
    head = ("type", "language", "scams", "scam", "or suspicious", "right type")
    return Grid("Recall:", head, tuple(rows), first=2)


def _alarms(found: measure.Measured) -> Grid:
    rows = [
        (
            kind or "all",
            language or "all",
            f"{one.of}",
            _part(one.scam, one.of),
            _part(one.suspicious, one.of),
        )
        for (kind, language), one in found.alarms.items()
        if one.of
    ]
    return Grid("False alarms:", ("kind", "language", "genuine", "scam", "suspicious"), tuple(rows), first=2)


def _confusion(found: measure.Measured) -> Grid:
    names = (*TYPES, GENUINE)
    rows = [
        (name, *(str(found.confusion.get((name, said), "")) for said in (*TYPES, "no sign")))
        for name in names
        if any(one == name for one, _ in found.confusion)
    ]
    head = ("type", *(f"{at + 1}" for at in range(len(TYPES))), "no sign")
    return Grid("What was said of each (columns in the order of the rows):", head, tuple(rows))


def _part(some: int, of: int) -> str:
    return share(some / of) if of else ""


def _data(found: measure.Measured) -> object:
    return {
        "recall": [
            {"type": key[0], "language": key[1], **msgspec.to_builtins(one)}
            for key, one in found.recall.items()
        ],
        "alarms": [
            {"kind": key[0], "language": key[1], **msgspec.to_builtins(one)}
            for key, one in found.alarms.items()
        ],
        "confusion": [
            {"type": key[0], "said": key[1], "count": count} for key, count in found.confusion.items()
        ],
        "median_ms": found.median,
        "p99_ms": found.p99,
    }


COMMANDS = {
    "scam": Command(
        "Fit the model of the scam check on the messages beside it, or measure it: recall by type and language, false "
        "alarms by kind, confusions, time, and the worst mistakes.",
        (
            "python -m engine scam measure messages.jsonl",
            "python -m engine scam measure messages.jsonl --json",
        ),
        _options,
        _run,
    )
}
