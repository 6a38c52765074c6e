"""When a borrower has worsened enough that a lender should hear of it, and when they have heard enough already."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from engine.watch.accounts import Id, Late
from engine.watch.events import DECLARED, VERIFIED, Event
from engine.watch.rules import Rule, Rules
from engine.watch.standing import Standing

TIME: Final = "time"
"""The cause of what no event caused."""

Held = Literal["", "cooldown", "snoozed"]
Measures = Mapping[str, int | str]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A score as the rules look at it: `place` counts bands from the best (0); `pd` is the chance of default, 0..1."""

    score: int
    band: str
    place: int
    pd: float


class Warning(msgspec.Struct, frozen=True, kw_only=True):  # noqa: A001 - the noun of the house; nobody warns Python here
    """A rule that was met.

    `severity` is 1..3. `cause` is the `ref` of the event behind it, told by `sender`, or "time". `measures` say how
    far the rule was passed, each by a name of its own: points, bands, days, times, percent, pd (percent, whole).
    """

    rule: str
    severity: int
    cause: str
    sender: str = ""
    measures: Measures = {}


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """A warning that this lender has had of this borrower."""

    rule: str
    severity: int
    on: dt.date


def warnings(
    rules: Rules,
    before: Reading | None,
    now: Reading,
    news: Sequence[Event],
    standing: Standing,
    today: dt.date,
) -> tuple[Warning, ...]:
    """Give each rule that is met, the worst first; of several rules of one kind only the worst.

    `before` is the best reading since the last alert (None: there is none), `now` today's. `news` are the events
    that have come since the rules were last asked, `standing` holds them already. All that is given has one thing
    in common, the borrower: an alert is made of the first, and the others are its further grounds.
    """
    fresh = {one.id: one for one in news if not one.void and (today - one.on).days <= rules.recent_days}
    seen = _Seen(before, now, fresh, standing, today)
    worst: dict[str, Warning] = {}
    for rule in rules.rules:
        found = _CHECKS[rule.kind](rule, seen)
        if found is None:
            continue
        id_, measures = found
        made = Warning(
            rule=rule.name,
            severity=rule.severity,
            cause=id_[1] if id_ else TIME,
            sender=id_[0] if id_ else "",
            measures=measures,
        )
        if rule.kind not in worst or made.severity > worst[rule.kind].severity:
            worst[rule.kind] = made
    return tuple(sorted(worst.values(), key=lambda one: -one.severity))


def held(
    warning: Warning,
    earlier: Iterable[Earlier],
    snoozed_at_severity: int | None,
    today: dt.date,
    rules: Rules,
) -> Held:
    """Say why a warning is not to be told now, or "".

    It is held while the same rule has warned within its cool-down, or while an officer has snoozed this borrower at
    `snoozed_at_severity`; one that is more severe than what was told, or than what was snoozed, always gets through.
    """
    if snoozed_at_severity is not None and warning.severity <= snoozed_at_severity:
        return "snoozed"
    cooldown = next((rule.cooldown_days for rule in rules.rules if rule.name == warning.rule), 0)
    told = any(
        one.rule == warning.rule
        and one.severity >= warning.severity
        and 0 <= (today - one.on).days < cooldown
        for one in earlier
    )
    return "cooldown" if told else ""


def improved(rules: Rules, before: Reading | None, now: Reading) -> int:
    """Give the points a score has risen by since `before`, the worst reading since it was last told; 0: not enough."""
    risen = now.score - before.score if before else 0
    return risen if risen >= rules.improve_points else 0


class _Seen(msgspec.Struct, frozen=True):
    before: Reading | None
    now: Reading
    news: Mapping[Id, Event]
    standing: Standing
    today: dt.date

    @property
    def leading(self) -> Id | None:
        """The event that most likely moved the score: the gravest kind, and of that the latest."""
        graded = [event for event in self.news.values() if event.kind in _GRAVITY]
        found = max(graded, key=lambda one: (_GRAVITY[one.kind], one.on, one.id), default=None)
        return found.id if found else None


_GRAVITY = {
    kind: at
    for at, kind in enumerate(
        (
            "account_opened",
            "balance",
            "enquiry",
            "income",
            "over_limit",
            "instalment_late",
            "public_record",
            "default",
        )
    )
}

_Found = tuple[Id | None, Measures] | None


def _points(rule: Rule, seen: _Seen) -> _Found:
    fallen = seen.before.score - seen.now.score if seen.before else 0
    return (seen.leading, {"points": fallen}) if fallen >= rule.points else None


def _band(rule: Rule, seen: _Seen) -> _Found:
    fallen = seen.now.place - seen.before.place if seen.before else 0
    return (seen.leading, {"bands": fallen}) if fallen >= rule.bands else None


def _pd(rule: Rule, seen: _Seen) -> _Found:
    crossed = seen.before is not None and seen.before.pd < rule.pd <= seen.now.pd
    return (seen.leading, {"pd": round(seen.now.pd * 100)}) if crossed else None


def _late(rule: Rule, seen: _Seen) -> _Found:
    """Look for an instalment in the news that is late enough, and with it the so-many-th in the window."""
    within = [
        one
        for one in seen.standing.lates
        if one.days >= max(rule.days, 1) and (seen.today - one.on).days < rule.within_days
    ]
    new = [one for one in within if _is_news(one, seen.news)]
    if not new or len(within) < rule.times:
        return None
    worst = max(new, key=lambda one: (one.days, one.on, one.id))
    return worst.id, {"days": worst.days, "times": len(within)}


def _is_news(late: Late, news: Mapping[Id, Event]) -> bool:
    """Say whether a delay is news: the payment that ends it is none, unless nobody had told of it before."""
    return late.id in news and (not late.paid or all(id_ in news for id_ in late.told))


def _over_limit(rule: Rule, seen: _Seen) -> _Found:
    """Look for an account that the news took further over its limit than the rule bears."""
    for over in seen.standing.over_limit:
        beyond = [id_ for id_, percent in over.steps if percent is None or percent > rule.percent]
        still = over.percent is None or over.percent > rule.percent
        if beyond and still and beyond[0] in seen.news:
            return beyond[0], {"percent": round(over.percent)} if over.percent is not None else {}
    return None


def _public_record(_rule: Rule, seen: _Seen) -> _Found:
    new = [one for one in seen.standing.records if one.id in seen.news]
    return (new[-1].id, {"records": len(seen.standing.records)}) if new else None


def _income_fall(rule: Rule, seen: _Seen) -> _Found:
    """Like is set against like: an income proved to be lower than it was said to be has not fallen."""
    for verified in (True, False):
        told = [one for one in seen.standing.incomes if one.verified == verified]
        earlier = [one for one in told if one.id not in seen.news]
        if not told or not earlier or told[-1].id not in seen.news or not earlier[-1].amount:
            continue
        was, is_ = earlier[-1].amount, told[-1].amount
        percent = float(100 * (was - is_) / was)
        if percent >= rule.percent:
            return told[-1].id, {"percent": round(percent), "what": VERIFIED if verified else DECLARED}
    return None


def _default(rule: Rule, seen: _Seen) -> _Found:
    new = [one for one in seen.standing.defaults if one.id in seen.news]
    if new:
        return new[-1].id, {}
    unpaid = [
        one
        for one in seen.standing.lates
        if not one.paid and rule.days and one.days >= rule.days and one.id in seen.news
    ]
    if not unpaid:
        return None
    worst = max(unpaid, key=lambda one: (one.days, one.id))
    return worst.id, {"days": worst.days}


_CHECKS: Mapping[str, Callable[[Rule, _Seen], _Found]] = {
    "points": _points,
    "band": _band,
    "late": _late,
    "over_limit": _over_limit,
    "public_record": _public_record,
    "income_fall": _income_fall,
    "pd": _pd,
    "default": _default,
}
