"""A question to a person on the page, in a real browser: the borrower's side and support's, each on their own phone.

With CANDOR_SHOTS=folder the pictures of what both saw are left there.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from bot.channels.local import Person
from tests.chat import Candor, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, serves
from tests.journeys.test_page import AtPage, sit_down
from tests.local.client import png

pytestmark = pytest.mark.browser

PHONE = (390, 1100)
ASKED = {
    "en": "A man on WhatsApp wants 200 dollars before he pays out my loan. Is that right?",
    "es": "Un hombre por WhatsApp quiere 200 pesos antes de pagarme el préstamo. ¿Está bien?",
    "zh_CN": "微信上有人让我先交 200 元保证金才放款，这正常吗？",
}
ADDED = {
    "en": "I have not paid yet. Here is what he wrote.",
    "es": "Todavía no he pagado. Esto es lo que escribió.",
    "zh_CN": "我还没付。这是他发的内容。",
}
SAID = {
    "en": "Good that you asked. Keep the messages, and tell me if he writes again.",
    "es": "Qué bueno que preguntó. Guarde los mensajes y avíseme si vuelve a escribir.",
    "zh_CN": "问得好。请保留聊天记录，他再联系您就告诉我。",
}
NOTED = {
    "en": "Same number as in ticket 3.",
    "es": "Mismo número que en la consulta 3.",
    "zh_CN": "号码与工单 3 相同。",
}


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_question_from_both_sides(tmp_path: Path, browser: Browser, language: str) -> None:
    look: dict[str, Any] = {"color_scheme": "dark"} if language == "es" else {}
    async with Candor(tmp_path) as candor:
        code, country = LANGUAGES[language], COUNTRIES[language]
        maria = await sit_down(candor, browser, Person(1, "Maria", language_code=code), PHONE, **look)
        sam = await sit_down(candor, browser, Person(2, "Sam", language_code=code), PHONE, **look)
        await serves(sam, "support")
        await maria.enrols(country)
        await maria.says("/cancel")
        await asks(maria, language)
        await works(sam, maria, language)
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        for one in (maria, sam):
            assert await one.page.evaluate(overflow) == 0
        assert candor.refused_calls == []


async def asks(maria: AtPage, language: str) -> None:
    """Ask a person, with one thing allowed to be seen, and a picture."""
    await maria.says("/ask")
    await maria.shoot(f"ticket-{language}-1-about")
    await maria.presses("=scam")
    await maria.presses("!name")
    await maria.shoot(f"ticket-{language}-2-shown")
    await maria.presses("=go")
    await maria.says(ASKED[language])
    await maria.player.send_photo(png(320, 200))
    await maria.candor.quiet()
    assert maria.sees("ticket.received") or maria.sees("ticket.received.closed")
    await maria.shoot(f"ticket-{language}-3-received")


async def works(sam: AtPage, maria: AtPage, language: str) -> None:
    """Answer with a ready answer, in own words, with a file and a note; close; it is opened again."""
    await sam.says("/tickets")
    await sam.shoot(f"ticket-{language}-4-queue")
    await sam.presses("ticket|1.look")
    assert ASKED[language] in text_of(sam.last)
    await sam.shoot(f"ticket-{language}-5-card")
    await sam.presses("ticket|1.canned")
    await sam.presses("1.canned.scam_stop")
    await sam.shoot(f"ticket-{language}-6-preview")
    await sam.presses("canned.scam_stop.send")
    await maria.says(ADDED[language])
    await sam.presses("ticket|1.answer")
    await sam.says(SAID[language])
    await sam.player.send_document("scams.pdf", b"%PDF-1.7")
    await sam.candor.quiet()
    assert "document" in maria.last
    await sam.shoot(f"ticket-{language}-7-talk")
    await maria.shoot(f"ticket-{language}-8-answers")
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.note")
    await sam.says(NOTED[language])
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.close")
    await sam.presses("1.close.fraud")
    await sam.shoot(f"ticket-{language}-9-closed")
    await maria.presses("mytickets|1.good")
    await maria.presses("mytickets|1.reopen")
    await maria.says("/mytickets")
    await maria.shoot(f"ticket-{language}-10-again")
    assert sam.sees("ticket.told.reopened")
    await sam.presses("ticket|1.look")
    await sam.shoot(f"ticket-{language}-11-whole")
    assert (await known(sam)).handle in text_of(sam.last)
