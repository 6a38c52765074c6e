import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.scam import SIGNALS, TYPES, check
from engine.scam.kinds import TYPES as ORDER

SCAMS = [
    (
        "advance_fee",
        "Your loan of $5,000 is approved. Pay the insurance fee of $250 first by gift card and we release the money",
    ),
    ("unfreeze", "您的银行卡号填错，贷款账户已被冻结，请先交30%解冻金才能提现"),
    (
        "credit_repair",
        "Borramos tu historial del buró aunque debas, tenemos contacto adentro, pago por adelantado",
    ),
    (
        "screen_share",
        "Please install AnyDesk and share your screen, tell me the nine digit code so I can finish your loan",
    ),
    ("close_account", "您的校园贷账户需要注销，请把借呗额度全部提现转到安全账户，否则影响征信"),
    ("debt_shaming", "Si no pagas hoy le mandamos tu foto a todos tus contactos y a tu jefe, ratera"),
    ("ab_loan", "兄弟帮个忙，当我贷款的见证人，刷个脸走个过场，不用你还钱"),
]
GENUINE = [
    "482910 is your HSBC code. Do not share it with anyone, we will never ask for it.",
    "【招商银行】验证码 482913，用于登录手机银行，5分钟内有效。请勿泄露。",
    "Su cuota 4 de 12 por $1,200 vence el 12. Se cargará a su cuenta terminada en 3307. Si ya pagó omita este aviso.",
    "Representative 7.9% APR. Subject to status. Authorised and regulated by the FCA.",
    "hey running late, order me a flat white pls",
    "¿Cuánto tiempo dura un reporte en el buró?",
    "明天开会我共享屏幕给你看报表，记得带电脑",
]


@pytest.mark.parametrize(("kind", "text"), SCAMS)
def test_a_scam_is_named_and_its_words_quoted(kind: str, text: str) -> None:
    found = check(text)
    assert found.verdict == "scam"
    assert kind in (found.kind, *found.also)
    assert found.cues
    assert all(text[cue.start : cue.end] == cue.words for cue in found.cues)


@pytest.mark.parametrize("text", GENUINE)
def test_good_faith_is_no_sign(text: str) -> None:
    found = check(text)
    assert (found.verdict, found.kind, found.cues) == ("no_sign", "", ())


@pytest.mark.parametrize(("kind", "text"), SCAMS)
def test_dress_does_not_change_the_verdict(kind: str, text: str) -> None:
    dressed = [
        text.upper(),
        "\u200b".join(text),
        "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text),
        f"  {text}\n",
        text.replace(" ", "  "),
    ]
    assert {check(one).verdict for one in dressed} == {"scam"}, kind


def test_a_scam_amid_much_else_is_found() -> None:
    chatter = "We met the neighbours for dinner and talked about the garden and the weather. " * 40
    assert check(chatter).verdict == "no_sign"
    assert check(f"{chatter}\n{SCAMS[0][1]}\n{chatter}").verdict != "no_sign"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_it_never_raises_and_only_quotes(text: str) -> None:
    found = check(text)
    assert all(text[cue.start : cue.end] == cue.words for cue in found.cues)
    assert found.kind in ("", *TYPES)
    assert set(found.signals) <= set(SIGNALS)


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\x00", "😀" * 500, "a" * 100_000, "借" * 100_000])
def test_odd_messages_are_answered(text: str) -> None:
    assert check(text).verdict in ("scam", "suspicious", "no_sign")


def test_it_is_quick() -> None:
    long = "We will send your photo to all contacts if you do not pay the fee today. " * 56
    check(long[:4096])
    start = time.process_time()
    for _ in range(5):
        check(long[:4096])
    assert (time.process_time() - start) / 5 < 0.25
    start = time.process_time()
    for _ in range(20):
        check(SCAMS[0][1])
    assert (time.process_time() - start) / 20 < 0.03


def test_the_types_keep_their_order() -> None:
    assert TYPES is ORDER
    assert len(TYPES) == 18
    assert (TYPES[0], TYPES[-1]) == ("advance_fee", "fake_overdue")
