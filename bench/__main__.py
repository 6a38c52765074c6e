"""`python -m bench`: a step of the conversation, beside a plain bot, on the same machine in one run."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.desk import TOKEN

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


@contextmanager
def running() -> Iterator[tuple[Desk, Path]]:
    desk = Desk()
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield desk, Path(folder)
        finally:
            desk.close()


def measure(name: str, chosen: argparse.Namespace) -> Figures:
    """Measure one bot against a fresh desk."""
    figures, candor = Figures(), name == "candor"
    with running() as (desk, folder):
        desk.do("people", count=chosen.people)
        bot = Bot(name, desk, folder)
        desk.do("first_poll")
        desk.do("enrol" if candor else "greet")
        bot.stop()
        for _ in range(chosen.repeats):  # starts over what is there
            desk.do("forget")
            bot = Bot(name, desk, folder)
            figures.start.append(desk.do("first_poll")["at"] - bot.began)
            time.sleep(1)
            figures.rss_start.append(bot.rss)
            bot.stop()
        bot = Bot(name, desk, folder)
        queue = {"revisions": candor, "latency": 0.0}
        check(desk.do("waiting", people=30, rounds=1, **queue))  # 510 updates, and the warm-up
        figures.rss_500.append(bot.rss)
        for _ in range(chosen.repeats):
            before = bot.cpu
            done = check(desk.do("waiting", people=chosen.people, rounds=chosen.rounds, **queue))
            figures.cpu_ms.append(1000 * (bot.cpu - before) / done["updates"])
            figures.idle_rate.append(done["updates"] / done["seconds"])
        for _ in range(chosen.repeats if candor else 1):
            done = desk.do("closed", people=12, seconds=chosen.seconds, latency=chosen.latency)
            figures.closed.append(done["updates"] / done["seconds"])
        for _ in range(chosen.repeats if candor else 1):
            rounds = 5 if name != "plain" else 2  # alone at 17 updates a second, a thousand take a minute
            done = check(
                desk.do("waiting", people=12, rounds=rounds, revisions=candor, latency=chosen.latency)
            )
            figures.waiting.append(done["updates"] / done["seconds"])
        bot.stop()
    return figures


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
    results = {}
    for name in chosen.only or BOTS:
        print(f"measuring {name} ...", flush=True)
        results[name] = measure(name, chosen)
    show(results)


if __name__ == "__main__":
    main()
