"""Journeys with fraud warnings in them: people who subscribed, and support that writes."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot import wire
from bot.services.context import Context
from storage import bulletins, people, subscriptions, tables
from storage.people import Person
from tests.chat import Candor, Somebody, text_of
from tests.journeys.staffed import COUNTRIES, LANGUAGES, known, serves

TEXT = {
    "zh_CN": "最近有人冒充客服，说账户被冻结，要先打钱。不要打。",
    "en": "Callers say that your account is frozen. Do not pay.",
    "es": "Llaman para decir que su cuenta está congelada. No pague.",
}
EXAMPLE = {
    "zh_CN": "您的账户已冻结，请打钱到 6222000011112222，网址 jiedong-kuai.top",
    "en": "Your loan is frozen, pay to 4455667788 at unlock-now.example or write to @quickhelp",
    "es": "Su préstamo está congelado, pague en la cuenta 4455667788, liberar-ya.example",
}
MONDAY = dt.datetime(2026, 11, 23, 17, 30, tzinfo=dt.UTC)
"""Half past eleven in Mexico, half past ten for whoever has no zone, half past one at night in Shanghai."""


def still(folder: Path, url: str) -> Candor:
    """A Candor whose clock stands still, so that only what a test asks for is ever sent."""
    candor, now = Candor(folder, url), wire.now()
    candor.clock = lambda: now
    return candor


async def comes(candor: Candor, language: str = "en", *wanted: str) -> Somebody:
    """Somebody new, who subscribes to what is named."""
    somebody = await candor.person(language=LANGUAGES[language]).says("/start")
    await somebody.presses(f"={somebody.language}")
    await somebody.presses(f"={COUNTRIES[language]}")
    await somebody.says("/cancel")
    for kind in wanted:
        await somebody.says("/warnings")
        await somebody.presses(f"{kind}.on")
    return somebody


async def composes(author: Somebody) -> bulletins.Bulletin:
    """Write a warning in every language, and send it for approval."""
    await author.says("/bulletin")
    await author.presses("=unfreeze")
    for language in author.candor.context.settings.config.bot.languages:
        await author.says(TEXT[language])
        await author.says(EXAMPLE[language])
    await author.presses("=show")
    one = await newest(author.candor)
    await author.presses(f"{one.id}.ask")
    return await newest(author.candor)


async def newest(candor: Candor) -> bulletins.Bulletin:
    """The last warning that was written."""
    async with candor.context.database.read() as read:
        return (await bulletins.listed(read, bulletins.STATES, 1))[0]


async def approved(candor: Candor) -> bulletins.Bulletin:
    """A warning that is about to go out."""
    author, other = (
        await serves(candor.person(name="Ann"), "support"),
        await serves(candor.person(), "operator"),
    )
    one = await composes(author)
    await other.presses(f"m|bulletins|{one.id}")
    await other.presses(f"{one.id}.yes")
    return await newest(candor)


def at(candor: Candor, now: dt.datetime) -> Context:
    """The bot at another time."""
    return dataclasses.replace(candor.context, clock=lambda: now)


def warned(somebody: Somebody) -> list[dict[str, Any]]:
    """The warnings that somebody has, signed."""
    return [
        m
        for m in somebody.chat
        if m["from"]["is_bot"] and "forward_origin" not in m
        if TEXT[somebody.language][:12] in text_of(m) and "/verify_" in text_of(m)
    ]


def tipped(somebody: Somebody) -> list[dict[str, Any]]:
    """The tips that somebody has."""
    return [m for m in somebody.chat if text_of(m).startswith("💡")]


async def waiting(candor: Candor) -> list[Any]:
    """What waits in the outbox."""
    outbox = tables.outbox
    async with candor.context.database.read() as read:
        return list(await read.execute(select(outbox).where(outbox.c.state == "waiting")))


async def wants(somebody: Somebody, kind: str, now: dt.datetime) -> None:
    """Let somebody have subscribed at a time."""
    context = somebody.candor.context
    async with context.database.write() as write:
        await subscriptions.put(write, await known(somebody), kind, now)


async def made(context: Context, count: int) -> list[Person]:
    """People whom we know, and who are warned; nobody of them ever looks."""
    found = []
    async with context.database.write() as write:
        for number in range(count):
            person = await people.meet(write, context.vault, 900_000 + number, "en", "us", context.clock())
            await subscriptions.put(write, person, subscriptions.BULLETIN, context.clock())
            found.append(person)
    return found
