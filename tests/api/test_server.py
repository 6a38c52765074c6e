"""The server itself: its document, its health, a port that is taken, and schemathesis in small."""

import pytest

from bot.channels.api import Api, openapi
from bot.channels.api.operations import OPERATIONS
from bot.settings import SettingsError
from storage.database import Database
from tests.api.world import World
from tests.drills import openapi as drill


async def test_the_document_is_there_for_anybody_and_names_every_operation(world: World) -> None:
    answer = await world.asks("GET", "/v1/openapi.json", key="")
    assert (answer.status, answer.media) == (200, "application/json")
    assert answer.json["openapi"] == "3.1.0"
    named = {(m.upper(), path) for path, methods in answer.json["paths"].items() for m in methods}
    assert named == {(o.method, o.path) for o in OPERATIONS} | {
        ("GET", "/healthz"),
        ("GET", "/v1/openapi.json"),
    }
    for operation in OPERATIONS:
        described = answer.json["paths"][operation.path][operation.method.lower()]
        assert {int(status) for status in described["responses"]} == openapi.statuses(operation)
        assert described["security"]


async def test_health_tells_whether_the_database_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await world.asks("GET", "/healthz", key="")).json == {"status": "ok"}

    async def away(_: Database) -> bool:
        return False

    monkeypatch.setattr(Database, "answers", away)
    assert (await world.asks("GET", "/healthz", key="")).problem == "busy"


async def test_a_port_that_is_taken_is_refused_in_words(world: World) -> None:
    second = Api(world.context)
    with pytest.raises(
        SettingsError, match=f"CANDOR_API_PORT {world.port} at 127.0.0.1: something listens there"
    ):
        await second.start("127.0.0.1", world.port)


@pytest.mark.skipif(not drill.installed(), reason="schemathesis is not installed")
def test_schemathesis_finds_nothing_in_small() -> None:
    for report in drill.run("sqlite", examples=3, seed=1, keys=("all", "none")):
        assert report.wrong == []
        assert report.cases > 100
