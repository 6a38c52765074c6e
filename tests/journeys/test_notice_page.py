"""A borrower's notice on the page, in a real browser and in three languages.

With CANDOR_SHOTS=folder the pictures of what the borrower saw are left there.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.chat import Candor, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, scored
from tests.journeys.test_page import PHONE
from tests.journeys.watched import bank, borrows, happens

TALL = 1110
"""Enough for a picture to show the notice whole."""

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_notice_is_whole_on_a_phone(tmp_path: Path, browser: Browser, language: str) -> None:
    async with Candor(tmp_path) as candor:
        country = COUNTRIES[language]
        house, _ = await bank(candor, country)
        ana = await scored(candor, language, country)
        await borrows(ana, house)
        await happens(candor, house, "instalment_late", days=45)
        window = await browser.new_context(
            viewport={"width": PHONE[0], "height": PHONE[1]}, reduced_motion="reduce"
        )
        page = await window.new_page()
        await page.goto(f"{candor.api.url}/#{ana.id}")
        await page.wait_for_selector(".pane")
        last = page.locator(".message").last
        await expect(last.locator("button.key")).to_have_count(6)
        await last.scroll_into_view_if_needed()
        words = await last.locator(".text").inner_text()
        assert words.split() == text_of(ana.last).split()
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(overflow) == 0
        if folder := os.environ.get("CANDOR_SHOTS"):
            await page.set_viewport_size({"width": PHONE[0], "height": TALL})
            await last.scroll_into_view_if_needed()
            await page.wait_for_timeout(300)
            await page.screenshot(path=str(Path(folder) / f"notice-{language}.png"))
        assert candor.refused_calls == []
