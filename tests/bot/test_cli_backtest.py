import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import settings
from engine.watch.backtest import MOST_FALSE
from tests.engine.borrowers import data

DOCS = (settings.ROOT / "docs" / "backtest.md").read_text(encoding="utf-8")


def ask(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "backtest", *words]
    return subprocess.run(
        command, cwd=settings.ROOT, capture_output=True, text=True, check=False, env={**os.environ}
    )


def test_a_book_that_is_not_there_is_named_and_left_out(tmp_path: Path) -> None:
    done = ask("--data", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == "\n"
    for book in ("taiwan", "superlender", "berka"):
        assert f"{book}: skipped: " in done.stderr
    assert str(tmp_path) not in done.stderr


@pytest.mark.parametrize("book", ["superlender", "berka"])
def test_the_tables_of_the_page_are_those_of_the_command(book: str) -> None:
    done = ask("--book", book, "--data", str(data()))
    assert done.returncode == 0
    assert done.stdout.strip() in DOCS


def test_the_thresholds_that_ship_are_those_that_the_curve_chose() -> None:
    done = ask("--book", "taiwan", "--json", "--data", str(data()))
    (report,) = json.loads(done.stdout)
    rules = {rule["kind"]: rule for rule in settings.read_config(settings.ROOT / "config.toml").watch.rules}

    def chosen(curve: list[dict[str, Any]]) -> float:
        bearable = [point for point in curve if point["figures"]["false"]["value"] <= MOST_FALSE]
        return float(max(bearable, key=lambda point: point["figures"]["ahead"]["value"])["threshold"])

    assert rules["points"]["points"] == chosen(report["points"])
    assert rules["pd"]["pd"] == chosen(report["pds"])
    assert (
        report["rules"]["late_repeated"]["precision"]["low"]
        > report["rules"]["late_first"]["precision"]["high"]
    )
    months = f"{report['together']['false']['months']:,.0f} borrower-months"
    assert months in DOCS
    for name, figures in report["rules"].items():
        if figures["alerts"]:
            assert f"| `{name}` | {figures['alerts']:,} | {figures['warned']['value']:.1%}" in DOCS
