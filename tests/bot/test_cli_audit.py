import asyncio
import json
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import settings, wire
from bot.cli import audit as command
from bot.settings import Settings
from storage import audit
from storage.anchor import Anchor, Head
from storage.audit import Entry
from storage.database import Database


@pytest.fixture
def told(tmp_path: Path) -> Settings:
    made = settings.load(environ={"CANDOR_DATA": str(tmp_path / "data")})
    wire.prepare(made)
    return made


def call(told: Settings, *words: str) -> int:
    parser = ArgumentParser()
    command.add(parser.add_subparsers())
    chosen = parser.parse_args(["audit", *words])
    return int(chosen.call(told, chosen))


def grow(told: Settings, rows: int, *statements: str) -> None:
    """Let the program write rows, and its database's owner run statements."""

    async def work() -> None:
        vault, database = await wire.open_vault(told), Database(told.database_url)
        key = vault.secret("audit")
        anchor = Anchor(told.data / "anchors" / "audit.log", key)
        await audit.catch_up(database, key, anchor, wire.now())
        for number in range(rows):
            async with database.write() as write:
                entry = Entry("2345678923", "score.read", f"score:{number}", "application", "done")
                head: Head = await audit.append(write, key, [entry], wire.now())
            anchor.note(*head, wire.now())
        async with database.write() as write:
            for statement in statements:
                await write.execute(text(statement))
        await database.close()
        await vault.close()

    asyncio.run(work())


def test_a_sound_trail_is_verified_and_shown(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    grow(told, 5)
    assert call(told, "verify") == 0
    assert capsys.readouterr().out == "The audit trail is sound: 5 rows read, anchored at row 5.\n"
    assert call(told, "verify", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["sound"], said["rows"], said["head"]["id"], said["findings"]) == (True, 5, 5, [])
    assert call(told, "show", "--last", "2") == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown] == ["4", "5"]
    assert shown[1].endswith("2345678923  score.read  score:4  application  done")


def test_a_copy_of_the_anchor_shows_what_was_cut_everywhere(
    told: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = told.data / "anchors"
    grow(told, 3)
    shutil.copy(folder / "audit.log", folder / "early")
    grow(told, 3)
    shutil.copy(folder / "audit.log", folder / "copy")
    assert call(told, "verify", "--anchor", str(folder / "early")) == 0
    assert "note: 3 rows are newer than the anchor" in capsys.readouterr().out
    grow(told, 0, "DROP TRIGGER audit_never_shrink", "DELETE FROM audit WHERE id > 3")
    shutil.copy(folder / "early", folder / "audit.log")
    assert call(told, "verify") == 0  # both were put back to the same moment
    assert call(told, "verify", "--anchor", str(folder / "copy")) == 1
    assert "the anchor knows row 6, the table ends at 3" in capsys.readouterr().out


def test_what_is_wrong_is_told(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    grow(
        told, 5, "DROP TRIGGER audit_never_change", "UPDATE audit SET actor = char(27) || '[2J' WHERE id = 3"
    )
    assert call(told, "verify") == 1
    assert "\naltered: row 3, " in capsys.readouterr().out
    assert call(told, "verify", "--json") == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["row"] == 3
    assert call(told, "show") == 0
    assert "?[2J" in capsys.readouterr().out
    assert call(told, "take-up", "--reason", "restored") == 1
    assert "nothing was changed" in capsys.readouterr().out


def test_a_cut_trail_can_be_taken_up(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    grow(told, 5, "DROP TRIGGER audit_never_shrink", "DELETE FROM audit WHERE id > 3")
    assert call(told, "verify") == 1
    assert "tail cut: the anchor knows row 5, the table ends at 3" in capsys.readouterr().out
    assert call(told, "take-up", "--reason", "Maria Garcia") == 2
    assert call(told, "take-up", "--reason", "restored") == 0
    assert capsys.readouterr().out.endswith("The anchor goes on from row 3; row 4 says so.\n")
    assert call(told, "verify") == 0
    assert "note: taken up by hand at row 3" in capsys.readouterr().out
    assert call(told, "take-up", "--reason", "restored") == 0
    assert "nothing to take up" in capsys.readouterr().out
    (told.data / "anchors" / "audit.log").unlink()
    assert call(told, "verify") == 1
    assert "its anchor is missing" in capsys.readouterr().out
    assert call(told, "take-up", "--reason", "anchor-lost") == 0
    assert call(told, "verify") == 0


@pytest.mark.parametrize(
    "words", [["show", "--last", "0"], ["show", "--last", "x"], ["verify", "now"], [], ["take-up"]]
)
def test_wrong_usage_is_answered_with_two(told: Settings, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call(told, *words)
    assert ended.value.code == 2


def test_a_database_without_tables_is_told(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    Path(told.database_url.partition("///")[2]).unlink()
    assert call(told, "verify") == 2
    assert "has `python -m bot migrate` been run?" in capsys.readouterr().err


def test_the_command_is_light_until_it_is_called() -> None:
    script = "import sys; import bot.cli.audit; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
