import datetime as dt
import time
from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.dialogs import clean

RLO, ZWSP, BOM, SHY = "\u202e", "\u200b", "\ufeff", "\u00ad"

NOT_AMOUNTS = [
    "", " ", "abc", "NaN", "nan", "inf", "Infinity", "-inf", "1e999", "1e1000000", "1E5", "1e-400", "-5",
    "+5", "-0",
    "(5)", "0x10", "1_000", "½", "²", "①", "⑫", "5²", "1,00,000", "1,000,00", "1.000.00", "1,000.000,5",
    "12,34,567",
    "1,5,5", "0,500,000", "0,500.00", "000,000,000", "0.500,00", "1'000'00", "1..5", "1,.5", ",5", "5,",
    ".", ",",
    "1 2", "12 00", "1,000 000", "10 or 20", "5-6", "5 + 5", "0.001", "1.0055", "9999999999999",
    "1000000000000",
    "1,000,000,000,000", "1" + ",000" * 9, "1" + " 000" * 9, "9" * 41, "1" * 5000, "1," * 2500, "a" * 5000,
    "12 000 pesos mexicanos y algo", "$", "元", "万", "k", "mil", "kk", "5kk", "x12000", "12000x", "=1+1",
    "五六七x",
]  # fmt: skip

AMOUNTS = {
    "0": "0", "00": "0", "5": "5", "007": "7", "12000": "12000", "12,000": "12000", "12.000": "12000",
    "12 000": "12000", "12\u00a0000": "12000", "12\u202f000": "12000", "12'000": "12000",
    "12,000.50": "12000.5",
    "12.000,50": "12000.5", "1,5": "1.5", "1.5": "1.5", "1.000,50": "1000.5", "1,234,567.89": "1234567.89",
    "1.234.567,89": "1234567.89", "0,50": "0.5", "0.5": "0.5", " 12000 ": "12000", "１２０００": "12000",
    "１２，０００": "12000", "１２.５": "12.5", "١٢٠٠٠": "12000", "१२०००": "12000",
    "𝟏𝟐": "12", f"12{ZWSP}000": "12000",
    f"{RLO}12000": "12000", f"{BOM}12{SHY}000": "12000", "$12,000": "12000", "$ 12 000": "12000",
    "US$12,000": "12000",
    "usd 12000": "12000", "12000 dollars": "12000", "MX$12,000.00": "12000", "12,000 pesos": "12000",
    "12000 MXN": "12000", "¥12000": "12000", "￥12,000": "12000", "12000元": "12000", "人民币12000": "12000",
    "12000块": "12000", "RMB 12,000": "12000", "CN¥12,000": "12000", "1.2万": "12000", "1.2 万元": "12000",
    "12k": "12000",
    "1.5k": "1500", "1,5k": "1500", "5 mil": "5000", "5mil pesos": "5000", "3 thousand": "3000", "5千": "5000",
    "0.5万": "5000", "一万": "10000", "五千": "5000", "1万5": "15000", "999999999999": "999999999999",
    "999,999,999,999.99": "999999999999.99", "1.234万": "12340", "12.345万": "123450",
}  # fmt: skip

NOT_MONTHS = [
    "", "abc", "-5", "1e999", "NaN", "²", "y", "and", "years", "a", "1_0", "12345", "1000 years", "1.25 years",
    "18 weeks", "3/4", "5,5", "1" * 5000, "1 year " * 700, "half", "12 12 12",
]  # fmt: skip

MONTHS = {
    "0": 0, "18": 18, "18 months": 18, "18个月": 18, "18 個月": 18, "18 meses": 18, "1 mes": 1, "1 month": 1, "18m": 18,
    "3 years": 36, "3y": 36, "3 yrs": 36, "1 year": 12, "3年": 36, "三年": 36, "2 años": 24, "1 año": 12, "１８": 18,
    "1 year 6 months": 18, "1 year, 6 months": 18, "1 year and 6 months": 18, "1年6个月": 18, "1年零6个月": 18,
    "2 años y 3 meses": 27, "1.5 years": 18, "1,5 años": 18, "half a year": 6, "半年": 6, "medio año": 6, "1年半": 18,
    "一年半": 18, "两年": 24, "0 years": 0, f"1{ZWSP}8": 18, "١٨": 18,
}  # fmt: skip


@pytest.mark.parametrize("text", NOT_AMOUNTS, ids=lambda text: repr(text[:20]))
def test_not_an_amount(text: str) -> None:
    assert clean.amount(text) is None


@pytest.mark.parametrize("text", AMOUNTS, ids=repr)
def test_an_amount_as_people_write_it(text: str) -> None:
    assert clean.amount(text) == Decimal(AMOUNTS[text])


@pytest.mark.parametrize("text", NOT_MONTHS, ids=lambda text: repr(text[:20]))
def test_not_a_length_of_time(text: str) -> None:
    assert clean.months(text) is None


@pytest.mark.parametrize("text", MONTHS, ids=repr)
def test_a_length_of_time_as_people_say_it(text: str) -> None:
    assert clean.months(text) == MONTHS[text]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("007", 7), ("２", 2), ("٢", 2), (f"1{ZWSP}2", 12), ("999999", 999_999), ("2次", 2),
        ("两次", 2),
        ("3 times", 3), ("", None), ("-1", None), ("+1", None), ("1_000", None), ("1.0", None), ("1,000", None),
        ("²", None), ("①", None), ("1000000", None), ("1" * 5000, None), ("one", None), ("1 2", None),
        ("0x1", None),
    ],
)  # fmt: skip
def test_a_whole_number(text: str, number: int | None) -> None:
    assert clean.whole(text) == number


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="0123456789.,' ", max_size=60),
    st.text(alphabet="0123456789.,'年月万千百十一两半零kmyear año", max_size=60),
    st.builds(lambda part, times: part * times, st.text(min_size=1, max_size=4), st.integers(1, 25_000)),
)


@given(HOSTILE)
@example("1" * 100_000)
@example("1 " * 50_000 + "!")
@example(" " * 100_000)
@example("1-" * 50_000)
@example("0,000,000")
@settings(max_examples=400, deadline=None)
def test_whatever_is_typed_nothing_raises_and_nothing_takes_long(text: str) -> None:
    start = time.process_time()
    amount = clean.amount(text)
    for read in (clean.number, clean.whole, clean.months, clean.clean):
        read(text)
    clean.same(text, "Yes")
    assert time.process_time() - start < 0.2
    if amount is not None:
        assert amount.is_finite()
        assert 0 <= amount < 10**12
        assert amount == amount.quantize(Decimal("0.01"))


@given(st.decimals(0, 999_999_999, places=2), st.sampled_from(["zh_CN", "en_US", "es_MX", "es"]))
def test_what_we_write_we_can_read(value: Decimal, locale: str) -> None:
    assert clean.amount(format_decimal(value, locale=locale)) == value
    currency = {"zh_CN": "CNY", "en_US": "USD", "es_MX": "MXN", "es": "MXN"}[locale]
    assert clean.amount(format_currency(value, currency, locale=locale)) == value


@given(st.integers(0, 999_999), st.sampled_from("0٠०০０𝟘"))
def test_foreign_digits_are_read_as_ours(value: int, zero: str) -> None:
    text = "".join(chr(ord(zero) + int(digit)) for digit in str(value))
    assert clean.whole(text) == value
    assert clean.amount(text) == value


@given(st.text(max_size=100))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean.clean(text)
    assert clean.clean(once) == once
    assert once == once.strip()
    assert not set(once) & set(RLO + ZWSP + BOM + SHY + "\0\n\t\r")


@pytest.mark.parametrize(
    ("words", "month_first", "day"),
    [
        ("2026-03-31", False, dt.date(2026, 3, 31)),
        ("2026年3月31日", False, dt.date(2026, 3, 31)),
        ("２０２６／３／３１", False, dt.date(2026, 3, 31)),
        ("31.3.2026", False, dt.date(2026, 3, 31)),
        ("3/4/2026", False, dt.date(2026, 4, 3)),
        ("3/4/2026", True, dt.date(2026, 3, 4)),
        ("31/3/2026", True, None),
        ("2026-02-30", False, None),
        ("0000-01-01", False, None),
        ("26-03-31", False, None),
        ("tomorrow", False, None),
        ("", False, None),
    ],
)
def test_days_are_read_as_they_are_written(words: str, month_first: bool, day: dt.date | None) -> None:
    assert clean.day(words, month_first=month_first) == day
