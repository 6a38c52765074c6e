import datetime as dt
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from engine import FACTORS, Pack, PackError, countries
from tests.engine.borrowers import CN, MX, OPEN, PACKS, US

SHIPPED = (Path(countries.__file__).parent / "cn.toml").read_text(encoding="utf-8")


def test_three_packs_ship_and_each_is_read_once() -> None:
    assert countries.available() == ("cn", "mx", "us")
    assert countries.load("cn") is countries.load("cn")


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_pack_speaks_of_every_factor(pack: Pack) -> None:
    assert set(pack.factors) == set(FACTORS)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_what_is_delicate_is_off_in_every_pack_that_ships(pack: Pack) -> None:
    assert not any(pack.permits(name) for name, factor in FACTORS.items() if factor.needs_pack)
    keys = ["score", "consumption", "monitoring", "marketing", "share", "watch"]
    assert [consent.key for consent in pack.consents] == keys


def test_sharing_is_agreed_to_for_a_time_and_where_the_law_says_so_for_one_look() -> None:
    asked = {pack.id: pack.consent("share") for pack in PACKS}
    assert {country: found.per_query for country, found in asked.items() if found} == {
        "cn": True, "mx": False, "us": False,
    }  # fmt: skip
    assert all(found and found.written and found.separate and found.expiry_days for found in asked.values())
    assert CN.consent("social") is None
    assert not any(c.per_query for pack in PACKS for c in pack.consents if c.key != "share")


def test_age_is_a_factor_in_cn_and_mx_and_only_eligibility_in_us() -> None:
    assert (CN.permits("age"), MX.permits("age"), US.permits("age")) == (True, True, False)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_an_unchecked_source_or_no_reviewer_makes_a_draft(pack: Pack) -> None:
    assert pack.draft
    checked = msgspec.structs.replace(
        pack,
        reviewer="somebody local",
        sources=tuple(msgspec.structs.replace(source, sure="A") for source in pack.sources),
        retention=tuple(msgspec.structs.replace(item, sure="A") for item in pack.retention),
        crisis=msgspec.structs.replace(pack.crisis, sure="A"),
        scam_channels=tuple(msgspec.structs.replace(item, sure="B") for item in pack.scam_channels),
        dispute=msgspec.structs.replace(
            pack.dispute, sure="A", complain_to=msgspec.structs.replace(pack.dispute.complain_to, sure="A")
        ),
    )
    assert not checked.draft
    assert msgspec.structs.replace(checked, reviewer="").draft


def test_facts_of_a_pack() -> None:
    assert (CN.currency, CN.minor_units, CN.age_of_majority, CN.id_kind) == ("CNY", 2, 18, "cn.ric")
    assert isinstance(CN.median_monthly_income, Decimal)
    assert isinstance(CN.checked_on, dt.date)
    assert US.id_format_only
    assert not CN.decision.automated_only_allowed
    assert US.decision.notice_days == 30
    assert {pack.id: pack.crisis.contact for pack in PACKS} == {
        "us": "988",
        "mx": "800 911 2000",
        "cn": "12356",
    }


def test_a_factor_needs_its_own_consent_and_the_one_that_restricts_it() -> None:
    assert CN.consents_for("income_ratio") == frozenset({"score"})
    assert CN.consents_for("spending_to_income") == frozenset({"consumption"})
    assert OPEN.consents_for("social_circle_defaults") == frozenset({"social"})
    assert CN.consents_for("sex") is None
    assert CN.permits_under("age", {"score"})
    assert not CN.permits_under("age", {"consumption"})
    assert not CN.permits_under("sex", {"score", "consumption", "social"})


def test_a_factor_that_a_pack_does_not_name_is_forbidden() -> None:
    pack = msgspec.structs.replace(CN, factors={})
    assert not any(pack.permits(name) for name in FACTORS)


BROKEN = {
    "unknown key": (
        "version = 1",
        "version = 1\nverison = 2",
        "unknown field `verison`.*accepted here: id, version",
    ),
    "unknown inner key": (
        "human_review = true",
        "human_review = true\nhumane = true",
        r"unknown field `humane`.*\$.decision.*accepted here: automated_only_allowed, human_review",
    ),
    "unknown key in a list": (
        'key = "score"',
        'key = "score"\nkee = 1',
        r"unknown field `kee`.*\$.consents\[0\].*accepted here: key, required_for",
    ),
    "missing key": ('currency = "CNY"', "", "missing required field `currency`"),
    "wrong type": ("version = 1", 'version = "1"', "Expected `int`, got `str`"),
    "bool for int": ("version = 1", "version = true", "Expected `int`, got `bool`"),
    "no such factor": (
        'sex = "forbidden"',
        'sexx = "forbidden"',
        "`factors.sexx` is no factor; accepted: overdue",
    ),
    "no such rule": (
        'sex = "forbidden"',
        'sex = "banned"',
        "`factors.sex` is `banned`; accepted: allowed, forbidden",
    ),
    "restricted by no consent": (
        'age = "allowed"',
        'age = "restricted:love"',
        "one of: consumption, marketing",
    ),
    "no consent for it": (
        'social_circle_defaults = "forbidden"',
        'social_circle_defaults = "allowed"',
        "`social`",
    ),
    "a consent twice": ('key = "marketing"', 'key = "score"', "names a key twice"),
    "too many reasons": ("reasons_max = 4", "reasons_max = 9", "<= 4"),
    "income of nothing": ('"5000"', '"0"', "accepted: a number above 0"),
    "income not a number": ('"5000"', '"NaN"', "accepted: a number above 0"),
    "usury": ('indicative_apr = "0.24"', 'indicative_apr = "24"', "0.24 means 24 %"),
    "not a date": ("checked_on = 2026-11-23", 'checked_on = "soon"', "checked_on"),
    "unsure of what": ('sure = "B"', 'sure = "D"', "sure"),
    "not TOML": ("[factors]", "[factors", "at line 22"),
}


@pytest.mark.parametrize(("old", "new", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_pack_not_in_order_is_refused_naming_place_and_what_is_accepted(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    assert old in SHIPPED
    path = tmp_path / "cn.toml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=rf"cn\.toml: (.|\n)*{reason}"):
        countries.read(path)


def test_a_pack_that_is_not_there_is_refused_naming_those_that_are() -> None:
    with pytest.raises(PackError, match=r"no pack `\.\./cn`; available: cn, mx, us"):
        countries.load("../cn")
