"""Messages made to cost time, or to be known by the wrong marks."""

import time

import pytest

from engine.scam import check
from engine.scam.marks import marks, same

LONGEST = 4096

HOSTILE = (
    "1", "1-", "1 ", "-", "a", "a-", "a.", "a.a-", "--a", "a@", "①", "٣", "ﷺ", "é", "a\u200b", "never ", "send me ",
    "c4n ", "1119a", "验证码", "贷 款 ", "l.o.a.n ", "código ", "http://", "CV1", "\"", "✍",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_message_takes_long(piece: str) -> None:
    check(piece * 20)  # what is read and compiled once
    text = (piece * LONGEST)[:LONGEST]
    took = []
    for _ in range(3):  # the garbage of a whole suite may be cleared away meanwhile, though not each time
        start = time.thread_time()
        check(text)
        list(marks(text))
        took.append(time.thread_time() - start)
    assert min(took) < 0.3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请打开cash-now.example/pay领取", ("link", "cash-now.example/pay")),
        ("see https://www.a.example/x, then", ("link", "a.example/x")),
        ("转到٤٤٥٥٦٦٧٧٨٨账户", ("number", "4455667788")),
        ("转到４４５５６６７７８８账户", ("number", "4455667788")),
        ("4\u200b4\u200b5\u200b5\u200b6\u200b6\u200b7\u200b7\u200b8\u200b8", ("number", "4455667788")),
    ],
)
def test_a_mark_is_the_same_however_it_is_written(text: str, found: tuple[str, str]) -> None:
    assert [one for one in marks(text) if one[0] != "text"] == [found]


@pytest.mark.parametrize(
    ("text", "known", "is_same"),
    [
        ("202 555 0199", "+1 202 555 0199", True),
        ("+52 55 1234 5678", "55 1234 5678", True),
        ("202 555 0198", "+1 202 555 0199", False),
        ("pay at bank.example/pay/now", "https://www.bank.example", True),
        ("my.bank.example/login", "bank.example", True),
        ("bank.example.evil.example/login", "bank.example", False),
        ("mybank.example", "bank.example", False),
        ("social.example", "social.example/bank", True),
        ("social.example/swindler", "social.example/bank", False),
    ],
)
def test_what_is_true_is_known_in_whatever_form_it_is_quoted(text: str, known: str, is_same: bool) -> None:
    (one,), (other,) = ([each for each in marks(words) if each[0] != "text"] for words in (text, known))
    assert same(one, other) is is_same
