"""A person's rights: everything about them as a file, or everything gone. Both ask for the PIN first."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from bot.dialogs.proof import YES
from bot.dialogs.reply import Document, NoKeyboard, Say
from bot.dialogs.step import Answer
from bot.i18n import Span, t
from bot.services import secrets
from bot.services.context import Answering
from bot.services.conversation import finishes, start
from bot.views.menus import HOME
from storage import pins, rights

PROOF_KEPT = dt.timedelta(days=3 * 365)
"""How long we can prove that somebody was erased: a handle and a date, nothing else."""


async def ask_export(a: Answering) -> None:
    """Ask for the PIN, or go ahead where none was chosen yet: there is little to show then."""
    if a.person.registered:
        start(a, "export", {"pin": True})
    else:
        await _export(a)


async def ask_delete(a: Answering) -> None:
    """Say what will be gone, and ask for the PIN or at least for a second thought."""
    start(a, "delete", {"pin": a.person.registered})


@finishes("export")
async def export(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Send everything once the PIN is right."""
    if await _pin_is_right(a, str(answers["pin"])):
        await _export(a)


@finishes("delete")
async def delete(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Erase everything once the PIN is right, or the person is sure."""
    sure = await _pin_is_right(a, str(answers["pin"])) if of["pin"] else answers["sure"] == YES
    if sure:
        a.write(rights.forget, a.person, a.now, a.now + PROOF_KEPT)
        a.settled = a.erased = True
        a.say(Say(t("delete.done"), NoKeyboard()))
    elif not of["pin"]:
        a.say(Say(t("delete.kept"), HOME))


async def _export(a: Answering) -> None:
    everything = await rights.export(a.read, a.person)
    content = json.dumps(everything, ensure_ascii=False, indent=2, default=_plain).encode()
    a.say(Document(f"candor-{a.now:%Y-%m-%d}.json", content, t("export.here")))


async def _pin_is_right(a: Answering, pin: str) -> bool:
    """Check a PIN. The attempt is spent and committed before the PIN is looked at, so that no race gives a free one."""
    config = a.context.settings.config.registration
    lock = dt.timedelta(minutes=config.pin_lock_minutes)
    limits = pins.Limits(config.pin_attempts, config.pin_attempts_in_all, lock)
    async with a.context.database.write() as write:
        attempt = await pins.spend(write, a.person.id, limits, a.now)
    hashed = await pins.hash_of(a.read, a.person)
    if attempt.allowed and hashed is not None and await secrets.check_pin(a.context.vault, pin, hashed):
        a.write(pins.forgive, a.person.id)
        return True
    if attempt.locked_until is not None:
        minutes = max(1, -(-(attempt.locked_until - a.now) // dt.timedelta(minutes=1)))
        a.say(Say(t("pin.locked", span=Span(minutes, "minute")), HOME))
    else:
        a.say(Say(t("pin.wrong", left=attempt.left), HOME))
    return False


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"not JSON: {type(value).__name__}")
