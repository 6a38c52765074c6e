"""A check bought on the page, in a real browser: the price, the bill, Telegram's window, and the money back.

With CANDOR_SHOTS=folder the pictures of what the borrower saw are left there.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.chat import Candor
from tests.journeys.test_paying import STARS, scored, states

pytestmark = pytest.mark.browser


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("CANDOR_SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_a_check_is_bought_and_given_back_on_the_page(tmp_path: Path, browser: Browser) -> None:
    async with Candor(tmp_path, changed={"free": 1, "stars": STARS}) as candor:
        maria = await scored(candor)
        page = await browser.new_page(viewport={"width": 900, "height": 1100}, reduced_motion="reduce")
        problems: list[str] = []
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        await page.goto(f"{candor.api.url}/#{maria.id}")
        await maria.says("/score")
        await page.get_by_text(f"One more check: {STARS} Stars").click()
        await page.get_by_text(f"Yes, send the bill for {STARS} Stars").click()
        pay = page.locator("button.key", has_text=f"Pay ⭐ {STARS}")
        await pay.click()
        await shot(page, "window")
        await page.locator("#pay button[value=cancel]").click()
        await candor.quiet()
        assert await states(candor, maria) == ["offered"], "the window was closed, and nothing happened"
        await pay.click()
        await page.locator("#pay button[value=pay]").click()
        await expect(page.locator(".text", has_text=f"You paid ⭐ {STARS}")).to_be_visible()
        await shot(page, "paid")
        await pay.click()
        await page.locator("#pay button[value=pay]").click()
        await expect(page.locator("#alert p")).to_contain_text("This bill is no longer good")
        await page.locator("#alert button").click()
        await candor.quiet()
        await maria.says("/paysupport")
        await page.get_by_text("Give it back (No. 1)").click()
        await expect(page.locator(".text", has_text=f"You got back ⭐ {STARS}")).to_be_visible()
        await shot(page, "back")
        await candor.quiet()
        assert await states(candor, maria) == ["refunded"]
        assert problems == []
        assert candor.refused_calls == []
