import os
import random
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import archive
from storage.archive import CHUNK, HEADER_BYTES, TAG_BYTES, ArchiveError, Kind, Manifest
from storage.masterkey import MasterKeys

SEALED_CHUNK = CHUNK + TAG_BYTES


@pytest.fixture
def masters(tmp_path: Path) -> MasterKeys:
    return MasterKeys.make(tmp_path / "keys" / "master.key")


def about(content: Path, kind: Kind = "facts", **changes: object) -> Manifest:
    size, digest = archive.measure(content)
    values: dict[str, object] = {
        "kind": kind,
        "database": "sqlite",
        "revision": "0003",
        "made_at": "2026-03-01T12:00:00+00:00",
        "rows": {"people": 3},
        "audit_id": 7,
        "audit_digest": "ab" * 32,
        "size": size,
        "sha256": digest,
    }
    return Manifest(**values | changes)  # type: ignore[arg-type]  # wrong on purpose


def pack(
    folder: Path, masters: MasterKeys, plain: bytes, name: str = "one.candor", kind: Kind = "facts"
) -> Path:
    content = folder / f"{name}.plain"
    content.write_bytes(plain)
    archive.write(folder / name, masters, about(content, kind), content)
    return folder / name


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - repeatable


@pytest.mark.parametrize("size", [0, 1, 70_000, CHUNK - 300, CHUNK, 3 * CHUNK + 5])
@pytest.mark.parametrize("dull", [True, False])
def test_what_goes_in_comes_out(tmp_path: Path, masters: MasterKeys, size: int, dull: bool) -> None:
    plain = bytes(size) if dull else noise(size)
    path = pack(tmp_path, masters, plain)
    manifest = archive.unpack(path, masters, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == plain
    assert manifest == archive.peek(path, masters) == about(tmp_path / "out")
    assert archive.header(path).master == 1


@given(st.binary(max_size=2000))
@settings(max_examples=25, deadline=None)
def test_any_bytes_come_out_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, plain: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    masters = MasterKeys.make(folder / "keys" / "master.key")
    archive.unpack(pack(folder, masters, plain), masters, folder / "out")
    assert (folder / "out").read_bytes() == plain


def test_only_the_owner_may_read_it_whatever_the_umask(tmp_path: Path, masters: MasterKeys) -> None:
    old = os.umask(0)
    try:
        path = pack(tmp_path, masters, b"x")
        archive.unpack(path, masters, tmp_path / "out")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*"))  # no draft stays behind


def test_nothing_of_the_content_can_be_read(tmp_path: Path, masters: MasterKeys) -> None:
    marks = [b"Quetzalcoatl Nightingale", b"+12025550177", b"536904399", b"people", b"0003"]
    raw = pack(tmp_path, masters, b"|".join(marks)).read_bytes()
    assert not [mark for mark in marks if mark in raw]


def test_the_same_content_is_never_the_same_archive(tmp_path: Path, masters: MasterKeys) -> None:
    raws = [pack(tmp_path, masters, b"same", f"{n}.candor").read_bytes()[20:] for n in range(20)]
    assert len(set(raws)) == 20


def refused(path: Path, masters: MasterKeys, words: str) -> None:
    with pytest.raises(ArchiveError, match=words) as caught:
        archive.unpack(path, masters)
    assert "\n" not in str(caught.value)


def test_every_flipped_bit_is_refused(tmp_path: Path, masters: MasterKeys) -> None:
    path = pack(tmp_path, masters, b"a short one")
    whole = path.read_bytes()
    for bit in range(len(whole) * 8):
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)
        refused(path, masters, "not a backup|newer Candor|damaged or altered")


def test_every_shorter_length_is_refused(tmp_path: Path, masters: MasterKeys) -> None:
    path = pack(tmp_path, masters, b"a short one")
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(path, masters, "truncated" if length >= len(archive.MAGIC) else "not a backup")
    path.write_bytes(whole + b"\0")
    refused(path, masters, "1 bytes were added")


def test_chunks_keep_their_places(tmp_path: Path, masters: MasterKeys) -> None:
    path = pack(tmp_path, masters, noise(3 * CHUNK + 500))
    other = pack(tmp_path, masters, noise(3 * CHUNK + 500, seed=2), "other.candor").read_bytes()
    whole = path.read_bytes()
    head, body = whole[:HEADER_BYTES], whole[HEADER_BYTES:]
    one, two, three, four = (body[n * SEALED_CHUNK : (n + 1) * SEALED_CHUNK] for n in range(4))
    foreign = other[HEADER_BYTES:][SEALED_CHUNK : 2 * SEALED_CHUNK]
    for changed, at in (
        (two + one + three + four, 1),
        (one + one + three + four, 2),
        (one + three + two + four, 2),
        (one + foreign + three + four, 2),
    ):
        path.write_bytes(head + changed)
        refused(path, masters, f"altered at chunk {at}$")
    path.write_bytes(other[:HEADER_BYTES] + body)  # the header of another archive
    refused(path, masters, "truncated|added|chunk 1$")
    path.write_bytes(head + one + two + three)  # the last one cut off where a chunk ends
    refused(path, masters, "truncated")


def test_a_missing_last_chunk_is_noticed_without_the_length_in_the_header(
    tmp_path: Path, masters: MasterKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path, masters, noise(2 * CHUNK + 500))
    key = bytes(32)
    monkeypatch.setattr(
        "storage.archive.secrets.token_bytes", bytes
    )  # a file key we know, to forge a header with
    path = pack(tmp_path, masters, noise(2 * CHUNK + 500))
    whole = path.read_bytes()
    forged = archive.Header("facts", 1, bytes(16), 2 * SEALED_CHUNK)
    head = archive._head(forged, key, masters)
    path.write_bytes(head + whole[HEADER_BYTES : HEADER_BYTES + 2 * SEALED_CHUNK])
    refused(path, masters, "altered at chunk 2$")


def test_another_installations_key_is_named_as_the_cause(tmp_path: Path, masters: MasterKeys) -> None:
    path = pack(tmp_path, masters, b"x")
    refused(path, MasterKeys.make(tmp_path / "other" / "master.key"), "another installation's master key")


def test_a_missing_version_is_named(tmp_path: Path, masters: MasterKeys) -> None:
    path = pack(tmp_path, masters, b"x")
    masters.add()
    archive.unpack(path, masters)  # older versions still open it
    masters.remove(1)
    refused(path, masters, "version 1 of the master key, which is missing from master.key")


def test_a_newer_format_is_named(tmp_path: Path, masters: MasterKeys) -> None:
    path = pack(tmp_path, masters, b"x")
    raw = bytearray(path.read_bytes())
    raw[8] = 2
    path.write_bytes(raw)
    refused(path, masters, "format 2, made by a newer Candor; this one knows format 1")


@pytest.mark.parametrize("junk", [b"", b"x", b"SQLite format 3\0" + bytes(5000), b"PK\x03\x04" * 50])
def test_what_is_no_archive_is_called_so(tmp_path: Path, masters: MasterKeys, junk: bytes) -> None:
    (tmp_path / "junk").write_bytes(junk)
    refused(tmp_path / "junk", masters, "not a backup made by Candor")


def test_what_is_no_file_is_called_so(tmp_path: Path, masters: MasterKeys) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", masters, "not a file")
    refused(tmp_path, masters, "not a file")
    refused(tmp_path / "nowhere", masters, "cannot be read")


def test_a_manifest_that_lies_is_refused_within_bounds(tmp_path: Path, masters: MasterKeys) -> None:
    """Only who holds the key can write these; still nothing may swell past what was announced."""
    content = tmp_path / "plain"
    content.write_bytes(bytes(64 * CHUNK))
    path = tmp_path / "bomb.candor"
    archive.write(path, masters, about(content, size=1000), content)
    assert path.stat().st_size < CHUNK
    with pytest.raises(ArchiveError, match="more than its manifest says"):
        archive.unpack(path, masters, tmp_path / "out")
    assert (tmp_path / "out").stat().st_size <= 1000
    archive.write(path, masters, about(content, size=65 * CHUNK), content)
    refused(path, masters, "not what its manifest says")
    archive.write(path, masters, about(content, sha256="0" * 64), content)
    refused(path, masters, "not what its manifest says")


def test_rewrapping_changes_the_header_alone(tmp_path: Path, masters: MasterKeys) -> None:
    path = pack(tmp_path, masters, noise(CHUNK + 9))
    before = path.read_bytes()
    assert not archive.rewrap(path, masters)
    assert path.read_bytes() == before
    masters.add()
    assert archive.rewrap(path, masters)
    masters.remove(1)
    assert path.read_bytes()[HEADER_BYTES:] == before[HEADER_BYTES:]
    assert archive.header(path).master == 2
    archive.unpack(path, masters, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == noise(CHUNK + 9)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_kill_while_rewrapping_leaves_the_old_one(
    tmp_path: Path, masters: MasterKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path, masters, b"x")
    before = path.read_bytes()
    masters.add()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("storage.archive.os.fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        archive.rewrap(path, masters)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".one*"))


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path, masters: MasterKeys) -> None:
    content = tmp_path / "plain"
    content.write_bytes(b"x")
    with pytest.raises(ArchiveError, match=r"one.candor: it cannot be written \(No such file"):
        archive.write(tmp_path / "nowhere" / "one.candor", masters, about(content), content)
