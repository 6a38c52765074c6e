"""A check bought on the page, in a real browser: the price, the bill, Telegram's window, and the money back.

With CANDOR_SHOTS=folder the pictures of what the borrower saw are left there.
"""

import json
import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot import i18n
from bot.settings import ROOT
from tests.chat import Candor
from tests.journeys.staffed import COUNTRIES, LANGUAGES, scored
from tests.journeys.test_paying import STARS, states

pytestmark = pytest.mark.browser

BROWSERS = {"en": "en-US", "es": "es-MX", "zh_CN": "zh-CN"}
OWN = json.loads((ROOT / "bot/channels/local/web/words.json").read_text(encoding="utf-8"))
"""The page's own words, by language."""


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("CANDOR_SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_a_check_is_bought_and_given_back_on_the_page(
    tmp_path: Path, browser: Browser, language: str
) -> None:
    locale, own = i18n.locale(language), OWN[language[:2]]
    async with Candor(tmp_path, changed={"free": 1, "stars": STARS}) as candor:
        maria = await scored(candor, language, COUNTRIES[language])
        page = await browser.new_page(
            viewport={"width": 390, "height": 1100}, reduced_motion="reduce", locale=BROWSERS[language]
        )
        problems: list[str] = []
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        await page.goto(f"{candor.api.url}/#{maria.id}")
        await maria.says("/score")
        await page.get_by_text(locale.plain(i18n.t("checks.buy", n=STARS))).click()
        await shot(page, f"pay-{language}-price")
        await page.get_by_text(locale.plain(i18n.t("pay.yes", n=STARS))).click()
        pay = page.locator("button.key", has_text=f"⭐ {STARS}")
        await pay.click()
        await shot(page, f"pay-{language}-window")
        await page.locator("#pay button[value=cancel]").click()
        await candor.quiet()
        assert await states(candor, maria) == ["offered"], "the window was closed, and nothing happened"
        await pay.click()
        await page.locator("#pay button[value=pay]").click()
        await expect(page.locator(".text", has_text=f"{own['paid']} ⭐ {STARS}")).to_be_visible()
        await shot(page, f"pay-{language}-paid")
        await pay.click()
        await page.locator("#pay button[value=pay]").click()
        await expect(page.locator("#alert p")).to_contain_text(locale.plain(i18n.t("pay.trouble.gone"))[:20])
        await page.locator("#alert button").click()
        await candor.quiet()
        await maria.says("/paysupport")
        await page.get_by_text(
            locale.plain(i18n.t("pay.label", what=i18n.t("pay.back.now"), number=1))
        ).click()
        await expect(page.locator(".text", has_text=f"{own['refunded']} ⭐ {STARS}")).to_be_visible()
        await shot(page, f"pay-{language}-back")
        await candor.quiet()
        assert await states(candor, maria) == ["refunded"]
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(overflow) == 0
        assert problems == []
        assert candor.refused_calls == []
