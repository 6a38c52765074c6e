"""A message as it was meant: disguises taken off, and every character still knowing where it stood.

Compatibility forms, invisible characters, look-alike letters, digits for letters, bits put between the letters of a
word, traditional characters, pinyin and initials. Accents are folded and everything is lower case.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from engine.scam.tables import hant, variants

LONGEST = 16_384
"""Characters that are read of a message: of a longer one the beginning and the end, each half of it."""

_LOOKALIKES = dict(
    zip(
        "авекмнорстухіѕјԁɡһԛԝүгьпшαβεηικνορτυχωγσςμδлбзցոսօհııłøđħɩɑᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢʋյⅼ",
        "abekmhopctyxisjdghqwyrbnwabenikvoptuxwyocudnb3gnuohiilodhiaabcdefghijklmnopqrstuvwyzujl",
        strict=True,
    )
)
_MARKS = dict(
    zip(
        "，、；：！？（）“”‘’「」『』《》〈〉…—–−‐‑｡¿¡`´", ',,;:!?()""\'\'""""""""…-----。??\'\'', strict=True
    )
) | {"¡": "!"}
_NUMERALS = {"①": "1", "②": "2", "③": "3", "④": "4", "⑤": "5"}
_LEET = str.maketrans("0134578@$!|€£¢+", "oieastbasiielct")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_DUST = "\u2022"  # every symbol that is no punctuation stands as this one
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s\u3400-\u9fff]+|(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w-])(?:[a-z0-9-]+\.)+[a-z]{2,}\b(?:/\S*)?"
)
_AMONG_HAN = re.compile(rf"(?<=[{_HAN}])[ \t.*_~|^/+=\-{_DUST}'\"]+(?=[{_HAN}])")
_SPELT = re.compile(rf"(?<![a-z0-9@$])[a-z0-9@$](?:[ .\-_*|/~{_DUST}'][a-z0-9@$]){{2,}}(?![a-z0-9@$])")
_IN_WORD = re.compile(rf"(?<=[a-z])[*_|~^{_DUST}]+(?=[a-z])")
_BROKEN = re.compile(r"(?<![a-z0-9./-])[a-z]+(?:[.-][a-z]+)+(?![a-z0-9./-])")
_MIXED = re.compile(r"(?<![a-z0-9@$!|€£¢])[a-z0-9@$!|€£¢]*[a-z][a-z0-9@$!|€£¢]*")
_INSIDE = re.compile(
    r"(?<=[a-z])[0134578@$!|€£¢]{1,2}(?=[a-z])|^[01345@$](?=[a-z]{2})|(?<=[a-z]{2})[@$]{1,2}$"
)
_ANYWHERE = re.compile(
    r"(?<![013457@$€£¢])[013457@$€£¢]+(?=[a-z])|(?<=[a-z])[013457@$]+|(?<=[a-z])[!|€£¢](?=[a-z])"
)
_MOST_LETTERS = (
    6  # of one character: one that stands for a whole sentence would make a long message of a short one
)
_LEET_HEAVY = 3  # words with digits inside, from which on every digit beside a letter stands for one
_HIDDEN = re.compile(
    r"[a-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][a-z]|[^\W_][\u00ad\u200b-\u200d\u2060\ufeff][^\W_]",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t]{2,}| (?=\n)|(?<=\n)[ \n]+")

Edit = tuple[int, int, str]


class Normal(NamedTuple):
    """A normalised `text`; its character `n` stood from `starts[n]` to `ends[n]` of the original.

    `disguised` says that words were written so that a program would not know them.
    """

    text: str
    starts: list[int]
    ends: list[int]
    disguised: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the place in the original of a stretch that is not empty."""
        return self.starts[start], self.ends[end - 1]


def normalise(text: str, known: Callable[[str], bool] = lambda _: False) -> Normal:
    """Take the disguises off. `known` says whether letters that were broken up make a word that matters."""
    found = _letters(text)
    plain = found.text
    for step in (_spelt, _in_words, _among_han, _variants, _leet):
        found = _edited(found, step(found.text))
    found = _edited(found, _broken(found.text, known))
    disguised = found.text != _AMONG_HAN.sub("", plain) or _HIDDEN.search(text) is not None
    blanks = ((*at.span(), "\n" if "\n" in at[0] else " ") for at in _BLANKS.finditer(found.text))
    return _edited(found, blanks)._replace(disguised=disguised)


def _letters(text: str) -> Normal:
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    if len(text) > LONGEST:
        places: Iterable[int] = (*range(LONGEST // 2), *range(len(text) - LONGEST // 2, len(text)))
    else:
        places = range(len(text))
    table = hant()
    for at in places:
        for letter in _folded(text[at]):
            letters.append(table.get(letter, letter))
            starts.append(at)
            ends.append(at + 1)
    return Normal("".join(letters), starts, ends)


@lru_cache(maxsize=20_000)
def _folded(letter: str) -> str:
    """Give what one character is read as: nothing, a letter, or a few."""
    if letter in "\n\r\u2028\u2029\x0b\x0c":
        return "\n"
    if letter in _MARKS or letter in _NUMERALS:
        return _MARKS.get(letter) or _NUMERALS[letter]
    if "\U0001f150" <= letter <= "\U0001f189":  # white letters on black
        return chr(ord("a") + (ord(letter) - 0x1F150) % 32 % 26)
    apart = unicodedata.normalize("NFKD", letter)
    if len(apart) > _MOST_LETTERS:
        return " "
    plain = "".join(map(_bare, apart))
    return "".join(_MARKS.get(one) or _LOOKALIKES.get(one, one) for one in plain.casefold())


def _bare(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind[0] == "M" or kind == "Cf" or letter in "\u115f\u1160\u2800\u3164\uffa0\u034f":
        return ""
    if kind in ("Cs", "Co", "Cn", "Cc") or kind[0] == "Z":
        return " "
    if letter == "℮":
        return "e"
    if kind == "So" or (kind in ("Sk", "Sm", "Po") and letter > "\x7f" and letter not in "。…·¿¡×÷"):
        return _DUST
    return _DUST if letter == "·" else letter


def _spelt(text: str) -> list[Edit]:
    """L.o.a.n, l o a n: letters set apart one by one."""
    found: list[Edit] = []
    for at in _SPELT.finditer(text):
        letters = at[0][::2]
        if sum(letter.isalpha() for letter in letters) * 2 > len(letters):
            found.extend(
                (at.start() + place, at.start() + place + 1, "") for place in range(1, len(at[0]), 2)
            )
    return found


def _in_words(text: str) -> list[Edit]:
    return [(*at.span(), "") for at in _IN_WORD.finditer(text)]


def _among_han(text: str) -> list[Edit]:
    return [(*at.span(), "") for at in _AMONG_HAN.finditer(text)]


def _variants(text: str) -> list[Edit]:
    table = variants()
    found = [(*at.span(), table.anywhere[at[0]]) for at in table.pattern.finditer(text)]
    if re.search(f"[{_HAN}]", text):
        taken = {place for start, end, _ in found for place in range(start, end)}
        found += [
            (*at.span(), table.latin[at[0]])
            for at in table.initials.finditer(text)
            if at.start() not in taken and at.end() - 1 not in taken
        ]
    return sorted(found)


def _leet(text: str) -> list[Edit]:
    """Cr3dit, l0an, p@y: digits and signs for letters, but not in addresses."""
    addresses = [at.span() for at in _ADDRESS.finditer(text)]
    tokens = [
        token
        for token in _MIXED.finditer(text)
        if not token[0].isalpha() and not any(start <= token.start() < end for start, end in addresses)
    ]
    inside = [(token, list(_INSIDE.finditer(token[0]))) for token in tokens]
    if sum(1 for _, found in inside if found) >= _LEET_HEAVY:
        inside = [(token, list(_ANYWHERE.finditer(token[0]))) for token in tokens]
    return [
        (token.start() + at.start(), token.start() + at.end(), at[0].translate(_LEET))
        for token, found in inside
        for at in found
    ]


def _broken(text: str, known: Callable[[str], bool]) -> list[Edit]:
    """Ver-ify, lo.an: where the whole is a word that matters."""
    return [
        (at.start() + place, at.start() + place + 1, "")
        for at in _BROKEN.finditer(text)
        if known(re.sub(r"[.-]", "", at[0]))
        for place, letter in enumerate(at[0])
        if letter in ".-"
    ]


def _edited(found: Normal, edits: Iterable[Edit]) -> Normal:
    """Replace stretches; each new character stands for the whole of what it replaces."""
    text, starts, ends = [], [], []
    last = 0
    for start, end, letters in edits:
        if start < last:
            continue
        text += [found.text[last:start], letters]
        starts += found.starts[last:start] + [found.starts[start]] * len(letters)
        ends += found.ends[last:start] + [found.ends[end - 1]] * len(letters)
        last = end
    if not text:
        return found
    text.append(found.text[last:])
    return Normal("".join(text), starts + found.starts[last:], ends + found.ends[last:])
