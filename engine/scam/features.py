"""What a message is made of, as names of features: notions, pairs of them near each other, signs, bits of words.

The model gives each name a weight. Each comes with the place where it stands, so that what weighed most can be quoted.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.scam import lexicon, rules, senders, sums
from engine.scam.lexicon import Hit

Place = tuple[int, int]
Found = dict[str, Place]
"""The name of each feature with its first place in the normalised text."""

_NEAR = {
    True: 30,
    False: 90,
}  # characters between two notions that belong together; Chinese says more in fewer
_NEGATED = {True: 12, False: 28}
_NOTS = frozenset(("never", "never_ask", "do_not_share"))
_STOP = re.compile(r"[.!?;。\n]")
_DIGITS = re.compile(r"\d+")
_LATIN = re.compile(r"[a-z][a-z']*|0+|[?!%$€£¥₹₱]")
_CHINESE = re.compile(r"[\u3400-\u9fff0-9a-z%?!:\[\]]+")
SIGNS = {
    "money": r"(?:[$€£¥₹₱₦]|rs\.? ?|ksh ?|nt\$|hk\$|s\$|rmb|usd|usdt|cop|clp|s/) ?\d|"
    r"\d ?(?:元|块|万|千|百|usd|usdt|euro|pesos|soles|"
    r"dolares|dollars|pounds|quid|lakh|mil|eur|k\b|€|港币|块钱|蚊|r\b)|[一二三四五六七八九十两几]+(?:万|千|百)",
    "percent": r"\d ?%|百分之|[一二三四五六七八九两半]成|percent|por ciento",
    "address": r"https?:|www\.|(?<![\w-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:[a-z]{2,})(?:/|\b)|\bh t t p",
    "odd_address": r"\.(?:"
    r"top|xyz|icu|vip|club|live|win|shop|site|online|cc|click|lat|info|ru|link|tk|buzz|work|example)\b|"
    r"https?://\d+\.\d+|xn--|bit\.|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/|"
    r"(?:bit\.ly|tinyurl|goo\.gl|t\.co|is\.gd|cutt\.ly)/",
    "phone": r"(?<!\d)(?:\+?\d[\d -]{8,14}\d)(?!\d)|\d{3,4}[*x]{3,4}\d*",
    "one_code": r"(?<![\d.,/$€£¥-])(?:[a-z]-)?\d(?:[ -]?\d){3,7}(?![\d,./%]| ?(?:元|块|万|usd|mil))",
    "hour": r"\d{1,2}(?::\d\d| ?[ap]\.?m\b|点|點|時|时)|before \d|by \d|a las \d",
    "masked": r"尾号|末[三四五]码|xx\d{3,4}|\*\*\d{3,4}|ending \w{0,3} ?\d{4}|terminad[ao] en|\.{3}\d{4}|••",
    "header": r"^ ?(?:\[[^\]]{2,20}\]|[a-z0-9 .&'-]{2,22}: )",
    "speakers": r"(?:^|\n) ?(?:- |[^\n:]{1,10}: ?)[^\n]*\n ?(?:- |[^\n:]{1,10}: ?)",
    "quoted": r"\"[^\"]{6,}\"",
    "question": r"\?",
    "shout": r"!",
    "apk": r"\.apk|\bapk\b",
    "long_number": r"\d{8,}",
}
_SIGNS = {name: re.compile(pattern) for name, pattern in SIGNS.items()}


def features(text: str, hits: Sequence[Hit] | None = None) -> Found:
    """Name what a normalised text is made of."""
    found: Found = {}
    languages = lexicon.languages(text)
    chinese = languages == ("zh",)
    known = lexicon.find(text) if hits is None else hits
    for name, place in (
        *_notions(text, known, chinese=chinese),
        *_rules(text, languages, known),
        *_signs(text),
        *_facts(text, known, chinese=chinese),
        *_grams(text),
    ):
        found.setdefault(name, place)
    scams, frames = (
        sum(name.startswith(letter) and name.count(":") == 1 for name in found) for letter in ("r:", "f:")
    )
    found[f"q:{min(scams, 4)}{min(frames, 3)}"] = (0, 1)
    return found


def negated(text: str, hits: Sequence[Hit], *, chinese: bool) -> set[Hit]:
    """Give the hits that a "never" stands shortly before, in the same sentence."""
    nots = [hit for hit in hits if hit.notion in _NOTS]
    reach = _NEGATED[chinese]
    return {
        hit
        for hit in hits
        for no in nots
        if hit.start >= no.end and hit.start - no.end <= reach and not _STOP.search(text, no.end, hit.start)
    }


def _notions(text: str, hits: Sequence[Hit], *, chinese: bool) -> Iterator[tuple[str, Place]]:
    denied = negated(text, hits, chinese=chinese)
    for hit in hits:
        yield f"{'n' if hit in denied else 'c'}:{hit.notion}", (hit.start, hit.end)
    near = _NEAR[chinese]
    seen: set[tuple[str, str]] = set()
    for at, one in enumerate(hits):
        for two in hits[at + 1 :]:
            if two.start - one.end > near:
                break
            pair = (one.notion, two.notion)
            if one.notion != two.notion and pair not in seen and not (one in denied or two in denied):
                seen.add(pair)
                first, second = sorted(pair)
                yield f"p:{first}+{second}", (one.start, max(one.end, two.end))


def _rules(text: str, languages: tuple[str, ...], hits: Sequence[Hit]) -> Iterator[tuple[str, Place]]:
    found = {Hit(start, end, name) for name, start, end in rules.find(text, languages)}
    nots = [hit for hit in hits if hit.notion in _NOTS]
    denied = negated(text, (*nots, *found), chinese=languages == ("zh",))
    for start, end, name in sorted(found):
        if name[0] == "f" or Hit(start, end, name) not in denied:
            yield name, (start, end)
            yield name.rpartition(":")[0], (start, end)
        else:
            yield f"d:{name.split(':')[1]}", (start, end)


def _signs(text: str) -> Iterator[tuple[str, Place]]:
    for name, pattern in _SIGNS.items():
        at = pattern.search(text)
        if at is not None:
            yield f"s:{name}", at.span()


def _facts(text: str, hits: Sequence[Hit], *, chinese: bool) -> Iterator[tuple[str, Place]]:
    for name, start, end in (*senders.signs(text), *sums.signs(text, hits, chinese=chinese)):
        yield f"s:{name}", (start, end)


def _grams(text: str) -> Iterator[tuple[str, Place]]:
    plain = _DIGITS.sub(lambda at: "0" * len(at[0]), text)
    latin = list(_LATIN.finditer(plain))
    for at in latin:
        word = at[0]
        if word[0] == "0":
            word = "0" * min(len(word), 5)
        yield f"w:{word}", at.span()
        for size in (4, 5):
            for start in range(max(len(word) - size + 1, 0)):
                yield f"g:{word[start : start + size]}", (at.start() + start, at.start() + start + size)
    for one, two in pairwise(latin):
        if two.start() - one.end() < 3:
            yield f"w:{one[0][:12]} {two[0][:12]}", (one.start(), two.end())
    for at in _CHINESE.finditer(plain):
        if not at[0].isascii():
            for size in (1, 2, 3):
                for start in range(at.start(), at.end() - size + 1):
                    yield f"z:{plain[start : start + size]}", (start, start + size)
