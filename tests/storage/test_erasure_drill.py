"""T20 in short, on both databases; and that the drill would see an erasure that did not happen."""

from pathlib import Path

import pytest

from bot.services import retention
from engine import countries
from storage import erasures, keyring, rights
from storage.database import Database
from tests.drills import backup, erasure
from tests.drills.erasure import Report


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_erased_are_nowhere_and_do_not_come_back(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    url = ""
    if kind == "postgresql":
        monkeypatch.setenv("CANDOR_PG_BIN", str(backup.programs()))
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.empty())
    report = Report()
    await erasure.rounds(backup.House(tmp_path, url).build(), 4, report)
    assert report.clean, f"{report} {report.traces} {report.blind}"
    assert report.cells >= 20
    assert report.restores == 2


async def test_rows_left_behind_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def forgets_nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(rights, "forget", forgets_nothing)
    report = Report()
    await erasure.rounds(backup.House(tmp_path).build(), 2, report)
    assert report.traces
    assert report.returned


async def test_a_key_left_behind_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def destroys_nothing(*_: object) -> int:
        return 0

    monkeypatch.setattr(erasures, "settle", destroys_nothing)
    report = Report()
    await erasure.rounds(backup.House(tmp_path).build(), 2, report)
    assert report.opened
    assert report.returned


async def test_retention_with_the_clock_moved(tmp_path: Path, database_url: str) -> None:
    report = Report()
    await erasure.clocks(tmp_path / "house", database_url, report)
    assert report.overdue == []
    assert report.rules >= 4


def test_every_rule_of_every_pack_is_known() -> None:
    rules = {rule.what for code in countries.available() for rule in countries.load(code).retention}
    assert rules - retention.CLASSES.keys() == set()


async def test_the_number_of_an_erasure_leads_to_no_handle(database: Database) -> None:
    numbers = {erasures.number(keyring.new_id()) for _ in range(200)}
    assert len(numbers) == 200
    async with database.read() as read:
        assert await erasures.by_number(read, "E-AAAAA-AAAAA") is None
