"""T17, hostile files sent to the bot: `python -m tests.drills.uploads [--rounds N]`.

The bot runs in a process of its own against a Bot API of ours. A registered borrower sends it bombs, disguises, damaged
and endless files while another borrower goes on chatting. Each must be refused in words within two seconds, the bot may
grow by 50 MiB at most, a good file must still be read, and nothing of the bad ones may be left.
"""

import argparse
import asyncio
import contextlib
import gzip
import io
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot import settings, wire
from bot.channels.local import LocalBotApi, Person, Player
from storage import consents, people, uploads
from storage.people import Profile
from tests import unhurried
from tests.chat import says, text_of
from tests.storage.sample import decision

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "1:DRILL"
MIB = 2**20
MOST_SECONDS, MOST_GROWTH = 2.0, 50 * MIB
READY = 30.0
ROWS = b"2026-01-01,1\n"
GOOD = b"month,net\n2026-01,5000\n2026-02,5000\n2026-03,5100\n"


def _zip() -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("statement.csv", b"0" * 200 * MIB)
    return box.getvalue()


ATTACKS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "gzip bomb": ("statement.csv", lambda: gzip.compress(b"0" * 200 * MIB, 6), "file.wrong.packed"),
    "zip bomb": ("statement.csv", _zip, "file.wrong.spreadsheet"),
    "picture as csv": ("statement.csv", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * MIB, "file.wrong.picture"),
    "program as csv": ("statement.csv", lambda: b"\x7fELF" + os.urandom(MIB), "file.wrong.binary"),
    "too large": ("statement.csv", lambda: b"date,amount\n" + ROWS * 600_000, "file.too_large"),
    "endless rows": ("statement.csv", lambda: b"date,amount\n" + ROWS * 350_000, "file.wrong.long"),
    "endless columns": ("statement.csv", lambda: b"date,amount," + b"x," * 2_000_000, "file.wrong.wide"),
    "one cell": ("statement.csv", lambda: b"date,amount\n2026-01-01," + b"9" * 4_500_000, "file.wrong"),
    "open quote": ("statement.csv", lambda: b'date,amount\n"' + b"a\n" * 2_000_000, "file.wrong.quote"),
    "brackets": ("report.json", lambda: b"[" * 4_000_000, "file.wrong"),
    "deep report": ("report.json", lambda: b'{"report":' * 400_000, "file.wrong.json"),
    "huge number": (
        "pay.json",
        lambda: b'{"pay":[{"month":"2026-01","net":' + b"9" * 4_000_000 + b"}]}",
        "file.wrong",
    ),
    "not a number": ("statement.csv", lambda: b"date,amount\n2026-01-01,NaN\n", "file.wrong.amount"),
    "hanzi": (
        "statement.csv",
        lambda: (
            b"date,description,amount,balance\n"
            + b"".join(f"2026-01-01,{'工还信贷' * 30}{i},{i},1\n".encode() for i in range(5_100))
        ),
        "file.wrong.long",
    ),
    "random": ("notes.bin", lambda: os.urandom(2 * MIB), "file"),
    "nothing of ours": ("letter.txt", lambda: b"Dear bot,\nhow are you?\n", "file.unknown"),
}


@dataclass
class Report:
    """What the drill found."""

    seconds: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    sent: int = 0
    growth: int = 0
    neighbour: list[float] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.wrong and self.growth <= MOST_GROWTH

    def __str__(self) -> str:
        name, slowest = max(self.seconds.items(), key=lambda item: item[1])
        line = (
            f"T17 | {self.sent} hostile files of {len(self.seconds)} kinds to the bot | slowest refusal {slowest:.2f} s"
            f" ({name}) | RSS growth {self.growth / MIB:.0f} MiB | neighbour's slowest answer"
            f" {max(self.neighbour, default=0):.2f} s ({len(self.neighbour)} answers) | wrong {len(self.wrong)}"
        )
        return "\n".join([*self.wrong, line])


class Drill:
    """A Bot API of ours, a bot in a process of its own, a borrower with bad files and one without."""

    def __init__(self, folder: Path) -> None:
        self._environ = {"CANDOR_DATA": str(folder / "data"), "BOT_TOKEN": TOKEN}
        self._environ["CANDOR_CONFIG"] = unhurried.config(folder)
        self._log = folder / "bot.log"
        self._told = settings.load(environ=self._environ)
        self._api = LocalBotApi(TOKEN, people=())
        self.report = Report()

    async def run(self, rounds: int) -> Report:
        """Throw every attack so many times."""
        await asyncio.to_thread(wire.prepare, self._told)
        bad, calm = await self._seat(3001), await self._seat(3002)
        await self._api.start()
        bot = await self._start()
        try:
            await self._answered(bad, lambda: bad.say("/help"), within=READY)
            await self._answered(bad, lambda: bad.send_document("pay.csv", GOOD, "text/csv"))
            before = psutil.Process(bot.pid).memory_info().rss
            chatting = asyncio.create_task(self._chat(calm))
            for _ in range(rounds):
                for name, (file, make, key) in ATTACKS.items():
                    await self._attack(bad, name, file, make(), key)
            chatting.cancel()
            words, _ = await self._answered(bad, lambda: bad.send_document("pay.csv", GOOD, "text/csv"))
            if not says(words, "file.income", "en"):
                self.report.wrong.append(f"a good file was not read any more: {words}")
            self.report.growth = psutil.Process(bot.pid).memory_info().rss - before
        finally:
            with contextlib.suppress(ProcessLookupError):
                bot.terminate()
            await bot.wait()
            await self._api.stop()
        await self._check_nothing_is_left(bad)
        return self.report

    async def _attack(self, player: Player, name: str, file: str, data: bytes, key: str) -> None:
        words, seconds = await self._answered(player, lambda: player.send_document(file, data, "text/csv"))
        self.report.sent += 1
        self.report.seconds[name] = max(seconds, self.report.seconds.get(name, 0.0))
        known = key in {"file", "file.wrong"} or says(words, key, "en")
        if seconds > MOST_SECONDS or not known or says(words, "sorry.text", "en"):
            self.report.wrong.append(f"{name}: {seconds:.2f} s, {words[:200]!r}")

    async def _answered(
        self, player: Player, act: Callable[[], object], within: float = 15.0
    ) -> tuple[str, float]:
        """Do something and wait for the bot's word on it; gives the word, and the seconds it took."""
        seen = max((message["message_id"] for message in player.messages()), default=0)
        began = time.perf_counter()
        sent = await act()  # type: ignore[misc]  # an act of a player is awaited
        async with asyncio.timeout(within):
            while True:
                news = [
                    m
                    for m in player.messages()
                    if m["message_id"] > max(seen, int(sent)) and m["from"]["is_bot"]
                ]
                if news:
                    return text_of(news[0]), time.perf_counter() - began
                await asyncio.sleep(0.01)

    async def _chat(self, player: Player) -> None:
        while True:
            _, seconds = await self._answered(player, lambda: player.say("/about"))
            self.report.neighbour.append(seconds)
            await asyncio.sleep(0.2)

    async def _seat(self, chat_id: int) -> Player:
        context = await wire.build(self._told)
        async with context.database.write() as write:
            person = await people.meet(write, context.vault, chat_id, "en", "us", context.clock())
            who = Profile("Maria", "+12025550142", f"{chat_id:09d}")
            await people.register(write, context.vault, person, who, context.clock())
            receipts = {"score": "3", "consumption": "4"}
            made = [
                decision(purpose, at=context.clock(), receipt=f"00000000-0000-4000-8000-{number * 12}")
                for purpose, number in receipts.items()
            ]
            await consents.record(write, person, made)
        await context.database.close()
        await context.vault.close()
        return self._api.add_person(Person(chat_id, "Maria", phone="+12025550142"), started=True)

    async def _start(self) -> asyncio.subprocess.Process:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
        environ = {**keep, **self._environ, "BOT_API_URL": self._api.url}
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=ROOT, env=environ, stdout=log, stderr=log
            )

    async def _check_nothing_is_left(self, player: Player) -> None:
        context = await wire.build(self._told)
        async with context.database.read() as read:
            person = await people.find(read, context.vault, player.person.id)
            assert person is not None
            held = await uploads.every(read, person)
        await context.database.close()
        await context.vault.close()
        if [(one.kind, one.state) for one in held] != [("pay", uploads.ASKED)]:
            self.report.wrong.append(f"left: {[(one.kind, one.state) for one in held]}")
        log = self._log.read_text(encoding="utf-8", errors="replace")
        if TOKEN in log or "Traceback" in log:
            self.report.wrong.append(f"the log holds the token or a mistake of ours: {log[-500:]}")


def main() -> int:
    """Run the drill; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(Drill(Path(folder)).run(1 if options.quick else options.rounds))
    print(report)
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
