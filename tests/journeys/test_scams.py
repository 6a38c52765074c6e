"""Is this a scam: a message is checked where it came, kept only when it is sent on, and known again."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from bot.dialogs.event import Press, Text
from bot.dialogs.reply import Delete
from bot.services import desk, scams
from bot.services.context import Answering
from bot.services.retention import sweep
from bot.views.render import render
from storage import lenders, people, rights, tables
from storage.lenders import Channel
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, lender, serves

FEE = {
    "en": "Good news, your loan of 5000 is approved! Send the 150 processing fee first to my personal account "
    "4455667788 and we release the money today. See cash-now.example/pay",
    "zh_CN": "恭喜您贷款5万已批，放款前请先交300元工本费到个人账户6222000011，打开 cash-now.example/pay 马上到账",
    "es": "Su préstamo de 5000 está aprobado. Deposite primero 150 de comisión a mi cuenta personal 4455667788 y hoy "
    "mismo liberamos el dinero: cash-now.example/pay",
}
GAVE_IT_AWAY = {"en": "Send the 150 processing fee first", "zh_CN": "放款前请先交", "es": "Deposite primero"}
REMINDER = {
    "en": "First Bank: your instalment of 120.00 for contract 88-1 is due on 5 May. Pay it in our app as usual.",
    "zh_CN": "【第一银行】您合同88-1的分期款120元将于5月5日到期，请在手机银行按时还款。",
    "es": "Primer Banco: su cuota de 120.00 del contrato 88-1 vence el 5 de mayo. Páguela como siempre en nuestra app.",
}


async def arrives(candor: Candor, language: str = "en") -> Somebody:
    """Somebody who has just come."""
    somebody = await candor.person(language=LANGUAGES[language]).says("/start")
    await somebody.presses(f"={somebody.language}")
    await somebody.presses(f"={COUNTRIES[language]}")
    return await somebody.says("/cancel")


async def reports(candor: Candor) -> list[Any]:
    """What is kept of messages."""
    async with candor.context.database.read() as read:
        return list(await read.execute(select(tables.reports)))


async def decisions(candor: Candor) -> list[tuple[str, str]]:
    """What the trail says of reports decided on."""
    columns = (tables.audit.c.object, tables.audit.c.reason)
    async with candor.context.database.read() as read:
        found = await read.execute(select(*columns).where(tables.audit.c.action == "report.decided"))
        return [(row[0], row[1]) for row in found]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_scam_is_named_with_its_words_and_what_to_do(candor: Candor, language: str) -> None:
    maria, words = await arrives(candor, language), FEE[language]
    await maria.forwards(words)
    assert maria.heard("scam.answer.scam")
    told = text_of(maria.last)
    assert text_of(maria.last["reply_to_message"]) == words
    assert GAVE_IT_AWAY[language] in told, "the words that gave it away"
    assert "4455667788" not in told
    assert "6222000011" not in told
    assert "cash-now.example" not in told
    await maria.says("/scam")
    assert maria.heard("scam.ask")
    await maria.says(REMINDER[language])
    assert maria.heard("scam.answer.no_sign")
    assert not re.search(r"\bsafe\b|安全|\bsegur[oa]\b", text_of(maria.last))
    await maria.says(f"/scam {words}")
    assert maria.heard("scam.answer.scam")
    assert await reports(candor) == []


async def test_pasted_words_are_known_for_what_they_are_without_asking(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.says(FEE["en"])
    assert maria.heard("scam.answer.scam")
    person, context = await known(maria), candor.context
    async with context.database.read() as read:
        for words in (
            "pay first",
            REMINDER["en"],
            "Somebody wants me to pay a fee before the loan, what can I do?",
        ):
            a = Answering(context, read, person, context.clock())
            assert not await scams.spots(a, Text(words)), words
            assert a.replies == []


async def test_nothing_that_can_be_read_is_refused_kindly(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.says("/scam")
    await maria.sends("sticker")
    assert maria.heard("scam.no_words")
    await maria.says("👍")
    assert maria.heard("scam.answer.no_sign")


async def test_a_card_in_a_message_leaves_the_chat_and_the_verdict_comes_all_the_same(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.forwards(
        "Pay the 200 release fee first with card 4111 1111 1111 1111 and your loan is paid out today!"
    )
    assert not any("4111" in text_of(message) for message in maria.chat)
    assert maria.heard("scam.secret")
    assert maria.heard("scam.answer.scam")
    assert "m|report|" not in [b["callback_data"] for b in buttons(maria.last)]


async def test_an_open_question_waits_while_a_message_is_checked(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    asked = maria.asked
    await maria.forwards(FEE["en"])
    assert maria.heard("scam.answer.scam")
    assert maria.asked == asked


async def test_what_is_sent_on_is_looked_at_and_known_again(candor: Candor) -> None:
    support = await serves(candor.person(name="Sue"), "support")
    maria, other = await arrives(candor, "es"), await arrives(candor)
    await maria.forwards(FEE["es"])
    await maria.presses("m|report|")
    assert maria.heard("report.sent")
    (row,) = await reports(candor)
    assert b"4455667788" not in row.words_sealed
    await maria.forwards(FEE["es"])
    await maria.presses("m|report|")
    assert maria.heard("report.again")
    await support.says("/reports")
    await support.presses(f"m|reports|{row.id}")
    assert support.heard("reports.one")
    shown = text_of(support.last)
    assert "44••••88" in shown
    assert "cash-now.example" not in shown
    await support.presses(f"m|reports|{row.id}.marks.advance_fee")
    assert maria.heard("report.confirmed")
    await other.forwards("hello, write to 4455667788 please")
    assert other.heard("scam.known")
    assert other.heard("scam.answer.scam")
    await support.presses(f"m|reports|{row.id}.no")
    assert support.heard("reports.gone")


async def test_numbers_are_held_against_nobody_unless_support_says_so(candor: Candor) -> None:
    support = await serves(candor.person(name="Sue"), "operator")
    maria, other = await arrives(candor), await arrives(candor)
    await maria.forwards(FEE["en"])
    await maria.presses("m|report|")
    (row,) = await reports(candor)
    await support.says("/reports")
    await support.presses(f"m|reports|{row.id}")
    await support.presses(f"m|reports|{row.id}.which")
    await support.presses(f"m|reports|{row.id}.yes.advance_fee")
    await other.forwards("see you at 5, call 4455667788")
    assert other.heard("scam.answer.no_sign")
    await other.forwards(FEE["en"].replace("150", "230"))
    assert other.heard("scam.known")


async def test_the_same_from_many_is_told_to_support_once(candor: Candor) -> None:
    support = await serves(candor.person(name="Sue"), "support")
    for number in range(5):
        somebody = await arrives(candor)
        await somebody.forwards(f"{FEE['en']} Ask for agent {'ABCDE'[number]}.")
        await somebody.presses("m|report|")
    told = [message for message in support.chat if "🚨" in text_of(message)]
    assert len(told) == 1
    assert "3" in text_of(told[0])


async def test_nobody_decides_on_their_own_and_nobody_else_sees_any(candor: Candor) -> None:
    support, maria = await serves(candor.person(name="Sue"), "support"), await arrives(candor)
    await support.forwards(FEE["en"])
    await support.presses("m|report|")
    (row,) = await reports(candor)
    await support.says("/reports")
    assert support.heard("reports.none")
    await support.press_raw(support.last["message_id"], f"m|reports|{row.id}.no")
    assert await decisions(candor) == []
    await maria.says("/reports")
    assert maria.heard("help.unknown_command")
    assert [one.state for one in await reports(candor)] == ["new"]


async def test_a_dismissed_one_is_told_and_forgotten_in_time(candor: Candor) -> None:
    support, maria = await serves(candor.person(name="Sue"), "support"), await arrives(candor)
    await maria.forwards(FEE["en"])
    await maria.presses("m|report|")
    (row,) = await reports(candor)
    await support.says("/reports")
    await support.presses(f"m|reports|{row.id}")
    await support.presses(f"m|reports|{row.id}.no")
    assert maria.heard("report.dismissed")
    assert await decisions(candor) == [("report:1", "dismissed")]
    person = await known(maria)
    context = candor.context
    async with context.database.read() as read:
        assert FEE["en"] in str((await rights.export(read, person))["reports"])
        assert await people.by_id(read, context.vault, person.id)
    await sweep(context)
    assert len(await reports(candor)) == 1


async def test_the_button_beneath_a_doubted_letter_checks_that_very_message(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.says(f"/verify {FEE['en']}")
    assert maria.heard("verify.foreign")
    await maria.says("/verify")
    await maria.says(FEE["en"])
    await maria.presses("m|scam|")
    assert maria.heard("scam.answer.scam")
    assert text_of(maria.last["reply_to_message"]) == FEE["en"]
    await maria.presses("m|scam|new")
    assert maria.heard("scam.ask")


async def test_a_true_lenders_number_is_never_held_against_it(candor: Candor) -> None:
    house, context = await lender(candor), candor.context
    async with context.database.write() as write:
        await lenders.describe(write, house.id, channels=[Channel("phone", "+1 800 555 0199")])
    support, maria, other = (
        await serves(candor.person(), "support"),
        await arrives(candor),
        await arrives(candor),
    )
    words = "This is First Bank, call 1 800 555 0199. Your loan is frozen, deposit 400 to account 998877665544 first."
    await maria.forwards(words)
    await maria.presses("m|report|")
    await support.says("/reports")
    await support.presses("m|reports|1")
    await support.presses("m|reports|1.which")
    await support.press_raw(support.last["message_id"], "m|reports|1.marks.unfreeze")
    await other.forwards("Question about my loan? Call First Bank at +1 (800) 555-0199")
    assert not other.heard("scam.known")
    await maria.forwards(
        "Your loan is frozen, says First Bank: call 800-555-0199 and deposit 400 to 112233445566."
    )
    await maria.presses("m|report|")
    await support.says("/reports")
    await support.presses("m|reports|2")
    await support.presses("m|reports|2.which")
    await support.press_raw(support.last["message_id"], "m|reports|2.marks.unfreeze")
    await other.forwards("Is 800-555-0199 the number of First Bank?")
    assert not other.heard("scam.known"), "without the country's prefix it is theirs, too"
    await other.forwards("send it to 9988 7766 5544")
    assert other.heard("scam.known")


async def test_a_true_lenders_words_are_not_a_scam_because_one_copied_them(candor: Candor) -> None:
    house, context = await lender(candor), candor.context
    async with context.database.write() as write:
        await lenders.describe(write, house.id, channels=[Channel("site", "firstbank.example")])
    support, maria, other = (
        await serves(candor.person(), "support"),
        await arrives(candor),
        await arrives(candor),
    )
    words = "First Bank: the instalment of your contract is due on 5 May. You can pay it here: "
    await maria.forwards(f"{words} firstbank-pay.example/now")
    await maria.presses("m|report|")
    await support.says("/reports")
    await support.presses("m|reports|1")
    await support.press_raw(support.last["message_id"], "m|reports|1.yes.phishing")
    await other.forwards(f"{words} firstbank.example/pay")
    assert not other.heard("scam.known")
    await other.forwards(f"{words} quick.example/pay")
    assert other.heard("scam.known")


async def test_what_support_held_for_a_scam_by_mistake_can_be_put_right(candor: Candor) -> None:
    support, maria, other = (
        await serves(candor.person(), "support"),
        await arrives(candor),
        await arrives(candor),
    )
    for who, number, decision in ((maria, 1, "yes.phishing"), (other, 2, "no")):
        await who.forwards(REMINDER["en"])
        assert who.heard("scam.known") is (number == 2)
        await who.presses("m|report|")
        await support.says("/reports")
        await support.presses(f"m|reports|{number}")
        await support.press_raw(support.last["message_id"], f"m|reports|{number}.{decision}")
    await maria.forwards(REMINDER["en"])
    assert maria.heard("scam.answer.no_sign")


async def test_a_report_of_many_links_or_signs_can_be_read(candor: Candor) -> None:
    """A broken link is longer than a whole one."""
    support, maria = await serves(candor.person(), "support"), await arrives(candor)
    for number, much in ((1, "a." * 1600 + "a"), (2, "🙏" * 1500)):
        await maria.forwards(f"{FEE['en']} {much}")
        await maria.presses("m|report|")
        assert maria.heard("report.sent")
        await support.says("/reports")
        await support.presses(f"m|reports|{number}")
        assert support.heard("reports.one")
        assert len(text_of(support.last).encode("utf-16-le")) <= 2 * 4096


async def test_whoever_leaves_takes_their_report_along(candor: Candor) -> None:
    support, maria = await serves(candor.person(), "support"), await candor.person().enrols("us")
    await maria.forwards(FEE["en"])
    await maria.presses("m|report|")
    await support.says("/reports")
    await maria.says("/delete")
    await maria.says("482915")
    await support.presses("m|reports|1")
    assert await reports(candor) == []
    assert not support.heard("reports.one")
    await support.says("/reports")
    assert support.heard("reports.none")


async def test_a_stale_press_says_that_nothing_was_kept(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.press_raw(maria.last["message_id"], "m|report|")
    assert maria.heard("report.gone")
    assert await reports(candor) == []
    await maria.press_raw(maria.last["message_id"], "m|reports|1.yes.phishing")
    assert await reports(candor) == []


async def test_a_secret_beneath_a_button_is_taken_out_and_kept_nowhere(candor: Candor) -> None:
    person, context = await known(await arrives(candor)), candor.context
    for button in ("m|report|", "m|scam|"):  # pressed just before the message itself is gone
        words = "my card is 4111 1111 1111 1111, pay the fee first"
        async with context.database.read() as read:
            a = Answering(context, read, person, context.clock())
            await desk.receive(a, Press(button, 9, "1", words, 8))
        shown = str([render(reply, a.scene.locale, person.chat_id) for reply in a.replies])
        assert "4111" not in shown
        assert a.sends == []
    assert Delete(8) in a.replies


async def test_the_offer_of_warnings_is_made_once(candor: Candor) -> None:
    maria = await arrives(candor)
    for offered in (True, False):
        await maria.forwards(FEE["en"])
        data = [b["callback_data"] for b in buttons(maria.last)]
        assert ("m|warnings|bulletin.on" in data) is offered


async def test_who_looked_at_a_report_can_be_read_by_whoever_sent_it(candor: Candor) -> None:
    support, maria = await serves(candor.person(), "support"), await arrives(candor)
    await maria.forwards(FEE["en"])
    await maria.presses("m|report|")
    await support.says("/reports")
    await support.presses("m|reports|1")
    await maria.says("/access")
    assert maria.heard("access.what.report")
