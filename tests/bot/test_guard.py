import datetime as dt
import json
import random
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn as reference
from stdnum.cn import ric
from stdnum.mx import curp

from bot.dialogs.guard import luhn, secret_in

CORPUS = [
    json.loads(line)
    for line in Path(__file__).with_name("corpus_guard.jsonl").read_text("utf-8").splitlines()
]
"""What people type, per language: secrets of four kinds, and talk about them, numbers and answers, whose kind is "".
`held_out` was written with the rest, and looked at once the rules were done."""

BARS = {False: (0.97, 0.01), True: (0.90, 0.05)}
"""Least recall and most false alarms, of the part that the rules were made on, and of the part held out."""


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("language", ["en", "zh", "es"])
def test_the_corpus(language: str, held_out: bool) -> None:
    mine = [row for row in CORPUS if row["language"] == language and row["held_out"] is held_out]
    secret = [row for row in mine if row["kind"]]
    missed = [row["text"] for row in secret if secret_in(row["text"]) != row["kind"]]
    talk = [row for row in mine if not row["kind"]]
    alarms = [row["text"] for row in talk if secret_in(row["text"])]
    recall, alarm = BARS[held_out]
    assert len(missed) <= (1 - recall) * len(secret), missed
    assert len(alarms) <= alarm * len(talk), alarms


@pytest.mark.parametrize(
    "text",
    ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111",
     "５５５５ ５５５５ ５５５５ ４４４４", "378282246310005",
     "3782 822463 10005", "6222021234567890128", "6222 0212 3456 7890 128",
     "my card is 4111 1111 1111 1111, thanks", "4️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣",
     "卡号4111111111111111", "4111\u200b1111\u200b1111\u200b1111", "x" * 3000 + " 4111111111111111",
     "+52 55 1234 5678 4111 1111 1111 1111", "4111 1111 1111 1111 12 29 123"],
)  # fmt: skip
def test_a_card_number(text: str) -> None:
    assert secret_in(text) == "card"


@pytest.mark.parametrize(
    "text",
    ["验证码是 482913", "驗證碼：4829", "我的短信码482913", "取款密码 123456", "cvv 123", "CVC: 999", "my OTP 482913",
     "one-time code 482913", "verification code: 482913", "security code 123", "my password is 1234",
     "código de verificación 482913", "código de seguridad: 123", "mi nip 1234", "mi nip es 1234", "clave 4829",
     "my card PIN is 1234", "OTP482913", "code is 482913 2026-03-01", "pi\u00adn 48\u200b29"],
)  # fmt: skip
def test_a_code(text: str) -> None:
    assert secret_in(text) == "code"


@pytest.mark.parametrize(
    "text",
    ["my password is hunter2!", "Password: Tr0ub4dor", "contraseña: gatito99", "mi contraseña es secreto",
     "密码是abcd1234", "mi contrasen\u0303a es gatito99",
     "密码：qwer1234", "mi clave es gatito"],
)  # fmt: skip
def test_a_password(text: str) -> None:
    assert secret_in(text) == "password"


@pytest.mark.parametrize(
    "text",
    ["12000", "12,000.50", "1,234,567.89", "1.2万", "$12 000", "2026", "1990-03-01", "34", "18 months", "3年",
     "+8613800138000", "138 0013 8000", "+52 55 1234 5678", "+5215512345678", "(202) 555-0142", "李梅",
     "Maria Lopez",
     "I forgot my PIN", "我忘记密码了怎么办", "¿Para qué es la contraseña?", "What is the PIN for?",
     "Is my password safe?",
     "somebody asked me for a verification code", "验证码可以告诉别人吗", "me pidieron un código de verificación",
     "1234567890123456", "0000 0000 0000 0000", "1111111111111", "8000 over 12 months at 12 %", "yes", "",
     "60%"],
)  # fmt: skip
def test_an_ordinary_answer(text: str) -> None:
    assert secret_in(text) == ""


# --- every card there may be ---------------------------------------------------------------------------------------

PREFIXES = {
    "4": (13, 16, 19), "51": (16,), "55": (16,), "2221": (16,), "2720": (16,), "34": (15,), "37": (15,),
    "300": (14, 16), "36": (14, 19), "38": (14,), "3528": (16, 19), "3589": (16,), "6011": (16, 19),
    "622126": (16,), "62": (16, 17, 18, 19), "645": (16,), "65": (16,), "5018": (13, 16, 19), "6304": (13, 16, 19),
    "6759": (16, 18), "2200": (16,), "606333": (16,), "506212": (16,), "9558": (19,),
}  # fmt: skip
APART = ("", " ", "-", ".", " - ", "\n", "\u2013", "\u00a0", "\u200b", "\u2060", "_", "/", "·", ",", "，")
SCRIPTS = ("0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix = draw(st.sampled_from(sorted(PREFIXES)))
    length = draw(st.sampled_from(PREFIXES[prefix]))
    body = prefix + draw(st.text("0123456789", min_size=length, max_size=length))
    body = body[: length - 1]
    return body + reference.calc_check_digit(body)


@given(cards(), st.sampled_from(APART), st.sampled_from(SCRIPTS), st.sampled_from([1, 2, 3, 4, 5, 6, 19]))
@settings(max_examples=600, deadline=None)
def test_every_card_in_every_spelling(number: str, apart: str, script: str, group: int) -> None:
    if ric_like(number):
        return
    groups = [number[at : at + group] for at in range(0, len(number), group)]
    spelt = apart.join(groups).translate(str.maketrans("0123456789", script))
    assert secret_in(spelt) == "card"
    assert secret_in(f"card {spelt} thanks") == "card"
    assert secret_in(f"卡号{spelt}，谢谢") == "card"


def ric_like(number: str) -> bool:
    """Whether eighteen digits are also an identity number, which is then what they are taken for."""
    return len(number) == 18 and number[6:8] in {"19", "20"}


@given(st.text("0123456789", min_size=10, max_size=10), st.sampled_from(["", " ", "-"]))
@settings(max_examples=600, deadline=None)
def test_no_phone_of_eleven_digits(rest: str, apart: str) -> None:
    for number in (
        f"1{rest}",
        f"52{rest}",
        f"+1{rest}",
        f"+86 1{rest}",
        f"+521{rest}",
        f"521{rest}",
        f"861{rest}",
    ):
        parted = number[:3] + apart + number[3:7] + apart + number[7:]
        assert secret_in(parted) == ""
        assert secret_in(f"my number is {parted}") == ""


@given(
    st.sampled_from(["110105", "310104", "370102", "440524", "510107", "620102", "622901", "650102"]),
    st.dates(min_value=dt.date(1920, 1, 1), max_value=dt.date(2012, 1, 1)),
    st.integers(0, 999),
)
@settings(max_examples=600, deadline=None)
def test_no_chinese_identity_number(region: str, born: dt.date, serial: int) -> None:
    body = f"{region}{born:%Y%m%d}{serial:03}"
    number = body + ric.calc_check_digit(body)
    for text in (
        number,
        f"身份证{number}",
        f"{number[:6]} {number[6:14]} {number[14:]}",
        f"我的身份证号是 {number}。",
    ):
        assert secret_in(text) == ""


@given(
    st.text("0123456789", min_size=9, max_size=9), st.text("BCDFGHJKLMNPQRSTVWXYZ", min_size=14, max_size=14)
)
@settings(max_examples=400, deadline=None)
def test_no_mexican_or_american_identity_number(digits: str, letters: str) -> None:
    body = f"{letters[0]}A{letters[1:3]}{digits[:6]}H{letters[3:5]}{letters[5:8]}0"
    for number in (body + curp.calc_check_digit(body), f"{letters[:4]}{digits[:6]}{letters[4:7]}"):
        assert secret_in(f"CURP {number}") == ""
    for number in (
        digits,
        f"{digits[:3]}-{digits[3:5]}-{digits[5:]}",
        f"SSN {digits[:3]} {digits[3:5]} {digits[5:]}",
    ):
        assert secret_in(number) == ""


@given(
    st.decimals(0, 10**9, places=2),
    st.sampled_from(["", "$", "¥", "MX$"]),
    st.sampled_from(["", " pesos", "元", "%"]),
)
@settings(max_examples=300, deadline=None)
def test_no_amount(amount: Decimal, before: str, after: str) -> None:
    for written in (f"{amount:,}", f"{amount}", f"{amount:,}".replace(",", " ")):
        assert secret_in(f"{before}{written}{after}") == ""


def test_every_mexican_mobile_number_passes() -> None:
    chance = random.Random(7)  # noqa: S311 - a seed, for the same numbers each time
    for _ in range(500):
        assert secret_in(f"+521{chance.randrange(10**9, 10**10)}") == ""


def test_luhn() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert not luhn("411111111111")  # too short for a card
    assert not luhn("0" * 20)


@given(st.text(alphabet="23456789", min_size=12, max_size=18))
def test_any_one_wrong_digit_is_noticed(body: str) -> None:
    number = next(body + str(check) for check in range(10) if luhn(body + str(check)))
    for place in range(len(number)):
        changed = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not luhn(changed)


# --- cost ------------------------------------------------------------------------------------------------------------


@given(st.one_of(st.text(max_size=400), st.text(min_size=1, max_size=3).map(lambda part: part * 30_000)))
@settings(max_examples=200, deadline=None)
def test_nothing_raises_and_nothing_takes_long(text: str) -> None:
    start = time.process_time()
    assert secret_in(text) in {"", "card", "code", "password", "seed"}
    assert time.process_time() - start < 0.2


HEAVY = (
    *(
        "a",
        "1",
        "4 ",
        "4,",
        " ",
        "-",
        "pin ",
        "pin 123 ",
        "pin x 1234 ",
        "clave es ",
        "army ",
        "a1 -!",
        "code [[[[ ",
    ),
    *(
        "password : ",
        "is ",
        "密码",
        "验证码的",
        "一",
        "是",
        "a\u0301\u0316\u0323",
        "\u0301\u0316",
        "٤ ",
        "\ufdfa",
    ),
)


@pytest.mark.parametrize("part", HEAVY)
def test_a_hundred_thousand_characters_cost_little(part: str) -> None:
    text = (part * 100_000)[:100_000] + "!"
    start = time.process_time()
    secret_in(text)
    assert time.process_time() - start < 0.2


def test_a_message_of_the_greatest_length_costs_a_millisecond() -> None:
    text = ("I would like to ask about a small loan of 8000 dollars over 12 months, is that fine? " * 60)[
        :4096
    ]
    times = []
    for _ in range(20):
        start = time.process_time()
        secret_in(text)
        times.append(time.process_time() - start)
    assert min(times) < 0.001
