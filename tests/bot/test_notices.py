"""What a borrower reads when a lender was told something: the score in words that are true of it."""

from typing import Any

import pytest

from bot import i18n
from bot.dialogs.reply import Say
from bot.views import notices


def told(language: str, before: tuple[int, str], after: tuple[int, str]) -> str:
    then, now = ({"score": score, "band": band} for score, band in (before, after))
    event = {"own": True, "kind": "instalment_late", "on": "2026-12-31", "days": 12}
    content: dict[str, Any] = {"then": then, "now": now, "event": event, "moves": []}
    notice = notices.to_borrower(content, "7K2MXPQ4", 1, "First Bank")
    assert isinstance(notice, Say)
    assert isinstance(notice.text, i18n.T)
    return i18n.locale(language).plain(notice.text)


@pytest.mark.parametrize("language", ["en", "zh_CN", "es"])
def test_a_score_that_did_not_move_is_not_shown_as_a_move(language: str) -> None:
    words = told(language, (596, "D"), (596, "D"))
    assert "→" not in words
    assert words.count("596") == 1


@pytest.mark.parametrize("after", [(590, "D"), (596, "C")])
def test_what_moved_is_shown_from_and_to(after: tuple[int, str]) -> None:
    assert "596 (D) →" in told("en", (596, "D"), after)
