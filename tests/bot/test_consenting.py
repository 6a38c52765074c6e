import pytest

from bot import i18n
from bot.dialogs.consent import Terms, text_hash
from bot.services.consenting import purposes
from engine import FACTORS
from tests.bot.scenes import COUNTRIES, pack


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_country_asks_only_for_what_it_may_use(country: str) -> None:
    place = pack(country)
    asked = purposes(place)
    assert asked[0] == "score"
    assert list(asked) == [c.key for c in place.consents if c.key in asked]
    used = {FACTORS[name].purpose for name in FACTORS if place.permits(name)}
    assert used <= set(asked)
    assert ("social" in asked) == ("social" in used)


@pytest.mark.parametrize("language", ["zh_CN", "en", "es"])
def test_the_fingerprint_is_of_the_very_words(language: str) -> None:
    locale = i18n.locale(language)
    prints = {
        text_hash(locale, Terms(purpose, operator, contact))
        for purpose in ("score", "consumption", "social", "monitoring", "marketing")
        for operator, contact in (("Operator", "a@b"), ("Another", "a@b"), ("Operator", "c@d"))
    }
    assert len(prints) == 15
    assert all(len(found) == 64 for found in prints)
    terms = Terms("score", "Operator", "a@b")
    assert text_hash(locale, terms) == text_hash(locale, terms)
    others = {text_hash(i18n.locale(other), terms) for other in ("zh_CN", "en", "es")}
    assert len(others) == 3


@pytest.mark.parametrize("language", ["zh_CN", "en", "es"])
def test_sharing_says_with_whom_how_often_and_how_long(language: str) -> None:
    locale = i18n.locale(language)
    shown = {}
    for country in COUNTRIES:
        terms = Terms.of("share", "Operator", "a@b", pack(country).consent("share"), "First & Best")
        shown[country] = locale.html(terms.text())
        assert shown[country].count("First &amp; Best") >= 2
        assert ("30" if country == "cn" else "90") in shown[country]
    assert shown["us"] == shown["mx"] != shown["cn"]
    assert not any("share" in purposes(pack(country)) for country in COUNTRIES)  # never asked at the start
