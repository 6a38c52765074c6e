"""Files in the watched folder: taken whole or not at all, once, with a report beside them."""

import csv
import datetime as dt
import io
import logging
import os
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.services.folder import Folder
from tests.api.world import World

HEAD = "loan,event,date,dpd,amount\n"


class Inbox:
    """A folder of the first lender's."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.root = folder / "inbox"
        self.mine = self.root / world.a.name
        self.mine.mkdir(parents=True)
        self.watcher = Folder(self.root)

    def put(self, name: str, content: str | bytes) -> None:
        (self.mine / name).write_bytes(content.encode() if isinstance(content, str) else content)

    async def looks(self, times: int = 2) -> None:
        for _ in range(times):
            await self.watcher.look(self.world.context)

    def report(self, name: str) -> list[list[str]]:
        text = (self.mine / f"{name}.report.csv").read_text(encoding="utf-8-sig")
        return list(csv.reader(io.StringIO(text)))[1:]

    @property
    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.mine)) for path in self.mine.rglob("*") if path.is_file())


@pytest.fixture
async def inbox(world: World, tmp_path: Path) -> Inbox:
    await world.lends("L-1")
    await world.lends("L-2")
    return Inbox(world, tmp_path)


async def test_a_file_is_taken_once_it_rests(inbox: Inbox) -> None:
    inbox.put("march.csv", HEAD + "L-1,overdue,2026-01-31,12,\n")
    await inbox.looks(1)
    inbox.put("march.csv", HEAD + 'L-1,overdue,2026-01-31,12,\nL-2,late,2026-01-31,40,"1,200.50"\n')
    await inbox.looks(1)
    assert await inbox.world.count("events") == 0, "it still grew"
    await inbox.looks(1)
    assert await inbox.world.count("events") == await inbox.world.count("inbox") == 2
    assert inbox.files == ["done/march.csv", "done/march.csv.report.csv"]
    assert inbox.report("done/march.csv") == [
        ["0", "Taken: 2 events of the file, 2 of them new. Whoever is concerned is scored anew now."]
    ]
    assert inbox.world.context.bell.is_set()


async def test_a_file_is_not_taken_twice_whatever_it_is_called(inbox: Inbox) -> None:
    told = HEAD + "L-1,overdue,2026-01-31,12,\n"
    for name in ("a.csv", "b.csv", "a.csv"):
        inbox.put(name, told)
        await inbox.looks()
    assert await inbox.world.count("imports") == await inbox.world.count("events") == 1
    assert "before" in inbox.report("done/b.csv")[0][1]
    assert "done/a-2.csv" in inbox.files
    inbox.put("more.csv", told + "L-2,overdue,2026-01-31,12,\n")
    await inbox.looks()
    assert "1 of them new" in inbox.report("done/more.csv")[0][1], (
        "the same row in another file is the same event"
    )


async def test_one_bad_row_keeps_all_out_and_every_bad_row_is_named(inbox: Inbox) -> None:
    rows = [
        "L-1,overdue,2026-01-31,12,", "L-9,overdue,2026-01-31,12,", "L-1,sleeping,2026-01-31,12,",
        "L-1,overdue,2026-02-31,12,", "L-1,overdue,2026-01-31,twelve,", "L-1,overdue,2026-01-31,99999,",
        "L-1,overdue,2026-01-31,12,=1+1", ",overdue,2026-01-31,12,",
    ]  # fmt: skip
    inbox.put("bad.csv", HEAD + "\n".join(rows) + "\n")
    await inbox.looks()
    assert await inbox.world.count("events") == await inbox.world.count("inbox") == 0
    assert inbox.files == ["refused/bad.csv", "refused/bad.csv.report.csv"]
    report = inbox.report("refused/bad.csv")
    assert [line for line, _ in report] == ["0", "3", "4", "5", "6", "7", "8", "9"]
    assert not any(cell[:1] in "=+-@" for row in report for cell in row)
    inbox.put("bad.csv", HEAD + rows[0] + "\n")
    await inbox.looks()
    assert await inbox.world.count("events") == 1, "put right, it is taken"


async def test_a_refused_file_may_come_again_when_it_has_become_right(inbox: Inbox) -> None:
    told = HEAD + "L-3,overdue,2026-01-31,12,\n"
    inbox.put("early.csv", told)
    await inbox.looks()
    await inbox.world.lends("L-3")
    inbox.put("early.csv", told)
    await inbox.looks()
    assert "done/early.csv" in inbox.files
    assert await inbox.world.count("events") == 1


async def test_loans_come_in_files_too(inbox: Inbox) -> None:
    juana = await inbox.world.borrower()
    head = "合同号;借款人编号;放款日期;到期日期;贷款金额;期数;可用措施\n"
    inbox.put(
        "loans.csv",
        (head + f"L-7;{juana.handle};2026年1月1日;2027-01-01;1.000,50;12;reschedule, early\n").encode(
            "gb18030"
        ),
    )
    inbox.put("other.csv", head + "L-8;2222222222;2026-01-01;2027-01-01;900,00;;\n")
    await inbox.looks()
    assert inbox.files == [
        "done/loans.csv",
        "done/loans.csv.report.csv",
        "done/other.csv",
        "done/other.csv.report.csv",
    ]
    assert inbox.report("done/loans.csv") == inbox.report("done/other.csv"), "who is a borrower is not told"
    await inbox.world.agrees(juana, "L-6", inbox.world.a)
    listed = {one["reference"]: one for one in (await inbox.world.asks("GET", "/v1/loans")).json["loans"]}
    assert listed["L-7"]["terms"] == {"amount": "1000.50", "instalments": 12}
    assert listed["L-7"]["measures"] == ["reschedule", "early"]
    inbox.put("wrong.csv", head + f"L-7;{juana.handle};2026-01-01;2025-01-01;900,00;;\n")
    await inbox.looks()
    assert [line for line, _ in inbox.report("refused/wrong.csv")] == ["0", "2"]


async def test_parquet_is_read_and_a_bomb_is_not(inbox: Inbox) -> None:
    held = io.BytesIO()
    columns = {"loan": ["L-1", "L-2"], "kind": ["balance", "instalment_late"], "on": [dt.date(2026, 1, 31)] * 2,
               "balance": [Decimal("10.50"), None], "limit": [Decimal(100), None], "days": [None, 12]}  # fmt: skip
    pq.write_table(pa.table(columns), held)
    inbox.put("good.parquet", held.getvalue())
    held = io.BytesIO()
    pq.write_table(
        pa.table({"loan": ["L-1"] * 10**6, "kind": ["default"] * 10**6, "on": ["2026-01-31"] * 10**6}), held
    )
    assert len(held.getvalue()) < 100_000
    inbox.put("bomb.parquet", held.getvalue())
    inbox.put("broken.parquet", held.getvalue()[:-50])
    await inbox.looks()
    assert await inbox.world.count("events") == 2
    assert {"refused/bomb.parquet", "refused/broken.parquet", "done/good.parquet"} <= set(inbox.files)


async def test_a_mapping_says_what_columns_and_words_mean(inbox: Inbox) -> None:
    inbox.put(
        "mapping.toml",
        '[columns]\nloan = "Kd"\non = "Stichtag"\n[values.kind]\n"R" = "instalment_late"\n[constants]\ndays = "15"\n',
    )
    inbox.put("odd.csv", "Kd;Stichtag;Kind\nL-1;31.01.2026;R\n")
    await inbox.looks()
    assert inbox.files == ["done/odd.csv", "done/odd.csv.report.csv", "mapping.toml"]
    assert await inbox.world.count("events", kind="instalment_late") == 1
    inbox.put("mapping.toml", "[colums]\n")
    inbox.put("again.csv", "Kd;Stichtag;Kind\nL-1;30.01.2026;R\n")
    await inbox.looks()
    assert "colums" in inbox.report("refused/again.csv")[0][1]


async def test_what_is_no_table_is_refused_in_words_and_what_is_no_file_is_left(
    inbox: Inbox, tmp_path: Path
) -> None:
    odd: list[str | bytes] = [
        "",
        "one\n",
        "a,b\n1,2\n",
        HEAD,
        "\0\1\2" * 99,
        b"PK\3\4" + b"\0" * 99,
        b"\xff\xfe\0",
        HEAD + '"L-1',
    ]
    for number, content in enumerate(odd):
        inbox.put(f"odd-{number}.csv", content)
    inbox.put("half.csv.part", HEAD)
    inbox.put(".hidden", HEAD)
    (tmp_path / "secret").write_text("not yours")
    (inbox.mine / "link.csv").symlink_to(tmp_path / "secret")
    os.mkfifo(inbox.mine / "pipe.csv")
    await inbox.looks()
    assert sum(name.startswith("refused/odd-") and name.endswith("report.csv") for name in inbox.files) == 8
    assert {".hidden", "half.csv.part"} <= set(inbox.files)
    assert (inbox.mine / "link.csv").is_symlink()


async def test_a_folder_of_nobody_waits_and_is_spoken_of_once(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    (inbox.root / "No Such Bank").mkdir()
    (inbox.root / "No Such Bank" / "x.csv").write_text(HEAD + "L-1,overdue,2026-01-31,12,\n")
    await inbox.looks(4)
    assert (inbox.root / "No Such Bank" / "x.csv").exists()
    assert sum("no open lender" in record.message for record in caplog.records) == 1
    assert "No Such Bank" not in caplog.text
