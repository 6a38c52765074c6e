import pytest

from engine import FACTORS

UP = """overdue_count_24m worst_overdue_days total_owed_to_income card_utilisation debt_service_ratio loan_to_income
instalment_to_income loan_to_price term_months spending_to_income spending_regularity social_circle_defaults
enquiries_6m public_records"""
DOWN = "credit_history_months income_ratio employment_months residence_months utilities_on_time"
EVIDENCE = "occupation age housing dependents education marital_status sex"


def test_the_catalogue_is_the_one_of_the_design() -> None:
    found = {name: factor.direction for name, factor in FACTORS.items()}
    wanted = (
        dict.fromkeys(UP.split(), "up")
        | dict.fromkeys(DOWN.split(), "down")
        | dict.fromkeys(EVIDENCE.split(), "evidence")
        | {"open_accounts": "none"}
    )
    assert found == wanted


def test_what_is_delicate_is_off_until_a_pack_says_otherwise() -> None:
    assert {name for name, factor in FACTORS.items() if factor.needs_pack} == {
        "education",
        "marital_status",
        "sex",
        "social_circle_defaults",
    }


def test_a_factor_is_a_number_within_its_range_or_one_of_its_classes() -> None:
    for factor in FACTORS.values():
        assert bool(factor.classes) == (factor.kind == "class")
        assert factor.kind == "class" or factor.low < factor.high


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("age", 18, True),
        ("age", 17.9, False),
        ("age", float("nan"), False),
        ("age", float("inf"), False),
        ("age", "old", False),
        ("age", True, False),
        ("housing", "own", True),
        ("housing", "castle", False),
        ("housing", 1.0, False),
    ],
)
def test_what_a_factor_accepts(name: str, value: object, accepted: bool) -> None:
    assert FACTORS[name].accepts(value) is accepted
