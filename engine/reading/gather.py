"""A column while the blocks of a text table come by: plain numbers become numbers at once, all else keeps its texts."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.reading.columns import MANY_NUMBERS, acceptable, by_look, missing_notes, numbers, word_note
from engine.reading.notes import MISSING, MISSING_NUMBER, Found, Kind, Words, refuse
from engine.reading.numeric import plain

_MISSING = pa.array(sorted(MISSING | {word for word in MISSING_NUMBER if word.isascii()}))
_NUMERIC = 0.9  # of the first values of a column of numbers are numbers
_FIRST = 5_000


@dataclass
class Gather:
    """A column while its blocks come by: numbers (and the words among them), or texts."""

    name: str
    wanted: Kind | None = None
    route: str = ""  # "", "number", "text" or "again"
    pending: int = 0  # rows without a value before the route was known
    rows: int = 0
    chunks: list[NDArray[np.float64]] = field(default_factory=list)
    texts: list[pa.DictionaryArray] = field(default_factory=list)
    words: dict[str, list[int]] = field(default_factory=dict)  # word: count, first row
    absent: dict[str, int] = field(default_factory=dict)
    number_rows: int = 0
    word_rows: int = 0

    def add(self, block: pa.StringArray) -> None:
        """Take in the next block of texts (null where the field is empty)."""
        if self.route == "again":
            return
        if self.wanted == "category":
            self.route = "text"
        if not self.route:
            self._begin(block)
        if self.route == "number":
            self._add_numbers(block)
        elif self.route == "text":
            self.texts.append(block.dictionary_encode())
        else:
            self.pending += len(block)
        self.rows += len(block)

    def _begin(self, block: pa.StringArray) -> None:
        """Choose the route by the first values there are."""
        known = _known(block[:_FIRST])
        if not len(known):
            known = _known(block)[:_FIRST]
        if len(known):
            good = int((~np.isnan(plain(known))).sum())
            self.route = "number" if good >= _NUMERIC * len(known) else "text"
        elif block.null_count < len(
            block
        ):  # words for "missing" only: they are kept until it is known what they are
            self.route = "text"

    def _add_numbers(self, block: pa.StringArray) -> None:
        try:
            values = pc.cast(block, pa.float64())
        except pa.ArrowInvalid:
            values = self._add_mixed(block)
        self.number_rows += len(values) - values.null_count
        self.chunks.append(pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False))

    def _add_mixed(self, block: pa.StringArray) -> pa.DoubleArray:
        trimmed = pc.utf8_trim_whitespace(block)
        absent = pc.fill_null(pc.is_in(trimmed, _MISSING), False)  # noqa: FBT003 - Arrow's own signature
        for item in trimmed.filter(absent).value_counts().to_pylist():
            if item["values"]:
                self.absent[item["values"]] = self.absent.get(item["values"], 0) + item["counts"]
        trimmed = pc.if_else(absent, None, trimmed)
        try:
            return pc.cast(trimmed, pa.float64())
        except pa.ArrowInvalid:
            values = pa.array(plain(trimmed), from_pandas=True)
        odd = pc.and_(pc.is_null(values), pc.is_valid(trimmed))
        for item in trimmed.filter(odd).value_counts().to_pylist():
            word, count = item["values"], item["counts"]
            known = self.words.setdefault(word, [0, -1])
            if known[1] < 0:
                known[1] = self.rows + pc.index(trimmed, word).as_py()
            known[0] += count
            self.word_rows += count
        if len(self.words) > 1000:
            self._give_up()
        return values

    def _give_up(self) -> None:
        self.route = "again"
        self.chunks.clear()
        self.words.clear()

    def finished(self, book: str, first_line: int) -> Found | None:
        """Give the column, or None where it has to be read again as text."""
        if self.route == "text":
            return by_look(book, self._as_words(first_line))
        if self.route == "again":
            return None
        if not self.route:
            return numbers(self.name, np.full(self.rows, np.nan))
        values = np.concatenate([np.full(self.pending, np.nan), *self.chunks])
        self.chunks.clear()
        different = len(np.unique(values[:100_000])) if self.word_rows else MANY_NUMBERS + 1
        if self.wanted != "number" and not acceptable(
            self.number_rows, self.word_rows, different, len(self.words)
        ):
            return None
        notes = missing_notes(self.name, self.absent)
        if self.words:
            nul = next((word for word in self.words if "\0" in word), None)
            if nul is not None:
                place = f"line {self.words[nul][1] + first_line}, column `{self.name}`"
                raise refuse(book, place, "there is a NUL character", "save it as plain text")
            ranked = sorted(self.words.items(), key=lambda item: -item[1][0])
            written = [(word, count, f"line {row + first_line}") for word, (count, row) in ranked]
            notes += (word_note(self.name, written),)
        return numbers(self.name, values, notes, first_line=first_line)

    def _as_words(self, first_line: int) -> Words:
        texts = pa.chunked_array(self.texts).unify_dictionaries()
        self.texts.clear()
        codes = [pc.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False) for chunk in texts.chunks]
        before = np.full(self.pending, -1, np.int32)
        dictionary = texts.chunk(texts.num_chunks - 1).dictionary
        return Words(
            self.name,
            dictionary,
            np.concatenate([before, *codes]).astype(np.int32, copy=False),
            first_line,
            self.wanted,
        )


def _known(block: pa.StringArray) -> pa.StringArray:
    known = pc.utf8_trim_whitespace(block.drop_null())
    return known.filter(pc.invert(pc.is_in(known, _MISSING)))
