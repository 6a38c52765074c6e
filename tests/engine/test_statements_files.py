"""Pay, tax, purchases, credit reports; and whatever else may come: never an exception, and no long thought."""

import datetime as dt
import gzip
import io
import json
import time
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import countries
from engine.statements import Fault, Found, read, recognise, report
from engine.statements.pay import mismatch
from engine.watch.events import problem

TODAY = dt.date(2026, 11, 23)
MX = countries.load("mx")

REPORT_CSV = """record,account,lender,kind,opened,closed,balance,limit,instalment,due,days,paid,date,until,issued
tradeline,A-1,Bank One,card,2021-03-01,,1200.50,5000,60,,,,,,2026-11-01
tradeline,A-2,Shop,loan,2024-05-10,2025-05-10,,,,,,,,,
late,A-1,,,,,,,,2026-05-01,12,2026-05-13,,,
enquiry,,Bank Two,application,,,,,,,,,2026-09-12,,
enquiry,,Bank Two,application,,,,,,,,,2026-09-12,,
enquiry,,Bank One,review,,,,,,,,,2026-09-13,,
public_record,,,court judgment,,,,,,,,,2024-02-01,2029-02-01,
"""

REPORT: dict[str, Any] = {
    "report": "credit",
    "version": 1,
    "issued": "2026-11-01",
    "tradelines": [
        {
            "account": "A-1", "lender": "Bank One", "kind": "card", "opened": "2021-03-01", "balance": 1200.5,
            "limit": 5000, "instalment": "60", "late": [{"due": "2026-05-01", "days": 12, "paid": "2026-05-13"}],
        },
        {"account": "A-2", "lender": "Shop", "kind": "loan", "opened": "2024-05-10", "closed": "2025-05-10"},
    ],
    "enquiries": [{"on": "2026-09-12"}, {"on": "2026-09-12"}, {"on": "2026-09-13", "kind": "review"}],
    "public_records": [{"on": "2024-02-01", "kind": "court judgment", "until": "2029-02-01"}],
}  # fmt: skip


def found(data: bytes | str) -> Found:
    one = read(data.encode() if isinstance(data, str) else data, TODAY)
    assert isinstance(one, Found), one
    return one


def fault(data: bytes | str) -> Fault:
    one = read(data.encode() if isinstance(data, str) else data, TODAY)
    assert isinstance(one, Fault), one
    return one


def test_pay_gives_mean_spread_and_coverage() -> None:
    one = found("Mes;Sueldo neto\n2026-08;5.200,00\n2026-09;5.300,50\n2026-10;5.200,00\n")
    assert (one.kind, one.months, one.flags) == ("pay", 3, ())
    assert one.answers == {"monthly_income": Decimal("5233.50")}
    assert one.verified == ("monthly_income",)
    assert one.figures == {
        "income_least": Decimal(5200), "income_most": Decimal("5300.50"), "income_months": 3, "income_span": 3,
    }  # fmt: skip
    short = found("月份,实发工资\n2026年9月,8000\n".encode("gbk"))
    assert (short.months, short.flags, short.answers) == (
        1,
        ("few_months",),
        {"monthly_income": Decimal(8000)},
    )
    told = found(
        '{"pay": [{"month": "2026-09", "net": "5000"}, {"month": "2026-07", "net": 7000.00}], "currency": "mxn"}'
    )
    assert (told.answers["monthly_income"], told.figures["income_span"], told.currency) == (6000, 3, "MXN")


def test_tax_gives_the_newest_year_and_is_held_against_pay() -> None:
    one = found("Tax year,Total income\n2024,60000\n2025,62400\n")
    assert one.kind == "tax"
    assert one.figures == {"tax_income": Decimal(62400), "tax_year": 2025, "tax_monthly": Decimal(5200)}
    assert one.answers == {}, "what the tax office knows is held against pay, not scored"
    assert found('{"tax": [{"year": 2025, "income": 62400}]}').figures == one.figures
    assert mismatch(Decimal(5200), Decimal(4200)) is None
    assert mismatch(Decimal(5200), Decimal(4100)) == Decimal("0.21")
    assert mismatch(Decimal(4100), Decimal(5200)) == Decimal("0.21")
    assert mismatch(Decimal(0), Decimal(0)) is None


def test_purchases_are_named_and_sorted() -> None:
    one = found(
        "订单号,下单时间,商品名称,实付金额,状态,日期\n"
        "1,x,大米 超市,100.00,交易成功,2026-08-01\n"
        "2,x,运动鞋 服饰,300.00,交易成功,2026-09-15\n"
        "3,x,手机 数码,900.00,交易关闭,2026-09-16\n"
        "4,x,绘本,200.00,交易成功,2026-10-30\n"
    )
    assert (one.kind, one.layout, one.months, one.rows) == ("shopping", "shop", 3, 3)
    assert one.figures["purchases_monthly"] == 200
    assert one.figures["essential_share"] == Decimal("0.17")
    assert one.mix["shopping"] == Decimal("0.83")
    assert one.answers == {}, "purchases are a part of spending only"


def test_a_report_becomes_events_once_however_often_it_comes() -> None:
    one = found(REPORT_CSV)
    assert (one.kind, one.source) == ("report", "bureau")
    assert one.figures == {
        "tradelines": 2, "open": 1, "owed": Decimal("1200.50"), "lates": 1, "worst_days": 12, "enquiries": 3,
        "public_records": 1,
    }  # fmt: skip
    assert all(problem(event, TODAY) is None for event in one.events)
    assert len({event.ref for event in one.events}) == len(one.events) == 10
    assert found(REPORT_CSV).events == one.events
    refs = [event.ref for event in found(json.dumps(REPORT)).events]
    assert refs == [event.ref for event in one.events], "CSV and JSON say the same"
    later = found(REPORT_CSV.replace("2026-11-01", "2026-11-20").replace("1200.50", "900.00"))
    assert len({e.ref for e in later.events} - {e.ref for e in one.events}) == 1, "only the balance is news"


def test_a_report_answers_what_it_knows_and_what_it_is_silent_on() -> None:
    told = {
        "overdue_count_24m": 1, "worst_overdue_days": 12, "enquiries_6m": 2, "public_records": 1, "open_accounts": 1,
        "card_utilisation": 24, "credit_history_months": 68, "total_owed": Decimal("1200.50"),
        "monthly_repayments": Decimal(60),
    }  # fmt: skip
    assert report.answers(found(REPORT_CSV), TODAY, MX) == told
    empty = found('{"report": "credit", "version": 1, "issued": "2026-11-01"}')
    silent = report.answers(empty, TODAY, MX)
    assert silent["overdue_count_24m"] == silent["enquiries_6m"] == silent["public_records"] == 0
    assert "credit_history_months" not in silent


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        (REPORT_CSV.replace("late,A-1", "late,A-9"), "missing", 4),
        (REPORT_CSV.replace("late,A-1", "latte,A-1"), "record", 4),
        (REPORT_CSV.replace(",12,2026-05-13", ",soon,"), "days", 4),
        (REPORT_CSV.replace(",12,2026-05-13", ",0,"), "days", 4),
        (REPORT_CSV.replace("tradeline,A-2", "tradeline,A-1"), "record", 3),
        (REPORT_CSV.replace("2024-05-10", ""), "missing", 3),
        (REPORT_CSV.replace("2026-09-13", ""), "missing", 7),
        (REPORT_CSV.replace("5000", "-5000"), "amount", 2),
        (REPORT_CSV.replace("2029-02-01", "2019-02-01"), "date", 8),
        ('{"report": "credit", "version": 2, "issued": "2026-11-01"}', "shape", 0),
        ('{"report": "credit", "version": 1, "issued": "2026-11-01", "extra": 1}', "shape", 0),
        ('{"report": "credit", "version": 1, "issued": "2027-11-01"}', "date_future", 0),
        ('{"report": "credit",\n "version": 1,\n "issued"}', "json", 3),
        ('{"pay": []}', "shape", 0),
        ('{"pay": [{"month": "2026-13", "net": 1}]}', "month", 0),
        ('{"pay": [{"month": "2026-10", "net": NaN}]}', "json", 1),
        ('{"pay": [{"month": "2026-10", "net": "NaN"}]}', "amount", 0),
        ('{"pay": [{"month": "2026-10", "net": 1e1000000}]}', "amount", 0),
        ('{"pay": [{"month": "2026-10", "net": -1}]}', "amount", 0),
        ('{"pay": [{"month": "2026-10", "net": ' + "9" * 5000 + "}]}", "amount", 0),
        ('{"tax": [{"year": ' + "9" * 5000 + ', "income": 1}]}', "shape", 0),
        ('{"tax": [{"year": 2031, "income": 1}]}', "year", 0),
        ('{"other": 1}', "unknown", 0),
        ("[1, 2]", "shape", 0),
        ("month,net\n2026-13,5\n", "month", 2),
        ("month,net\n2026-12,5\n", "month", 2),
        ("month,net\n2026-10,-5\n", "amount", 2),
        ("year,income\n26,5\n", "year", 2),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, key: str, line: int) -> None:
    wrong = fault(text)
    assert (wrong.key, wrong.line) == (key, line), wrong


def test_a_malformed_report_gives_nothing_at_all() -> None:
    wrong = recognise(REPORT_CSV.encode())
    assert wrong == "report"
    assert isinstance(read((REPORT_CSV + "late,A-1,,,,,,,,yesterday,3,,,,\n").encode(), TODAY), Fault)


def packed() -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("statement.csv", "date,amount\n" * 10)
    return box.getvalue()


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (packed(), "spreadsheet"),
        (gzip.compress(b"date,amount\n" * 100_000, mtime=0), "packed"),
        (b"%PDF-1.7 date,amount", "document"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xd8\xff\xe0date,amount\n", "picture"),
        (b"\x7fELF\x02", "binary"),
        (b"PAR1\x15\x04", "binary"),
        (b"date,amount\n2026-01-01,5\0\n", "binary"),
        (b"date,amount\n2026-01-01,\xff\xff\n", "encoding"),
        (b"\xff\xfed\0a\0\n", "encoding"),
    ],
)
def test_what_is_no_text_is_known_by_its_beginning(data: bytes, key: str) -> None:
    assert fault(data).key == key
    assert recognise(data) == fault(data) or key == "binary"


LINES = 4990
HOSTILE = {
    "brackets": b"[" * 100_000,
    "keys": b'{"a":' * 100_000,
    "commas": b"," * 1_000_000,
    "names": b"date,amount\n" * 80_000,
    "quote": b'date,amount\n"' + b"a\n" * 500_000,
    "rows": b"date,amount\n" + b"2026-01-01,1\n" * 80_000,
    "newlines": b"\n" * 1_000_000,
    "digits": b"date,amount\n2026-01-01," + b"9" * 1_000_000,
    "accents": ("date,description,amount,balance\n" + "".join(
        f"2026-01-{i % 28 + 1:02d},{'á' * 90}{i},{(-1) ** i * i},5\n" for i in range(LINES))).encode(),
    "hanzi": ("date,description,amount,balance\n" + "".join(
        f"2026-01-{i % 28 + 1:02d},{'工还信贷房车花借' * 7}{i},{(-1) ** i * i},5\n" for i in range(LINES))).encode(),
    "words": ("date,description,amount,balance\n" + "".join(
        f"2026-01-{i % 28 + 1:02d},{'loan rent ' * 18}{i},{(-1) ** i * i},5\n" for i in range(LINES))).encode(),
    "years": ("date,description,amount,balance\n" + "".join(
        f"{2000 + i % 26}-01-01,{chr(97 + i % 26) * (i % 40)},{(-1) ** i * i},5\n" for i in range(LINES))).encode(),
    "pay": b'{"pay":[' + b",".join(b'{"month":"2026-01","net":1}' for _ in range(30_000)) + b"]}",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little(name: str) -> None:
    read(b"date,amount\n2026-01-01,1\n", TODAY)  # the words are read once
    spent = []
    for _ in range(3):
        began = time.process_time()
        assert read(HOSTILE[name], TODAY) is not None
        spent.append(time.process_time() - began)
    assert min(spent) < 0.2 * max(1, len(HOSTILE[name]) / 1_000_000), spent


NAMES = ("date", "fecha", "日期", "amount", "importe", "收/支", "balance", "description", "record", "order", "total",
         "month", "net", "year", "income", "account", "opened", "due", "days", "limit", "card", "x")  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(
        ["2026-01-31", "31/01/2026", "1.234,56", "-5", "NaN", "1e9999", "in", "tradeline", "late", "A", ""]
    ),
    st.text(max_size=12),
)
TABLES = st.builds(
    lambda names, rows, separator: "\n".join(separator.join(row) for row in [names, *rows]),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True),
    st.lists(st.lists(CELLS, min_size=1, max_size=8), max_size=6),
    st.sampled_from(",;\t"),
)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        TABLES.map(str.encode), st.binary(max_size=200), st.text(max_size=200).map(lambda s: s.encode())
    )
)
def test_nothing_ever_raises(data: bytes) -> None:
    one = read(data, TODAY)
    assert isinstance(one, Found | Fault)
    if isinstance(one, Found):
        assert all(problem(event, TODAY) is None for event in one.events)


@settings(deadline=None, max_examples=150)
@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["report", "version", "issued", "tradelines", "pay", "tax", "month", "net", "year", "on"]),
        inner, max_size=3), max_leaves=12,
))  # fmt: skip
def test_no_json_ever_raises(value: Any) -> None:
    assert isinstance(read(json.dumps(value).encode(), TODAY), Found | Fault)
    assert isinstance(read(json.dumps(REPORT | {"tradelines": value}).encode(), TODAY), Found | Fault)
