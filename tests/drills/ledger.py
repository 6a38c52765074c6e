"""What people said and saw in their chats, held against what the databases hold."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot import wire
from bot.services import secrets
from bot.settings import Settings
from storage import audit, consents, facts, keyring, people, pins, rights, tables
from storage.anchor import Anchor
from storage.database import Database
from storage.people import Person
from storage.vault import Vault
from tests.reading import reads, text_of
from tests.walker import Diary, Walker

SENDS = {"sendMessage", "sendPhoto", "sendDocument"}
READY_WITHIN = 5.0


@dataclass
class Report:
    """What a drill found. Only `repeated` may be more than nothing: at most one message a kill and chat."""

    kills: int = 0
    updates: int = 0
    answers: int = 0
    scores: int = 0
    consents: int = 0
    erased: int = 0
    trail: int = 0
    intact: int = 0
    """Kills after which the database's own check found nothing."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    repeated: int = 0
    most_repeated: int = 0
    slowest_start: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong) and self.most_repeated <= 1

    def __str__(self) -> str:
        counts = (
            f"{self.kills} kills, {self.intact} checks of the file, {self.updates} updates, "
            f"{self.answers} answers held, {self.consents} consents, {self.scores} scores, "
            f"{self.erased} erasures, {self.trail} rows of the trail"
        )
        outcome = f"lost {len(self.lost)}, doubled {len(self.doubled)}, wrong {len(self.wrong)}"
        repeats = f"repeated {self.repeated} messages (at most {self.most_repeated} a kill and chat)"
        start = f"slowest start {self.slowest_start:.2f} s"
        return "\n".join([f"{counts}: {outcome}, {repeats}, {start}", *self.lost, *self.doubled, *self.wrong])


class Ledger:
    """One comparison, written into a report. `marks` are the newest messages there were at each kill."""

    def __init__(
        self, told: Settings, walkers: Sequence[Walker], marks: Sequence[int], report: Report
    ) -> None:
        self._told = told
        self._walkers = walkers
        self._marks = marks
        self.report = report

    async def compare(self) -> None:
        database = Database(self._told.database_url)
        vault = await wire.open_vault(self._told)
        try:
            async with database.read() as read:
                for walker in self._walkers:
                    await self._person(read, vault, walker)
                await self._boxes(read)
                await self._keys(read, vault)
            anchor = Anchor(wire.anchor_of(self._told), vault.secret("audit"))
            verdict = await audit.verify(database, vault.secret("audit"), anchor)
            self.report.trail = verdict.rows
            self.report.wrong += [f"audit: {finding.words}" for finding in verdict.findings]
        finally:
            await database.close()
            await vault.close()

    async def _person(self, read: Any, vault: Vault, walker: Walker) -> None:
        diary, who = walker.diary, walker.player.person.id
        self.report.updates += walker.updates
        self.report.erased += len(walker.past)
        hidden = {message for life in (*walker.past, diary) for message in life.secrets}
        if left := {m["message_id"] for m in walker.player.messages()} & hidden:
            self.report.wrong.append(f"{who}: {len(left)} secrets are still in the chat")
        sorry = sum(reads(text_of(m), "sorry.text", walker.language) for m in walker.player.messages())
        if sorry:
            self.report.wrong.append(f"{who}: {sorry} apologies")
        person = await people.find(read, vault, who)
        if person is None:
            if diary.updates:
                self.report.lost.append(f"{who}: nobody knows this person")
            return
        if (person.language, person.country) != (diary.language, diary.country) and diary.country:
            self.report.wrong.append(f"{who}: language and country are {person.language}, {person.country}")
        decided = [(d.purpose, d.given) for d in await consents.history(read, person)]
        self.report.consents += len(decided)
        export = await rights.export(read, person)
        opened: Mapping[str, Any] = {d["dialog"]: d["content"]["answers"] for d in export["dialogs"]}
        just_now = walker.deciding.items() if "consent" not in opened else ()
        self._sequence(f"{who}: consents", [*diary.decisions, *just_now], decided)
        if "pin" in diary.registration:
            await self._registered(read, vault, walker, person)
            self._queries(who, diary, export, opened)
        elif walker.deciding and "consent" in opened:
            answers = {p: "yes" if given else "no" for p, given in walker.deciding.items()}
            held_open = {p: str(a).partition("@")[0] for p, a in opened.get("consent", {}).items()}
            self._mapping(f"{who}: open consents", answers, held_open)
        elif diary.registration:
            self._mapping(f"{who}: open registration", diary.registration, opened.get("registration", {}))

    async def _registered(self, read: Any, vault: Vault, walker: Walker, person: Person) -> None:
        diary, who = walker.diary, walker.player.person.id
        profile = await people.profile(read, person)
        said = [diary.registration[key] for key in ("name", "phone", "national_id")]
        held: list[object] = [] if profile is None else [profile.name, profile.phone, profile.national_id]
        self._sequence(f"{who}: profile", said, held)
        hashed = await pins.hash_of(read, person)
        if hashed is None or not await secrets.check_pin(vault, str(diary.registration["pin"]), hashed):
            self.report.wrong.append(f"{who}: the PIN does not fit")
        known = {f.name: f.value for f in await facts.every(read, person)}
        last = diary.confirmed[-1] if diary.confirmed else {}
        self._mapping(f"{who}: facts", {"age": 34, **last}, known)

    def _queries(
        self, who: int, diary: Diary, export: Mapping[str, list[dict[str, Any]]], opened: Mapping[str, Any]
    ) -> None:
        self._count(f"{who}: queries", diary.begun, len(export["queries"]))
        done = sum(query["state"] == "done" for query in export["queries"])
        self._count(f"{who}: queries done", len(diary.confirmed), done)
        self._count(f"{who}: scores", len(diary.confirmed), len(export["scores"]))
        self.report.scores += len(export["scores"])
        for number, (said, score) in enumerate(zip(diary.confirmed, export["scores"], strict=False), 1):
            self._mapping(f"{who}: score {number}", said, score["answers"])
        if diary.open is not None:
            now = opened.get("query", {})
            # an answer that no longer applies, or is being changed, is not compared
            answers = {name: value for name, value in diary.open.items() if name in now}
            self._mapping(f"{who}: open query", answers, {n: v for n, v in now.items() if n in answers})
            missing = set(diary.open) - set(now)
            if len(missing) > 1:
                self.report.lost.append(f"{who}: the open query lacks {sorted(missing)}")

    async def _boxes(self, read: Any) -> None:
        inbox, outbox = tables.inbox, tables.outbox
        taken = await read.scalar(sa.select(sa.func.count()).where(inbox.c.update_id.is_not(None)))
        self._count("updates taken in", self.report.updates, taken)
        jobs = await read.scalar(sa.select(sa.func.count()).where(inbox.c.update_id.is_(None)))
        lives = [life for walker in self._walkers for life in (*walker.past, walker.diary)]
        self._count("scorings", sum(len(life.confirmed) for life in lives), jobs)
        for table in (inbox, outbox):
            for state, count in await read.execute(
                sa.select(table.c.state, sa.func.count()).where(table.c.state.in_(["waiting", "failed"]))
                .group_by(table.c.state)
            ):  # fmt: skip
                self.report.lost.append(f"{table.name}: {count} {state}")
        rows = list(
            await read.execute(
                sa.select(outbox.c.chat_id, outbox.c.message_id)
                .where(outbox.c.method.in_(SENDS), outbox.c.state == "sent")
                .order_by(outbox.c.id)
            )
        )
        repeats: Counter[tuple[int, int]] = Counter()
        for walker in self._walkers:
            who = walker.player.person.id
            mine = [row.message_id for row in rows if row.chat_id == who]
            if mine != sorted(mine):
                self.report.wrong.append(f"{who}: messages left out of their order")
            # what was shown before an erasure has no rows any more
            shown = [m["message_id"] for m in walker.player.messages() if m["from"]["is_bot"]]
            shown = [message for message in shown if message >= walker.erased_at]
            if missing := set(mine) - set(shown):
                self.report.lost.append(f"{who}: {len(missing)} messages never arrived")
            for message in set(shown) - set(mine):
                kill = next((n for n, mark in enumerate(self._marks) if mark >= message), -1)
                repeats[who, kill] += 1
        self.report.repeated = repeats.total()
        self.report.most_repeated = max(repeats.values(), default=0)

    async def _keys(self, read: Any, vault: Vault) -> None:
        """Every person's key opens; those of the erased are gone, and nobody else's."""
        wanted = set(await read.scalars(sa.select(tables.people.c.key_id)))
        found = await vault.sealers(wanted)
        self.report.lost += [f"keyring: no key {key}" for key in wanted - found.keys()]
        erasures = tables.erasures
        handles = list(await read.scalars(sa.select(erasures.c.handle)))
        self._count("erasures", self.report.erased, len(handles))
        open_ = await read.scalar(sa.select(sa.func.count()).where(erasures.c.destroyed_at.is_(None)))
        if open_:
            self.report.wrong.append(f"{open_} erasures are not settled")
        async with vault.keys.read() as keys:
            gone = set(await keyring.erased(keys))
        if gone != set(handles):
            self.report.wrong.append(f"keyring: {len(gone ^ set(handles))} keys destroyed or kept wrongly")

    def _mapping(self, what: str, said: Mapping[str, Any], held: Mapping[str, Any]) -> None:
        given = {name: value for name, value in said.items() if value is not None}
        kept = {name: value for name, value in held.items() if value is not None}
        self.report.answers += len(given)
        for name in given.keys() - kept.keys():
            self.report.lost.append(f"{what}: {name}")
        for name in kept.keys() - given.keys():
            self.report.doubled.append(f"{what}: {name} was never said")
        for name in given.keys() & kept.keys():
            if given[name] != kept[name]:
                self.report.wrong.append(f"{what}: {name} is {kept[name]!r}, said was {given[name]!r}")

    def _sequence(self, what: str, said: list[Any], held: list[Any]) -> None:
        self.report.answers += len(said)
        if len(held) < len(said):
            self.report.lost.append(f"{what}: {len(said) - len(held)}")
        elif len(held) > len(said):
            self.report.doubled.append(f"{what}: {len(held) - len(said)}")
        elif held != said:
            self.report.wrong.append(f"{what}: {held} instead of {said}")

    def _count(self, what: str, said: int, held: int) -> None:
        self._sequence(what, [None] * said, [None] * held)
        self.report.answers -= said
