"""What journeys share: a browser, and a running Candor to which the Bot API has refused nothing at the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chat import Candor
from tests.local.conftest import browser

__all__ = ["browser", "candor"]


@pytest.fixture
async def candor(tmp_path: Path) -> AsyncIterator[Candor]:
    async with Candor(tmp_path) as running:
        yield running
        assert running.refused_calls == []
