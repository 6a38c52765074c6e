"""Letters: messages signed in somebody's name, so that whoever got one can ask whether it is as it was sent.

Beneath the words stands a line with sender, recipient and time, and a code: the number of the key, the minute and an
Ed25519 signature, in groups of five letters. Message and public key are all that is needed to check one; how it is done
by hand is in `docs/verify.md`. Nothing here knows a database or a clock.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: none that is mistaken for another."""
_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_BLANKS = " \t\r\n\u00a0\u202f\u3000-–—\u2010\u2011"

FIRST = "CV1"
"""How a code begins: that it is one of ours, and the version of all this."""
PAYLOAD, CHECK, GROUP = 112, 5, 5
LENGTH = len(FIRST) + PAYLOAD + CHECK
SIGNATURE_BYTES = 64
MOST_KEYS = 0xFFFF
LAST_MINUTE = int(dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC).timestamp()) // 60
"""Whoever makes a code up may write a later one, which no calendar knows."""
DOMAIN = b"candor letter 1"

REF = 10
"""Letters of a reference: what names a letter in a link or behind /verify."""

_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff") | {chr(code) for code in range(0xFE00, 0xFE10)}
_FOOT = re.compile(
    r"✍(?P<sender>[^✍→]+)→(?P<handle>[0-9A-Z]{2,16})·(?P<day>\d{4}-\d\d-\d\d)(?P<hour>\d\d:\d\d)UTC"
    rf"·/verify_(?P<ref>[{LETTERS}a-z]{{{REF}}})(?:[Cc][VvUu][1IiLl][0-9A-Za-z-–]*)?$"
)
"""Behind it may stand a code with a typing error in it, which is none."""

_SEPARATE = r"[-–\u2011\s]+"
_LIKE_OURS = re.compile(
    rf"/verify_[0-9a-z]{{{REF}}}\b"
    rf"|\bc[vu][1il][0-9a-z]{{2}}(?:{_SEPARATE}[0-9a-z]{{{GROUP}}}\b)+(?:{_SEPARATE}[0-9a-z]{{1,{GROUP}}}\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """Who wrote to whom, and when: to the minute."""

    sender: str
    handle: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says."""

    key: int
    at: dt.datetime
    signature: bytes

    @property
    def digest(self) -> bytes:
        """What a letter is found by in the log."""
        return sha256(self.signature).digest()

    @property
    def ref(self) -> str:
        """The short name of the letter."""
        return reference(self.digest)

    def __str__(self) -> str:
        """Give it as it stands in a message."""
        minute = int(self.at.timestamp()) // 60
        payload = _spell(self.key.to_bytes(2) + minute.to_bytes(4) + self.signature)
        whole = FIRST + payload + _check(payload)
        return "-".join(whole[start : start + GROUP] for start in range(0, LENGTH, GROUP))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what somebody pasted: a code where there is one, and all the words around it."""

    words: str
    code: Code | None = None
    heading: Heading | None = None
    ref: str = ""


def canonical(text: str) -> str:
    """Give the words as they are signed: what copying changes is dropped, and nothing that changes what is read.

    Blanks, line ends and characters without width go. Marks that turn the direction of writing stay: they can make a
    sum be read backwards. Look-alikes stay what they are, since "10²" is not "102".
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(c for c in composed if c not in _UNSEEN and not c.isspace())


def sign(private: Ed25519PrivateKey, key: int, heading: Heading, words: str) -> Code:
    """Sign words as they are read, without markup."""
    at = heading.at.replace(second=0, microsecond=0)
    return Code(key, at, private.sign(_signed(key, at, heading, canonical(words))))


def holds(public: Ed25519PublicKey, code: Code, heading: Heading, words: str) -> bool:
    """Say whether a code was made for these words, this sender and recipient, and this minute."""
    if heading.at != code.at:
        return False
    try:
        public.verify(code.signature, _signed(code.key, code.at, heading, canonical(words)))
    except InvalidSignature:
        return False
    return True


def reference(digest: bytes) -> str:
    """Give the short name of the letter with a digest."""
    return _spell(digest)[:REF]


def named(sender: str) -> str:
    """Give a sender's name as it can stand in a heading."""
    return re.sub("[✍→]+", " ", sender)


def ref_of(text: str) -> str:
    """Give a reference as somebody typed it, however they wrote its letters; "" when it is none."""
    plain = _folded(text)
    return plain if len(plain) == REF and set(plain) <= set(LETTERS) else ""


def start_of(ref: str) -> bytes:
    """Give the first bytes of the digest that a reference names; the last letter adds two bits to them."""
    return _unspell(ref + "0" * 6)[:6]


def pieces(text: str) -> list[Piece]:
    """Take a pasted text apart: a piece for each code, or a single one where there is none."""
    found: list[Piece] = []
    before = 0
    for begin, end, code in _codes(text):
        found.append(_piece(text[before:begin], code))
        before = end
    rest = text[before:]
    if not found:
        return [_piece(rest, None)]
    if canonical(rest):  # words after the last code were added to that message
        last = found[-1]
        found[-1] = Piece(last.words + canonical(rest), last.code, last.heading, last.ref)
    return found


def without_codes(text: str) -> str:
    """Give a text without the codes and references in it, broken ones too: their letters may look like anything."""
    kept, before = "", 0
    for begin, end, _ in _codes(text):
        kept, before = kept + text[before:begin], end
    return _LIKE_OURS.sub(" ", kept + text[before:])


def looks_signed(text: str) -> bool:
    """Say whether words bear what stands beneath letters alone: the pen of a heading, a code, a reference."""
    return "✍" in text or "CV1" in _folded(text) or without_codes(text) != text


def _piece(text: str, code: Code | None) -> Piece:
    words = canonical(text)
    foot = _FOOT.search(words)
    if foot is None:
        return Piece(words, code)
    try:
        at = dt.datetime.fromisoformat(f"{foot['day']}T{foot['hour']}+00:00")
    except ValueError:
        return Piece(words, code)
    heading = Heading(foot["sender"], foot["handle"], at)
    return Piece(words[: foot.start()], code, heading, _folded(foot["ref"]))


def _codes(text: str) -> Iterator[tuple[int, int, Code]]:
    """Find codes with their places, whatever became of their blanks, dashes and capitals."""
    places = [place for place, c in enumerate(text) if c not in _BLANKS and c not in _UNSEEN]
    folded = "".join(_letter(text[place]) for place in places)
    at = folded.find(FIRST)
    while at >= 0:
        code = _read(folded[at : at + LENGTH])
        if code is not None:
            yield places[at], places[at + LENGTH - 1] + 1, code
        at = folded.find(FIRST, at + (LENGTH if code is not None else 1))


def _letter(character: str) -> str:
    folded = _folded(character)
    return folded if len(folded) == 1 and folded in LETTERS else "?"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper().translate(_MISTAKEN)


def _read(letters: str) -> Code | None:
    payload, check = letters[len(FIRST) : -CHECK], letters[-CHECK:]
    if len(letters) != LENGTH or "?" in letters or _check(payload) != check:
        return None
    data = _unspell(payload)
    minute = int.from_bytes(data[2:6])
    if minute > LAST_MINUTE:
        return None
    return Code(int.from_bytes(data[:2]), dt.datetime.fromtimestamp(minute * 60, dt.UTC), data[6:])


def _check(payload: str) -> str:
    return _spell(sha256((FIRST + payload).encode()).digest())[:CHECK]


def _signed(key: int, at: dt.datetime, heading: Heading, words: str) -> bytes:
    minute = at.strftime("%Y-%m-%dT%H:%M")
    fields = (str(key), minute, canonical(heading.sender), heading.handle, words)
    return DOMAIN + b"".join(len(each.encode()).to_bytes(4) + each.encode() for each in fields)


def _spell(data: bytes) -> str:
    """Give bytes as letters, five bits each."""
    bits = len(data) * 8
    size = -(-bits // 5)
    number = int.from_bytes(data) << (size * 5 - bits)
    return "".join(LETTERS[number >> shift & 31] for shift in range((size - 1) * 5, -1, -5))


def _unspell(letters: str) -> bytes:
    number = 0
    for letter in letters:
        number = number << 5 | LETTERS.index(letter)
    size = len(letters) * 5 // 8
    return (number >> (len(letters) * 5 - size * 8)).to_bytes(size)
