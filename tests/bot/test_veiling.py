"""Veiling: what a borrower writes of their own numbers, as support reads it."""

import pytest

from bot.veiling import veiled

OWN = ("+12025550142", "536904399")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("call +1 (202) 555-0142", "call +••••0142"),
        ("call 202.555.0142 please", "call ••••0142 please"),
        ("call 2025550142", "call ••••0142"),
        ("my ssn is 536-90-4399", "my ssn is ••••4399"),
        ("536 90 4399 or 536904399", "••••4399 or ••••4399"),
        ("5\u200b3\u200b6\u200b9\u200b0\u200b4\u200b3\u200b9\u200b9", "••••4399"),
        ("５３６９０４３９９", "••••4399"),
        ("of my wife: 123-45-6789", "of my wife: ••••6789"),
        ("身份证11010519491231002X谢谢", "身份证••••002X谢谢"),
        ("身份证 110105 19491231 002x", "身份证 ••••002x"),
        ("CURP BOXW310820HNERXN09.", "CURP ••••XN09."),
        ("rfc vecj880326xxx", "rfc ••••6xxx"),
    ],
)
def test_of_a_number_that_is_somebodys_the_end_is_left(words: str, shown: str) -> None:
    assert veiled(words, OWN) == shown


@pytest.mark.parametrize(
    "words",
    [
        "I paid 1,250.00 on 2026-03-01, and 500 on 2026-04-01.",
        "contract 88-1234567890, account 4455667788",
        "call the bank: +1 800 555 0199",
        "分数从640降到598，贷款12000元",
        "order 123456789012345678",
    ],
)
def test_other_numbers_stay(words: str) -> None:
    assert veiled(words, OWN) == words


def test_whoever_is_not_registered_has_no_own_numbers() -> None:
    assert veiled("call 2025550142", ()) == "call 2025550142"
