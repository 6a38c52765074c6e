"""PostgreSQL from the outside: its own dump and restore programs, and whole databases made, dropped and swapped.

The programs are found on PATH, or in CANDOR_PG_BIN. How to reach the server goes to them in PG* variables, never on the
command line, which every user of a machine can read.
"""

import os
import secrets
import shutil
import subprocess  # nosec B404  # a list of arguments, never a shell
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from storage.archive import ArchiveError

MAINTENANCE = "postgres"  # the database one connects to in order to make, drop and rename others
LONGEST_COMPLAINT = 200
IN_USE = "the database is in use; stop the bot first"


def dump(url: str, target: Path, snapshot: str) -> None:
    """Dump a database, as one open transaction of ours sees it (`snapshot`), into a file."""
    _run(url, "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges",
         f"--snapshot={snapshot}", f"--file={target}")  # fmt: skip


def load(url: str, source: Path) -> None:
    """Load a dump into an empty database: all of it or nothing."""
    name = make_url(url).database or ""
    _run(url, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
         f"--dbname={name}", str(source))  # fmt: skip


@contextmanager
def scratch(url: str, label: str) -> Iterator[str]:
    """Make an empty database beside the one at `url`; gives its address. What is still there at the end is dropped.

    Those that a kill left behind are dropped first: whoever calls this holds the lock of `label`.
    """
    prefix = f"candor_{label}_{sha256(_name(url).encode()).hexdigest()[:8]}_"
    name = prefix + secrets.token_hex(4)
    with _maintenance(url) as admin:
        left = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (prefix,))
        for (old,) in left.fetchall():
            _drop(admin, old)
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            _drop(admin, name)


def refuse_if_used(url: str) -> None:
    """Raise ArchiveError while anybody is connected to the database."""
    used = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    with _maintenance(url) as admin:
        for pause in (0.1, 0.3, 1.0, 0.0):  # a connection just closed takes the server a moment to forget
            found = admin.execute(used, (_name(url),)).fetchone()
            if not found or not found[0]:
                return
            time.sleep(pause)
    raise ArchiveError(IN_USE)


def swap(url: str, scratch_url: str, kept: str) -> str:
    """Put the scratch database in the place of the one at `url`, which is kept as `kept`; gives that name, if any."""
    refuse_if_used(url)
    name = _name(url)
    with _maintenance(url) as admin:
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        rename = SQL("ALTER DATABASE {} RENAME TO {}")
        with admin.transaction():  # both names change, or none
            if found:
                admin.execute(rename.format(Identifier(name), Identifier(kept)))
            admin.execute(rename.format(Identifier(_name(scratch_url)), Identifier(name)))
    return kept if found else ""


def exists(url: str) -> bool:
    """Say whether there is a database at `url`."""
    with _maintenance(url) as admin:
        wanted = "SELECT 1 FROM pg_database WHERE datname = %s"
        return admin.execute(wanted, (_name(url),)).fetchone() is not None


def _name(url: str) -> str:
    return make_url(url).database or ""


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def _maintenance(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(_libpq(url, MAINTENANCE), autocommit=True) as admin:
            yield admin
    except psycopg.errors.InsufficientPrivilege:
        raise ArchiveError(
            "this user of PostgreSQL may not make and rename databases; grant it CREATEDB"
        ) from None
    except psycopg.errors.ObjectInUse:
        raise ArchiveError(IN_USE) from None
    except psycopg.Error as problem:
        raise ArchiveError(f"PostgreSQL: {_first_line(str(problem))}") from None


def _libpq(url: str, database: str = "") -> str:
    there = make_url(url).set(drivername="postgresql")
    return (there.set(database=database) if database else there).render_as_string(hide_password=False)


def _run(url: str, program: str, *arguments: str) -> None:
    found = shutil.which(program, path=os.environ.get("CANDOR_PG_BIN") or None)
    if not found:
        raise ArchiveError(
            f"{program} is not on PATH; install PostgreSQL's client programs or name their folder in CANDOR_PG_BIN"
        )
    done = subprocess.run([found, *arguments], env=_environment(url), capture_output=True, check=False)  # noqa: S603 - a list, no shell  # nosec B603
    if done.returncode:
        raise ArchiveError(_first_line(done.stderr.decode(errors="replace")))


def _environment(url: str) -> dict[str, str]:
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR")  # the bot's token is none of the child's business
    child = {n: value for n, value in os.environ.items() if n in kept or n.startswith("PG")}
    for option in psycopg.pq.Conninfo.parse(_libpq(url).encode()):
        if option.val is not None and option.envvar is not None:
            child[option.envvar.decode()] = option.val.decode()
    return child | {"LC_ALL": "C"}


def _first_line(complaint: str) -> str:
    # the server's own DETAIL and CONTEXT may quote a row, so they are left out
    lines = complaint.strip().splitlines() or ["it failed without a word"]
    told = [line for line in lines if ": error: " in line or ": detail: " in line] or lines
    return "; ".join(told[:2] if ": detail: " in "".join(told[1:2]) else told[:1])[:LONGEST_COMPLAINT]
