"""The catalogue of borrower factors: questions, points, reasons, tips and law switches all hang on it.

A factor is a fact about a borrower in the unit the models read. Money never appears here: it has become a
ratio before it gets this far, so that one model serves several currencies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["number", "class"]
Group = Literal["credit record", "capacity", "personal", "consumption", "social", "other"]
Direction = Literal["up", "down", "none", "evidence"]
Change = Literal["person", "slowly", "time", "expires", "no"]
Purpose = Literal["score", "consumption", "social"]

# What a scorer takes: one value for each factor that is known; a factor that is not known is absent.
Value = float | str
Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: its name, its unit, the values it may take, and what may be done with it.

    `direction` is that of RISK: "up" means that more is riskier and "down" that more is safer, and every
    model is held to it; "none" has no direction (few and many are both riskier); "evidence" leaves the shape
    to the data. `change` says who can move it: "person" (by deciding to), "slowly", "time" (by waiting),
    "expires", or "no". `purpose` is the consent under which it may be used. `needs_pack` marks factors that
    stay OFF unless a country pack names them expressly; for every factor, one that a pack does not name is
    forbidden there.
    """

    name: str
    group: Group
    unit: str
    low: float
    high: float
    classes: tuple[str, ...]
    direction: Direction
    change: Change
    purpose: Purpose = "score"
    needs_pack: bool = False

    @property
    def kind(self) -> Kind:
        """Say how a value is told: as a number or as one of the classes."""
        return "class" if self.classes else "number"

    def accepts(self, value: object) -> bool:
        """Say whether a model may read `value`: a number within low..high, or one of the classes."""
        if self.kind == "class":
            return value in self.classes
        return (
            isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high
        )


_OCCUPATION = ("state", "permanent", "self_employed", "temporary", "student", "retired", "unemployed")
_HOUSING = ("own", "rent", "family", "other")
_EDUCATION = ("postgraduate", "higher", "secondary", "low")
_MARITAL_STATUS = ("married", "single", "divorced", "widowed")
_SEX = ("female", "male")

# The upper ends are where a value stops telling anything more, not where it becomes impossible: a ratio
# beyond its end is read as the end.
_CATALOGUE = (
    Factor("overdue_count_24m", "credit record", "times", 0, 99, (), "up", "time"),
    Factor("worst_overdue_days", "credit record", "days", 0, 3650, (), "up", "time"),
    Factor("total_owed_to_income", "credit record", "owed / yearly income", 0, 100, (), "up", "person"),
    Factor("open_accounts", "credit record", "accounts", 0, 99, (), "none", "person"),
    Factor("credit_history_months", "credit record", "months", 0, 720, (), "down", "time"),
    Factor("card_utilisation", "credit record", "balance / limit", 0, 2, (), "up", "person"),
    Factor("income_ratio", "capacity", "income / country median", 0, 1000, (), "down", "slowly"),
    Factor("employment_months", "capacity", "months", 0, 720, (), "down", "time"),
    Factor("occupation", "capacity", "class", 0, 0, _OCCUPATION, "evidence", "no"),
    Factor("debt_service_ratio", "capacity", "repayments / income", 0, 10, (), "up", "person"),
    Factor("loan_to_income", "capacity", "loan / yearly income", 0, 100, (), "up", "person"),
    Factor("instalment_to_income", "capacity", "instalment / income", 0, 10, (), "up", "person"),
    Factor("loan_to_price", "capacity", "loan / price", 0, 10, (), "up", "person"),
    Factor("term_months", "capacity", "months", 0, 120, (), "up", "person"),
    Factor("age", "personal", "years", 18, 110, (), "evidence", "no"),
    Factor("residence_months", "personal", "months", 0, 1200, (), "down", "time"),
    Factor("housing", "personal", "class", 0, 0, _HOUSING, "evidence", "no"),
    Factor("dependents", "personal", "people", 0, 20, (), "evidence", "no"),
    Factor("education", "personal", "class", 0, 0, _EDUCATION, "evidence", "no", needs_pack=True),
    Factor("marital_status", "personal", "class", 0, 0, _MARITAL_STATUS, "evidence", "no", needs_pack=True),
    Factor("sex", "personal", "class", 0, 0, _SEX, "evidence", "no", needs_pack=True),
    Factor("spending_to_income", "consumption", "ratio", 0, 10, (), "up", "person", "consumption"),
    Factor("spending_regularity", "consumption", "variation", 0, 5, (), "up", "person", "consumption"),
    Factor("utilities_on_time", "consumption", "months", 0, 24, (), "down", "person", "consumption"),
    Factor("social_circle_defaults", "social", "people", 0, 20, (), "up", "no", "social", needs_pack=True),
    Factor("enquiries_6m", "other", "enquiries", 0, 99, (), "up", "time"),
    Factor("public_records", "other", "records", 0, 99, (), "up", "expires"),
)

FACTORS: Mapping[str, Factor] = MappingProxyType({factor.name: factor for factor in _CATALOGUE})

# Months of bills paid on time can only speak for a person: having none to show is not a sign of risk.
POSITIVE_ONLY = frozenset({"utilities_on_time"})
