"""Warning: what one lender's rules make of a new score, and whether that is to be said now."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.dialogs.consent import VERSION
from bot.services import records
from bot.services.context import Answering, Context
from engine import Result
from engine.monitor.moved import Move
from engine.watch import (
    TIME,
    Earlier,
    Reading,
    Rules,
    Standing,
    Warning,  # noqa: A004 - the house's noun
    held,
    warnings,
    with_overrides,
)
from storage import alerts, cases, consents, lender_rules, loans, watches
from storage.events import Told
from storage.people import HANDLE_LETTERS
from storage.watches import Watch

NUMBER_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Change:
    """A new score beside the one before it: what is known now, what is new of it, and what moved the score."""

    then: Result | None
    now: Result
    standing: Standing
    news: Mapping[int, Told]
    moves: tuple[Move, ...]
    trend: tuple[tuple[dt.datetime, int], ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert to be raised for one lender. `number` is what people will call it; `held` says why nobody is told."""

    lender_id: int
    loan_id: int | None
    number: str
    rule: str
    severity: int
    cause: str
    held: str
    receipt: str
    content: Mapping[str, Any]


async def look(a: Answering, watch: Watch, change: Change) -> Raised | None:
    """Ask a lender's rules about a new score; None when there is nothing to say, or no consent to say it under."""
    made = (await consents.with_lenders(a.read, a.person, consents.WATCH)).get(watch.lender_id)
    if made is None or not made.live(a.now, VERSION) or made.receipt != watch.receipt:
        return None
    rules = rules_of(a.context, await lender_rules.find(a.read, watch.lender_id))
    now = reading(a.context, change.now)
    if change.then is not None and not _alike(change.then, change.now):
        best: Reading | None = now  # what we changed is nobody's worsening: measured from here on
    elif watch.best:
        best = msgspec.convert(watch.best, Reading)
    else:  # the watch begins at the score that was there
        best = reading(a.context, change.then) if change.then else None
    news = [records.event_of(one) for one in change.news.values()]
    found = warnings(rules, best, now, news, change.standing, a.scene.today)
    why = await _held(a, watch, found, rules)
    loud = tuple(one for one in found if not why[one.rule])
    best = now if loud or best is None or now.score > best.score else best
    if msgspec.to_builtins(best) != watch.best:
        a.write(watches.read, a.person, watch, msgspec.to_builtins(best))
    if not found:
        return None
    kinds: dict[str, str] = {rule.name: rule.kind for rule in rules.rules}
    return await _raised(a, watch, change, loud or found, "" if loud else why[found[0].rule], kinds)


def _alike(then: Result, now: Result) -> bool:
    """Say whether two results are of one model and law, so that a difference is the borrower's."""
    marks = ("model_hash", "pack_id", "pack_version")
    return all(getattr(then, name) == getattr(now, name) for name in marks)


def rules_of(context: Context, overrides: Mapping[str, Any]) -> Rules:
    """Give the rules of a lender: the configuration's, with what it has changed laid over them."""
    rules = context.settings.config.watch.when
    return with_overrides(rules, overrides) if overrides else rules


def reading(context: Context, result: Result) -> Reading:
    """Give a result as the rules look at it."""
    names = [band.name for band in context.model.bands]
    return Reading(score=result.score, band=result.band, place=names.index(result.band), pd=result.pd)


async def _held(a: Answering, watch: Watch, found: Sequence[Warning], rules: Rules) -> Mapping[str, str]:
    """Say of each warning why it is not to be told now, or ""."""
    earlier = [
        Earlier(rule=ground["rule"], severity=ground["severity"], on=one.at.date())
        for one in await alerts.about(a.read, a.person, watch.lender_id)
        if not one.held
        for ground in one.content["grounds"]
    ]
    case = await cases.open_of(a.read, a.person.id, watch.lender_id)
    snoozed = case is not None and case.snoozed_until is not None and case.snoozed_until > a.now
    severity = case.snoozed_at_severity if case is not None and snoozed else None
    return {one.rule: held(one, earlier, severity, a.now.date(), rules) for one in found}


async def _raised(
    a: Answering, watch: Watch, change: Change, grounds: Sequence[Warning], why_held: str,
    kinds: Mapping[str, str],
) -> Raised:  # fmt: skip
    first = grounds[0]
    told = _told(first, change.news)
    lent = await loans.of_person(a.read, a.person, watch.lender_id)
    own = told is not None and told.lender_id == watch.lender_id
    loan_id = told.loan_id if told is not None and own else lent[0].id if lent else None
    return Raised(
        lender_id=watch.lender_id,
        loan_id=loan_id,
        number="".join(secrets.choice(HANDLE_LETTERS) for _ in range(NUMBER_LENGTH)),
        rule=first.rule,
        severity=first.severity,
        cause=f"event:{told.id}" if told else f"{TIME}:{a.scene.today.isoformat()}",
        held=why_held,
        receipt=watch.receipt,
        content={
            "then": _score(change.then) if change.then else None,
            "now": _score(change.now),
            "grounds": [{"kind": kinds[one.rule], **msgspec.to_builtins(one)} for one in grounds],
            "event": _seen(told, own=own) if told else None,
            "moves": [msgspec.to_builtins(one) for one in _ordered(change.moves)],
            "trend": [(at.isoformat(), score) for at, score in change.trend],
        },
    )


def _told(first: Warning, news: Mapping[int, Told]) -> Told | None:
    """Find the event behind a warning; of its versions the newest."""
    same = [one for one in news.values() if (one.sender, one.content["ref"]) == (first.sender, first.cause)]
    return max(same, key=lambda one: one.id, default=None)


def _seen(told: Told, *, own: bool) -> dict[str, Any]:
    """Give of an event what a lender may know: all of its own, and only kind and date of another's."""
    shown = ("kind", "on", "days", "what", "due") if own else ("kind", "on")
    return {"own": own} | {name: told.content[name] for name in shown if name in told.content}


def _score(result: Result) -> dict[str, Any]:
    return {"score": result.score, "band": result.band, "pd": result.pd}


def _ordered(moves: Sequence[Move]) -> list[Move]:
    """Give what moved the score: the falls first, of each the largest first."""
    return sorted(moves, key=lambda move: (move.points > 0, -abs(move.points)))
