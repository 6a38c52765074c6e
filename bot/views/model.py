"""What the model says about itself to a borrower: whom it knows, how often it is wrong, and where it ends.

Every number comes from the figures of the model that decides; what they do not hold is said to be not measured.
"""

import datetime as dt
import math
from collections.abc import Mapping

from bot.i18n import Joined, Listed, Percent, T, Value, t
from engine import FACTORS, Pack, Scorecard
from engine.report.wording import Row, beginning, clean

BOOKS = (
    "give_me_some_credit", "home_credit", "lendingclub", "south_german", "spanish", "superlender", "taiwan",
)  # fmt: skip
"""Public books whose title every language has; any other is called what its figures call it."""

GROUPS_SHOWN = 10
HASH_SHOWN = 12
LIMITS = ("refused", "answers", "population", "level", "one")


def card(model: Scorecard, pack: Pack | None) -> T:
    """Say it all, for somebody of this country or of none yet."""
    figures = model.figures
    mine = figures.get(f"kind {figures.get('choice', {}).get('kind') or model.kind}", {})
    parts: list[Value] = [t("model.title", model=model.id, hash=model.hash[:HASH_SHOWN])]
    parts += _made(figures)
    parts.append(_error(figures, mine))
    limits = tuple(t(f"model.limit.{name}", rate=Percent(model.bad_rate, 1)) for name in LIMITS)
    parts.append(t("model.limits", lines=Joined(limits)))
    if pack is not None:
        parts += _forbidden(model, pack)
    parts.append(_fair(beginning(figures, "fairness ")))
    return t("model.text", parts=Joined(tuple(parts), "\n\n"))


def _made(figures: Mapping[str, Row]) -> list[Value]:
    """Say from which loans the model was made, a lender's own or the public ones."""
    book, fit = figures.get("book"), figures.get("fit", {})
    if book is not None:
        name = clean(str(book.get("name") or ""), 60)
        size = t("model.book", name=name, loans=_count(book, "rows"), bad=_share(book, "bad_rate"))
        return [t("model.learnt", book=size, dates=_dates(book), held=_held(figures.get("split", {})))]
    if "loans" in fit:
        names = str(fit.get("books") or "").split(", ")
        books = Joined(tuple(t("model.item", book=title(name, figures)) for name in names))
        return [t("model.starter", loans=_count(fit, "loans"), books=books)]
    return []


def _dates(book: Row) -> T:
    try:
        first, last = (dt.date.fromisoformat(str(book.get(key))) for key in ("first_date", "last_date"))
    except ValueError:
        return t("model.no_dates")
    return t("model.dates", first=first, last=last)


def _held(split: Row) -> T:
    return t("model.held", loans=_count(split, "test_rows")) if "test_rows" in split else t("model.not_held")


def _error(figures: Mapping[str, Row], mine: Row) -> T:
    """Say how often the order is wrong and how far the probability is off, book by book where there are several."""
    books = beginning(figures, "book ")
    lines = [
        t("model.on_book", book=title(name, figures), loans=_count(row, "loans"), found=_found(row))
        for name, row in books.items()
    ]
    if _number(mine, "auc") is not None:
        lines.append(t("model.on_own", found=_found(mine)))
    return t("model.error", lines=Joined(tuple(lines))) if lines else t("model.no_error")


def _found(row: Row) -> T:
    return t("model.found", right=_pairs(row), off=_between(row, "ece", 1))


def _pairs(row: Row) -> Value:
    """Give the pairs put right of a hundred, with the interval where there is one."""
    value, low, high = (_number(row, key) for key in ("auc", "auc_low", "auc_high"))
    if value is None:
        return t("model.not_measured")
    right = round(100 * value)
    if low is None or high is None:
        return right
    return t("model.between", value=right, low=round(100 * low), high=round(100 * high))


def _forbidden(model: Scorecard, pack: Pack) -> list[Value]:
    """Name what the country forbids, and only what the model truly leaves alone there."""
    looked_at = {entry.name for entry in model.factors if model.permits(entry.name, pack)}
    names = [name for name in FACTORS if not pack.permits(name) and name not in looked_at]
    if not names:
        return []
    listed = Listed(tuple(t(f"factor.{name}") for name in names))
    return [t("model.forbidden", country=t(f"country.{pack.id}"), names=listed)]


def _fair(groups: Mapping[str, Row]) -> T:
    """Say how often each group would be approved beside the most favoured one, the least favoured first."""
    found = [(air, name) for name, row in groups.items() if (air := _number(row, "air")) is not None]
    if not found:
        return t("model.no_fairness")
    lines = [_group(name, groups[name]) for _, name in sorted(found)[:GROUPS_SHOWN]]
    more = len(found) - len(lines)
    rest = [t("model.groups_more", n=more)] if more else []
    return t("model.fairness", lines=Joined((*lines, *rest)))


def _group(name: str, row: Row) -> T:
    column, _, group = name.partition("=")
    return t(
        "model.group" if row.get("judged", True) else "model.group_few",
        column=t(f"factor.{column}") if column in FACTORS else clean(column, 40),
        group=clean(group, 40),
        ratio=_between(row, "air", 0),
        loans=_count(row, "rows"),
    )


def title(name: str, figures: Mapping[str, Row]) -> Value:
    """Give the title of a book in the person's language, or as its figures have it."""
    if name in BOOKS:
        return t(f"model.of.{name}")
    return clean(str(figures.get(f"book {name}", {}).get("title") or name), 80)


def _between(row: Row, name: str, digits: int) -> Value:
    value, low, high = (_number(row, key) for key in (name, f"{name}_low", f"{name}_high"))
    if value is None:
        return t("model.not_measured")
    if low is None or high is None:
        return Percent(value, digits)
    return t(
        "model.between", value=Percent(value, digits), low=Percent(low, digits), high=Percent(high, digits)
    )


def _share(row: Row, name: str) -> Value:
    value = _number(row, name)
    return t("model.not_measured") if value is None else Percent(value, 1)


def _count(row: Row, name: str) -> Value:
    value = _number(row, name)
    return t("model.not_measured") if value is None else round(value)


def _number(row: Row, name: str) -> float | None:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value
