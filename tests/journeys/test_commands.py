"""Commands, one by one and in between: each does its work and leaves the rest as it was."""

import json
from typing import Any

from bot.views.menus import COMMANDS
from tests.chat import Candor, Somebody, buttons, text_of

PIN = "482915"


async def scored(candor: Candor, country: str = "us", **answers: str) -> Somebody:
    """Somebody who has a score."""
    somebody = await candor.person().enrols(country)
    await somebody.answers(**answers)
    return await somebody.gets_score()


async def exported(somebody: Somebody) -> dict[str, Any]:
    """What the newest file in the chat says."""
    message = next(m for m in reversed(somebody.chat) if "document" in m)
    files = somebody.candor.api._world.files
    file = files.find(message["document"]["file_id"])
    assert file is not None
    found: dict[str, Any] = json.loads(files.read(file))
    return found


async def test_every_command_answers_somebody_new_and_somebody_known(candor: Candor) -> None:
    new = candor.person()
    for name in COMMANDS:
        await new.says(f"/{name}")
        assert new.said_to_me, name
    known = await scored(candor)
    for name in COMMANDS:
        if name not in {"delete", "export"}:
            await known.says(f"/{name}")
            assert known.said_to_me, name


async def test_privacy_and_help_before_anything_else(candor: Candor) -> None:
    maria = candor.person()
    for command, key in (("/privacy", "privacy.text"), ("/about", "about.text"), ("/help", "help.text")):
        await maria.says(command)
        assert maria.heard(key)
    await maria.says("/PRIVACY@candor_bot now")
    assert maria.heard("privacy.text")
    await maria.says("/nosuch")
    assert maria.heard("help.unknown_command")


async def test_status_follows_the_query(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("/status")
    assert maria.heard("status.collecting")
    await maria.says("/cancel")
    await maria.says("/status")
    assert maria.heard("status.stopped")
    await maria.says("/score")
    await maria.answers()
    await maria.gets_score()
    await maria.says("/status")
    assert maria.heard("status.done")


async def test_status_survives_a_restart_in_the_middle(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("8000")
    await candor.stop_bot()
    await candor.start_bot()
    await maria.says("/status")
    assert maria.heard("status.collecting")
    await maria.says("12")
    assert maria.asked == "purchase_price"


async def test_the_second_query_shows_what_is_known(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/score")
    assert maria.heard("query.summary")
    await maria.presses("~monthly_income")
    assert maria.asked == "monthly_income"
    await maria.says("9000")
    assert maria.heard("query.summary")
    await maria.gets_score()
    first, second = (await maria.stored())["scores"]
    assert (first["answers"]["monthly_income"], second["answers"]["monthly_income"]) == ("5000", "9000")
    assert first["result"]["score"] < second["result"]["score"]


async def test_keep_leaves_an_answer_as_it_was(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/score")
    await maria.presses("~monthly_income")
    await maria.presses("|^")
    assert maria.heard("query.summary")
    await maria.presses("~occupation")
    await maria.presses("|<")
    opened = (await maria.stored())["dialogs"][0]["content"]["answers"]
    assert (opened["monthly_income"], opened["occupation"]) == ("5000", "permanent")


async def test_skipping_everything_that_may_be_skipped(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    required = []
    while maria.asked:
        if any(b["callback_data"].endswith("|>") for b in buttons(maria.last)):
            await maria.presses("|>")
        else:
            required.append(maria.asked)
            await maria.says({"loan_term_months": "12"}.get(maria.asked, "8000"))
    assert required == ["loan_amount", "loan_term_months", "monthly_income"]
    await maria.gets_score()
    assert maria.sees("score.worked")


async def test_back_through_the_whole_query(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    asked = []
    while any(b["callback_data"].endswith("|<") for b in buttons(maria.last)):
        await maria.presses("|<")
        asked.append(maria.asked)
    assert asked[-1] == "loan_amount"
    assert len(asked) == len(set(asked)) >= 12
    await maria.presses("|^")
    assert maria.heard("query.summary"), "every other answer stands"


async def test_an_answer_that_no_longer_counts_leaves_the_summary(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    assert maria.heard("short.worst_overdue_days")
    await maria.presses("~overdue_count_24m")
    await maria.presses("=0")
    assert maria.heard("query.summary")
    assert not maria.heard("short.worst_overdue_days")
    await maria.gets_score()
    await maria.says("/score")
    await maria.presses("~overdue_count_24m")
    await maria.presses("=2")
    assert maria.asked == "worst_overdue_days"


async def test_score_goes_back_to_what_is_open_beneath(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("8000")
    await maria.says("/export")
    await maria.says("/score")
    assert maria.asked == "loan_term_months"
    await maria.says("12")
    assert maria.asked == "purchase_price"


async def test_a_checklist_in_the_middle_of_a_query(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("/faq")
    await maria.presses("m|faq|basics")
    await maria.presses("topic|choose")
    await maria.presses("m|checklist|")
    for answer in ("yes", "no", "no", "no", "yes", "yes"):
        await maria.presses(f"={answer}")
    assert maria.heard("checklist.verdict.no_sign")
    assert maria.asked == "loan_amount", "the question that waited is put again"


VERDICTS = (
    ("yes no no no yes yes", "no_sign"),
    ("yes no no no yes no", "careful"),
    ("yes no no unsure unsure yes", "careful"),
    ("yes yes no no yes yes", "walk_away"),
    ("yes no yes no yes yes", "walk_away"),
    ("no no no yes no yes", "walk_away"),
    ("unsure unsure unsure unsure unsure unsure", "walk_away"),
)


async def test_the_checklist_judges(candor: Candor) -> None:
    maria = candor.person()
    for answers, verdict in VERDICTS:
        await maria.says("/faq")
        await maria.presses("m|faq|basics")
        await maria.presses("topic|choose")
        await maria.presses("m|checklist|")
        for answer in answers.split():
            await maria.presses(f"={answer}")
        assert maria.heard(f"checklist.verdict.{verdict}"), answers


async def test_history_counts_scores(candor: Candor) -> None:
    maria = await scored(candor)
    for income in ("6000", "9000"):
        await maria.says("/score")
        await maria.presses("~monthly_income")
        await maria.says(income)
        await maria.gets_score()
    await maria.says("/history")
    assert "photo" in maria.last
    assert text_of(maria.last).startswith("3 ")


async def test_export_sends_everything_and_no_pin(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/export")
    await maria.says(PIN)
    assert all(text_of(m) != PIN for m in maria.chat)
    held = await exported(maria)
    (person,) = held["people"]
    assert (person["name"], person["phone"], person["national_id"]) == (
        "Maria Lopez", "+12025550142", "536904399",
    )  # fmt: skip
    assert {f["name"]: f["value"] for f in held["facts"]}["monthly_income"] == "5000"
    assert len(held["consents"]) == 4
    assert held["scores"][0]["result"]["score"] > 300
    assert PIN not in json.dumps(held)
    assert "argon2" not in json.dumps(held)


async def test_wrong_pins_lock(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    for attempt in range(5):
        await maria.says("/export")
        await maria.says("739164")
        assert maria.heard("pin.wrong") or maria.heard("pin.locked"), attempt
        assert not any(m.get("document", {}).get("file_name", "").endswith(".html") for m in maria.chat)
    await maria.says("/export")
    await maria.says(PIN)
    assert maria.heard("pin.locked")
    assert not any(m.get("document", {}).get("file_name", "").endswith(".html") for m in maria.chat)
    assert all(text_of(m) not in {PIN, "739164"} for m in maria.chat)


async def test_a_wrong_pin_in_the_middle_puts_the_question_again(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("/export")
    await maria.says("739164")
    if maria.asked != "loan_amount":
        await maria.says("/cancel")
    assert maria.asked == "loan_amount"


async def test_delete_leaves_nothing(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/delete")
    assert maria.heard("delete.ask_pin")
    await maria.says("739164")
    assert await maria.stored() != {}
    await maria.says("/delete")
    await maria.says(PIN)
    assert maria.heard("delete.done")
    assert await maria.stored() == {}
    await maria.says("/start")
    assert maria.heard("welcome.language")


async def test_delete_before_the_registration_asks_first(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    await maria.presses("=en")
    await maria.presses("=us")
    await maria.decides({"marketing": False})
    await maria.says("/delete")
    assert await maria.stored() != {}
    await maria.presses("=yes")
    assert maria.heard("delete.done")
    assert await maria.stored() == {}


async def test_the_short_card_is_shorter(candor: Candor) -> None:
    maria = await scored(candor)
    long = max(len(text_of(m)) for m in maria.said_to_me)
    await maria.says("/settings")
    await maria.presses("detail.short")
    assert maria.heard("settings.saved")
    await maria.says("/score")
    await maria.gets_score()
    assert max(len(text_of(m)) for m in maria.said_to_me) < 0.8 * long
    assert maria.heard("card.beware")


async def test_a_blocked_bot_knows_it(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.player.block()
    await candor.quiet()
    assert await reachable(maria) is False
    await maria.player.block(blocked=False)
    await candor.quiet()
    assert await reachable(maria) is True
    await maria.says("8000")
    assert maria.asked == "loan_term_months"


async def reachable(somebody: Somebody) -> bool:
    from storage import people  # noqa: PLC0415 - only here is it needed

    context = somebody.candor.context
    async with context.database.read() as read:
        person = await people.find(read, context.vault, somebody.id)
    assert person is not None
    return person.reachable
