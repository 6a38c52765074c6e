import itertools
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.vault import Sealer, Vault, VaultError, load_key, normalise
from tests.conftest import MASTER

VAULT = Vault(MASTER)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_opens_in_its_cell(plain: bytes, place: str) -> None:
    sealed = VAULT.system.seal(plain, place)
    assert VAULT.system.open(sealed, place) == plain
    assert len(plain) < 4 or plain not in sealed


def test_a_value_moved_to_another_cell_does_not_open() -> None:
    places = [
        f"{table}.{column}:{row}"
        for table in ("people", "facts")
        for column in ("profile", "pin")
        for row in range(5)
    ]
    cells = {place: VAULT.system.seal(place.encode(), place) for place in places}
    for source, target in itertools.permutations(places, 2):
        with pytest.raises(VaultError):
            VAULT.system.open(cells[source], target)


def test_any_flipped_bit_is_noticed() -> None:
    sealed = VAULT.system.seal(b"536-90-4399", "people.profile:1")
    for bit in range(len(sealed) * 8):
        broken = bytearray(sealed)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VaultError):
            VAULT.system.open(bytes(broken), "people.profile:1")


@given(st.binary(max_size=60))
def test_bytes_that_were_never_sealed_are_refused(junk: bytes) -> None:
    with pytest.raises(VaultError):
        VAULT.system.open(junk, "a.b:1")
    with pytest.raises(VaultError):
        VAULT.system.open(b"\x01\x01" + junk, "a.b:1")


def test_no_error_quotes_what_was_sealed_or_whose_it_is() -> None:
    sealed = VAULT.system.seal(b"536-90-4399", "people.profile:1")
    with pytest.raises(VaultError) as caught:
        VAULT.system.open(sealed, "people.profile:20251177")
    assert "people.profile" in str(caught.value)
    assert "20251177" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_another_key_opens_nothing() -> None:
    other = Vault(bytes(32))
    sealed = VAULT.system.seal(b"x", "a.b:1")
    wrapped = VAULT.new_key("7")
    with pytest.raises(VaultError):
        other.system.open(sealed, "a.b:1")
    with pytest.raises(VaultError):
        other.sealer(wrapped, "7")
    with pytest.raises(VaultError):
        VAULT.sealer(wrapped, "8")  # somebody else's wrapped key
    assert other.blind_index("536904399", "id") != VAULT.blind_index("536904399", "id")


def test_a_key_version_that_is_not_ours_is_named_as_the_cause() -> None:
    sealed = Sealer(VAULT.derive("system"), key_version=2).seal(b"x", "a.b:1")
    with pytest.raises(VaultError, match="another key version"):
        VAULT.system.open(sealed, "a.b:1")


def test_everybody_has_a_key_of_their_own() -> None:
    one, other = VAULT.sealer(VAULT.new_key("1"), "1"), VAULT.sealer(VAULT.new_key("2"), "2")
    with pytest.raises(VaultError):
        other.open(one.seal(b"x", "a.b:1"), "a.b:1")


def test_no_two_seals_are_alike() -> None:
    assert len({VAULT.system.seal(b"same", "a.b:1") for _ in range(1000)}) == 1000


def test_three_spellings_have_one_index_and_each_column_its_own() -> None:
    spellings = ["BOXW310820HNERXN09", "boxw-310820 hnerxn-09", "ＢＯＸＷ310820\u200bHNERXN09\u202e"]
    assert len({VAULT.blind_index(spelling, "people.national_id") for spelling in spellings}) == 1
    assert VAULT.blind_index("1", "people.phone") != VAULT.blind_index("1", "people.national_id")


@given(st.text(max_size=50))
def test_normalising_twice_changes_nothing(value: str) -> None:
    once = normalise(value)
    assert normalise(once) in {once, normalise(normalise(once))}


@pytest.mark.parametrize("size", [0, 1, 16, 31, 33])
def test_a_half_written_key_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(VaultError, match=f"has {size} bytes"):
        Vault(load_key(path))


def test_a_missing_key_is_made_for_its_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        key = load_key(tmp_path / "keys" / "master.key")
    finally:
        os.umask(old)
    path = tmp_path / "keys" / "master.key"
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]  # no draft stays behind
    assert load_key(path) == key


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(bytes(32))
    path.chmod(mode)
    with pytest.raises(VaultError, match="chmod 600"):
        load_key(path)


@pytest.mark.parametrize("target", ["elsewhere.key", "nowhere.key"])
def test_a_link_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere.key").write_bytes(bytes(32))
    (tmp_path / "elsewhere.key").chmod(0o600)
    (tmp_path / "master.key").symlink_to(tmp_path / target)
    with pytest.raises(VaultError, match="is a link"):
        load_key(tmp_path / "master.key")
    assert not (tmp_path / "nowhere.key").exists()


def test_a_folder_in_the_keys_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").mkdir(mode=0o700)
    with pytest.raises(VaultError):
        load_key(tmp_path / "master.key")


def test_two_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_key, [tmp_path / "keys" / "master.key"] * 8))
    assert len(keys) == 1
