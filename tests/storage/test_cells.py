"""What is sealed is bound to its place: the drill T11 in short, and what a cell may hold instead of a sealed value."""

import random
from pathlib import Path

import pytest

from storage import tables
from storage.cells import seal, unseal
from storage.vault import Sealer, VaultError
from tests.drills import crypto
from tests.drills.backup import programs

ROW = {"person_id": 5, "name": "monthly_income", "source": "self"}
SEALER = Sealer(bytes(range(32)), 7)


async def test_the_drill_in_short(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_PG_BIN", str(programs()))
    report, rng = crypto.Report(), random.Random(1)  # noqa: S311 - repeatable
    await crypto.attack(database_url, tmp_path, 3, 60, rng, report)
    if not database_url.startswith("sqlite"):  # its files are elsewhere
        report.problems = [each for each in report.problems if "nothing was looked at" not in each]
    assert report.problems == []
    assert min(report.swapped, report.replayed, report.flipped, report.read, report.canaries) > 20


@pytest.mark.parametrize("value", [None, "text", 5, b"", b"\x02", bytes(40)])
def test_what_is_no_sealed_value_is_refused(value: object) -> None:
    row = {**ROW, "row_version": 1, "value_sealed": value}
    with pytest.raises(VaultError, match=r"facts\.value_sealed"):
        unseal(tables.facts, SEALER, row, "value_sealed")


@pytest.mark.parametrize(
    "change", [{"person_id": 6}, {"name": "total_owed"}, {"source": "bureau"}, {"row_version": 0}]
)
def test_another_identity_is_another_place(change: dict[str, object]) -> None:
    row = {**ROW, **seal(tables.facts, SEALER, ROW, value_sealed=b"5000")}
    assert unseal(tables.facts, SEALER, row, "value_sealed") == b"5000"
    with pytest.raises(VaultError):
        unseal(tables.facts, SEALER, {**row, **change}, "value_sealed")


def test_nothing_stays_nothing() -> None:
    assert seal(tables.facts, SEALER, ROW, value_sealed=None)["value_sealed"] is None
