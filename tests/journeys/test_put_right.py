"""What was told wrongly and put right is right from then on, in the score as in what is stored."""

from storage import facts, scores
from tests.chat import Candor, Somebody, text_of
from tests.journeys.staffed import known, lender, serves
from tests.journeys.watched import happens, watched
from tests.storage.sample import lend


async def newest(candor: Candor, somebody: Somebody) -> tuple[int, object]:
    """The newest score on record, and the public records it rests on."""
    async with candor.context.database.read() as read:
        (stored,) = await scores.recent(read, await known(somebody), most=1)
    return int(stored.content["result"]["score"]), stored.content["answers"].get("public_records")


async def test_what_a_lender_takes_back_is_out_of_the_score_at_once(candor: Candor) -> None:
    house, _, borrower = await watched(candor)
    before = await newest(candor, borrower)
    await happens(candor, house, "public_record", what="judgment")
    assert await newest(candor, borrower) < before
    await happens(candor, house, "public_record", what="judgment", version=2, void=True)
    assert await newest(candor, borrower) == before


async def test_of_two_counts_the_higher_holds_however_often_it_is_scored(candor: Candor) -> None:
    house, _, borrower = await watched(candor)
    async with candor.context.database.write() as write:
        own = {"public_records": 3}
        await facts.put(write, await known(borrower), own, "self", candor.context.clock())
    for ref in ("e-1", "e-2"):
        await happens(candor, house, "public_record", ref=ref, what="judgment")
        assert (await newest(candor, borrower))[1] == 3


async def test_a_decision_outlives_the_next_score_and_ends_with_the_next_news(candor: Candor) -> None:
    house, _, borrower = await watched(candor)
    before = await newest(candor, borrower)
    await happens(candor, house, "public_record", what="judgment")
    await borrower.says("/dispute")
    await borrower.presses("=public_records.lender")
    await borrower.says("That was somebody else.")
    await borrower.presses("=yes")
    sam = await serves(candor.person(), "support")
    await sam.says("/disputes 1")
    await sam.presses("=remove")
    await candor.quiet()
    assert await newest(candor, borrower) == before, "it is scored anew without being asked"
    await happens(candor, house, "enquiry", ref="e-2", what="application")
    assert (await newest(candor, borrower))[1] == before[1], "news of something else"
    await happens(candor, house, "public_record", ref="e-3", what="judgment")
    assert (await newest(candor, borrower))[1] == 2


async def test_officers_hear_that_the_ground_of_their_alert_is_gone(candor: Candor) -> None:
    house, ana, borrower = await watched(candor)
    other = await lender(candor, "Second Savings")
    ben = await serves(candor.person(), "officer", other)
    async with candor.context.database.write() as write:
        await lend(write, await known(borrower), other.id, "S-9")
    await happens(candor, house, "public_record", what="judgment")
    await happens(candor, house, "enquiry", ref="e-2", what="application")
    await happens(candor, house, "enquiry", ref="e-2", what="application", version=2, void=True)
    assert not ana.heard("case.voided"), "no alert was about that"
    await happens(candor, house, "public_record", what="judgment", version=2, void=True)
    for officer in (ana, ben):
        assert officer.sees("case.voided")
        await officer.presses(".look")
        assert officer.sees("case.entry.voided")
    assert not any("First Bank" in text_of(message) for message in ben.chat)
