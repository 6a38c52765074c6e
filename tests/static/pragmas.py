"""Comments that switch a check off on a line: each names the rule it switches off, and says why."""

import io
import re
import tokenize
from collections.abc import Iterator

from tests.static.source import Source

SWITCH = re.compile(
    r"#\s*(ruff:\s*noqa|flake8[:-]\s*noqa|noqa|nosec|type:\s*ignore|mypy:|pragma:\s*no cover)", re.IGNORECASE
)
NAMED = re.compile(
    r"#\s*(noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*|nosec B[0-9]+(, ?B[0-9]+)*"
    r"|type: ignore\[[a-z-]+(, ?[a-z-]+)*\])(?=\s|$)"
)
REASON = re.compile(r"^\s*[-#]\s*\w.{2,}")


def switches(source: Source) -> Iterator[tuple[int, str]]:
    """Give each comment that switches a check off, with its line."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and SWITCH.search(token.string):
            yield token.start[0], token.string


def excused(comment: str) -> bool:
    """Whether every rule that the comment switches off is named, and a reason follows."""
    rest = NAMED.sub("", comment)
    return not SWITCH.search(rest) and bool(REASON.match(rest))
