"""Alerts as officers get them: one clear message to those concerned, and to nobody else."""

from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import known
from tests.journeys.watched import happens, watched


def alerts_in(somebody: Somebody) -> list[dict[str, object]]:
    """The messages in a chat that carry an alert."""
    return [m for m in somebody.chat if any("|case|" in b["callback_data"] for b in buttons(m))]


async def test_a_late_instalment_is_one_message_to_the_officer(candor: Candor) -> None:
    house, officer, borrower = await watched(candor)
    await happens(candor, house, "instalment_late", days=12)
    (alert,) = alerts_in(officer)
    words, handle = text_of(alert), (await known(borrower)).handle
    assert handle in words
    assert "L-1" in words
    assert "Maria" not in words
    assert alert.get("photo")
    assert alert.get("has_protected_content")
    assert officer.sees("alert.late")
    assert borrower.sees("alert.borrower")
    assert candor.refused_calls == []
