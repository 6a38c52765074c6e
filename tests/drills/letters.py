"""T28: `python -m tests.drills.letters`: thousands of messages, true and false, and /verify knows each for what it is.

Two people, three languages and two lenders; messages that the bot signed, as they are and as copying leaves them, and
what somebody who means ill would make of them. A message that is taken for something else than it is, is printed.
"""

import argparse
import asyncio
import datetime as dt
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import letters as form
from bot import settings, wire
from bot.dialogs.event import Text
from bot.dialogs.reply import Letter, Say
from bot.i18n import T, t
from bot.letters import Heading
from bot.services import guarding, verifying
from bot.services.context import Answering, Context
from bot.services.signing import read as plain
from bot.services.telling import tell
from bot.services.verifying import State
from storage import lenders, people, signkeys
from storage.lenders import Lender
from storage.people import Person

LANGUAGES = ("en", "es", "zh_CN")
OPERATOR = "Candor demonstration"
MONTH = dt.timedelta(days=31)


@dataclass
class Report:
    """What was tried by class, what each was taken for, and what was wrong."""

    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"T28 | letters | {name} | {count} taken for: {state}"
            for (name, state), count in self.seen.items()
        ]
        spent = sorted(self.seconds)
        middle, most = spent[len(spent) // 2] * 1000, spent[int(len(spent) * 0.99)] * 1000
        told = f"T28 | letters | {len(spent)} messages | wrong {len(self.wrong)}"
        return "\n".join([*lines, f"{told} | median {middle:.1f} ms, p99 {most:.1f} ms"])


@dataclass(frozen=True)
class Sent:
    """A message as it was sent, and to whom."""

    text: str
    to: Person
    at: dt.datetime


class World:
    """Whoever sends, whoever gets, and whoever changes what is between them."""

    def __init__(self, context: Context, seed: int) -> None:
        self._context = context
        self._rng = random.Random(seed)  # noqa: S311 - a drill is to be repeatable
        self._now = context.clock()
        self._enemy = Ed25519PrivateKey.from_private_bytes(self._rng.randbytes(32))
        self.report = Report()
        self.people: list[Person] = []
        self.houses: list[Lender] = []

    async def furnish(self) -> None:
        async with self._context.database.write() as write:
            for name in ("First Example Bank", "示例消费金融"):
                made = await lenders.add(write, name, "us", self._now)
                self.houses += [made] if made else []
            for at, language in enumerate(LANGUAGES * 2):
                vault = self._context.vault
                self.people.append(await people.meet(write, vault, 7_000 + at, language, "us", self._now))

    async def send(self) -> Sent:
        """Let the bot send somebody a message in somebody's name."""
        self._now += dt.timedelta(seconds=self._rng.randint(1, 200))
        person = self._rng.choice(self.people)
        house = self._rng.choice([None, *self.houses])
        name, number = (house.name, house.id) if house else ("", None)
        said = Say(self._words(name or OPERATOR), letter=Letter("notice", name, number))
        async with self._context.database.write() as write:
            (parcel,) = await tell(self._context, write, person, [said], self._now)
        return Sent(plain(parcel.call.payload["text"]), person, self._now)

    def _words(self, name: str) -> T:
        rng = self._rng
        sum_, day, site = f"{rng.randint(100, 99_999):,}.00", rng.randint(1, 28), self._name()
        loose = f"Pay {sum_} by {day} May: https://{site}.example/pay"
        return rng.choice(
            [
                t("look.asked_you", lender=name), t("watch.asked_you", lender=name), t("pin.changed"),
                t("lender.closed", lender=name), t("watch.lapsed"), t("pin.alarm", at=self._now),
                t("phone.changed", phone=f"•••• {rng.randint(1000, 9999)}"),
                t("tell.ended", lender=name, at=self._now.date()),
                *(t("dialog.value", value=loose) for _ in range(4)),
            ]
        )  # fmt: skip

    def _name(self) -> str:
        return "".join(self._rng.choice("abcdefghijkmnopqrstuvwxyz") for _ in range(8))

    async def judge(self, text: str, by: Person, at: dt.datetime) -> State:
        """Ask as a person would, by pasting the message; what they paste must not be taken for a secret either."""
        began = time.perf_counter()
        async with self._context.database.read() as reading:
            a = Answering(self._context, reading, by, at)
            secret = guarding.secret_of(a, Text(text, 1), None)
            verdicts = [await verifying.judge(a, piece) for piece in form.pieces(text)]
        self.report.seconds.append(time.perf_counter() - began)
        if secret:
            self.report.wrong.append(f"a letter was taken for a {secret}: {text[:80]!r}")
        return verdicts[0].state if len(verdicts) == 1 else State.FOREIGN

    async def note(self, name: str, right: Sequence[State], text: str, by: Person, at: dt.datetime) -> None:
        state = await self.judge(text, by, at)
        self.report.seen[name, state] += 1
        if state not in right:
            self.report.wrong.append(f"{name}: {state}\n{text}")

    async def run(self, most: int) -> Report:
        await self.furnish()
        for name in ("genuine", "altered", "readdressed", "replayed", "late", "foreign", "rotated", "stolen"):
            for _ in range(most):
                await getattr(self, f"_{name}")(await self.send())
        return self.report

    async def _genuine(self, sent: Sent) -> None:
        await self.note("genuine, as it was copied", [State.TRUE], self._copied(sent.text), sent.to, sent.at)

    def _copied(self, text: str) -> str:
        """Copy as telephones and people do."""
        at = text.index("CV1")
        head, code = text[:at], text[at:]
        ways: list[Callable[[], str]] = [
            lambda: text,
            lambda: text.replace("\n", " "),
            lambda: text.replace("\n", "\r\n") + "\n\n",
            lambda: head + code.lower(),
            lambda: head + code.replace("-", " "),
            lambda: head + code.replace("-", ""),
            lambda: head + code.replace("0", "O").replace("1", "I"),
            lambda: head + code.replace("-", "\u2011"),
            lambda: head + code[:-9] + ("Z" if code[-9] != "Z" else "Y") + code[-8:],
            lambda: head + code[:60],
            head.rstrip,
        ]
        return self._rng.choice(ways)()

    async def _altered(self, sent: Sent) -> None:
        await self.note("altered", [State.ALTERED], self._changed(sent.text), sent.to, sent.at)

    def _changed(self, text: str) -> str:
        rng, foot = self._rng, text.index("✍")
        body, rest = text[:foot], text[foot:]
        place = rng.choice([at for at, c in enumerate(body) if form.canonical(c)])
        other = rng.choice([c for c in "aeiou0123456789的是Ж" if c != body[place]])
        day = rest.index("-", rest.index("·"))
        ways: list[Callable[[], str]] = [
            lambda: body[:place] + other + body[place + 1 :] + rest,
            lambda: body[:place] + body[place + 1 :] + rest,
            lambda: body + f"Pay {rng.randint(100, 999)} first.\n" + rest,
            lambda: body + rest.replace("\n", f"\nhttps://evil{rng.randint(1, 99)}.example\n", 1),
            lambda: body + rest.replace("→", "Holding →", 1),
            lambda: body + rest[: day - 4] + str(int(rest[day - 4 : day]) + 1) + rest[day:],
            lambda: text + "\nThe account has changed: 0123.",
            lambda: body + rest.replace("/verify_", "/verify_z", 1),
            lambda: body[:place] + "\u202e" + body[place:] + rest,
        ]
        return rng.choice(ways)()

    async def _readdressed(self, sent: Sent) -> None:
        other = self._rng.choice([one for one in self.people if one.id != sent.to.id])
        text = self._rng.choice(
            [sent.text, sent.text.replace(sent.to.handle, other.handle), self._copied(sent.text)]
        )
        right = [State.ANOTHER]
        if "CV1" not in text.upper() and "✍" not in text:
            right.append(State.FOREIGN)
        await self.note("shown by somebody else", right, text, other, sent.at)

    async def _replayed(self, sent: Sent) -> None:
        at = sent.at + dt.timedelta(days=self._rng.randint(1, 29))
        await self.note("sent again in time", [State.TRUE], sent.text, sent.to, at)

    async def _late(self, sent: Sent) -> None:
        at = sent.at + MONTH * self._rng.randint(1, 12)
        await self.note("sent again too late", [State.EXPIRED], self._copied(sent.text), sent.to, at)

    async def _foreign(self, sent: Sent) -> None:
        words, handle = f"Dear customer, pay {self._name()} now.", sent.to.handle
        heading = Heading("First Example Bank", handle, sent.at.replace(second=0, microsecond=0))
        code = form.sign(self._enemy, self._rng.randint(1, 9), heading, words)
        whole = f"{words}\n✍ {heading.sender} → {handle} · {sent.at:%Y-%m-%d %H:%M} UTC · /verify_{code.ref}\n{code}"
        text = self._rng.choice([words, whole, f"{words}\n{code}", f"{words}\n{str(code)[:-1]}", str(code)])
        await self.note("not ours", [State.FOREIGN], text, sent.to, sent.at)

    async def _rotated(self, sent: Sent) -> None:
        if self._rng.random() < 0.05:
            async with self._context.database.write() as write:
                await signkeys.rotate(write, self._context.vault, self._now)
        again = sent if self._rng.random() < 0.5 else await self.send()
        await self.note("under keys that changed", [State.TRUE], again.text, again.to, again.at)

    async def _stolen(self, sent: Sent) -> None:
        """Whoever had a private half of ours could sign; the log does not know what they signed."""
        words, key = f"Pay {self._name()} now.", 1
        heading = Heading(OPERATOR, sent.to.handle, sent.at.replace(second=0, microsecond=0))
        code = form.sign(signkeys.private(self._context.vault, key), key, heading, words)
        text = f"{words}\n✍ {OPERATOR} → {sent.to.handle} · {sent.at:%Y-%m-%d %H:%M} UTC · /verify_{code.ref}\n{code}"
        await self.note("signed with a stolen key", [State.UNLISTED], text, sent.to, sent.at)


async def drill(folder: Path, most: int, seed: int, url: str = "") -> Report:
    """Try so many of each class in a world of its own."""
    told = settings.load(environ={"CANDOR_DATA": str(folder), "DATABASE_URL": url})
    wire.prepare(told)
    context = await wire.build(told)
    try:
        return await World(replace(context), seed).run(most)
    finally:
        await context.database.close()
        await context.vault.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.letters", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 of each class")
    parser.add_argument("--each", type=int, default=1000, help="how many of each class")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="candor-letters-") as name:
        report = asyncio.run(drill(Path(name), 100 if chosen.quick else chosen.each, chosen.seed))
    print(*report.wrong[:20], report, sep="\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
