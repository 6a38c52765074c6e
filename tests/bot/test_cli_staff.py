"""The shell enrols operators and enters lenders, under the name "shell", and closes nothing alone."""

import argparse
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import settings, wire
from bot.cli import staff as command
from bot.services import foureyes
from bot.services.context import Context
from bot.settings import Settings
from storage import approvals, audit, people
from storage.audit import Row


@pytest.fixture
def told(tmp_path: Path) -> Settings:
    made = settings.load(environ={"CANDOR_DATA": str(tmp_path / "data")})
    wire.prepare(made)
    return made


def call(told: Settings, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    chosen = parser.parse_args(words)
    return int(chosen.call(told, chosen))


def within(told: Settings, work: Any) -> Any:
    """Do something with the rooms open."""

    async def opened() -> Any:
        context = await wire.build(told)
        try:
            return await work(context)
        finally:
            await context.database.close()
            await context.vault.close()

    return asyncio.run(opened())


def met(told: Settings, chat_id: int = 7) -> str:
    async def meet(context: Context) -> str:
        async with context.database.write() as write:
            return (await people.meet(write, context.vault, chat_id, "en", "us", context.clock())).handle

    return str(within(told, meet))


@pytest.fixture(autouse=True)
def anchored(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert "not anchored" not in caplog.text


def trail(told: Settings) -> list[tuple[str, str, str]]:
    async def read(context: Context) -> list[Row]:
        async with context.database.read() as connection:
            return await audit.newest(connection, 50)

    return [(row.actor, row.action, row.result) for row in within(told, read)]


def test_the_first_operator_comes_from_the_shell(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(told, "operator", "add", "2222222222") == 2
    assert "nobody has this reference" in capsys.readouterr().err
    handle = met(told)
    assert call(told, "operator", "add", handle.lower()) == 0
    assert call(told, "operator", "add", handle) == 2
    assert call(told, "staff", "list") == 0
    assert handle in capsys.readouterr().out
    assert trail(told) == [("shell", "operator.add", "done"), ("shell", "operator.add", "denied")]


@pytest.mark.parametrize("words", [("First Bank", "zz"), ("", "us"), ("x" * 81, "us"), ("a\x1b[2J", "us")])
def test_a_lender_that_cannot_be(told: Settings, words: tuple[str, str]) -> None:
    assert call(told, "lender", "add", *words) == 2
    assert trail(told) == []


def test_lenders_and_the_rule_of_four_eyes(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(told, "lender", "add", "First Bank", "US") == 0
    assert call(told, "lender", "add", "FIRST bank", "us") == 2
    assert call(told, "lender", "add", "Second Bank", "us") == 0
    assert call(told, "lender", "close", "Third Bank") == 2
    assert call(told, "lender", "close", "First Bank") == 0, "nobody is enrolled: the shell acts alone"
    operator = met(told)
    assert call(told, "operator", "add", operator) == 0
    assert call(told, "lender", "close", "Second Bank") == 2
    assert "python -m bot approvals ask lender.close lender:2" in capsys.readouterr().err
    assert call(told, "approvals", "ask", "lender.open", "lender:2") == 2
    assert call(told, "approvals", "ask", "lender.close", "lender:2") == 0
    assert call(told, "lender", "close", "Second Bank") == 2, "asked is not approved"

    async def approve(context: Context) -> bool:
        async with context.database.write() as write:
            return await approvals.answer(write, 1, operator, context.clock(), approved=True)

    assert within(told, approve)
    assert call(told, "approvals", "list") == 0
    assert "approved" in capsys.readouterr().out
    assert call(told, "lender", "close", "Second Bank") == 0
    capsys.readouterr()
    assert call(told, "lender", "list") == 0
    assert capsys.readouterr().out == ""
    assert trail(told).count(("shell", "lender.close", "denied")) == 2


def test_only_what_needs_four_eyes_can_be_asked_for() -> None:
    assert foureyes.understood("keys.rotate") == ("keys.rotate", "-")
    for words in (
        "",
        "keys",
        "lender.close a b",
        "lender.close ;drop",
        f"lender.close {'x' * 28}",
        "KEYS.ROTATE",
    ):
        assert foureyes.understood(words) is None, words
    for action in foureyes.ACTIONS:
        audit.Entry("shell", "approval.asked", f"{action}:{'x' * 27}", "-", "done")  # fits the trail
