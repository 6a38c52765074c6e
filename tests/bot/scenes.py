"""Scenes to put questions in: each country as it really is, on a day of the test's choosing."""

import datetime as dt
from functools import cache

from bot import i18n
from bot.dialogs.step import Scene
from engine import Pack, countries

TODAY = dt.date(2026, 3, 1)
COUNTRIES = ("cn", "us", "mx")


@cache
def pack(country: str) -> Pack:
    return countries.load(country)


def scene(country: str = "us", today: dt.date = TODAY, language: str = "en") -> Scene:
    return Scene(i18n.locale(language, country), today, pack(country))
