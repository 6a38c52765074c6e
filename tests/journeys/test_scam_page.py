"""A scam on the page, in a real browser: a message is checked, sent on, decided by support, and known from then on.

With CANDOR_SHOTS=folder the pictures of what was seen are left there.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from bot.channels.local import Person
from tests.chat import Candor, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, serves
from tests.journeys.test_page import sit_down
from tests.journeys.test_scams import FEE, REMINDER

pytestmark = pytest.mark.browser

TALL = (390, 1000)
"""As wide as a phone, and so high that a whole verdict is seen at once."""


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_message_is_checked_sent_on_and_decided_on_the_page(
    tmp_path: Path, browser: Browser, language: str
) -> None:
    look: dict[str, Any] = {"color_scheme": "dark"} if language == "es" else {}
    async with Candor(tmp_path) as candor:
        support = await serves(candor.person(LANGUAGES[language], "Sue"), "support")
        person = Person(1, "Ana", language_code=LANGUAGES[language], phone="+12025550142")
        ana = await sit_down(candor, browser, person, TALL, **look)
        await ana.says("/start")
        await ana.presses(f"={language}")
        await ana.presses(f"={COUNTRIES[language]}")
        await ana.says("/cancel")
        await ana.says("/scam")
        await ana.says(FEE[language])
        assert ana.heard("scam.answer.scam")
        await ana.shoot(f"scam-{language}-verdict")
        await ana.presses("m|report|")
        assert ana.heard("report.sent")
        await ana.presses("m|scam|new")
        await ana.says(REMINDER[language])
        assert ana.heard("scam.answer.no_sign")
        await ana.shoot(f"scam-{language}-no-sign")
        await support.says("/reports")
        await support.presses("m|reports|1")
        await support.presses("m|reports|1.marks.advance_fee")
        assert ana.heard("report.confirmed")
        await ana.says(f"/scam {FEE[language]}")
        assert ana.heard("scam.known")
        await ana.shoot(f"scam-{language}-known")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await ana.page.evaluate(overflow) == 0
        assert candor.refused_calls == []


async def test_support_works_on_the_page(tmp_path: Path, browser: Browser) -> None:
    async with Candor(tmp_path) as candor:
        person = Person(2, "Sue", language_code="en", phone="+12025550143")
        sue = await sit_down(candor, browser, person, TALL)
        await serves(sue, "support")
        for number in range(3):
            somebody = candor.person()
            await somebody.says("/start")
            await somebody.presses("=en")
            await somebody.presses("=us")
            await somebody.forwards(f"{FEE['en']} Ask for agent {'ABC'[number]}.")
            await somebody.presses("m|report|")
        assert sue.heard("reports.cluster")
        await sue.says("/reports")
        await sue.shoot("scam-support-queue")
        await sue.presses("m|reports|1")
        assert sue.heard("reports.one")
        assert ": 2" in text_of(sue.last), "so many others sent the same number and link"
        await sue.shoot("scam-support-report")
        await sue.presses("m|reports|1.which")
        await sue.shoot("scam-support-which")
        await sue.presses("m|reports|1.as.unfreeze")
        await sue.presses("m|reports|1.marks.unfreeze")
        assert sue.heard("reports.done")
        assert candor.refused_calls == []
