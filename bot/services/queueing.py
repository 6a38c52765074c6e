"""Queueing: which message goes next. No clock and no I/O: times are seconds of a clock that never jumps.

Of all that could go now the most urgent goes, then the oldest; in one chat, what is equally urgent keeps its order. A
chat has one message on its way at a time, rests for as long as Telegram told it to, and gets new messages at a pace.
"""

import heapq
from bisect import insort
from collections.abc import Hashable
from dataclasses import dataclass, field
from math import inf

from storage.outbox import Parcel

AT_ONCE = frozenset({"answerCallbackQuery", "answerPreCheckoutQuery"})
"""Calls that somebody's app waits for, and that a rest of their chat does not hold up."""
ASIDE = AT_ONCE | {"deleteMessage"}
"""Calls that need not wait for the messages before them: a button stops spinning, a secret goes, at once."""
REMEMBERED = 10_000
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast new messages may go: in all, and to one chat, where so many may come together.

    A group gets `per_group_per_minute` within any minute at most, those that come together among them.
    """

    per_second: float = inf
    per_chat_per_second: float = inf
    burst: int = 1
    per_group_per_minute: float = inf

    @property
    def chat(self) -> tuple[float, float]:
        """Seconds between two messages to a person, and how far ahead of that their chat may be."""
        apart = 1 / self.per_chat_per_second
        return apart, (self.burst - 1) * apart

    @property
    def group(self) -> tuple[float, float]:
        """Give the same for a group: what may come together is taken off what comes in a minute."""
        together = min(self.burst, self.per_group_per_minute / 2)
        apart = MINUTE / (self.per_group_per_minute - together)
        return apart, (together - 1) * apart if together > 1 else 0.0


@dataclass(slots=True)
class _Lane:
    """What waits in one chat, by urgency; an aside has a lane of its own."""

    rows: dict[int, list[Parcel]] = field(default_factory=dict)
    busy: bool = False
    shown: tuple[int, int] | None = None  # the entry that stands for this lane among the ready,
    wakes: float = 0.0  # and when the one among the later is looked at


class Queue:
    """The messages in hand that are not on their way."""

    def __init__(self, pace: Pace) -> None:
        self._apart = 1 / pace.per_second
        self._chat, self._group = pace.chat, pace.group
        self._lanes: dict[Hashable, _Lane] = {}
        self._ready: list[tuple[int, int, Hashable]] = []
        self._later: list[tuple[float, int, Hashable]] = []
        self._due: dict[int, float] = {}  # by row: not before
        self._rests: dict[int, float] = {}  # by chat: nothing before
        self._paid: dict[int, float] = {}  # by chat: the messages so far fill its pace up to here
        self._free_at = 0.0  # when the pace of all lets the next message go

    def put(self, parcel: Parcel, due: float = 0.0) -> None:
        """Add a parcel, or put one back in its place."""
        if due:
            self._due[parcel.id] = due
        key = _key(parcel)
        lane = self._lanes.setdefault(key, _Lane())
        insort(lane.rows.setdefault(parcel.priority, []), parcel, key=lambda one: one.id)
        self._show(key, lane, 0.0)

    def rest(self, chat_id: int, until: float) -> None:
        """Let a chat rest."""
        if len(self._rests) > REMEMBERED:
            self._rests = dict(sorted(self._rests.items(), key=lambda one: -one[1])[: REMEMBERED // 2])
        self._rests[chat_id] = max(until, self._rests.get(chat_id, 0.0))

    def next(self, now: float) -> Parcel | float | None:
        """Give the parcel that goes now, else the seconds until there may be one; None while nothing waits."""
        while self._later and self._later[0][0] <= now:
            key = heapq.heappop(self._later)[2]
            if (lane := self._lanes.get(key)) is not None:
                lane.wakes = 0.0
                self._show(key, lane, now)
        while self._ready:
            priority, row, key = self._ready[0]
            lane = self._lanes.get(key)
            if lane is None or lane.busy or lane.shown != (priority, row):
                heapq.heappop(self._ready)
                continue
            first, when = self._first(lane, now)
            if first is None or when > now or (first.priority, first.id) != lane.shown:
                heapq.heappop(self._ready)
                lane.shown = None
                self._show(key, lane, now)
                continue
            if _paced(first) and self._free_at > now:
                return self._free_at - now
            heapq.heappop(self._ready)
            return self._take(lane, first, now)
        return max(self._later[0][0] - now, 0.001) if self._later else None

    def end(self, parcel: Parcel, now: float) -> None:
        """Note that a parcel is on its way no more: its chat is free for the next."""
        key = _key(parcel)
        lane = self._lanes[key]
        lane.busy = False
        if lane.rows:
            self._show(key, lane, now)
        else:
            del self._lanes[key]

    def _take(self, lane: _Lane, parcel: Parcel, now: float) -> Parcel:
        rows = lane.rows[parcel.priority]
        rows.remove(parcel)
        if not rows:
            del lane.rows[parcel.priority]
        lane.busy, lane.shown = True, None
        self._due.pop(parcel.id, None)
        if _paced(parcel):
            self._free_at = max(self._free_at, now - self._apart) + self._apart
            apart, _ = self._pace_of(parcel)
            if apart:
                if len(self._paid) > REMEMBERED:
                    self._paid = {chat: paid for chat, paid in self._paid.items() if paid > now}
                self._paid[parcel.chat_id] = max(self._paid.get(parcel.chat_id, 0.0), now) + apart
        return parcel

    def _show(self, key: Hashable, lane: _Lane, now: float) -> None:
        """Enter a lane where it is looked for: among the ready, or at the time when it will be."""
        if lane.busy or not lane.rows:
            return
        first, when = self._first(lane, now)
        if first is None:
            return
        if when > now:
            if lane.wakes != when:
                lane.wakes = when
                heapq.heappush(self._later, (when, first.id, key))
        elif lane.shown != (first.priority, first.id):
            lane.shown = (first.priority, first.id)
            heapq.heappush(self._ready, (*lane.shown, key))

    def _first(self, lane: _Lane, now: float) -> tuple[Parcel | None, float]:
        """Give the most urgent parcel of a lane that may go now, else the one that may go first, and when."""
        found, soonest = None, inf
        for priority in sorted(lane.rows):
            parcel = lane.rows[priority][0]
            when = self._when(parcel)
            if when <= now:
                return parcel, when
            if when < soonest:
                found, soonest = parcel, when
        return found, soonest

    def _when(self, parcel: Parcel) -> float:
        when = self._due.get(parcel.id, 0.0)
        if parcel.call.method not in AT_ONCE:
            when = max(when, self._rests.get(parcel.chat_id, 0.0))
        apart, slack = self._pace_of(parcel)
        if apart and _paced(parcel):
            when = max(when, self._paid.get(parcel.chat_id, 0.0) - slack)
        return when

    def _pace_of(self, parcel: Parcel) -> tuple[float, float]:
        return (
            self._group if parcel.chat_id < 0 else self._chat
        )  # Telegram numbers people up from 0, groups down


def _key(parcel: Parcel) -> Hashable:
    return ("aside", parcel.id) if parcel.call.method in ASIDE else parcel.chat_id


def _paced(parcel: Parcel) -> bool:
    """Say whether a call makes a new message; others are not counted by Telegram."""
    return parcel.call.method.startswith(("send", "copy"))
