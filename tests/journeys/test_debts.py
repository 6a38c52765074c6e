"""Loans elsewhere, told by hand: one after the other, shown back, and counted."""

import json

import pytest

from tests.chat import Candor, Somebody, text_of

PLACES = [("en", "us"), ("es", "mx"), ("zh-hans", "cn")]


async def tells(somebody: Somebody, kind: str, lender: str, *answers: str) -> None:
    assert somebody.heard("debts.ask.kind")
    await somebody.presses(f"={kind}")
    assert somebody.heard("debts.ask.lender")
    await somebody.says(lender)
    for answer in answers:
        await somebody.says(answer)
    assert somebody.heard("debts.ask.more")


@pytest.mark.parametrize(("language", "country"), PLACES)
async def test_loans_are_told_one_by_one_and_shown_back(candor: Candor, language: str, country: str) -> None:
    lee = await candor.person(language).enrols(country)
    await lee.says("/cancel")
    await lee.says("/debts")
    await tells(lee, "card", "Blue Bank", "1200", "4800", "36", "0")
    await lee.presses("=yes")
    await tells(lee, "family", "Ana", "300", "6", "45")
    await lee.presses("=no")
    assert lee.heard("debts.summary")
    assert "Blue Bank" in text_of(lee.last)
    assert "45" in text_of(lee.last)
    await lee.presses("=yes")
    assert lee.heard("debts.kept")
    held = {fact["name"]: fact["value"] for fact in (await lee.stored())["facts"]}
    assert held["open_accounts"] == 2
    assert held["total_owed"] == "1500"
    assert held["worst_overdue_days"] == 45
    assert held["overdue_count_24m"] == 1
    assert held["credit_history_months"] == 36
    assert held["card_utilisation"] == 25
    assert json.loads(held["other_loan_1"])["lender"] == "Blue Bank"
    await lee.says("/debts")
    assert lee.heard("debts.summary")
    assert not candor.refused_calls


async def test_told_anew_they_take_the_place_of_the_old_ones(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("/cancel")
    await maria.says("/debts")
    await tells(maria, "loan", "A", "100", "6", "0")
    await maria.presses("=yes")
    await tells(maria, "loan", "B", "200", "6", "0")
    await maria.presses("=no")
    await maria.presses("=yes")
    await maria.says("/debts")
    await maria.presses("m|debts|again")
    await tells(maria, "loan", "C", "50", "6", "0")
    await maria.presses("=no")
    await maria.presses("=yes")
    held = {fact["name"]: fact["value"] for fact in (await maria.stored())["facts"]}
    assert json.loads(held["other_loan_1"])["lender"] == "C"
    assert "other_loan_2" not in held
    assert (held["open_accounts"], held["total_owed"]) == (1, "50")


async def test_what_is_not_confirmed_leaves_nothing(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("/cancel")
    await maria.says("/debts")
    await tells(maria, "loan", "A", "100", "6", "0")
    await maria.presses("=no")
    await maria.presses("=no")
    assert maria.heard("debts.left")
    assert {fact["name"] for fact in (await maria.stored())["facts"]} == {"age"}
