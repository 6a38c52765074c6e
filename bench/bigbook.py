"""`python -m bench.bigbook`: 5 million loans of 60 columns, made, read, fitted and scored, with time and memory."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from engine import reading
from engine.batch import score_many
from engine.batch.file import score_file
from engine.fitting import scorecard
from engine.judge.evaluate import auc
from engine.table import Labels, Numbers, Table

NUMBERS, CLASSES, DATES = 42, 15, 2  # and the outcome: 60 columns
PIECE = 250_000

_T = TypeVar("_T")


def piece(rows: int, seed: int) -> pa.Table:
    """Some rows of the book: what half the columns say is true, the other half says nothing."""
    random = np.random.default_rng(seed)
    odds = np.full(rows, 2.4)
    columns: dict[str, Any] = {}
    for at in range(NUMBERS):
        values = random.normal(size=rows) if at % 3 else random.integers(0, 40, rows) / 10.0
        if at % 2:
            odds -= 0.25 * np.tanh(values - 1.0)
        values = np.round(values if at % 5 else np.exp(values) * 1000.0, 2)
        missing = random.random(rows) < (0.2 if at % 4 == 0 else 0.0)
        columns[f"number_{at:02d}"] = pa.array(values, mask=missing)
    for at in range(CLASSES):
        size = (3, 8, 60, 400)[at % 4]
        codes = (size * random.random(rows) ** 2).astype(np.int32)
        if at % 2:
            odds += 0.3 * np.cos(codes)
        names = pa.array([f"class {code:03d}" for code in range(size)])
        labels = pa.DictionaryArray.from_arrays(pa.array(codes, mask=random.random(rows) < 0.05), names)
        columns[f"class_{at:02d}"] = labels.dictionary_decode()
    for at in range(DATES):
        columns[f"date_{at}"] = pa.array(random.integers(14_000, 19_700, rows).astype(np.int32)).cast(
            pa.date32()
        )
    columns["bad"] = pa.array((random.random(rows) < 1.0 / (1.0 + np.exp(odds))).astype(np.int8))
    return pa.table(columns)


def make(path: Path, rows: int) -> None:
    """Write the book, a row group at a time."""
    with pa_parquet.ParquetWriter(path, piece(1, 0).schema) as writer:
        for seed, start in enumerate(range(0, rows, PIECE)):
            writer.write_table(piece(min(PIECE, rows - start), seed))


def outcome(table: Table) -> tuple[Table, "np.ndarray[Any, np.dtype[np.bool_]]"]:
    column = table["bad"]
    if isinstance(column, Labels):
        return table.drop(["bad"]), column.codes == column.labels.index("1")
    assert isinstance(column, Numbers)
    return table.drop(["bad"]), column.values == 1.0


def memory(key: str) -> float:
    """The process's memory in MiB: "VmRSS" now, "VmHWM" at its peak since `watched` began."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return float("nan")


def watched(name: str, rows: int, work: Callable[[], _T]) -> _T:
    """Do a step and print how long it took, and the highest memory while it ran."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, start = memory("VmRSS"), time.perf_counter()
    done = work()
    seconds = time.perf_counter() - start
    told = {
        "step": name,
        "seconds": round(seconds, 2),
        "rows_per_s": round(rows / seconds),
        "mib_before": round(before),
        "mib_peak": round(memory("VmHWM")),
    }
    print(json.dumps(told), flush=True)
    return done


def run(folder: Path, rows: int) -> None:
    path, out = folder / "book.parquet", folder / "scores.parquet"
    watched("make", rows, lambda: make(path, rows))
    table, bad = outcome(watched("read", rows, lambda: reading.read(path).table))
    model = watched("fit", rows, lambda: scorecard.fit(table, bad))
    scores = watched("score the table", rows, lambda: score_many(model, table))
    written = watched("score the file", rows, lambda: score_file(model, path, out, reasons=4))
    assert written.rows == rows
    assert (
        pa_parquet.read_table(out, columns=["score"]).column(0).to_numpy().tolist() == scores.score.tolist()
    )
    told = {
        "step": "model",
        "columns": NUMBERS + CLASSES + DATES + 1,
        "factors": len(model.factors),
        "auc": round(float(auc(scores.pd, bad)), 4),
        "book_mib": round(path.stat().st_size / 2**20),
    }
    print(json.dumps(told), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, help="where to put the book (default: a temporary folder)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        run(Path(folder), chosen.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
