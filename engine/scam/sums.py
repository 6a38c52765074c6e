"""Sums of money beside one another: what is asked for first, as a share of what is promised."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from engine.scam.lexicon import Hit

_MONEY = r"[$€£¥₹₱₦]|\b(?:rs|ksh|kes|ngn|php|rm|usd|sgd|zar|inr|mxn|cop|clp|nt|hk|s/)[.$ ]{0,2}"
_SUM = re.compile(
    rf"({_MONEY}) ?(\d[\d,.]*\d|\d)(?: ?(k|mil|lakhs?|万|千))?(?![\d%])"
    r"|(\d[\d,.]*\d|\d) ?(k\b|mil\b|lakhs?|元|块|万|千|港币|蚊|"
    r"usd|pesos|soles|euros?|eur|€|dolares|dollars|pounds|naira|rupees)"
)
_TIMES = {"k": 1_000, "mil": 1_000, "lakh": 100_000, "lakhs": 100_000, "万": 10_000, "千": 1_000}
_PERCENT = re.compile(r"(\d{1,2}) ?%|百分之|([一二三四五])成")
_PAYING = frozenset(("pay", "fee", "before", "token_payment", "unlock"))
_LEAST, _MOST = Decimal("0.005"), Decimal("0.5")  # share of the greatest sum that a fee takes
_NEAR = {True: 14, False: 40}


class Sum(NamedTuple):
    """A sum of money that a text names."""

    amount: Decimal
    start: int
    end: int


def signs(text: str, hits: Sequence[Hit], *, chinese: bool) -> Iterator[tuple[str, int, int]]:
    """Give the signs: "fee_share" of a sum to be paid beside a greater one, "percent_asked" of a share to be paid."""
    paying = [hit for hit in hits if hit.notion in _PAYING]
    near = _NEAR[chinese]
    found = sums(text)
    greatest = max((one.amount for one in found), default=Decimal())
    for one in found:
        if _LEAST * greatest <= one.amount <= _MOST * greatest and _beside(one.start, one.end, paying, near):
            yield "fee_share", one.start, one.end
    for at in _PERCENT.finditer(text):
        if _beside(at.start(), at.end(), paying, near):
            yield "percent_asked", at.start(), at.end()


def sums(text: str) -> list[Sum]:
    """Give the sums of a normalised text."""
    return [
        Sum(_number(at[2] or at[4]) * _TIMES.get(at[3] or at[5] or "", 1), at.start(), at.end())
        for at in _SUM.finditer(text)
    ]


def _number(digits: str) -> Decimal:
    """Read a number whichever way its thousands are set apart."""
    whole = re.sub(r",(?=\d\d,)", "", digits)
    whole = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", whole).replace(",", ".")
    return Decimal(whole) if whole.count(".") < 2 else Decimal(whole.replace(".", ""))


def _beside(start: int, end: int, hits: Sequence[Hit], near: int) -> bool:
    return any(start - hit.end <= near and hit.start - end <= near for hit in hits)
