import datetime as dt
import html
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import i18n, settings
from bot.i18n import Joined, MissingText, Money, Percent, Signed, Span, Written, t

CONFIG = settings.read_config(settings.ROOT / "config.toml")
PLACES = [(language, country) for language in CONFIG.bot.languages for country in ("", *CONFIG.bot.countries)]


def value(of: i18n.Value, language: str, country: str) -> str:
    return i18n.locale(language, country).value(of).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(("language", "country"), PLACES)
def test_every_language_speaks_in_every_country(language: str, country: str) -> None:
    locale = i18n.locale(language, country)
    assert locale.babel.language == language.split("_", maxsplit=1)[0]
    assert locale.html(t("start.first"))
    if (language, country) in {("zh_CN", "cn"), ("en", "us"), ("es", "mx"), ("es", "us")}:
        assert str(locale.babel.territory).lower() == country


@pytest.mark.parametrize(
    ("of", "language", "country", "written"),
    [
        (Money(Decimal(12000), "CNY"), "zh_CN", "cn", "¥12,000"),
        (Money(Decimal("12000.5"), "USD"), "en", "us", "$12,000.50"),
        (Money(Decimal(12000), "MXN"), "es", "mx", "$12,000"),
        (Money(Decimal("1234567.89"), "MXN"), "es", "mx", "$1,234,567.89"),
        (1234567, "en", "us", "1,234,567"),
        (1234567, "es", "mx", "1,234,567"),
        (1234567, "zh_CN", "cn", "1,234,567"),
        (Percent(0.083, 1), "en", "us", "8.3%"),
        (Percent(Decimal("0.3")), "zh_CN", "cn", "30%"),
        (Signed(34), "en", "us", "+34"),
        (Signed(-34), "en", "us", "−34"),
        (Signed(0), "en", "us", "±0"),
        (Span(1), "en", "us", "1 month"),
        (Span(18), "en", "us", "18 months"),
        (Span(2, "year"), "es", "mx", "2 años"),
        (dt.date(2026, 3, 1), "zh_CN", "cn", "2026年3月1日"),
        (dt.date(2026, 3, 1), "en", "us", "Mar 1, 2026"),
    ],
)
def test_values_are_written_as_the_country_writes_them(
    of: i18n.Value, language: str, country: str, written: str
) -> None:
    assert value(of, language, country) == written


def test_a_time_is_told_where_the_person_is() -> None:
    moment = dt.datetime(2026, 2, 28, 23, 30, tzinfo=dt.UTC)
    assert "3月1日" in i18n.locale("zh_CN", "cn", "Asia/Shanghai").value(moment)
    assert "UTC" in i18n.locale("en", "us").value(moment)


HOSTILE = [
    "<b>",
    "</b>",
    "&",
    "<a href='tg://user?id=1'>Support</a>",
    "{operator}",
    "%s",
    "\u202e",
    "a" * 4096,
    "{",
    "}",
]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:12])
def test_words_from_a_person_are_words_and_no_markup(words: str) -> None:
    locale = i18n.locale("en")
    text = locale.html(t("register.done", name=words, phone="1", national_id="2"))
    assert html.escape(words, quote=False) in text
    assert words in locale.plain(t("register.done", name=words, phone="1", national_id="2"))


@given(st.text(max_size=60))
def test_nested_words_are_escaped_exactly_once(words: str) -> None:
    inner = t("query.line", name=words, value=words)
    text = i18n.locale("en").html(t("query.summary", lines=Joined((inner, inner))))
    assert text.count(html.escape(words, quote=False)) >= 2 or not words
    assert "&amp;lt;" not in text or "&lt;" in words


def test_a_sentence_nobody_wrote_is_a_mistake_of_ours() -> None:
    with pytest.raises(MissingText, match=r"en: no\.such\.key"):
        i18n.locale("en").html(t("no.such.key"))
    with pytest.raises(MissingText):
        i18n.locale("xx")


@pytest.mark.parametrize("language", CONFIG.bot.languages)
@pytest.mark.parametrize("n", [0, 1, 2, 5, 1_000_000])
def test_plurals(language: str, n: int) -> None:
    forms = i18n.catalogue(language)["history.caption"]
    values: dict[str, i18n.Value] = {"score": 1, "change": 2, "first": 3}
    text = i18n.locale(language).plain(t("history.caption", n=n, **values))
    shapes = [form.format(n=i18n.locale(language).value(n), **values) for form in forms]
    assert text == (shapes[0] if n == 1 or len(shapes) == 1 else shapes[-1])


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh-hans", "zh_CN"), ("zh", "zh_CN"), ("zh_TW", "zh_CN"), ("es-419", "es"), ("ES", "es"), ("en-GB", "en"),
     ("fr", "en"), ("", "en"), (None, "en"), ("-", "en"), ("e", "en")],
)  # fmt: skip
def test_the_language_of_somebodys_app(code: str | None, language: str) -> None:
    assert i18n.guess(code, ("zh_CN", "en", "es"), "en") == language


def test_a_text_that_comes_with_its_words_is_rendered_like_a_sentence() -> None:
    texts = {"en": "<b>{name}</b> has {n}", "es": "{name} tiene {n}"}
    text = Written(texts, {"name": "<i>", "n": 1234})
    assert i18n.locale("en", "us").value(text, escape=True) == "<b>&lt;i&gt;</b> has 1,234"
    assert i18n.locale("es", "mx").value(text) == "<i> tiene 1,234"
    with pytest.raises(MissingText):
        i18n.locale("zh_CN").value(text)


def test_words_of_somebodys_are_taken_as_they_are() -> None:
    text = Written({"en": "<b>{name}</b>"}, literal=True)
    assert i18n.locale("en").value(text, escape=True) == "&lt;b&gt;{name}&lt;/b&gt;"
    assert i18n.locale("en").value(text) == "<b>{name}</b>"


def test_an_hour_that_ends_with_a_full_stop_ends_the_sentence() -> None:
    evening = dt.datetime(2026, 11, 24, 2, 7, tzinfo=dt.UTC)
    text = i18n.t("checks.none_left", back=evening)
    spanish = i18n.locale("es", "mx", "America/Mexico_City").plain(text)
    assert "p.m." in spanish
    assert ".." not in spanish
    assert "UTC." in i18n.locale("es").plain(text), "elsewhere the sentence keeps its own"
