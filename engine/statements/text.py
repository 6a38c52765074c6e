"""From bytes to a text: what is no text at all is told apart by how it begins, whatever its name says."""

import codecs
import re

from engine.statements.faults import Key, refuse

_BEGINNINGS: tuple[tuple[bytes, Key], ...] = (
    (b"PK", "spreadsheet"),  # a zip; the spreadsheets of today are one
    (b"\xd0\xcf\x11\xe0", "spreadsheet"),  # those of yesterday
    (b"%PDF", "document"),
    (b"{\\rtf", "document"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"RIFF", "picture"),
    (b"BM", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"\x1f\x8b", "packed"),
    (b"BZh", "packed"),
    (b"\xfd7zXZ", "packed"),
    (b"7z\xbc\xaf", "packed"),
    (b"Rar!", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
    (b"\x7fELF", "binary"),
    (b"MZ", "binary"),
    (b"PAR1", "binary"),
    (b"SQLite format 3\0", "binary"),
)
_TEXTUAL = frozenset((b"PK", b"BM", b"MZ", b"II*\0", b"MM\0*", b"RIFF"))
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = bytes({*range(32)} - {9, 10, 12, 13, 26}) + b"\x7f"
_LOOKED_AT = 4096
_SAMPLE = 65_536
_HIGH = re.compile(rb"[\x80-\xff]+")


def decode(data: bytes) -> str:
    """Give the text of UTF-8, of UTF-16 with its mark, of GB 18030 (which holds GBK), or of Windows' Western code page.

    Raises Refused for anything that is no text, is packed, or mixes encodings.
    """
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise refuse("empty")
    for beginning, key in _BEGINNINGS:
        if data.startswith(beginning) and (beginning not in _TEXTUAL or _odd(data)):
            raise refuse(key)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _checked(_decoded(data[len(mark) :], name))
    if _odd(data):
        raise refuse("binary")
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(_decoded(data, "cp1252" if _accents(data) else "gb18030"))


def _odd(data: bytes) -> bool:
    return len(data[:_LOOKED_AT].translate(None, _CONTROL)) < len(data[:_LOOKED_AT])


def _accents(data: bytes) -> bool:
    """Say whether letters with accents stand alone among plain ones, as in Spanish; Chinese comes in pairs of bytes."""
    runs = _HIGH.findall(data[:_SAMPLE])
    return sum(len(run) == 1 for run in runs) * 2 > len(runs)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as trouble:
        line = data.count(b"\n", 0, trouble.start) + 1
        raise refuse("encoding", line, example="UTF-8") from None


def _checked(text: str) -> str:
    if "\0" in text:
        raise refuse("binary", text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")
