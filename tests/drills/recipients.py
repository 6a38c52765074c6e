"""T28: `python -m tests.drills.recipients`: ten thousand alerts, and each reaches those it is for and nobody else.

Several lenders share borrowers. Between the alerts, consents are taken back and given again, officers come and go,
block the bot, are given loans and cases; messages do not arrive, and nobody takes cases up. A plain model beside the
bot says who may hear of what; every message is opened and looked at for what must never stand in one, and for a reason.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot import i18n, settings, wire
from bot.services import alerting
from bot.services.context import Context
from bot.services.warning import Raised
from bot.views.notices import numbered
from storage import cases, consents, lenders, loans, outbox, people, staff, watches
from storage.lenders import Lender
from storage.outbox import Parcel
from storage.people import Person, Profile
from storage.scores import NoLiveReceipt
from storage.tables import outbox as table
from tests.storage.sample import watched

LENDERS, OFFICERS, BORROWERS = 4, 4, 24
LANGUAGES = ("en", "es", "zh_CN")
KINDS = ("points", "band", "pd", "late", "over_limit", "public_record", "income_fall", "default")
MEASURES = ("reschedule", "security", "early")
PNG = b"\x89PNG"


@dataclass
class Report:
    """What was tried, and what went wrong."""

    alerts: int = 0
    refused: int = 0
    messages: int = 0
    officers: int = 0
    stranded: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        told = ", ".join(f"{n} {name}" for name, n in sorted(self.steps.items()))
        return (
            f"T28 | alerts {self.alerts} | refused without a consent {self.refused} | messages {self.messages}, of "
            f"them to officers {self.officers}, to operators as nobody was left {self.stranded} | in between {told} | "
            f"wrong {len(self.wrong)} | {self.seconds:.0f} s"
        )


@dataclass
class Member:
    """Somebody who works, or worked, at a lender."""

    person: Person
    lender: int
    role: str
    row: int = 0
    serving: bool = True
    reachable: bool = True


@dataclass
class Debt:
    """A borrower's loan at a lender, and whether its watch is agreed to."""

    borrower: Person
    lender: Lender
    reference: str
    receipt: str
    officer: str | None = None
    loan: int = 0
    agreed: bool = True
    owner: str | None = None
    told: set[int] = field(default_factory=set)


class World:
    """Lenders, their people, their borrowers, and a model of who may hear of whom."""

    def __init__(self, context: Context, seed: int) -> None:
        self.context = context
        self.report = Report()
        self._rng = random.Random(seed)  # noqa: S311 - a drill is to be repeatable
        self._now = context.clock()
        self._last = 0
        self._number = 0
        self.members: list[Member] = []
        self.debts: list[Debt] = []
        self.profiles: list[Profile] = []

    @property
    def at(self) -> Context:
        now = self._now
        return replace(self.context, clock=lambda: now)

    async def furnish(self) -> None:
        async with self.context.database.write() as write:
            houses = [await lenders.add(write, f"Bank {at}", "us", self._now) for at in range(LENDERS)]
            found = [one for one in houses if one is not None]
            for at, house in enumerate(found):
                for role in ("officer",) * OFFICERS + ("admin",):
                    await self._hire(write, house.id, role)
                await self._hire(write, found[(at + 1) % LENDERS].id, "officer", self.members[-2].person)
            for _ in range(2):
                await self._hire(write, 0, "operator")
        for at in range(BORROWERS):
            await self._borrow(at, found)

    async def _hire(self, write: Any, lender: int, role: str, person: Person | None = None) -> None:
        number = 5_000_000 + len(self.members)
        language = LANGUAGES[len(self.members) % 3]
        person = person or await people.meet(write, self.context.vault, number, language, "us", self._now)
        await staff.give(write, person, role, lender or None, "shell", self._now)
        row = (await staff.grants(write, person))[-1].row
        self.members.append(Member(person, lender, role, row))

    async def _borrow(self, at: int, houses: Sequence[Lender]) -> None:
        who = Profile(f"Nightingale Number{at:03d}", f"+1202555{at:04d}", f"5369{at:05d}")
        async with self.context.database.write() as write:
            person = await people.meet(write, self.context.vault, 9_000_000 + at, "en", "us", self._now)
            await people.register(write, self.context.vault, person, who, self._now)
            for house in self._rng.sample(list(houses), self._rng.randint(1, 3)):
                debt = Debt(person, house, f"L-{at}-{house.id}", "")
                allowed = tuple(one for one in MEASURES if self._rng.random() < 0.5)
                draft = loans.Draft(debt.reference, "USD", self._now.date(), self._now.date(), {}, allowed)
                debt.loan = await loans.put(write, person, house.id, draft, "shell", self._now)
                await self._agree(write, debt, given=True)
                self.debts.append(debt)
        self.profiles.append(who)

    async def _agree(self, write: Any, debt: Debt, *, given: bool) -> None:
        receipt = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        made = watched(debt.lender.id, given=given, receipt=receipt, at=self._now)
        await consents.record(write, debt.borrower, [made])
        await watches.settle(write, debt.borrower, 1, self._now)
        debt.agreed, debt.receipt = given, receipt if given else debt.receipt

    def _team(self, debt: Debt, role: str) -> dict[str, Member]:
        return {
            one.person.handle: one
            for one in self.members
            if (one.lender, one.role) == (debt.lender.id, role) and one.serving and one.reachable
        }

    def concerned(self, debt: Debt) -> set[int]:
        """Whom an alert of a debt is for, as a person would say it from the rules of the house."""
        if not debt.agreed:
            return set()
        officers = self._team(debt, "officer")
        for handle in (debt.owner, debt.officer):
            if handle in officers:
                return {officers[handle].person.chat_id}
        left = officers or self._team(debt, "admin")
        return {one.person.chat_id for one in left.values()} or self._operators()

    def _operators(self) -> set[int]:
        return {m.person.chat_id for m in self.members if m.role == "operator" and m.reachable}

    async def run(self, most: int) -> Report:
        began = time.monotonic()
        await self.furnish()
        steps: dict[str, Callable[[], Awaitable[None]]] = {
            "withdrawals": partial(self.decide, given=False), "consents": partial(self.decide, given=True),
            "leavers": partial(self.serve, serving=False), "joiners": partial(self.serve, serving=True),
            "blocks": partial(self.reach, reachable=False), "returns": partial(self.reach, reachable=True),
            "loans given": self.entrust, "cases given": self.assign, "cases closed": self.close,
            "undelivered": self.lose, "escalations": self.escalate, "deserted lenders": self.desert,
        }  # fmt: skip
        while self.report.alerts + self.report.refused < most:
            self._now += dt.timedelta(minutes=self._rng.randint(1, 90))
            if self._rng.random() < 0.75:
                await self.alert()
            else:
                name = self._rng.choice([*steps, "cases closed", "cases closed", "joiners", "returns"])
                await steps[name]()
                self.report.steps[name] += 1
        self.report.seconds = time.monotonic() - began
        return self.report

    async def alert(self, debt: Debt | None = None) -> None:
        debt = debt or self._rng.choice(self.debts)
        raised, expected = self._raised(debt), self.concerned(debt)
        parcels: list[Parcel] = []
        with contextlib.suppress(NoLiveReceipt):
            async with self.context.database.write() as write:
                parcels = await alerting.raise_one(write, self.at, debt.borrower, raised, PNG, self._now)
                parcels += await alerting.tell_borrower(write, self.at, debt.borrower, [raised], self._now)
        heard = Counter(one.chat_id for one in parcels)
        own = heard.pop(debt.borrower.chat_id, 0)
        if heard != Counter(expected) or own != debt.agreed:
            self.report.wrong.append(f"{debt.reference}: {sorted(heard)} heard of it, not {sorted(expected)}")
        self.report.alerts += debt.agreed
        self.report.refused += not debt.agreed
        debt.told = set(heard) if debt.agreed else debt.told
        await self._look(debt, raised.number, raised)

    def _raised(self, debt: Debt) -> Raised:
        rng = self._rng
        self._number += 1
        own = rng.random() < 0.6
        kind = rng.choice(("instalment_late", "public_record", "over_limit", "enquiry", "income", "default"))
        grounds = rng.sample(KINDS, rng.randint(1, 4))
        return Raised(
            lender_id=debt.lender.id,
            loan_id=debt.loan,
            number="".join(rng.choice(people.HANDLE_LETTERS) for _ in range(8)),
            rule="rule",
            severity=rng.randint(1, 3),
            cause=f"event:{self._number}",
            held="",
            receipt=debt.receipt,
            content={
                "then": {"score": rng.randint(500, 850), "band": "B", "pd": 0.1} if rng.random() < 0.9 else None,
                "now": {"score": rng.randint(300, 500), "band": "E", "pd": 0.4},
                "grounds": [{"kind": one, "rule": one, "sender": f"lender:{debt.lender.id}",
                             "measures": {"points": 44, "pd": 31, "times": rng.randint(1, 3)}} for one in grounds],
                "event": {"own": own, "kind": kind, "on": self._now.date().isoformat()} | ({"days": 9} if own else {})
                if rng.random() < 0.9 else None,
                "moves": [{"factor": "enquiries_6m", "cause": "data", "points": -12}][: rng.randint(0, 1)],
                "trend": [(self._now.isoformat(), 600)],
            },
        )  # fmt: skip

    async def _new(self) -> list[Parcel]:
        """Give the messages that have come to the outbox since the last look."""
        async with self.context.database.read() as read:
            chosen = select(table.c.id).where(table.c.id > self._last).order_by(table.c.id)
            rows = list(await read.scalars(chosen))
            return await outbox.waiting(read, self.context.vault, rows) if rows else []

    async def _look(self, debt: Debt | None, number: str, raised: Raised | None) -> None:
        """Open every new message, and look at what stands in it."""
        parcels = await self._new()
        self._last = max((one.id for one in parcels), default=self._last)
        for one in parcels:
            self.report.messages += 1
            words = str(one.call.payload.get("caption") or one.call.payload.get("text"))
            self._wrong_words(one, words, debt, number, raised)
        sent = {one.id: 1 for one in parcels if self._rng.random() > 0.05}
        if sent:
            async with self.context.database.write() as write:
                await outbox.sent(write, sent, self._now)

    def _wrong_words(
        self, one: Parcel, words: str, debt: Debt | None, number: str, raised: Raised | None
    ) -> None:
        secrets = [part for who in self.profiles for part in (who.name, who.phone, who.national_id)]
        found = [secret for secret in secrets if secret in words]
        member = next(
            (m for m in self.members if m.person.chat_id == one.chat_id and m.role != "operator"), None
        )
        operator = one.chat_id in {m.person.chat_id for m in self.members if m.role == "operator"}
        handles = [each.borrower.handle for each in self.debts if each.borrower.handle in words]
        if found:
            self.report.wrong.append(f"a message holds {len(found)} secrets")
        if operator:
            self.report.stranded += 1
            if handles or any(each.reference in words for each in self.debts):
                self.report.wrong.append("an operator reads of a borrower")
        elif member is not None and debt is not None:
            self.report.officers += 1
            if set(handles) != {debt.borrower.handle}:
                self.report.wrong.append(f"{debt.reference}: names {handles}")
            if raised is not None:
                locale = i18n.locale(member.person.language)
                kind = raised.content["grounds"][0]["kind"]
                kind = (
                    "repeated"
                    if kind == "late" and raised.content["grounds"][0]["measures"]["times"] > 1
                    else kind
                )
                reason = locale.html(i18n.t(f"alert.ground.{kind}", points=44, pd=i18n.Percent(0.31)))
                if reason not in words or numbered(number) not in words:
                    self.report.wrong.append(f"{debt.reference}: no reason, or no number")

    async def decide(self, *, given: bool) -> None:
        """Let a consent be taken back, or given."""
        debt = self._rng.choice(self.debts)
        if debt.agreed != given:
            async with self.context.database.write() as write:
                await self._agree(write, debt, given=given)

    async def serve(self, *, serving: bool) -> None:
        """Let somebody's role end, or begin again."""
        one = self._rng.choice([m for m in self.members if m.role != "operator"])
        if one.serving == serving:
            return
        async with self.context.database.write() as write:
            if serving:
                await staff.give(write, one.person, one.role, one.lender, "shell", self._now)
                one.row = (await staff.grants(write, one.person))[-1].row
            else:
                await staff.end(write, one.row, self._now)
        one.serving = serving

    async def reach(self, *, reachable: bool) -> None:
        """Let somebody block the bot, or let it write again."""
        chosen = self._rng.choice([m for m in self.members if m.role != "operator"])
        async with self.context.database.write() as write:
            await people.change(write, chosen.person.id, reachable=reachable)
        for one in self.members:
            if one.person.id == chosen.person.id:
                one.reachable = reachable

    async def desert(self) -> None:
        """Let nobody of a lender be within reach when an alert comes."""
        debt = self._rng.choice([one for one in self.debts if one.agreed] or self.debts)
        theirs = {m.person.id for m in self.members if m.lender == debt.lender.id and m.reachable}
        for reachable in (False, True):
            for one in [m for m in self.members if m.person.id in theirs]:
                one.reachable = reachable
                async with self.context.database.write() as write:
                    await people.change(write, one.person.id, reachable=reachable)
            if not reachable:
                await self.alert(debt)

    async def entrust(self) -> None:
        debt = self._rng.choice(self.debts)
        debt.officer = self._rng.choice([None, *(m.person.handle for m in self.members)])
        draft = loans.Draft(debt.reference, "USD", self._now.date(), self._now.date(), {}, (), debt.officer)
        async with self.context.database.write() as write:
            await loans.put(write, debt.borrower, debt.lender.id, draft, "shell", self._now)

    async def assign(self) -> None:
        debt = self._rng.choice(self.debts)
        async with self.context.database.write() as write:
            case = await cases.open_of(write, debt.borrower.id, debt.lender.id)
            if case is not None:
                debt.owner = self._rng.choice([m.person.handle for m in self.members])
                await cases.change(write, case.id, owner=debt.owner)

    async def close(self) -> None:
        for debt in self._rng.sample(self.debts, 6):
            async with self.context.database.write() as write:
                case = await cases.open_of(write, debt.borrower.id, debt.lender.id)
                if case is not None:
                    await cases.close(write, case.id, "cured", self._now)
            debt.owner = None

    async def lose(self) -> None:
        """Let a message not arrive: what comes of it may only be for somebody of that lender who did not have it."""
        async with self.context.database.read() as read:
            waiting = await outbox.waiting(read, self.context.vault)
        carried = [one for one in waiting if one.call.method == "sendPhoto"]
        if carried:
            lost = self._rng.choice(carried)
            await alerting.undelivered(self.at, lost)
            await self._others(str(lost.call.payload["caption"]))
            async with self.context.database.write() as write:
                await outbox.failed(write, lost.id, "Forbidden")

    async def escalate(self) -> None:
        await alerting.escalate(self.at)
        await self._others("")

    async def _others(self, about: str) -> None:
        """Hold each new message against who may hear of the borrower it names."""
        for one in await self._new():
            words = str(one.call.payload.get("caption") or one.call.payload.get("text"))
            named = {each.borrower.handle for each in self.debts if each.borrower.handle in words}
            may = {
                each.borrower.handle
                for each in self.debts
                for role in ("officer", "admin")
                if each.agreed and one.chat_id in {m.person.chat_id for m in self._team(each, role).values()}
            }
            operator = one.chat_id in self._operators()
            if (
                not named <= may
                or (not operator and len(named) != 1)
                or (about and named and not any(h in about for h in named))
            ):
                self.report.wrong.append("something was passed on to somebody it is not for")
        await self._look(None, "", None)


async def drill(folder: Path, most: int, seed: int, url: str = "") -> Report:
    """Raise so many alerts in a world of its own."""
    told = settings.load(environ={"CANDOR_DATA": str(folder), "DATABASE_URL": url})
    wire.prepare(told)
    context = await wire.build(told)
    try:
        return await World(context, seed).run(most)
    finally:
        await context.database.close()
        await context.vault.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.recipients", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="600 alerts")
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    most = 600 if chosen.quick else chosen.alerts
    with tempfile.TemporaryDirectory(prefix="candor-recipients-") as name:
        report = asyncio.run(drill(Path(name), most, chosen.seed))
    print(*report.wrong[:20], report, sep="\n")
    return 1 if report.wrong or not report.stranded else 0


if __name__ == "__main__":
    sys.exit(main())
