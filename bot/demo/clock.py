"""A clock that can be put forward, never back: in the demonstration a month passes at the press of a button."""

import datetime as dt
from collections.abc import Callable


class Clock:
    """Gives the time, `days` ahead of what another clock says."""

    def __init__(self, base: Callable[[], dt.datetime], days: int = 0) -> None:
        self._base = base
        self.days = days

    def __call__(self) -> dt.datetime:
        """Give the time."""
        return self._base() + dt.timedelta(days=self.days)

    def forward(self, days: int) -> None:
        """Be so many days ahead from now on; fewer than before change nothing."""
        self.days = max(self.days, days)
