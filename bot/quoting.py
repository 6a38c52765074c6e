"""Quoting a suspicious message: its words can be read, and nothing in them can be pressed, dialled or used."""

import re

_DIGITS = re.compile(r"\d(?:[\s().·-]{0,2}\d){5,}")
"""Numbers of accounts, cards and phones, however they are parted; sums and dates are shorter."""
_SHORT = re.compile(r"\d{3,}")
_DOT = re.compile(r"(?<=[^\W_])[.．](?=[^\W\d_])|(?<=[a-zA-Z0-9])。(?=[a-zA-Z0-9])")
_SCHEME = re.compile(r"\bhttp(?=s?:)", re.IGNORECASE)
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


def _broken(words: str) -> str:
    return _SCHEME.sub("hxxp", _DOT.sub("[.]", words)).replace("@", "[@]")


def _ends(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"{digits[:_SHOWN]}••••{digits[-_SHOWN:]}"


def _last(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return "••••" + (digits[-_SHOWN:] if len(digits) > _SECRET else "")
