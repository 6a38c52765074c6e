"""`lender set` and `keys sign`: what the shell enters and shows, and what it refuses."""

import argparse
import json
from pathlib import Path

import pytest

from bot import settings, wire
from bot.cli import keys, staff
from bot.services.context import Context
from bot.settings import Settings
from storage import audit, lenders
from storage.lenders import Channel, Lender
from tests.bot.test_cli_staff import within


@pytest.fixture
def told(tmp_path: Path) -> Settings:
    made = settings.load(environ={"CANDOR_DATA": str(tmp_path / "data")})
    wire.prepare(made)
    return made


def call(told: Settings, *words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    staff.add(commands)
    keys.add(commands)
    chosen = parser.parse_args(words)
    return int(chosen.call(told, chosen))


def first_bank(told: Settings) -> Lender:
    async def find(context: Context) -> Lender | None:
        async with context.database.read() as read:
            return await lenders.named(read, "First Bank")

    found = within(told, find)
    assert isinstance(found, Lender)
    return found


def test_what_is_told_of_a_lender_is_kept_and_noted(told: Settings) -> None:
    assert call(told, "lender", "add", "First Bank", "us") == 0
    site, chat = ("--channel", "site=bank.example"), ("--channel", "chat=@bank")
    assert call(told, "lender", "set", "first bank", "--licence", "NMLS 7", *site, *chat) == 0
    assert call(told, "lender", "set", "First Bank", "--complaints", "help@bank.example") == 0
    found = first_bank(told)
    assert (found.licence, found.complaints) == ("NMLS 7", "help@bank.example")
    assert found.channels == (Channel("site", "bank.example"), Channel("chat", "@bank"))

    async def last(context: Context) -> str:
        async with context.database.read() as read:
            return await audit.last(read, "lender.set")

    assert within(told, last) == f"lender:{found.id}"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ((), "one at least"),
        (("--channel", "fax=1"), "with a kind of site, phone, chat, mail"),
        (("--channel", "site="), "with a kind of"),
        (("--licence", "x" * 121), "up to 120 characters"),
        (("--complaints", "a\nb"), "one line"),
        (("--licence", "y"), "no open lender"),
    ],
)
def test_what_cannot_be_is_refused(
    told: Settings, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], wrong: str
) -> None:
    assert call(told, "lender", "set", "Nobody", *words) == 2
    assert wrong in capsys.readouterr().err


def test_keys_are_shown_exported_and_changed(told: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(told, "keys", "sign") == 0
    assert "no key yet" in capsys.readouterr().out
    assert call(told, "keys", "sign", "--rotate") == 0
    assert "Key 1 signs from now on" in capsys.readouterr().out
    assert call(told, "keys", "sign", "--rotate") == 0
    capsys.readouterr()
    assert call(told, "keys", "sign") == 0
    one, two = capsys.readouterr().out.splitlines()
    assert "retired" in one
    assert two.endswith("in use")
    assert call(told, "keys", "sign", "--export") == 0
    public = json.loads(capsys.readouterr().out)
    assert set(public) == {"1", "2"}
    assert all(len(bytes.fromhex(key)) == 32 for key in public.values())
