"""A short version of the drill: two replicas, a withdrawal taken in by one while the other uses the consent."""

from pathlib import Path

from tests.drills import consent


async def test_nothing_is_used_once_it_is_withdrawn(empty_url: str, tmp_path: Path) -> None:
    report = await consent.drill(tmp_path / "data", empty_url, races=8)
    assert report.tried == 16
    assert (report.late, report.groundless, report.complaints) == (0, 0, [])
