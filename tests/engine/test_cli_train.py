import json
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import engine
from engine.cli import write
from engine.cli.main import main
from engine.report import markdown
from tests.engine.made_loans import HEAD, start, write_book

TRAIN = ["train", "loans.csv", "--target", "defaulted", "--kind", "scorecard"]
FILES = {"card.html", "card.md", "model.json", "paper.txt"}


@pytest.mark.usefixtures("inside")
def test_train_writes_a_model_and_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRAIN, "--name", "mine"]) == 0
    said = capsys.readouterr().out
    for text in (
        "1,500",
        "`defaulted` is yes",
        "loan_id: numbers the rows",
        "sex: tells sex",
        "Chosen: scorecard",
    ):
        assert text in said
    folder = Path("mine-model")
    assert {path.name for path in folder.iterdir()} == FILES
    model = engine.load(folder / "model.json")
    assert (folder / "card.md").read_text(encoding="utf-8") == markdown.render(model)
    assert "<svg" in (folder / "card.html").read_text(encoding="utf-8")
    assert not list(Path().glob(".*.tmp"))


@pytest.mark.usefixtures("inside")
def test_train_as_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRAIN, "--out", "json-model", "--json", "--drop", "purpose", "--trend", "income=up"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["columns"]["granted"] == "date"
    assert {item["column"]: item["reason"] for item in told["refused"]}["purpose"] == "asked"
    assert told["figures"]["kind scorecard"]["auc"] > 0.6
    points = engine.load("json-model/model.json").points_at("income")  # type: ignore[union-attr]  # a factor of this model
    assert points is not None
    assert list(points.points) == sorted(points.points)


@pytest.mark.usefixtures("inside")
def test_another_run_takes_the_place_of_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRAIN, "--out", "again"]) == 0
    first = engine.load("again/model.json")
    Path("again/notes.txt").write_text("mine", encoding="utf-8")
    assert main([*TRAIN[:-1], "tree", "--out", "again"]) == 0
    assert engine.load("again/model.json").hash != first.hash
    assert {path.name for path in Path("again").iterdir()} == (FILES | {"notes.txt"}) - {"paper.txt"}
    capsys.readouterr()


def written(text: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    return write.data(text.encode(encoding))


def rows(count: int, end: str) -> str:
    return "".join(f"{at % 7},{at % 5},{end}\n" for at in range(count))


BAD_BOOKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty": (written(""), "bad.csv"),
    "header only": (written("a,b,end\n"), "bad.csv"),
    "one class": (written("a,b,end\n" + rows(50, "good")), "same outcome"),
    "three bads": (written("a,b,end\n" + rows(50, "good") + rows(3, "bad")), "3 bad loans"),
    "three values": (written("a,b,end\n" + rows(20, "good") + rows(20, "bad") + rows(20, "late")), "--bad"),
    "no target": (written("a,b,ende\n" + rows(20, "good") + rows(20, "bad")), "did you mean `ende`?"),
    "nothing to learn from": (
        written("id,end\n" + "".join(f"{at},{at % 2}\n" for at in range(90))),
        "--keep",
    ),
    "a quote that never closes": (written('a,b,end\n1,"2,good\n' + rows(30, "bad")), "quote"),
    "binary": (write.data(bytes(range(256)) * 40), "bad.csv"),
    "a pickle": (write.data(b"\x80\x04\x95" + b"\0" * 99), "bad.csv"),
    "a folder": (lambda path: path.mkdir(), "folder"),
    "a parquet that is none": (write.data(b"PAR1" + b"\0" * 99), "bad.csv"),
}


@pytest.mark.parametrize("book", BAD_BOOKS)
def test_a_bad_book_is_refused_in_a_sentence(
    book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make, message = BAD_BOOKS[book]
    make(tmp_path / "bad.csv")
    monkeypatch.chdir(tmp_path)
    assert main(["train", "bad.csv", "--target", "end"]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err
    assert not said.out
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "loans.csv"], "--target COLUMN"),
        (["train", "none.csv", "--target", "x"], "there is no such file"),
        ([*TRAIN, "--keep", "colour"], "there is no column `colour`"),
        ([*TRAIN, "--bad", "maybe"], "no loan has the value `maybe`"),
        ([*TRAIN, "--trend", "income=round"], "accepted: COLUMN=SHAPE"),
        ([*TRAIN, "--country", "zz"], "available: cn, mx, us"),
        ([*TRAIN, "--mapping", "none.toml"], "no such file; accepted: a TOML"),
        ([*TRAIN, "--time", "home"], "--time names a column of dates"),
        ([*TRAIN, "--out", "loans.csv"], "this is a file"),
        ([*TRAIN, "--out", "loans.csv/deeper"], "cannot be written to"),
        (["train", "loans.csv", "--target", "income"], "--bad"),
    ],
)
def test_what_was_asked_wrongly_is_said_in_a_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(Path().iterdir())
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert set(Path().iterdir()) == before


def test_a_book_in_another_encoding_trains_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_book(tmp_path / "utf8.csv", 600, 5)
    text = (tmp_path / "utf8.csv").read_text(encoding="utf-8").replace("income", "收入").replace(",", ";")
    (tmp_path / "gb.csv").write_bytes(text.encode("gb18030"))
    (tmp_path / "utf16.csv").write_bytes(text.encode("utf-16"))
    monkeypatch.chdir(tmp_path)
    for name in ("gb", "utf16"):
        arguments = ["train", f"{name}.csv", "--target", "defaulted", "--kind", "scorecard", "--json"]
        assert main(arguments) == 0
        assert "收入" in json.loads(capsys.readouterr().out)["kept"]


def test_a_fault_of_ours_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("engine.cli.inputs.asked", broken)
    monkeypatch.delenv("CANDOR_DEBUG", raising=False)
    assert main(["score", "{}"]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "Traceback" not in said
    monkeypatch.setenv("CANDOR_DEBUG", "1")
    assert main(["score", "{}"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_half_model(stop: signal.Signals, tmp_path: Path) -> None:
    write_book(tmp_path / "loans.csv", 4000, 1)
    moments = random.Random(int(stop))  # noqa: S311 - a test is to be repeatable
    for _ in range(3):
        with start(TRAIN, tmp_path) as run:
            time.sleep(moments.uniform(1.5, 4.0))  # a busy machine takes its time to begin
            run.send_signal(stop)
            _, said = run.communicate(timeout=120)
        assert "Traceback" not in said
        assert run.returncode in (0, 130 if stop is signal.SIGINT else -stop)
        if Path(tmp_path / "loans-model").exists():
            assert {path.name for path in (tmp_path / "loans-model").iterdir()} == FILES
            engine.load(tmp_path / "loans-model" / "model.json")


def test_whoever_is_stopped_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    def stop(_: Path) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        write.folder(out, {"a": write.text("new"), "b": stop})
    assert not list(tmp_path.iterdir())
    write.folder(out, {"a": write.text("old")})
    with pytest.raises(KeyboardInterrupt):
        write.folder(out, {"a": write.text("new"), "b": stop})
    with pytest.raises(KeyboardInterrupt):
        write.file(out / "a", stop)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [(path.name, path.read_text(encoding="utf-8")) for path in out.iterdir()] == [("a", "old")]


def test_a_reader_who_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    with start(["card"], tmp_path) as run:
        assert run.stdout is not None
        run.stdout.close()
        assert run.stderr is not None
        assert not run.stderr.read()
        assert run.wait(timeout=60) == 0


def test_the_head_of_the_made_books_is_as_the_tests_have_it(lender: Path) -> None:
    assert (lender / "loans.csv").read_text(encoding="utf-8").splitlines()[0].split(",") == HEAD


def test_the_command_runs_as_a_module(tmp_path: Path) -> None:
    with start(["--help"], tmp_path) as run:
        said, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert "import-check" in said
