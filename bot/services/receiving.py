"""Receiving: a file somebody sends is fetched before the turn that answers it, and then goes to whoever knows its kind.

What a file is, its content says, not its name. Each use case enters the kinds it takes in RECOGNISED; kinds for staff
come first, and only for those whose role lets them.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.dialogs.event import File
from bot.i18n import T, t
from bot.services import authority, limits
from bot.services.authority import EVERYBODY
from bot.services.context import Answering, Context
from storage import staff

MIB = 2**20


class Unfetched(Exception):
    """The file did not come; the message says why, without its address."""


class Fetch(Protocol):
    """Where the bytes of a file come from."""

    async def fetch(self, file_id: str, most: int, seconds: float) -> bytes | None:
        """Get a file of at most `most` bytes within the time; None when it is larger. Raises Unfetched."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: the action it is for (who may, see `authority`), how its content is known, what takes it.

    `knows` runs in a thread, on the content of at most [uploads] most_mb; it never raises. `use` gives what is to be
    said, or None when it has said it or opened a conversation.
    """

    action: str
    knows: Callable[[bytes], bool]
    use: Callable[[Answering, File], Awaitable[T | None]]


RECOGNISED: dict[str, Kind] = {}
"""The kinds of files we know, each entered by the use case that takes it."""


async def receive(context: Context, source: Fetch, chat_id: int, file: File) -> File:
    """Fetch a file, within the limits of settings; outside any transaction. What went wrong is its `trouble`."""
    config = context.settings.config.uploads
    most = config.most_mb * MIB
    if file.size > most or limits.flooding(context, chat_id):
        return dataclasses.replace(file, trouble="file.too_large")
    try:
        content = await source.fetch(file.file_id, most, config.seconds)
    except Unfetched:
        return dataclasses.replace(file, trouble="file.not_fetched")
    if content is None:
        return dataclasses.replace(file, trouble="file.too_large")
    return dataclasses.replace(file, content=content)


async def take(a: Answering, file: File) -> T | None:
    """Give a file to the use that knows its kind; gives what is to be said where none does, or it says it itself."""
    if file.trouble:
        return refusal(a, file.trouble)
    held = (EVERYBODY, *await staff.grants(a.read, a.person))
    for kind in sorted(RECOGNISED.values(), key=lambda kind: authority.enters((EVERYBODY,), kind.action)):
        if authority.enters(held, kind.action) and await asyncio.to_thread(kind.knows, file.content):
            await authority.authorize(a, kind.action)
            return await kind.use(a, file)
    return refusal(a, "file.unknown")


def refusal(a: Answering, key: str) -> T:
    """Say that a file cannot be used."""
    return t(key, most=a.context.settings.config.uploads.most_mb)
