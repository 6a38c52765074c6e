"""Killed at random moments, the bot loses nothing, does nothing twice, and goes on where each person was."""

import itertools
from pathlib import Path

from bot.channels.local import Fault, flood
from bot.channels.local.params import Call
from tests.drills.kill import Drill
from tests.drills.ledger import SENDS, Report


async def test_kills_lose_nothing_on_sqlite(tmp_path: Path) -> None:
    held(await Drill(tmp_path, crowd=5, seed=11).run(6, further=6))


async def test_kills_lose_nothing_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    held(await Drill(tmp_path, postgresql_url, crowd=4, seed=12).run(4, further=8))


async def test_a_server_in_trouble_loses_nothing(tmp_path: Path) -> None:
    drill = Drill(tmp_path, crowd=4, seed=13)
    faults = itertools.cycle([Fault(502, "Bad Gateway"), Fault(drop=True), Fault(drop=True, after=True)])
    calls = struck = unknown = 0

    def trouble(call: Call) -> Fault | None:
        nonlocal calls, struck, unknown
        calls += 1
        if calls % 8 or not call.method.startswith(("send", "edit", "answer", "delete")):
            return None
        fault = next(faults)
        struck += 1
        unknown += fault.after and call.method in SENDS  # it arrived, and the bot had no word of it
        return fault

    drill.trouble = trouble
    report = await drill.run(0, further=15)
    assert struck >= 6
    assert report.repeated == unknown
    report.most_repeated = 0
    held(report)


async def test_a_chat_told_to_wait_waits_alone(tmp_path: Path) -> None:
    drill = Drill(tmp_path, crowd=3, seed=14)
    slow, quick = (walker.player.person.id for walker in drill.walkers[:2])
    floods: list[float] = []

    def trouble(call: Call) -> Fault | None:
        now = drill.api.log[-1].at
        asked = call.method == "sendMessage" and call.integer("chat_id") == slow
        if asked and len(floods) < 2 and (not floods or now - floods[-1] > 1.0):
            floods.append(now)
            return flood(1)
        return None

    drill.trouble = trouble
    held(await drill.run(0, further=12))
    assert len(floods) == 2
    calls = [(c.at, c.method, int(str(c.params.get("chat_id", 0)))) for c in drill.api.log]
    for told in floods:
        within = [(method, chat) for at, method, chat in calls if told < at < told + 0.95]
        assert ("sendMessage", slow) not in within, "called again before its time"
    assert ("sendMessage", quick) in [(m, c) for at, m, c in calls if floods[0] < at < floods[0] + 0.95]


def held(report: Report) -> None:
    assert report.clean, str(report)
    assert report.answers > 20
