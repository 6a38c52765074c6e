"""The drills of reliability in short, and that they can fail: what finds nothing may only be blind."""

import random
from pathlib import Path
from typing import Any

import pytest

from bot import letters as form
from storage import staff
from tests.drills import __main__ as every
from tests.drills import concurrency, early, intake, letters, power, recipients, sweep, uploads
from tests.drills.concurrency import LIMIT

PROMISES = 5


@pytest.fixture
def compiler(tmp_path: Path) -> None:
    try:
        power.build(tmp_path / "power.so")
    except power.NoCompiler as reason:
        pytest.skip(str(reason))


@pytest.mark.usefixtures("compiler")
def test_what_is_promised_survives_the_power(tmp_path: Path) -> None:
    found = power.write(tmp_path / "full", cuts=2, seed=1)
    assert found.promised > PROMISES
    assert (found.lost, found.corrupt) == (0, [])


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_a_setting_that_syncs_less_is_caught(tmp_path: Path, synchronous: str) -> None:
    found = power.write(tmp_path / "less", cuts=2, seed=2, synchronous=synchronous)
    assert found.promised > PROMISES
    assert found.lost > 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_no_event_and_no_alert_is_lost(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    url = "" if kind == "sqlite" else str(request.getfixturevalue("postgresql_url"))
    outcome = await early.Early(tmp_path, url, seed=5).warn(4, 30, gap=0.05)
    assert outcome.clean, str(outcome)
    assert outcome.taken == outcome.alerts == 30
    assert outcome.kills


async def test_alerts_reach_those_they_are_for_and_nobody_else(tmp_path: Path) -> None:
    report = await recipients.drill(tmp_path, 150, seed=3)
    assert report.wrong == [], str(report)
    assert report.officers > 150


async def test_an_alert_to_the_wrong_people_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def anybody(connection: Any, vault: Any, roles: Any, _lender: Any = None) -> Any:
        return await serving(connection, vault, roles)

    serving = staff.serving
    monkeypatch.setattr(staff, "serving", anybody)
    assert (await recipients.drill(tmp_path, 20, seed=3)).wrong


@pytest.mark.usefixtures("compiler")
async def test_the_bot_survives_the_power(tmp_path: Path) -> None:
    report = await power.Cut(tmp_path, crowd=4, seed=3).run(4)
    assert report.clean, str(report)
    assert report.answers >= PROMISES


@pytest.mark.parametrize("webhook", [False, True], ids=["fetched", "posted"])
async def test_updates_that_wait_are_handled_once(tmp_path: Path, webhook: bool) -> None:
    report = intake.Report()
    rng = random.Random(4)  # noqa: S311 - a test is to be repeatable
    await intake.Round(tmp_path, "", rng, webhook=webhook).run(people=13, each=8, report=report)
    assert report.wrong == []
    assert report.handled == report.updates == 13 * 8


def test_processes_that_read_and_write_lose_nothing(tmp_path: Path, empty_url: str) -> None:
    report = concurrency.drill(tmp_path, empty_url, processes=2, times=10, guesses=5)
    assert report.clean, f"{report} {report.complaints}"
    assert report.evaluated == LIMIT


async def test_a_sweep_that_is_killed_scores_everybody_once(tmp_path: Path, empty_url: str) -> None:
    rng = random.Random(5)  # noqa: S311 - a test is to be repeatable
    report = await sweep.drill(tmp_path, empty_url, crowd=120, kills=2, rng=rng)
    assert report.wrong == []
    assert report.scored == report.moved > 20


def test_every_drill_is_run_and_its_helpers_are_not() -> None:
    assert {
        "kill",
        "power",
        "intake",
        "concurrency",
        "audit",
        "backup",
        "replicas",
        "downtime",
        "faults",
    } <= set(every.names())
    assert not {"ledger", "servers", "__init__", "__main__"} & set(every.names())


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("T19 | tried 9", ["19"]), ("T10/T11 | tried 9", ["10"]), ("T10 T25 | x", ["10"]), ("T14, T20 | x", ["14"]),
        ("Tried 3 | x", []), ("T9: restored", []),
    ],
)  # fmt: skip
def test_a_figure_is_a_line_with_a_number_of_the_catalogue(line: str, numbers: list[str]) -> None:
    assert every.FIGURES.findall(line) == numbers


async def test_hostile_files_are_refused_quickly_and_leave_nothing(tmp_path: Path) -> None:
    report = await uploads.Drill(tmp_path).run(1)
    assert report.clean, str(report)
    assert report.sent == len(uploads.ATTACKS)
    assert report.neighbour


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_every_message_is_known_for_what_it_is(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    url = "" if kind == "sqlite" else str(request.getfixturevalue("postgresql_url"))
    report = await letters.drill(tmp_path, 25, seed=4, url=url)
    assert report.wrong == [], str(report)
    assert sum(report.seen.values()) == 200


async def test_a_check_that_believes_every_code_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "holds", lambda *_: True)
    report = await letters.drill(tmp_path, 5, seed=4)
    assert {line.partition(":")[0] for line in report.wrong} >= {"altered", "not ours"}
