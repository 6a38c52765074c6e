"""Quoting a suspicious message: its words can be read, and nothing in them can be pressed, dialled or used."""

import re

from bot.i18n import T, t

PARTED = "[\\s().·_/|~\u2010-\u2015\u2212\u00ad\u200b-\u200f\u2060\ufeff-]{0,3}"
"""What people put between the digits of one number, seen or not."""
_DIGITS = re.compile(rf"\d(?:{PARTED}\d){{5,}}")
"""Numbers of accounts, cards and phones, however they are parted; sums and dates are shorter."""
_HANZI = re.compile(r"[\u3007\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5e7a]{6,}")
"""Chinese numerals in a row."""
_NAMED = re.compile("(?<![A-Za-z0-9])(?=[A-Za-z0-9]{8,})(?=(?:[A-Za-z]*[0-9]){4})[A-Za-z0-9]+")
"""What is drawn up of letters and digits: identity numbers, contracts, references."""
_ADDRESS = re.compile(r"(?<![\w.+-])(?:[\w.+-]*+[@＠]|\w++://)\S+")
_SHORT = re.compile(r"\d{3,}")
_DOT = re.compile(r"(?<=[^\W_])[.．](?=[^\W\d_])|(?<=[a-zA-Z0-9])。(?=[a-zA-Z0-9])")
_SCHEME = re.compile(r"\bhttp(?=s?:)", re.IGNORECASE)
_PRESSABLE = re.compile(r"@\w|://|(?<!\w)/[A-Za-z]|[^\W_]\.[^\W\d_]{2}")
_SHOWN = 2
_SECRET = 8
"""Digits of the longest code that may be one's own: nothing of it is shown."""


def quoted(words: str, *, secret: bool = False) -> str:
    """Give words with their numbers masked and their links broken; of a `secret`, short numbers are masked, too."""
    masked = _DIGITS.sub(_last, words)
    return _broken(_SHORT.sub("•••", masked) if secret else masked)


def middle(words: str) -> str:
    """Give words as support reads them: long numbers lack their middle, enough to tell two apart; links are broken."""
    return _broken(_DIGITS.sub(_ends, words))


def cut(words: str, most: int) -> str:
    """Give at most so many letters of words, counted as messengers do: a picture sign is two."""
    if units(words) <= most:
        return words
    return words.encode("utf-16-le", "replace")[: 2 * (most - 1)].decode("utf-16-le", "ignore") + "…"


def units(words: str) -> int:
    """Count letters as messengers do."""
    return len(words.encode("utf-16-le", "replace")) // 2


def inert(words: str) -> str | T:
    """Give words somebody wrote to us so that a messenger makes nothing of them that can be pressed."""
    return t("words.inert", words=words) if _PRESSABLE.search(words) else words


def anonymous(words: str) -> str:
    """Take out what may lead to somebody: a phone, an ID or an address has no business in a table or a digest."""
    for found in (_ADDRESS, _NAMED, _DIGITS, _HANZI):
        words = found.sub("…", words)
    return words


def _broken(words: str) -> str:
    return _SCHEME.sub("hxxp", _DOT.sub("[.]", words)).replace("@", "[@]")


def _ends(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"{digits[:_SHOWN]}••••{digits[-_SHOWN:]}"


def _last(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return "••••" + (digits[-_SHOWN:] if len(digits) > _SECRET else "")
