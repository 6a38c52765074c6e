"""Checks in words: how many are left, when the next one is free, and what one more costs."""

import datetime as dt
from dataclasses import dataclass, replace

from bot.dialogs.query import FREE, LAST, NONE, PAID, Cover
from bot.dialogs.reply import Button, Inline
from bot.i18n import Joined, T, Value, t
from bot.views.menus import action, buttons


@dataclass(frozen=True, slots=True)
class Tally:
    """How somebody's checks stand: `left` of `free` ones within `days`, and `paid` ones not used yet.

    `back` is when the next free one comes back: all are there while it is None. `after` is the same for somebody who
    makes a free check now. `stars` is the price of one more; 0 where none is sold.
    """

    free: int
    days: int
    left: int
    back: dt.datetime | None
    after: dt.datetime
    paid: int
    stars: int

    @property
    def sold(self) -> bool:
        """Whether one more would be sold now: only where none is left, neither free nor paid."""
        return self.stars > 0 and not self.open

    @property
    def open(self) -> bool:
        """Whether a check can be made now."""
        return self.left > 0 or self.paid > 0

    def spent(self) -> "Tally":
        """Give it as it is once a check was made."""
        if self.left:
            return replace(self, left=self.left - 1, back=self.after)
        return replace(self, paid=max(self.paid - 1, 0))

    def cover(self, zone: dt.tzinfo) -> Cover:
        """Say what the next check is covered by, with days as they are in somebody's own time zone."""
        if self.left > 1:
            return Cover(FREE, self.left - 1)
        if self.left:
            return Cover(LAST, 0, self.after.astimezone(zone).date().isoformat())
        back = self.back.astimezone(zone).date().isoformat() if self.back else ""
        return Cover(PAID, self.paid - 1, back) if self.paid else Cover(NONE, 0, back)


def counter(tally: Tally) -> T:
    """Say how many checks are left."""
    parts: list[Value] = []
    if tally.left:
        parts.append(t("checks.left", n=tally.left, free=tally.free, days=tally.days))
    elif tally.back is not None:
        parts.append(t("checks.none_left", back=tally.back))
    if tally.paid:
        parts.append(t("checks.paid", n=tally.paid))
    return t("checks.counter", parts=Joined(tuple(parts), " "))


def over(tally: Tally) -> T:
    """Say that the free ones are used, when the next one is free, what stays free, and the price of one more."""
    text = t("checks.over", n=tally.free, days=tally.days, back=tally.back or tally.after)
    return t("dialog.with_note", note=text, question=price(tally)) if tally.stars else text


def price(tally: Tally) -> T:
    """Say what one more costs, and that nothing is charged unasked."""
    return t("checks.price", n=tally.stars)


def ways_on(tally: Tally) -> Inline:
    """Offer one more where it is sold, and what costs nothing."""
    free = buttons("why", "improve", "whatif", "history")
    if tally.open:
        return buttons("score")
    if not tally.sold:
        return free
    return Inline(((Button(t("checks.buy", n=tally.stars), action("pay", "ask")),), *free.rows))
