"""Finding: the topics of /faq as they are now, and the search through them, made at the first question.

Files that were edited are read again at the next question; while they hold a mistake, what was good before stays, and
`trouble` says what is wrong. Voices on answers come from the database, and are heard as soon as they changed.
"""

import asyncio
import datetime as dt
from functools import lru_cache
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import topics
from bot.i18n import LOCALES
from bot.retrieval import Index, Phrasing, Voice
from bot.topics import Accepted, Book, TopicsError
from storage import questions
from storage.vault import Vault

LOOK = dt.timedelta(seconds=1)
"""Files and voices are looked at no more often than this."""

VOICES = 2000
"""The newest voices that are heard, so that hearing them takes no longer the more there were."""

Words = tuple[Phrasing, ...]
Meanings = tuple[tuple[str, tuple[str, ...]], ...]


class Finder:
    """One process's view of the topics. Built by `bot.wire`."""

    def __init__(self, folder: Path, accepted: Accepted) -> None:
        self.trouble: tuple[str, ...] = ()
        self._folder, self._accepted = folder, accepted
        self._book: Book | None = None
        self._index: Index | None = None
        self._read_at: dict[Path, int] = {}
        self._voices = ""
        self._looked = self._heard = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._lock = asyncio.Lock()

    async def book(self, now: dt.datetime) -> Book:
        """Give the topics. Raises TopicsError only while there never were any."""
        async with self._lock:
            return await self._current(now)

    async def warm(self, now: dt.datetime) -> None:
        """Make the search before anybody asks. Raises TopicsError as `book` does."""
        await asyncio.to_thread(searched, await self.book(now))

    async def index(self, read: AsyncConnection, vault: Vault, now: dt.datetime) -> Index:
        """Give the search, leaning as people's voices have it."""
        async with self._lock:
            book = await self._current(now)
            if self._index is None:
                self._index, self._voices = await asyncio.to_thread(searched, book), ""
                self._heard = self._looked - LOOK
            if abs(now - self._heard) >= LOOK:
                self._heard = now
                await self._hear(self._index, read, vault)
            return self._index

    async def _current(self, now: dt.datetime) -> Book:
        if self._book is None or abs(now - self._looked) >= LOOK:
            self._looked = now
            found = _changed_at(self._folder, self._accepted)
            if found != self._read_at:
                self._read_at = found
                await self._read()
        if self._book is None:
            raise TopicsError(self.trouble)
        return self._book

    async def _read(self) -> None:
        try:
            book = await asyncio.to_thread(topics.read, self._folder, self._accepted)
        except TopicsError as wrong:
            self.trouble = wrong.mistakes
            if self._book is None and self._folder != LOCALES:
                self._book = await asyncio.to_thread(topics.read, LOCALES, self._accepted)
            return
        self.trouble, self._book, self._index = (), book, None

    async def _hear(self, index: Index, read: AsyncConnection, vault: Vault) -> None:
        state = await questions.state(read)
        if state != self._voices:
            found = await questions.voices(read, vault, VOICES)
            voices = [Voice(one.topic or "", one.words, bool(one.good)) for one in found]
            self._index = await asyncio.to_thread(index.hear, voices)
            self._voices = state


def searched(book: Book) -> Index:
    """Make the search through topics; for the same words once in a process."""
    return _made(tuple(book.phrasings()), tuple(book.notions.items()))


@lru_cache(maxsize=2)
def _made(words: Words, notions: Meanings) -> Index:
    return Index(words, dict(notions))


def _changed_at(folder: Path, accepted: Accepted) -> dict[Path, int]:
    found = {}
    for path in topics.files(folder, accepted.languages):
        try:
            found[path] = path.stat().st_mtime_ns
        except OSError:
            found[path] = 0
    return found
