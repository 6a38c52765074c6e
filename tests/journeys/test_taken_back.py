"""What waits for an officer's morning about a borrower goes with the consent, the role, and the borrower."""

import pytest

from storage import outbox, people, rights
from tests.chat import Candor
from tests.journeys.staffed import known, serves
from tests.journeys.watched import happens, watched


@pytest.mark.parametrize("how", ["consent", "erasure", "role"])
async def test_words_of_a_borrower_go_to_nobody_once_they_may_not(candor: Candor, how: str) -> None:
    house, ana, borrower = await watched(candor)
    await happens(candor, house, "instalment_late", days=12)
    officer, person = await known(ana), await known(borrower)
    hour = candor.context.clock().astimezone(candor.context.scene(officer).locale.zone).hour
    async with candor.context.database.write() as write:
        await people.change(write, officer.id, quiet_from=hour, quiet_to=(hour + 2) % 24)
    await borrower.presses("tell|1.said")
    await borrower.says("My mother is ill, and I had to go to her.")
    async with candor.context.database.read() as read:
        waiting = [one.chat_id for one in await outbox.waiting(read, candor.context.vault)]
    assert ana.id in waiting
    if how == "consent":
        await borrower.says("/consents")
        await borrower.presses(f"watch|{house.id}.no")
    if how == "erasure":
        async with candor.context.database.write() as write:
            await rights.forget(write, person, candor.context.clock(), candor.context.clock())
    if how == "role":
        adam = await serves(candor.person(), "admin", house)
        await adam.says("/staff")
        await adam.presses(officer.handle)
    async with candor.context.database.read() as read:
        left = [one for one in await outbox.waiting(read, candor.context.vault) if one.chat_id == ana.id]
    words = [str(one.call.payload.get("text")) for one in left]
    assert not any("My mother" in one for one in words)
    assert not any("has something to say" in one for one in words)
