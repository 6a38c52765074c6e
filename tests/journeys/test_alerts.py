"""Alerts as officers get them: one clear message to those concerned, and to nobody else."""

import asyncio

from storage import cases, loans
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import known, lender, serves
from tests.journeys.watched import happens, watched
from tests.storage.sample import lend


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


async def test_another_lender_hears_that_it_happened_elsewhere_and_no_more(candor: Candor) -> None:
    house, ana, borrower = await watched(candor)
    other, third = await lender(candor, "Second Savings"), await lender(candor, "Third Trust")
    ben, cleo = (
        await serves(candor.person(), "officer", other),
        await serves(candor.person(), "officer", third),
    )
    async with candor.context.database.write() as write:
        person = await known(borrower)
        await lend(write, person, other.id, "S-9")
    await happens(candor, house, "public_record", what="judgment of a court")
    (own,), (elsewhere,) = alerts_in(ana), alerts_in(ben)
    assert "First Bank" in text_of(own)
    assert "elsewhere" in text_of(elsewhere)
    assert "S-9" in text_of(elsewhere)
    for told in ("First Bank", "L-1", "judgment"):
        assert told not in text_of(elsewhere)
    await ben.presses(".look")
    assert ben.heard("case.whole")
    for told in ("First Bank", "L-1", "judgment"):
        assert not any(told in text_of(m) for m in ben.chat), told
    assert alerts_in(cleo) == []


async def test_the_same_news_again_is_no_second_alert(candor: Candor) -> None:
    house, ana, _ = await watched(candor)
    for _ in range(2):
        await happens(candor, house, "instalment_late", days=12)
    await happens(candor, house, "instalment_late", days=12, version=2, what="corrected")
    assert len(alerts_in(ana)) == 1


async def test_an_early_repayment_is_only_named_where_the_contract_allows_it(candor: Candor) -> None:
    house, ana, borrower = await watched(candor, measures=("early",))
    await happens(candor, house, "instalment_late", days=12)
    assert ana.sees("measure.early")
    assert not ana.sees("measure.security")
    await ana.presses("case|1.offer")
    assert [b["callback_data"].rpartition("=")[2] for b in buttons(ana.last)] == ["talk", "early"]
    async with candor.context.database.write() as write:
        draft = loans.Draft("L-1", "USD", candor.context.clock().date(), candor.context.clock().date(), {})
        await loans.put(write, await known(borrower), house.id, draft, "shell", candor.context.clock())
    await ana.presses("=early")
    assert ana.heard("case.not_allowed") or ana.heard("dialog.unknown_button")
    async with candor.context.database.read() as read:
        thread = await cases.thread(read, await known(borrower), 1)
    assert [one.kind for one in thread] == ["alert"]


async def test_two_who_take_a_case_at_once_take_it_once(candor: Candor) -> None:
    house, ana, borrower = await watched(candor)
    ben = await serves(candor.person(), "officer", house)
    await happens(candor, house, "instalment_late", days=12)
    data = "m|case|1.ack"
    await asyncio.gather(*(one.player.press(one.last["message_id"], data, stale=True) for one in (ana, ben)))
    await candor.quiet()
    async with candor.context.database.read() as read:
        thread = await cases.thread(read, await known(borrower), 1)
        case = await cases.find(read, 1)
    taken = [one.actor for one in thread if one.kind == "acknowledged"]
    assert case is not None
    assert taken == [case.owner]
    assert [ana.sees("case.taken.other"), ben.sees("case.taken.other")].count(True) == 1
