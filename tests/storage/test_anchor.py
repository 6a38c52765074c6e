import os
import random
import threading
from pathlib import Path

import pytest

from storage.anchor import Anchor, AnchorDamaged, Head
from tests.drills.audit import KEY, NOW


@pytest.fixture
def anchor(tmp_path: Path) -> Anchor:
    made = Anchor(tmp_path / "anchors" / "audit.log", KEY)
    made.start(NOW)
    return made


def heads(anchor: Anchor, rows: int) -> list[bytes]:
    for row in range(1, rows + 1):
        anchor.note(row, bytes([row]) * 32, NOW)
    return anchor.path.read_bytes().splitlines(keepends=True)


def test_an_anchor_is_for_its_owners_eyes(anchor: Anchor) -> None:
    assert anchor.path.stat().st_mode & 0o777 == 0o600
    assert anchor.path.parent.stat().st_mode & 0o777 == 0o700
    size = anchor.path.stat().st_size
    anchor.start(NOW)
    assert anchor.path.stat().st_size == size
    heads(anchor, 3)
    anchor.compact(3, NOW, keep=1)
    assert anchor.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in anchor.path.parent.iterdir()] == ["audit.log"]


def test_a_changed_anchor_is_damaged(anchor: Anchor) -> None:
    lines = heads(anchor, 6)
    rng = random.Random(1)  # noqa: S311 - a test is to be repeatable
    whole = b"".join(lines)
    changed = [b"".join(lines[:n] + lines[n + 1 :]) for n in range(len(lines) - 1)]  # a line dropped
    changed += [b"".join(lines[:n] + lines[n : n + 1] + lines[n:]) for n in range(len(lines))]  # doubled
    changed += [
        b"".join([*lines[:2], lines[3], lines[2], *lines[4:]]),
        whole + b"\n",
        whole + b"x\n",
        whole + bytes(999),
    ]
    for _ in range(200):
        place = rng.randrange(len(whole) - 1)
        changed.append(whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :])
    for content in changed:
        anchor.path.write_bytes(content)
        assert anchor.read().damage, content
        with pytest.raises(AnchorDamaged):
            anchor.compact(6, NOW, keep=1)
    anchor.path.write_bytes(whole)
    assert not anchor.read().damage
    assert Anchor(anchor.path, bytes(32)).read().damage.startswith("line 1 is not")


def test_a_damaged_anchor_is_put_aside(anchor: Anchor) -> None:
    heads(anchor, 2)
    anchor.path.write_bytes(b"nonsense\n")
    anchor.take_up(Head(2, bytes(32)), NOW)
    names = sorted(path.name for path in anchor.path.parent.iterdir())
    assert names == ["audit.log", "audit.log.20261123T093015123456.damaged"]
    assert (anchor.read().damage, anchor.read().last) == ("", Head(2, bytes(32)))


def test_a_torn_line_counts_as_never_written(anchor: Anchor) -> None:
    whole = b"".join(heads(anchor, 3))
    for left in range(1, 40):
        anchor.path.write_bytes(whole[:-left])
        reading = anchor.read()
        assert (reading.damage, reading.last.id) == ("", 2)
        assert "torn" in reading.remarks[0]
    anchor.note(3, bytes(32), NOW)
    assert (anchor.read().damage, anchor.read().lines, anchor.read().last) == ("", 4, Head(3, bytes(32)))


def test_what_is_no_plain_file_is_no_anchor(anchor: Anchor, tmp_path: Path) -> None:
    heads(anchor, 1)
    anchor.path.rename(tmp_path / "elsewhere")
    anchor.path.symlink_to(tmp_path / "elsewhere")
    assert anchor.read().damage.startswith("cannot be read")
    anchor.path.unlink()
    os.mkfifo(anchor.path)
    assert anchor.read().damage.startswith("cannot be read")
    anchor.path.unlink()
    with pytest.raises(FileNotFoundError):  # a lost anchor is not begun again in silence
        anchor.note(2, bytes(32), NOW)


def test_a_head_may_be_noted_late(anchor: Anchor) -> None:
    for row in (2, 1, 3):
        anchor.note(row, bytes([row]) * 32, NOW)
    assert (anchor.read().last.id, anchor.read().damage, anchor.read().forked) == (3, "", 0)
    anchor.note(2, bytes(32), NOW)
    assert anchor.read().forked == 2


def test_lines_are_let_go_while_others_are_written(anchor: Anchor) -> None:
    def write(first: int) -> None:
        for row in range(first, first + 100):
            Anchor(anchor.path, KEY).note(row, bytes([row % 256]) * 32, NOW)

    writers = [threading.Thread(target=write, args=(first,)) for first in (1, 101, 201)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        anchor.compact(300, NOW, keep=20)
    reading = anchor.read()
    assert (reading.damage, reading.forked, reading.last.id) == ("", 0, 300)
    anchor.compact(300, NOW, keep=20)
    assert anchor.read().lines == 21
