import datetime as dt
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot import i18n
from bot.dialogs.consent import Terms, text_hash
from bot.sections import Operator
from bot.services import consenting
from bot.views import receipts
from bot.views.receipts import Item, Receipt
from engine import FACTORS, QUESTIONS
from tests.bot.scenes import COUNTRIES, pack

AT = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
OPERATOR = Operator("Credit & Co", "desk@example.org", "")
NUMBER = "0b8a2a7e-6c1d-4f0e-9b8e-1f6c7d2e3a4b"
OTHER = "5c9d1e2f-0a1b-4c3d-8e9f-a0b1c2d3e4f5"


@cache
def schema() -> jsonschema.Draft202012Validator:
    path = Path(__file__).resolve().parents[2] / "docs" / "consent-receipt.schema.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(written)
    return jsonschema.Draft202012Validator(written, format_checker=jsonschema.FormatChecker())


def item(purpose: str, country: str = "us", language: str = "en", **changes: Any) -> Item:
    lender = changes.get("lender", "")
    asked = pack(country).consent(purpose)
    terms = Terms.of(purpose, OPERATOR.name, OPERATOR.contact, asked, lender)
    seal = text_hash(i18n.locale(language), terms)
    values: dict[str, Any] = {"given": True, "version": 1, "language": language, "text_hash": seal}
    return Item(purpose, **values | changes)


def told(
    *items: Item, country: str = "us", operator: Operator = OPERATOR, method: str = "button"
) -> dict[str, Any]:
    receipt = Receipt(NUMBER, "7K2MXPQ4RT", country, method, AT, items)
    found: dict[str, Any] = json.loads(receipts.file(receipt, operator, pack(country)))
    schema().validate(found)
    return found


@pytest.mark.parametrize("language", ["zh_CN", "en", "es"])
@pytest.mark.parametrize("country", COUNTRIES)
def test_a_receipt_has_every_field_of_the_standard(country: str, language: str) -> None:
    asked = [c.key for c in pack(country).consents if c.key not in consenting.BY_NAME]
    found = told(*(item(purpose, country, language) for purpose in asked), country=country)
    assert (found["jurisdiction"], found["piiPrincipalId"]) == (country.upper(), "7K2MXPQ4RT")
    assert dt.datetime.fromisoformat(found["consentTime"]) == AT
    assert found["consentTimestamp"] == int(AT.timestamp())
    assert found["piiControllers"] == [{"piiController": "Credit & Co", "contact": "desk@example.org"}]
    purposes = found["services"][0]["purposes"]
    assert [p["purposeId"] for p in purposes] == asked
    for one in purposes:
        assert one["textHash"] == f"sha256:{sha256(one['text'].encode()).hexdigest()}"
        assert one["purpose"] == i18n.locale(language).plain(i18n.T(f"purpose.{one['purposeId']}"))
        assert one["termination"] == "until withdrawn"


@pytest.mark.parametrize("country", COUNTRIES)
def test_it_names_what_is_used_and_nothing_that_is_forbidden(country: str) -> None:
    place = pack(country)
    (score,) = told(item("score", country), country=country)["services"][0]["purposes"]
    (spending,) = told(item("consumption", country), country=country)["services"][0]["purposes"]
    assert {"monthly_income", "national_id", "phone", "overdue_count_24m"} <= set(score["piiCategory"])
    assert {"monthly_spending", "spending_to_income"} <= set(spending["piiCategory"])
    for one in (score, spending):
        assert all(place.permits(name) for name in one["piiDerived"])
        assert not {name for name, factor in FACTORS.items() if not place.permits(name)} & set(
            one["piiDerived"]
        )
    assert not {"sex", "marital_status", "education"} & set(score["piiCategory"])
    assert not {name for name, q in QUESTIONS.items() if q.purpose == "consumption"} & set(score["piiAsked"])


def test_one_for_a_lender_names_it_and_says_how_long() -> None:
    ends = AT + dt.timedelta(days=90)
    found = told(item("share", lender="First <Bank>", expires_at=ends))
    (one,) = found["services"][0]["purposes"]
    assert [party["piiController"] for party in found["piiControllers"]] == ["Credit & Co", "First <Bank>"]
    assert (one["thirdPartyName"], one["recipients"]) == ("First <Bank>", ["Credit & Co", "First <Bank>"])
    assert (one["withdrawalMethod"], one["singleUse"]) == ("/share", False)
    assert dt.datetime.fromisoformat(one["termination"]) == ends
    assert one["piiCategory"] == ["band", "reasons", "score", "validity"]
    once = told(item("share", "cn", lender="Bank", expires_at=ends), country="cn")
    assert once["services"][0]["purposes"][0]["singleUse"]


def test_one_that_ends_another_refers_to_it() -> None:
    (one,) = told(item("score", given=False, ends=OTHER))["services"][0]["purposes"]
    assert (one["decision"], one["endsReceipt"]) == ("withdrawn", OTHER)
    (other,) = told(item("score", given=False))["services"][0]["purposes"]
    assert other["decision"] == "refused"


def test_the_text_is_left_out_where_it_is_not_the_one_that_was_shown() -> None:
    made = item("score")
    assert "text" in told(made)["services"][0]["purposes"][0]
    another = told(made, operator=Operator("Another", "desk@example.org", "L-1"))
    (one,) = another["services"][0]["purposes"]
    assert "text" not in one
    assert one["textHash"] == f"sha256:{made.text_hash}"
    assert another["piiControllers"][0]["licence"] == "L-1"
    assert "text" not in told(item("score", version=99))["services"][0]["purposes"][0]


def test_the_schema_refuses_what_is_no_receipt() -> None:
    whole = told(item("share", lender="Bank"))
    for key in whole:
        with pytest.raises(jsonschema.ValidationError):
            schema().validate({name: value for name, value in whole.items() if name != key})
    (one,) = whole["services"][0]["purposes"]
    for broken in (
        {**one, "thirdPartyDisclosure": False},
        {**one, "endsReceipt": OTHER},
        {**one, "decision": "withdrawn"},
        {**one, "consentType": "IMPLICIT"},
        {**one, "textHash": "sha256:0"},
        {**one, "more": 1},
    ):
        services = [{"service": "Candor", "purposes": [broken]}]
        with pytest.raises(jsonschema.ValidationError):
            schema().validate({**whole, "services": services})
