from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.world import World


@pytest.fixture
async def world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    """The interface, on each kind of database."""
    async with World(tmp_path / "data", database_url) as opened:
        yield opened
