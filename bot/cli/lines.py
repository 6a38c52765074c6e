"""JSON lines in, JSON lines out: what the commands that measure a change have in common."""

import json
import sys
from collections.abc import Callable
from typing import Any


def answer(respond: Callable[[str], dict[str, Any]], example: str) -> int:
    """Answer each line {"id", "text"} with its id and what `respond` makes of the text, as they come.

    A line that is none is told with its number, and the rest goes on; gives 1 where there was one, else 0.
    """
    code = 0
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            name, text = given["id"], given["text"]
            found = respond(text if isinstance(text, str) else _refuse())
        except (ValueError, KeyError, TypeError):
            print(f"line {number}: accepted is a JSON object such as {example}", file=sys.stderr)
            code = 1
            continue
        say({"id": name, **found})
    return code


def say(line: dict[str, Any]) -> None:
    """Print a line."""
    # half of a pair of surrogates is no text, and may have come in all the same
    print(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace").decode())


def _refuse() -> str:
    raise TypeError("text is no text")
