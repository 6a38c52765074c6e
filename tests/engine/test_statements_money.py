"""Transactions as banks, cards and wallets write them, in three languages: the same figures whatever the layout."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest

from engine import countries
from engine.statements import Fault, Found, read, recognise
from engine.statements.periods import periods, regularity
from engine.statements.words import columns, words
from engine.watch.events import problem
from engine.watch.standing import fold

TODAY = dt.date(2026, 11, 23)
MONTHS = (7, 8, 9, 10)
SHOPS = {7: "210.50", 8: "260.00", 9: "190.25", 10: "230.00"}


def found(data: bytes) -> Found:
    one = read(data, TODAY)
    assert isinstance(one, Found), one
    return one


def fault(data: bytes) -> Fault:
    one = read(data, TODAY)
    assert isinstance(one, Fault), one
    return one


def book() -> list[tuple[dt.date, str, str, Decimal]]:
    """Four months of one person: wages, rent, groceries, an evening out, a loan, a transfer of their own."""
    rows = []
    for month in MONTHS:
        rows += [
            (dt.date(2026, month, 1), "rent", "RENT 7", Decimal(-800)),
            (dt.date(2026, month, 3), "pay", f"ACME PAYROLL 00{month}", Decimal(2500 + month)),
            (dt.date(2026, month, 8), "shop", "WALMART 123", -Decimal(SHOPS[month])),
            (dt.date(2026, month, 12), "loan", "LOAN PAYMENT 881", Decimal(-150)),
            (dt.date(2026, month, 20), "fun", "Restaurant Pepe", Decimal(-60)),
            (dt.date(2026, month, 26), "own", "TRANSFER TO SAVINGS", Decimal(-300)),
        ]
    return rows


SPANISH = {
    "rent": "RENTA DEPTO",
    "pay": "NÓMINA ACME",
    "shop": "SORIANA",
    "loan": "PAGO PRÉSTAMO",
    "fun": "RESTAURANTE",
}
CHINESE = {
    "rent": "房租",
    "pay": "代发工资",
    "shop": "永辉超市",
    "loan": "贷款扣款",
    "fun": "美团外卖",
    "own": "余额宝转入",
}


def english() -> bytes:
    bal, lines = Decimal(5000), ["Date,Description,Amount,Balance"]
    for on, _, text, value in book():
        bal += value
        lines.append(f"{on:%m/%d/%Y},{text},{value},{bal}")
    return "\r\n".join(lines).encode("utf-8-sig")


def spanish() -> bytes:
    def money(value: Decimal) -> str:
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))

    lines = []
    for on, kind, text, value in book():
        words = f"{SPANISH.get(kind, 'TRASPASO CUENTA PROPIA')} {text[-4:]}"
        out, into = (money(-value), "") if value < 0 else ("", money(value))
        lines.append(f"{on:%d/%m/%Y};{words};{out};{into};")
    return "\n".join(["Banco Ejemplo", "", "Fecha;Concepto;Cargo;Abono;", *reversed(lines)]).encode("cp1252")


def chinese() -> bytes:
    lines = [
        "支付宝交易记录明细",
        "账号:[138****]",
        "-----------",
        "交易时间,交易对方,商品说明,收/支,金额(元),交易状态",
    ]
    for on, kind, _, value in book():
        way = "不计收支" if kind == "own" else "支出" if value < 0 else "收入"
        lines.append(f"{on} 10:20:30,{CHINESE[kind]},订单,{way},￥{abs(value)},交易成功")
    lines.append("2026-10-27 09:00:00,商店,订单,支出,￥999.00,交易关闭")
    lines.append("共25笔记录")
    return "\n".join(lines).encode("gbk")


def tabbed() -> bytes:
    lines = ["Posting Date\tDetails\tWithdrawals\tDeposits"]
    for on, _, text, value in book():
        lines.append(f"{on:%d-%b-%Y}\t{text}\t{-value if value < 0 else ''}\t{value if value > 0 else ''}")
    return "\n".join(lines).encode("utf-16")


@pytest.mark.parametrize("made", [english, spanish, chinese, tabbed])
def test_every_layout_gives_the_same_figures(made: Callable[[], bytes]) -> None:
    one = found(made())
    assert (one.kind, one.months) == ("statement", 4)
    assert (one.first, one.last) == (dt.date(2026, 7, 1), dt.date(2026, 10, 26))
    assert one.answers["monthly_income"] == Decimal("2508.50")
    assert one.answers["monthly_repayments"] == Decimal(150)
    assert one.answers["monthly_spending"] == Decimal("1082.69")  # 800 + 222.6875 + 60
    assert one.answers["spending_regularity"] == "steady"
    assert set(one.verified) == {"monthly_income", "monthly_spending", "spending_regularity"}
    assert one.figures["income_least"] == 2507
    assert one.figures["income_most"] == 2510
    assert one.figures["income_months"] == 4
    assert one.mix == {"home": Decimal("0.74"), "groceries": Decimal("0.21"), "dining": Decimal("0.06")}
    assert one.figures["essential_share"] == Decimal("0.95")
    assert one.flags == ()
    assert recognise(made()) == "statement"


def test_rows_keep_their_line_and_meaning() -> None:
    lines = found(english()).lines
    assert [(one.line, one.on.isoformat(), one.amount, one.group) for one in lines[:2]] == [
        (2, "2026-07-01", Decimal(-800), "home"),
        (3, "2026-07-03", Decimal(2507), "salary"),
    ]


def test_fewer_months_are_taken_and_said() -> None:
    head, *rows = english().decode("utf-8-sig").splitlines()
    short = found("\n".join([head, *rows[:6]]).encode())
    assert (short.months, short.flags) == (1, ("few_months",))
    assert short.answers["monthly_income"] == 2507
    assert "spending_regularity" not in short.answers
    days = found(b"date,description,amount,balance\n2026-07-01,x,-5,95\n2026-07-09,wages,50,145\n")
    assert (days.months, days.flags) == (0, ("partial",))
    assert days.answers == {}


def test_income_is_what_is_regular() -> None:
    rows = ["date,description,amount,balance"]
    bal = Decimal(0)
    paid = [(m, "Client Blue Ltd 4711", 900) for m in (6, 7, 9, 10)] + [
        (8, "Lottery win", 9000),
        (7, "Refund shop", 80),
    ]
    paid += [(m, "Loan disbursement", 5000) for m in (6, 7, 8)] + [
        (m, "rent", -300) for m in (6, 7, 8, 9, 10)
    ]
    for month, text, value in sorted(paid):
        bal += value
        rows.append(f"2026-{month:02d}-{2 if value < 0 else 28},{text},{value},{bal}")
    rows[1:] = sorted(rows[1:])
    one = found("\n".join(rows).encode())
    assert one.months == 5
    assert one.answers["monthly_income"] == Decimal(720)  # 4 x 900 in 5 months; the rest is no income
    assert "unstable_income" in one.flags


def test_a_file_without_income_says_so() -> None:
    rows = [f"2026-{m:02d}-{d:02d},shop,-10,{1000 - m}" for m in (8, 9, 10) for d in (1, 28)] + [
        "2026-10-29,gift,5,900"
    ]
    one = found("\n".join(["date,description,amount,balance", *rows]).encode())
    assert one.flags == ("no_regular_income",)
    assert "monthly_income" not in one.answers


def test_days_below_zero_become_events_that_end() -> None:
    rows = """date;concept;description;amount;balance
2026-08-01;;pay salary;1000;1000
2026-08-10;;rent;-1200;-200
2026-08-12;;shop;-100;-300
2026-08-15;;salary;500;200
2026-09-20;;rent;-250;-50
2026-10-30;;salary;900;850"""
    one = found(rows.encode())
    assert one.figures["over_limit_days"] == 5 + 40
    assert one.figures["over_limit_count"] == 2
    assert [(e.kind, e.on.isoformat(), e.amount, e.balance) for e in one.events] == [
        ("over_limit", "2026-08-10", Decimal(300), None),
        ("balance", "2026-08-15", None, Decimal(-200)),
        ("over_limit", "2026-09-20", Decimal(50), None),
        ("balance", "2026-10-30", None, Decimal(-850)),
    ]
    assert "over_limit" in one.flags
    assert all(problem(event, TODAY) is None for event in one.events)
    assert fold(one.events, TODAY, countries.load("us")).over_limit == ()
    assert read(rows.encode(), TODAY) == one, "the same file twice is the same events"


def test_a_card_counts_what_is_owed_and_knows_its_limit() -> None:
    rows = """Transaction Date,Card,Merchant,Amount,Balance,Credit Limit
2026-08-02,4711,Walmart,400.00,400.00,500.00
2026-08-20,4711,Cinema,200.00,600.00,500.00
2026-08-28,4711,PAYMENT THANK YOU,-550.00,50.00,500.00
2026-09-15,4711,Cafe,25.00,75.00,500.00
2026-09-30,4711,Uber,25.00,100.00,500.00"""
    one = found(rows.encode())
    assert one.layout == "card"
    assert "monthly_income" not in one.answers
    assert one.answers["monthly_spending"] == 325
    assert one.figures["over_limit_days"] == 8
    standing = fold(one.events, TODAY, countries.load("us"))
    assert standing.answers["card_utilisation"] == 20
    assert standing.over_limit == ()


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("date,amount\n2026-01-01,5\n2026-01-32,-5\n", "date", 3),
        ("date,amount\n03/04/2026,5\n05/06/2026,-5\n", "date_order", 2),
        ("date,amount\n13/04/2026,5\n05/16/2026,-5\n", "date", 2),
        ("date,amount\n2027-01-01,5\n", "date_future", 2),
        ("date,amount\n1889-01-01,5\n", "date_past", 2),
        ("date,amount\n2026-01-01,5\n2026-01-02,five\n", "amount", 3),
        ("date,amount\n2026-01-01,NaN\n", "amount", 2),
        ("date,amount\n2026-01-01,1e1000000\n", "amount", 2),
        ("date,amount\n2026-01-01," + "9" * 400 + "\n", "amount", 2),
        ("date,amount\n2026-01-01," + "9" * 5000 + "\n", "cell", 2),
        ('date,amount\n2026-01-01,"1,234"\n2026-01-02,-5\n', "amount_style", 2),
        ('date,amount\n2026-01-01,"1,234.5"\n2026-01-02,"1.234,5"\n', "amount", 3),
        ("date,amount\n2026-01-01,\n", "amount", 2),
        ("date,amount\n2026-01-01,5\n2026-01-02,6\n", "sign", 2),
        ("date,amount,收/支\n2026-01-01,5,sideways\n", "sign", 2),
        ("date,amount,currency\n2026-01-01,5,USD\n2026-01-02,-5,MXN\n", "currency", 3),
        ("date,description,amount\n2026-01-01,x\n", "ragged", 2),
        ('date,amount\n2026-01-01,"5\n', "quote", 2),
        ("date,amount\n", "empty", 1),
        ("date,balance\n2026-01-01,5\n", "missing", 0),
        ("name,colour\nx,y\n", "columns", 0),
        ("", "empty", 0),
        (" \n\n", "empty", 0),
        ("date,amount" + ",x" * 80 + "\n", "wide", 1),
        ("date,amount\n" + "2026-01-01,5\n" * 5001, "long", 5002),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, key: str, line: int) -> None:
    wrong = fault(text.encode())
    assert (wrong.key, wrong.line) == (key, line), wrong
    assert len(wrong.found) <= 41


def test_one_date_settles_the_order_of_all() -> None:
    text = "date,amount,balance\n03/04/2026,5,5\n20/04/2026,-5,0\n"
    assert found(text.encode()).first == dt.date(2026, 4, 3)
    text = "date,amount,balance\n03/04/2026,5,5\n04/20/2026,-5,0\n"
    assert found(text.encode()).first == dt.date(2026, 3, 4)
    text = "date,amount,balance\n03/12/2026,5,5\n03/11/2026,-5,0\n"  # in December it would lie ahead
    assert found(text.encode()).last == dt.date(2026, 3, 12)


def test_balances_show_which_sign_money_in_has() -> None:
    text = "date,description,amount,balance\n2026-01-01,x,-100,900\n2026-01-02,y,40,940\n"
    assert [line.amount for line in found(text.encode()).lines] == [-100, 40]
    text = (
        "date,description,amount,balance\n2026-01-01,x,100,900\n2026-01-02,y,-40,940\n2026-01-03,z,15,925\n"
    )
    assert [line.amount for line in found(text.encode()).lines] == [-100, 40, -15]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2026-01-01", "2026-03-31", 3),
        ("2026-01-04", "2026-03-26", 3),
        ("2026-01-15", "2026-04-14", 3),
        ("2026-01-31", "2026-02-28", 1),
        ("2026-03-01", "2026-03-20", 0),
        ("2026-03-05", "2026-03-05", 0),
        ("2020-01-01", "2026-03-31", 24),
    ],
)
def test_whole_months(first: str, last: str, months: int) -> None:
    whole = periods(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert len(whole) == months
    assert all(one.last < two.first for one, two in pairwise(whole))


def test_evenness_is_called_as_the_question_calls_it() -> None:
    def even(*sums: int) -> str:
        return regularity([Decimal(one) for one in sums])

    assert even(100, 100, 100) == "steady"
    assert even(100, 160, 100) == "some"
    assert even(10, 400, 10) == "irregular"
    assert even(0, 0) == "steady"


def test_no_name_of_a_column_means_two_things() -> None:
    names = [name for known in words().columns.values() for name in known]
    assert len(columns()) == len(names) == len(set(names))
