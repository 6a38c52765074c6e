"""Quoting: what a scam's words may still do once we repeat them, which is nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.quoting import anonymous, cut, middle, quoted, units

LINK = re.compile(r"https?:|[a-z0-9]\.[a-z]{2,}|@\w", re.IGNORECASE)
"""What messengers make something of that can be pressed."""


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Send 150 to 4455667788 first", "Send 150 to ••••88 first"),
        ("请先转300元到 6222 0000 1111 2222", "请先转300元到 ••••22"),
        ("open https://cash-now.example/pay", "open hxxps://cash-now[.]example/pay"),
        ("cash-now.top", "cash-now[.]top"),
        ("write to @quick_loan or a.b@mail.example", "write to [@]quick_loan or a[.]b[@]mail[.]example"),
        ("Pay 1,500.00 by 5 June 2026.", "Pay 1,500.00 by 5 June 2026."),
        ("+52 (55) 1234-5678", "+••••78"),
        ("536–90–4399 or 536 / 90 / 4399 or 5\u200b36904399", "••••99 or ••••99 or ••••99"),
    ],
)
def test_what_is_quoted_can_be_read_and_not_used(words: str, shown: str) -> None:
    assert quoted(words) == shown


def test_a_secret_leaves_no_digit_of_itself() -> None:
    assert quoted("your code is 482913", secret=True) == "your code is ••••"
    assert quoted("pin 4829, cvv 123, account 4455667788", secret=True) == "pin •••, cvv •••, account ••••88"


def test_support_sees_both_ends_of_a_number() -> None:
    assert middle("call 4455667788 or see bad.example") == "call 44••••88 or see bad[.]example"


@given(st.text(st.sampled_from("htps:/w.@ab12-_ 。．中é"), max_size=40))
def test_nothing_that_is_quoted_can_be_pressed(words: str) -> None:
    assert not LINK.search(quoted(words)), words
    assert not LINK.search(middle(words)), words


@given(st.text(st.sampled_from("0123456789 -.()x"), max_size=30))
def test_no_long_number_is_quoted_whole(words: str) -> None:
    assert not re.search(r"\d{6}", quoted(words))
    assert not re.search(r"\d{3}", quoted(words, secret=True))


@given(st.text(max_size=60), st.integers(1, 40))
def test_words_are_cut_as_messengers_count(words: str, most: int) -> None:
    shown = cut(words, most)
    assert units(shown) <= most
    assert shown == words or words.startswith(shown[:-1])


@pytest.mark.parametrize(
    "secret",
    [
        "536-90-4399", "536–90–4399", "536 / 90 / 4399", "536_90_4399", "5\u200b3\u200b6\u200b9\u200b0\u200b4399",
        "BOXW310820HNERXN09", "VECJ880326XXX", "11010519491231002X", "１３８００１３８０００", "一三八零零一三八零零零",
        "maria.lopez@mail.example", "@maria_lopez", "https://social.example/maria", "+1 (202) 555-0142", "G12345678",
    ],
)  # fmt: skip
def test_what_leads_to_somebody_stands_in_no_table(secret: str) -> None:
    told = anonymous(f"I am {secret} and it fell by 30, why?")
    assert "…" in told
    for part in re.findall(r"\w{3,}", secret):
        assert part not in told, told
    assert told.endswith("and it fell by 30, why?")


def test_what_leads_to_nobody_stays() -> None:
    for words in (
        "Why did my score fall from 640 to 598?",
        "为什么我的分数从640降到598？",
        "¿A 12 meses, 1,500.00?",
    ):
        assert anonymous(words) == words
