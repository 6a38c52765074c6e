"""Keys of a lender's programs, in the chat of its administrators: made, listed, ended.

A key is shown once, in a message that cannot be forwarded and goes away at a press; of it only a hash is kept.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.dialogs.newkey import KINDS, NEWKEY, YES
from bot.dialogs.reply import Button, Delete, Inline, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Joined, T, Value, t
from bot.services.authority import ABSENT, Role, Whose, authorize
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.views.menus import action
from storage import apikeys, lenders, staff
from storage.apikeys import Key

MOST = 20
"""Live keys of one lender."""
_ARGUMENT = re.compile(
    r"(?:new\.(?P<new>[0-9]{1,12})|end\.(?P<end>[0-9]{1,12})(?P<sure>\.yes)?|seen)", re.ASCII
)


async def show(a: Answering) -> None:
    """List the keys of the lenders whose administrator this is, each with a button that ends it."""
    own = await _own(a)
    for lender_id, name in own.items():
        found = await apikeys.listed(a.read, lender_id, a.now)
        lines = Joined(tuple(_line(key) for key in found)) if found else t("keys.none")
        rows = [_button("keys.end", f"end.{key.id}", "danger", name=key.name) for key in found]
        if len(found) < MOST:
            rows.insert(0, _button("keys.new", f"new.{lender_id}"))
        a.say(Say(t("keys.list", lender=name, lines=lines), Inline(tuple(rows))))


async def turn(a: Answering, argument: str) -> None:
    """Make a key (`new.LENDER`), end one (`end.KEY`, then `end.KEY.yes`), or take the shown one out of the chat."""
    asked = _ARGUMENT.fullmatch(argument)
    if asked is None:
        await authorize(a, "keys", ABSENT)
    elif asked["new"]:
        lender_id = int(asked["new"])
        await authorize(a, "keys", await _whose(a, lender_id), f"lender:{lender_id}")
        start(a, NEWKEY.name, {"lender": lender_id})
    elif asked["end"]:
        await _end(a, int(asked["end"]), sure=bool(asked["sure"]))
    elif a.pressed:
        a.say(Delete(a.pressed), Say(t("keys.seen")))


async def _end(a: Answering, key_id: int, *, sure: bool) -> None:
    key = await apikeys.by_id(a.read, key_id, a.now)
    await authorize(a, "keys", ABSENT if key is None else Whose(None, key.lender_id), f"key:{key_id}")
    if key is None:
        return
    if not sure:
        rows = (_button("keys.end_sure", f"end.{key.id}.yes", "danger"),)
        a.say(Say(t("keys.ask_end", name=key.name, hint=key.hint), Inline(rows)))
        return
    a.write(apikeys.end, key.id, a.now)
    a.audit("key.ended", f"key:{key.id}", f"lender:{key.lender_id}")
    a.say(Say(t("keys.ended", name=key.name)))


@builds("newkey")
def _newkey(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return NEWKEY


@finishes("newkey")
async def _make(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Make the key, where its maker still may."""
    lender_id, name = int(of["lender"]), str(answers["name"])
    if answers["sure"] != YES:
        a.say(Say(t("keys.dropped")))
        return
    await authorize(a, "newkey", await _whose(a, lender_id), f"lender:{lender_id}")
    if len(await apikeys.listed(a.read, lender_id, a.now)) >= MOST:
        a.say(Say(t("keys.too_many", most=MOST)))
        return
    key, scopes = apikeys.draw(), KINDS[str(answers["kind"])]
    a.write(apikeys.enter, key, lender_id, name, scopes, a.person.handle, a.now)
    a.audit("key.made", f"lender:{lender_id}", str(answers["kind"]))
    seen = Inline((_button("keys.saved", "seen", "primary"),))
    a.say(Say(t("keys.made", name=name, secret=key), seen, protect=True))


async def _own(a: Answering) -> dict[int, str]:
    held = await staff.grants(a.read, a.person)
    return {g.lender_id: g.lender for g in held if g.role == Role.ADMIN and g.lender_id is not None}


async def _whose(a: Answering, lender_id: int) -> Whose:
    lender = await lenders.find(a.read, lender_id)
    return Whose(None, lender_id) if lender is not None and lender.open else ABSENT


def _line(key: Key) -> T:
    used: Value = key.used_at if key.used_at is not None else t("keys.never")
    scopes = ", ".join(key.scopes)
    return t(
        "keys.line", name=key.name, hint=key.hint, scopes=scopes, by=key.made_by, at=key.made_at, used=used
    )


def _button(label: str, argument: str, style: str = "", **values: Value) -> tuple[Button, ...]:
    return (Button(T(label, values), action("keys", argument), style),)
