"""What a column is, by the look of its values: number, date, flag or category; and what there is to tell of it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.reading.dates import dates, packed
from engine.reading.notes import MISSING, MISSING_NUMBER, Found, Note, Words, refuse, shown
from engine.reading.numeric import decorated, durations, plain, with_unit
from engine.table import Labels, Numbers

Floats = NDArray[np.float64]

RARE = 0.02  # words are rare in a column of numbers up to this share of its values ...
STAND_INS = 5  # ... or where they are at most this many different ones
MANY_NUMBERS = 30  # ... among more different numbers than this, which are at least half of the values
_PROBE = 500  # texts that are looked at before all are tried
SHOWN = 5  # of the words that were lost, so many are told
_TEXT = 1_000  # more labels than this is no category to bin, and the screen looks at it again
_ABSURD = 1e100  # beyond any amount, count or date; squares of it would overflow
_MISSING = pa.array(sorted(MISSING))
_MISSING_NUMBER = pa.array(sorted(MISSING_NUMBER))
_TRUTH = {"true": 1.0, "false": 0.0, "t": 1.0, "f": 0.0}
_FLAGS = (
    ("no", "yes"),
    ("n", "y"),
    ("no", "si"),
    ("no", "sí"),
    ("否", "是"),
    ("off", "on"),
    ("non", "oui"),
    ("nein", "ja"),
)


@dataclass(frozen=True, eq=False)
class _Texts:
    """The distinct texts of a column while it is settled what they are."""

    words: Words
    all: pa.StringArray
    counts: NDArray[np.int64]
    absent: NDArray[np.bool_]  # means "missing" anywhere
    vague: NDArray[np.bool_]  # means "missing" among numbers
    rest: pa.StringArray  # all that are neither
    notes: tuple[Note, ...]

    def spread(self, values: Floats) -> Floats:
        """Bring values of the rest back to all texts."""
        full = np.full(len(self.all), np.nan)
        full[~self.vague] = values
        return full

    def fits(self, values: Floats) -> bool:
        """Say whether few enough texts of the rest have no value."""
        full = self.spread(values)
        number = ~np.isnan(full)
        word = ~number & ~self.vague
        number_rows, word_rows = int(self.counts[number].sum()), int(self.counts[word].sum())
        return acceptable(number_rows, word_rows, int(number.sum()), int(word.sum()))

    def rows(self, values: Floats) -> Floats:
        """Bring values of the rest to the rows."""
        return np.append(self.spread(values), np.nan)[self.words.codes]

    def told(self, kind: str, text: str, values: Floats, guess: str = "") -> tuple[Note, ...]:
        """Tell what the texts were taken for, what was guessed, and which of them were lost."""
        column, example = self.words.column, str(self.rest[int(np.argmax(~np.isnan(values)))])
        notes = self.notes
        if text:
            notes += (Note(kind, column, text, example, int(self.counts[~self.vague].sum())),)
        if guess:
            notes += (Note("guess", column, guess, example),)
        return notes + self._lost(values)

    def _lost(self, values: Floats) -> tuple[Note, ...]:
        lost = np.flatnonzero(np.isnan(self.spread(values)) & ~self.absent & (self.counts > 0))
        if not len(lost):
            return ()
        lost = lost[np.argsort(-self.counts[lost], kind="stable")]
        places = [self.words.where(int(at)) for at in lost[:SHOWN]] + [""] * len(lost[SHOWN:])
        written = [
            (str(self.all[int(at)]), int(self.counts[at]), place)
            for at, place in zip(lost, places, strict=True)
        ]
        return (word_note(self.words.column, written),)


def by_look(book: str, words: Words) -> Found:
    """Settle what a column of texts is; raises BookError where a text holds a NUL character."""
    texts = words.texts if isinstance(words.texts, pa.Array) else pa.array(words.texts, pa.string())
    nul = mask(pc.match_substring(texts, "\0"))
    if nul.any():
        place = f"{words.where(int(np.argmax(nul)))}, column `{words.column}`"
        raise refuse(book, place, "there is a NUL character in the text", "save it as plain text")
    texts = pc.utf8_trim_whitespace(texts)
    counts = words.counts()
    absent = mask(pc.is_in(texts, _MISSING))
    written = {
        str(texts[int(at)]): int(counts[at]) for at in np.flatnonzero(absent) if texts[int(at)].as_py()
    }
    notes = missing_notes(words.column, written)
    if not counts[~absent].any() and words.wanted != "category":
        return Found(Numbers(np.full(len(words.codes), np.nan)), "empty", notes)
    vague = absent | mask(pc.is_in(pc.utf8_lower(texts), _MISSING_NUMBER))
    rest = texts.take(pa.array(np.flatnonzero(~vague)))
    column = _Texts(words, texts, counts, absent, vague, rest, notes)
    if len(rest) and words.wanted != "category":
        for attempt in (_truth, _plain_numbers, _decorated_numbers, _durations, _with_unit, _dates):
            if found := attempt(column):
                return found
    return _forced_numbers(column) if words.wanted == "number" else _labels(column)


def numbers(
    column: str, values: Floats, notes: tuple[Note, ...] = (), unit: str = "", first_line: int = 0
) -> Found:
    """Settle what a column of numbers is: a number, a date written as one, or a flag; nothing infinite stays."""
    low, high = (float(end.reduce(values, initial=np.nan)) for end in (np.fmin, np.fmax))
    if low < -_ABSURD or high > _ABSURD:
        wild = np.abs(values) > _ABSURD
        at = int(np.argmax(wild))
        place = f"line {at + first_line}" if first_line else f"row {at + 1}"
        text = f"infinite or beyond any amount, taken as missing; the first on {place}"
        notes = (*notes, Note("infinite", column, text, str(values[at]), int(wild.sum())))
        return numbers(column, np.where(wild, np.nan, values), notes, unit, first_line)
    if not unit and (date := packed(values, column)):
        text = f"whole numbers that are all dates, read as {date[1]}"
        example = str(int(values[~np.isnan(values)][0]))
        return Found(
            Numbers(date[0], "date"), "date", (*notes, Note("date", column, text, example, len(values)))
        )
    if np.isnan(low):
        return Found(Numbers(values, unit), "empty", notes)
    if low < -20 or high > 20:  # neither a flag nor a few codes
        return Found(Numbers(values, unit), "number", notes)
    known = values[~np.isnan(values)]
    if not unit and ((known == 0) | (known == 1)).all() and len(np.unique(known)) == 2:
        return Found(Numbers(values, "flag"), "flag", notes)
    if not unit and not (known % 1).any():
        kinds = len(np.unique(known))
        if 2 <= kinds <= 6:
            text = "a few whole numbers, read as amounts: if they are codes without an order, write them as words"
            notes = (*notes, Note("codes", column, text, str(int(known[0])), kinds))
    return Found(Numbers(values, unit), "number", notes)


def acceptable(number_rows: int, word_rows: int, different_numbers: int, different_words: int) -> bool:
    """Say whether a column with some words among its numbers is a column of numbers."""
    if not number_rows:
        return False
    if word_rows <= RARE * (number_rows + word_rows):
        return True
    return different_words <= STAND_INS and different_numbers > MANY_NUMBERS and number_rows >= word_rows


def _truth(column: _Texts) -> Found | None:
    texts = [text.lower() for text in column.rest[:5].to_pylist()]
    if len(column.rest) > 4 or len(set(texts)) != 2 or not set(texts) <= set(_TRUTH):
        return None
    return Found(
        Numbers(column.rows(np.array([_TRUTH[text] for text in texts])), "flag"), "flag", column.notes
    )


def _plain_numbers(column: _Texts) -> Found | None:
    values = plain(column.rest)
    if not column.fits(values):
        return None
    notes = column.told("", "", values)
    return numbers(column.words.column, column.rows(values), notes, first_line=column.words.first_line)


def _decorated_numbers(column: _Texts) -> Found | None:
    probe = column.rest[:_PROBE]
    if (~np.isnan(decorated(probe).values)).sum() < len(probe) / 2:
        return None
    found = decorated(column.rest)
    if not column.fits(found.values):
        return None
    notes = column.told("number", f"numbers written with {found.look}", found.values, found.guess)
    words = column.words
    return numbers(words.column, column.rows(found.values), notes, found.unit, words.first_line)


def _forced_numbers(column: _Texts) -> Found:
    """Take the numbers there are, because the column has to be one of numbers; all else is missing."""
    values = decorated(column.rest).values if len(column.rest) else np.empty(0)
    notes = column.told("", "", values) if len(values) else column.notes
    return numbers(column.words.column, column.rows(values), notes, first_line=column.words.first_line)


def _durations(column: _Texts) -> Found | None:
    found = durations(column.rest)
    if not found or not column.fits(found.values):
        return None
    notes = column.told("number", "years and months, read as months", found.values)
    return numbers(column.words.column, column.rows(found.values), notes, "months", column.words.first_line)


def _with_unit(column: _Texts) -> Found | None:
    found = with_unit(column.rest)
    if not found or not column.fits(found.values):
        return None
    notes = column.told("number", f"numbers with {found.look}", found.values, found.guess)
    return numbers(column.words.column, column.rows(found.values), notes, first_line=column.words.first_line)


def _dates(column: _Texts) -> Found | None:
    found = dates(column.rest)
    if not found or not column.fits(found.days):
        return None
    notes = column.told("date", f"dates, read as {found.form}", found.days, found.guess)
    return Found(Numbers(column.rows(found.days), "date"), "date", notes)


def _labels(column: _Texts) -> Found:
    """Take the column as labels: sorted, trimmed, distinct."""
    encoded = pc.if_else(pa.array(column.absent), None, column.all).dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order) + 1, np.int32)
    rank[order], rank[-1] = np.arange(len(order), dtype=np.int32), -1
    places = pc.fill_null(encoded.indices, len(order)).to_numpy(zero_copy_only=False)
    codes = np.append(rank[places], np.int32(-1))[column.words.codes]
    labels = tuple(encoded.dictionary.take(pa.array(order)).to_pylist())
    taken = Labels(codes.astype(np.int32, copy=False), labels)
    if len(labels) > _TEXT:
        text = f"{len(labels):,} different texts: too many for a category as they stand"
        note = Note("text", column.words.column, text, shown(labels[0]), len(labels))
        return Found(taken, "text", (*column.notes, note))
    if mixed := _mixed(column):
        return Found(taken, "category", (*column.notes, mixed))
    flag = tuple(sorted(label.lower() for label in labels)) in _FLAGS
    return Found(taken, "flag" if flag else "category", column.notes)


def _mixed(column: _Texts) -> Note | None:
    """Tell of a category in which many of the texts are numbers: perhaps two columns in one."""
    counts, values = column.counts[~column.vague], plain(column.rest)
    number = ~np.isnan(values)
    rows, words = int(counts[number].sum()), int(counts[~number].sum())
    if number.sum() < 10 or rows < 0.1 * (rows + words):
        return None
    example = str(column.rest[int(np.argmin(number))])
    text = (
        f"numbers ({rows:,}) and words ({words:,}, such as `{shown(example, 30)}`) mixed, taken as a category"
    )
    return Note("mixed", column.words.column, text, example, words)


def missing_notes(column: str, written: dict[str, int]) -> tuple[Note, ...]:
    """Tell which texts were taken as a missing value, and how often."""
    if not written:
        return ()
    ranked = sorted(written.items(), key=lambda item: -item[1])
    said = ", ".join(f"`{text}` ({count:,})" for text, count in ranked)
    return (Note("missing", column, f"taken as missing: {said}", ranked[0][0], sum(written.values())),)


def word_note(column: str, written: list[tuple[str, int, str]]) -> Note:
    """Tell which texts among numbers were taken as missing: (text, count, where it stands first) of each."""
    said = ", ".join(
        f"`{shown(text, 30)}` ({count:,}, first on {where})" for text, count, where in written[:SHOWN]
    )
    more = f" and {len(written) - SHOWN} more" if len(written) > SHOWN else ""
    text = f"no number, taken as missing: {said}{more}"
    return Note("words", column, text, shown(written[0][0]), sum(count for _, count, _ in written))


def mask(values: pa.BooleanArray) -> NDArray[np.bool_]:
    """Give truth as NumPy has it; what is unknown is not true."""
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), np.bool_)  # noqa: FBT003 - Arrow's own signature
