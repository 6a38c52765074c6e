"""What a result means: scale, band, place among others, why others differ, where it ends, and when to look again."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from bot.dialogs.show import shown, span
from bot.i18n import Joined, Listed, Money, Signed, T, Value, t
from bot.views import cards, model
from engine import QUESTIONS, Pack, Result, Scorecard
from engine.advice.goal import Plan
from engine.spread import Place, place

HIGH = 2
"""So many of the best bands get next steps; those below them the shortest way up."""
REASONS = 3
NOW, TIME, NEVER = "now", "time", "never"


@dataclass(frozen=True, slots=True)
class Next:
    """When a check tells something new: now, on the day `at`, by `points`, or not by time alone within `months`."""

    when: str
    months: int
    at: dt.date | None = None
    points: int = 0


@dataclass(frozen=True, slots=True)
class Loan:
    """What somebody asked about, and what one percentage point less a year would save them on it."""

    amount: Money
    months: int
    saved: Money


def text(
    result: Result, deciding: Scorecard, pack: Pack, coming: Next, way: Plan | None, loan: Loan | None
) -> T:
    """Say it all; `way` is the plan to the next band for those who need one, `loan` what to save for the others."""
    parts: list[Value] = [_scale(result, deciding), _band(result, deciding), _place(result, deciding)]
    parts.append(_high(loan) if high(result, deciding) else _low(result, way, deciding, pack))
    parts += [again(coming), t("meaning.others"), _limits(deciding)]
    return t("card.text", parts=Joined(tuple(parts), "\n\n"))


def high(result: Result, deciding: Scorecard) -> bool:
    """Say whether a score is among the best."""
    return result.band in {band.name for band in deciding.bands[:HIGH]}


def again(coming: Next) -> T:
    """Say when to look again."""
    values: dict[str, Value] = {"span": span(coming.months)}
    if coming.at is not None:
        values |= {"at": coming.at, "points": Signed(coming.points)}
    return t("meaning.again", text=T(f"meaning.when.{coming.when}", values))


def _scale(result: Result, deciding: Scorecard) -> T:
    scale = deciding.scale
    return t(
        "meaning.scale",
        score=result.score,
        low=scale.low,
        high=scale.high,
        anchor=scale.anchor_score,
        odds=round(scale.anchor_odds),
        double=scale.points_to_double,
    )


def _band(result: Result, deciding: Scorecard) -> T:
    top = deciding.scale.high + 1
    for band in deciding.bands:
        if band.name == result.band:
            about = t(
                "meaning.band",
                band=band.name,
                floor=band.floor,
                top=top - 1,
                name=t(f"band.{band.name}"),
                text=t(f"band.{band.name}.text"),
            )
            better = next((b for b in reversed(deciding.bands) if b.floor > result.score), None)
            if better is None:
                return about
            missing = t("meaning.to_next", n=better.floor - result.score, band=better.name)
            return t("dialog.value", value=Joined((about, missing), " "))
        top = band.floor
    return t("meaning.band_gone", band=result.band)


def _place(result: Result, deciding: Scorecard) -> T:
    found = place(deciding.figures, result.score - result.clip - result.base)
    if found is None or result.model_id != deciding.id:
        return t("meaning.no_place")
    names = found.books.split(", ") if "fit" in deciding.figures else [found.books]
    books = Listed(tuple(model.title(name, deciding.figures) for name in names))
    key = "meaning.place" if "fit" in deciding.figures else "meaning.place_own"
    return t(key, between=_between(found), loans=found.loans, books=books)


def _between(found: Place) -> T:
    if found.low == 0:
        return t("meaning.below", share=found.high)
    if found.high == 100:
        return t("meaning.above", share=found.low)
    return t("meaning.between", low=found.low, high=found.high)


def _high(loan: Loan | None) -> T:
    saved = (
        "" if loan is None else t("meaning.saving", amount=loan.amount, months=loan.months, sum=loan.saved)
    )
    return t("meaning.high", saving=saved)


def _low(result: Result, way: Plan | None, deciding: Scorecard, pack: Pack) -> T:
    lines = cards.reasons(result.reasons[:REASONS]) if result.reasons else t("meaning.no_reasons")
    parts: list[Value] = [t("meaning.low", lines=lines)]
    if way is not None and (way.steps or way.months):
        band = deciding.band(way.after.score)
        parts.append(t("meaning.way", step=_first(way, pack), band=band, score=way.after.score))
    return t("dialog.value", value=Joined(tuple(parts)))


def _first(way: Plan, pack: Pack) -> T:
    if not way.steps:
        return t("improve.wait", span=span(way.months))
    step = way.steps[0]
    question = QUESTIONS[step.question]
    old, new = (shown(question, _plain(value), pack) for value in (step.before, step.after))
    return t("meaning.step", name=t(f"short.{step.question}"), old=old, new=new)


def _limits(deciding: Scorecard) -> T:
    """Say how often the order is right, from the card."""
    right = sorted(
        auc
        for name, row in deciding.figures.items()
        if name.startswith(("book ", f"kind {deciding.kind}")) and isinstance(auc := row.get("auc"), float)
    )
    if not right:
        return t("meaning.limits_unmeasured")
    low, high = round(100 * right[0]), round(100 * right[-1])
    between = t("meaning.pairs", low=low, high=high) if low != high else t("meaning.pairs_one", share=low)
    return t("meaning.limits", pairs=between)


def _plain(answer: Decimal | float | str | None) -> str | int | None:
    return str(answer) if isinstance(answer, Decimal | float) else answer
