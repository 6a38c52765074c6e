"""A fraud warning on the page, in a real browser: written by support, agreed to by another, read by a borrower.

With CANDOR_SHOTS=folder the pictures of what they saw are left there.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from bot.channels.local import Person
from bot.services import bulletins as service
from tests.journeys.staffed import COUNTRIES, LANGUAGES, serves
from tests.journeys.test_page import sit_down
from tests.journeys.warnings import composes, still, warned

pytestmark = pytest.mark.browser

PHONE = (390, 1500)


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_warning_from_all_sides(tmp_path: Path, browser: Browser, language: str) -> None:
    look: dict[str, Any] = {"color_scheme": "dark"} if language == "es" else {}
    async with still(tmp_path, "") as candor:
        code = LANGUAGES[language]
        people = [
            Person(n, name, language_code=code) for n, name in enumerate(("Maria", "Sam", "Sue"), start=1)
        ]
        maria, sam, sue = [await sit_down(candor, browser, one, PHONE, **look) for one in people]
        await serves(sam, "support")
        await serves(sue, "support")
        await maria.says("/start")
        await maria.presses(f"={language}")
        await maria.presses(f"={COUNTRIES[language]}")
        await maria.says("/cancel")
        await maria.says("/warnings")
        await maria.presses("bulletin.on")
        one = await composes(sam)
        await sue.presses(f"m|bulletins|{one.id}")
        await sue.presses(f"{one.id}.yes")
        await service.deliver(candor.context)
        await candor.quiet()
        assert len(warned(maria)) == 1
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        for name, each in (("reader", maria), ("author", sam), ("second", sue)):
            await each.page.wait_for_timeout(300)
            assert await each.page.evaluate(overflow) == 0
            if folder := os.environ.get("CANDOR_SHOTS"):
                await each.page.screenshot(path=f"{folder}/warning-{language}-{name}.png")
        assert candor.refused_calls == []
