"""The other side of the bench: the local Bot API and the people, in a process of their own.

Reads one JSON command a line and answers with one JSON line, so that only the bot's own work is counted as the bot's.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

from bench.form import FORM
from bot.channels.local import LocalBotApi, Person, Player
from bot.channels.local.params import Call
from tests.reading import datas, text_of
from tests.walker import Walker

TOKEN = "1:BENCH"
ROUND = len(FORM) + 2
"""Updates in one round: /score, the answers, /cancel."""


class Filler:
    """Somebody who fills in the form again and again."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.position = -1  # the question last answered; -1: /score is to come
        self.sent = 0
        self._mark = 0

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What the bot has said since this person last did something."""
        return [m for m in self.player.messages() if m["from"]["is_bot"] and m["message_id"] > self._mark]

    async def step(self) -> bool:
        """Do what the chat calls for; False while there is nothing to do."""
        if self.position == -1:
            return await self._do(say="/score", then=0)
        words = [text_of(m) for m in self.shown]
        if self.position == len(FORM):
            if not any("=confirm" in d or d == "confirm" for m in self.shown for d in datas(m)):
                return False
            return await self._do(say="/cancel", then=len(FORM) + 1)
        if self.position > len(FORM):
            return bool(words) and await self._do(say="/score", then=0)
        field = FORM[self.position]
        head = f"{self.position + 1}/{len(FORM)} "
        asked = next((m for m in self.shown if head in text_of(m)), None)
        if asked is None:
            return False
        if not field.buttons:
            return await self._do(say=field.answer, then=self.position + 1)
        data = next(d for d in datas(asked) if d.rpartition("=")[2] == field.answer)
        self._mark = asked["message_id"] - 1  # the message may become the next question
        self.position += 1
        self.sent += 1
        await self.player.press(asked["message_id"], data)
        return True

    async def _do(self, say: str, then: int) -> bool:
        self.position = then
        self.sent += 1
        self._mark = max((m["message_id"] for m in self.player.messages()), default=0)
        await self.player.say(say)
        return True

    async def queue(self, *, revisions: bool) -> int:
        """Put a whole round in the queue at once; the number of updates. `revisions`: Candor's button data."""
        await self.player.say("/score")
        under = max(m["message_id"] for m in self.player.messages() if m["from"]["is_bot"])
        for position, field in enumerate(FORM, 1):
            if field.buttons:
                data = f"d|query|{position}|={field.answer}" if revisions else field.answer
                await self.player.press(under, data, stale=True)
            else:
                await self.player.say(field.answer)
        await self.player.say("/cancel")
        return ROUND


class Desk:
    """The commands."""

    def __init__(self) -> None:
        self.api = LocalBotApi(TOKEN, people=(), callback_lifetime=36_000, fault=self._notice)
        self.players: list[Player] = []
        self._news: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def people(self, count: int) -> dict[str, Any]:
        for n in range(len(self.players), count):
            person = Person(1000 + n, "Maria", language_code="en", phone=f"+120255501{n % 100:02d}")
            self.players.append(self.api.add_person(person))
        return {}

    async def greet(self) -> dict[str, Any]:
        """Let a plain bot know everybody: one answered /score and /cancel each."""
        for player in self.players:
            await player.say("/score")
            await player.say("/cancel")
        await self.api.idle(within=120)
        return {}

    async def enrol(self) -> dict[str, Any]:
        """Take everybody through Candor's welcome, consents and registration to the first question."""
        walkers = [Walker(p, "us", n + 1, seed=n) for n, p in enumerate(self.players)]
        waiting = list(walkers)
        async with asyncio.timeout(60):
            while waiting:
                for walker in waiting:
                    if "pin" not in walker.diary.registration:
                        await walker.step()
                waiting = [w for w in waiting if "pin" not in w.diary.registration]
                await asyncio.sleep(0.01)
            await self.api.idle(within=60)
        for player in self.players:
            await player.say("/cancel")
        await self.api.idle(within=60)
        return {}

    async def waiting(self, *, people: int, rounds: int, revisions: bool, latency: float) -> dict[str, Any]:
        """Queue whole rounds and time until the last call is done; counts what was reached."""
        self.api.latency = latency
        chosen = [Filler(player) for player in self.players[:people]]
        started, summaries = time.time(), self._summaries()
        updates = 0
        for _ in range(rounds):
            for filler in chosen:
                updates += await filler.queue(revisions=revisions)
        await self.api.idle(quiet=0.5, within=600)
        ended = max(call.at for call in self.api.log if call.method != "getUpdates") + latency
        reached = self._summaries() - summaries
        self.api.latency = 0.0
        return {
            "updates": updates,
            "seconds": ended - started,
            "reached": reached,
            "expected": people * rounds,
        }

    async def closed(self, people: int, seconds: float, latency: float) -> dict[str, Any]:
        """Let people answer as soon as they see a question."""
        self.api.latency = latency
        chosen = [Filler(player) for player in self.players[:people]]
        started = time.time()

        async def live(filler: Filler) -> None:
            while time.time() < started + seconds:
                if not await filler.step():
                    news = self._news[filler.player.person.id]
                    news.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), 1.0)

        await asyncio.gather(*(live(filler) for filler in chosen))
        ended = time.time()
        updates = sum(f.sent for f in chosen)
        await self.api.idle(quiet=0.5, within=60)
        self.api.latency = 0.0
        for filler in chosen:
            if filler.position <= len(FORM):
                await filler.player.say("/cancel")
        await self.api.idle(within=60)
        return {"updates": updates, "seconds": ended - started}

    async def first_poll(self) -> dict[str, Any]:
        """When the bot first asked for updates; waits for it."""
        async with asyncio.timeout(60):
            while (at := next((c.at for c in self.api.log if c.method == "getUpdates"), None)) is None:
                await asyncio.sleep(0.005)
        return {"at": at}

    async def forget(self) -> dict[str, Any]:
        """Forget the calls so far."""
        self.api.log.clear()
        return {}

    def _notice(self, call: Call) -> None:
        """Wake whoever a call is about; it takes effect before they look."""
        if "chat_id" in call.values:
            self._news[int(str(call.values["chat_id"]))].set()

    def _summaries(self) -> int:
        return sum(
            any("=confirm" in d or d == "confirm" for d in datas(m))
            for p in self.players
            for m in p.messages()
        )


async def main() -> None:
    desk = Desk()
    await desk.api.start()
    print(json.dumps({"url": desk.api.url}), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        answer = await getattr(desk, command.pop("do"))(**command)
        print(json.dumps(answer), flush=True)
    await desk.api.stop()


if __name__ == "__main__":
    asyncio.run(main())
