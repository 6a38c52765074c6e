"""Early warning under kills: `python -m tests.drills.early`: no event is lost, no alert is lost or raised twice.

A program of a lender tells of one thing after the other over HTTP, each about another borrower, until it is told that
the event was taken. The bot that takes them in, scores and sends dies at random moments, while the Bot API answers with
flood control, errors and cut connections, and one officer of each lender has blocked the bot. Then every event that was
taken must be one row, have raised one alert, and have reached every officer who can be reached, the borrower, and
nobody else. `--pace` measures instead how long it takes from "taken" to "seen".
"""

import argparse
import asyncio
import contextlib
import itertools
import re
import socket
import statistics
import sys
import tempfile
import time
from bisect import bisect
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from sqlalchemy import func, select

from bot import wire
from bot.channels.local import Fault
from bot.channels.local.faults import flood
from bot.channels.local.params import Call
from bot.views.notices import numbered
from storage import apikeys, tables
from storage.database import Database
from storage.people import HANDLE_LETTERS
from tests.drills.bank import House, found
from tests.drills.kill import Drill
from tests.drills.servers import postgresql

LENDERS, OFFICERS = 3, 3
SENDS = ("sendMessage", "sendPhoto")
TAKES = 0.12  # seconds between two events
NUMBER = re.compile(rf"\b[{HANDLE_LETTERS}]{{4}}-[{HANDLE_LETTERS}]{{4}}\b")


@dataclass
class Outcome:
    """What came of the events that were taken. Only `repeated` may be more than nothing: once a kill and chat.

    A call that was cut off after it took effect comes again too, as nobody can know that it did.
    """

    kills: int = 0
    cut: int = 0
    taken: int = 0
    again: int = 0
    alerts: int = 0
    messages: int = 0
    repeated: int = 0
    most_repeated: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong) and self.most_repeated <= 1

    def __str__(self) -> str:
        waits = sorted(self.waits)
        pace = (
            f"taken to seen: median {statistics.median(waits):.2f} s, p99 {waits[int(len(waits) * 0.99)]:.2f} s"
            if waits
            else "nothing seen"
        )
        counts = (
            f"{self.kills} kills, {self.cut} calls cut off, {self.taken} events taken ({self.again} told again), "
            f"{self.alerts} alerts, {self.messages} messages: lost {len(self.lost)}, doubled {len(self.doubled)}, "
            f"wrong {len(self.wrong)}, repeated {self.repeated} (at most {self.most_repeated} a kill and chat); {pace}"
        )
        return "\n".join([counts, *self.lost[:20], *self.doubled[:20], *self.wrong[:20]])


class Early(Drill):
    """A Bot API, lenders and borrowers, a lender's program, and a bot that dies a lot."""

    def __init__(self, folder: Path, database_url: str = "", seed: int = 1) -> None:
        super().__init__(folder, database_url, crowd=0, seed=seed)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._environ["CANDOR_API_PORT"] = str(self._port)
        self._houses: list[tuple[House, str]] = []
        self._blocked: set[int] = set()
        self._taken: dict[str, float] = {}  # when the lender's program was told so
        self._numbers: dict[str, str] = {}  # of the alert about a loan, once it is known
        self._killed: list[float] = []
        self.outcome = Outcome()

    async def warn(self, kills: int, events: int, *, trouble: bool = True, gap: float = TAKES) -> Outcome:
        """Tell of `events` events, with so many kills meanwhile, and compare."""
        self.api.fault, self.api.log = self._strike, deque()
        await self.api.start()
        try:
            await self._found(events)
            await self._start()
            self.trouble = self._trouble if trouble else None
            telling = asyncio.create_task(self._tell(events, gap))
            for number in range(kills):
                if telling.done():
                    break
                await self._kill(
                    "start" if number < 2 else self._rng.choice(("time", "before", "after", "after"))
                )
                if (number + 1) % 10 == 0:
                    print(f"{number + 1} kills, {len(self._taken)} events", flush=True)
            await telling
            self.outcome.kills = self.report.kills
            self.trouble = None
            await self._all_seen()
            await self._stop()
            self._check_file()
            await self._compare()
        finally:
            if self._bot is not None and self._bot.returncode is None:
                self._bot.kill()
                await self._bot.wait()
            await self.api.stop()
        self.outcome.wrong += self.report.wrong
        return self.outcome

    async def died(self) -> None:
        """Note when, and let the file be looked at."""
        self._killed.append(time.time())
        await super().died()

    async def _found(self, events: int) -> None:
        wire.prepare(self._told)
        context = await wire.build(self._told)
        try:
            for number in range(LENDERS):
                house = await found(context, self.api, f"Lender {number}", OFFICERS, events // LENDERS + 1)
                async with context.database.write() as write:
                    key = await apikeys.make(
                        write, house.lender.id, "drill", ("events:write",), "shell", context.clock()
                    )
                self._houses.append((house, key))
        finally:
            await context.database.close()
            await context.vault.close()
        for house, _ in self._houses:
            await house.officers[0].block()
            self._blocked.add(house.officers[0].person.id)

    async def _tell(self, events: int, gap: float) -> None:
        """Be the lenders' program: every event until it is taken, under one name."""
        borrowers = [itertools.cycle(house.borrowers) for house, _ in self._houses]
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            for number in range(events):
                house, key = self._houses[number % LENDERS]
                loan = next(borrowers[number % LENDERS])
                body = {
                    "loan": loan,
                    "ref": f"r-{number}",
                    "kind": "public_record",
                    "on": wire.now().date().isoformat(),
                    "what": "judgment",
                }
                headers = {
                    "Authorization": f"Bearer {key}",
                    "Idempotency-Key": f"k-{house.lender.id}-{number}",
                }
                while not await self._told_of(session, headers, body):
                    self.outcome.again += 1
                    await asyncio.sleep(0.1)
                self._taken[loan] = time.time()
                await asyncio.sleep(self._rng.uniform(0, 2 * gap))

    async def _told_of(
        self, session: aiohttp.ClientSession, headers: dict[str, str], body: dict[str, str]
    ) -> bool:
        url = f"http://127.0.0.1:{self._port}/v1/events"
        try:
            async with session.post(url, json=body, headers=headers) as answer:
                words = await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return False
        if answer.status >= 500 or answer.status in (409, 429):
            if answer.status == 500:
                self.outcome.wrong.append(f"HTTP 500: {words[:200]}")
            return False
        assert answer.ok, f"{answer.status} {words}"
        return True

    def _trouble(self, call: Call) -> Fault | None:
        """Answer some calls as a bad day does."""
        if call.method not in SENDS:
            return None
        dice = self._rng.random()
        if dice < 0.05:
            return flood(1)
        if dice < 0.08:
            return Fault(502, "Bad Gateway")
        if dice < 0.10:
            return Fault(drop=True)
        if dice < 0.12:
            self.outcome.cut += 1
            return Fault(drop=True, after=True)
        return None

    async def _all_seen(self) -> None:
        """Wait until everything that was taken is in the chats it belongs into."""
        await self._ready()
        try:
            async with asyncio.timeout(120):
                while self._missing():
                    _, raised, _ = await self._read()
                    self._numbers = {loan: numbers[0] for loan, numbers in raised.items()}
                    await asyncio.sleep(0.3)
        except TimeoutError:
            self.outcome.lost += self._missing()
        await self.api.idle(1.0, within=60)

    def _missing(self) -> list[str]:
        """Name who has not heard of what they should have: the borrower, and every officer who can be reached."""
        heard = self._heard()
        found = []
        for house, _ in self._houses:
            reached = [one for one in house.officers if one.person.id not in self._blocked]
            for loan in house.borrowers.keys() & self._taken.keys():
                number = self._numbers.get(loan)
                who = [*reached, house.borrowers[loan]]
                found += [
                    f"chat {one.person.id} never heard of {loan}"
                    for one in who
                    if number is None or not heard[one.person.id, number]
                ]
        return found

    def _heard(self) -> Counter[tuple[int, str]]:
        """Count in every chat how often each alert's number was said."""
        everybody = [one for house, _ in self._houses for one in (*house.officers, *house.borrowers.values())]
        return Counter(
            (one.person.id, number)
            for one in everybody
            for message in one.messages()
            if message["from"]["is_bot"]
            for number in NUMBER.findall(str(message.get("text") or message.get("caption") or ""))
        )

    async def _read(self) -> tuple[Counter[str], dict[str, list[str]], list[str]]:
        """Give events and alert numbers by loan, and what still waits."""
        database = Database(self._told.database_url)
        of_loan = tables.loans.c.reference
        try:
            async with database.read() as read:
                told = select(of_loan).join(tables.events, tables.events.c.loan_id == tables.loans.c.id)
                events = Counter(await read.scalars(told))
                raised: dict[str, list[str]] = defaultdict(list)
                alerts = select(of_loan, tables.alerts.c.number)
                for loan, number in await read.execute(
                    alerts.join(tables.alerts, tables.alerts.c.loan_id == tables.loans.c.id)
                ):
                    raised[loan].append(numbered(number))
                waiting = [
                    f"{box.name}: {count} wait"
                    for box in (tables.inbox, tables.outbox)
                    if (count := await read.scalar(select(func.count()).where(box.c.state == "waiting")))
                ]
        finally:
            await database.close()
        return events, raised, waiting

    async def _compare(self) -> None:
        events, raised, waiting = await self._read()
        self.outcome.taken = len(self._taken)
        self.outcome.alerts = sum(map(len, raised.values()))
        self.outcome.lost += waiting
        for what, found_ in (
            ("events", events),
            ("alerts", {loan: len(each) for loan, each in raised.items()}),
        ):
            for loan in self._taken:
                if found_.get(loan, 0) != 1:
                    (self.outcome.doubled if found_.get(loan) else self.outcome.lost).append(
                        f"{what} of {loan}"
                    )
            self.outcome.wrong += [
                f"{what} of {loan}, of which nobody told" for loan in found_.keys() - self._taken.keys()
            ]
        loans = {number: loan for loan, numbers in raised.items() for number in numbers}
        owners = {
            loan: {borrower.person.id, *(one.person.id for one in house.officers)}
            for house, _ in self._houses
            for loan, borrower in house.borrowers.items()
        }
        for (chat, number), times in self._heard().items():
            self.outcome.messages += times
            self.outcome.repeated += times - 1
            if number not in loans or chat not in owners[loans[number]]:
                self.outcome.wrong.append(f"chat {chat} heard of {number}")
        self._pace(loans)

    def _pace(self, loans: dict[str, str]) -> None:
        """Read from the Bot API's own log when each alert was first seen, and how often a kill made it come again."""
        seen: dict[tuple[int, str], list[float]] = defaultdict(list)
        for call in self.api.log:
            if call.method in SENDS and call.code == 200:
                for number in NUMBER.findall(
                    str(call.params.get("text") or call.params.get("caption") or "")
                ):
                    seen[int(str(call.params["chat_id"])), number].append(call.at)
        officers = {one.person.id for house, _ in self._houses for one in house.officers}
        for number, loan in loans.items():
            first = [times[0] for (chat, each), times in seen.items() if each == number and chat in officers]
            if first:
                self.outcome.waits.append(max(min(first) - self._taken[loan], 0.0))
        again = Counter(
            (chat, bisect(self._killed, at)) for (chat, _), times in seen.items() for at in times[1:]
        )
        self.outcome.most_repeated = max(again.values(), default=0)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.early", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 kills on each")
    parser.add_argument(
        "--kills", type=int, default=100, help="on each kind of database (default %(default)s)"
    )
    parser.add_argument(
        "--pace", type=int, metavar="EVENTS", help="no kills and no trouble: only how fast it is"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args(argv)
    kills = 0 if chosen.pace else 10 if chosen.quick else chosen.kills
    events = chosen.pace or kills * 4
    print(f"seed {chosen.seed}", flush=True)
    good = True
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="candor-early-") as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            url = stack.enter_context(postgresql(folder))("drill") if kind == "postgresql" else ""
            drill = Early(folder / "bot", url, chosen.seed)
            outcome = asyncio.run(drill.warn(kills, events, trouble=not chosen.pace))
            if not outcome.clean:
                print(*drill.mistakes(), sep="\n")
        print(f"T1 | early warning, {kind} | {outcome}", flush=True)
        good = good and outcome.clean
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
