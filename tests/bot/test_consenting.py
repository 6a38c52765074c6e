import pytest

from bot import i18n
from bot.dialogs.consent import text_hash
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
        text_hash(locale, purpose, operator, contact)
        for purpose in ("score", "consumption", "social", "monitoring", "marketing")
        for operator, contact in (("Operator", "a@b"), ("Another", "a@b"), ("Operator", "c@d"))
    }
    assert len(prints) == 15
    assert all(len(found) == 64 for found in prints)
    assert text_hash(locale, "score", "Operator", "a@b") == text_hash(locale, "score", "Operator", "a@b")
    others = {text_hash(i18n.locale(other), "score", "Operator", "a@b") for other in ("zh_CN", "en", "es")}
    assert len(others) == 3
