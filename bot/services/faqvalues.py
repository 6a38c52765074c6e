"""What the answers of /faq fill in: settings, the country's own figures, and the scale, as the reader writes them."""

from collections.abc import Callable, Mapping
from typing import get_args

from bot.i18n import Listed, Value, t
from bot.sections import Day
from bot.services.context import Answering
from bot.views.official import against_fraud, channel

MONTHS_LOOKED_BACK = 24
"""Months of which late payments count: those of the factor `overdue_count_24m`."""

LISTED = 2
"""Days of a week that are named one by one; more in a row are named by the first and the last."""

OF_LATES = ("adverse_information", "negative_items", "credit_record")
"""Classes of data in a country's pack that late payments fall under."""


def _complaints(a: Answering) -> Value:
    return channel(a.scene.pack.dispute.complain_to) if a.scene.pack else t("faq.no_country.complaints")


def _police(a: Answering) -> Value:
    return against_fraud(a.scene.pack) or t("faq.no_country.police")


def _dispute_days(a: Answering) -> Value:
    return (a.scene.pack.dispute.days if a.scene.pack else 0) or a.context.settings.config.disputes.days


def _record_years(a: Answering) -> Value:
    kept = [one.months for one in a.scene.pack.retention if one.what in OF_LATES] if a.scene.pack else []
    return max(kept) // 12 if kept else t("faq.no_country.years")


def _bands(a: Answering) -> Value:
    return Listed(tuple(t("faq.band", band=band.name, start=band.floor) for band in a.context.model.bands))


def _hours(a: Answering) -> Value:
    support = a.context.settings.config.support
    days = [t(f"faq.day.{day}") for day in support.days]
    on: Value = Listed(tuple(days))
    if len(days) > LISTED and "".join(support.days) in "".join(get_args(Day)):
        on = t("faq.days", first=days[0], last=days[-1])
    return t("faq.hours", days=on, hours=support.hours.replace("-", "–"), zone=support.zone)


VALUES: Mapping[str, Callable[[Answering], Value]] = {
    "operator": lambda a: a.context.settings.config.operator.name,
    "contact": lambda a: a.context.settings.config.operator.contact,
    "lowest": lambda a: a.context.model.scale.low,
    "highest": lambda a: a.context.model.scale.high,
    "bands": _bands,
    "free": lambda a: a.context.settings.config.checks.free,
    "days": lambda a: a.context.settings.config.checks.days,
    "pin_attempts": lambda a: a.context.settings.config.registration.pin_attempts,
    "pin_lock": lambda a: a.context.settings.config.registration.pin_lock_minutes,
    "dispute_days": _dispute_days,
    "complaints": _complaints,
    "police": _police,
    "improve_months": lambda a: a.context.settings.config.scoring.improve_months,
    "keep_days": lambda a: a.context.settings.config.conversation.keep_days,
    "lates_years": lambda _: MONTHS_LOOKED_BACK // 12,
    "record_years": _record_years,
    "hours": _hours,
    "answer_hours": lambda a: a.context.settings.config.support.answer_hours,
    "uploads_days": lambda a: a.context.settings.config.uploads.keep_days,
}
"""Every placeholder an answer may hold."""


def of(a: Answering) -> dict[str, Value]:
    """Fill in all of them for whoever asks."""
    return {name: give(a) for name, give in VALUES.items()}
