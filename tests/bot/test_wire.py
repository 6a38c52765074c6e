"""The composition root: what a start refuses."""

from pathlib import Path

import pytest

from bot import wire
from storage.vault import VaultError
from tests.chat import Candor


async def test_a_start_without_the_key_of_a_filled_database_is_refused(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.person().says("/start")
    wire.prepare(candor.settings)
    wire.key_of(candor.settings).unlink()
    with pytest.raises(VaultError, match="master key is missing"):
        wire.prepare(candor.settings)
