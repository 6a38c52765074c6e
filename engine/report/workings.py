"""How a model reckons, laid open: the points of a scorecard, the rules of a tree, what weighs most in the others."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.bins import FactorPoints
from engine.kinds import Blend, Nonlinear
from engine.kinds.rules import rules
from engine.kinds.trees import TreeBody
from engine.report.binned import OTHER, UNKNOWN, bins
from engine.report.document import Block, Grid, Items, Section, Text
from engine.report.wording import clean, share
from engine.scorecard import Scorecard

_MOST = 25
_MOST_RULES = 64


def base(model: Any) -> Iterable[tuple[str, str]]:
    """Say where everybody starts."""
    rate = f"{model.bad_rate:.3g}" if model.bad_rate < 0.001 else f"{model.bad_rate:.1%}".replace(".0%", "%")
    if isinstance(model, Scorecard):
        unknown = any(entry.missing for entry in model.factors)
        said = (
            "What is not known has points of its own where the book gave it some, and else adds 0 and takes 0."
            if unknown
            else "What is not known adds 0 and takes 0."
        )
        assumed = (
            " That rate is an assumption until a lender sets its own."
            if not model.figures.get("book")
            else ""
        )
        own = any(entry.own for entry in model.factors)
        whose = "the book's average borrower" if own else "somebody of whom nothing is known"
        yield f"Base {model.base}", f"The score of {whose}, where {rate} of loans go bad.{assumed} {said}"
    else:
        yield "Level", f"Set for a lender who expects {rate} of the loans to go bad."


def section(model: Any) -> Section:
    """Lay open how the model reckons."""
    if isinstance(model, Scorecard):
        return Section("points", "The points and why", _points(model))
    blocks: list[Block] = []
    if isinstance(model, Blend):
        blocks.append(_parts(model))
    if isinstance(model, Nonlinear) and isinstance(model.body, TreeBody):
        blocks += _rules(model)
    return Section("points", "How it reckons", (*blocks, _effects(model.effects(None))))


def _points(model: Scorecard) -> tuple[Block, ...]:
    factors = sorted(model.factors, key=lambda entry: -entry.effect) if _own(model) else model.factors
    whys = {entry.why for entry in factors}
    if len(whys) == 1 and len(factors) > 1:
        grid = Grid(
            f"Every factor: {whys.pop()}. The weightiest first.",
            ("factor", "points"),
            tuple((clean(entry.name, 80), points(entry)) for entry in factors),
            first=2,
        )
        return (grid,)
    lines = tuple((clean(entry.name, 80), points(entry), clean(entry.why, 400)) for entry in factors)
    return (Grid("What each bin of each factor is worth.", ("factor", "points", "why"), lines, first=3),)


def points(entry: FactorPoints) -> str:
    """Give a factor's bins and points in one line; what is worth nothing because it is not known is left out."""
    told = bins(entry, exact=False)
    return ", ".join(
        f"{made.label}: {made.points:+d}"
        for made in told
        if made.points or made.label not in {OTHER, UNKNOWN}
    )


def _own(model: Scorecard) -> bool:
    return any(entry.own for entry in model.factors)


def _effects(effects: Mapping[str, float]) -> Grid:
    ranked = sorted(effects.items(), key=lambda pair: -pair[1])
    rest = f" The {len(ranked) - _MOST} lightest are left out." if len(ranked) > _MOST else ""
    lines = tuple((clean(name, 80), f"{weight:.1f}") for name, weight in ranked[:_MOST])
    return Grid(
        f"How many points each answer moves the score by on average.{rest}", ("factor", "points"), lines
    )


def _rules(model: Nonlinear) -> tuple[Block, ...]:
    found = rules(model)
    if len(found) > _MOST_RULES:
        return (
            Text(f"The tree has {len(found)} leaves: too many to print; a score shows the rule that fired."),
        )
    items = tuple(
        (
            f"PD {share(rule.pd)}",
            f"if {' and '.join(clean(one, 400) for one in rule.conditions) or 'anything'}",
        )
        for rule in sorted(found, key=lambda rule: rule.pd)
    )
    return Text("Every rule of the tree, the safest first; exactly one fits anybody."), Items(items)


def _parts(model: Blend) -> Grid:
    lines = tuple((part.model.kind, part.model.id, f"{part.weight:.3f}") for part in model.parts)
    return Grid("The models that are asked, and their weights.", ("kind", "model", "weight"), lines, first=2)
