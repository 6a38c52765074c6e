"""The result card and what hangs on it: what the score means, why it is what it is, and what would help."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.dialogs.reply import Button, Inline
from bot.dialogs.show import shown, span
from bot.i18n import Joined, Listed, Money, Percent, Signed, T, Value, t
from bot.views.menus import action
from engine import FACTORS, QUESTIONS, Pack, Reason, Result
from engine.advice.advise import WhatIf
from engine.advice.goal import Plan


@dataclass(frozen=True, slots=True)
class Window:
    """The days a file covers, and the whole months among them."""

    first: dt.date
    last: dt.date
    months: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a score rests on besides its answers.

    `income` is the monthly income used, as its `source` has it, `shown` by it or only told. `burden` is the share of
    the income that is spent, `essential` the share of that which had to be, within the `window` of a statement;
    `mismatch` by how much pay and tax differ. `completeness` counts an income of few months by the month.
    """

    completeness: float
    income: Decimal | None = None
    source: str = ""
    shown: bool = False
    window: Window | None = None
    burden: Decimal | None = None
    essential: Decimal | None = None
    mismatch: Decimal | None = None


REASONS_SHOWN = 4
STRENGTHS_SHOWN = 3
MISSING_SHOWN = 3


def caption(result: Result) -> T:
    """Say the number in one line, under the picture."""
    return t("card.caption", score=result.score, band=result.band, meaning=t(f"band.{result.band}"))


def card(
    result: Result, pack: Pack, basis: Basis | None = None, *, short: bool = False, counter: T | None = None
) -> T:
    """Say what the score means, its reasons with their points and the person's own values, and what is missing.

    With its `basis`, which income was used. The `short` card, for those who chose it, keeps the two weightiest
    reasons and what would help most. `counter` says how many checks are left.
    """
    parts: list[Value] = [t("card.meaning", pd=Percent(result.pd, 1), text=t(f"band.{result.band}.text"))]
    if result.reasons:
        parts.append(t("card.reasons", lines=reasons(result.reasons[: 2 if short else REASONS_SHOWN])))
    if result.strengths and not short:
        parts.append(t("card.strengths", lines=reasons(result.strengths[:STRENGTHS_SHOWN])))
    basis = basis or Basis(result.completeness)
    if basis.income is not None:
        parts.append(Joined(tuple(_basis(basis, basis.income, pack))))
    parts.append(t("card.completeness", share=Percent(basis.completeness)))
    if result.missing and not short:
        names = Listed(tuple(t(f"factor.{name}") for name in result.missing[:MISSING_SHOWN]))
        parts.append(t("card.missing", names=names))
    parts.append(t("card.helps", tip=t(f"tip.{_most_helpful(result)}")))
    if pack.draft and not short:
        parts.append(t("card.draft"))
    if counter is not None:
        parts.append(counter)
    parts.append(t("card.beware"))
    return t("card.text", parts=Joined(tuple(parts), "\n\n"))


def why(result: Result, scale: tuple[int, int]) -> T:
    """Show every point: base, each factor with the person's value, and the sum, which is the score exactly."""
    ranked = sorted(
        result.points, key=lambda item: (item.points >= 0, item.points if item.points < 0 else -item.points)
    )
    lines: list[Value] = [
        t(
            "why.line",
            points=Signed(p.points),
            name=t(f"factor.{p.factor}"),
            value=factor_value(p.factor, p.value),
        )
        for p in ranked
    ]
    if result.clip:
        lines.append(t("why.clip", points=Signed(result.clip), low=scale[0], high=scale[1]))
    return t(
        "why.text",
        base=result.base,
        lines=Joined(tuple(lines)),
        score=result.score,
        model=result.model_id,
        pack=t("why.pack", country=t(f"country.{result.pack_id}"), version=result.pack_version),
    )


def changed(imagined: WhatIf, name: str, old: Value, new: Value) -> T:
    """Say what one change would do, by the same model, and how sure that is where it is known."""
    before, after, margin = imagined
    text = t(
        "whatif.result",
        name=t(f"short.{name}"),
        old=old,
        new=new,
        before=before.score,
        after=after.score,
        points=Signed(after.score - before.score),
        band_before=before.band,
        band_after=after.band,
    )
    if margin is None:
        return text
    return t("whatif.margin", result=text, low=margin.low, high=margin.high)


def plan_text(plan: Plan, target_band: str, pack: Pack, months: int) -> T:
    """Say the smallest plan to a band, or honestly that none reaches it in time."""
    steps: list[Value] = []
    for number, step in enumerate(plan.steps, 1):
        question = QUESTIONS[step.question]
        old, new = shown(question, _plain(step.before), pack), shown(question, _plain(step.after), pack)
        steps.append(t("improve.step", number=number, name=t(f"short.{step.question}"), old=old, new=new))
    if plan.months:
        wait = t("improve.wait", span=span(plan.months))
        steps.append(t("improve.then", number=len(steps) + 1, wait=wait) if steps else wait)
    if plan.cash:
        steps.append(t("improve.cash", sum=Money(plan.cash, pack.currency)))
    values: dict[str, Value] = {
        "band": target_band,
        "target": plan.target,
        "before": plan.before.score,
        "after": plan.after.score,
        "lines": Joined(tuple(steps)),
        "span": span(months),
    }
    if plan.reachable:
        return T("improve.plan", values)
    if plan.guarantee == "bounded":  # not every way was tried, so it is not said
        return T("improve.best_found" if steps else "improve.none_found", values)
    return T("improve.best" if steps else "improve.none", values)


def other_goals(bands: Mapping[str, int], chosen: str, current: int) -> Inline | None:
    """Offer the other bands above the person's own as goals."""
    goals = [b for b, low in bands.items() if low > current and b != chosen]
    row = tuple(Button(t("improve.goal", band=band), action("improve", band)) for band in goals)
    return Inline((row,)) if row else None


def factor_value(name: str, value: float | str) -> Value:
    """Show a factor's value in words a person uses."""
    if isinstance(value, str):
        return t(f"choice.{name}.{value}")
    if name == "spending_regularity":
        return t(
            f"choice.spending_regularity.{'steady' if value <= 0.2 else 'some' if value <= 0.45 else 'irregular'}"
        )
    if FACTORS[name].unit == "months":
        return span(round(value))
    if "/" in FACTORS[name].unit or FACTORS[name].unit == "ratio":
        return Percent(value)
    return round(value)


def _basis(basis: Basis, income: Decimal, pack: Pack) -> list[T]:
    """Say which income was used, and what a statement shows of spending."""
    key = "card.income.shown" if basis.shown else "card.income.told"
    lines = [t(key, sum=Money(income, pack.currency), source=t(f"source.{basis.source}"))]
    if basis.window and basis.essential is not None and basis.burden is not None:
        lines.append(
            t(
                "card.spending",
                n=basis.window.months,
                first=basis.window.first,
                last=basis.window.last,
                essential=Percent(basis.essential),
                burden=Percent(basis.burden),
            )
        )
    if basis.mismatch is not None:
        lines.append(t("card.mismatch", share=Percent(basis.mismatch)))
    return lines


def reasons(found: tuple[Reason, ...]) -> Joined:
    """Say reasons with their points and the person's own values, a line each."""
    lines = tuple(
        t(
            "card.reason",
            points=Signed(r.points),
            text=t(f"reason.{r.code}", value=factor_value(r.factor, r.value)),
        )
        for r in found
    )
    return Joined(lines)


def _most_helpful(result: Result) -> str:
    """Name the factor whose tip matters most: the worst one the person can move, or going on as now."""
    movable = [r.factor for r in result.reasons if FACTORS[r.factor].change != "no"]
    return movable[0] if movable else "steady"


def _plain(answer: Decimal | float | str | None) -> str | int | None:
    return str(answer) if isinstance(answer, Decimal | float) else answer
