"""An administrator makes a key for a program, sees it once, and ends it; nobody else gets near."""

import re
from pathlib import Path

from storage import apikeys, audit
from storage.apikeys import Key
from tests.chat import Candor, Somebody, text_of
from tests.journeys.staffed import lender, serves


async def live(candor: Candor, key: str = "") -> list[Key]:
    context = candor.context
    async with context.database.read() as read:
        if key:
            found = await apikeys.find(read, key, context.clock())
            return [found] if found else []
        return list(await apikeys.listed(read, None, context.clock()))


async def makes(boss: Somebody, name: str = "core banking", kind: str = "=events") -> str:
    await boss.says("/keys")
    await boss.presses("new.1")
    await boss.says(name)
    await boss.presses(kind)
    await boss.presses("=yes")
    assert boss.heard("keys.made")
    (found,) = [m for m in boss.said_to_me if "candor_" in text_of(m)]
    assert found["has_protected_content"]
    return str(re.findall(r"candor_[\w-]{43}", text_of(found))[0])


async def test_a_key_is_shown_once_and_opens_until_it_is_ended(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        bank = await lender(candor)
        boss = await serves(candor.person(), "admin", bank)
        await boss.says("/keys")
        assert boss.heard("keys.none")
        key = await makes(boss)
        (found,) = await live(candor, key)
        assert (found.name, found.scopes, found.lender_id) == (
            "core banking",
            ("events:write", "loans:read"),
            bank.id,
        )
        await boss.presses("seen")
        assert not any(key in text_of(message) for message in boss.chat)
        assert key not in str(await boss.stored())
        await boss.says("/keys")
        assert found.hint in text_of(boss.last)
        await boss.presses(f"end.{found.id}")
        assert boss.heard("keys.ask_end")
        assert await live(candor, key), "asked first"
        await boss.presses(f"end.{found.id}.yes")
        assert boss.heard("keys.ended")
        assert await live(candor) == []
        async with candor.context.database.read() as read:
            assert [await audit.last(read, f"key.{what}") for what in ("made", "ended")] == [
                "lender:1",
                "key:1",
            ]
        assert candor.refused_calls == []


async def test_a_key_that_is_not_wanted_after_all_is_not_made(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        boss = await serves(candor.person(), "admin", await lender(candor))
        await boss.says("/keys")
        await boss.presses("new.1")
        await boss.says("x" * 41)
        assert boss.heard("wrong.key_name")
        await boss.says("reports")
        await boss.presses("=reading")
        await boss.presses("=no")
        assert boss.heard("keys.dropped")
        assert await live(candor) == []


async def test_nobody_makes_or_ends_a_key_of_another_lender(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        first, second = await lender(candor), await lender(candor, "Second Bank")
        boss, rival = (
            await serves(candor.person(), "admin", first),
            await serves(candor.person(), "admin", second),
        )
        officer = await serves(candor.person(), "officer", first)
        await makes(boss)
        (mine,) = await live(candor)
        for data in (
            f"m|keys|end.{mine.id}.yes",
            f"m|keys|new.{first.id}",
            "m|keys|end.999",
            "m|keys|nonsense",
        ):
            for other in (rival, officer):
                toast = await other.press_raw(other.last["message_id"], data)
                assert toast, data
                assert not other.heard("newkey.name")
        await officer.says("/keys")
        assert not officer.heard("keys.list")
        assert [key.id for key in await live(candor)] == [mine.id]
