"""A dispute from both sides: contested, left out, decided in time, told; and nobody sees more than they must."""

from dataclasses import replace
from datetime import timedelta

from bot.services import disputing
from storage import accesses, consents, disputes, events, facts, staff
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import known, scored, serves


async def reported(candor: Candor, **values: str | int) -> Somebody:
    """Somebody with a score, of whom a bureau says something."""
    maria = await scored(candor)
    context, person = candor.context, await known(maria)
    async with context.database.write() as write:
        await facts.put(write, person, values or {"public_records": 2}, "bureau", context.clock())
        for number in range(0 if values else 2):
            receipt = (await consents.latest(write, person))["score"].receipt
            record = {"ref": f"r-{number}", "kind": "public_record", "on": "2026-01-31", "what": "judgment"}
            await events.add(write, person, events.From(events.SELF, receipt), record, context.clock())
    return maria


async def contests(
    maria: Somebody, item: str = "public_records.bureau", words: str = "Not mine, is it?"
) -> None:
    await maria.says("/dispute")
    await maria.presses(f"={item}")
    await maria.says(words)
    await maria.presses("d|dispute|3|=yes")


async def rescored(maria: Somebody) -> dict[str, object]:
    await maria.says("/score")
    await maria.gets_score()
    answers: dict[str, object] = (await maria.stored())["scores"][-1]["answers"]
    return answers


async def test_what_is_contested_is_left_out_until_it_is_decided(candor: Candor) -> None:
    maria = await reported(candor)
    assert (await rescored(maria))["public_records"] == 2
    await contests(maria)
    assert maria.heard("dispute.opened")
    (held,) = (await maria.stored())["disputes"]
    assert (held["said"], held["contested"], held["state"]) == ("Not mine, is it?", 2, "open")
    assert held["due_at"] - held["opened_at"] == timedelta(days=30)
    await maria.says("/status")
    assert maria.heard("dispute.open_line")
    await maria.says("/whatif")
    of = next(d for d in (await maria.stored())["dialogs"] if d["dialog"] == "whatif")["content"]["of"]
    assert of["current"].get("public_records", 0) == 0  # what they said themselves, or nothing
    await maria.says("/cancel")
    assert (await rescored(maria))["public_records"] == 0
    sam = await serves(candor.person(), "support")
    await sam.says("/disputes")
    await sam.presses(f"m|disputes|{held['id']}")
    await sam.presses("=reject")
    await sam.presses("=confirmed")
    assert sam.heard("disputes.decided")
    assert maria.sees("dispute.rejected")
    assert (await rescored(maria))["public_records"] == 2


async def test_a_required_answer_that_is_contested_is_asked_for(candor: Candor) -> None:
    maria = await reported(candor, monthly_income="9000")
    async with candor.context.database.write() as write:
        person = await known(maria)
        await facts.put(write, person, {"monthly_income": None}, "self", candor.context.clock())
    await contests(maria, "monthly_income.bureau", "I earn less.")
    await maria.says("/score")
    assert maria.asked == "monthly_income"
    await maria.says("4000")
    await maria.gets_score()
    assert (await maria.stored())["scores"][-1]["answers"]["monthly_income"] == "4000"


async def test_staff_see_the_words_only_on_record_and_put_right_what_is_wrong(candor: Candor) -> None:
    maria = await reported(candor)
    await contests(maria)
    person = await known(maria)
    sam = await serves(candor.person(), "support")
    await sam.says("/disputes")
    assert sam.heard("disputes.overview")
    assert person.handle in text_of(sam.last)
    assert not any("Not mine" in text_of(m) or "Maria" in text_of(m) for m in sam.chat)
    async with candor.context.database.read() as read:
        assert await accesses.recent(read, person, 5) == []
    await sam.presses("|disputes|1")
    assert sam.heard("disputes.case")
    case = next(m for m in sam.said_to_me if "Not mine" in text_of(m))
    assert case.get("has_protected_content")
    assert "Maria" not in text_of(case)
    async with candor.context.database.read() as read:
        (look,) = await accesses.recent(read, person, 5)
    assert (look.role, look.action, look.actor) == ("support", "dispute", (await known(sam)).handle)
    await sam.presses("=correct")
    await sam.says("many")
    assert sam.heard("wrong.count")
    await sam.says("1")
    assert maria.sees("dispute.corrected")
    assert "consumerfinance.gov/complaint" in text_of(maria.last)
    assert {(f["name"], f["source"]): f["value"] for f in (await maria.stored())["facts"]}[
        ("public_records", "bureau")
    ] == 1
    await sam.says("/disputes")
    assert sam.heard("disputes.none")
    await maria.says("/access")
    assert maria.heard("access.what.dispute")


async def test_an_entry_that_should_not_be_there_is_removed(candor: Candor) -> None:
    maria = await reported(candor)
    await contests(maria)
    olga = await serves(candor.person(), "operator")
    await olga.says("/disputes 1")
    await olga.presses("=remove")
    assert maria.sees("dispute.removed")
    assert ("public_records", "bureau") not in {
        (f["name"], f["source"]) for f in (await maria.stored())["facts"]
    }
    assert (await rescored(maria))["public_records"] == 0, "what they said themselves"


async def test_only_those_who_decide_find_a_dispute(candor: Candor) -> None:
    maria = await reported(candor)
    await contests(maria)
    stranger = candor.person()
    for words in ("/disputes", "/disputes 1", "/feedback"):
        await stranger.says(words)
        assert stranger.heard("help.unknown_command"), words
    for one in (stranger, maria):  # not even whose it is
        await one.press_raw(one.last["message_id"], "m|disputes|1")
        assert one.candor.refused_calls == []
        assert not any(b["callback_data"].startswith("d|decide|") for m in one.chat for b in buttons(m))
    assert not maria.sees("disputes.case")
    sam = await serves(candor.person(), "support")
    for argument in ("2", "0", "99999999999999999999", "x"):
        await sam.says(f"/disputes {argument}")
        assert sam.heard("desk.nothing"), argument


async def test_nobody_decides_on_what_they_contest_themselves(candor: Candor) -> None:
    sam = await reported(candor)
    await contests(sam)
    async with candor.context.database.write() as write:
        await staff.give(write, await known(sam), "support", None, "shell", candor.context.clock())
    await sam.says("/disputes")
    assert sam.heard("disputes.none")
    await sam.says("/disputes 1")
    assert sam.heard("desk.nothing")


async def test_two_who_decide_at_once_decide_once(candor: Candor) -> None:
    maria = await reported(candor)
    await contests(maria)
    sam, olga = await serves(candor.person(), "support"), await serves(candor.person(), "operator")
    for one in (sam, olga):
        await one.says("/disputes 1")
        await one.presses("=reject")
    await sam.presses("=confirmed")
    await olga.presses("=unsupported")
    assert sam.heard("disputes.decided")
    assert not olga.heard("disputes.decided")
    assert len([m for m in maria.chat if "was not upheld" in text_of(m)]) == 1


async def test_ones_own_answer_is_corrected_at_once(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/dispute")
    await maria.presses("=monthly_income.self")
    assert maria.heard("dispute.own")
    await maria.presses("|correct|monthly_income")
    assert maria.asked == "monthly_income"
    await maria.says("6100")
    assert maria.heard("query.summary")
    await maria.gets_score()
    assert (await maria.stored())["scores"][-1]["answers"]["monthly_income"] == "6100"
    assert (await maria.stored())["disputes"] == []


async def test_the_age_of_the_registration_goes_to_staff(candor: Candor) -> None:
    maria = await scored(candor)
    await contests(maria, "age.self", "I am 35.")
    assert maria.heard("dispute.opened")


async def test_nothing_is_sent_before_it_is_confirmed(candor: Candor) -> None:
    maria = await reported(candor)
    await maria.says("/dispute")
    await maria.presses("=public_records.bureau")
    await maria.says("x" * 1001)
    assert maria.heard("wrong.words")
    await maria.says("No.")
    assert maria.heard("dispute.sure")
    await maria.presses("=no")
    assert maria.heard("dispute.dropped")
    assert (await maria.stored())["disputes"] == []
    assert any(b["callback_data"].startswith("m|") for b in buttons(maria.last))


async def test_those_who_decide_are_reminded_once_and_the_late_ones_marked(candor: Candor) -> None:
    maria = await reported(candor)
    await contests(maria)
    sam = await serves(candor.person(), "support")
    context, now = candor.context, candor.context.clock()
    assert await disputing.remind(context) == []
    soon = replace(context, clock=lambda: now + timedelta(days=24))
    parcels = await disputing.remind(soon)
    candor.front.courier.carry(parcels)
    await candor.quiet()
    assert sam.sees("disputes.remind")
    assert not maria.sees("disputes.remind")
    assert await disputing.remind(soon) == []
    async with context.database.read() as read:
        (waiting,) = await disputes.waiting(read)
    assert disputing._line(waiting, now + timedelta(days=31)).key == "disputes.overdue_line"
