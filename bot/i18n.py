"""What a person reads, in their language: catalogues, and numbers, dates and money as their country writes them.

A sentence is a key in `locales/<language>/LC_MESSAGES/bot.po`. Code passes keys and typed values (`T`); only here do
they become text, so every number is formatted in one place and every word from a person is escaped in one place.
"""

import datetime as dt
import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale as BabelLocale
from babel import UnknownLocaleError, dates, numbers, units
from babel.messages.pofile import read_po

LOCALES = Path(__file__).resolve().parent.parent / "locales"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217), never a float."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Percent:
    """A share, 0.25 for 25 %, with the digits worth showing."""

    share: float | Decimal
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in `unit`: month, day or year."""

    count: int
    unit: str = "month"


@dataclass(frozen=True, slots=True)
class Month:
    """The month of a day, with its year."""

    day: dt.date


@dataclass(frozen=True, slots=True)
class Signed:
    """Points given or taken, always with their sign."""

    points: int


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its name, as one says it: "Mexican pesos"."""

    code: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Several texts, each on a line of its own or with `separator` between them."""

    parts: tuple["Value", ...]
    separator: str = "\n"


@dataclass(frozen=True, slots=True)
class Listed:
    """Several texts in one sentence, separated as the language does it."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class T:
    """A sentence to be: its key and its values. `n`, when given, chooses the plural."""

    key: str
    values: Mapping[str, "Value"] = field(default_factory=dict)
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A text that stands in no catalogue but comes with its words, by language; made into text as a `T` is.

    Its tags and {placeholders} count, unless it is `literal`: words of somebody's, in which nothing does.
    """

    texts: Mapping[str, str]
    values: Mapping[str, "Value"] = field(default_factory=dict)
    literal: bool = False


Value = (
    str
    | int
    | float
    | Decimal
    | dt.datetime
    | dt.date
    | Money
    | Percent
    | Span
    | Month
    | Signed
    | Currency
    | Joined
    | Listed
    | T
    | Written
)


def t(key: str, n: int | None = None, **values: Value) -> T:
    """Build a `T` without writing a dict."""
    return T(key, values, n)


class MissingText(LookupError):
    """A key is in no catalogue: a mistake of ours, caught by the tests."""


@cache
def catalogue(language: str) -> Mapping[str, tuple[str, ...]]:
    """All sentences of a language: key -> its plural forms (one form where there is no plural)."""
    with (LOCALES / language / "LC_MESSAGES" / "bot.po").open("rb") as file:
        messages = read_po(file, locale=language)
    found: dict[str, tuple[str, ...]] = {}
    for message in messages:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if key:
            found[key] = tuple(str(form or "") for form in forms)
    return found


@dataclass(frozen=True, slots=True)
class Locale:
    """A language as written in a country: renders keys and values. Build it with `locale()`."""

    language: str
    babel: BabelLocale
    zone: dt.tzinfo = dt.UTC

    def has(self, key: str) -> bool:
        """Whether the catalogue knows this key."""
        return key in catalogue(self.language)

    def html(self, text: T) -> str:
        """Give the sentence as Telegram HTML: the catalogue's tags kept, every value escaped. Raises MissingText."""
        return self._render(text, escape=True)

    def plain(self, text: T) -> str:
        """Give the sentence without markup, for buttons, file names and pictures. Raises MissingText."""
        return self._render(text, escape=False)

    def value(self, value: Value, *, escape: bool = False) -> str:  # noqa: PLR0911 - one arm a type
        """Format one typed value the way this person writes it."""
        match value:
            case T():
                return self._render(value, escape=escape)
            case Written():
                return self._written(value, escape=escape)
            case Joined(parts, separator):
                return separator.join(self.value(part, escape=escape) for part in parts)
            case Listed(parts):
                return self.plain(T("list.separator")).join(self.value(part, escape=escape) for part in parts)
            case Currency(code):
                return numbers.get_currency_name(code, count=2, locale=self.babel)
            case str():
                return html.escape(value, quote=False) if escape else value
            case Money(amount, currency):
                digits = "¤#,##0.00" if amount != amount.to_integral_value() else "¤#,##0"
                return numbers.format_currency(
                    amount, currency, format=digits, locale=self.babel, currency_digits=False
                )
            case Percent(share, digits):
                form = "#,##0" + ("." + "#" * digits if digits else "") + "%"
                return numbers.format_percent(share, format=form, locale=self.babel)
            case Span(count, unit):
                return units.format_unit(count, f"duration-{unit}", self._length, locale=self.babel)
            case Month(within):
                return dates.format_skeleton("yMMM", within, locale=self.babel)
            case Signed(points):
                sign = "+" if points > 0 else "−" if points < 0 else "±"
                return sign + numbers.format_decimal(abs(points), locale=self.babel)
            case dt.datetime():
                there = value.astimezone(self.zone)
                day = dates.format_date(there, "medium", locale=self.babel)
                hour = dates.format_time(there, "short", locale=self.babel)
                return f"{day} {hour}" + (" UTC" if self.zone is dt.UTC else "")
            case dt.date():
                return dates.format_date(value, "medium", locale=self.babel)
            case _:
                return numbers.format_decimal(value, locale=self.babel)

    @property
    def _length(self) -> Literal["short", "long"]:
        # Chinese has one way to write a length of time, which the locale data file under "short"
        return "short" if self.babel.language == "zh" else "long"

    def short_date(self, value: dt.datetime) -> str:
        """Give a date short enough for the axis of a chart."""
        return dates.format_date(value.astimezone(self.zone).date(), "short", locale=self.babel)

    def _written(self, text: Written, *, escape: bool) -> str:
        form = text.texts.get(self.language)
        if form is None:
            raise MissingText(f"{self.language}: a text that comes with its words")
        if text.literal:
            return self.value(form, escape=escape)
        return form.format_map(
            {name: self.value(value, escape=escape) for name, value in text.values.items()}
        )

    def _render(self, text: T, *, escape: bool) -> str:
        forms = catalogue(self.language).get(text.key)
        if not forms or not forms[0]:
            raise MissingText(f"{self.language}: {text.key}")
        form = forms[0]
        if text.n is not None and len(forms) > 1:
            form = forms[min(_plural(self.language, text.n), len(forms) - 1)]
        values = {name: self.value(value, escape=escape) for name, value in text.values.items()}
        for name, value in text.values.items():
            if isinstance(value, dt.datetime) and values[name].endswith("."):
                form = form.replace(f"{{{name}}}.", f"{{{name}}}")  # "8:07 p.m." ends a sentence by itself
        if text.n is not None:
            values.setdefault("n", self.value(text.n))
        return form.format_map(values) if values else form


def _plural(language: str, n: int) -> int:
    # gettext counts plural forms in the order of CLDR's tags for the language, "other" last
    rule = BabelLocale.parse(language).plural_form
    tags = [*sorted(rule.tags, key=["zero", "one", "two", "few", "many"].index), "other"]
    return tags.index(rule(n))


@cache
def locale(language: str, country: str = "", zone: str = "") -> Locale:
    """Give the locale of a language in a country ("es" in "mx" writes 1,234.50, not 1.234,50).

    `zone` is the country's time zone (IANA); times are shown in UTC, and say so, where it has several.
    """
    base = language.split("_", maxsplit=1)[0]
    for name in (f"{base}_{country.upper()}" if country else language, language, base):
        try:
            return Locale(language, BabelLocale.parse(name), ZoneInfo(zone) if zone else dt.UTC)
        except (UnknownLocaleError, ValueError):
            continue
    raise MissingText(f"no such language: {language}")


def guess(code: str | None, offered: tuple[str, ...], fallback: str) -> str:
    """Choose among the offered languages for a Telegram `language_code` such as "zh-hans" or "es-419"."""
    base = (code or "").replace("_", "-").split("-", maxsplit=1)[0].lower()
    return next((language for language in offered if language.split("_", maxsplit=1)[0] == base), fallback)
