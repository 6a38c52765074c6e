"""What a link says of its sender, and sums beside one another."""

import pytest

from engine.scam import lexicon, senders, sums
from engine.scam.normalise import normalise


def _of_links(text: str) -> set[str]:
    return {name for name, _, _ in senders.signs(normalise(text).text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BBVA: verifique en https://bbva-seguro.example/x", {"foreign_domain", "dressed_domain"}),
        ("BBVA: consulte bbva.mx", {"own_domain"}),
        ("Chase: sign in at www.chase.com", {"own_domain"}),
        ("Chase: sign in at chase.com.example", {"foreign_domain", "dressed_domain"}),
        ("【建设银行】请登录 ccb1.example", {"foreign_domain"}),
        ("Your parcel: interb4nk-pe.example", {"dressed_domain"}),
        ("Report it at reportfraud.ftc.gov", {"own_domain"}),
        ("Denuncie en www.gob.mx", {"own_domain"}),
        ("See evening-classes.example", set()),
        ("HSBC: call the number on your card", set()),
        ("HSBC: write to someone@mail.example", set()),
        ("Download loan.apk from HSBC", set()),
    ],
)
def test_a_link_is_held_against_who_is_named(text: str, expected: set[str]) -> None:
    assert _of_links(text) == expected


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$5,000 and £250", [5000.0, 250.0]),
        ("Rs 2,00,000 less ₹3,450.50", [200_000.0, 3450.5]),
        ("$1.200.000 y 500 soles", [1_200_000.0, 500.0]),
        ("贷10万交3000元", [100_000.0, 3000.0]),
        ("KSh 50k", [50_000.0]),
        ("7.9% APR", []),
    ],
)
def test_sums_are_read_however_they_are_written(text: str, amounts: list[float]) -> None:
    assert [one.amount for one in sums.sums(normalise(text).text)] == amounts


@pytest.mark.parametrize(
    ("text", "chinese", "expected"),
    [
        ("Your loan of $5,000 is approved, pay a fee of $250 first", False, {"fee_share"}),
        ("Your loan of $5,000 is approved. First instalment $4,900", False, set()),
        ("贷款额度10万，先交30%解冻金", True, {"percent_asked"}),
        ("Representative 7.9% APR", False, set()),
    ],
)
def test_what_is_asked_first_is_a_share_of_what_is_promised(
    text: str, *, chinese: bool, expected: set[str]
) -> None:
    plain = normalise(text).text
    assert {name for name, _, _ in sums.signs(plain, lexicon.find(plain), chinese=chinese)} == expected
