"""Caseloads are what their filters say, on both databases, and of the lenders that were asked about."""

import datetime as dt

from storage import alerts, caseload, cases, lenders, notices, outbox, worth
from storage.database import Database
from storage.outbox import Call
from storage.people import Person
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import enrol, lend, meet, watched

HOUR = dt.timedelta(hours=1)
ME = "OFFICER234"


async def furnish(database: Database, vault: Vault) -> tuple[int, int, Person]:
    """Two lenders that both lend to one borrower, with an open case each, one of them taken up."""
    person = await enrol(database, vault)
    async with database.write() as write:
        one = await lenders.add(write, "One", "us", NOW)
        two = await lenders.add(write, "Two", "us", NOW)
        assert one is not None
        assert two is not None
        for house, severity in ((one, 3), (two, 1)):
            loan = await lend(write, person, house.id, f"L-{house.id}")
            case = await cases.open_one(write, person, house.id, severity, NOW)
            receipt = watched(house.id).receipt
            for number, held in ((f"AAAAAAA{house.id}", ""), (f"BBBBBBB{house.id}", "cooldown")):
                draft = alerts.Draft(house.id, case.id, loan, number, "late", severity, number, held, receipt)
                content = {"grounds": [{"rule": "late", "measures": {"points": 44}}]}
                await alerts.raise_one(write, person, draft, content, NOW)
        await cases.take(write, 1, ME, NOW)
    return one.id, two.id, person


async def test_each_filter_counts_and_lists_the_same(database: Database, vault: Vault) -> None:
    one, two, _ = await furnish(database, vault)
    async with database.write() as write:
        await cases.change(write, 2, snoozed_until=NOW + HOUR)
    async with database.read() as read:
        counts = await caseload.counts(read, [one, two], ME, NOW)
        assert counts == {"open": 2, "mine": 1, "unacknowledged": 1, "snoozed": 1, "high": 1, "closed": 0}
        for name, count in counts.items():
            assert len(await caseload.page(read, [one, two], name, ME, NOW, 0, 9)) == count
        assert [case.severity for case in await caseload.page(read, [one, two], "open", ME, NOW, 0, 9)] == [
            3,
            1,
        ]
        assert [case.id for case in await caseload.page(read, [one, two], "open", ME, NOW, 1, 1)] == [2]
        assert (await caseload.counts(read, [two], ME, NOW))["mine"] == 0
        assert await caseload.counts(read, [], ME, NOW) == dict.fromkeys(caseload.FILTERS, 0)
        assert [case.id for case in await caseload.waking(read, NOW + 2 * HOUR)] == [2]
        assert await caseload.waking(read, NOW) == []
        assert await caseload.coming_back(read, two, NOW + 2 * HOUR) == 1
        assert await caseload.by_severity(read, one) == {3: 1}
        assert await caseload.held(read, one, NOW - HOUR) == 1
        assert await caseload.held(read, one, NOW) == 0
        assert len(await caseload.since(read, [one, two], NOW)) == 2
        assert await caseload.since(read, [one], NOW + HOUR) == []
    async with database.write() as write:
        assert await cases.close(write, 1, "cured", NOW)
        assert not await cases.close(write, 1, "defaulted", NOW)
    async with database.read() as read:
        counts = await caseload.counts(read, [one, two], ME, NOW)
        assert (counts["open"], counts["high"], counts["closed"]) == (1, 0, 1)


async def test_the_ledger_reads_what_was_told_and_nothing_that_was_held(
    database: Database, vault: Vault
) -> None:
    one, _, person = await furnish(database, vault)
    async with database.read() as read:
        (sent,) = await worth.sent(read, vault, one)
        assert (sent.person_id, sent.rule, sent.outcome) == (person.id, "late", None)
        assert sent.grounds[0]["measures"] == {"points": 44}
        assert [(who, end) for who, _, end in await worth.watched(read, one)] == [(person.id, None)]


async def test_only_what_is_not_sent_is_taken_back(database: Database, vault: Vault) -> None:
    one, two, person = await furnish(database, vault)
    officer = await meet(database, vault, 77)
    async with database.write() as write:
        for lender, state in ((one, "waiting"), (two, "waiting"), (one, "sent")):
            of = outbox.Of(lender, person.id)
            call = Call("sendMessage", {"text": "x"})
            (parcel,) = await outbox.put(write, officer.sealer, 77, [call], NOW, of=of)
            if state == "sent":
                await outbox.sent(write, {parcel.id: 1}, NOW)
        await notices.recall(write, one, borrower=officer.id)
        assert await outbox.count(write, "waiting") == 2, "the officer is no borrower"
        await notices.recall(write, one, borrower=person.id)
        assert (await outbox.count(write, "waiting"), await outbox.count(write, "sent")) == (1, 1)
        await notices.recall(write, two, officer=officer.id)
        assert (await outbox.count(write, "waiting"), await outbox.count(write, "sent")) == (0, 1)
