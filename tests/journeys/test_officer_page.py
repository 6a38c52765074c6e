"""An officer's day on the page, in a real browser: an alert comes, its case is opened and worked on.

With CANDOR_SHOTS=folder the pictures of what the officer saw are left there.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from bot.channels.local import Person
from tests.chat import Candor
from tests.journeys.staffed import COUNTRIES, LANGUAGES, lender, scored, serves
from tests.journeys.test_page import sit_down
from tests.journeys.watched import borrows, happens

pytestmark = pytest.mark.browser

TALL = (390, 1340)
"""As wide as a phone, and so high that a whole alert is seen at once."""


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_an_alert_and_its_case_on_the_page(tmp_path: Path, browser: Browser, language: str) -> None:
    look: dict[str, Any] = {"color_scheme": "dark"} if language == "es" else {}
    country = COUNTRIES[language]
    async with Candor(tmp_path) as candor:
        house = await lender(candor, country=country)
        person = Person(1, "Ana", language_code=LANGUAGES[language], phone="+12025550142")
        ana = await sit_down(candor, browser, person, TALL, **look)
        await serves(ana, "officer", house)
        borrower = await scored(candor, language, country)
        await borrows(borrower, house, "L-2041", measures=("reschedule", "security", "early"))
        await happens(candor, house, "instalment_late", "L-2041", days=12)
        await happens(candor, house, "public_record", "L-2041", ref="e-2", what="judgment")
        picture = ana.page.locator(".message img").last
        await expect(picture).to_be_visible()
        await picture.scroll_into_view_if_needed()
        await ana.shoot(f"alert-{language}-picture")
        await ana.page.mouse.wheel(0, 10_000)
        await ana.shoot(f"alert-{language}")
        await ana.presses("case|1.ack")
        await ana.presses("case|1.ask")
        await ana.presses("=happened")
        await borrower.presses("tell|1.paid") if borrower.sees("alert.borrower") else None
        await ana.presses("case|1.look")
        assert ana.heard("case.whole")
        await ana.page.mouse.wheel(0, 10_000)
        await ana.shoot(f"case-{language}")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await ana.page.evaluate(overflow) == 0
        assert candor.refused_calls == []
