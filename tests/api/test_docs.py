"""The guide for lenders: every command in it works, and answers what the guide says."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from bot.channels.api.operations import OPERATIONS
from bot.services.authority import PROGRAMS
from engine.feeds import Told
from engine.watch import KINDS
from engine.watch.events import fields_of
from tests.api.world import World

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
async def test_every_command_of_the_guide_answers_as_it_says(world: World) -> None:
    await world.lends("L-1")
    said = []
    environ = {"PATH": os.environ["PATH"], "CANDOR": world.url, "KEY": world.key}
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL):
        child = await asyncio.create_subprocess_exec(
            "bash", "-ec", block, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, errors = await child.communicate()
        assert (child.returncode, errors) == (0, b""), block
        said.append(out.decode())
    everything = "\n".join(said)
    assert "urn:candor" not in everything
    shown = re.findall(r"^    (\{.*\})$", GUIDE, re.MULTILINE)
    assert len(shown) == 3
    assert all(one in everything for one in shown), everything


def test_the_guide_names_every_path_scope_and_kind() -> None:
    for operation in OPERATIONS:
        assert operation.path in GUIDE or operation.path.replace("/{reference}", "") in GUIDE
    assert all(f"`{scope}`" in GUIDE for scope in PROGRAMS.values())
    for kind in KINDS:
        row = next(line for line in GUIDE.splitlines() if line.startswith("| `") and f"`{kind}`" in line)
        needs, takes = ([name for name in names if name != "account"] for names in fields_of(kind))
        cells = row.split("|")
        assert all(f"`{name}`" in cells[2] for name in needs), kind
        assert all(f"`{name}`" in cells[3] for name in takes), kind


def test_the_mapping_of_the_guide_is_one() -> None:
    import tomllib  # noqa: PLC0415 - only here

    import msgspec  # noqa: PLC0415 - only here

    (block,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert msgspec.convert(tomllib.loads(block), Told).columns == {"loan": "Vertragsnummer"}
