"""`python -m bench`: a step of the conversation, beside a plain bot, on the same machine in one run."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.desk import TOKEN
from tests import unhurried

ROOT = Path(__file__).resolve().parent.parent
BOTS = {
    "candor": (sys.executable, "-m", "bot", "run"),
    "plain": (sys.executable, "-m", "bench.plain_bot"),
    "plain, per person": (sys.executable, "-m", "bench.plain_bot", "--per-person"),
}


class Desk:
    """The process with the Bot API and the people."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "bench.desk"),
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url = str(self._read()["url"])

    def do(self, name: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": name, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the desk has gone")
        return dict(json.loads(line))


class Bot:
    """One bot process, its CPU and its memory."""

    def __init__(self, name: str, desk: Desk, folder: Path) -> None:
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_"))}
        environ |= {"BOT_TOKEN": TOKEN, "BOT_API_URL": desk.url, "CANDOR_DATA": str(folder)}
        environ["CANDOR_CONFIG"] = unhurried.config(folder)  # a bench presses faster than anybody may
        self.began = time.time()
        with (folder / "bot.log").open("ab") as log:
            self._process = subprocess.Popen(BOTS[name], cwd=ROOT, env=environ, stdout=log, stderr=log)
        self._ps = psutil.Process(self._process.pid)

    @property
    def cpu(self) -> float:
        times = self._ps.cpu_times()
        return float(times.user + times.system)

    @property
    def rss(self) -> float:
        return float(self._ps.memory_info().rss) / 2**20

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)


@dataclass
class Figures:
    """What was measured of one bot, several times each."""

    cpu_ms: list[float] = field(default_factory=list)
    idle_rate: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    rss_start: list[float] = field(default_factory=list)
    rss_500: list[float] = field(default_factory=list)


class Bench:
    """One bot with a desk of its own, set up and ready to be measured."""

    def __init__(self, name: str, folder: Path, chosen: argparse.Namespace) -> None:
        self.name = name
        self.figures = Figures()
        self._folder, self._chosen = folder, chosen
        self._candor = name == "candor"
        self._desk = Desk()
        self._desk.do("people", count=chosen.people)
        self._bot = Bot(name, self._desk, folder)
        self._desk.do("first_poll")
        self._desk.do("enrol" if self._candor else "greet")

    def close(self) -> None:
        self._bot.stop()
        self._desk.close()

    def start(self) -> None:
        """Start over what is there, and go on with that process."""
        self._bot.stop()
        self._desk.do("forget")
        self._bot = Bot(self.name, self._desk, self._folder)
        self.figures.start.append(self._desk.do("first_poll")["at"] - self._bot.began)
        time.sleep(1)
        self.figures.rss_start.append(self._bot.rss)

    def warm(self) -> None:
        """Let 510 updates pass."""
        self._waiting(30, 1, 0.0)
        self.figures.rss_500.append(self._bot.rss)

    def cpu(self) -> None:
        before = self._bot.cpu
        done = self._waiting(self._chosen.people, self._chosen.rounds, 0.0)
        self.figures.cpu_ms.append(1000 * (self._bot.cpu - before) / done["updates"])
        self.figures.idle_rate.append(done["updates"] / done["seconds"])

    def closed(self) -> None:
        done = self._desk.do("closed", people=12, seconds=self._chosen.seconds, latency=self._chosen.latency)
        self.figures.closed.append(done["updates"] / done["seconds"])

    def waiting(self) -> None:
        # a thousand updates; one after the other, they would take the plain bot more than a minute
        done = self._waiting(12, 1 if self.name == "plain" else 5, self._chosen.latency)
        self.figures.waiting.append(done["updates"] / done["seconds"])

    def _waiting(self, people: int, rounds: int, latency: float) -> dict[str, Any]:
        done = self._desk.do("waiting", people=people, rounds=rounds, revisions=self._candor, latency=latency)
        return check(done)


def measure(names: list[str], chosen: argparse.Namespace) -> dict[str, Figures]:
    """Measure the bots in turns, so that whatever else the machine does meets them alike."""
    with ExitStack() as stack:
        benches = []
        for name in names:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            benches.append(Bench(name, folder, chosen))
            stack.callback(benches[-1].close)
        stages = ("start", "warm", "cpu", "closed", "waiting")
        for stage in stages:
            for number in range(1 if stage == "warm" else chosen.repeats):
                print(f"{stage}, {number + 1} of {chosen.repeats}", flush=True)
                for bench in benches:
                    getattr(bench, stage)()
        return {bench.name: bench.figures for bench in benches}


def check(done: dict[str, Any]) -> dict[str, Any]:
    if done["reached"] != done["expected"]:
        raise RuntimeError(f"{done['reached']} of {done['expected']} forms reached their end")
    return done


def middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else float("nan")


def show(results: dict[str, Figures]) -> None:
    rows = (
        ("CPU per update, always waiting, ms", "cpu_ms", "{:.2f}"),
        ("updates/s, always waiting, no latency", "idle_rate", "{:.0f}"),
        ("updates/s, 12 people, answering at once", "closed", "{:.0f}"),
        ("updates/s, 12 people, always waiting", "waiting", "{:.0f}"),
        ("seconds to the first getUpdates", "start", "{:.2f}"),
        ("RSS after the start, MB", "rss_start", "{:.0f}"),
        ("RSS after 500 updates, MB", "rss_500", "{:.0f}"),
    )
    names = list(results)
    print("\n| | " + " | ".join(names) + " | candor / plain |\n|---|" + "---:|" * (len(names) + 1))
    for label, attribute, form in rows:
        values = [middle(getattr(results[name], attribute)) for name in names]
        cells = []
        for name, value in zip(names, values, strict=True):
            every = getattr(results[name], attribute)
            spread = f" ({form.format(min(every))}–{form.format(max(every))})" if len(every) > 1 else ""
            cells.append(form.format(value) + spread)
        ratio = values[0] / values[1] if len(values) > 1 else float("nan")
        print(f"| {label} | " + " | ".join(cells) + f" | {ratio:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=list(BOTS), action="append", help="measure only these")
    parser.add_argument("--people", type=int, default=50, help="people always waiting (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="forms each of them fills in a measurement")
    parser.add_argument("--repeats", type=int, default=3, help="measurements of each figure")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the closed loop")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds added to each Bot API call")
    chosen = parser.parse_args()
    show(measure(chosen.only or list(BOTS), chosen))


if __name__ == "__main__":
    main()
