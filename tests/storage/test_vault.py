import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import keyring
from storage.database import Database
from storage.masterkey import MasterKeys
from storage.vault import KeyDestroyed, Sealer, Vault, VaultError, normalise
from tests.conftest import NOW

SEALER = Sealer(bytes(range(32)), 7)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_opens_in_its_cell(plain: bytes, place: str) -> None:
    sealed = SEALER.seal(plain, place)
    assert SEALER.open(sealed, place) == plain
    assert len(plain) < 4 or plain not in sealed


def test_a_value_moved_to_another_cell_does_not_open() -> None:
    places = [
        f"{table}.{column}:{row}"
        for table in ("people", "facts")
        for column in ("profile", "pin")
        for row in range(5)
    ]
    cells = {place: SEALER.seal(place.encode(), place) for place in places}
    for source, target in itertools.permutations(places, 2):
        with pytest.raises(VaultError):
            SEALER.open(cells[source], target)


def test_any_flipped_bit_is_noticed() -> None:
    sealed = SEALER.seal(b"536-90-4399", "people.profile:1")
    for bit in range(len(sealed) * 8):
        broken = bytearray(sealed)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VaultError):
            SEALER.open(bytes(broken), "people.profile:1")


@given(st.binary(max_size=60))
def test_bytes_that_were_never_sealed_are_refused(junk: bytes) -> None:
    with pytest.raises(VaultError):
        SEALER.open(junk, "a.b:1")
    with pytest.raises(VaultError):
        SEALER.open(b"\x02\0\0\0\x07" + junk, "a.b:1")


def test_no_error_quotes_what_was_sealed_or_whose_it_is() -> None:
    sealed = SEALER.seal(b"536-90-4399", "people.profile:1")
    with pytest.raises(VaultError) as caught:
        SEALER.open(sealed, "people.profile:20251177")
    assert "people.profile" in str(caught.value)
    assert "20251177" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_another_key_opens_nothing() -> None:
    sealed = SEALER.seal(b"x", "a.b:1")
    with pytest.raises(VaultError, match="another key"):
        Sealer(bytes(range(32)), 8).open(sealed, "a.b:1")
    with pytest.raises(VaultError, match="does not open"):
        Sealer(bytes(32), 7).open(sealed, "a.b:1")


async def test_everybody_has_a_key_of_their_own(vault: Vault) -> None:
    one, other = await vault.mint("ONE"), await vault.mint("OTHER")
    with pytest.raises(VaultError):
        other.open(one.seal(b"x", "a.b:1"), "a.b:1")
    assert (await vault.sealer(one.id)).open(one.seal(b"x", "a.b:1"), "a.b:1") == b"x"


async def test_a_wrapped_key_of_somebody_else_does_not_unwrap(vault: Vault) -> None:
    one, other = await vault.mint("ONE"), await vault.mint("OTHER")
    async with vault.keys.write() as write:
        found = {key.id: key for key in await keyring.find(write, [one.id, other.id])}
    moved = dataclasses.replace(found[other.id], wrapped=found[one.id].wrapped)
    with pytest.raises(VaultError):
        vault.unwrap(moved)


async def test_a_destroyed_key_opens_nothing_any_more(vault: Vault) -> None:
    one, other = await vault.mint("ONE"), await vault.mint("OTHER")
    await vault.destroy("ONE")
    with pytest.raises(KeyDestroyed):
        await vault.sealer(one.id)
    assert set(await vault.sealers([one.id, other.id])) == {other.id}
    async with vault.keys.read() as read:
        assert await keyring.erased(read) == ["ONE"]


async def test_another_process_opens_what_this_one_sealed(vault: Vault) -> None:
    sealed = (one := await vault.mint("ONE")).seal(b"x", "a.b:1")
    second = Vault(MasterKeys(vault.masters.path), Database(vault.keys.url), lambda: NOW)
    await second.open()
    assert (await second.sealer(one.id)).open(sealed, "a.b:1") == b"x"
    assert second.blind_index("5", "x") == vault.blind_index("5", "x")
    assert second.system.id == vault.system.id
    await second.close()


def test_no_two_seals_are_alike() -> None:
    assert len({SEALER.seal(b"same", "a.b:1") for _ in range(1000)}) == 1000


async def test_three_spellings_have_one_index_and_each_column_its_own(vault: Vault) -> None:
    spellings = ["BOXW310820HNERXN09", "boxw-310820 hnerxn-09", "ＢＯＸＷ310820\u200bHNERXN09\u202e"]
    assert len({vault.blind_index(spelling, "people.national_id") for spelling in spellings}) == 1
    assert vault.blind_index("1", "people.phone") != vault.blind_index("1", "people.national_id")


@given(st.text(max_size=50))
def test_normalising_twice_changes_nothing(value: str) -> None:
    once = normalise(value)
    assert normalise(once) in {once, normalise(normalise(once))}


async def test_a_keyring_from_before_gets_the_key_that_came_later_and_no_other(vault: Vault) -> None:
    secret = vault.secret("sign")
    for purpose, forgives in (("sign", True), ("index", False)):
        async with vault.keys.write() as write:
            await write.execute(keyring.keys.delete().where(keyring.keys.c.owner == f"@{purpose}"))
        later = Vault(vault.masters, vault.keys, lambda: NOW)
        if forgives:
            await later.open()
            assert later.secret("sign") != secret
        else:
            with pytest.raises(VaultError, match="holds no key for index"):
                await later.open()
