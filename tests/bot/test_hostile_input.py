"""Every reader against what an attacker types (E8 to E11): never an exception, never slow, never two meanings.

`HOSTILE_EXAMPLES=10000 python -m pytest tests/bot/test_hostile_input.py` is the drill of T15.
"""

import os
import time
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogs import clean, readers
from bot.dialogs.event import Text
from bot.dialogs.guard import secret_in
from bot.dialogs.step import Answer, Ask, Choice, Problem, Reader
from bot.i18n import t
from tests.bot.scenes import COUNTRIES, scene

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "2000"))
LONGEST = 0.2
"""Seconds that the longest text may take."""


YES, NO = t("checklist.yes"), t("checklist.no")
YES_OR_NO = Ask(YES, choices=(Choice("a", YES), Choice("b", NO)))
READERS: dict[str, Reader] = {
    "money": readers.money(Decimal(1), Decimal(10**9), "USD"),
    "count": readers.count(0, 99),
    "percent": readers.percent(100),
    "months": readers.months(0, 720),
    "name": readers.person_name,
    "age": readers.age,
    "phone": readers.phone,
    "national_id": readers.national_id,
    "pin": readers.pin,
    "choice": readers.choice(lambda _scene, _answers: YES_OR_NO),
}
PLAIN: dict[str, tuple[str, ...]] = {
    "money": ("12000", "12000.5", "7"),
    "count": ("3", "12"),
    "percent": ("45", "60%"),
    "months": ("18", "2 years"),
    "name": ("Maria Lopez",),
    "age": ("34",),
    "phone": ("2025550142",),
    "national_id": ("536-90-4399",),
    "pin": ("482915",),
    "choice": ("1", "2"),
}
SCRIPTS = {
    "full-width": "０１２３４５６７８９", "Arabic": "٠١٢٣٤٥٦٧٨٩", "Persian": "۰۱۲۳۴۵۶۷۸۹", "Devanagari": "०१२३४५६७८९",
    "Thai": "๐๑๒๓๔๕๖๗๘๙", "mathematical": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "superscript": "⁰¹²³⁴⁵⁶⁷⁸⁹", "circled": "⓪①②③④⑤⑥⑦⑧⑨",
}  # fmt: skip
INVISIBLE = ("\u200b", "\u200d", "\u202e", "\u2060", "\ufeff", "\u00ad", "\x00", "\x1b", "\U000e0041")
EVERYWHERE = pytest.mark.parametrize("kind", sorted(READERS))


def read(kind: str, text: str, country: str = "us") -> Answer | Problem:
    """Give what a reader makes of a text, within its time."""
    began = time.process_time()
    got = READERS[kind](
        Text(text), scene(country), {"age": 34, "phone": "+12025550142", "national_id": "536904399"}
    )
    assert time.process_time() - began <= LONGEST, (kind, text[:40])
    return got


def refused(got: Answer | Problem) -> bool:
    return isinstance(got, Problem)


# --- E8: amounts ------------------------------------------------------------------------------------------------------

NO_AMOUNTS = (
    "NaN", "nan", "-nan", "sNaN", "inf", "-inf", "Infinity", "∞", "-1", "-0", "−5", "+5", "1e308", "1e999", "1e-400",
    "1E5", "1e1000000", "0x10", "0b1", "1_000", "1__0", "0.001", "1.234.5", "1,5,0", "1.000,500.0",
    "1" * 5_000, "9" * 13,
    "1." + "0" * 5_000,     "1/2", "½", "1²", "①", "Ⅻ", "1 2", "10%", "1;2", "1|2", "=1+1", "@SUM(1)", "１e５",
    "1\u066b5\u066b5", "1'0",
)  # fmt: skip
AMOUNTS = {
    "12000": "12000", "１２０００": "12000", "١٢٠٠٠": "12000", "१२०००": "12000", "1.000,50": "1000.5",
    "1,000.50": "1000.5",
    "1,5": "1.5", "1 000": "1000", "1\u00a0000": "1000", "1\u202f000": "1000", "12\u200b000": "12000", "$5": "5",
    "1.2万": "12000",
    "999999999.99": "999999999.99", "0012": "12",
}  # fmt: skip


@pytest.mark.parametrize("text", NO_AMOUNTS)
@pytest.mark.parametrize("kind", ["money", "percent", "count", "months", "age", "pin"])
def test_no_strange_number_is_taken(kind: str, text: str) -> None:
    if kind == "percent" and text in {"10%", "1'0"}:
        return
    assert refused(read(kind, text))


@pytest.mark.parametrize(("text", "amount"), AMOUNTS.items())
def test_an_amount_has_one_meaning(text: str, amount: str) -> None:
    got = read("money", text)
    assert not isinstance(got, Problem)
    assert Decimal(str(got)) == Decimal(amount)


@given(st.text(st.sampled_from("0123456789.,-+eE_ '٣３²①万kNaInf%$\u200b"), max_size=60))
@settings(max_examples=EXAMPLES, deadline=None)
def test_whatever_looks_like_an_amount_is_a_finite_one_in_bounds_or_refused(text: str) -> None:
    got = read("money", text)
    if not refused(got):
        value = Decimal(str(got))
        assert value.is_finite()
        assert 1 <= value <= 10**9
        assert value == value.quantize(Decimal("0.01"))
        assert not isinstance(got, float)


# --- E9, E10: other digits, invisible characters ---------------------------------------------------------------------


@EVERYWHERE
@pytest.mark.parametrize("script", SCRIPTS)
def test_digits_of_other_scripts_are_those_of_ascii_or_refused(kind: str, script: str) -> None:
    for text in PLAIN[kind]:
        twin = text.translate(str.maketrans("0123456789", SCRIPTS[script]))
        got = read(kind, twin)
        assert got == read(kind, text) or refused(got)
        if script not in {"superscript", "circled"}:
            assert got == read(kind, text)


@EVERYWHERE
@pytest.mark.parametrize("hidden", INVISIBLE)
def test_what_cannot_be_seen_changes_nothing(kind: str, hidden: str) -> None:
    for text in PLAIN[kind]:
        for twin in (hidden + text, text + hidden, hidden.join(text), text[:1] + hidden * 3 + text[1:]):
            assert read(kind, twin) == read(kind, text)


@pytest.mark.parametrize("text", ["11010519491231002Х", "ВОXW310820HNERXN09", "ΒOXW310820HNERXN09"])
@pytest.mark.parametrize("country", COUNTRIES)
def test_look_alike_letters_are_no_identity_number(text: str, country: str) -> None:
    assert refused(read("national_id", text, country))


@pytest.mark.parametrize("text", ["Maria\u202eLopez", "\u200bMaria Lopez", "Maria\u0000 Lopez"])
def test_no_name_keeps_a_hidden_character(text: str) -> None:
    got = read("name", text)
    assert refused(got) or all(unicodedata.category(c)[0] in "LMZP" for c in str(got))


# --- E11: length ----------------------------------------------------------------------

FILLINGS = (
    "a",
    "1",
    " ",
    "-",
    "a1 -",
    "1,",
    "1.",
    "万",
    "九",
    "3年",
    "1 year ",
    "$",
    "\u200b",
    "\u0301",
    "٣",
    "½",
    "\ufdfa",
    "😀",
    "\n",
    "a ",
    "O’",
    "²",
    "(",
    "+",
    "\ud800",
    "1 000",
    "十万",
    "%",
    "\u202e1",
    "岁",
)


@EVERYWHERE
@pytest.mark.parametrize("part", FILLINGS)
def test_no_length_costs_time_or_is_taken(kind: str, part: str) -> None:
    for length in (100, 201, 4_096, 100_000):
        text = (part * length)[:length] + "!"
        for country in COUNTRIES:
            got = read(kind, text, country)
            assert refused(got), (part, length)


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "amount": clean.amount,
    "number": clean.number,
    "whole": clean.whole,
    "months": clean.months,
    "clean": clean.clean,
    "same": lambda text: clean.same(text, "yes"),
    "guard": secret_in,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("part", FILLINGS)
def test_no_length_costs_time_underneath_either(name: str, part: str) -> None:
    for tail in ("", "!", "元", "%"):
        text = (part * 100_000)[:100_000] + tail
        began = time.process_time()
        FUNCTIONS[name](text)
        assert time.process_time() - began <= LONGEST


# --- anything at all ----------------------------------------------------------------------

ODD = st.sampled_from(
    [*FILLINGS, *INVISIBLE, *"".join(SCRIPTS.values()), *NO_AMOUNTS[:20], "{name}", "%s", "<b>"]
)
ANYTHING = st.text(max_size=250) | st.lists(ODD | st.text(max_size=3), max_size=30).map("".join)


@EVERYWHERE
@given(ANYTHING, st.sampled_from(COUNTRIES))
@settings(max_examples=max(EXAMPLES // len(READERS), 1), deadline=None)
def test_nothing_raises(kind: str, text: str, country: str) -> None:
    got = read(kind, text, country)
    assert got == read(kind, text, country), "the same words mean the same"
    secret_in(text)


@EVERYWHERE
@given(
    st.text(
        st.characters(
            categories=["Nd", "No", "Nl", "Cf", "Zs", "Pd", "Sc"], include_characters="0123456789.,-"
        ),
        max_size=30,
    )
)
@settings(max_examples=max(EXAMPLES // len(READERS), 1), deadline=None)
def test_a_text_that_is_taken_means_what_its_ascii_twin_means(kind: str, text: str) -> None:
    got = read(kind, text)
    if not refused(got):
        assert got == read(kind, clean.clean(text))
