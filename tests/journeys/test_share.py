"""Sharing a score: a lender sees it under a consent that names it, and not a moment longer."""

from typing import Any

import pytest

from bot import i18n
from tests.bot.test_receipts import schema
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, files, known, lender, scored, serves


async def agrees(somebody: Somebody, number: int) -> None:
    await somebody.says("/share")
    await somebody.presses(f"|share|{number}.yes")
    assert somebody.heard("consent.share.v1")
    await somebody.presses("=yes")


def purpose(receipt: dict[str, Any]) -> dict[str, Any]:
    schema().validate(receipt)
    (found,) = receipt["services"][0]["purposes"]
    return dict(found)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_agreed_to_seen_told_and_taken_back(candor: Candor, language: str) -> None:
    country = COUNTRIES[language]
    bank = await lender(candor, "Banco Primero", country)
    maria = await scored(candor, language, country)
    officer = await serves(candor.person(language=LANGUAGES[language], name="Officer"), "officer", bank)
    handle = (await known(maria)).handle
    await officer.says(f"/query {handle}")
    assert officer.heard("look.why")
    await officer.presses(".application")
    assert officer.heard("look.nothing")
    await agrees(maria, bank.id)
    assert maria.heard("share.overview")
    assert handle in text_of(maria.last)
    given = files(maria)[-1]
    assert purpose(given)["decision"] == "given"
    assert purpose(given)["thirdPartyName"] == "Banco Primero"
    await officer.says(f"/query {handle.lower()} review")
    (result,) = [row["result"] for row in (await maria.stored())["scores"]]
    (card,) = [text_of(m) for m in officer.said_to_me]
    assert officer.heard("look.card")
    assert str(result["score"]) in card
    assert officer.said_to_me[0].get("has_protected_content")
    for secret in ("5000", "5,000", "Maria Lopez", "李梅", "0142", "8000", "5678"):
        assert secret not in card
    assert maria.sees("look.told")
    held = await maria.stored()
    (share,), (seen,) = held["shares"], held["accesses"]
    assert (share["receipt"], share["reason"], share["lender"]) == (
        given["consentReceiptID"],
        "review",
        bank.name,
    )
    assert (seen["role"], seen["action"], seen["reason"]) == ("officer", "score", "review")
    await maria.says("/access")
    assert maria.heard("access.overview")
    assert given["consentReceiptID"] in text_of(maria.last)
    assert "Banco Primero" in text_of(maria.last)
    await officer.says(f"/query {handle} review")
    if country == "cn":  # one look was agreed to
        assert officer.heard("look.nothing")
        closing = purpose(files(maria)[-1])
        assert (closing["decision"], closing["endsReceipt"]) == ("withdrawn", given["consentReceiptID"])
        return
    assert officer.heard("look.card")
    await maria.says("/share")
    await maria.presses(f"|share|{bank.id}.no")
    closing = purpose(files(maria)[-1])
    assert (closing["decision"], closing["endsReceipt"]) == ("withdrawn", given["consentReceiptID"])
    await officer.says(f"/query {handle} review")
    assert officer.heard("look.nothing")
    assert len((await maria.stored())["shares"]) == 2


async def test_absent_foreign_and_not_agreed_to_are_one_answer(candor: Candor) -> None:
    ours, theirs = await lender(candor), await lender(candor, "Other Bank")
    foreign = await lender(candor, "Banco", "mx")
    officer = await serves(candor.person(name="Officer"), "officer", ours)
    abroad = await serves(candor.person(name="Officer"), "officer", foreign)
    maria = await scored(candor)
    await agrees(maria, theirs.id)  # another lender's consent opens nothing here
    new = candor.person(name="New")
    await new.says("/start")
    handles = [(await known(who)).handle for who in (maria, new, officer)] + ["2222222222"]
    answers = set()
    for handle in handles:
        for who in (officer, abroad):
            await who.says(f"/query {handle} application")
            (message,) = who.said_to_me
            shape = [b["callback_data"].replace(handle, "") for b in buttons(message)]
            answers.add((text_of(message).replace(handle, ""), tuple(shape)))
    assert len(answers) == 1
    asked = set()
    for handle in handles:
        await officer.says(f"/query {handle} application")
        await officer.presses(f"|request|{handle}")
        (message,) = officer.said_to_me
        asked.add(text_of(message).replace(handle, ""))
    assert len(asked) == 1
    assert (await maria.stored())["accesses"] == []


async def test_a_lender_asks_and_the_person_agrees_from_the_message(candor: Candor) -> None:
    bank = await lender(candor)
    officer = await serves(candor.person(name="Officer"), "officer", bank)
    maria = await scored(candor)
    handle = (await known(maria)).handle
    await officer.says(f"/query {handle} application")
    await officer.presses(f"|request|{handle}")
    assert officer.heard("look.asked")
    assert sum("First Bank" in text_of(m) for m in maria.chat) == 1
    await officer.says(f"/query {handle} application")
    await officer.presses(f"|request|{handle}")
    assert sum("First Bank" in text_of(m) for m in maria.chat) == 1, "once a day"
    await maria.presses(f"|share|{bank.id}.yes")
    assert maria.heard("consent.share.v1")
    await maria.presses("=no")
    assert purpose(files(maria)[-1])["decision"] == "refused"
    await officer.says(f"/query {handle} application")
    assert officer.heard("look.nothing")
    await agrees(maria, bank.id)
    await officer.says(f"/query {handle} application")
    assert officer.heard("look.card")


async def test_a_withdrawn_score_is_not_shown_either(candor: Candor) -> None:
    bank = await lender(candor)
    officer = await serves(candor.person(name="Officer"), "officer", bank)
    maria = await scored(candor)
    handle = (await known(maria)).handle
    await agrees(maria, bank.id)
    await maria.says("/consents")
    await maria.presses("|consent|score.no")
    await officer.says(f"/query {handle} application")
    assert officer.heard("look.nothing")


async def test_agreed_to_before_there_is_a_score(candor: Candor) -> None:
    bank = await lender(candor)
    officer = await serves(candor.person(name="Officer"), "officer", bank)
    maria = await candor.person().enrols("us")
    await agrees(maria, bank.id)
    assert maria.asked == "loan_amount" or maria.heard("share.overview")
    await officer.says(f"/query {(await known(maria)).handle} hardship")
    assert officer.heard("look.no_score")
    held = await maria.stored()
    assert (len(held["accesses"]), held["shares"]) == (1, [])


async def test_nobody_else_may_query(candor: Candor) -> None:
    bank = await lender(candor)
    maria, pedro = await scored(candor), candor.person(name="Pedro")
    await agrees(maria, bank.id)
    handle = (await known(maria)).handle
    await pedro.says("/start")
    for words in (
        f"/query {handle} application",
        f"/look {handle}",
        f"/request {handle}",
        f"/lookup {handle}",
    ):
        await pedro.says(words)
        assert pedro.heard("help.unknown_command"), words
    admin = await serves(candor.person(name="Admin"), "admin", bank)
    support = await serves(candor.person(name="Support"), "support")
    for who in (admin, support):
        await who.says(f"/query {handle} application")
        assert not who.heard("look.card")
    toast = await pedro.press_raw(pedro.last["message_id"], f"m|look|{handle}.application")
    assert toast == i18n.locale("en").plain(i18n.t("dialog.unknown_button"))
    assert (await maria.stored())["accesses"] == []


async def test_lenders_of_elsewhere_and_closed_ones_are_not_there(candor: Candor) -> None:
    foreign = await lender(candor, "Banco", "mx")
    maria = await scored(candor)
    await maria.says("/share")
    assert maria.heard("share.nobody")
    for number in (foreign.id, 999, 10**17):
        toast = await maria.press_raw(maria.last["message_id"], f"m|share|{number}.yes")
        assert toast == i18n.locale("en").plain(i18n.t("dialog.unknown_button"))
        toast = await maria.press_raw(maria.last["message_id"], f"m|share|{number}.no")
        assert toast == i18n.locale("en").plain(i18n.t("dialog.unknown_button"))
    await lender(candor, "First Bank")
    await lender(candor, "Second Bank")
    await maria.says("/share second")
    assert "Second Bank" in text_of(maria.last)
    assert "First Bank" not in text_of(maria.last)


async def test_sharing_waits_for_the_registration(candor: Candor) -> None:
    bank = await lender(candor)
    maria = candor.person()
    await maria.says("/start")
    await maria.presses("=en")
    await maria.presses("=us")
    await maria.says("/share")
    assert maria.heard("share.first")
    await maria.press_raw(maria.last["message_id"], f"m|share|{bank.id}.yes")
    assert maria.heard("share.first")
    await maria.says("/access")
    assert maria.heard("access.none")


async def test_support_sees_a_masked_profile_and_the_person_reads_of_it(candor: Candor) -> None:
    support = await serves(candor.person(name="Support"), "support")
    maria = await candor.person().enrols("us")
    handle = (await known(maria)).handle
    await support.says(f"/lookup {handle}")
    assert support.heard("lookup.why")
    await support.presses(".question")
    assert support.heard("lookup.profile")
    shown = text_of(support.last)
    assert "0142" in shown
    assert "4399" in shown
    for secret in ("2025550142", "536904399", "536-90", "Lopez", "score"):
        assert secret not in shown
    await support.says("/lookup 2222222222 question")
    assert support.heard("lookup.absent")
    await support.says("/lookup nonsense")
    assert support.heard("lookup.usage")
    await maria.says("/access")
    assert maria.heard("access.overview")
    assert (await maria.stored())["accesses"][0]["reason"] == "question"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_receipts_are_files_and_the_past_is_readable(candor: Candor, language: str) -> None:
    maria = await candor.person(language=LANGUAGES[language]).enrols(COUNTRIES[language])
    (first,) = files(maria)
    schema().validate(first)
    assert maria.sees("consent.receipt")
    assert maria.sees("consent.file")
    await maria.says("/consents")
    await maria.presses("|consent|marketing.no")
    closing = purpose(files(maria)[-1])
    assert closing["endsReceipt"] == first["consentReceiptID"]
    assert maria.sees("consent.ends")
    await maria.presses(f"|receipt|{first['consentReceiptID']}")
    assert files(maria)[-1] == first
    await maria.presses("|decisions|")
    assert maria.heard("consent.past")
    assert first["consentReceiptID"][:8] in text_of(maria.last)
    pedro = candor.person(name="Pedro")
    await pedro.says("/start")
    toast = await pedro.press_raw(pedro.last["message_id"], f"m|receipt|{first['consentReceiptID']}")
    assert toast == i18n.locale("en").plain(i18n.t("dialog.unknown_button"))
    assert files(pedro) == []
