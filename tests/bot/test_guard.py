import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogs.guard import luhn, secret_in


@pytest.mark.parametrize(
    "text",
    ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111",
     "５５５５ ５５５５ ５５５５ ４４４４", "378282246310005",
     "3782 822463 10005", "6222021234567890128", "6222 0212 3456 7890 128",
     "my card is 4111 1111 1111 1111, thanks",
     "卡号4111111111111111", "4111\u200b1111\u200b1111\u200b1111", "x" * 3000 + " 4111111111111111"],
)  # fmt: skip
def test_a_card_number(text: str) -> None:
    assert secret_in(text) == "card"


@pytest.mark.parametrize(
    "text",
    ["验证码是 482913", "驗證碼：4829", "我的短信码482913", "取款密码 123456", "cvv 123", "CVC: 999", "my OTP 482913",
     "one-time code 482913", "verification code: 482913", "security code 123", "my password is 1234",
     "código de verificación 482913", "código de seguridad: 123", "mi nip 1234", "mi nip es 1234", "clave 4829",
     "my card PIN is 1234"],
)  # fmt: skip
def test_a_code(text: str) -> None:
    assert secret_in(text) in {"code", "password"}


@pytest.mark.parametrize(
    "text",
    ["my password is hunter2!", "Password: Tr0ub4dor", "contraseña: gatito99", "mi contraseña es secreto",
     "密码是abcd1234",
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


@given(st.one_of(st.text(max_size=400), st.text(min_size=1, max_size=3).map(lambda part: part * 30_000)))
@settings(max_examples=200, deadline=None)
def test_nothing_raises_and_nothing_takes_long(text: str) -> None:
    start = time.perf_counter()
    assert secret_in(text) in {"", "card", "code", "password"}
    assert time.perf_counter() - start < 0.2
