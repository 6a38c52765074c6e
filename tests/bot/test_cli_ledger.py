"""`ledger` prints what a lender's alerts were worth."""

import argparse
import asyncio
from pathlib import Path

import pytest

from bot.cli import ledger as command
from tests.chat import Candor
from tests.journeys.watched import happens, watched


async def _live(folder: Path) -> Candor:
    async with Candor(folder) as candor:
        house, _, _ = await watched(candor)
        await happens(candor, house, "instalment_late", days=12)
    return candor


def test_the_ledger_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:

    candor = asyncio.run(_live(tmp_path))
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    for name, code in (("first bank", 0), ("Nobody", 1)):
        chosen = parser.parse_args(["ledger", name])
        assert chosen.call(candor.settings, chosen) == code
    told = capsys.readouterr()
    assert "late_first" in told.out
    assert "all rules" in told.out
    assert "no open lender" in told.err
