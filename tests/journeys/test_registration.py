"""Registration: who a person is, checked kindly, corrected easily, shown masked."""

import pytest

from tests.chat import IDS, PHONES, Candor, Somebody, age, text_of


async def begins(candor: Candor, country: str = "us") -> Somebody:
    """Somebody at the first question of the registration."""
    somebody = candor.person()
    await somebody.says("/start")
    await somebody.presses("=en")
    await somebody.presses(f"={country}")
    return await somebody.decides({})


async def test_ages_out_of_the_question_are_refused_with_a_reason(candor: Candor) -> None:
    maria = await begins(candor)
    await maria.says("Maria Lopez")
    await maria.says(PHONES["us"])
    for text in ("7", "140"):
        await maria.says(text)
        assert maria.heard("wrong.age"), text
        assert maria.heard("register.age"), text
    for text in ("14", "17"):
        await maria.says(text)
        assert maria.heard("wrong.minor"), text
        assert maria.heard("register.age"), text
    await maria.says("34 years old")
    assert maria.heard("register.id")


@pytest.mark.parametrize("country", ["cn", "us", "mx"])
async def test_a_country_has_its_own_identity_number(candor: Candor, country: str) -> None:
    maria = await begins(candor, country)
    await maria.says("Maria Lopez")
    await maria.says(PHONES[country])
    await maria.says(age(country, candor.context.clock()))
    assert maria.heard(f"id_kind.{country}")
    for other in IDS.keys() - {country}:
        await maria.says(IDS[other])
        assert maria.heard(f"wrong.id.{country}"), other
    await maria.says(IDS[country].lower())
    assert maria.heard("register.pin")
    await maria.says("482915")
    assert maria.heard("register.done")
    assert {"cn": "¥", "us": "$", "mx": "$"}[country] in text_of(maria.last)


async def test_an_age_that_does_not_fit_the_identity_number_can_be_corrected(candor: Candor) -> None:
    maria = await begins(candor, "mx")
    for text in ("Maria Lopez", PHONES["mx"], "34", IDS["mx"]):
        await maria.says(text)
    assert maria.heard("wrong.id_age")
    await maria.presses("|<")
    assert maria.heard("register.age")
    await maria.says(age("mx", candor.context.clock()))
    await maria.says(IDS["mx"])
    assert maria.heard("register.pin")


async def test_back_at_every_step_keeps_what_was_said(candor: Candor) -> None:
    maria = await begins(candor)
    for text in ("Maria Lopez", PHONES["us"], "34", IDS["us"]):
        await maria.says(text)
    for key in ("register.id", "register.age", "register.phone", "register.name"):
        await maria.presses("|<")
        assert maria.heard(key), key
    await maria.presses("|^")
    assert maria.heard("register.id"), "a secret is typed again, the rest stands"
    await maria.says(IDS["us"])
    assert maria.heard("register.pin"), "nothing but the PIN is still to be said"


async def test_weak_pins_are_refused(candor: Candor) -> None:
    maria = await begins(candor)
    for text in ("Maria Lopez", PHONES["us"], "34", IDS["us"]):
        await maria.says(text)
    for pin in ("123456", "654321", "000000", "121212", "112233", "010190", "147258", "550142", "904399"):
        await maria.says(pin)
        assert maria.heard("wrong.pin_weak"), pin
        assert maria.heard("register.pin"), pin


async def test_one_identity_number_registers_once(candor: Candor) -> None:
    await candor.person().enrols("us")
    thief = await begins(candor)
    for text in ("Mary Lopes", "+12025550143", "34", IDS["us"], "395827"):
        await thief.says(text)
    assert thief.heard("register.taken")
    (row,) = (await thief.stored())["people"]
    assert "national_id" not in row
    assert (await thief.stored())["dialogs"] == []


async def test_a_restart_at_every_step_loses_nothing(candor: Candor) -> None:
    maria = candor.person()

    async def restart() -> None:
        await candor.stop_bot()
        await candor.start_bot()

    await maria.says("/start")
    for button in ("=en", "=us", "=yes", "=yes", "=yes", "=yes"):
        await restart()
        await maria.presses(button)
    for text in ("Maria Lopez", PHONES["us"], "34", IDS["us"], "482915", "8000"):
        await restart()
        await maria.says(text)
    await maria.answers()
    await restart()
    await maria.gets_score()
    assert maria.sees("score.worked")


async def test_two_people_at_once_stay_apart(candor: Candor) -> None:
    maria, pedro = candor.person(), candor.person(name="Pedro")
    await maria.says("/start")
    await pedro.says("/start")
    for button in ("=en", "=us", "=yes", "=yes", "=yes", "=yes"):
        await maria.presses(button)
        await pedro.presses(button if button != "=us" else "=mx")
    for mine, his in (
        ("Maria Lopez", "Pedro Paz"),
        (PHONES["us"], PHONES["mx"]),
        ("34", age("mx", candor.context.clock())),
    ):
        await maria.player.say(mine)
        await pedro.says(his)
    await pedro.press_raw(pedro.last["message_id"], "d|registration|4|<")
    held = (await maria.stored())["dialogs"][0]["content"]["answers"]
    assert held == {"name": "Maria Lopez", "phone": PHONES["us"], "age": 34}


async def test_cancel_takes_the_contact_keyboard_away(candor: Candor) -> None:
    maria = await begins(candor)
    await maria.says("Maria Lopez")
    assert maria.player.keyboard() is not None
    await maria.says("/cancel")
    assert maria.player.keyboard() is None
    assert (await maria.stored())["dialogs"] == []


async def test_a_name_is_written_as_it_is(candor: Candor) -> None:
    maria = await begins(candor)
    for wrong in ("<b>Ana</b>", "A", "R2D2", "a@b.c", "Ana & Co", "</a>"):
        await maria.says(wrong)
        assert maria.heard("wrong.name"), wrong
    for name in ("李小龙", "محمد علي", "Nguyễn Văn A", "J. R. R. Tolkien", "Ana María O'Neill-Pérez"):
        await maria.says(name)
        assert maria.heard("register.phone"), name
        await maria.presses("|<")
    await maria.presses("|^")
    assert (await maria.stored())["dialogs"][0]["content"]["answers"] == {"name": "Ana María O'Neill-Pérez"}
