"""What a file came to: its window, its figures, the answers they give, and the rows it held."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from engine.watch.events import Event

Kind = Literal["statement", "shopping", "pay", "tax", "report"]
Flag = Literal["few_months", "partial", "no_income", "no_regular_income", "unstable_income", "over_limit"]
Figure = Decimal | int | str


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row as it was understood: money in is above zero. Kept sealed for a while, then dropped."""

    line: int
    on: dt.date
    amount: Decimal
    text: str = ""
    group: str = ""
    balance: Decimal | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was read out of a file.

    `layout` names what it was recognised as: "bank", "card", "wallet", "shop", "pay", "tax", "report". The window is
    from `first` to `last`; `months` are the whole months in it that the figures rest on. `answers` are named as the
    questions are, sums in `currency` ("" where the file names none); `verified` names those that the file itself
    shows. `figures` are what is shown beside them. Each is a `Figure`; kept as JSON and read again, sums are text.
    """

    kind: Kind
    layout: str
    first: dt.date
    last: dt.date
    months: int
    rows: int
    currency: str = ""
    source: Literal["statement", "bureau"] = "statement"
    answers: Mapping[str, Any] = {}
    verified: tuple[str, ...] = ()
    figures: Mapping[str, Any] = {}
    mix: Mapping[str, Decimal] = {}
    flags: tuple[Flag, ...] = ()
    events: tuple[Event, ...] = ()
    lines: tuple[Line, ...] = ()
