"""The folder: files that lenders' programs put down are taken, and then lie in `done/` or `refused/` with a report.

    CANDOR_INBOX/First Example Bank/late-2026-03.csv
    CANDOR_INBOX/First Example Bank/mapping.toml

A file that still grows is left alone; one is taken whole or not at all, and never twice, whatever it is called. It is
moved after what it says is committed: one that is found again after a kill is known by its SHA-256.
"""

import asyncio
import logging
import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bot import i18n
from bot.services import filing, trail
from bot.services.context import Context
from bot.services.filing import Report
from bot.sheets import csv_of
from engine.feeds import Feed, Told, read
from storage import audit, lenders
from storage.audit import Entry
from storage.dialogs import Stale
from storage.lenders import Lender

log = logging.getLogger(__name__)

BY = "folder"
MAPPING = "mapping.toml"
DONE, REFUSED = "done", "refused"
LARGEST = 64 * 2**20
PASSED_OVER = (".", "~")
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")

Mark = tuple[int, int]
"""Size and time of a file: while they change, it is being written."""


class Unusable(Exception):
    """A file cannot be read as it lies there; the message says why."""


@dataclass(slots=True)
class Folder:
    """Looks into the folder again and again; remembers what it saw last, to know what rests."""

    root: Path
    _seen: dict[Path, Mark] = field(default_factory=dict)
    _told: set[Path] = field(default_factory=set)  # folders of nobody that were spoken of

    async def look(self, context: Context) -> None:
        """Take every file that has not changed since the last look."""
        found = await asyncio.to_thread(self._resting)
        for path in found:
            async with context.database.read() as read_:
                lender = await lenders.named(read_, path.parent.name)
            if lender is None:
                if path.parent not in self._told:
                    log.warning("a folder in CANDOR_INBOX is called as no open lender is; its files wait")
                self._told.add(path.parent)
                continue
            try:
                await _take(context, lender, path)
            except Stale:
                continue  # somebody else took it at this moment: the next look sees that
            self._seen.pop(path, None)

    def _resting(self) -> list[Path]:
        seen = {path: _mark(path) for path in _files(self.root)}
        resting = [path for path, mark in seen.items() if mark is not None and self._seen.get(path) == mark]
        self._seen = {path: mark for path, mark in seen.items() if mark is not None}
        return sorted(resting)


async def _take(context: Context, lender: Lender, path: Path) -> None:
    """Take one file, and move it where it belongs."""
    locale = i18n.locale(context.settings.config.bot.fallback_language, lender.country)
    try:
        content, told = await asyncio.to_thread(_read, path)
    except Unusable as why:
        report, words = None, str(why)
    else:
        report = await _report(context, lender, content, told)
        words = locale.plain(report.words)
    taken = report is not None and not report.refusals
    rows = [(0, words), *((one.line, locale.plain(one.why)) for one in (report.refusals if report else ()))]
    await asyncio.to_thread(_put_away, path, DONE if taken else REFUSED, csv_of(filing.HEADER, rows))
    log.info(
        "a file of lender:%d was %s, rows: %d", lender.id, "taken" if taken else "refused", len(rows) - 1
    )


async def _report(context: Context, lender: Lender, content: bytes, told: Told | None) -> Report:
    today = context.clock().date()
    feed = await asyncio.to_thread(read, content, today, told)
    if not isinstance(feed, Feed):
        return filing.unread(feed)
    async with context.database.write() as write:
        report = await filing.take(context, write, lender, feed, filing.digest(content), BY)
        result = audit.FAILED if report.refusals else audit.DONE
        head = await trail.append(
            context,
            write,
            [Entry(BY, "file.taken", f"lender:{lender.id}", report.kind, result)],
            context.clock(),
        )
    await trail.anchor(context, head, context.clock())
    context.bell.set()
    return report


def _files(root: Path) -> list[Path]:
    """List the files of every lender's folder, and nothing that only leads to one."""
    found: list[Path] = []
    for house in root.iterdir() if root.is_dir() else ():
        if house.is_dir() and not house.is_symlink():
            found += [
                path
                for path in house.iterdir()
                if not path.name.startswith(PASSED_OVER)
                and path.suffix.lower() not in UNFINISHED
                and path.name != MAPPING
                and not path.is_symlink()
                and path.is_file()
            ]
    return found


def _mark(path: Path) -> Mark | None:
    try:
        told = path.lstat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns


def _read(path: Path) -> tuple[bytes, Told | None]:
    """Read a file and the mapping beside it. Raises Unusable."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Unusable("this is no file")
            content = file.read(LARGEST + 1)
    except OSError as trouble:
        raise Unusable(f"it cannot be read: {(trouble.strerror or 'error').lower()}") from None
    if len(content) > LARGEST:
        raise Unusable(f"it is larger than {LARGEST // 2**20} MiB; accepted are several smaller files")
    return content, _mapping(path.with_name(MAPPING))


def _mapping(path: Path) -> Told | None:
    if not path.is_file() or path.is_symlink():
        return None
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Told, strict=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as mistake:
        raise Unusable(f"{MAPPING} cannot be read: {type(mistake).__name__}") from None
    except msgspec.ValidationError as mistake:
        raise Unusable(f"{MAPPING}: {mistake}") from None


def _put_away(path: Path, where: str, report: bytes) -> None:
    """Move a file, each step whole: first the report, then the file, so that none ever lies there without."""
    folder = path.parent / where
    folder.mkdir(mode=0o700, exist_ok=True)
    name, number = path.name, 1
    while (folder / name).exists():
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    unfinished = folder / f".{name}.report.part"
    unfinished.write_bytes(report)
    unfinished.replace(folder / f"{name}.report.csv")
    path.replace(folder / name)
