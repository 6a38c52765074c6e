"""A short version of the drill: two replicas, a withdrawal taken in by one while the other uses the consent."""

from pathlib import Path

from tests.drills import consent, watch


async def test_nothing_is_used_once_it_is_withdrawn(empty_url: str, tmp_path: Path) -> None:
    report = await consent.drill(tmp_path / "data", empty_url, races=8)
    assert report.tried == 16
    assert (report.late, report.groundless, report.complaints) == (0, 0, [])


async def test_nothing_is_told_to_a_lender_once_its_watch_is_ended(empty_url: str, tmp_path: Path) -> None:
    report = await watch.drill(tmp_path / "data", empty_url, races=12)
    assert report.tried == 12
    assert (report.late, report.unsent, report.still_on) == (dict.fromkeys(watch.USED, 0), 0, 0)
    assert (report.cases, report.complaints) == (0, [])
