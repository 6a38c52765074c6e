"""The rules of the house that no linter knows, checked on the syntax tree of every file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "engine", "storage")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST_FILE = 400
LONGEST_HANDLER = 15

TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def name_of(node: ast.expr) -> str:
    return ast.unparse(node)


def found(*kinds: type[ast.AST], under: str = "") -> Iterator[tuple[str, ast.AST]]:
    for path, tree in TREES.items():
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(under):
            for node in ast.walk(tree):
                if isinstance(node, kinds):
                    yield f"{place}:{getattr(node, 'lineno', 0)}", node


def test_a_file_has_one_subject() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    too_long = {path.relative_to(ROOT).as_posix(): n for path, n in lengths.items() if n > LONGEST_FILE}
    assert too_long == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 130  # the median: a screenful of idea


def test_every_module_says_why_it_exists() -> None:
    silent = [
        path.relative_to(ROOT).as_posix() for path, tree in TREES.items() if not ast.get_docstring(tree)
    ]
    assert [place for place in silent if "migrations/script" not in place] == []


def test_handlers_parse_call_and_render() -> None:
    tree = TREES[ROOT / "bot" / "channels" / "telegram.py"]
    handlers = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("_on_")
    ]
    assert len(handlers) >= 6
    for handler in handlers:
        length = (handler.end_lineno or 0) - handler.lineno + 1
        assert length <= LONGEST_HANDLER, f"{handler.name} has {length} lines"


@pytest.mark.parametrize("room", ["bot/dialogs", "bot/services", "bot/views"])
def test_money_never_becomes_a_float(room: str) -> None:
    assert [place for place, node in found(ast.Call, under=room) if name_of(node.func) == "float"] == []  # type: ignore[attr-defined]  # found() gives calls only


def test_the_time_is_never_naive() -> None:
    wrong = []
    for place, node in found(ast.Call):
        assert isinstance(node, ast.Call)
        name = name_of(node.func)
        given = len(node.args) + len(node.keywords)
        zoned = any(re.search("UTC|zone", name_of(arg)) for arg in node.args)
        zoned = zoned or any(keyword.arg == "tz" for keyword in node.keywords)
        if re.search(r"(^|\.)datetime\.(now|fromtimestamp)$", name) and not zoned:
            wrong.append(place)
        if re.search(r"\.(utcnow|utcfromtimestamp)$|(^|\.)date\.today$", name) and given < 2:
            wrong.append(place)
    assert wrong == []


def test_only_the_root_reads_the_clock() -> None:
    readers = {
        place.partition(":")[0]
        for place, node in found(ast.Call, under="bot")
        if isinstance(node, ast.Call)
        and name_of(node.func).endswith("datetime.now")
        and not place.startswith("bot/channels/local/")
    }
    assert readers <= {"bot/wire.py"}
    assert not [p for p, n in found(ast.Call, under="storage") if name_of(n.func).endswith(".now")]  # type: ignore[attr-defined]  # found() gives calls only
    clocks = [p for p, n in found(ast.Call, under="engine") if name_of(n.func).endswith(".now")]  # type: ignore[attr-defined]  # found() gives calls only
    assert not [place for place in clocks if not place.startswith("engine/cli/")]  # a command line is a root


def test_no_mistake_is_swallowed() -> None:
    wrong = []
    for place, node in found(ast.ExceptHandler):
        assert isinstance(node, ast.ExceptHandler)
        silent = all(isinstance(line, ast.Pass) for line in node.body)
        everything = node.type is None or name_of(node.type) in {"Exception", "BaseException"}
        if (silent and everything) or node.type is None:
            wrong.append(place)
    assert wrong == []


def test_nothing_is_unpickled_or_evaluated() -> None:
    names = {"pickle", "marshal", "shelve", "joblib", "dill"}
    imports = [
        place
        for place, node in found(ast.Import, ast.ImportFrom)
        if {a.name.partition(".")[0] for a in getattr(node, "names", [])} & names
        or str(getattr(node, "module", "")).partition(".")[0] in names
    ]
    assert imports == []
    calls = [p for p, n in found(ast.Call) if name_of(n.func) in {"eval", "exec", "os.system"}]  # type: ignore[attr-defined]  # found() gives calls only
    assert calls == []


def test_every_write_is_one_transaction_through_its_door() -> None:
    """Only `storage` knows engines and statements; elsewhere a write is `database.write()`."""
    wrong = [
        place
        for place, node in found(ast.ImportFrom, under="bot")
        if isinstance(node, ast.ImportFrom)
        and str(node.module).startswith("sqlalchemy")
        and node.module != "sqlalchemy.exc"
        and {alias.name for alias in node.names} != {"AsyncConnection"}
    ]
    assert wrong == []
    begins = [
        p
        for p, n in found(ast.Attribute)
        if getattr(n, "attr", "") == "begin" and "storage/database" not in p
    ]
    assert {place.partition(":")[0] for place in begins} <= {
        "storage/migrate.py", "bot/channels/local/store.py",
        "bot/services/conversation.py", "bot/cli/keys.py",  # begin a dialog, a rotation
    }  # fmt: skip


def test_no_statement_is_put_together_from_strings() -> None:
    wrong = []
    for place, node in found(ast.Call):
        assert isinstance(node, ast.Call)
        text = name_of(node.func) in {"text", "sa.text", "sqlalchemy.text"} and place.startswith("storage")
        if text and any(isinstance(arg, ast.JoinedStr | ast.BinOp) for arg in node.args):
            wrong.append(place)
    assert wrong == []


def test_the_repository_names_no_machine_and_no_secret() -> None:
    token = re.compile(r"\b[0-9]{8,12}:AA[\w-]{33}\b|-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}")
    for path in [*FILES, ROOT / "config.toml", ROOT / "Makefile", ROOT / "pyproject.toml"]:
        text = path.read_text(encoding="utf-8")
        assert not token.search(text), path.name
        assert "/home/" not in text, path.name
        assert f"/{'work'}/" not in text, path.name
