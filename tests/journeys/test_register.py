"""Who a lender is, what its borrowers think of it, who runs this bot, and what keeps it safe."""

from bot import jobs
from storage import lenders, ratings, signkeys
from storage.lenders import Channel, Lender
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import known, lender, scored, serves
from tests.journeys.watched import borrows

CHANNELS = (Channel("site", "bank.example"), Channel("phone", "+1 202 555 0199"))


async def described(candor: Candor, house: Lender) -> None:
    async with candor.context.database.write() as write:
        await lenders.describe(
            write, house.id, licence="NMLS 7", complaints="help@bank.example", channels=CHANNELS
        )


async def borrower(candor: Candor, house: Lender, reference: str) -> Somebody:
    somebody = await candor.person().says("/start")
    await borrows(somebody, house, reference)
    return somebody


async def test_a_lender_is_found_however_its_name_is_typed(candor: Candor) -> None:
    house = await lender(candor, "Crédito Álamo")
    await described(candor, house)
    maria = await candor.person().says("/start")
    for typed in ("Crédito Álamo", "credito alamo", "CREDITO-ALAMO"):
        await maria.says(f"/lender {typed}")
        assert maria.heard("lender.card")
    card = text_of(maria.last)
    assert all(part in card for part in ("NMLS 7", "help@bank.example", "bank.example", "+1 202 555 0199"))


async def test_a_name_that_is_nearly_one_is_not_taken_for_it(candor: Candor) -> None:
    await lender(candor, "First Bank")
    maria = await candor.person().says("/start")
    await maria.says("/lender Frist Bank")
    assert maria.heard("lender.near")
    assert not maria.heard("lender.card")
    await maria.presses("|lender|#1")
    assert maria.heard("lender.card")
    assert maria.heard("lender.few_ratings")
    await maria.says("/lender Quick Money 24")
    assert maria.heard("lender.unknown")
    await maria.says("/lender")
    assert maria.heard("lender.usage")
    await maria.press_raw(maria.last["message_id"], "m|lender|#99")
    assert not maria.heard("lender.card")


async def test_those_who_work_there_see_their_own(candor: Candor) -> None:
    house = await lender(candor)
    admin = await serves(candor.person(), "admin", house)
    await admin.says("/lender")
    assert admin.heard("lender.card")


async def test_only_borrowers_rate_and_nobody_reads_one_voice(candor: Candor) -> None:
    house = await lender(candor)
    stranger = await candor.person().says("/start")
    await stranger.says("/rate First Bank")
    assert stranger.heard("stars.not_yours")
    await stranger.says("/rate")
    assert stranger.heard("stars.nobody")
    await stranger.press_raw(stranger.last["message_id"], f"m|stars|{house.id}.1")
    assert not stranger.heard("stars.thanks")
    for number in range(5):
        one = await borrower(candor, house, f"L-{number}")
        await one.says("/rate first bank" if number % 2 else "/rate")
        if not number % 2:
            await one.presses(f"|stars|{house.id}")
        assert one.heard("stars.ask")
        await one.presses(f"|stars|{house.id}.{1 + number % 2}")
        assert one.heard("stars.thanks")
        await one.presses(f"|stars|{house.id}.5")
        await one.says("/lender first bank")
        assert one.heard("lender.few_ratings" if number < 4 else "lender.rating")
    assert "5 of 5 stars, from 5 borrowers" in text_of(one.last)
    async with candor.context.database.read() as read:
        assert await ratings.of_lender(read, house.id) == ratings.Summary(5, 25)
    assert [row["stars"] for row in (await one.stored())["ratings"]] == [5]
    await one.press_raw(one.last["message_id"], f"m|stars|{house.id}.6")
    assert not one.heard("stars.thanks")


async def test_whoever_works_for_a_lender_has_no_voice_there(candor: Candor) -> None:
    house = await lender(candor)
    officer = await serves(candor.person(), "officer", house)
    await borrows(officer, house)
    await officer.says("/rate First Bank")
    assert officer.heard("stars.not_yours")


async def test_about_and_security_tell_what_was_really_proved(candor: Candor) -> None:
    maria = await candor.person().says("/start")
    await maria.says("/about")
    assert maria.heard("about.no_key")
    await maria.says("/security")
    assert text_of(maria.said_to_me[0]).count("Not put to the proof yet.") == 3
    await jobs.keep_trail(candor.context)
    context = candor.context
    async with context.database.write() as write:
        key = await signkeys.current(write, context.vault, context.clock())
    await maria.says("/security")
    assert text_of(maria.said_to_me[0]).count("Not put to the proof yet.") == 1, "there is no backup yet"
    await maria.says("/about")
    assert key.fingerprint in text_of(maria.said_to_me[0])


async def test_a_key_put_into_the_database_does_not_sign(candor: Candor) -> None:
    context, maria = candor.context, await scored(candor)
    async with context.database.write() as write:
        first = await signkeys.current(write, context.vault, context.clock())
        await write.exec_driver_sql("UPDATE signkeys SET public = x'00'")
        assert not any(signkeys.ours(context.vault, key) for key in await signkeys.every(write))
        second = await signkeys.current(write, context.vault, context.clock())
        assert second.number > first.number
        third = await signkeys.rotate(write, context.vault, context.clock())
        assert (await signkeys.current(write, context.vault, context.clock())) == third
    await maria.says("/about")
    assert third.fingerprint in text_of(maria.last)
    assert buttons(maria.last)
    assert (await known(maria)).registered
