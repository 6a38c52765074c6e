"""A lender's balances come to tenths of a percent: they are shown, contested and compared like any other answer."""

from decimal import Decimal

from storage import scores
from tests.chat import Candor, text_of
from tests.journeys.staffed import known
from tests.journeys.watched import happens, watched


async def test_a_share_in_tenths_is_shown_and_can_be_contested(candor: Candor) -> None:
    house, _, borrower = await watched(candor)
    await happens(candor, house, "balance", balance=Decimal(345), limit=Decimal(1000))
    await borrower.says("/score")
    assert "34.5%" in text_of(borrower.last)
    await borrower.says("/dispute")
    assert borrower.sees("dispute.which")
    assert not borrower.heard("sorry.text")


async def test_a_move_after_a_share_in_tenths_keeps_its_cause(candor: Candor) -> None:
    house, _, borrower = await watched(candor)
    await happens(candor, house, "balance", balance=Decimal(345), limit=Decimal(1000))
    await happens(candor, house, "balance", ref="e-2", balance=Decimal(995), limit=Decimal(1000))
    async with candor.context.database.read() as read:
        stored = await scores.recent(read, await known(borrower), most=2)
    assert [one.content["answers"]["card_utilisation"] for one in stored] == ["34.5", "99.5"]
    await borrower.says("/moved")
    assert borrower.sees("moved.because.data")
    assert not borrower.sees("moved.because.mixed")
