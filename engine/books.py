"""Loan books: tables of past loans, read onto the catalogue of factors by a mapping that is data (books/*.toml).

Books are for fitting and measuring, never for scoring a person, so this file may use numpy.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine import strict
from engine.factors import FACTORS
from engine.table import Column, Labels, Numbers, Table

_FOLDER = Path(__file__).parent / "books"
_MISSING = ("", "NA")

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the text of a column becomes a number: by its codes, as a date (days), or as it stands."""

    codes: dict[str, float] = {}
    missing: tuple[str, ...] = ()
    date: bool = False


class Derived(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number made of others: `op` over the columns `of`, times `scale`.

    "count" counts the columns that reach `at_least`; "ratio" and "difference" take two; "median_ratio" sets
    one against its own median; "known_with" keeps the first where the second is known. Where one of them is
    missing, so is the result, except that "max" and "sum" take what there is.
    """

    name: str
    op: Literal["copy", "sum", "max", "count", "ratio", "difference", "median_ratio", "known_with"]
    of: tuple[str, ...]
    at_least: float = 1.0
    scale: float = 1.0


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The class that each text of a column stands for; any other text is missing."""

    column: str
    classes: dict[str, str]


class Take(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a joined table, brought to one value a key."""

    name: str
    how: Literal["sum", "max", "min", "count", "first"]
    of: str


class Join(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second table with any number of rows for each `key` of the first."""

    file: str
    key: str
    take: tuple[Take, ...]
    only: Classes | None = None
    columns: dict[str, Reading] = {}
    derived: tuple[Derived, ...] = ()


class Mapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mapping of a book: where it lies, what its licence permits, and how it reads as factors."""

    title: str
    licence: str
    use: Literal["fit", "evaluate"]
    file: str
    good: Classes
    factors: dict[str, str | Classes]
    separator: str = ","
    columns: dict[str, Reading] = {}
    derived: tuple[Derived, ...] = ()
    joins: tuple[Join, ...] = ()


@dataclass(frozen=True)
class Book:
    """A book on the catalogue: `table` has its factors as columns; `bad` is True for a loan that went bad."""

    id: str
    title: str
    use: str
    table: Table
    bad: NDArray[np.bool_]

    @property
    def bad_rate(self) -> float:
        """The share of bad loans, 0..1."""
        return float(self.bad.mean())


def available() -> tuple[str, ...]:
    """Give the ids of the mappings that ship, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def mapping(book: str) -> Mapped:
    """Read the mapping of a book that ships, or raise BookError."""
    return mapping_at(_FOLDER / f"{book}.toml")


def mapping_at(path: Path) -> Mapped:
    """Read a mapping; raises BookError for one that names no factors, or other than the catalogue's."""
    found = strict.read(path, Mapped, strict.BookError)
    unknown = set(found.factors) - set(FACTORS)
    if unknown:
        accepted = ", ".join(FACTORS)
        raise strict.BookError(f"{path.name}: `factors` has {sorted(unknown)}; accepted: {accepted}")
    return found


def read(book: str, data: Path) -> Book:
    """Read a book from the folder of all books; raises BookError if a file or column is not there."""
    how = mapping(book)
    return read_as(book, how, data / how.file)


def read_as(book: str, how: Mapped, path: Path) -> Book:
    """Read the file at `path` by a mapping; tables it joins lie in the folder from which `how.file` is named."""
    data = path.parents[len(Path(how.file).parts) - 1] if how.joins else path.parent
    texts = _Texts.read(path, how.separator, how.columns)
    for join in how.joins:
        texts.join(_Texts.read(data / join.file, how.separator, join.columns), join)
    texts.derive(how.derived)
    good = texts.classes(how.good)
    kept = good != ""
    columns: dict[str, Column] = {}
    for name, source in how.factors.items():
        factor = FACTORS[name]
        if isinstance(source, Classes):
            columns[name] = _labels(texts.classes(source)[kept])
        else:
            columns[name] = Numbers(np.clip(texts.numbers(source), factor.low, factor.high)[kept])
    return Book(book, how.title, how.use, Table(book, columns), good[kept] == "bad")


def _labels(texts: Texts) -> Labels:
    """Give texts as labels, missing where one is "" (the mapping names no class for it)."""
    labels, codes = np.unique(texts, return_inverse=True)
    known = labels != ""
    return Labels((codes - (~known).sum()).astype(np.int32), tuple(labels[known].tolist()))


class _Texts:
    """The texts of a file, and the numbers made of them."""

    def __init__(self, name: str, texts: dict[str, Texts], readings: Mapping[str, Reading]) -> None:
        self.name, self.texts, self.readings = name, texts, readings
        self.made: dict[str, Floats] = {}

    @classmethod
    def read(cls, path: Path, separator: str, readings: Mapping[str, Reading]) -> "_Texts":
        try:
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file, delimiter=separator)
        except (OSError, ValueError) as error:
            raise strict.BookError(f"{path.name}: cannot be read: {error}") from None
        by_column = zip(*rows, strict=True)
        return cls(
            path.name, {name: np.array(c) for name, c in zip(header, by_column, strict=True)}, readings
        )

    def text(self, name: str) -> Texts:
        if name not in self.texts:
            raise strict.BookError(f"{self.name}: no column `{name}`; it has {', '.join(self.texts)}")
        return self.texts[name]

    def classes(self, how: Classes) -> Texts:
        texts, places = np.unique(self.text(how.column), return_inverse=True)
        return np.array([how.classes.get(text, "") for text in texts])[places]

    def numbers(self, name: str) -> Floats:
        if name not in self.made:
            reading = self.readings.get(name, Reading())
            texts, places = np.unique(self.text(name), return_inverse=True)
            self.made[name] = np.array([_number(text, reading) for text in texts])[places]
        return self.made[name]

    def derive(self, wanted: Sequence[Derived]) -> None:
        for item in wanted:
            self.made[item.name] = item.scale * _apply(item, [self.numbers(name) for name in item.of])

    def join(self, other: "_Texts", how: Join) -> None:
        other.derive(how.derived)
        kept = np.ones(len(other.text(how.key)), bool) if how.only is None else other.classes(how.only) != ""
        keys, places = np.unique(other.text(how.key)[kept], return_inverse=True)
        mine = self.text(how.key)
        at = np.searchsorted(keys, mine).clip(max=len(keys) - 1)
        found = keys[at] == mine
        for take in how.take:
            if take.how == "first":
                first = np.unique(places, return_index=True)[1]
                self.texts[take.name] = np.where(found, other.text(take.of)[kept][first][at], "")
            else:
                values = _reduce(take.how, other.numbers(take.of)[kept], places, len(keys))
                self.made[take.name] = np.where(found, values[at], np.nan)


def _number(text: str, reading: Reading) -> float:
    if text in reading.codes:
        return reading.codes[text]
    if text in reading.missing or text in _MISSING:
        return float("nan")
    if reading.date:
        return float(np.datetime64(text[:10], "D").astype(np.int64))
    return float(text)


def _apply(item: Derived, values: list[Floats]) -> Floats:
    first = values[0]
    if item.op in ("sum", "max", "count"):
        stacked = np.vstack(values)
        known = ~np.isnan(stacked).all(axis=0)
        if item.op == "count":
            stacked = np.where(np.isnan(stacked), np.nan, stacked >= item.at_least)
        filled = np.where(np.isnan(stacked), -np.inf if item.op == "max" else 0.0, stacked)
        total = filled.max(axis=0) if item.op == "max" else filled.sum(axis=0)
        return np.where(known, total, np.nan)
    if item.op == "ratio":
        return first / np.where(values[1] > 0, values[1], np.nan)
    if item.op == "difference":
        return first - values[1]
    if item.op == "median_ratio":
        return first / np.nanmedian(first)
    if item.op == "known_with":
        return np.where(np.isnan(values[1]), np.nan, first)
    return first


def _reduce(how: str, values: Floats, places: NDArray[np.intp], size: int) -> Floats:
    known = ~np.isnan(values)
    values, places = values[known], places[known]
    counts = np.bincount(places, minlength=size)
    if how == "count":
        return counts.astype(np.float64)
    total = np.zeros(size) if how == "sum" else np.full(size, -np.inf if how == "max" else np.inf)
    gather = {"sum": np.add, "max": np.maximum, "min": np.minimum}[how]
    gather.at(total, places, values)
    return np.where(counts > 0, total, np.nan)
