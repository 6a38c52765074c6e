"""Messages made to cost time, or to be known by the wrong marks."""

import time

import pytest

from engine.scam import check
from engine.scam.marks import marks

LONGEST = 4096

HOSTILE = (
    "1", "1-", "1 ", "-", "a", "a-", "a.", "a.a-", "--a", "a@", "①", "٣", "ﷺ", "é", "a\u200b", "never ", "send me ",
    "c4n ", "1119a", "验证码", "贷 款 ", "l.o.a.n ", "código ", "http://", "CV1", "\"", "✍",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_message_takes_long(piece: str) -> None:
    check("warm")
    text = (piece * LONGEST)[:LONGEST]
    start = time.process_time()
    check(text)
    list(marks(text))
    assert time.process_time() - start < 0.3


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
