"""What every use case has at hand, and what one event leads to before anything of it is stored."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import i18n
from bot.dialogs.reply import Reply
from bot.dialogs.step import Scene
from bot.services.finding import Finder
from bot.settings import Settings
from engine import Pack, Scorecard
from storage import audit, consents
from storage.anchor import Anchor
from storage.audit import Entry
from storage.consents import Decision
from storage.database import Database
from storage.outbox import Parcel
from storage.people import Person
from storage.vault import Vault

FILES_AT_ONCE = 3
Write = Callable[[AsyncConnection], Awaitable[object]]
Send = Callable[[AsyncConnection], Awaitable[list[Parcel]]]


@dataclass(frozen=True, slots=True)
class Context:
    """The rooms a use case works in. Built once, by `bot.wire`."""

    settings: Settings
    database: Database
    vault: Vault
    anchor: Anchor
    model: Scorecard
    packs: Mapping[str, Pack]
    clock: Callable[[], dt.datetime]
    finder: Finder
    hushed: dict[int, dt.datetime] = field(default_factory=dict)  # chats that went too far, and until when
    receiving: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(FILES_AT_ONCE)
    )  # files in memory
    bell: asyncio.Event = field(default_factory=asyncio.Event)  # rung where rows for the worker are committed

    def scene(self, person: Person) -> Scene:
        """Give the scene a person's questions are put in."""
        pack = self.packs.get(person.country)
        locale = i18n.locale(person.language, person.country, pack.zone if pack else "")
        return Scene(locale, self.clock().astimezone(locale.zone).date(), pack)


@dataclass(slots=True)
class Answering:
    """One event being answered.

    Services read, and append here what is to be said and written; nothing has happened until it all commits at once.
    """

    context: Context
    read: AsyncConnection
    person: Person
    now: dt.datetime
    scene: Scene = field(init=False)
    replies: list[Reply] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    work: list[dict[str, Any]] = field(default_factory=list)
    trail: list[Entry] = field(default_factory=list)
    told: list[tuple[Person, tuple[Reply, ...]]] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    pressed: int = 0  # the message whose menu button was pressed
    about: str = ""  # the words which that message replied to
    about_id: int = 0  # and their number: what an answer replies to
    settled: bool = False  # a conversation was opened, or all is gone: there is nothing to go back to
    erased: bool = False  # the person is erased by this answer: their key opens nothing from now on
    _decisions: dict[str, Decision] | None = None

    def __post_init__(self) -> None:
        """Set the scene."""
        self.scene = self.context.scene(self.person)

    def say(self, *replies: Reply) -> None:
        """Add replies, in order."""
        self.replies.extend(replies)

    def tell(self, person: Person, *replies: Reply) -> None:
        """Add messages to somebody else, in their language."""
        self.told.append((person, replies))

    def write(self, action: Callable[..., Awaitable[object]], *arguments: Any, **named: Any) -> None:
        """Add a write: a keeper's function, called with the transaction's connection first."""

        async def later(connection: AsyncConnection) -> object:
            return await action(connection, *arguments, **named)

        self.writes.append(later)

    def send(self, action: Callable[..., Awaitable[list[Parcel]]], *arguments: Any) -> None:
        """Add a write that itself leaves messages to be carried, for what is only known in the transaction."""

        async def later(connection: AsyncConnection) -> list[Parcel]:
            return await action(connection, *arguments)

        self.sends.append(later)

    def audit(self, action: str, object_: str, reason: str = "-", result: str = audit.DONE) -> None:
        """Add to the audit trail what this person did, or was denied: handles and codes, never content."""
        self.trail.append(Entry(self.person.handle, action, object_, reason, result))

    def drop(self) -> None:
        """Take back everything that was to be said and done: it turned out that none of it may be."""
        for pending in (self.replies, self.writes, self.work, self.trail, self.told, self.sends):
            pending.clear()
        self.settled = self.erased = False

    def become(self, **changes: Any) -> None:
        """Let the rest of this answer see the person as they will be once it is committed."""
        self.person = replace(self.person, **changes)
        self.scene = self.context.scene(self.person)

    @property
    def pack(self) -> Pack:
        """The pack of the person's country; asking for it before a country is chosen is a mistake of ours."""
        if self.scene.pack is None:
            raise LookupError("no country yet")
        return self.scene.pack

    async def decisions(self) -> dict[str, Decision]:
        """Give the person's last consent decision per purpose, those of this very answer included."""
        if self._decisions is None:
            self._decisions = await consents.latest(self.read, self.person)
        return self._decisions

    async def decide(self, made: Sequence[Decision]) -> None:
        """Add consent decisions."""
        (await self.decisions()).update({decision.purpose: decision for decision in made})
        self.write(consents.record, self.person, made)
