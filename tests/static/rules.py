"""Rules of ours that no linter knows: each gives the lines of a module that break it."""

import ast
import re
from collections.abc import Callable, Iterator

from tests.static.source import Source, is_built, is_text, last_of, name_of, words

Rule = Callable[[Source], Iterator[int]]
RULES: dict[str, Rule] = {}
"""Each rule under its name, which is how `excuses.EXCUSED` and the tests speak of it."""

MONEY = re.compile(
    r"(^|_)(money|amounts?|incomes?|salar(y|ies)|wages?|debts?|balances?|payments?|rents?|prices?|fees?|instal?lments?)($|_)"
)
PRIVATE = {
    "payload", "text", "profile", "answer", "answers", "pin", "phone", "income", "token", "secret", "password", "key",
    "event", "update", "updates", "body", "message", "content", "contact", "document", "identity",
}  # fmt: skip
LOG = re.compile(r"(^|\.)_?log(ger|ging)?(\.getLogger\(.*\))?$")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
RUN = {"execute", "executemany", "executescript", "exec_driver_sql", "scalar", "scalars", "stream"}
SQL = {"text", "DDL", "literal_column", "sqlalchemy.text", "sa.text", "sa.DDL"}
OPENERS = {"create_engine", "create_async_engine", "async_engine_from_config", "engine_from_config"}
DRIVERS = re.compile(r"^(sqlite3|aiosqlite|psycopg|psycopg\.\w+|asyncpg)\.connect$")
RUNNERS = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
TAG = re.compile(
    r"(?<!\(\?P)</?(a|b|i|u|s|p|em|strong|ins|del|strike|code|pre|span|div|br|hr|img|svg|g|h[1-6]|html|head|body|main|header|footer|"
    r"nav|section|table|thead|tbody|tr|td|th|ul|ol|li|dl|dt|dd|form|input|button|script|style|title|meta|link|iframe|"
    r"blockquote|tg-spoiler|tg-emoji|figure|figcaption|details|summary|small|label)(\s|/|>)|<!DOCTYPE",
    re.IGNORECASE,
)
CONSOLES = re.compile(r"^(bot/cli/|bot/__main__\.py$|engine/cli/)")


def rule(name: str) -> Callable[[Rule], Rule]:
    """Enter a rule under its name."""

    def enter(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return enter


@rule("money-is-decimal")
def money(source: Source) -> Iterator[int]:
    """No `float(...)` of money, no money declared a float; and in `bot` and `storage` no `float(...)` at all."""
    for call in source.calls:
        if name_of(call.func) == "float" and call.args:
            about_money = any(MONEY.search(word) for word in words(call.args[0]))
            if about_money or not source.place.startswith("engine/"):
                yield call.lineno
    for node in source.nodes:
        match node:
            case ast.AnnAssign(target=target, annotation=kind):
                name = last_of(target)
            case ast.arg(arg=name, annotation=ast.expr() as kind):
                pass
            case _:
                continue
        if MONEY.search(name) and re.search(r"\bfloat(ing|\d+)?\b", name_of(kind)):
            yield node.lineno


@rule("time-has-a-zone")
def zones(source: Source) -> Iterator[int]:
    """No `now`, `today`, `fromtimestamp` or `combine` that gives a time without a zone."""
    for call in source.calls:
        name = name_of(call.func)
        zoned = any(keyword.arg in {"tz", "tzinfo"} for keyword in call.keywords)
        zoned = zoned or any(re.search(r"UTC|zone|tz", name_of(arg)) for arg in call.args)
        never = re.search(
            r"(^|\.)(utcnow|utcfromtimestamp|datetime\.today|date\.today|date\.fromtimestamp)$", name
        )
        maybe = re.search(r"(^|\.)datetime\.(now|fromtimestamp|combine)$", name)
        if never or (maybe and not zoned):
            yield call.lineno


@rule("no-mistake-is-swallowed")
def swallowed(source: Source) -> Iterator[int]:
    """No bare `except`, no `except Exception` that does nothing, no `suppress(Exception)`."""
    everything = {"Exception", "BaseException"}
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type] if node.type else []
            silent = all(
                isinstance(line, ast.Pass | ast.Continue)
                or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
                for line in node.body
            )
            if node.type is None or (silent and everything & {name_of(kind) for kind in kinds}):
                yield node.lineno
    for call in source.calls:
        if last_of(call.func) == "suppress" and everything & {name_of(arg) for arg in call.args}:
            yield call.lineno


@rule("one-door-for-writes")
def doors(source: Source) -> Iterator[int]:
    """Transactions begin and end in `Database.write()`; nobody else opens a database."""
    for call in source.calls:
        name, last = name_of(call.func), last_of(call.func)
        moves = isinstance(call.func, ast.Attribute) and last in {"begin", "begin_nested", "commit"}
        opens = last in OPENERS or DRIVERS.match(name)
        if opens or (moves and not source.is_ours(name.partition(".")[0])):
            yield call.lineno


@rule("nothing-is-run-from-data")
def run(source: Source) -> Iterator[int]:
    """No pickle and its kin, no `eval`, `exec`, `yaml.load`, no shell."""
    for node in source.nodes:
        match node:
            case ast.Import(names=names) if {alias.name.partition(".")[0] for alias in names} & RUNNERS:
                yield node.lineno
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in RUNNERS:
                yield node.lineno
    for call in source.calls:
        name = name_of(call.func)
        flags = {keyword.arg: name_of(keyword.value) for keyword in call.keywords}
        runs = name in {"eval", "exec", "compile", "builtins.eval", "builtins.exec", "__import__"}
        runs = runs or bool(re.search(r"(^|\.)(os\.(system|popen)|yaml\.(unsafe_|full_)?load(_all)?)$", name))
        runs = (
            runs
            or name.startswith(("pickle.", "joblib.", "marshal."))
            or last_of(call.func).endswith("_shell")
        )
        if runs or flags.get("shell", "False") != "False" or flags.get("allow_pickle", "False") != "False":
            yield call.lineno


@rule("no-statement-from-strings")
def statements(source: Source) -> Iterator[int]:
    """No statement put together from strings, where it is run or where it becomes a statement."""
    database = any(
        re.match(r"sqlalchemy|alembic|sqlite3|aiosqlite|psycopg", name) for name in source.imported
    )
    for call in source.calls:
        name, last = name_of(call.func), last_of(call.func)
        takes = last in RUN and isinstance(call.func, ast.Attribute)
        takes = takes or (database and (name in SQL or last in {"DDL", "literal_column"}))
        if not takes or not call.args:
            continue
        given = call.args[0]
        if is_built(given) or (isinstance(given, ast.Name) and given.id in source.built):
            yield call.lineno


@rule("html-comes-from-the-locale")
def sent_html(source: Source) -> Iterator[int]:
    """`parse_mode` stands beside text of `locale.html(...)`, in the one module that renders calls."""
    if source.place.startswith("bot/channels/local/"):
        return  # Telegram's part: it reads parse_mode, it never sends one
    proper = set()
    if source.place == "bot/views/render.py":
        for node in source.nodes:
            if isinstance(node, ast.Dict):
                fields = {
                    key.value: (key, value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
                said = [value for name, (_, value) in fields.items() if name in {"text", "caption"}]
                if said and all(re.match(r"(self\.)?_?locale\.html\(", name_of(value)) for value in said):
                    proper |= {id(key) for name, (key, _) in fields.items() if name == "parse_mode"}
    for node in source.nodes:
        named = isinstance(node, ast.Constant) and node.value == "parse_mode" and id(node) not in proper
        if named or (isinstance(node, ast.keyword) and node.arg == "parse_mode"):
            yield node.lineno  # type: ignore[attr-defined]  # constants and keywords both have a line


@rule("no-html-from-strings")
def built_html(source: Source) -> Iterator[int]:
    """No markup put together from strings."""
    for node in source.nodes:
        if not isinstance(node, ast.expr) or not is_built(node):
            continue
        pieces = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
        if any(isinstance(piece, str) and TAG.search(piece) for piece in pieces):
            yield node.lineno


@rule("print-is-for-the-shell")
def printed(source: Source) -> Iterator[int]:
    """No `print` but in the command lines."""
    if CONSOLES.match(source.place):
        return
    yield from (
        call.lineno for call in source.calls if name_of(call.func) in {"print", "pprint", "pprint.pprint"}
    )


@rule("logs-hold-no-content")
def logged(source: Source) -> Iterator[int]:
    """A log's words stand in the code, and what is put into them is nobody's content."""
    for call in source.calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in LEVELS:
            continue
        if not LOG.search(name_of(call.func.value)) or not call.args:
            continue
        first = 1 if call.func.attr == "log" else 0
        message, values = call.args[first : first + 1], call.args[first + 1 :]
        names = {word for value in values if not _told(value) for word in words(value)}
        if not all(map(is_text, message)) or any(map(is_built, message)) or names & PRIVATE:
            yield call.lineno


def _told(value: ast.expr) -> bool:
    """Whether only a kind, a count or a number is told: `type(x).__name__`, `len(x)`, `x.id`."""
    name = name_of(value)
    return bool(re.match(r"type\(.*\)\.__(qual)?name__$|len\(.*\)$", name)) or name.endswith(".id")


@rule("chance-is-secret")
def chance(source: Source) -> Iterator[int]:
    """`secrets`, never `random` or numpy's, wherever people's data are near."""
    if source.place.startswith("engine/"):
        return  # numbers: seeded on purpose, and no secret among them
    for node in source.nodes:
        match node:
            case ast.Import(names=names) if {alias.name for alias in names} & {"random", "numpy.random"}:
                yield node.lineno
            case ast.ImportFrom(module="random" | "numpy.random"):
                yield node.lineno
            case ast.Attribute(attr="random") if name_of(node) in {"np.random", "numpy.random"}:
                yield node.lineno
