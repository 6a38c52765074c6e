"""A bar on the terminal that says what is being done; silent where nobody looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.cli import interrupt

Progress = Callable[[str, float], None]


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Give what is told of the work: the step and the share that is done. Shown on stderr if that is a terminal.

    Telling it raises KeyboardInterrupt where Ctrl-C was pressed.
    """
    if quiet or not sys.stderr.isatty():
        yield _silent
        return
    from rich import progress as bars  # noqa: PLC0415 - only where somebody looks
    from rich.console import Console  # noqa: PLC0415 - only where somebody looks

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def show(text: str, share: float) -> None:
            interrupt.check()
            bar.update(task, description=text, completed=share)

        yield show


def _silent(text: str, share: float) -> None:
    """Say nothing."""
    del text, share
    interrupt.check()
