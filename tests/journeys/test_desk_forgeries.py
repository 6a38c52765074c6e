"""Every button of the support desk, forged: by every role, for what is another's, is gone, or never was."""

import itertools
import random
from typing import Any

import pytest
import sqlalchemy as sa

from storage import bulletins, payments, tables
from storage.bulletins import Words
from tests.chat import Candor, Somebody, says, text_of
from tests.journeys.staffed import known, lender, serves
from tests.journeys.test_scams import FEE
from tests.journeys.test_tickets import asks, newcomer

NUMBERS = ("1", "2", "99", "-1", "٣", "1e3", "0x1", "999999999999999", "9" * 40, "", "1 ", "ab")
VERBS = {
    "ticket": (
        "", "look", "look.9999", "answer", "canned", "canned.score_why.send", "canned.nothing.send", "note", "assign",
        "assign.me", "assign.free", "assign.ABCDEFGHJK", "priority.0", "priority.7", "close.answered", "close.solved",
        "reopen", "files", "scam", "leave", "nonsense",
    ),
    "mytickets": ("solved", "reopen", "good", "bad", "", "nonsense"),
    "reports": ("", "yes.phishing", "yes.nothing", "marks.phishing", "no", "which", "as.phishing", "as.nothing"),
    "bulletins": ("", "ask", "change", "drop", "yes", "no", "stop", "nonsense"),
    "refund": ("", "yes", "no", "nonsense"),
    "payback": ("",),
}  # fmt: skip
OTHERS = (
    "tickets|all.9999", "tickets|x.y", "topic|nothing", "topic|paid_scammer.near", "rate|score.good", "rate|x.bad",
    "pay|ask", "pay|yes.1", "pay|yes.99999", "warnings|bulletin.on", "warnings|x.on", "faq|x.999", "faq|score.999",
    "ask|scam", "ask|x", "bot|", "report|", "refunds|", "paysupport|", "lender|#1", "lender|#999999999999999999",
    "lender|x", "stars|1.5", "stars|1.9", "verify|7k2m9qx4td", "verify|", "scam|new", "scam|x", "glossary|x",
    "meaning|", "enquiries|", "feedback|", "erasure|1", "decide|1", "talk|1", "ticketnote|1", "sendback|1",
)  # fmt: skip
FORGED = tuple(
    f"m|{name}|{'.'.join(part for part in (number, verb) if part)}"
    for name, verbs in VERBS.items()
    for number, verb in itertools.product(NUMBERS, verbs)
    if len(verb.split(".")) < 3 or number in {"1", "2", "99"}
) + tuple(f"m|{each}" for each in OTHERS)
"""Each number with each verb, and whatever else the desk has buttons for."""
WATCHED = (
    tables.tickets, tables.ticket_lines, tables.reports, tables.clusters, tables.bulletins, tables.payments,
    tables.ratings, tables.staff,
)  # fmt: skip


async def world(candor: Candor) -> Somebody:
    """A ticket, a report, a warning that waits and a paid check, all Maria's or Sam's."""
    sam, maria = await serves(candor.person(), "support"), await asks(await newcomer(candor))
    await maria.forwards(FEE["en"])
    await maria.presses("m|report|")
    now = candor.context.clock()
    async with candor.context.database.write() as write:
        texts = {one: Words("Beware.", "Pay first.") for one in ("en", "es", "zh_CN")}
        made = await bulletins.draft(write, "phishing", texts, (await known(sam)).handle, now)
        await bulletins.move(write, made.id, "draft", state="asked")
        await payments.offer(write, await known(maria), "token", 25, now)
        await payments.take(write, 1, "charge", now)
    await lender(candor)
    return maria


async def rows(candor: Candor) -> dict[str, list[Any]]:
    async with candor.context.database.read() as read:
        return {table.name: [tuple(row) for row in await read.execute(sa.select(table))] for table in WATCHED}


AT_ONCE = 220
"""Of them, so many for each role."""


@pytest.mark.parametrize("role", ["", "officer", "admin", "marketer", "regulator"])
async def test_who_does_not_serve_changes_nothing_and_sees_nothing(candor: Candor, role: str) -> None:
    await world(candor)
    house = await lender(candor, "Second Bank") if role in {"officer", "admin"} else None
    eve = await serves(candor.person(name="Eve"), role, house) if role else await newcomer(candor)
    before, mark = await rows(candor), len(eve.chat)
    for data in random.Random(role).sample(FORGED, AT_ONCE):  # noqa: S311 - nothing secret
        query = await eve.player.press(eve.chat[-1]["message_id"], data[:64], stale=True)
        await candor.quiet()
        assert await eve.player.answer(query) is not None, data
    shown = " ".join(text_of(one) for one in eve.chat[mark:])
    assert await rows(candor) == before
    assert "Why did my score fall" not in shown
    assert "processing fee" not in shown
    assert not eve.sees("sorry.text")


@pytest.mark.parametrize("role", ["support", "operator"])
async def test_who_serves_is_answered_whatever_they_press(candor: Candor, role: str) -> None:
    await world(candor)
    sue = await serves(candor.person(name="Sue"), role)
    await sue.says("/cancel")
    await asks(sue)
    for data in random.Random(role).sample(FORGED, AT_ONCE):  # noqa: S311 - nothing secret
        query = await sue.player.press(sue.chat[-1]["message_id"], data[:64], stale=True)
        await candor.quiet()
        assert await sue.player.answer(query) is not None, data
        assert not says(text_of(sue.last), "sorry.text", "en"), data
    async with candor.context.database.read() as read:
        own = sa.select(tables.tickets.c.assignee).where(tables.tickets.c.person_id == (await known(sue)).id)
        assert set(await read.scalars(own)) == {None}, "nobody works on their own"
    candor.api.log.clear()  # money of nobody is not given back
