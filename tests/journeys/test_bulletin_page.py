"""A fraud warning on the page, in a real browser: written, looked at, agreed to, and read by whoever asked for it.

With CANDOR_SHOTS=folder the pictures of what was seen are left there.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from bot.channels.local import Person
from bot.services import bulletins as service
from tests.chat import Candor
from tests.journeys.staffed import COUNTRIES, LANGUAGES, serves
from tests.journeys.test_page import sit_down
from tests.journeys.warnings import approved, composes, newest, warned

pytestmark = pytest.mark.browser

TALL = (390, 1000)


async def test_support_writes_one_on_the_page(tmp_path: Path, browser: Browser) -> None:
    async with Candor(tmp_path) as candor:
        person = Person(1, "Ann", language_code="en", phone="+12025550142")
        ann, other = await sit_down(candor, browser, person, TALL), candor.person("zh-hans", "Bo")
        await serves(ann, "support")
        await serves(other, "operator")
        await ann.says("/bulletins")
        await ann.shoot("bulletin-none")
        one = await composes(ann)
        await ann.shoot("bulletin-asked")
        await ann.page.locator(".message").nth(-4).scroll_into_view_if_needed()
        await ann.shoot("bulletin-looks")
        await other.presses(f"m|bulletins|{one.id}")
        await other.presses(f"{one.id}.yes")
        assert ann.heard("bulletins.approved") or ann.sees("bulletins.approved")
        assert (await newest(candor)).state == "sending"
        await ann.says("/bulletins")
        await ann.shoot("bulletin-going")
        assert candor.refused_calls == []


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_it_is_read_on_the_page(tmp_path: Path, browser: Browser, language: str) -> None:
    look: dict[str, Any] = {"color_scheme": "dark"} if language == "zh_CN" else {}
    async with Candor(tmp_path) as candor:
        person = Person(1, "Ana", language_code=LANGUAGES[language], phone="+12025550142")
        ana = await sit_down(candor, browser, person, TALL, **look)
        await ana.says("/start")
        await ana.presses(f"={language}")
        await ana.presses(f"={COUNTRIES[language]}")
        await ana.says("/cancel")
        await ana.says("/warnings")
        await ana.presses("bulletin.on")
        await ana.shoot(f"warnings-{language}")
        await approved(candor)
        await service.deliver(candor.context)
        await candor.quiet()
        assert len(warned(ana)) == 1
        await ana.shoot(f"bulletin-{language}")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await ana.page.evaluate(overflow) == 0
        assert candor.refused_calls == []
