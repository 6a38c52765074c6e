from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from engine import BookError
from engine.batch import score_many
from tests.engine.borrowers import CN
from tests.engine.made_tables import OWN
from tests.engine.test_kinds_models import made

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
cluster = pytest.importorskip("engine.cluster")
pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask, which is not ours to mend


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=0
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


def book(path: Path, rows: int, seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    table = pa.table(
        {
            "id": np.arange(rows),
            "salary": random.uniform(0, 6000, rows),
            "town": random.choice(["Köln", "3", "Ulm"], rows),
            "age": random.uniform(18, 90, rows),
        }
    )
    pa_parquet.write_table(table, path, row_group_size=1000)
    return table


def test_a_cluster_gives_the_scores_that_one_machine_gives(tmp_path: Path, client: Any) -> None:
    books = {name: book(tmp_path / f"{name}.parquet", 4500, seed) for seed, name in enumerate(("a", "b"))}
    for model in (OWN, made("blend")):
        told: list[float] = []
        done = cluster.score_files(
            model,
            str(tmp_path / "*.parquet"),
            tmp_path / "out",
            client,
            pack=CN,
            keep=["id"],
            rows=2000,
            progress=told.append,
        )
        assert [path.name for path in done] == [
            f"{name}-{at:05d}.parquet" for name in "ab" for at in range(3)
        ]
        assert [written.rows for written in done.values()] == [2000, 2000, 500] * 2
        assert sorted(told) == told
        assert told[-1] == 1.0
        for name, table in books.items():
            parts = [pa_parquet.read_table(path) for path in done if path.name.startswith(name)]
            got, wanted = pa.concat_tables(parts), score_many(model, table, pack=CN)
            assert got.column("id").to_pylist() == list(range(4500))
            assert got.column("score").to_pylist() == wanted.score.tolist()
            assert got.column("pd").to_pylist() == wanted.pd.tolist()


def test_what_a_worker_refuses_is_said_here(tmp_path: Path, client: Any) -> None:
    pa_parquet.write_table(pa.table({"age": [30.0, 17.0]}), tmp_path / "young.parquet")
    with pytest.raises(BookError, match=r"young.parquet: row 2, column `age`: 17.0 is not in the catalogue"):
        cluster.score_files(OWN, str(tmp_path / "*.parquet"), tmp_path / "out", client)
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(BookError, match="no file matches"):
        cluster.score_files(OWN, str(tmp_path / "*.csv"), tmp_path / "out", client)
    (tmp_path / "no.parquet").write_text("no", encoding="utf-8")
    with pytest.raises(BookError, match=r"no\.parquet: no Parquet file"):
        cluster.score_files(OWN, str(tmp_path / "no.parquet"), tmp_path / "out", client)
