"""Ruling: a lender's admin reads its warning rules in words, and changes one number at a time.

What is stored is only what differs from the configuration; the engine checks all of it before anything is stored.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.dialogs.reply import Say
from bot.dialogs.ruling import COMMON, DEFAULT, OFF, ON, SEVERITY, ruling
from bot.dialogs.step import Answer, Dialog
from bot.i18n import t
from bot.services.authority import ABSENT, Denied, Role, Whose, authorize
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.services.warning import rules_of
from bot.views import rules as views
from engine.watch import COMMON as NUMBERS_OF_ALL
from engine.watch import Rule, RulesError, fields, with_overrides
from storage import lender_rules, lenders, staff

_CHOSEN = re.compile(r"([0-9]{1,15})\.([a-z_][a-z0-9_]{0,39})", re.ASCII)


async def show(a: Answering) -> None:
    """Tell the rules of each lender somebody is an admin of."""
    for grant in await staff.grants(a.read, a.person):
        if grant.role == Role.ADMIN and grant.lender_id is not None:
            await _show(a, grant.lender_id)


async def choose(a: Answering, argument: str) -> None:
    """Ask what is to be changed of a rule: `LENDER.RULE`."""
    found = _CHOSEN.fullmatch(argument)
    lender_id, name = (int(found[1]), found[2]) if found else (0, "")
    await authorize(a, "rules", Whose(None, lender_id) if found else ABSENT, f"lender:{lender_id}")
    changed = await lender_rules.find(a.read, lender_id)
    if name == COMMON:
        rules = rules_of(a.context, changed)
        now: dict[str, Any] = {one: getattr(rules, one) for one in NUMBERS_OF_ALL}
        start(a, "ruling", {"lender": lender_id, "rule": name, "now": now, "on": True})
        return
    if name not in _own(a):
        raise Denied("rules", f"lender:{lender_id}", known=True)
    rule, on = _rule(a, changed, name)
    now = {one: getattr(rule, one) for one in fields(rule.kind)}
    start(a, "ruling", {"lender": lender_id, "rule": name, "now": now, "on": on})


@builds("ruling")
def _ruling(_a: Answering, of: Mapping[str, Any]) -> Dialog:
    return ruling(tuple(of["now"]), of["now"], rule=of["rule"] != COMMON, on=of["on"])


@finishes("ruling")
async def changed(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store a change, if the rules with it are sound."""
    a.settled = True  # whoever is at work is not asked their own open questions now
    lender_id, name, what = int(of["lender"]), str(of["rule"]), str(answers["what"])
    await authorize(a, "ruling", Whose(None, lender_id), f"lender:{lender_id}")
    before = await lender_rules.find(a.read, lender_id)
    after = _with(before, name, what, answers)
    try:
        with_overrides(a.context.settings.config.watch.when, after)
    except RulesError:
        a.say(Say(t("rules.refused")))
        return
    a.write(lender_rules.put, lender_id, after, a.person.handle, a.now)
    a.audit("rules.change", f"lender:{lender_id}", f"{name}.{what}")
    a.say(Say(t("rules.changed")))
    await _show(a, lender_id, after)


def _with(before: Mapping[str, Any], name: str, what: str, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Give what a lender has changed with one more change; what is as the configuration has it is left out."""
    after = {**before, "rules": dict(before.get("rules", {}))}
    place = after if name == COMMON else dict(after["rules"].get(name, {}))
    if what == DEFAULT:
        for one in [*place] if name != COMMON else NUMBERS_OF_ALL:
            place.pop(one, None)
    elif what in (ON, OFF):
        place.pop("off", None)
        place |= {"off": True} if what == OFF else {}
    else:
        place[what] = answers["severity"] if what == SEVERITY else json.loads(str(answers["number"]))
    if name != COMMON:
        after["rules"] = {**after["rules"], name: place}
        if not place:
            del after["rules"][name]
    return after


async def _show(a: Answering, lender_id: int, changes: Mapping[str, Any] | None = None) -> None:
    lender = await lenders.find(a.read, lender_id)
    if lender is None:
        return
    found = await lender_rules.find(a.read, lender_id) if changes is None else changes
    lines = [views.Ruled(*_rule(a, found, name), name in found.get("rules", {})) for name in _own(a)]
    a.say(views.listed(lender.id, lender.name, lines, rules_of(a.context, found)))


def _rule(a: Answering, changes: Mapping[str, Any], name: str) -> tuple[Rule, bool]:
    """Give a rule as a lender has it, and whether it is on."""
    own = dict(changes.get("rules", {}).get(name, {}))
    on = not own.pop("off", False)
    found = with_overrides(a.context.settings.config.watch.when, {"rules": {name: own}})
    return next(one for one in found.rules if one.name == name), on


def _own(a: Answering) -> list[str]:
    return [one.name for one in a.context.settings.config.watch.when.rules]
