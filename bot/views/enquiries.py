"""The calendar of enquiries: twelve months at a glance, then each one that is among them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.i18n import Joined, Month, Signed, T, Value, t

MONTHS = 12
SHOWN = 12
HARD, SOFT, NONE = "■", "□", "·"


@dataclass(frozen=True, slots=True)
class Enquiry:
    """A day on which a lender asked about somebody; one that is `hard` counts until the day it `ends`."""

    on: dt.date
    hard: bool
    who: T | str
    ends: dt.date


@dataclass(frozen=True, slots=True)
class Effect:
    """What enquiries do to a score: how many are `counted`, what they cost, and by how much that changes on which day.

    `own` is the person's own count where it is the higher one, and so the one that holds.
    """

    counted: int
    own: int
    points: int
    changes: Mapping[dt.date, int]
    contested: bool = False


def calendar(found: Sequence[Enquiry], effect: Effect | None, today: dt.date) -> T:
    """Say it all; plainly, too, that nothing is known and what that means."""
    first = _month(today, MONTHS - 1)
    shown = [one for one in found if one.on >= first]
    if not shown:
        parts: list[Value] = [t("enquiries.none")]
    else:
        months = [_month(today, back) for back in reversed(range(MONTHS))]
        parts = [t("enquiries.text", lines=Joined(tuple(_row(month, shown) for month in months)))]
        listed = tuple(_line(one, effect, today) for one in shown[:SHOWN])
        parts.append(t("enquiries.each", lines=Joined(listed)))
    if effect is not None:
        parts.append(_effect(effect))
    parts.append(t("enquiries.rules"))
    return t("card.text", parts=Joined(tuple(parts), "\n\n"))


def _row(month: dt.date, found: Sequence[Enquiry]) -> T:
    there = [one for one in found if (one.on.year, one.on.month) == (month.year, month.month)]
    marks = "".join(HARD if one.hard else SOFT for one in sorted(there, key=lambda one: not one.hard))
    return t("enquiries.month", marks=marks or NONE, month=Month(month))


def _line(one: Enquiry, effect: Effect | None, today: dt.date) -> T:
    if not one.hard:
        return t("enquiries.soft", on=one.on, who=one.who)
    if one.ends <= today:
        return t("enquiries.over", on=one.on, who=one.who, until=one.ends)
    gained = effect.changes.get(one.ends, 0) if effect else 0
    if not gained:
        return t("enquiries.hard", on=one.on, who=one.who, until=one.ends)
    return t("enquiries.gains", on=one.on, who=one.who, until=one.ends, points=Signed(gained))


def _effect(effect: Effect) -> T:
    if effect.contested:
        return t("enquiries.contested")
    text = t("enquiries.effect", n=effect.counted, points=Signed(effect.points))
    return t("dialog.with_note", note=text, question=t("enquiries.own", n=effect.own)) if effect.own else text


def _month(day: dt.date, back: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
    return dt.date(year, month + 1, 1)
