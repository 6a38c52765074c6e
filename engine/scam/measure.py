"""How good the scam check is on messages whose type is known: the tables of docs/scam.md."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.scam.corpus import Message
from engine.scam.finding import Finding
from engine.scam.kinds import GENUINE, TYPES

_WORST = 10
_QUOTED = 90


@dataclass(frozen=True)
class Case:
    """A message with what was said of it, how sure that was (0 to 1), and the milliseconds it took."""

    message: Message
    finding: Finding
    chance: float
    took: float


@dataclass(frozen=True)
class Recall:
    """Of `of` scams: how many were called scam, at least suspicious, and how many of a type that is fair."""

    of: int
    scam: int
    told: int
    typed: int


@dataclass(frozen=True)
class Alarms:
    """Of `of` messages in good faith: how many were called scam, and how many suspicious."""

    of: int
    scam: int
    suspicious: int


@dataclass(frozen=True)
class Measured:
    """Every table: `recall` by type and language ("" is all), `alarms` by kind and language, `confusion` by pairs."""

    recall: dict[tuple[str, str], Recall]
    alarms: dict[tuple[str, str], Alarms]
    confusion: dict[tuple[str, str], int]
    worst: tuple[Case, ...]
    median: float
    p99: float


def measure(cases: Sequence[Case]) -> Measured:
    """Count."""
    scams = [case for case in cases if case.message.type != GENUINE]
    genuine = [case for case in cases if case.message.type == GENUINE]
    languages = ("", *sorted({case.message.lang for case in cases if case.message.lang}))
    took = sorted(case.took for case in cases)
    return Measured(
        {
            (type_, language): _recall([case for case in scams if _of(case, type_, language)])
            for type_ in ("", *TYPES)
            for language in languages
        },
        {
            (kind, language): _alarms([case for case in genuine if _kind(case, kind, language)])
            for kind in ("", *sorted({case.message.kind for case in genuine if case.message.kind}))
            for language in languages
        },
        dict(Counter((case.message.type, _said(case)) for case in cases)),
        tuple(sorted(filter(_wrong, cases), key=_surprise, reverse=True)[:_WORST]),
        statistics.median(took) if took else 0.0,
        took[min(int(len(took) * 0.99), len(took) - 1)] if took else 0.0,
    )


def quoted(message: Message) -> str:
    """Give the beginning of a message on one line."""
    line = " ".join(message.text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}..."


def _recall(cases: Sequence[Case]) -> Recall:
    return Recall(
        len(cases),
        sum(case.finding.verdict == "scam" for case in cases),
        sum(case.finding.verdict != "no_sign" for case in cases),
        sum(_typed(case) for case in cases),
    )


def _typed(case: Case) -> bool:
    """Say whether the type, or one of those named beside it, is a fair one."""
    fair = {case.message.type, *case.message.also}
    return case.finding.verdict != "no_sign" and bool(fair & {case.finding.kind, *case.finding.also})


def _alarms(cases: Iterable[Case]) -> Alarms:
    said = Counter(case.finding.verdict for case in cases)
    return Alarms(said.total(), said["scam"], said["suspicious"])


def _of(case: Case, type_: str, language: str) -> bool:
    return type_ in ("", case.message.type) and language in ("", case.message.lang)


def _kind(case: Case, kind: str, language: str) -> bool:
    return kind in ("", case.message.kind) and language in ("", case.message.lang)


def _said(case: Case) -> str:
    return case.finding.kind or "no sign"


def _wrong(case: Case) -> bool:
    return (case.finding.verdict == "no_sign") != (case.message.type == GENUINE)


def _surprise(case: Case) -> float:
    return case.chance if case.message.type == GENUINE else 1 - case.chance
