"""Is this really from you: a letter is shown to the bot as it came, changed, too late, by somebody else, or is none."""

import datetime as dt
import re

import pytest

from bot import wire
from bot.dialogs.reply import Letter, Photo, Say
from bot.i18n import t
from bot.services import retention
from bot.services.telling import tell
from tests.chat import PNG, Candor, Somebody, buttons, says, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, files, known, scored

SIGNED = ("request", "First Bank")


async def gets(somebody: Somebody, *, picture: bool = False) -> str:
    """Let somebody get a letter in a lender's name; gives it as it stands in the chat."""
    candor = somebody.candor
    person, words, letter = await known(somebody), t("look.asked_you", lender="First Bank"), Letter(*SIGNED)
    reply = Photo(PNG, words, letter=letter) if picture else Say(words, letter=letter)
    async with candor.context.database.write() as write:
        parcels = await tell(candor.context, write, person, [reply], candor.context.clock())
    candor.front.courier.carry(parcels)
    await candor.quiet()
    return text_of(somebody.last)


async def arrives(candor: Candor, language: str = "en") -> Somebody:
    """Somebody who has just come."""
    somebody = await candor.person(language=LANGUAGES[language]).says("/start")
    await somebody.presses(f"={somebody.language}")
    await somebody.presses(f"={COUNTRIES[language]}")
    return await somebody.says("/cancel")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_there_is(candor: Candor, language: str) -> None:
    maria, other = await arrives(candor, language), await arrives(candor, language)
    message = await gets(maria)
    await maria.says("/verify")
    assert maria.heard("verify.ask")
    await maria.says(message)
    assert maria.heard("verify.true")
    assert buttons(maria.last) == []
    changed = message.replace("First Bank", "Last Bank")
    await maria.says(changed)
    assert maria.heard("verify.altered")
    assert text_of(maria.last["reply_to_message"]) == changed, "a press beneath brings the message back"
    await other.forwards(message)
    assert other.heard("verify.another")
    assert (await known(maria)).handle not in text_of(other.last)
    await other.says("/verify Give me your money")
    assert other.heard("verify.foreign")
    assert other.heard("verify.channels")
    assert [b["callback_data"] for b in buttons(other.last)] == ["m|scam|"]
    await candor.stop_bot()
    candor.clock = lambda: wire.now() + dt.timedelta(days=31)
    await candor.start_bot()
    await maria.forwards(message)
    assert maria.heard("verify.expired")


async def test_the_line_beneath_a_letter_is_a_command_and_a_link(candor: Candor) -> None:
    maria, other = await arrives(candor), await arrives(candor)
    message = await gets(maria)
    found = re.search(r"/verify_(\w+)", message)
    assert found is not None
    await maria.says(found[0])
    assert maria.heard("verify.unread")
    await maria.says(f"/start verify-{found[1].upper()}")
    assert maria.heard("verify.unread")
    await maria.says(f"/verify {found[1]}")
    assert maria.heard("verify.unread")
    await other.says(found[0])
    assert other.heard("verify.another")
    await other.says("/verify_0000000000")
    assert other.heard("verify.foreign")


async def test_a_forwarded_letter_is_known_in_the_middle_of_something_else(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    asked = text_of(maria.last)
    message = await gets(maria)
    await maria.forwards(message)
    assert maria.heard("verify.true")
    assert text_of(maria.last) == asked, "the open question is put again"


async def test_the_words_beneath_a_picture_and_the_code_alone(candor: Candor) -> None:
    maria = await arrives(candor)
    caption = await gets(maria, picture=True)
    await maria.forwards(caption)
    assert maria.heard("verify.true")
    await maria.says(caption[caption.index("CV1") :].lower())
    assert maria.heard("verify.unread")
    await maria.says("/verify")
    await maria.says(caption[: caption.index("✍")])
    assert maria.heard("verify.true"), "the words alone are known, too"


async def test_two_letters_in_one_message_are_two_answers(candor: Candor) -> None:
    maria = await arrives(candor)
    one, two = await gets(maria), await gets(maria, picture=True)
    await maria.says(f"{one}\n{two.replace('First Bank', 'Last Bank')}")
    assert says(text_of(maria.last), "verify.true", "en")
    assert says(text_of(maria.last), "verify.altered", "en")


async def test_an_erasure_is_confirmed_by_a_letter_of_which_nothing_is_kept(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/delete")
    await maria.says("482915")
    message = next(text_of(m) for m in reversed(maria.said_to_me) if "CV1" in text_of(m))
    assert await maria.stored() == {}
    await maria.forwards(message)
    assert maria.heard("verify.another"), "it was for somebody who is gone"


async def test_what_is_exported_names_the_letters(candor: Candor) -> None:
    maria = await arrives(candor)
    await gets(maria)
    (letter,) = (await maria.stored())["letters"]
    assert (letter["kind"], letter["sender"]) == ("request", None)
    assert files(maria) == []


async def test_a_picture_without_words_is_asked_for_again(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.says("/verify")
    await maria.sends("photo")
    assert maria.heard("verify.no_words")
    await maria.says("nothing of theirs")
    assert maria.heard("verify.foreign")


async def test_letters_are_forgotten_in_time(candor: Candor) -> None:
    maria = await arrives(candor)
    message = await gets(maria)
    await candor.stop_bot()
    candor.clock = lambda: wire.now() + dt.timedelta(days=31 * 26)
    await candor.start_bot()
    await retention.sweep(candor.context)
    assert (await maria.stored())["letters"] == []
    await maria.forwards(message)
    assert maria.heard("verify.unlisted")
