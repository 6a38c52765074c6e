"""The drills of replicas, downtime and bad days outside in short, and that they can fail."""

from pathlib import Path

import pytest

from bot.channels import request
from bot.services.queueing import Queue
from tests.drills import downtime, faults, replicas
from tests.drills.backup import programs

MANY = 5


async def test_of_three_bots_one_works_and_each_period_is_run_once(tmp_path: Path, empty_url: str) -> None:
    kind = "sqlite" if empty_url.startswith("sqlite") else "postgresql"
    report = await replicas.Drill(tmp_path, empty_url, seed=6, beside=False).run(kills=1, pauses=1, minutes=1)
    assert report.wrong == []
    assert report.once == report.periods >= len(replicas.LENGTHS)
    assert max(report.gaps) <= replicas.BARS[kind] + 2  # a test shares its machine


async def test_what_was_due_in_a_day_away_is_done_once_and_in_order(
    tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if empty_url.startswith("postgresql"):
        monkeypatch.setenv("CANDOR_PG_BIN", str(programs()))
    report = await downtime.Drill(tmp_path, empty_url).run(downtime.GAPS["twenty-five hours"])
    assert report.wrong == []
    assert report.jobs > MANY
    assert report.skipped > MANY


async def test_a_bad_day_outside_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "READ_SECONDS", faults.PATIENCE)
    report = await faults.Drill(tmp_path, "", seed=7).run(0.7)
    assert report.wrong == []
    assert report.faults["disk full"] == 1


async def test_a_flood_that_is_not_obeyed_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "READ_SECONDS", faults.PATIENCE)
    monkeypatch.setattr(Queue, "rest", lambda *_: None)
    drill = faults.Drill(tmp_path, "", seed=8)
    monkeypatch.setattr(drill, "_troubles", lambda: [drill._calls("429", drill._flood)])
    report = await drill.run(3.0)
    assert any("too early" in words for words in report.wrong)
