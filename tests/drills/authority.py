"""T12, T13: `python -m tests.drills.authority`: everybody tries everything through every door.

First the matrix: each role, each action, each kind of object and each entrance, held against the table that decides.
Then the replays: whatever buttons staff ever saw, pressed by everybody else, as they are and altered.
"""

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.dialogs.event import Command, Event, Press
from bot.services import authority, conversation, desk, uses
from bot.services.authority import TABLE, Action, Whose
from bot.services.context import Answering
from bot.views.render import render
from storage import audit, tables
from storage.people import Person
from storage.staff import Grant
from tests.chat import Candor, buttons, says, text_of
from tests.drills.house import CAST, OBJECTS, House

ENTRANCES = ("command", "button", "link", "dialog")
CALLBACK = 64
DIALOGS = {
    *conversation.FINISH,
    *conversation.BUILD,
    "welcome",
    "consent",
    "registration",
    "query",
    "whatif",
    "checklist",
}
STAFF_WORDS = ("look.card", "lookup.profile", "staff.list", "staff.withdrawn", "staff.uninvited", "invite.made",
               "join.ask", "approval.list", "approval.approved", "approval.refused", "disputes.overview",
               "desk.text", "case.whole", "case.why", "case.taken", "ledger.text")  # fmt: skip
"""What only staff may ever read."""
OWNERLESS = ("lenders", "staff", "invites", "approvals", "shares", "accesses")
PERSONAL = tuple(t.name for t in tables.PERSONAL if t.name not in {"counters", "people", *OWNERLESS})


@dataclass
class Report:
    """What was tried, and what should not have been."""

    cells: int = 0
    denied: int = 0
    replays: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"T12 | cells {self.cells} | denied {self.denied} | T13 | replays {self.replays} | "
            f"refused with an audit row {self.refused} | wrong {len(self.wrong)} | {self.seconds:.1f} s"
        )


def event(entrance: str, action: str, argument: str) -> Event:
    match entrance:
        case "command":
            return Command(action, argument, 1)
        case "button":
            return Press(f"m|{action}|{argument}", 1, "1")
        case "link":
            return Command("start", f"{action}-{argument}", 1)
    return Press(f"d|{action}|1|={argument}", 1, "1")


def leads_somewhere(entrance: str, action: str, argument: str) -> bool:
    match entrance:
        case "command":
            return action in uses.USES or action in uses.WITH
        case "button":
            return action in (uses.WITH if argument else uses.USES)
        case "link":
            return action in uses.LINKS
    return action in DIALOGS


async def answer(house: House, person: Person, happened: Event) -> tuple[str, Answering]:
    """What somebody would be answered; nothing of it is stored."""
    async with house.context.database.read() as read:
        a = Answering(house.context, read, person, house.context.clock())
        await desk.receive(a, happened)
    shown = [render(reply, a.scene.locale, person.chat_id) for reply in a.replies]
    return "\n".join(f"{method} {payload}" for method, payload, *_ in shown), a


async def matrix(house: House, report: Report, chosen: Sequence[str] = tuple(Action)) -> None:
    """Try every cell."""
    for name, action, entrance in product(CAST, chosen, ENTRANCES):
        person = house.actors[name]
        held = [authority.EVERYBODY, *house.grants[name]]
        door = authority.enters(held, action)
        absent, nothing = await answer(house, person, event(entrance, "nonsense", ""))
        answers = {}
        for kind in OBJECTS:
            argument, whose = house.object(name, action, kind)
            happened = event(entrance, action, argument)
            report.cells += 1
            try:
                words, a = await answer(house, person, happened)
            except Exception as mistake:  # noqa: BLE001 - a cell that raises is a finding, not the end of the drill
                report.wrong.append(
                    f"{name}, {action}, {entrance}, {kind}: {type(mistake).__name__} {mistake}"
                )
                continue
            answers[kind] = _masked(words, argument)
            permitted = door and leads_somewhere(entrance, action, argument)
            permitted = permitted and (whose is None or _reached(held, action, whose, person))
            fault = _fault(
                house, door, permitted, entrance, action, whose, words, absent, a, len(nothing.writes)
            )
            report.denied += any(entry.result == audit.DENIED for entry in a.trail)
            if fault:
                report.wrong.append(f"{name}, {action}, {entrance}, {kind}: {fault}")
        _, whose = house.object(name, action, "other")
        if (
            whose is not None
            and not _reached(held, action, whose, person)
            and answers.get("other") != answers.get("absent")
        ):
            report.wrong.append(
                f"{name}, {action}, {entrance}: what is others' looks unlike what is not there"
            )


def _masked(words: str, argument: str) -> str:
    """Words without the names in them that were asked for: handles and codes, not numbers of a digit or two."""
    for part in argument.split():
        words = words.replace(part, "ARGUMENT") if len(part) >= 10 else words
    return words


def _reached(held: Sequence[Grant], action: str, whose: Whose, person: Person) -> bool:
    return any(authority._reaches(TABLE[Action(action)], grant, whose, person.id) for grant in held)


def _fault(
    house: House, door: bool, permitted: bool, entrance: str, action: str, whose: Whose | None, words: str, absent: str,
    a: Answering, as_absent: int,
) -> str:  # fmt: skip
    rows = [entry for entry in a.trail if entry.result == audit.DENIED]
    if not door:
        if words != absent:
            return f"denied looks unlike absent: {words[:90]!r}"
        if [entry.action for entry in rows] != [action] and entrance != "link":
            return f"{len(rows)} rows of denial"
        if a.told or a.work or len(a.writes) != as_absent:
            return "denied, and something would be written"
    if not permitted:
        if any(entry.result == audit.DONE for entry in a.trail) and action != "request":
            return "not permitted, and done all the same"
        for secret in ("0142", "4399", "monthly_income"):
            if secret in words:
                return "not permitted, and shown all the same"
    if permitted and whose is not None and words == absent:
        return "permitted, and refused"
    return ""


async def replays(house: House, report: Report, most: int, rng: random.Random) -> None:
    """Let staff walk about, and everybody else press what they saw."""
    seen = await _staff_walk(house)
    attackers = [
        house.chats[name] for name in CAST if name not in {"officer A", "admin A", "operator", "support"}
    ]
    ids = [
        house.actors[name].id for name in CAST if name not in {"officer A", "admin A", "operator", "support"}
    ]
    for attacker in attackers:
        await attacker.says("/help")
    before, rows = await _state(house, ids), await _denied(house)
    pressed = 0
    refused = 0
    for data in _altered(seen, rng):
        asked = [(who, await who.player.press(who.last["message_id"], data, stale=True)) for who in attackers]
        await house.candor.quiet()
        for who, query in asked:
            pressed += 1
            reply = await who.player.answer(query)
            refused += says(str(reply.get("text", "")), "dialog.unknown_button", who.language)
        if pressed >= most:
            break
    report.replays += pressed
    found = await _denied(house) - rows
    report.refused += found
    if found != refused:
        report.wrong.append(f"{refused} refused, {found} rows of denial")
    if await _state(house, ids) != before:
        report.wrong.append("something changed that is not the attackers' own")
    for name, who in zip((n for n in CAST if house.chats[n] in attackers), attackers, strict=True):
        mine = {"desk.text"} if authority.enters(house.grants[name], "desk") else set()
        for message, key in product(who.chat, STAFF_WORDS):
            if key not in mine and says(text_of(message), key, who.language):
                report.wrong.append(f"{name} was shown {key}")


async def _staff_walk(house: House) -> list[str]:
    """Let staff do their work; gives every callback they saw, and those that deep links would be."""
    maria, guest = house.maria.handle, house.guest.handle
    walks: Mapping[str, Sequence[str]] = {
        "officer A": (
            "/desk",
            f"/look {maria}",
            f"/look {maria} application",
            f"/request {house.juana.handle}",
            "/cases",
            f"/case {house.cases[house.a.id]}",
        ),
        "admin A": (
            "/desk",
            "/staff",
            "/cases",
            "/rules",
            "/ledger",
            f"/invite officer {guest}",
            f"/invite admin {guest}",
        ),
        "operator": ("/desk", "/staff", "/approvals", "/health", "/disputes", f"/invite support {guest}"),
        "support": ("/desk", f"/lookup {maria}", "/disputes", f"/disputes {house.dispute}"),
    }
    seen: set[str] = set()
    for name, words in walks.items():
        who = house.chats[name]
        for said in words:
            await who.says(said)
            for message in who.chat:
                seen |= {button["callback_data"] for button in buttons(message)}
                seen |= {f"m|accept|{code}" for code in re.findall(r"join-([0-9A-Z]{27})", text_of(message))}
    public = {"m|score|", "m|history|", "m|faq|", "m|consents|", "m|settings|", "m|help|"}
    return sorted(
        data for data in seen if data not in public and not data.startswith(("d|welcome", "d|consent"))
    )


def _altered(seen: Sequence[str], rng: random.Random) -> Iterator[str]:
    """Each as it is; then without end: a byte flipped, cut, filled to the longest, spliced."""
    yield from seen
    while True:
        data = rng.choice(seen)
        place = rng.randrange(len(data))
        flipped = data[:place] + chr((ord(data[place]) ^ 1 << rng.randrange(7)) or 1) + data[place + 1 :]
        other = rng.choice(seen)
        whole = rng.choice([data, flipped, data[:place], data.ljust(CALLBACK, rng.choice("|x0")),
                            data[:place] + other[place:], data.upper()])  # fmt: skip
        if whole.encode()[:CALLBACK]:
            yield whole.encode()[:CALLBACK].decode(errors="ignore")


async def _denied(house: House) -> int:
    async with house.context.database.read() as read:
        # an officer who may look but whom nobody agreed to is denied in the use itself, in words of its own
        officer = house.actors["officer B"].handle
        own = sa.and_(
            tables.audit.c.actor == officer, tables.audit.c.action == "look", tables.audit.c.reason != "-"
        )
        where = sa.and_(tables.audit.c.result == audit.DENIED, sa.not_(own))
        return int(await read.scalar(sa.select(sa.func.count()).select_from(tables.audit).where(where)) or 0)


async def _state(house: House, attackers: Sequence[int]) -> dict[str, list[Any]]:
    """Every row that is not an attacker's own."""
    found = {}
    async with house.context.database.read() as read:
        for table in tables.metadata.sorted_tables:
            if table.name in PERSONAL:
                chosen = sa.select(table).where(table.c.person_id.not_in(attackers))
            elif table.name in OWNERLESS:
                chosen = sa.select(table)
            elif table.name == "people":
                chosen = sa.select(table).where(table.c.id.not_in(attackers))
            else:
                continue
            found[table.name] = [
                tuple(row) for row in await read.execute(chosen.order_by(*table.primary_key.columns))
            ]
    return found


async def run(folder: Path, replayed: int, seed: int) -> Report:
    """Furnish a house and try everything in it."""
    began, report = time.monotonic(), Report()
    async with Candor(folder, callback_lifetime=36_000) as candor:
        house = House(candor)
        await house.furnish()
        await matrix(house, report)
        print(f"{report.cells} cells, wrong {len(report.wrong)}", flush=True)
        await replays(house, report, replayed, random.Random(seed))  # noqa: S311 - repeatable
    report.seconds = time.monotonic() - began
    return report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.authority", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the matrix, and 600 replays")
    parser.add_argument("--replays", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    most = 600 if chosen.quick else chosen.replays
    with tempfile.TemporaryDirectory(prefix="candor-authority-") as name:
        report = asyncio.run(run(Path(name), most, chosen.seed))
    print(*report.wrong[:40], report, sep="\n")
    return 1 if report.wrong or report.replays < most else 0


if __name__ == "__main__":
    sys.exit(main())
