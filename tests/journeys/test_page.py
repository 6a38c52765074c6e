"""The whole journey on the page, in a real browser: three languages, desktop and phone.

With CANDOR_SHOTS=folder the pictures of what the person saw are left there.
"""

import asyncio
import os
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.async_api import Browser, Page, expect

from bot.channels.local import Person
from tests.chat import Candor, Somebody, buttons, text_of

pytestmark = pytest.mark.browser

DESKTOP, PHONE = (1280, 800), (390, 844)


class AtPage(Somebody):
    """Somebody whose every act goes through the page."""

    page: Page

    async def says(self, text: str) -> Self:
        """Type into the message box."""
        self._mark = max((m["message_id"] for m in self.chat), default=0)
        gone = self._calls("deletemessage")
        start = self.page.get_by_role("button", name="Start", exact=True)
        if text == "/start" and await start.is_visible():
            await start.click()
        else:
            await self.page.locator("textarea").fill(text)
            await self.page.keyboard.press("Enter")
        await self.player.wait(
            lambda chat: (
                any(m["message_id"] > self._mark and not m["from"]["is_bot"] for m in chat)
                or self._calls("deletemessage") > gone
            )
        )  # what must not stay in the chat may be gone before anybody looks
        await self.candor.quiet()
        return self

    async def press_raw(self, message_id: int, data: str) -> str:
        """Click the button whose callback data this is."""
        message = next(m for m in self.chat if m["message_id"] == message_id)
        label = next(b["text"] for b in buttons(message) if b["callback_data"] == data)
        answered = self._calls("answercallbackquery")
        await self.page.locator(".message button.key", has_text=label).last.click()
        async with asyncio.timeout(5):
            while self._calls("answercallbackquery") == answered:
                await asyncio.sleep(0.01)
        await self.candor.quiet()
        return ""

    def _calls(self, method: str) -> int:
        return sum(1 for call in self.candor.api.log if call.method.lower() == method)

    async def shoot(self, name: str) -> None:
        """Leave a picture of the page, where pictures are wanted."""
        if folder := os.environ.get("CANDOR_SHOTS"):
            await self.page.wait_for_timeout(300)
            await self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


async def sit_down(
    candor: Candor, browser: Browser, person: Person, size: tuple[int, int], **look: Any
) -> AtPage:
    candor.api.add_person(person)
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **look
    )
    somebody = AtPage(candor, candor.api.person(person.id))
    somebody.page = await context.new_page()
    await somebody.page.goto(f"{candor.api.url}/#{person.id}")
    await somebody.page.wait_for_selector(".pane")
    return somebody


@pytest.mark.parametrize(
    ("person", "country", "size", "look"),
    [
        (Person(1, "梅", "李", language_code="zh-hans", phone="+8613800138000"), "cn", DESKTOP, {}),
        (Person(2, "María", "López", language_code="es-419", phone="+525512345678"), "mx", PHONE, {}),
        (
            Person(3, "Alex", "Morgan", language_code="en", phone="+12025550142"),
            "us",
            PHONE,
            {"color_scheme": "dark"},
        ),
    ],
    ids=["zh-desktop", "es-phone", "en-phone-dark"],
)
async def test_the_journey_on_the_page(
    tmp_path: Path,
    browser: Browser,
    person: Person,
    country: str,
    size: tuple[int, int],
    look: dict[str, Any],
) -> None:
    async with Candor(tmp_path) as candor:
        me = await sit_down(candor, browser, person, size, **look)
        name = f"{country}-{size[0]}"
        await me.says("/start")
        await me.shoot(f"{name}-1-hello")
        await me.presses(f"={me.language}")
        await me.presses(f"={country}")
        await me.shoot(f"{name}-2-consent")
        await me.decides({"marketing": False})
        await me.shoot(f"{name}-3-receipt")
        await me.registers(country)
        await me.shoot(f"{name}-4-question")
        await me.answers(purchase_price="skip")
        await me.shoot(f"{name}-5-summary")
        await me.gets_score()
        assert me.heard("card.beware")
        await expect(me.page.locator(".message img").last).to_be_visible()
        await me.shoot(f"{name}-6-card")
        await me.page.locator(".message img").last.scroll_into_view_if_needed()
        await me.shoot(f"{name}-7-picture")
        await me.says("/improve")
        await me.says("/whatif")
        await me.presses("=loan_amount")
        await me.says("2000")
        await me.shoot(f"{name}-8-whatif")
        await me.says("/history")
        await me.shoot(f"{name}-9-history")
        shown = await me.page.locator(".message .text").all_text_contents()
        assert text_of(me.chat[-1]) in "\n".join(shown)
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await me.page.evaluate(overflow) == 0
        assert candor.refused_calls == []
