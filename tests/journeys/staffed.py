"""Journeys with staff in them: lenders, and people with a role there, without the road by which they got it."""

import json
from typing import Any

from storage import lenders, people, staff
from storage.lenders import Lender
from storage.people import Person
from tests.chat import Candor, Somebody

LANGUAGES = {"zh_CN": "zh-hans", "en": "en-GB", "es": "es-419"}
COUNTRIES = {"zh_CN": "cn", "en": "us", "es": "mx"}


async def lender(candor: Candor, name: str = "First Bank", country: str = "us") -> Lender:
    """Enter a lender."""
    context = candor.context
    async with context.database.write() as write:
        made = await lenders.add(write, name, country, context.clock())
    assert made is not None
    return made


async def serves(somebody: Somebody, role: str, at: Lender | None = None) -> Somebody:
    """Give somebody who has just come a role."""
    context = somebody.candor.context
    await somebody.says("/start")
    await somebody.presses(f"={somebody.language}")
    await somebody.presses("=us" if at is None else f"={at.country}")
    person = await known(somebody)
    async with context.database.write() as write:
        await staff.give(write, person, role, at.id if at else None, "shell", context.clock())
    return somebody


async def scored(candor: Candor, language: str = "en", country: str = "us") -> Somebody:
    """Somebody with a score."""
    somebody = await candor.person(language=LANGUAGES[language]).enrols(country)
    await somebody.answers()
    return await somebody.gets_score()


async def known(somebody: Somebody) -> Person:
    """What the database holds of a person's row."""
    context = somebody.candor.context
    async with context.database.read() as read:
        found = await people.find(read, context.vault, somebody.id)
    assert found is not None
    return found


def files(somebody: Somebody, named: str = "candor-receipt-") -> list[dict[str, Any]]:
    """What the files of a name in the chat say, oldest first."""
    world = somebody.candor.api._world.files
    found = []
    for message in somebody.chat:
        if message.get("document", {}).get("file_name", "").startswith(named):
            file = world.find(message["document"]["file_id"])
            assert file is not None
            found.append(json.loads(world.read(file)))
    return found
