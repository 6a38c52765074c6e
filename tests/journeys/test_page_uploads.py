"""A statement attached on the page, in a real browser, and used."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.channels.local import Person
from tests.chat import Candor
from tests.journeys.test_page import DESKTOP, PHONE, AtPage, sit_down
from tests.journeys.test_uploads import statement

pytestmark = pytest.mark.browser


async def attaches(somebody: AtPage, file: Path) -> None:
    """Send a file as a person does: the clip, the kind, the file."""
    somebody._remember()
    await somebody.page.locator(".attach").click()
    async with somebody.page.expect_file_chooser() as choosing:
        await somebody.page.locator(".attach-menu [data-kind=document]").click()
    await (await choosing.value).set_files(file)
    await somebody.player.wait(lambda chat: any("document" in m and not m["from"]["is_bot"] for m in chat))
    await somebody.candor.quiet()


@pytest.mark.parametrize(
    ("person", "country", "size"),
    [
        (Person(1, "梅", "李", language_code="zh-hans", phone="+8613800138000"), "cn", PHONE),
        (Person(2, "María", "López", language_code="es-419", phone="+525512345678"), "mx", PHONE),
        (Person(3, "Alex", "Morgan", language_code="en", phone="+12025550142"), "us", DESKTOP),
    ],
    ids=["zh", "es", "en"],
)
async def test_a_statement_is_attached_and_used(
    candor: Candor, browser: Browser, tmp_path: Path, person: Person, country: str, size: tuple[int, int]
) -> None:
    file = tmp_path / "statement.csv"
    file.write_bytes(statement(country).encode("gbk" if country == "cn" else "utf-8"))
    somebody = await sit_down(candor, browser, person, size)
    await somebody.enrols(country)
    await somebody.says("/cancel")
    await attaches(somebody, file)
    assert somebody.heard("file.read")
    await somebody.shoot(f"statement-{country}")
    await somebody.presses("=yes")
    assert somebody.heard("file.taken")
    await somebody.says("/sources")
    await somebody.shoot(f"sources-{country}")
    await somebody.page.context.close()
