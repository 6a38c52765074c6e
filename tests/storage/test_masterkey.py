import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.masterkey import MasterKeys, VaultError


def keep(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def good(tmp_path: Path) -> MasterKeys:
    return MasterKeys.make(tmp_path / "keys" / "master.key")


def test_a_missing_key_is_made_for_its_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        keys = good(tmp_path)
    finally:
        os.umask(old)
    path = keys.path
    assert (keys.versions, len(keys.key(1))) == ((1,), 32)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]  # no draft stays behind
    assert good(tmp_path).key(1) == keys.key(1)


def test_a_version_is_added_used_and_retired(tmp_path: Path) -> None:
    keys, other = good(tmp_path), good(tmp_path)
    assert keys.add() == 2
    assert (keys.newest, keys.versions) == (2, (1, 2))
    assert other.newest == 1
    assert other.key(2) == keys.key(2)  # another process finds it when it meets it
    keys.remove(1)
    assert MasterKeys(keys.path).versions == (2,)
    with pytest.raises(VaultError, match="in use"):
        keys.remove(2)
    with pytest.raises(VaultError, match=r"version 1 .* is missing"):
        keys.key(1)
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "", "1\n", "1 AAAA\n", "x " + "A" * 43 + "=\n", "0 " + "A" * 43 + "=\n", "256 " + "A" * 43 + "=\n",
        ("1 " + "A" * 43 + "=\n") * 2, "1 " + "A" * 42 + "!=\n", "\n", "1 " + "A" * 43,
    ],
)  # fmt: skip
def test_a_file_that_is_not_in_order_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(VaultError, match=r"master\.key"):
        MasterKeys(keep(tmp_path / "master.key", text))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys = good(tmp_path)
    keys.path.chmod(mode)
    with pytest.raises(VaultError, match="chmod 600"):
        MasterKeys(keys.path)


@pytest.mark.parametrize("target", ["elsewhere.key", "nowhere.key"])
def test_a_link_is_refused(tmp_path: Path, target: str) -> None:
    good(tmp_path).path.rename(tmp_path / "elsewhere.key")
    (tmp_path / "master.key").symlink_to(tmp_path / target)
    with pytest.raises(VaultError, match="is a link"):
        MasterKeys.make(tmp_path / "master.key")
    assert not (tmp_path / "nowhere.key").exists()


def test_a_folder_in_the_key_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").mkdir(mode=0o700)
    with pytest.raises(VaultError):
        MasterKeys.make(tmp_path / "master.key")


def test_two_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: good(tmp_path).key(1), range(8)))
    assert len(keys) == 1
