"""PINs: the one place where one is checked, changed, and got back by somebody who forgot it."""

import datetime as dt
import hmac
from collections.abc import Mapping
from typing import Any

from bot.dialogs.pin import forgotten, new_phone, new_pin
from bot.dialogs.proof import FORGOTTEN, proof
from bot.dialogs.reply import Letter, NoKeyboard, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Span, t
from bot.services import secrets
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.services.enrol import mask
from bot.services.trail import record
from bot.views.menus import HOME, buttons
from storage import audit, counters, people, pins
from storage.audit import Entry

DAY = dt.timedelta(days=1)
RESETS_A_DAY = 3
"""How often somebody may try to be taken for the owner of a forgotten PIN."""

OPEN_FOR = dt.timedelta(minutes=10)
"""How long what a proof opened stays open: whoever finds the phone an hour later has proved nothing."""


async def is_right(a: Answering, pin: str) -> bool:
    """Check a PIN, and tell the person what came of it unless it is right.

    The attempt is spent and committed before the PIN is looked at, so that no race gives a free one.
    """
    if pin == FORGOTTEN:
        start(a, "forgotten")
        return False
    config = a.context.settings.config.registration
    lock = dt.timedelta(minutes=config.pin_lock_minutes)
    limits = pins.Limits(config.pin_attempts, config.pin_attempts_in_all, lock)
    async with a.context.database.write() as write:
        attempt = await pins.spend(write, a.person.id, limits, a.now)
    hashed = await pins.hash_of(a.read, a.person)
    if attempt.allowed and hashed is not None and await secrets.check_pin(a.context.vault, pin, hashed):
        a.write(pins.forgive, a.person.id)
        return True
    if attempt.closed:
        a.say(Say(t("pin.closed"), buttons("pin")))
    elif attempt.locked_until is not None:
        minutes = max(1, -(-(attempt.locked_until - a.now) // dt.timedelta(minutes=1)))
        a.say(Say(t("pin.locked", span=Span(minutes, "minute")), HOME))
    else:
        a.say(Say(t("pin.wrong", left=attempt.left), HOME))
    if attempt.allowed and (attempt.closed or attempt.locked_until is not None):
        # told once, by the attempt that locked: whoever owns this chat may not be who typed
        a.say(Say(t("pin.alarm", at=a.now), letter=Letter("account")))
        await _note(a, "pin.locked", audit.FAILED)
    return False


async def ask_change(a: Answering) -> None:
    """Ask for the PIN in use, before a new one."""
    _ask(a, "pin")


async def ask_phone(a: Answering) -> None:
    """Ask for the PIN, before another phone number."""
    _ask(a, "phone")


@builds("pin")
def _old_pin(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return proof("pin", with_pin=True)


@builds("phone")
def _pin_for_phone(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return proof("phone", with_pin=True)


@builds("newpin")
def _new_pin(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return new_pin(of["own"])


@builds("forgotten")
def _forgotten(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return forgotten()


@builds("newphone")
def _new_phone(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return new_phone()


@finishes("pin")
async def proved(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Ask for the new PIN once the old one is right."""
    if await is_right(a, str(answers["pin"])):
        await _ask_new(a, "changed")


@finishes("forgotten")
async def identified(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Let somebody choose a new PIN whose own phone number and national ID are those of the registration."""
    async with a.context.database.write() as write:  # spent before it is looked at, as an attempt at a PIN is
        spent = await counters.spend(write, a.person.id, "pin-reset", RESETS_A_DAY, DAY, a.now)
    known = await people.profile(a.read, a.person)
    held = "" if known is None else f"{known.phone}|{known.national_id}"
    said = f"{answers['phone']}|{answers['national_id']}"
    # both are compared in one, so that nothing tells which of them was wrong
    if not spent.allowed or not hmac.compare_digest(said.encode(), held.encode()):
        a.audit("pin.reset", f"person:{a.person.handle}", result=audit.DENIED)
        a.say(Say(t("pin.not_you", most=RESETS_A_DAY), HOME))
        return
    await _ask_new(a, "reset")


@finishes("newpin")
async def chosen(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store a new PIN; counting wrong ones starts anew."""
    if _too_late(a, of):
        return
    a.write(pins.choose, a.person, str(answers["pin"]), a.now)
    a.audit(f"pin.{of['how']}", f"person:{a.person.handle}")
    a.say(Say(t("pin.changed"), HOME, letter=Letter("account")))


@finishes("phone")
async def proved_for_phone(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Ask for the new number once the PIN is right."""
    if await is_right(a, str(answers["pin"])):
        start(a, "newphone", {"until": (a.now + OPEN_FOR).isoformat()})


@finishes("newphone")
async def moved(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store another phone number."""
    if _too_late(a, of):
        return
    phone = str(answers["phone"])
    a.write(people.move_phone, a.context.vault, a.person, phone)
    a.audit("phone.changed", f"person:{a.person.handle}")
    a.say(Say(t("phone.changed", phone=mask(phone)), NoKeyboard(), protect=True, letter=Letter("account")))


def _ask(a: Answering, purpose: str) -> None:
    if a.person.registered:
        start(a, purpose, {"pin": True})
    else:
        a.say(Say(t("pin.none"), HOME))


async def _ask_new(a: Answering, how: str) -> None:
    known = await people.profile(a.read, a.person)
    own = ["", ""] if known is None else [known.phone, known.national_id]
    start(a, "newpin", {"own": own, "how": how, "until": (a.now + OPEN_FOR).isoformat()})


def _too_late(a: Answering, of: Mapping[str, Any]) -> bool:
    if a.now <= dt.datetime.fromisoformat(of["until"]):
        return False
    a.say(Say(t("pin.too_late"), HOME))
    return True


async def _note(a: Answering, action: str, result: str) -> None:
    """Write into the trail at once: the turn that tells of it may yet be refused."""
    await record(a.context, [Entry(a.person.handle, action, f"person:{a.person.handle}", "-", result)], a.now)
