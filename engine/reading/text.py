"""The bytes of a text file: how it is packed and encoded, where its lines end, and its first lines as fields."""

import codecs
import csv
import gzip
import io
import itertools
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.reading.notes import refuse, shown
from engine.strict import BookError

DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error)  # what reading a damaged archive raises
LONGEST = 16 << 20  # bytes; no line of a loan book is as long
_LOOK = 1 << 20  # bytes of the beginning that are looked at
_LINES = 200
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = tuple(bytes((code,)) for code in (*range(1, 9), *range(14, 27), 28, 29, 30, 31, 127))
_FOREIGN = (
    (
        b"PK\x03\x04",
        "a zip archive or an Excel workbook",
        "save the sheet as CSV, or unpack it, and give that file",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV (UTF-8) and give that file"),
    (b"BZh", "packed with bzip2", "unpack it and give that file"),
    (b"\xfd7zXZ", "packed with xz", "unpack it and give that file"),
    (b"(\xb5/\xfd", "packed with zstd", "unpack it and give that file"),
    (b"%PDF", "a PDF", "give the table itself as CSV or Parquet"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV and give that file"),
    (
        b"\x80\x04\x95",
        "a Python pickle, which could run anything and is never opened",
        "save it as Parquet",
    ),
    (
        b"\x80\x05\x95",
        "a Python pickle, which could run anything and is never opened",
        "save it as Parquet",
    ),
)


@dataclass(frozen=True)
class Look:
    """What the beginning of a text file shows: its encoding, its delimiter, its names, and where its rows begin."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    skipped: int  # characters before the first row
    before: int  # bytes before the first row, where the encoding is UTF-8
    lines: int  # lines before the first row
    preface: int  # lines before the header


def opened(path: Path) -> BinaryIO:
    """Open a text file, unpacked where it is gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return io.BufferedReader(gzip.GzipFile(path)) if packed else path.open("rb")


def damaged(name: str, error: Exception) -> BookError:
    """Say that an archive is damaged."""
    return refuse(name, "", f"the gzip archive is damaged: {str(error).rstrip('.').lower()}", "make it again")


def look(path: Path, encoding: str | None, delimiter: str | None) -> Look:
    """Look at the beginning of a text file; raises BookError where it is none, or has no header."""
    name = path.name
    with opened(path) as file:
        try:
            head = file.read(_LOOK)
            while len(head) < LONGEST and head and not _ended(head):
                more = file.read(_LOOK)
                if not more:
                    break
                head += more
        except DAMAGED as error:
            raise damaged(name, error) from None
    for magic, what, remedy in _FOREIGN:
        if head.startswith(magic):
            raise refuse(name, "", f"this is {what}, whatever it is called", remedy)
    if len(head) >= LONGEST and not _ended(head):
        raise refuse(
            name,
            "line 1",
            f"longer than {LONGEST >> 20} MiB without a line end",
            "check that this is a table of text",
        )
    encoding = encoding or guessed(head)
    if (
        encoding in ("utf-8", "cp1252", "gb18030")
        and sum(map(head[:4096].count, _CONTROL)) > len(head[:4096]) / 50
    ):
        raise refuse(name, "", "this is no text but binary data", "accepted: CSV, Parquet or Feather")
    text = _decoded(head, encoding, name, complete=len(head) < _LOOK)
    if not text.strip().strip("\ufeff"):
        raise refuse(
            name, "", "the file is empty", "accepted: a line of column names, then a line for each loan"
        )
    nul = text.find("\0")
    if nul >= 0:
        line = 1 + text.count("\n", 0, nul)
        raise refuse(
            name, f"line {line}", "there is a NUL character", "accepted: plain text (CSV) or Parquet"
        )
    return _header(name, text, encoding, delimiter, complete=len(head) < _LOOK)


def guessed(data: bytes) -> str:
    """Guess the encoding of a text by its byte order mark, or by what its bytes can be."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    pairs = min(len(data), 4096) // 2 * 2
    even, odd = data[0:pairs:2].count(0), data[1:pairs:2].count(0)
    if pairs >= 8 and max(even, odd) > pairs * 0.2:
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "gb18030" if _chinese(data) else "cp1252"
    return "utf-8"


def _chinese(data: bytes) -> bool:
    """Say whether high bytes come in pairs that are common Chinese characters (rows 16 to 55 of GB 2312)."""
    common = pairs = at = 0
    while at < len(data) - 1 and pairs < 5000:
        if data[at] < 0x80:
            at += 1
            continue
        pairs += 1
        common += (0xB0 <= data[at] <= 0xD7 or 0xA1 <= data[at] <= 0xA3) and data[at + 1] >= 0xA1
        at += 2
    return pairs > 0 and common > 0.7 * pairs


def _ended(head: bytes) -> bool:
    return b"\n" in head or b"\r" in head


def _decoded(head: bytes, encoding: str, name: str, *, complete: bool) -> str:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, complete)
    except LookupError:
        raise refuse(
            name, "", f"no encoding is called `{encoding}`", "accepted: utf-8, utf-16, gb18030, cp1252 ..."
        ) from None
    except UnicodeDecodeError as error:
        line = 1 + head.count(b"\n", 0, error.start)
        wrong = f"the bytes {head[error.start : error.start + 4].hex(' ')} are not {encoding}"
        raise refuse(name, f"line {line}", wrong, "save the file as UTF-8, or name its encoding") from None


def _header(name: str, text: str, encoding: str, delimiter: str | None, *, complete: bool) -> Look:
    lines = list(itertools.islice(io.StringIO(text, newline=""), _LINES + 20))
    if not complete and len(lines) > 1 and not lines[-1].endswith(("\n", "\r")):
        lines.pop()
    taken = delimiter or _delimiter(lines)
    rows = _rows(lines, taken)
    if not any(row for row, _ in rows):
        wrong = (
            f"a column name of more than {csv.field_size_limit():,} characters, or a quote that never closes"
        )
        raise refuse(name, "line 1", wrong, "accepted: a first line that names each column")
    width = _width(rows)
    at = 0
    while at < min(20, len(rows) - 1) and _before_header(rows[at][0], width):
        at += 1
    fields, line = rows[at]
    names = _completed(
        [field.strip().strip("\ufeff") for field in fields], [row for row, _ in rows[at + 1 :]]
    )
    before = "".join(lines[:line])
    if len(names) == 1 and delimiter is None:
        raise refuse(
            name,
            f"line {line}",
            f"only one column was found: `{shown(names[0])}`",
            "accepted between columns: comma, semicolon, tab, bar; name another one with delimiter=",
        )
    _check_header(name, line, names, [row for row, _ in rows[at + 1 :]])
    size = len(before.encode()) + (3 if encoding == "utf-8-sig" else 0)
    return Look(encoding, taken, names, len(before), size, line, rows[at - 1][1] if at else 0)


def _before_header(row: Sequence[str], width: int) -> bool:
    """Say whether a line stands before the header: an empty one, a title, or Excel's "sep=;"."""
    return not row or (width > 2 and len(row) == 1) or row[0].startswith("sep=")


def _completed(names: list[str], rows: Sequence[list[str]]) -> tuple[str, ...]:
    """Add the name that a header lacks where every line has one field more.

    An empty field behind all of them is a delimiter at the end of each line; otherwise the first one has no name, as R
    writes the names of rows.
    """
    rows = [row for row in rows if row]
    if rows and all(len(row) == len(names) + 1 for row in rows):
        behind = all(not row[-1] for row in rows)
        return (*names, "") if behind else ("", *names)
    return tuple(names)


def _delimiter(lines: Sequence[str]) -> str:
    """Give the character that cuts most lines into the same number of fields as the header."""
    best, most = ",", 0.0
    for candidate in (*_DELIMITERS, " "):
        rows = [row for row, _ in _rows(lines, candidate) if row]
        width = _width([(row, 0) for row in rows])
        if width < 2:
            continue
        same = sum(len(row) == width for row in rows) / len(rows)
        score = same + (len(rows[0]) == width) + min(width, 50) / 1000 - (candidate == " ")
        if score > most:
            best, most = candidate, score
    return best


def _rows(lines: Sequence[str], delimiter: str) -> list[tuple[list[str], int]]:
    """Cut lines into fields, with the number of the line on which each row ends."""
    reader = csv.reader(lines, delimiter=delimiter)
    rows = []
    try:
        for row in reader:
            rows.append((row, reader.line_num))
            if len(rows) >= _LINES:
                break
    except csv.Error:
        pass  # a field beyond the module's limit: the rows before it are enough to look at
    return rows


def _width(rows: Sequence[tuple[list[str], int]]) -> int:
    counted = Counter(len(row) for row, _ in rows if row)
    return max(counted, key=lambda width: (counted[width], width)) if counted else 0


def _check_header(name: str, line: int, names: tuple[str, ...], rows: Sequence[list[str]]) -> None:
    twice = [title for title, count in Counter(filter(None, names)).items() if count > 1]
    numeric = [_number(title) for title in names]
    below = rows[0] if rows and len(rows[0]) == len(names) else []
    alike = [above and _number(cell) for above, cell in zip(numeric, below, strict=False)]
    if below and sum(alike) * 2 >= max(1, sum(map(_number, below))) and sum(alike) > 0:
        raise refuse(
            name,
            f"line {line}",
            f"no line of column names: the first line is `{shown(', '.join(names))}`",
            "accepted: a first line that names each column; for example `income, age, bad`",
        )
    if twice:
        places = [str(at + 1) for at, title in enumerate(names) if title == twice[0]]
        raise refuse(
            name,
            f"line {line}",
            f"the column name `{twice[0]}` stands {len(places)} times (columns {', '.join(places)})",
            "accepted: each name once; rename or remove one",
        )


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def delimiter_word(delimiter: str) -> str:
    """Name a delimiter in a word."""
    return _DELIMITERS.get(delimiter, "space" if delimiter == " " else repr(delimiter))
