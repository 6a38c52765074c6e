"""What a start does before the first word: it goes on where an earlier run was cut short, or refuses."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from bot import wire
from bot.channels.telegram import Front
from bot.services.opening import NotApproved, open_up
from storage import approvals, audit, marks, people, staff
from tests.chat import TOKEN, Candor


async def reopened(candor: Candor, bad_rate: float) -> None:
    """Stop the bot and go through a start with another level of scores."""
    await candor.stop_bot()
    config = candor.settings.config
    scoring = msgspec.structs.replace(config.scoring, expected_bad_rate=bad_rate)
    config = msgspec.structs.replace(config, scoring=scoring)
    candor.settings = msgspec.structs.replace(candor.settings, config=config)
    candor.context = await wire.build(candor.settings)
    try:
        await open_up(candor.context)
    finally:
        candor.front = Front(candor.context, TOKEN, candor.api.url)
        candor._running = asyncio.create_task(asyncio.sleep(0))


async def test_while_nobody_is_operator_the_shell_changes_the_model_alone(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.quiet()
        await reopened(candor, 0.1)
        async with candor.context.database.read() as read:
            known = await marks.find(read, "model.hash")
        assert known is not None
        assert known.value == candor.context.model.hash


async def test_with_operators_another_model_needs_a_second_word(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        somebody = candor.person()
        await somebody.says("/start")
        await candor.quiet()
        context = candor.context
        now = context.clock()
        async with context.database.write() as write:
            person = await people.find(write, context.vault, somebody.id)
            assert person is not None
            await staff.give(write, person, "operator", None, "shell", now)
        with pytest.raises(NotApproved, match=r"/propose model\.change") as refusal:
            await reopened(candor, 0.1)
        short = candor.context.model.hash[:12]
        assert short in str(refusal.value)
        async with candor.context.database.write() as write:
            number = await approvals.ask(write, "model.change", short, "ONE", now, now.replace(year=2100))
            assert await approvals.answer(write, number, "OTHER", now, approved=True)
        await reopened(candor, 0.1)
        with pytest.raises(NotApproved):
            await reopened(candor, 0.12)  # an approval is for one model, and used up
        async with candor.context.database.write() as write:
            await marks.forget(write, "model.hash")
        with pytest.raises(NotApproved):
            await reopened(candor, 0.12)  # nor is it forgotten with the mark
        await reopened(candor, 0.1)
        verdict = await audit.verify(
            candor.context.database, candor.context.vault.secret("audit"), candor.context.anchor
        )
        assert verdict.sound
