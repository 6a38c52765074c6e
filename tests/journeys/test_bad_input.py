"""Nonsense at every step: each piece gets a precise, kind answer, and the conversation stays where it is."""

from collections.abc import Mapping
from typing import Any

import pytest

from engine import QUESTIONS
from tests.chat import ANSWERS, IDS, PHONES, Candor, Somebody, buttons, says, text_of

NONSENSE = (
    "1e999", "-5", "∞", "²", "½", "0x10", "1,2,3", "٣٫٥٫١", "😀", "\u200b\u200d", "\u202e\u2067", "<b>", "</a>&amp;",
    "'; DROP TABLE people;--", "x" * 4096, "５,,", "{name}", "%s%n",
)  # fmt: skip
"""No question takes any of these."""

WRONG = {
    "money": "wrong.money", "count": "wrong.count", "months": "wrong.months", "percent": "wrong.percent",
    "class": "wrong.choice",
}  # fmt: skip
"""What is said when an answer of a kind cannot be read."""

IN_BETWEEN = (
    "/help",
    "/faq",
    "/language",
    "/settings",
    "/status",
    "/about",
    "/privacy",
    "/consents",
    "/nosuch",
)
FORGED = (
    "d", "d|", "|", "d|query", "d|query|1|", "d|query|999|=1", "d|nosuch|1|=yes",
    "m|", "m|nosuch|", "m|set|language.xx", "m|set|language", "m|consent|score", "m|consent|social.yes",
    "m|topic|nosuch", "m|improve|Z|", "x" * 64, "界" * 21, "D|consent|1|=yes",
)  # fmt: skip


async def place(somebody: Somebody) -> tuple[str, Mapping[str, Any]]:
    """Where the conversation is: its name and the answers so far."""
    (opened,) = (await somebody.stored())["dialogs"]
    return opened["dialog"], opened["content"]["answers"]


async def withstands(somebody: Somebody, wrong: str, *, texts: tuple[str, ...] = NONSENSE) -> None:
    """Throw everything at the open question, all at once, and see that it stands."""
    before = await place(somebody)
    question = next(text_of(m) for m in reversed(somebody.chat) if len(text_of(m)) > 40)[-40:]
    newest = somebody.last["message_id"]
    for text in texts[:-1]:
        await somebody.player.say(text)
    await somebody.says(texts[-1])
    heard = [text_of(m) for m in somebody.chat if m["from"]["is_bot"] and m["message_id"] > newest]
    refusals = [words for words in heard if says(words, wrong, somebody.language)]
    assert len(refusals) == len(texts), [words for words in heard if words not in refusals]
    assert all(words.endswith(question) for words in refusals), "the question is put again"
    for kind in ("photo", "voice", "document"):
        await somebody.sends(kind)
        refused = (
            ("dialog.words_only", "file.unknown", "file.refused")
            if kind == "document"
            else ("dialog.words_only",)
        )
        assert any(somebody.heard(key) for key in refused), text_of(somebody.last)
    assert await place(somebody) == before


async def withstands_buttons(somebody: Somebody) -> None:
    """Press forged buttons, and everything that was ever offered before; nothing moves."""
    before = await place(somebody)
    live = {b["callback_data"] for b in buttons(somebody.last)}
    newest = somebody.last["message_id"]
    for data in FORGED:
        said = len(somebody.chat)
        assert await somebody.press_raw(newest, data) or len(somebody.chat) > said, f"a word on {data!r}"
    for data in live:
        for bent in (data[:-1] + chr(ord(data[-1]) ^ 1), data[:4], data.replace("|", "")):
            if bent not in live:
                await somebody.press_raw(newest, bent)
                assert (await place(somebody))[1].keys() == before[1].keys(), bent
    assert await place(somebody) == before
    await somebody.says("/start")
    assert somebody.heard("start.again")


async def test_consent_and_registration_withstand_nonsense(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    await withstands(maria, "wrong.choice")
    await withstands_buttons(maria)
    await maria.presses("=en")
    await withstands(maria, "wrong.choice")
    await maria.presses("=us")
    await withstands(maria, "wrong.choice")
    await withstands_buttons(maria)
    await maria.decides({})
    await withstands(maria, "wrong.name")
    await withstands_buttons(maria)
    await maria.says("Ana María O'Neill-Pérez")
    await withstands(maria, "wrong.phone", texts=(*NONSENSE, "NaN", "123", "+1202555"))
    await maria.says(PHONES["us"])
    await withstands(maria, "wrong.age", texts=(*NONSENSE, "NaN", "7", "140", "34.5", "thirty-four"))
    await maria.says("34")
    await withstands(maria, "wrong.id.us", texts=(*NONSENSE, "NaN", "000-12-3456", "123"))
    await withstands_buttons(maria)
    await maria.says(IDS["us"])
    await withstands(maria, "wrong.pin", texts=(*NONSENSE, "NaN", "12345", "1234567", "12a456"))
    await maria.says("482915")
    assert maria.heard("register.done")
    (person,) = (await maria.stored())["people"]
    assert (person["name"], person["phone"]) == ("Ana María O'Neill-Pérez", PHONES["us"])


@pytest.mark.parametrize(("language", "country"), [("en", "us")])
async def test_every_question_withstands_nonsense(candor: Candor, language: str, country: str) -> None:
    maria = await candor.person(language=language).enrols(country)
    asked = []
    while name := maria.asked:
        asked.append(name)
        await withstands(maria, WRONG[QUESTIONS[name].kind], texts=(*NONSENSE, "NaN", "?"))
        answer = ANSWERS[name]
        if QUESTIONS[name].kind == "class":
            await maria.presses(f"={answer}")
        else:
            await maria.says(answer)
        assert (await place(maria))[1].keys() == set(asked), "one answer more, at the right question"
    assert len(asked) >= 12
    await withstands(maria, "wrong.confirm")
    await withstands_buttons(maria)
    await maria.gets_score()
    assert maria.sees("score.worked")


async def test_commands_in_between_leave_the_question_open(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    stops = 0
    for answer in ("=en", "=us", "=yes", "=yes", "=yes", "=yes", "Maria Lopez", PHONES["us"], "34"):
        before = await place(maria)
        for command in (*IN_BETWEEN, "/start", "/score"):
            await maria.says(command)
            assert maria.said_to_me, command
        assert await place(maria) == before, answer
        assert maria.heard("dialog.with_note") or maria.said_to_me
        await (maria.presses(answer) if answer.startswith("=") else maria.says(answer))
        stops += 1
    assert stops == 9


async def test_other_digits_and_invisible_characters_are_read(candor: Candor) -> None:
    maria = candor.person()
    await maria.enrols("us")
    await maria.says("８０００")
    await maria.says("\u200f١٢\u200e")
    await maria.says("１0,०००.00")
    await maria.says("$ 5 000")
    assert (await place(maria))[1] == {
        "loan_amount": "8000", "loan_term_months": 12, "purchase_price": "10000", "monthly_income": "5000",
    }  # fmt: skip


async def test_amounts_out_of_bounds_are_refused_with_the_bounds(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    for text in ("0", "999999999999", "0.001"):
        await maria.says(text)
        assert maria.heard("wrong.money_range") or maria.heard("wrong.money"), text
    await maria.says("8000")
    await maria.says("700 months")
    assert maria.heard("wrong.months_range")
    assert (await place(maria))[1] == {"loan_amount": "8000"}


async def test_a_button_that_was_never_offered_answers_nothing(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    for answer in ("=en", "=us", "=yes", "=yes", "=yes", "=yes"):
        await maria.presses(answer)
    assert await maria.press_raw(maria.last["message_id"], "d|registration|1|=yes")
    assert await place(maria) == ("registration", {})


async def test_nothing_is_an_answer_too(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("8000")
    await maria.says("0")
    assert maria.heard("wrong.months_range")
    await maria.says("12")
    while maria.asked != "credit_history_months":
        await maria.says("0" if maria.asked not in {"purchase_price", "monthly_income"} else "5000")
    await maria.says("0")
    assert (await place(maria))[1]["credit_history_months"] == 0


async def test_a_share_typed_as_a_fraction_is_not_taken_for_nothing(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    while maria.asked != "card_utilisation":
        await maria.says(ANSWERS[maria.asked])
    await maria.says("0.45")
    assert (await place(maria))[1].get("card_utilisation") in {None, 45}


async def test_three_answers_at_once_go_to_three_questions(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    for text in ("8000", "12", "10000"):
        await maria.player.say(text)
    await candor.quiet()
    assert (await place(maria))[1] == {
        "loan_amount": "8000",
        "loan_term_months": 12,
        "purchase_price": "10000",
    }
    assert maria.asked == "monthly_income"


async def test_a_button_pressed_twice_counts_once(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    await maria.presses("=en")
    await maria.presses("=us")
    message = maria.last
    data = next(b["callback_data"] for b in buttons(message) if b["callback_data"].endswith("=yes"))
    first = await maria.player.press(message["message_id"], data, stale=True)
    second = await maria.player.press(message["message_id"], data, stale=True)
    await candor.quiet()
    assert (await maria.player.answer(first)).get("text", "") == ""
    assert says((await maria.player.answer(second))["text"], "dialog.already_answered", "en")
    assert (await place(maria))[1] == {"score": "yes@en"}


async def test_the_same_update_twice_is_answered_once(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates = candor.api._world.updates
    sent: list[Any] = []
    add = updates.add

    def remember(kind: str, content: dict[str, Any]) -> None:
        add(kind, content)
        sent.append(updates._pending[updates._last])

    monkeypatch.setattr(updates, "add", remember)
    maria = await candor.person().enrols("us")
    await maria.answers()
    await maria.gets_score()
    before, chat = await maria.stored(), len(maria.chat)
    for known in sent:
        updates._pending[known["update_id"]] = known
    updates._wake()
    await candor.quiet()
    assert await maria.stored() == before
    assert len(maria.chat) == chat


async def test_an_edited_message_is_not_passed_over_in_silence(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("80000")
    count = len(maria.chat)
    await maria.player.edit(maria._mark, "800")
    await candor.quiet()
    assert len(maria.chat) > count


async def test_the_secrets_of_the_registration_leave_the_chat(candor: Candor) -> None:
    maria = candor.person()
    await maria.enrols("us")
    words = " ".join(text_of(m) for m in maria.chat)
    for secret in (IDS["us"], IDS["us"].replace("-", ""), "482915"):
        assert secret not in words.replace("example 536-90-4399", "")
    assert maria.heard("register.done")
    await maria.says("/help")
    assert IDS["us"][-4:] in words


async def test_wrong_secrets_leave_the_chat_too(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    for answer in ("=en", "=us", "=yes", "=yes", "=yes", "=yes"):
        await maria.presses(answer)
    for text in ("Maria Lopez", PHONES["us"], "34", "536-90-43990", IDS["us"], "123456", "48291", "482915"):
        await maria.says(text)
    mine = [text_of(m) for m in maria.chat if not m["from"]["is_bot"]]
    assert mine == ["/start", "Maria Lopez", PHONES["us"], "34"]


async def test_a_picture_of_an_id_leaves_the_chat(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    for answer in ("=en", "=us", "=yes", "=yes", "=yes", "=yes"):
        await maria.presses(answer)
    for text in ("Maria Lopez", PHONES["us"], "34"):
        await maria.says(text)
    await maria.sends("photo")
    assert not any("photo" in m for m in maria.chat)


SECRETS = (
    ("4111 1111 1111 1111", "guard.card"),
    ("my card 5500-0000-0000-0004 exp 12/29", "guard.card"),
    ("４１１１１１１１１１１１１１１１", "guard.card"),
    ("378282246310005", "guard.card"),
    ("3782 822463 10005", "guard.card"),
    ("6222 0200 0000 0000 000", "guard.card"),
    ("4111.1111.1111.1111", "guard.card"),
    ("x" * 500 + " 4111111111111111", "guard.card"),
    ("the verification code is 482913", "guard.code"),
    ("验证码 482913", "guard.code"),
    ("código de verificación: 482913", "guard.code"),
    ("my card PIN is 4821", "guard.code"),
    ("password: hunter22", "guard.password"),
    ("我的密码是abc12345", "guard.password"),
    ("mi contraseña es hunter22", "guard.password"),
)


async def test_secrets_typed_anywhere_are_deleted_and_explained(candor: Candor) -> None:
    maria = candor.person()
    missed = []
    for text, key in SECRETS:
        await maria.says(text)
        if not maria.heard(key) or any(text == text_of(m) for m in maria.chat):
            missed.append(text)
    assert missed == []


async def test_secrets_typed_at_a_question_are_not_stored(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("4111 1111 1111 1111")
    assert maria.heard("guard.card")
    assert maria.asked == "loan_amount"
    assert (await place(maria))[1] == {}
    await maria.says("/start 4111111111111111")
    assert not any("4111111111111111" in text_of(m) for m in maria.chat)


async def test_somebody_elses_contact_is_refused(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    for answer in ("=en", "=us", "=yes", "=yes", "=yes", "=yes"):
        await maria.presses(answer)
    await maria.says("Maria Lopez")
    await maria.shares_contact("+12025550199", owner=424242)
    assert maria.heard("wrong.contact")
    assert not any("contact" in m for m in maria.chat), "a third person's number does not stay in the chat"
    await maria.shares_contact()
    assert (await place(maria))[1]["phone"] == maria.player.person.phone


async def test_a_contact_where_none_is_asked_for(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.shares_contact()
    assert maria.said_to_me
    assert maria.asked == "loan_amount"
    assert (await place(maria))[1] == {}
    assert not any("contact" in m for m in maria.chat)
