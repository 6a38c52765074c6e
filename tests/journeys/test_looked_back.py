"""Looking back: causes in the history, who was told, a query by a loan's number, all of it in a file, and its end."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from bot.services import retention
from storage import alerts, events, facts, loans
from tests.chat import Candor, says, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, scored
from tests.journeys.watched import bank, borrows, happens, watched


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_history_names_the_cause_of_each_score_and_access_who_was_told(
    tmp_path: Path, language: str
) -> None:
    async with Candor(tmp_path) as candor:
        country = COUNTRIES[language]
        house, _ = await bank(candor, country)
        ana = await scored(candor, language, country)
        await borrows(ana, house)
        await happens(candor, house, "instalment_late", days=45)
        await ana.says("/history")
        words = text_of(ana.last)
        assert says(words, "history.causes", language)
        assert says(words, "history.cause.self", language)
        assert says(words, "event.instalment_late", language)
        await ana.says("/access")
        assert says(text_of(ana.last), "access.what.alert", language)
        assert says(text_of(ana.last), "look.reason.watch", language)
        await ana.says("/status")
        assert ana.heard("status.done"), "a score that nobody asked for is no query of theirs"
        assert candor.refused_calls == []


async def test_everything_told_is_in_the_export_in_words(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        await happens(candor, house, "instalment_late", days=45)
        held = await ana.stored()
        for table in ("loans", "watches", "events", "alerts", "cases", "entries"):
            assert held[table], table
        assert {
            row["lender"] for table in ("loans", "watches", "alerts", "cases") for row in held[table]
        } == {"First Bank"}
        assert (await officer.stored())["notices"]


async def test_an_officer_asks_by_the_loans_own_number(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer, ana = await watched(candor)
        await officer.says("/query L-9 review")
        assert officer.heard("look.no_loan")
        await officer.says("/query L-1")
        assert officer.heard("look.why")
        await officer.presses(".review")
        assert officer.heard("look.nothing"), "to be watched is not to be looked at"
        await ana.says("/share")
        await ana.presses(f"|share|{house.id}.yes")
        await ana.presses("=yes")
        await officer.says("/query L-1 review")
        assert officer.heard("look.card")
        assert not officer.heard("look.with_causes")
        await happens(candor, house, "instalment_late", days=45)
        await officer.says("/query L-1 review")
        assert officer.heard("look.with_causes")
        assert officer.heard("alert.late")
        await ana.says("/consents")
        await ana.presses(f"watch|{house.id}.no")
        await officer.says("/query L-1 review")
        assert officer.heard("look.no_loan")


@pytest.mark.parametrize(("country", "months"), [("us", 84), ("cn", 60), ("mx", 72)])
async def test_what_was_told_goes_by_its_own_day(tmp_path: Path, country: str, months: int) -> None:
    language = {"us": "en", "cn": "zh_CN", "mx": "es"}[country]
    async with Candor(tmp_path) as candor:
        house, _ = await bank(candor, country)
        ana = await scored(candor, language, country)
        await borrows(ana, house)
        now = candor.context.clock()
        old = (now - dt.timedelta(days=31 * months)).date()
        await happens(candor, house, "instalment_late", ref="old", days=10, on=old)
        await happens(candor, house, "instalment_late", ref="new", days=45)
        await retention.sweep(candor.context)
        person = await known(ana)
        async with candor.context.database.read() as read:
            left = await events.every(read, person)
            made = [one for one in await facts.every(read, person) if one.source == "lender"]
        assert [one.content["ref"] for one in left] == ["new"]
        assert made == [], "what was made of the old one is made anew of what is left"
        await happens(candor, house, "balance", ref="b", balance=Decimal(10), limit=Decimal(100))
        async with candor.context.database.read() as read:
            made = [one for one in await facts.every(read, person) if one.name == "overdue_count_24m"]
        assert [one.value for one in made if one.source == "lender"] == [1]


async def test_a_closed_loan_goes_with_all_that_came_of_it(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, _, ana = await watched(candor)
        await happens(candor, house, "instalment_late", days=45)
        person, now = await known(ana), candor.context.clock()
        months = candor.settings.config.retention.loans_months
        long_ago = retention.months_before(now, months) - dt.timedelta(days=1)
        async with candor.context.database.write() as write:
            (held,) = await loans.of_person(write, person)
            await loans.close(write, held.id, long_ago)
        gone = await retention.sweep(candor.context)
        assert gone["loans"] >= 2
        async with candor.context.database.read() as read:
            assert list(await events.every(read, person)) == []
            assert await loans.find(read, candor.context.vault, held.id) is None
            assert await alerts.about(read, person, house.id), "its case is still open"
