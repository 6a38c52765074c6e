"""Rights: everything on one page, everything gone, and what stays said beforehand."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import i18n
from bot.services import retention
from bot.views import dossier
from storage import accesses, audit, facts, rights
from tests.chat import PHONES, Candor, Somebody, text_of
from tests.conftest import NOW
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, scored, serves

PIN = "482915"


def sent(somebody: Somebody, end: str) -> str:
    """What the newest export in the chat says."""
    files = somebody.candor.api._world.files
    name = re.compile(rf"candor-\d{{4}}-.*\.{end}")
    for message in reversed(somebody.chat):
        if name.fullmatch(message.get("document", {}).get("file_name", "")):
            found = files.find(message["document"]["file_id"])
            assert found is not None
            return files.read(found).decode()
    raise AssertionError(f"no .{end} in the chat")


async def trail(candor: Candor) -> list[tuple[str, str, str]]:
    async with candor.context.database.read() as read:
        return [(row.action, row.object, row.result) for row in await audit.newest(read, 50)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_whole_in_every_language(candor: Candor, language: str) -> None:
    maria = await scored(candor, language, COUNTRIES[language])
    await maria.says("/export")
    await maria.says(PIN)
    page, data = sent(maria, "html"), json.loads(sent(maria, "json"))
    for wanted in ("8613800138000", "12025550142", "525512345678"):
        assert (wanted in page) == (wanted in PHONES[COUNTRIES[language]])
    assert str(data["scores"][0]["result"]["score"]) in page
    assert data["people"][0]["handle"] in page
    assert data["consents"][0]["receipt"] in page
    locale = i18n.locale(language)
    for key in (*dossier.SECTIONS, *dossier.RECORDS.values(), "dossier.title", "dossier.record"):
        assert locale.plain(i18n.t(key)) in page, key
    assert set(data) == set(rights.KEEPERS) | {"inbox", "outbox", "audit"}
    assert "{" not in re.sub(
        r"<style>.*?</style>|<bdi>.*?</bdi>", "", page, flags=re.DOTALL
    )  # nothing unfilled
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"|<script|url\(", page) == []


async def test_what_was_typed_can_do_nothing_on_the_page(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.presses("score.bad")
    await maria.says("<script>alert(1)</script> “&amp;” <img src=x onerror=alert(2)>")
    await maria.says("/export")
    await maria.says(PIN)
    page = sent(maria, "html")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_a_table_of_tomorrow_is_shown_raw() -> None:
    held = {"people": [], "horoscopes": [{"sign": "<b>lion</b>"}]}
    person = i18n.locale("en")
    page = dossier.page(held, person, None, NOW, "Somebody")
    assert "horoscopes" in page
    assert "&lt;b&gt;lion&lt;/b&gt;" in page


async def test_an_export_is_on_record(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.says("/export")
    await maria.says(PIN)
    person = await known(maria)
    async with candor.context.database.read() as read:
        (look,) = await accesses.recent(read, person, 5)
    assert (look.actor, look.action) == (person.handle, "export")
    assert ("export", f"person:{person.handle}", "done") in await trail(candor)
    documents = [m for m in maria.chat if "document" in m and "candor-20" in m["document"]["file_name"]]
    assert len(documents) == 2
    assert all(m.get("has_protected_content") for m in documents)
    await maria.says("/access")
    assert maria.heard("access.what.export")


async def test_deletion_says_what_stays_and_ends_with_a_number(candor: Candor) -> None:
    maria = await scored(candor)
    person = await known(maria)
    await maria.says("/delete")
    for key in ("delete.what", "delete.stays.record", "delete.stays.trail", "delete.stays.backups"):
        assert maria.heard(key), key
    assert not maria.heard("delete.stays.lenders")
    await maria.says(PIN)
    assert maria.heard("delete.done")
    found = re.search(r"E-[2-9A-Z]{5}-[2-9A-Z]{5}", text_of(maria.last))
    assert found is not None
    assert person.handle not in found[0]
    assert ("delete", f"erasure:{found[0]}", "done") in await trail(candor)
    sam = await serves(candor.person(), "support")
    await sam.says(f"/erasure {found[0].lower()}")
    assert sam.heard("erasure.record")
    assert sam.heard("erasure.gone")
    await sam.says("/erasure E-22222-22222")
    assert sam.heard("erasure.unknown")
    stranger = candor.person()
    await stranger.says(f"/erasure {found[0]}")
    assert stranger.heard("help.unknown_command")


async def test_whoever_stays_away_is_asked_and_then_erased(candor: Candor) -> None:
    maria, pedro, nora = [await scored(candor) if n == 0 else candor.person() for n in range(3)]
    for one in (pedro, nora):
        await one.says("/start")
        await one.presses("=en")
    worker = await serves(candor.person(), "support")
    context, now = candor.context, candor.context.clock()

    def later(days: int) -> None:
        candor.context = replace(context, clock=lambda: now + timedelta(days=days))

    later(700)
    assert await retention.warn(candor.context) == []
    later(735)
    candor.front.courier.carry(await retention.warn(candor.context))
    await candor.quiet()
    for one in (maria, pedro, nora):
        assert one.sees("absent.notice")
    assert not worker.sees("absent.notice")
    assert await retention.warn(candor.context) == []  # once
    await pedro.presses("m|keep|")  # the bot's own clock is today's, so this says so by the counter
    assert pedro.heard("absent.kept")
    gone = await retention.sweep(candor.context)
    assert gone["absent"] == 0
    later(735 + 32)
    gone = await retention.sweep(candor.context)
    assert gone["absent"] == 2
    assert [bool(await one.stored()) for one in (maria, pedro, nora, worker)] == [False, True, False, True]


async def test_facts_of_others_are_exported_with_their_source(candor: Candor) -> None:
    maria = await scored(candor)
    context, person = candor.context, await known(maria)
    async with context.database.write() as write:
        await facts.put(write, person, {"total_owed": "5200"}, "bureau", context.clock())
    await maria.says("/export")
    await maria.says(PIN)
    assert "a credit bureau" in sent(maria, "html")
    held = {(f["name"], f["source"]): f["value"] for f in json.loads(sent(maria, "json"))["facts"]}
    assert held[("total_owed", "bureau")] == "5200"
    assert held[("total_owed", "self")] == "4000"
