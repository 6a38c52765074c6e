"""The composition root: what a start refuses."""

from pathlib import Path

import msgspec
import pytest

import engine
from bot import wire
from storage.vault import VaultError
from tests.chat import Candor


async def test_a_start_without_the_key_of_a_filled_database_is_refused(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        await candor.person().says("/start")
    wire.prepare(candor.settings)
    candor.settings.key_file.unlink()
    with pytest.raises(VaultError, match="master key is missing"):
        wire.prepare(candor.settings)


def test_a_lender_s_own_card_decides_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    engine.save(msgspec.structs.replace(engine.load(), id="ours"), path)
    assert wire.model_of(str(path)).id == "ours"
    assert wire.model_of("").id == engine.load().id


def test_a_card_the_chat_cannot_ask_for_is_refused_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    column = engine.FactorPoints(
        name="postcode_risk", why="a lender's column", own=True, points=(5, -5), cuts=(1.0,)
    )
    engine.save(msgspec.structs.replace(engine.load(), factors=(*engine.load().factors, column)), path)
    with pytest.raises(engine.ModelError, match="not a scorecard of them"):
        wire.model_of(str(path))
    with pytest.raises(engine.ModelError, match="cannot be read"):
        wire.model_of(str(tmp_path / "nowhere.json"))
