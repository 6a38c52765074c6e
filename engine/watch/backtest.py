"""Would the rules have warned in time? The past of a book, replayed under every rule, alone and together.

Thresholds are chosen on one half of the borrowers and judged on the other; which half somebody is in hangs on nothing
but their number.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from engine.countries.pack import Pack
from engine.scorecard import Scorecard
from engine.watch.figures import Figures, Tally
from engine.watch.replay import Moment, Past, moments, replay
from engine.watch.rules import Rule, Rules

POINTS: Final = tuple(range(10, 101, 10))
"""The falls of the score that the curve is drawn over."""
PDS: Final = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
"""The chances of default that the curve is drawn over."""
MOST_FALSE: Final = 3.0
"""False warnings for 100 borrower-months that a score rule may cost when its threshold is chosen."""


class Point(msgspec.Struct, frozen=True):
    """A threshold, and what a rule that has only it would have done."""

    threshold: float
    figures: Figures


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a book says.

    `rules` has the figures of each rule alone and `together` of all, but for those of the kind "default", which tell
    of what has happened and warn of nothing; both, where the borrowers are `split`, on the half that no threshold was
    chosen on. `points` and `pds` are the curves on the half chosen on, or else on all.
    """

    book: str
    split: bool
    borrowers: int
    bad: int
    together: Figures
    rules: dict[str, Figures]
    points: tuple[Point, ...]
    pds: tuple[Point, ...]


def run(
    book: str, pasts: Iterable[Past], model: Scorecard, pack: Pack, rules: Rules, *, split: bool
) -> Report:
    """Replay every past of a book; with `split`, judge on the half of the borrowers that nothing is chosen on."""
    early = [rule for rule in rules.rules if rule.kind != "default"]
    alone = {rule.name: Tally() for rule in rules.rules}
    together = Tally()
    curves = {one: Tally() for one in _curves(rules)}
    borrowers = bad = 0
    for past in pasts:
        borrowers, bad = borrowers + 1, bad + past.bad
        told = list(moments(past, model, pack))
        chosen_on = split and half(past.id)
        if not chosen_on:
            _count(together, past, told, rules, early)
            for rule in rules.rules:
                _count(alone[rule.name], past, told, rules, [rule])
        if chosen_on or not split:
            for rule, tally in curves.items():
                _count(tally, past, told, rules, [rule])
    points = [Point(rule.points, tally.figures) for rule, tally in curves.items() if rule.kind == "points"]
    pds = [Point(rule.pd, tally.figures) for rule, tally in curves.items() if rule.kind == "pd"]
    return Report(
        book=book,
        split=split,
        borrowers=borrowers,
        bad=bad,
        together=together.figures,
        rules={name: tally.figures for name, tally in alone.items()},
        points=tuple(points),
        pds=tuple(pds),
    )


def chosen(curve: Sequence[Point]) -> float | None:
    """Choose a threshold: of those that cost at most `MOST_FALSE`, the one that warns of most defaulters in time."""
    bearable = [point for point in curve if point.figures.false.value <= MOST_FALSE]
    best = max(bearable, key=lambda one: (one.figures.ahead.value, -one.figures.false.value), default=None)
    return best.threshold if best else None


def half(id_: str) -> bool:
    """Say whether thresholds may be chosen on this borrower."""
    return hashlib.sha256(id_.encode()).digest()[0] % 2 == 0


def _curves(rules: Rules) -> list[Rule]:
    cooldown = max((rule.cooldown_days for rule in rules.rules if rule.kind in ("points", "pd")), default=30)
    any_ = Rule(name="curve", kind="points", severity=2, cooldown_days=cooldown)
    points = [msgspec.structs.replace(any_, points=at) for at in POINTS]
    pds = [msgspec.structs.replace(any_, kind="pd", pd=at) for at in PDS]
    return [*points, *pds]


def _count(tally: Tally, past: Past, told: Sequence[Moment], rules: Rules, only: Sequence[Rule]) -> None:
    raised = replay(told, msgspec.structs.replace(rules, rules=tuple(only)))
    days = sorted({one.on for one in raised})  # one message a day, whatever its grounds
    tally.add(days, past.months, past.ended if past.bad else None)
