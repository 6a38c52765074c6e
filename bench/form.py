"""The form both bots put: the fifteen questions of the guided query, typed or pressed as people would."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One question: its name, an ordinary answer, the buttons it offers (none: the answer is typed)."""

    name: str
    answer: str
    buttons: tuple[str, ...] = ()


FEW = ("0", "1", "2", "3", "5")

FORM = (
    Field("loan_amount", "8000"),
    Field("loan_term_months", "12", ("6", "12", "24", "36")),
    Field("purchase_price", "10000"),
    Field("monthly_income", "5000"),
    Field("monthly_repayments", "600"),
    Field("total_owed", "4000"),
    Field("overdue_count_24m", "1", FEW),
    Field("worst_overdue_days", "12"),
    Field("card_utilisation", "45"),
    Field("credit_history_months", "48"),
    Field("enquiries_6m", "1", FEW),
    Field("public_records", "0", ("0", "1", "2")),
    Field(
        "occupation",
        "permanent",
        ("state", "permanent", "self_employed", "temporary", "student", "retired", "unemployed"),
    ),
    Field("employment_months", "36"),
    Field("monthly_spending", "2500"),
)
