import csv
import datetime as dt
import io
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather as pa_feather
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import BookError
from engine.batch import read as batch_read
from engine.batch import score_many
from engine.batch.file import Written, score_file
from engine.batch.write import quoted
from tests.engine import made_models
from tests.engine.borrowers import CN, MODEL
from tests.engine.made_tables import OWN, Row
from tests.engine.test_kinds_models import made

PEOPLE: list[Row] = [
    {
        "id": "=1+1",
        "salary": 1500.5,
        "town": "Köln",
        "since": "2024-01-02",
        "owner": True,
        "used": "12%",
        "age": 30.0,
    },
    {"id": "b", "salary": None, "town": "NA", "since": None, "owner": False, "used": "95", "age": 61.0},
    {
        "id": "c",
        "salary": 2000.0,
        "town": "3",
        "since": "2019-04-15",
        "owner": None,
        "used": None,
        "age": 24.0,
    },
]
READ: list[Row] = [{**row, "town": None if row["town"] == "NA" else row["town"]} for row in PEOPLE]


def text(people: list[Row]) -> str:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(people[0]))
    writer.writeheader()
    writer.writerows(people)
    return lines.getvalue()


def book(path: Path, people: list[Row]) -> Path:
    names = dict.fromkeys(name for person in people for name in person)
    table = pa.table({name: [person.get(name) for person in people] for name in names})
    if path.suffix == ".parquet":
        pa_parquet.write_table(table, path)
    elif path.suffix == ".feather":
        pa_feather.write_feather(table, path)
    else:
        path.write_text(text(people), encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pa_parquet.read_table(path).to_pylist()  # type: ignore[no-any-return]  # Arrow has no types
    if path.suffix == ".csv":
        return pa_csv.read_csv(path).to_pylist()  # type: ignore[no-any-return]  # Arrow has no types
    return pa.ipc.open_file(path).read_all().to_pylist()  # type: ignore[no-any-return]  # Arrow has no types


@pytest.mark.parametrize("source", ["csv", "parquet", "feather"])
@pytest.mark.parametrize("target", ["csv", "parquet", "arrow"])
def test_a_file_scores_as_its_people_do(tmp_path: Path, source: str, target: str) -> None:
    people = READ if source == "csv" else PEOPLE
    out = tmp_path / f"out.{target}"
    written = score_file(OWN, book(tmp_path / f"in.{source}", PEOPLE), out, keep=["id"], reasons=4)
    assert written == Written(3, ("months", "housing"))
    for row, person in zip(rows(out), people, strict=True):
        result = OWN.score(person)
        kept = "'=1+1" if target == "csv" and person["id"] == "=1+1" else person["id"]
        assert list(row)[:4] == ["id", "score", "pd", "band"]
        assert (row["id"], row["score"], row["pd"], row["band"]) == (
            kept,
            result.score,
            result.pd,
            result.band,
        )
        for at in range(4):
            reason = result.reasons[at] if at < len(result.reasons) else None
            assert (row[f"reason_{at + 1}"] or None) == (reason.code if reason else None)
            assert row[f"points_{at + 1}"] == (reason.points if reason else None)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("kind", ["single", "blend"])
@pytest.mark.parametrize("pack", [None, CN])
def test_other_kinds_give_their_reasons_too(tmp_path: Path, kind: str, pack: Any) -> None:
    model, rng = made(kind), made_models.chance(3)
    people = [{"salary": 1.0, **made_models.record(rng)} for _ in range(30)]
    people = [{**person, "opened": 17_500.0} for person in people]
    out = tmp_path / "out.parquet"
    score_file(model, book(tmp_path / "in.parquet", people), out, pack=pack, reasons=4)
    for row, person in zip(rows(out), people, strict=True):
        result = model.score(person, pack)
        found = [row[f"reason_{at}"] for at in range(1, 5)]
        assert found == ([reason.code for reason in result.reasons] + [None] * 4)[:4]
        assert row["pd"] == result.pd


def test_a_pack_says_how_many_reasons_there_are(tmp_path: Path) -> None:
    pack = msgspec.structs.replace(CN, decision=msgspec.structs.replace(CN.decision, reasons_max=2))
    bad = {"age": [19.0], "employment_months": [0.0], "debt_service_ratio": [3.0], "overdue_count_24m": [9.0]}
    pa_parquet.write_table(pa.table(bad), tmp_path / "in.parquet")
    for reasons in (1, 2, 3):
        score_file(MODEL, tmp_path / "in.parquet", tmp_path / "out.parquet", pack=pack, reasons=reasons)
        (row,) = rows(tmp_path / "out.parquet")
        codes = [reason.code for reason in MODEL.score({name: v for name, (v,) in bad.items()}, pack).reasons]
        assert [row[f"reason_{at}"] for at in range(1, reasons + 1)] == ([*codes, None])[:reasons]
    with pytest.raises(ValueError, match="5 reasons; accepted: 0 to 4"):
        score_file(MODEL, tmp_path / "in.parquet", tmp_path / "out.parquet", reasons=5)


def test_a_parquet_file_says_which_model_and_pack_made_it(tmp_path: Path) -> None:
    source = book(tmp_path / "in.parquet", [{"age": 30.0}])
    score_file(MODEL, source, tmp_path / "out.parquet", pack=CN)
    facts = pa_parquet.read_schema(tmp_path / "out.parquet").metadata
    assert facts[b"candor.model_hash"].decode() == MODEL.hash
    assert facts[b"candor.pack"].decode() == CN.id


def test_the_size_of_the_pieces_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [{**PEOPLE[at % 3], "id": str(at)} for at in range(5000)]
    told: list[float] = []
    for source in ("csv", "parquet", "feather"):
        monkeypatch.undo()
        path = book(tmp_path / f"in.{source}", people)
        score_file(OWN, path, tmp_path / "whole.parquet", keep=["id"], progress=told.append)
        monkeypatch.setattr(batch_read, "PIECE", 37)
        monkeypatch.setattr(batch_read, "BLOCK", 5000)
        score_file(OWN, path, tmp_path / "cut.parquet", keep=["id"], threads=3)
        whole, cut = (pa_parquet.read_table(tmp_path / f"{name}.parquet") for name in ("whole", "cut"))
        assert whole.equals(cut)
        assert whole.column("id").to_pylist() == [str(at) for at in range(5000)]
    assert told[-1] == 1.0
    assert all(0.0 <= share <= 1.0 for share in told)


def test_other_encodings_and_delimiters_are_seen(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.parquet"
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        path.write_text("town;salary\n" + "北京;1500\n" * 30, encoding=encoding)
        score_file(OWN, path, out)
        assert {row["score"] for row in rows(out)} == {OWN.score({"town": "北京", "salary": 1500.0}).score}
    path.write_bytes(b"town;salary\n" + b"x;1\n" * 600_000 + "Köln;1\n".encode("cp1252") * 2)
    assert score_file(OWN, path, out).rows == 600_002
    assert rows(out)[-1]["score"] == OWN.score({"town": "Köln", "salary": 1.0}).score


PEOPLES = """id;salary;since;used
007;1.999,99;14/04/2019;12 %
008;2.000;15/04/2019;95%
009;unknown;31/12/2023;
010;1.000.000,5;01/02/2024;30,5%
"""


def test_numbers_and_dates_as_people_write_them_are_read_as_training_does(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.parquet"
    path.write_text(PEOPLES, encoding="utf-8")
    score_file(OWN, path, out, keep=["id"])
    wanted: list[Row] = [
        {"salary": 1999.99, "since": "2019-04-14", "used": 12.0},
        {"salary": 2000.0, "since": "2019-04-15", "used": 95.0},
        {"since": "2023-12-31"},
        {"salary": 1_000_000.5, "since": "2024-02-01", "used": 30.5},
    ]
    assert [row["score"] for row in rows(out)] == [OWN.score(row).score for row in wanted]
    assert [row["id"] for row in rows(out)] == ["007", "008", "009", "010"]
    frame = pa_csv.read_csv(path, parse_options=pa_csv.ParseOptions(delimiter=";")).to_pandas()
    assert score_many(OWN, frame).score.tolist() == [OWN.score(row).score for row in wanted]
    more = "".join(f"012;{at},5;15/04/2019;5%\n" for at in range(200))
    path.write_text(PEOPLES + "011;x;15/04/2019;5%\n" + more, encoding="utf-8")
    with pytest.raises(BookError, match="row 5, column `salary`: 'x' is no number"):
        score_file(OWN, path, out)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("age,salary\n", "column names and no row under them"),
        ("", "the file is empty"),
        ("a,b\n1,2\n", "no column that the model reads"),
        ("age,salary\n30,1\n31\n32,1\n", "line 3: 1 fields where the column names are 2"),
        ("age,salary\n30,1\n31,a lot\n", "row 2, column `salary`: 'a lot' is no number"),
        ("age,salary\n30,1\n17,1\n", "row 2, column `age`: 17.0 is not in the catalogue"),
        ('age,salary,note\n30,1,x\n31,2,"open\n32,1,z\n', "a quote opens and"),
        ("age,age\n1,2\n", "the column name `age` stands 2 times"),
    ],
)
def test_a_file_that_cannot_be_scored_leaves_nothing_behind(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "in.csv").write_text(content, encoding="utf-8")
    out = tmp_path / "out.csv"
    out.write_text("from before", encoding="utf-8")
    with pytest.raises(BookError, match=message):
        score_file(OWN, tmp_path / "in.csv", out)
    assert out.read_text(encoding="utf-8") == "from before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_a_later_row_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("age,salary\n" + "30,1\n" * 1_200_000 + "30,x\n", encoding="utf-8")
    with pytest.raises(BookError, match="row 1200001, column `salary`: 'x' is no number"):
        score_file(OWN, path, out)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_a_damaged_file_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"in.{ending}"
    table = pa.table({"age": np.arange(18.0, 90.0)})
    if ending == "parquet":
        pa_parquet.write_table(table, path)
    else:
        pa_feather.write_feather(table, path)
    data = path.read_bytes()
    for cut in (12, len(data) // 2, len(data) - 2):
        path.write_bytes(data[:cut])
        with pytest.raises(BookError, match="file is damaged"):
            score_file(OWN, path, tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    source = book(tmp_path / "in.parquet", [{"age": 30.0, "score": 1}])
    for target, keep, message in (
        ("out.xlsx", (), "accepted: a name ending in .parquet, .csv"),
        ("no/out.csv", (), "there is no folder"),
        ("out.csv", ("name",), "no column `name` to keep; accepted: columns such as age"),
        ("out.csv", ("score",), "column `score`: the scores have a column of this name"),
    ):
        with pytest.raises(BookError, match=message):
            score_file(OWN, source, tmp_path / target, keep=keep)
    with pytest.raises(BookError, match="cannot be read"):
        score_file(OWN, tmp_path / "nothing.csv", tmp_path / "out.csv")


def test_a_source_may_be_its_own_target(tmp_path: Path) -> None:
    path = book(tmp_path / "book.parquet", [{"age": 30.0}])
    score_file(OWN, path, path)
    assert list(rows(path)[0]) == ["score", "pd", "band"]


def test_kept_columns_stay_what_they_are(tmp_path: Path) -> None:
    row = {
        "age": 30.0,
        "n": -5,
        "d": Decimal("-1.50"),
        "when": dt.date(2024, 1, 1),
        "note": "-5",
        "who": None,
    }
    source = book(tmp_path / "in.parquet", [row])
    keep = ["n", "d", "when", "note", "who"]
    score_file(OWN, source, tmp_path / "out.parquet", keep=keep)
    assert {name: rows(tmp_path / "out.parquet")[0][name] for name in keep} == {
        name: row[name] for name in keep
    }
    score_file(OWN, source, tmp_path / "out.csv", keep=keep)
    line = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1]
    assert next(csv.reader([line]))[:5] == ["-5", "-1.50", "2024-01-01", "'-5", ""]


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4), min_size=1, max_size=5
    )
)
def test_no_cell_of_text_is_a_formula_and_all_come_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    names = ["=cmd", "age"]
    pa_parquet.write_table(pa.table([texts, [30.0] * len(texts)], names=names), folder / "in.parquet")
    score_file(OWN, folder / "in.parquet", folder / "out.csv", keep=["=cmd"])
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert header[0] == "'=cmd"
    for wrote, line in zip(texts, lines, strict=True):
        assert line[0] == (f"'{wrote}" if wrote[:1] in tuple("=+-@\t\r\n＝＋－＠") and wrote else wrote)


def test_formulas_are_quoted_in_all_their_forms() -> None:
    texts = ["=1", "+1", "-1", "@SUM", "\t=1", "\r=1", "\n=1", "＝1", "a=1", "", None]
    assert quoted(pa.array(texts)).to_pylist() == [f"'{text}" for text in texts[:8]] + ["a=1", "", None]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    process = psutil.Process(os.getpid())
    peaks = []
    for copies in (1, 12):
        path = tmp_path / "in.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("age,salary,town,junk\n")
            for _ in range(copies):
                file.write("30,1500.5,Köln,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n" * 100_000)
        base, peak = process.memory_info().rss, 0

        def watch(share: float) -> None:
            nonlocal peak
            peak = max(peak, process.memory_info().rss)

        assert score_file(OWN, path, tmp_path / "out.parquet", progress=watch).rows == copies * 100_000
        peaks.append((peak - base) / 2**20)
    assert max(peaks) < 200
