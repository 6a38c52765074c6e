"""A lender enters a loan, its borrower is asked and decides, and a watch lasts while loan, consent and lender do."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.services import closing, lending, settling
from engine.watch import Fault
from storage import cases, consents, loans, people, watches
from storage.lenders import Lender
from storage.loans import Draft, Taken
from storage.outbox import Parcel
from storage.people import Profile
from storage.tables import loans as loans_table
from storage.tables import outbox
from storage.tables import watches as watches_table
from tests.chat import Candor, Somebody, buttons, says, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, files, known, lender, scored, serves
from tests.journeys.watched import bank, happens, watched
from tests.storage.sample import watched as agreed

CURRENCIES = {"us": "USD", "cn": "CNY", "mx": "MXN"}


def draft(house: Lender, reference: str = "L-1", **changes: object) -> Draft:
    today = dt.datetime.now(dt.UTC).date()
    values = {
        "currency": CURRENCIES[house.country],
        "opened_on": today,
        "ends_on": today + dt.timedelta(days=360),
        "terms": {"amount": "8000", "instalments": 12, "instalment": "700.50"},
        "measures": ("reschedule",),
    }
    return Draft(reference, **values | changes)  # type: ignore[arg-type]  # what a test changes


async def enters(candor: Candor, house: Lender, handle: str, made: Draft) -> list[Parcel]:
    """Let a program of a lender enter a loan."""
    async with candor.context.database.write() as write:
        parcels = await lending.register(candor.context, write, house, handle, made, "key:test")
    candor.context.bell.set()
    await candor.quiet()
    return parcels


async def registered(candor: Candor, number: int, *, monitoring: bool = True) -> Somebody:
    """Somebody else who is registered, by another identity number."""
    somebody, context = candor.person(), candor.context
    await somebody.says("/start")
    await somebody.presses("=en")
    await somebody.presses("=us")
    await somebody.decides({"monitoring": monitoring})
    who = Profile("Bo Example", f"+1202555{number:04}", f"53690{number:04}")
    async with context.database.write() as write:
        await people.register(write, context.vault, await known(somebody), who, context.clock())
    return somebody


async def ons(somebody: Somebody) -> list[int]:
    person = await known(somebody)
    async with somebody.candor.context.database.read() as read:
        return [one.lender_id for one in await watches.live(read, person)]


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_borrower_is_asked_and_a_watch_follows_their_word(tmp_path: Path, language: str) -> None:
    async with Candor(tmp_path) as candor:
        house = await lender(candor, country=COUNTRIES[language])
        officer = await serves(candor.person(), "officer", house)
        ana = await scored(candor, language, COUNTRIES[language])
        handle = (await known(ana)).handle
        await enters(candor, house, handle, draft(house))
        assert says(text_of(ana.last), "watch.asked_you", language)
        assert await ons(ana) == []
        before = len(officer.chat)
        await ana.presses(f"{house.id}.yes")
        assert ana.heard("consent.watch.v1")
        await ana.presses("=yes")
        assert ana.sees("consent.watch.v1"), "the text stays in the chat"
        assert ana.heard("watch.on")
        assert await ons(ana) == [house.id]
        receipt = files(ana)[-1]
        assert "First Bank" in str(receipt)
        await ana.says("/consents")
        assert any(b["callback_data"] == f"m|watch|{house.id}.no" for b in buttons(ana.last))
        await ana.presses(f"watch|{house.id}.no")
        assert ana.sees("watch.off")
        assert await ons(ana) == []
        told = [text_of(m) for m in officer.chat[before:]]
        assert len([one for one in told if says(one, "watch.ended", "en")]) == 1
        await ana.says("/decisions")
        assert ana.heard("consent.past")
        # and agreed to again, while the loan runs
        await ana.says("/consents")
        await ana.presses(f"watch|{house.id}.yes")
        await ana.presses("=yes")
        assert await ons(ana) == [house.id]
        assert candor.refused_calls == []


async def test_whoever_is_not_there_is_answered_for_alike_and_nothing_is_kept(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, _ = await bank(candor)
        newcomer = candor.person()
        await newcomer.says("/start")
        abroad = await scored(candor, "es", "mx")
        for handle in ("2345678923", (await known(newcomer)).handle, (await known(abroad)).handle):
            assert await enters(candor, house, handle, draft(house)) == []
        async with candor.context.database.read() as read:
            assert await loans.owner(read, house.id, "L-1") is None
        assert not newcomer.sees("watch.asked_you")


async def test_a_lender_asks_once_a_day_and_not_whoever_wants_no_monitoring(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, _ = await bank(candor)
        ana = await scored(candor)
        handle = (await known(ana)).handle
        for reference in ("L-1", "L-1", "L-2"):
            await enters(candor, house, handle, draft(house, reference))
        assert sum(says(text_of(m), "watch.asked_you", "en") for m in ana.chat) == 1
        bo = await registered(candor, 1, monitoring=False)
        await enters(candor, house, (await known(bo)).handle, draft(house, "L-3"))
        assert not bo.sees("watch.asked_you")
        await bo.press_raw(bo.last["message_id"], f"m|watch|{house.id}.yes")
        assert bo.heard("watch.monitoring_first")


async def test_a_reference_given_by_a_slip_can_be_given_to_the_right_one(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, _, ana = await watched(candor)
        bo, cy = await registered(candor, 1), await registered(candor, 2)
        handles = [(await known(one)).handle for one in (ana, bo, cy)]
        await enters(candor, house, handles[1], draft(house, "L-9"))
        await enters(candor, house, handles[2], draft(house, "L-9"))
        async with candor.context.database.read() as read:
            found = await loans.owner(read, house.id, "L-9")
        assert found is not None
        assert found[1] == (await known(cy)).id
        with pytest.raises(Taken):
            await enters(candor, house, handles[2], draft(house, "L-1"))


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_an_officer_enters_a_loan_and_closes_it(tmp_path: Path, language: str) -> None:
    async with Candor(tmp_path) as candor:
        country = COUNTRIES[language]
        house = await lender(candor, country=country)
        officer = await serves(candor.person(language=LANGUAGES[language]), "officer", house)
        ana = await scored(candor, language, country)
        handle, me = (await known(ana)).handle, (await known(officer)).handle
        today = candor.context.clock().date()
        await officer.says("/loan")
        await officer.says("somebody")
        assert officer.heard("loan.wrong.handle")
        await officer.says(handle.lower())
        await officer.says("L 1")
        assert officer.heard("loan.wrong.reference")
        await officer.says("L-1")
        await officer.says("8000")
        await officer.presses("=today")
        await officer.says("yesterday")
        assert officer.heard("loan.wrong.day")
        await officer.says("2001-01-01")
        assert officer.heard("loan.wrong.ends")
        await officer.says((today + dt.timedelta(days=360)).isoformat())
        await officer.says("12")
        await officer.presses("|>")
        await officer.says("9")
        assert officer.heard("loan.wrong.measures")
        await officer.says("1 3")
        await officer.presses(f"={me}")
        assert officer.heard("loan.summary")
        await officer.presses("=yes")
        assert officer.heard("loan.entered")
        async with candor.context.database.read() as read:
            (held,) = await loans.of_person(read, await known(ana))
        assert (held.reference, held.officer, held.measures) == ("L-1", me, ("reschedule", "early"))
        assert held.terms == {"amount": "8000", "instalments": 12}
        await officer.says("/loans")
        assert officer.heard("loans.none")
        await officer.says("/loans L-1")
        assert officer.heard("desk.nothing"), "as if there were no such loan"
        await ana.presses(f"watch|{house.id}.yes")
        await ana.presses("=yes")
        await officer.says("/loans")
        assert officer.heard("loans.text")
        assert handle in text_of(officer.last)
        await officer.says("/loans L-1")
        assert officer.heard("loans.whole")
        await officer.presses(".paid")
        await officer.presses(".paid.sure")
        assert officer.heard("loan.closed_here")
        assert ana.heard("loan.closed")
        assert await ons(ana) == []
        await officer.says("/loans")
        assert officer.heard("loans.none")
        assert candor.refused_calls == []


async def test_nobody_enters_or_sees_loans_of_another_lender(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        stranger = await serves(candor.person(), "officer", await lender(candor, "Second Bank"))
        async with candor.context.database.read() as read:
            (held,) = await loans.of_person(read, await known(ana))
        for argument in (f"{held.id}", f"{held.id}.paid.sure", "L-1", f">{house.id}.", f">{house.id}.L"):
            await stranger.press_raw(stranger.last["message_id"], f"m|loans|{argument}")
            assert not stranger.heard("loans.whole")
            assert not stranger.heard("loans.text")
        assert await stranger.press_raw(stranger.last["message_id"], f"m|loan|{house.id}")
        assert await ana.press_raw(ana.last["message_id"], f"m|loans|{held.id}.paid.sure")
        async with candor.context.database.read() as read:
            assert await loans.owner(read, house.id, "L-1") is not None
        await officer.says("/loans L-1")
        assert officer.heard("loans.whole")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reference": "no blanks"}, ("reference", "letters")),
        ({"currency": "CNY"}, ("currency", "choice")),
        ({"opened_on": dt.date(2099, 1, 1), "ends_on": dt.date(2099, 2, 1)}, ("opened_on", "future")),
        ({"ends_on": dt.date(1999, 1, 1)}, ("ends_on", "past")),
        ({"terms": {}}, ("amount", "missing")),
        ({"terms": {"amount": "1e3"}}, ("amount", "decimals")),
        ({"terms": {"amount": "much"}}, ("amount", "letters")),
        ({"terms": {"amount": "0"}}, ("amount", "low")),
        ({"terms": {"amount": "8000.555"}}, ("amount", "decimals")),
        ({"terms": {"amount": "8000", "instalments": 0}}, ("instalments", "low")),
        ({"terms": {"amount": "8000", "colour": "blue"}}, ("colour", "unasked")),
        ({"measures": ("seize",)}, ("measures", "choice")),
        ({"officer": "2345678923"}, ("officer", "choice")),
    ],
)
async def test_a_loan_that_cannot_be_is_refused_by_its_field(
    tmp_path: Path, changes: dict[str, object], fault: tuple[str, str]
) -> None:
    async with Candor(tmp_path) as candor:
        house, _ = await bank(candor)
        values = dict(changes)
        with pytest.raises(lending.Wrong) as wrong:
            await enters(
                candor, house, "2345678923", draft(house, str(values.pop("reference", "L-1")), **values)
            )
        assert isinstance(wrong.value.fault, Fault)
        assert (wrong.value.fault.field, wrong.value.fault.key) == fault


async def test_without_monitoring_every_watch_ends_and_each_is_named(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, _, ana = await watched(candor)
        other = await lender(candor, "Second Bank")
        await enters(candor, other, (await known(ana)).handle, draft(other))
        await ana.presses(f"{other.id}.yes")
        await ana.presses("=yes")
        assert sorted(await ons(ana)) == [house.id, other.id]
        await ana.says("/consents")
        await ana.presses("monitoring.no")
        assert ana.sees("watch.all_end")
        assert await ons(ana) == []
        last = files(ana)[-1]
        assert {"First Bank", "Second Bank"} <= {
            str(one.get("thirdPartyName")) for one in last["services"][0]["purposes"]
        }


async def test_what_was_on_its_way_is_taken_back_and_the_case_closed(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        async with candor.context.database.write() as write:
            person = await known(officer)
            hour = candor.clock().hour
            await people.change(write, person.id, quiet_from=hour, quiet_to=(hour + 2) % 24)
        await happens(candor, house, "instalment_late", days=5)
        assert not any(says(text_of(m), "alert.officer", "en") for m in officer.chat)
        await ana.says("/consents")
        await ana.presses(f"watch|{house.id}.no")
        async with candor.context.database.read() as read:
            case = await cases.open_of(read, (await known(ana)).id, house.id)
            left = await read.scalar(
                select(func.count()).select_from(outbox).where(outbox.c.state == "waiting")
            )
        assert case is None
        assert left == 1, "only that the watch has ended is still to be told"


async def test_a_lender_that_closes_ends_everything_in_sight(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        async with candor.context.database.write() as write:
            assert await closing.close(write, candor.context, house) == (1, 1)
        candor.context.bell.set()
        await candor.quiet()
        assert ana.sees("lender.closed")
        assert await ons(ana) == []
        assert files(ana)[-1]["services"][0]["purposes"][0]["thirdPartyName"] == "First Bank"
        await ana.says("/consents")
        assert not any("watch|" in b["callback_data"] for b in buttons(ana.last))
        await officer.says("/desk")
        assert not officer.heard("desk.text")


async def test_a_consent_that_has_run_out_ends_the_watch_and_both_hear_it(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        context, person = candor.context, await known(ana)
        now = context.clock()
        for_a_while = agreed(house.id, receipt="r-2", at=now, expires_at=now + dt.timedelta(minutes=5))
        async with context.database.write() as write:
            await consents.record(write, person, [for_a_while])
            assert await settling.settle(write, context, person) == []
        assert await ons(ana) == [house.id]
        later = replace(context, clock=lambda: now + dt.timedelta(minutes=6))
        async with context.database.write() as write:
            await settling.lapse(write, later, person)
        context.bell.set()
        await candor.quiet()
        assert await ons(ana) == []
        assert ana.heard("watch.lapsed")
        assert says(text_of(officer.last), "watch.ended", "en")


async def test_whoever_is_erased_is_watched_no_more_and_nothing_of_them_is_sent(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        handle = (await known(ana)).handle
        hour = candor.clock().hour
        async with candor.context.database.write() as write:
            await people.change(write, (await known(officer)).id, quiet_from=hour, quiet_to=(hour + 2) % 24)
        await happens(candor, house, "instalment_late", days=45)
        await ana.says("/delete")
        await ana.says("482915")
        assert ana.heard("delete.done")
        async with candor.context.database.read() as read:
            for table in (watches_table, loans_table, outbox):
                column = outbox.c.state if table is outbox else None
                count = select(func.count()).select_from(table)
                count = count if column is None else count.where(column == "waiting")
                assert await read.scalar(count) == (1 if table is outbox else 0), table.name
        assert not any(says(text_of(m), "alert.officer", "en") for m in officer.chat)
        async with candor.context.database.write() as write:
            await people.change(write, (await known(officer)).id, quiet_from=None, quiet_to=None)
            await write.execute(update(outbox).values(not_before=None))
        candor.context.bell.set()
        await candor.quiet()
        assert says(text_of(officer.last), "watch.ended", "en")
        assert handle in text_of(officer.last)
