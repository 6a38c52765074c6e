"""The same as JSON: a credit report, pay, a tax record, each in exactly the documented shape."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec

from engine.statements.days import month
from engine.statements.faults import refuse
from engine.statements.found import Found, Kind
from engine.statements.pay import of_pay, of_tax, year
from engine.statements.report import MOST, Report, found

_BYTE = re.compile(r"byte (\d+)")
_MOST_DIGITS = 12
_MOST_MONEY = Decimal(10) ** _MOST_DIGITS
_DECIMALS = -4
_LONGEST_TEXT = 200
_KINDS: dict[str, Kind] = {"report": "report", "pay": "pay", "tax": "tax"}

Text = Annotated[str, msgspec.Meta(max_length=_LONGEST_TEXT)]
Shape = TypeVar("Shape")


class _Paid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    month: Text
    net: Decimal


class _Pay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pay: Annotated[tuple[_Paid, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    currency: Text = ""
    employer: Text = ""


class _Year(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    year: int
    income: Decimal


class _Tax(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tax: Annotated[tuple[_Year, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    currency: Text = ""


class _Top(msgspec.Struct, frozen=True):
    """Only which of the shapes it is."""

    report: msgspec.Raw = msgspec.Raw()
    pay: msgspec.Raw = msgspec.Raw()
    tax: msgspec.Raw = msgspec.Raw()


def kind(text: str) -> Kind:
    """Say which of the shapes a JSON text has; raises Refused."""
    top = _decoded(text, _Top)
    for name, meant in _KINDS.items():
        if bytes(getattr(top, name)):
            return meant
    raise refuse("unknown")


def read(text: str, today: dt.date) -> Found:
    """Read a JSON text; raises Refused."""
    match kind(text):
        case "report":
            report = _decoded(text, Report)
            for at, one in enumerate(report.tradelines):
                for name in ("balance", "limit", "instalment"):
                    if (sum_ := getattr(one, name)) is not None:
                        _check(sum_, f"tradelines[{at}].{name}", negative=name == "balance")
            return found(report, today)
        case "pay":
            pay = _decoded(text, _Pay)
            paid = []
            for at, row in enumerate(pay.pay):
                place = f"pay[{at}]"
                sum_ = _check(row.net, f"{place}.net")
                paid.append((at + 1, month(0, f"{place}.month", row.month, today), sum_))
            return of_pay(paid, pay.currency.upper())
        case _:
            tax = _decoded(text, _Tax)
            years = {
                year(0, f"tax[{at}].year", str(row.year), today): (
                    at + 1,
                    _check(row.income, f"tax[{at}].income"),
                )
                for at, row in enumerate(tax.tax)
            }
            return of_tax(years, tax.currency.upper())


def _decoded(text: str, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.ValidationError as trouble:
        what, _, place = str(trouble).partition(" - at `$")
        raise refuse("shape", column=place.strip("`.") or "$", found=what) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as trouble:
        at = _BYTE.search(str(trouble))
        line = text.encode("utf-8", "replace").count(b"\n", 0, int(at[1])) + 1 if at else 1
        raise refuse("json", line) from None


def _check(sum_: Decimal, place: str, *, negative: bool = False) -> Decimal:
    large = not sum_.is_finite() or sum_.adjusted() > _MOST_DIGITS or abs(sum_) > _MOST_MONEY
    if large or (sum_ < 0 and not negative) or _fine(sum_):
        raise refuse("amount", column=place, found=str(sum_), example="1234.56")
    return sum_


def _fine(sum_: Decimal) -> bool:
    return int(sum_.as_tuple().exponent) < _DECIMALS  # finite, so it is a number
