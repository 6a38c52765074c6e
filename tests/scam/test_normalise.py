import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.scam.normalise import LONGEST, normalise


def read(text: str) -> str:
    return normalise(text, {"verify", "loan"}.__contains__).text


@pytest.mark.parametrize(
    ("disguised", "meant"),
    [
        ("Рay the lоan", "pay the loan"),
        ("l0an fr@ud", "loan fraud"),
        ("O.T.P now", "otp now"),
        ("l o a n", "loan"),
        ("lo*an", "loan"),
        ("ver-ify", "verify"),
        ("ｌｏａｎ 𝐥𝐨𝐚𝐧 ⓛⓞⓐⓝ 🅻🅾🅰🅽", "loan loan loan loan"),
        ("ze\u200bro", "zero"),
        ("préstamo ¿ya?", "prestamo ?ya?"),
        ("w3 m0ve c4sh n0w", "we move cash now"),
        ("徵信註銷貸款", "征信注销贷款"),
        ("验🔥证🔥码", "验证码"),
        ("保 证 金", "保证金"),
        ("加V❤", "加微信•"),
        ("d款", "贷款"),
        ("把yzm发我", "把验证码发我"),
    ],
)
def test_disguises_come_off(disguised: str, meant: str) -> None:
    assert read(disguised) == meant


@pytest.mark.parametrize(
    "plain", ["pay by 10k", "the 2nd of may", "see www.l0an-x.example/a1b2c3", "$500 u.s."]
)
def test_what_is_no_disguise_stays(plain: str) -> None:
    assert read(plain) == plain


def test_initials_mean_something_in_chinese_only() -> None:
    assert "wd" in read("the wd drive")
    assert "网贷" in read("我的wd还不上")


@given(st.text(st.characters(), max_size=80))
def test_every_character_knows_its_place(text: str) -> None:
    found = normalise(text)
    assert len(found.text) == len(found.starts) == len(found.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(found.starts, found.ends, strict=True))
    assert list(found.starts) == sorted(found.starts)


def test_of_a_very_long_message_both_ends_are_read() -> None:
    found = normalise("a" * 50_000 + "b" * 50_000)
    assert len(found.text) == LONGEST
    assert found.text[0] == "a"
    assert found.text[-1] == "b"


def test_a_disguise_is_noticed() -> None:
    assert normalise("p.a.y the l0an").disguised
    assert normalise("lo\u200ban").disguised
    assert not normalise("Please pay the loan, thank you").disguised
