import json
from pathlib import Path

from sqlalchemy import func, make_url, select

from storage import rights
from storage.database import Database
from storage.people import Person
from storage.tables import CHAT, PERSONAL, metadata, people
from storage.vault import Vault
from tests.conftest import NOW
from tests.storage.sample import MARKS, fill

KEPT = (
    "name",
    "phone",
    "national_id",
    "answer",
    "draft",
    "score",
    "complaint",
    "opinion",
    "reply",
    "loan",
    "event",
    "alert",
    "entry",
    "statement",
)


async def rows(database: Database, person: Person) -> dict[str, int]:
    """Count what each table holds of a person."""
    found = {}
    async with database.read() as read:
        for table in {*PERSONAL, *CHAT}:
            column = next(c for c in ("person_id", "chat_id") if c in table.c)
            value = person.id if column == "person_id" else person.chat_id
            count = select(func.count()).select_from(table).where(table.c[column] == value)
            found[table.name] = await read.scalar(count) or 0
    return found


def test_every_table_of_people_has_a_keeper() -> None:
    assert {table.name for table in PERSONAL} == set(rights.KEEPERS)
    for name, keeper in rights.KEEPERS.items():
        assert hasattr(keeper, "export"), name
        assert hasattr(keeper, "forget"), name


def test_no_table_holds_people_without_saying_so() -> None:
    known = {*PERSONAL, *CHAT}
    for table in metadata.sorted_tables:
        personal = {"person_id", "chat_id"} & set(table.c.keys())
        assert (table in known) == bool(personal), table.name
    for table in PERSONAL:
        for key in table.foreign_keys:
            if key.column.table is people:
                assert key.ondelete == "CASCADE", f"{table.name}.{key.parent.name}"


async def test_an_export_holds_everything(database: Database, vault: Vault) -> None:
    person = await fill(database, vault)
    await fill(database, vault, 1002, national_id="123456789")
    async with database.read() as read:
        exported = await rights.export(read, person)
    assert set(exported) >= set(rights.KEEPERS)
    assert all(exported[name] for name in rights.KEEPERS)
    written = json.dumps(exported, default=str, ensure_ascii=False)
    for mark in KEPT:
        assert MARKS[mark] in written, mark
    assert "123456789" not in written  # nothing of anybody else
    assert "hash-of-a-pin" not in written


async def test_forgetting_leaves_nothing_of_one_and_all_of_the_other(
    database: Database, vault: Vault
) -> None:
    person = await fill(database, vault)
    other = await fill(database, vault, 1002, national_id="123456789")
    before = await rows(database, other)
    async with database.write() as write:
        await rights.forget(write, person, NOW, NOW)
        await rights.forget(write, person, NOW, NOW)  # a second time does no harm
    left = await rows(database, person)
    left.pop("inbox")  # what they have just sent is still to be answered
    assert set(left.values()) == {0}
    assert await rows(database, other) == before
    await fill(database, vault)  # and they may come back, as somebody new


async def test_nothing_personal_can_be_read_in_the_file_at_any_time(sqlite_url: str, vault: Vault) -> None:
    database = Database(sqlite_url)
    path = Path(str(make_url(sqlite_url).database))
    person = await fill(database, vault)
    assert traces(path) == set()  # while everything is there, in the tables, the inbox and the outbox
    async with database.write() as write:
        await rights.forget(write, person, NOW, NOW)
    assert traces(path) == set()
    await database.close()
    assert traces(path) == set()


async def test_nothing_sealed_is_left_in_the_file_once_forgotten(sqlite_url: str, vault: Vault) -> None:
    database = Database(sqlite_url)
    path = Path(str(make_url(sqlite_url).database))
    person = await fill(database, vault)
    async with database.read() as read:
        cells = [
            bytes(value)
            for table in PERSONAL
            for row in (await read.execute(select(table))).mappings()
            for column, value in row.items()
            if isinstance(value, bytes) and str(column) != "id_index"
        ]
    assert len(cells) >= 7
    async with database.write() as write:
        await rights.forget(write, person, NOW, NOW)
    await database.close()  # the last one to leave writes the log back into the file
    content = path.read_bytes()
    assert [cell for cell in cells if cell in content] == []


async def test_nothing_personal_can_be_read_in_any_column(database: Database, vault: Vault) -> None:
    await fill(database, vault)
    async with database.read() as read:
        for table in metadata.sorted_tables:
            for row in (await read.execute(select(table))).all():
                content = b"\0".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
                assert not any(mark.encode() in content for mark in MARKS.values()), table.name


def traces(path: Path) -> set[str]:
    """Name the marks that stand in the bytes of the database and of its write-ahead log."""
    files = [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]
    content = b"".join(file.read_bytes() for file in files if file.exists())
    assert content.startswith(b"SQLite format 3")
    spellings = {name: (mark.encode(), mark.encode("utf-16-le")) for name, mark in MARKS.items()}
    return {name for name, forms in spellings.items() if any(form in content for form in forms)}
