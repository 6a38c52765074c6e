"""What a command is: its options, its examples, and what it answers; shared by all families."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.report.document import Block, Section

Part = Section | Block


class Answer(NamedTuple):
    """What a command found: `data` for programs (--json), `parts` for people, and the exit `code`."""

    data: object
    parts: Sequence[Part]
    code: int = 0


class Command(NamedTuple):
    """One command: what it is `about`, worked `examples` for its help, its `options`, and how it is run."""

    about: str
    examples: tuple[str, ...]
    options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], Answer]


class UsageError(ValueError):
    """What was asked for makes no sense; the message says what is accepted."""
