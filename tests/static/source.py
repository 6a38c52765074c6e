"""A file as the rules read it, and the small questions they ask of a syntax tree."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "engine", "storage")


@dataclass(frozen=True)
class Source:
    """A module: its place in the repository and what stands there."""

    place: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))

    @cached_property
    def imported(self) -> frozenset[str]:
        """Every module imported, and every name imported from one, as `module.name`."""
        found = set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        return frozenset(found)

    def is_ours(self, word: str) -> bool:
        """Whether a name is a module or function imported from our own rooms."""
        return any(
            re.fullmatch(rf"(bot|engine|storage)\b.*\.{re.escape(word)}", name) for name in self.imported
        )

    @cached_property
    def built(self) -> frozenset[str]:
        """Names that are given a string put together from parts."""
        return frozenset(
            name_of(target)
            for node in self.nodes
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and is_built(node.value)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        )


def name_of(node: ast.AST) -> str:
    """Give an expression as it is written."""
    return ast.unparse(node)


def last_of(node: ast.AST) -> str:
    """Give the last part of a dotted name: `begin` of `engine.begin`."""
    return node.attr if isinstance(node, ast.Attribute) else name_of(node)


def is_built(node: ast.AST | None) -> bool:
    """Whether this is a string put together: an f-string with values, `+`, `%` or `.format`."""
    match node:
        case ast.JoinedStr():
            return any(isinstance(part, ast.FormattedValue) for part in node.values)
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            if all(isinstance(side, ast.Constant) for side in (node.left, node.right)):
                return False
            return any(is_text(side) or is_built(side) for side in (node.left, node.right))
        case ast.Call(func=ast.Attribute(attr="format" | "format_map"), args=given, keywords=named):
            quoted = re.compile(r"(\w+\.)?(Identifier|Literal|SQL|Placeholder)\(")  # psycopg's, which quote
            values = [*given, *(one.value for one in named)]
            return not values or not all(quoted.match(name_of(value)) for value in values)
        case _:
            return False


def is_text(node: ast.AST) -> bool:
    """Whether this is a string that stands in the code, f-strings included."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def words(node: ast.AST | None) -> Iterator[str]:
    """Give every name under a node: variables, attributes, keys in brackets."""
    for one in ast.walk(node) if node is not None else ():
        match one:
            case ast.Name(id=word) | ast.Attribute(attr=word):
                yield word
            case ast.Subscript(slice=ast.Constant(value=str(word))):
                yield word


def tracked(*patterns: str) -> list[str]:
    """List the repository's files, those not yet committed included and those ignored left out."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(name for name in set(listed) if (ROOT / name).is_file())


def sources(*rooms: str) -> list[Source]:
    """Read every module of some rooms."""
    names = tracked(*(f"{room}/**.py" for room in rooms), *(f"{room}/*.py" for room in rooms))
    return [Source(name, (ROOT / name).read_text(encoding="utf-8")) for name in names]
