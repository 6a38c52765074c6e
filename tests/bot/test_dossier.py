"""The page about a person: total, in every language, and safe whatever was typed."""

from decimal import Decimal
from typing import Any

import pytest

from bot import i18n
from bot.views import dossier
from engine import countries
from storage import people, rights
from storage.database import Database
from storage.people import Person
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import MARKS, fill

ONLY_ON_THE_WAY = {"message", "file"}
"""Content that is gone once it is handled or sent; the record of it is on the page."""


async def held(database: Database, vault: Vault) -> tuple[Person, dict[str, list[dict[str, Any]]]]:
    person = await fill(database, vault)
    async with database.read() as read:
        return person, await rights.export(read, person)


@pytest.mark.parametrize("language", ["en", "es", "zh_CN"])
async def test_whatever_was_confided_is_on_the_page(sqlite_url: str, vault: Vault, language: str) -> None:
    database = Database(sqlite_url)
    _, everything = await held(database, vault)
    await database.close()
    locale = i18n.locale(language, "us")
    page = dossier.page(everything, locale, countries.load("us"), NOW, "Somebody & sons")
    for name, mark in MARKS.items():
        formatted = locale.value(i18n.Money(Decimal(mark), "USD")) if name in {"answer", "draft"} else mark
        assert (mark in page or formatted in page) == (name not in ONLY_ON_THE_WAY), name
    assert "Somebody &amp; sons" in page
    for row in everything["consents"]:
        assert row["receipt"] in page
    for table, rows in everything.items():
        assert rows or table == "audit", table


@pytest.mark.parametrize("language", ["en", "es", "zh_CN"])
async def test_what_passed_at_the_desk_is_told_in_words(sqlite_url: str, vault: Vault, language: str) -> None:
    database = Database(sqlite_url)
    _, everything = await held(database, vault)
    await database.close()
    locale = i18n.locale(language, "us")
    page = dossier.page(everything, locale, countries.load("us"), NOW, "Somebody")
    assert [table for table in everything if f"<h3>{table}</h3>" in page] == [], "a table shown raw"
    wanted = page.partition('<section id="wants">')[2].partition("</section>")[0]
    for key in ("dossier.want.bulletin", "letter.kind.alert", "dossier.payments", "dossier.ratings"):
        assert locale.plain(i18n.t(key)) in wanted, key
    assert locale.value(everything["subscriptions"][0]["at"]) in wanted


async def test_a_page_without_a_country_or_a_name_is_a_page(database: Database, vault: Vault) -> None:
    async with database.write() as write:
        person = await people.meet(write, vault, 5, "en", "", NOW)
        everything = await rights.export(write, person)
    page = dossier.page(everything, i18n.locale("en"), None, NOW, "Somebody")
    assert person.handle in page


def test_invisible_characters_do_not_turn_the_page_about() -> None:
    locale = i18n.locale("en")
    nasty = "a\u202eb\u2066c\x00d\u200be\r\n<x>"
    page = dossier.page({"diary": [{nasty: nasty}]}, locale, None, NOW, nasty)
    assert not set("\u202e\u2066\x00\u200b\r") & set(page)
    assert "&lt;x&gt;" in page
    assert "<x>" not in page
