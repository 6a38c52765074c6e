"""Files that are no loan book: each is refused at once, with the file, the place and the remedy."""

import array
import gzip
import os
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from engine import BookError
from engine.reading import read

ROWS = [f"{20 + row % 50},{1000 + row * 7 % 900},{'abc'[row % 3]},{int(row % 7 == 0)}" for row in range(300)]
GOOD = "\n".join(["age,income,job,bad", *ROWS, ""])


def _parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(pa.table({"a": list(range(1000))}), sink)
    data = bytearray(sink.getvalue().to_pybytes())
    data[20:400] = bytes(380)
    return bytes(data)


def _feather() -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.feather.write_feather(pa.table({"a": ["x", "yy"] * 50}), sink, compression="uncompressed")
    data = bytes(sink.getvalue().to_pybytes())
    offsets = bytes(array.array("i", [0, 1, 3, 4, 6]))
    assert data.count(offsets) == 1
    return data.replace(offsets, bytes(array.array("i", [0, 1 << 30, 3, -(1 << 30), 6])))


HOSTILE: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    "empty": ("book.csv", b"", ("the file is empty",)),
    "nothing but a byte order mark": ("book.csv", b"\xff\xfe", ("the file is empty",)),
    "blank": ("book.csv", b"\n\n \n", ("the file is empty",)),
    "header only": ("book.csv", b"a,b,c\n", ("line 1", "no row under them")),
    "header without line end": ("book.csv", b"a,b,c", ("line 1", "no row under them")),
    "no header": ("book.csv", "\n".join(ROWS).encode(), ("line 1", "no line of column names", "for example")),
    "a name without end": ("book.csv", b"x" * 300_000 + b",b\n1,2\n", ("line 1", "131,072 characters")),
    "a name twice": (
        "book.csv",
        b"a,b,a\n1,2,3\n",
        ("line 1", "`a` stands 2 times (columns 1, 3)", "rename"),
    ),
    "too few fields": (
        "book.csv",
        (GOOD + "1,2\n").encode(),
        ("line 302", "2 fields", "names are 4", "`1,2`"),
    ),
    "too many fields": ("book.csv", (GOOD + "1,2,3,4,5\n").encode(), ("line 302", "5 fields", "in quotes")),
    "a strange delimiter": (
        "book.csv",
        GOOD.replace(",", ":").encode(),
        ("line 1", "only one column", "semicolon"),
    ),
    "a quote left open": (
        "book.csv",
        (GOOD + '1,2,"a,0\n' + "1,2,a,0\n" * 5).encode(),
        ("line 302", "quote"),
    ),
    "a quote left open at once": (
        "book.csv",
        b'a,b\n1,"x\n' + b"2,y\n" * 100,
        ("line 2", "`b`", "never closes"),
    ),
    "a quote left open in a big file": ("book.csv", b'a,b\n1,"x\n' + b"2,y\n" * 3_000_000, ("quote",)),
    "NUL early": ("book.csv", GOOD.replace("\n", "\n\0", 5).encode(), ("line 2", "NUL")),
    "NUL late": (
        "book.csv",
        (GOOD + "\n".join(ROWS * 400) + "\n1,2,x\0,0\n").encode(),
        ("line 120302", "column `job`", "NUL"),
    ),
    "not the encoding it begins with": ("book.csv", GOOD.encode("utf-16") + b"\0", ("line 302", "utf-16")),
    "binary": ("book.csv", bytes(range(256)) * 100, ("no text but binary",)),
    "binary without NUL": ("book.csv", bytes(range(1, 256)) * 100, ("no text but binary",)),
    "an Excel workbook": ("book.csv", b"PK\x03\x04" + bytes(500), ("Excel", "save the sheet as CSV")),
    "an old workbook": ("book.xls", b"\xd0\xcf\x11\xe0" + bytes(500), ("old Excel", "CSV")),
    "a pickle": ("book.pkl", b"\x80\x04\x95" + bytes(100), ("pickle", "never opened")),
    "damaged gzip": ("book.csv", b"\x1f\x8b" + bytes(range(200)), ("gzip", "damaged")),
    "cut gzip": ("book.csv", gzip.compress(GOOD.encode())[:-30], ("gzip", "damaged")),
    "cut gzip, later": (
        "book.csv.gz",
        gzip.compress(
            ("a,b\n" + "".join(f"{row * 7919 % 99991},{row}\n" for row in range(300_000))).encode()
        )[:-999],
        ("gzip", "damaged"),
    ),
    "damaged Parquet": ("book.parquet", b"PAR1" + bytes(500) + b"PAR1", ("Parquet", "damaged")),
    "Parquet with damaged pages": ("book.parquet", _parquet(), ("Parquet", "damaged")),
    "a text called Parquet": ("book.parquet", GOOD.encode(), ("no parquet file",)),
    "a Feather whose offsets point nowhere": ("book.feather", _feather(), ("Feather", "damaged")),
    "a damaged Feather": ("book.feather", b"ARROW1" + bytes(500), ("Feather", "damaged")),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_is_no_book_is_refused_within_a_second(tmp_path: Path, case: str) -> None:
    name, data, said = HOSTILE[case]
    (tmp_path / name).write_bytes(data)
    begun = time.process_time()
    with pytest.raises(BookError) as refusal:
        read(tmp_path / name)
    assert time.process_time() - begun < 1
    message = str(refusal.value)
    assert message.startswith(f"{name}: ")
    assert [part for part in said if part not in message] == []
    assert str(tmp_path) not in message
    assert "\n" not in message


def test_a_line_of_four_gigabytes_is_refused_with_bounded_memory(tmp_path: Path) -> None:
    first, later = tmp_path / "first.csv", tmp_path / "later.csv"
    with first.open("wb") as file:  # sparse: it takes no room on the disk
        file.seek(4 << 30)
        file.write(b"x")
    with later.open("wb") as file:
        file.write(b"a,b\n" + b"1,2\n" * 1_000_000 + b"3,")
        file.seek(4 << 30)
        file.write(b"x\n")
    for path, said in ((first, "line 1: longer than 16 MiB"), (later, "a line is longer than 4 MiB")):
        before = pa.total_allocated_bytes()
        begun = time.process_time()
        with pytest.raises(BookError, match=said):
            read(path)
        assert time.process_time() - begun < 1
        assert pa.total_allocated_bytes() - before < 64 << 20


def test_a_few_broken_lines_in_a_long_book_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(GOOD + "\n".join(ROWS * 20) + "\nTotal,6300\n")
    reading = read(path)
    assert reading.table.rows == 6300
    told = next(note for note in reading.notes if note.kind == "ragged")
    assert "line 6302 with 2: `Total,6300`" in told.text


def test_no_file_a_folder_and_no_right_to_read(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"nosuch.csv: cannot be read: no such file"):
        read(tmp_path / "nosuch.csv")
    with pytest.raises(BookError, match="this is a folder"):
        read(tmp_path)
    if os.geteuid():
        locked = tmp_path / "locked.csv"
        locked.write_text(GOOD)
        locked.chmod(0)
        with pytest.raises(BookError, match="permission"):
            read(locked)


def test_an_encoding_that_is_none_or_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes("a,b\né,1\n".encode("latin-1"))
    with pytest.raises(BookError, match="no encoding is called `latin-99`"):
        read(path, encoding="latin-99")
    with pytest.raises(BookError, match="are not utf-8"):
        read(path, encoding="utf-8")
    path.write_bytes(("a,b\n" + "x,1\n" * 400_000 + "é,1\n").encode("latin-1"))
    with pytest.raises(BookError, match="is not utf-8"):
        read(path, encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (3, "int is no table"),
        ([], "list is no table"),
        ({}, "there are no columns"),
        ({"a": []}, "there are no rows"),
        ({"a": [1, 2], "b": [1]}, "different lengths"),
        ({"a": 1}, "one value where a column is wanted"),
        ({"a": [[1], [2]]}, "its values are of type list"),
        (pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), "stands twice"),
    ],
)
def test_a_value_that_is_no_table(source: object, said: str) -> None:
    with pytest.raises(BookError, match=said):
        read(source, name="mine")


def test_mixed_types_in_a_column_become_texts() -> None:
    reading = read({"a": [1, "x", None, 2.5] * 10})
    assert reading.kinds["a"] == "category"
