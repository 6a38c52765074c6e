"""A person's rights: everything about them as a file, or everything gone. Both ask for the PIN first."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.dialogs.reply import Document, NoKeyboard, Say
from bot.dialogs.step import Answer
from bot.i18n import t
from bot.services import secrets
from bot.services.context import Answering
from bot.services.conversation import finishes, start
from storage import people, rights


async def ask_export(a: Answering) -> None:
    """Ask for the PIN, or go ahead where none was chosen yet."""
    await _ask(a, "export", _export)


async def ask_delete(a: Answering) -> None:
    """Say what will be gone and ask for the PIN."""
    await _ask(a, "delete", _delete)


@finishes("export")
async def export(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Send everything once the PIN is right."""
    if await _pin_is_right(a, str(answers["pin"])):
        await _export(a)


@finishes("delete")
async def delete(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Erase everything once the PIN is right."""
    if await _pin_is_right(a, str(answers["pin"])):
        await _delete(a)


async def _ask(a: Answering, purpose: str, act: Callable[[Answering], Awaitable[None]]) -> None:
    if a.person.registered:
        start(a, purpose)
    else:
        await act(a)


async def _export(a: Answering) -> None:
    everything = await rights.export(a.read, a.person)
    content = json.dumps(everything, ensure_ascii=False, indent=2, default=_plain).encode()
    a.say(Document(f"candor-{a.now:%Y-%m-%d}.json", content, t("export.here")))


async def _delete(a: Answering) -> None:
    a.write(rights.forget, a.person)
    a.settled = True
    a.say(Say(t("delete.done"), NoKeyboard()))


async def _pin_is_right(a: Answering, pin: str) -> bool:
    """Check a PIN. The attempt is spent and committed before the PIN is looked at, so that no race gives a free one."""
    config = a.context.settings.config.registration
    lock = dt.timedelta(minutes=config.pin_lock_minutes)
    async with a.context.database.write() as write:
        allowed = await people.spend_attempt(write, a.person.id, config.pin_attempts, lock, a.now)
    if not allowed:
        a.say(Say(t("pin.locked", minutes=config.pin_lock_minutes)))
        return False
    hashed = await people.pin_hash(a.read, a.person)
    if hashed is None or not await secrets.check_pin(a.context.vault, pin, hashed):
        a.say(Say(t("pin.wrong")))
        return False
    a.write(people.forgive_attempts, a.person.id)
    return True


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"not JSON: {type(value).__name__}")
