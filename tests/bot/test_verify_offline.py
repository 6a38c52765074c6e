"""The checker in docs/: message and public keys, and nothing of ours, say the same as the bot."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.dialogs.reply import Letter, Say
from bot.i18n import t
from bot.letters import SIGNATURE_BYTES, Code
from bot.services.signing import read
from bot.services.telling import tell
from storage import signkeys
from tests.chat import Candor
from tests.journeys.staffed import known

CHECKER = Path(__file__).resolve().parents[2] / "docs" / "verify.py"
LANGUAGES = ("en", "es", "zh-hans")


@pytest.fixture
async def candor(tmp_path: Path) -> AsyncIterator[Candor]:
    async with Candor(tmp_path / "bot") as running:
        yield running


def asked(message: str, keys: Path) -> str:
    command = [sys.executable, "-I", str(CHECKER), str(keys)]
    return subprocess.run(command, input=message.encode(), capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_knows_a_real_message_and_whatever_was_done_to_it(
    candor: Candor, tmp_path: Path, language: str
) -> None:
    maria = await candor.person(language=language).says("/start")
    person, now = await known(maria), candor.context.clock()
    letter = Letter("request", "First Bank")
    async with candor.context.database.write() as write:
        said = Say(t("look.asked_you", lender="First Bank"), letter=letter)
        (parcel,) = await tell(candor.context, write, person, [said], now)
        await signkeys.rotate(write, candor.context.vault, now)
        keys = await signkeys.every(write)
    message, file = read(parcel.call.payload["text"]), tmp_path / "keys.json"
    file.write_text(json.dumps({str(key.number): key.public.hex() for key in keys}))
    good = f"as it was sent by FirstBank to {person.handle} at {now:%Y-%m-%dT%H:%M} UTC, signed with key 1\n"
    assert asked(message, file) == asked(message.replace("\n", " "), file) == good
    for changed in (
        message.replace("First Bank", "Last Bank"),
        message.replace(person.handle, "2345678923"),
        message.replace(f"{now:%Y-}", f"{now.year + 1}-"),
        "Pay first. " + message,
    ):
        assert asked(changed, file).startswith("altered"), changed
    never = str(Code(1, dt.datetime(9999, 12, 31, tzinfo=dt.UTC), bytes(SIGNATURE_BYTES)))
    late = never.replace("-", "")[:7] + "ZZZZZZZ" + never.replace("-", "")[14:]
    assert asked(message.partition("CV1")[0] + late, file).startswith("altered"), "a time that never comes"
    assert asked(message + " P.S.", file) == "not a whole signed message\n"
    file.write_text(json.dumps({"1": keys[1].public.hex()}))
    assert asked(message, file) == "altered, or not signed by these keys\n"


def test_it_is_as_short_as_is_said() -> None:
    lines = [line for line in CHECKER.read_text(encoding="utf-8").splitlines() if line.strip()]
    code = [line for line in lines if not line.startswith(("import", "from"))]
    assert len(code) <= 30
