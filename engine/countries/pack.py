"""The shape of a country pack, and what a pack says about a factor."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from engine import strict
from engine.factors import FACTORS

Sure = Literal["A", "B", "C"]
_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: immutable, every key known."""


class Source(_Strict, frozen=True):
    """Where a rule was read: A the text itself, B a second-hand source, C not checked yet."""

    name: _Text
    article: str
    sure: Sure


class Consent(_Strict, frozen=True):
    """A purpose a person may agree to, in the order in which they are asked.

    `required_for` names the use that cannot go without it ("" when nothing depends on it); `separate` asks
    for it on its own, never bundled; `written` shows its text in full with the consequences before agreeing;
    `per_query` makes it good for a single use, after which it has ended; `expiry_days` 0 means until it is
    withdrawn. "share" and "watch" are asked for each lender by name, when there is one to look or to watch.
    """

    key: Literal["score", "consumption", "social", "monitoring", "marketing", "share", "watch"]
    required_for: Literal["", "query", "watch", "look"]
    separate: bool
    written: bool
    per_query: bool
    expiry_days: _Count


class Decision(_Strict, frozen=True):
    """What the law of the place asks of a decision about a person."""

    automated_only_allowed: bool
    human_review: bool
    reasons_max: Annotated[int, msgspec.Meta(ge=1, le=4)]
    notice_days: _Count


class Retention(_Strict, frozen=True):
    """How long something is kept: whole months counted from an event."""

    what: _Text
    from_event: _Text
    months: Annotated[int, msgspec.Meta(ge=1)]
    sure: Sure


class Channel(_Strict, frozen=True):
    """An official body to turn to, and its telephone number or site ("" when not known)."""

    name: _Text
    contact: str
    sure: Sure


class Dispute(_Strict, frozen=True):
    """Contesting what is stored: the days until it must be decided (0: none was found), and who hears complaints."""

    days: _Count
    sure: Sure
    complain_to: Channel


class Pack(_Strict, frozen=True, eq=False):
    """What the law and custom of one place change; `engine.countries.load` gives a country's own.

    `factors` maps a factor to "allowed", "forbidden" or "restricted:<consent key>"; one that is not named
    is forbidden. `median_monthly_income` is in units of the currency and approximate, as
    `median_income_source` says. `indicative_apr` is the yearly nominal rate at which an instalment is
    reckoned when nobody has quoted one yet. `zone` is the time zone of the whole place (IANA), "" where
    it has several. `id_kind` is the python-stdnum module that knows the place's identity number; with
    `id_format_only` it has no check digit. `never_collect` lists what may not even be stored.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}$")]
    version: Annotated[int, msgspec.Meta(ge=1)]
    checked_on: dt.date
    reviewer: str
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1)]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    minor_units: Annotated[int, msgspec.Meta(ge=0, le=3)]
    median_monthly_income: Decimal
    median_income_source: _Text
    indicative_apr: Decimal
    indicative_apr_source: _Text
    age_of_majority: Annotated[int, msgspec.Meta(ge=14, le=25)]
    language: _Text
    zone: str
    phone_region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    id_kind: str
    id_format_only: bool
    never_collect: tuple[str, ...]
    factors: dict[str, str]
    consents: Annotated[tuple[Consent, ...], msgspec.Meta(min_length=1)]
    decision: Decision
    retention: tuple[Retention, ...]
    dispute: Dispute
    crisis: Channel
    scam_channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        """Check what the types alone cannot: known factors, known purposes, usable figures."""
        purposes = {consent.key for consent in self.consents}
        if len(purposes) != len(self.consents):
            raise ValueError("`consents` names a key twice; accepted: each key once")
        for name, rule in self.factors.items():
            _check_rule(name, rule, purposes)
        if not (self.median_monthly_income.is_finite() and self.median_monthly_income > 0):
            raise ValueError("`median_monthly_income` is not usable; accepted: a number above 0")
        if not (self.indicative_apr.is_finite() and 0 <= self.indicative_apr <= 10):
            raise ValueError("`indicative_apr` is not usable; accepted: 0 to 10, where 0.24 means 24 %")

    @property
    def draft(self) -> bool:
        """True while any source is unchecked (C) or no local reviewer stands behind the pack."""
        unsure = [item.sure == "C" for item in self.sources]
        unsure += [item.sure == "C" for item in self.retention]
        unsure += [self.dispute.sure == "C", self.dispute.complain_to.sure == "C"]
        unsure += [item.sure == "C" for item in (self.crisis, *self.scam_channels)]
        return not self.reviewer or any(unsure)

    def consent(self, key: str) -> Consent | None:
        """Give what the pack says of a purpose; None when nobody here is asked about it."""
        return next((consent for consent in self.consents if consent.key == key), None)

    def permits(self, factor: str) -> bool:
        """Say whether a score may use the factor at all, be it with a consent of its own."""
        return self.factors.get(factor, "forbidden") != "forbidden"

    def consents_for(self, factor: str) -> frozenset[str] | None:
        """Give every consent key the factor needs, or None when it is forbidden."""
        rule = self.factors.get(factor, "forbidden")
        if rule == "forbidden":
            return None
        return frozenset({FACTORS[factor].purpose, rule.partition(":")[2]} - {""})

    def permits_under(self, factor: str, purposes: Collection[str]) -> bool:
        """Say whether the factor may be used once the person has agreed to `purposes`."""
        needed = self.consents_for(factor)
        return needed is not None and needed.issubset(purposes)


def _check_rule(factor: str, rule: str, purposes: Collection[str]) -> None:
    if factor not in FACTORS:
        raise ValueError(f"`factors.{factor}` is no factor; accepted: {', '.join(FACTORS)}")
    if rule not in ("allowed", "forbidden", *(f"restricted:{purpose}" for purpose in purposes)):
        raise ValueError(
            f"`factors.{factor}` is `{rule}`; accepted: allowed, forbidden, "
            f"restricted:<consent>, where <consent> is one of: {', '.join(sorted(purposes))}"
        )
    if rule != "forbidden" and FACTORS[factor].purpose not in purposes:
        raise ValueError(f"`factors.{factor}` needs a consent `{FACTORS[factor].purpose}` in `consents`")


def read(path: Path) -> Pack:
    """Read a pack file, or raise PackError naming the file, the place and what is accepted."""
    return strict.read(path, Pack, strict.PackError)
