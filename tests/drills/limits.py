"""T14: `python -m tests.drills.limits`: limits and PINs under many hands at once, across a restart, and by the clock.

Counting must be exact where 200 ask in the same moment; of ten thousand guesses at a PIN only a handful may be looked
at; whoever goes too far must not hold anybody else up; and what is denied must take as long as what is not there.
"""

import argparse
import asyncio
import datetime as dt
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.dialogs.event import Command
from bot.services import desk, limits, pins, secrets
from bot.services.context import Answering
from bot.views.render import render
from storage import counters, lenders, people, staff
from storage.people import Person
from tests.chat import Candor, Somebody, says, text_of
from tests.drills.servers import postgresql

HANDS = 200
PIN, WRONG = "482915", "739164"
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
LOCK = dt.timedelta(minutes=15)


@dataclass
class Report:
    """What was tried and what held."""

    counted: int = 0
    guesses: int = 0
    looked_at: int = 0
    pressed: int = 0
    slower: float = 0.0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"T14 | {self.counted} counted, {HANDS} at once | {self.guesses} guesses at a PIN, looked at "
            f"{self.looked_at} | {self.pressed} presses | denied against absent {self.slower:.2f} ms | "
            f"wrong {len(self.wrong)} | {self.seconds:.1f} s"
        )

    def held(self, what: str, *, so: bool) -> None:
        """Note what did not hold."""
        if not so:
            self.wrong.append(what)


class Drill:
    """A house with limits, on a clock that is moved by hand."""

    def __init__(self, folder: Path, url: str, guesses: int) -> None:
        self.now = START
        self.candor = Candor(folder, url, limited=True, callback_lifetime=36_000)
        self.candor.clock = lambda: self.now
        self.guesses = guesses
        self.report = Report()

    async def run(self) -> Report:
        began = time.monotonic()
        async with self.candor:
            self.maria = await self.candor.person().enrols("us")
            self.juana = await self.candor.person().enrols("mx")
            await self.counting()
            await self.guessing()
            await self.flooding()
            await self.timing()
            refused = [call for call in self.candor.refused_calls if "getUpdates" not in call]  # at a restart
            self.report.held(f"refused: {refused[:3]}", so=not refused)
        self.report.seconds = time.monotonic() - began
        return self.report

    async def counting(self) -> None:
        """Each limit, asked for by 200 at once, is exact; a restart does not move it; the next window is new."""
        config = self.candor.settings.config.limits
        person = await self._known(self.juana)
        for name in (limits.UPDATES, limits.SCORES, limits.SIGNUPS, limits.EXPORTS):
            self.now += dt.timedelta(days=1)
            limit = limits.limit(config, name)
            spent = await asyncio.gather(*(self._count(person, limit) for _ in range(HANDS)))
            self.report.counted += HANDS
            allowed = sum(one.allowed for one in spent)
            self.report.held(f"{name}: {allowed} of {limit.most} allowed", so=allowed == limit.most)
            await self._restart()
            after = await self._count(person, limit)
            self.report.held(
                f"{name}: forgotten by a restart", so=not after.allowed and after.used == HANDS + 1
            )
            self.now += dt.timedelta(seconds=after.retry_after)
            self.report.held(f"{name}: no new window", so=(await self._count(person, limit)).used == 1)

    async def guessing(self) -> None:
        """Guess a PIN ten thousand times, 200 at once."""
        self.now += dt.timedelta(days=1)
        looked: list[str] = []
        check = secrets.check_pin

        async def counted(vault: Any, pin: str, hashed: str) -> bool:
            looked.append(pin)
            return await check(vault, pin, hashed)

        pins.secrets.check_pin = counted  # type: ignore[attr-defined]  # a window to look through, closed below
        try:
            first = await self._guess(HANDS)
            self.report.held(f"{len(looked)} guesses of the first {HANDS} looked at", so=len(looked) == 5)
            alarms = sum(says(re.sub("<[^>]+>", "", words), "pin.alarm", "en") for words in first)
            self.report.held(f"the owner was told {alarms} times", so=alarms == 1)
            await self._restart()
            await self._right_pin("pin.locked")
            while self.report.guesses < self.guesses:
                self.now += LOCK + dt.timedelta(seconds=1)
                await self._guess(HANDS)
            self.report.looked_at = len([pin for pin in looked if pin == WRONG])
            self.report.held(f"{self.report.looked_at} guesses looked at", so=self.report.looked_at == 10)
            await self._right_pin("pin.closed")
            await self.juana.says("/export")
            await self.juana.says(PIN)
            served = any("document" in m for m in self.juana.said_to_me)
            self.report.held("somebody else was locked out", so=served)
        finally:
            pins.secrets.check_pin = check  # type: ignore[attr-defined]  # as it was

    async def flooding(self) -> None:
        """Two hundred presses at once: sixty answered, one word, silence; somebody else is answered meanwhile."""
        self.now += dt.timedelta(days=1)
        await self.maria.says("/help")
        before, message = len(self.maria.chat), self.maria.last["message_id"]
        presses = [self.maria.player.press(message, "m|about|", stale=True) for _ in range(HANDS)]
        meanwhile = self.juana.player.say("/help")
        await asyncio.gather(*presses, meanwhile)
        await self.candor.quiet(60)
        self.report.pressed += HANDS
        # /about puts the open question again: two messages each, and one word at the end
        answers = sum(says(text_of(m), "about.text", "en") for m in self.maria.chat[before:])
        words = sum(says(text_of(m), "limit.updates", "en") for m in self.maria.chat[before:])
        most = self.candor.settings.config.limits.updates
        self.report.held(f"{answers} presses answered", so=answers == most - 1)
        self.report.held(f"{words} words about it", so=words == 1)
        self.report.held("somebody else had to wait", so=says(text_of(self.juana.last), "ask.loan_amount", "en") or
                         any(says(text_of(m), "help.text", "en") for m in self.juana.chat[-3:]))  # fmt: skip

    async def timing(self, times: int = 500) -> None:
        """What is denied takes as long as what is not there: a use, and a person."""
        officer = await self._met(self.candor.person())
        async with self.candor.context.database.write() as write:
            lender = await lenders.add(write, "First Example Bank", "us", self.now)
            assert lender is not None
            await staff.give(write, officer, "officer", lender.id, "shell", self.now)
        maria, juana = await self._known(self.maria), await self._known(self.juana)
        for who, one, other in (
            (maria, Command("staff", ""), Command("nosuch", "")),
            (officer, Command("look", f"{maria.handle} review"), Command("look", "2222222222 review")),
            (officer, Command("look", f"{juana.handle} review"), Command("look", "2222222222 review")),
            (maria, Command("start", "join-" + "2" * 27), Command("start", "nosuch")),
        ):
            here: list[tuple[float, str]] = []
            there: list[tuple[float, str]] = []
            for number in range(times):
                pair = ((one, here), (other, there))
                for event, took in pair if number % 2 else pair[::-1]:
                    began = time.perf_counter()
                    words = await self._answered(who, event)
                    took.append(
                        (
                            time.perf_counter() - began,
                            words.replace(event.argument[:10], "") if event.argument else words,
                        )
                    )
            self.report.held(f"{one}: unlike {other}", so={w for _, w in here} == {w for _, w in there})
            slower = 1000 * (statistics.median(t for t, _ in here) - statistics.median(t for t, _ in there))
            share = abs(slower) / 1000 / statistics.median(t for t, _ in there)
            self.report.held(f"{one.name}: {slower:.2f} ms slower", so=abs(slower) < 5 or share < 0.1)
            self.report.slower = max(self.report.slower, abs(slower))

    async def _answered(self, person: Person, event: Command) -> str:
        context = self.candor.context
        async with context.database.read() as read:
            a = Answering(context, read, person, self.now)
            await desk.receive(a, event)
        return "\n".join(str(render(reply, a.scene.locale, person.chat_id)[1]) for reply in a.replies)

    async def _count(self, person: Person, limit: limits.Limit) -> counters.Spent:
        async with self.candor.context.database.write() as write:
            return await limits.count(write, person.id, limit, self.now)

    async def _guess(self, times: int) -> list[str]:
        """Guess so many times at once, as replicas would; gives what was said."""
        person = await self._known(self.maria)
        context = self.candor.context

        async def one() -> str:
            async with context.database.read() as read:
                a = Answering(context, read, person, self.now)
                self.report.held("a wrong PIN was taken", so=not await pins.is_right(a, WRONG))
            return "\n".join(
                a.scene.locale.plain(reply.text)
                for reply in a.replies
                if hasattr(reply, "text") and reply.text
            )

        self.report.guesses += times
        return list(await asyncio.gather(*(one() for _ in range(times))))

    async def _right_pin(self, key: str) -> None:
        await self.maria.says("/export")
        await self.maria.says(PIN)
        shown = any("document" in m for m in self.maria.said_to_me)
        self.report.held(
            f"the right PIN opened what is locked ({key})", so=not shown and self.maria.heard(key)
        )
        self.report.held("a PIN stays in the chat", so=not any(text_of(m) == PIN for m in self.maria.chat))

    async def _restart(self) -> None:
        await self.candor.stop_bot()
        await self.candor.start_bot()

    async def _known(self, somebody: Somebody) -> Person:
        context = self.candor.context
        async with context.database.read() as read:
            found = await people.find(read, context.vault, somebody.id)
        assert found is not None
        return found

    async def _met(self, somebody: Somebody) -> Person:
        await somebody.says("/start")
        await somebody.presses("=en")
        await somebody.presses("=us")
        return await self._known(somebody)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.limits", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="SQLite only, 1,000 guesses")
    parser.add_argument(
        "--guesses", type=int, default=10_000, help="on SQLite; a fifth of them on PostgreSQL"
    )
    chosen = parser.parse_args()
    failed = False
    for kind in ("SQLite",) if chosen.quick else ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory(prefix="candor-limits-") as name, ExitStack() as stack:
            folder, url = Path(name), ""
            if kind == "PostgreSQL":
                make: Callable[[str], str] = stack.enter_context(postgresql(folder))
                url = make("limits")
            drill = Drill(folder / "data", url, 1000 if chosen.quick else chosen.guesses // (5 if url else 1))
            report = asyncio.run(drill.run())
        print(*sorted(set(report.wrong)), f"{report} | {kind}", sep="\n", flush=True)
        failed = failed or bool(report.wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
