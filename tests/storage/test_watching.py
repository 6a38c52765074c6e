import datetime as dt

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import alerts, cases, consents, events, lenders, loans, notices, watches
from storage.alerts import Draft
from storage.database import Database
from storage.people import Person
from storage.scores import NoLiveReceipt
from storage.vault import Vault
from storage.watches import CONSENT, LENDER, LOAN
from tests.conftest import NOW
from tests.storage.sample import enrol, lend, watched

DAY = dt.timedelta(days=1)


async def bank(connection: AsyncConnection, name: str = "First Example Bank", country: str = "us") -> int:
    made = await lenders.add(connection, name, country, NOW)
    assert made is not None
    return made.id


async def live(connection: AsyncConnection, person: Person) -> list[int]:
    return [watch.lender_id for watch in await watches.live(connection, person)]


async def test_a_watch_needs_a_loan_and_a_consent_and_ends_with_either(
    database: Database, vault: Vault
) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        lender = await bank(write)
        await consents.record(write, person, [watched(lender)])
        assert await watches.settle(write, person, 1, NOW) == watches.Changed()
        loan = await lend(write, person, lender, "L-1")
        assert await live(write, person) == [lender]
        assert await watches.settle(write, person, 1, NOW) == watches.Changed()
        await loans.close(write, loan, NOW)
        assert (await watches.settle(write, person, 1, NOW)).ended == ((lender, LOAN),)
        await lend(write, person, lender, "L-2")
        assert await live(write, person) == [lender]
        await consents.record(write, person, [watched(lender, given=False)])
        assert (await watches.settle(write, person, 1, NOW)).ended == ((lender, CONSENT),)
        assert await live(write, person) == []


async def test_a_watch_ends_with_the_lender_and_with_the_days_of_a_consent(
    database: Database, vault: Vault
) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        first, second = await bank(write), await bank(write, "Second")
        for lender in (first, second):
            await lend(write, person, lender, "L-1")
        await consents.record(write, person, [watched(second, expires_at=NOW + DAY)])
        await watches.settle(write, person, 1, NOW)
        assert sorted(await live(write, person)) == [first, second]
        await lenders.close(write, first, NOW)
        assert (await watches.settle(write, person, 1, NOW)).ended == ((first, LENDER),)
        assert (await watches.settle(write, person, 1, NOW + 2 * DAY)).ended == ((second, CONSENT),)


async def test_the_database_takes_no_event_alert_or_watch_without_a_live_consent(
    database: Database, vault: Vault
) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        lender, other = await bank(write), await bank(write, "Other")
        loan = await lend(write, person, lender, "L-1")
    receipt = watched(lender).receipt
    content = {"ref": "e", "kind": "enquiry", "on": "2026-02-01"}
    for source in (
        events.From("lender", receipt, other, loan),
        events.From("lender", "no-such-receipt", lender, loan),
        events.From("self", receipt),
    ):
        with pytest.raises(NoLiveReceipt):
            async with database.write() as write:
                await events.add(write, person, source, content, NOW)
    async with database.write() as write:
        case = await cases.open_one(write, person, other, 1, NOW)
    draft = Draft(other, case.id, None, "N1", "late", 1, "event:1", "", receipt)
    with pytest.raises(NoLiveReceipt):
        async with database.write() as write:
            await alerts.raise_one(write, person, draft, {}, NOW)
    async with database.write() as write:
        await consents.record(write, person, [watched(lender, given=False)])
    with pytest.raises(NoLiveReceipt):
        async with database.write() as write:
            await events.add(write, person, events.From("lender", receipt, lender, loan), content, NOW)


async def test_an_event_is_one_however_often_it_is_told(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        lender = await bank(write)
        loan = await lend(write, person, lender, "L-1")
        source = events.From(f"lender:{lender}", watched(lender).receipt, lender, loan)
        content = {"ref": "e", "kind": "instalment_late", "on": "2026-02-01", "days": 9}
        first = await events.add(write, person, source, content, NOW)
        assert first is not None
        assert await events.add(write, person, source, content, NOW + DAY) is None
        with pytest.raises(events.Differs):
            await events.add(write, person, source, {**content, "days": 12}, NOW)
        await events.add(write, person, source, {**content, "days": 12, "version": 2}, NOW)
        told = await events.every(write, person)
        assert [one.content["days"] for one in told] == [9, 12]
        assert await events.newest(write, person) == told[-1].id


async def test_an_alert_is_one_for_each_cause_and_severity(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        lender = await bank(write)
        loan = await lend(write, person, lender, "L-1")
        case = await cases.open_one(write, person, lender, 1, NOW)
        assert (await cases.open_one(write, person, lender, 3, NOW)).id == case.id
        assert (await cases.find(write, case.id) or case).severity == 3
        found = []
        for number, severity in (("N1", 1), ("N2", 1), ("N3", 2)):
            draft = Draft(
                lender, case.id, loan, number, "late", severity, "event:1", "", watched(lender).receipt
            )
            found.append(await alerts.raise_one(write, person, draft, {"to": 600}, NOW))
        assert found[1] is None
        raised = await alerts.about(write, person, lender)
        assert [one.number for one in raised] == ["N1", "N3"]
        assert raised[0].content == {"to": 600}
        assert await notices.note(write, raised[0].id, person, 7, notices.ALERT, NOW)
        assert not await notices.note(write, raised[0].id, person, 8, notices.ESCALATED, NOW)
        assert await notices.told(write, raised[0].id) == {person.id}


async def test_a_case_closes_once_and_another_may_follow(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    async with database.write() as write:
        lender = await bank(write)
        case = await cases.open_one(write, person, lender, 2, NOW)
        await cases.enter(write, person, case.id, "OFFICER234", "note", NOW, words="rang twice")
        assert [entry.words for entry in await cases.thread(write, person, case.id)] == ["rang twice"]
        assert [one.id for one in await cases.unanswered(write, NOW + DAY)] == [case.id]
        assert await cases.close(write, case.id, "cured", NOW)
        assert not await cases.close(write, case.id, "defaulted", NOW)
        assert (await cases.open_one(write, person, lender, 1, NOW)).id != case.id


async def test_a_reference_is_of_one_borrower_and_one_lender(database: Database, vault: Vault) -> None:
    person = await enrol(database, vault)
    other = await enrol(database, vault, 1002, "123456789")
    async with database.write() as write:
        lender, elsewhere = await bank(write), await bank(write, "Other")
        loan = await lend(write, person, lender, "L-1")
        assert await lend(write, person, lender, "L-1") == loan
        assert await lend(write, other, elsewhere, "L-1") != loan
        with pytest.raises(loans.Taken):
            await lend(write, other, lender, "L-1")
        assert await loans.owner(write, lender, "L-1") == (loan, person.id)
        await loans.close(write, loan, NOW)
        assert await loans.owner(write, lender, "L-1") is None
        with pytest.raises(loans.Taken):
            await lend(write, person, lender, "L-1")
