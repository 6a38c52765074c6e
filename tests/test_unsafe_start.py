"""T25: a start with keys or secrets in an unsafe state is refused, says which, and repeats none of them."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import settings, wire
from bot.settings import SettingsError
from storage.masterkey import MasterKeys, VaultError
from tests.chat import Candor
from tests.static.source import ROOT

TOKEN = "123456789:" + "AAF-" + "kDq0abcdefghijklmnopqrstuvwxyz"
SECRET = "kN3-webhook_secret-of-a-test-0123456789"
HOOK = {"BOT_TOKEN": TOKEN, "BOT_WEBHOOK_URL": "https://bot.example.org/telegram"}


def start(data: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program as somebody would, with nothing of our environment that concerns it."""
    alien = ("BOT_", "CANDOR_", "DATABASE_")
    told = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
    command = [sys.executable, "-m", "bot", *(arguments or ("run",))]
    told |= {"CANDOR_DATA": str(data), "CANDOR_PORT": "0", **environ}
    return subprocess.run(
        command, cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=15
    )


def refusal(data: Path, *arguments: str, **environ: str) -> str:
    done = start(data, *arguments, **environ)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("Candor cannot ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data folder whose keyring holds keys."""
    folder = tmp_path / "data"
    told = settings.load(environ={"CANDOR_DATA": str(folder)})
    wire.prepare(told)
    vault = await wire.open_vault(told)
    await vault.close()
    return folder


def linked(key: Path) -> None:
    key.rename(key.with_name("elsewhere"))
    key.symlink_to("elsewhere")


def emptied(key: Path) -> None:
    key.write_bytes(b"")


def garbled(key: Path) -> None:
    key.write_bytes(b"hello\n")


def another(key: Path) -> None:
    key.unlink()
    MasterKeys.make(key)


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "readable by the group": (lambda key: key.chmod(0o640), "others may read the master key (mode 640); run chmod 600"),
    "readable by all": (lambda key: key.chmod(0o604), "others may read the master key (mode 604); run chmod 600"),
    "writable by all": (lambda key: key.chmod(0o602), "others may read the master key (mode 602); run chmod 600"),
    "a link": (linked, "the master key cannot be read, or is a link"),
    "missing": (Path.unlink, "the master key is missing, and the keyring was wrapped under it; put it back"),
    "empty": (emptied, "the master key's file is empty"),
    "not a key": (garbled, "line 1: this is not a version of the master key"),
    "another key": (another, "this is not the master key that the keyring was wrapped under; put that one back"),
}  # fmt: skip


@pytest.mark.parametrize("how", ["readable by all", "a link", "missing", "another key"])
def test_an_unsafe_master_key_refuses_the_start(data: Path, how: str) -> None:
    key = data / "keys" / "master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    content = key.read_text(encoding="ascii")
    spoil, words = SPOILT[how]
    spoil(key)
    said = refusal(data)
    assert words in said
    assert content.split()[1] not in said


def test_the_key_named_by_the_environment_is_held_to_the_same(data: Path, tmp_path: Path) -> None:
    key = tmp_path / "elsewhere.key"
    key.write_bytes((data / "keys" / "master.key").read_bytes())
    key.chmod(0o644)
    assert "elsewhere.key: others may read the master key" in refusal(data, CANDOR_KEY_FILE=str(key))


@pytest.mark.parametrize("folder", ["", "keys"])
def test_a_folder_that_everybody_may_write_to_refuses_the_start(data: Path, folder: str) -> None:
    """Whoever may rename what lies there can put their own database and key in its place."""
    (data / folder).chmod(0o777)
    assert "others may write to this folder" in refusal(data)
    (data / folder).chmod(0o1777)
    assert start(data, "migrate").returncode == 0


def test_a_database_that_a_copy_left_open_is_closed_again(data: Path) -> None:
    files = [data / "candor.db", data / "keys" / "keyring.db"]
    for file in files:
        file.chmod(0o644)
    assert start(data, "migrate").returncode == 0
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]


async def test_a_lost_keyring_of_a_filled_database_refuses_the_start(tmp_path: Path) -> None:
    """A new one would open, and nobody who is in the database could be read again."""
    async with Candor(tmp_path) as candor:
        await candor.person().says("/start")
        told = candor.settings
    for file in (told.key_file.parent).glob("keyring.db*"):
        file.unlink()
    with pytest.raises(VaultError, match="keyring"):
        wire.prepare(told)


@pytest.mark.parametrize(
    ("spoil", "words"), [pair for how, pair in SPOILT.items() if how not in {"missing", "another key"}]
)  # fmt: skip
def test_the_key_file_itself_refuses(tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    key = tmp_path / "keys" / "master.key"
    MasterKeys.make(key)
    spoil(key)
    for opened in (MasterKeys, MasterKeys.make):
        with pytest.raises(VaultError) as caught:
            opened(key)
        assert words in str(caught.value)


ARGUMENTS = [
    ("run", "--token", TOKEN), ("run", TOKEN), (TOKEN,),
]  # fmt: skip


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_token_among_the_arguments_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Every program on the machine can read them."""
    done = start(tmp_path / "data", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("program", [("bot",), ("bot", "run")])
def test_no_command_has_a_place_for_a_secret(program: tuple[str, ...]) -> None:
    asked = [sys.executable, "-m", *program, "--help"]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.lower()
    assert not {"--token", "--secret", "--pin", "--key ", "--password"} & set(said.split())


WEAK = [
    "short",
    "x" * 31,
    "a" * 32,
    "abcabcabc" * 5,
    "A" * 256 + "b",
    SECRET + " ",
    SECRET + "!",
    "é" * 40,
    f"\n{SECRET}",
]


@pytest.mark.parametrize("secret", WEAK)
def test_a_weak_webhook_secret_refuses_the_start(secret: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(environ={**HOOK, "BOT_WEBHOOK_SECRET": secret})
    said = str(caught.value)
    assert said.startswith("BOT_WEBHOOK_SECRET is weak: accepted are 32 to 256 characters")
    assert "token_urlsafe" in said
    assert secret not in said


@pytest.mark.parametrize("more", [{}, {"BOT_WEBHOOK_SECRET": ""}])
def test_a_webhook_without_a_secret_refuses_the_start(more: dict[str, str]) -> None:
    with pytest.raises(
        SettingsError, match=r"^BOT_WEBHOOK_SECRET is missing, and BOT_WEBHOOK_URL needs it; make one"
    ):
        settings.load(environ=HOOK | more)


@pytest.mark.parametrize("more", [{}, {"BOT_WEBHOOK_SECRET": "short"}])
def test_the_program_says_so_in_one_line(tmp_path: Path, more: dict[str, str]) -> None:
    said = refusal(tmp_path / "data", **HOOK, **more)
    assert "BOT_WEBHOOK_SECRET is " in said
    assert TOKEN not in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "url",
    ["http://bot.example.org/x", "bot.example.org", "https://", "https:///x", "https://u:p@a.b/x", "https://a.b/x?y=1",
     "https://a.b/x#y", "https://a.b/{x}", "https://a.b/../x", "https://a.b//x", "https://a.b/x y", "ftp://a.b/x", "https://a.b:x/"],
)  # fmt: skip
def test_a_webhook_s_address_is_a_public_one(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^BOT_WEBHOOK_URL: accepted is a public https address"):
        settings.load(environ={**HOOK, "BOT_WEBHOOK_URL": url, "BOT_WEBHOOK_SECRET": SECRET})


@pytest.mark.parametrize(
    ("url", "path"), [("https://a.b", "/"), ("https://a.b/", "/"), ("https://a.b:8443/x/y.z", "/x/y.z")]
)  # fmt: skip
def test_a_good_webhook_is_taken(url: str, path: str) -> None:
    told = settings.load(
        environ={**HOOK, "BOT_WEBHOOK_URL": url, "BOT_WEBHOOK_SECRET": SECRET, "BOT_WEBHOOK_PORT": "9000"}
    )
    assert (told.webhook_url, told.webhook_secret, told.webhook_port, told.webhook_path) == (
        url,
        SECRET,
        9000,
        path,
    )
    assert SECRET not in repr(told)


def test_without_an_address_updates_are_fetched() -> None:
    told = settings.load(environ={"BOT_TOKEN": TOKEN, "BOT_WEBHOOK_SECRET": "x"})
    assert (told.webhook_url, told.webhook_secret, told.webhook_port) == ("", "", 8443)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"BOT_WEBHOOK_URL": HOOK["BOT_WEBHOOK_URL"], "BOT_WEBHOOK_SECRET": SECRET}, "BOT_TOKEN is not"),
        ({**HOOK, "BOT_WEBHOOK_SECRET": SECRET, "BOT_WEBHOOK_PORT": "65536"}, "BOT_WEBHOOK_PORT: accepted"),
        ({**HOOK, "BOT_WEBHOOK_SECRET": SECRET, "BOT_WEBHOOK_PORT": "https"}, "BOT_WEBHOOK_PORT: accepted"),
    ],
)  # fmt: skip
def test_a_webhook_that_cannot_work_is_refused(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        settings.load(environ=environ)
