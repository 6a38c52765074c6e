"""Ctrl-C that is never lost: where Python swallows it (in a callback of its own), the next step of the work stops."""

import signal
import sys
import threading
from types import FrameType
from typing import Any

_stopped = threading.Event()


def install() -> None:
    """Listen for Ctrl-C, and let a swallowed one pass without a word; in the main thread only."""
    _stopped.clear()
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    loud = sys.unraisablehook

    def quiet(what: Any) -> None:
        if not isinstance(what.exc_value, KeyboardInterrupt):
            loud(what)

    sys.unraisablehook = quiet


def check() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed since `install`."""
    if _stopped.is_set():
        raise KeyboardInterrupt


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    _stopped.set()
    raise KeyboardInterrupt
