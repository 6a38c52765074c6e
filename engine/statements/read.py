"""Read a file: what it is, its content says; what is wrong with it comes back as a value."""

import datetime as dt
from collections.abc import Callable

from engine.statements import json_file, money, pay, report, report_csv, shopping, transactions
from engine.statements.faults import Fault, Refused, refuse
from engine.statements.found import Found, Kind
from engine.statements.table import Cut, cut
from engine.statements.text import decode

Knows = Callable[[Cut], bool]
Read = Callable[[Cut, dt.date], Found]


def _report(table: Cut, today: dt.date) -> Found:
    return report.found(report_csv.read(table, today), today)


TABLES: tuple[tuple[Kind, Knows, Read], ...] = (
    ("report", report_csv.knows, _report),
    ("shopping", shopping.knows, shopping.read),
    ("pay", pay.knows_pay, pay.read_pay),
    ("tax", pay.knows_tax, pay.read_tax),
    ("statement", transactions.knows, money.read),
)
"""The kinds of tables, the most particular first."""


def recognise(data: bytes) -> Kind | Fault:
    """Say what a file is, or why it cannot be read; never raises."""
    try:
        text = decode(data)
        return json_file.kind(text) if _is_json(text) else _which(cut(text))[0]
    except Refused as refusal:
        return refusal.fault


def read(data: bytes, today: dt.date) -> Found | Fault:
    """Read a file as of `today`; what is wrong with it, on which line, is the other answer. Never raises."""
    try:
        text = decode(data)
        if _is_json(text):
            return json_file.read(text, today)
        table = cut(text)
        return _which(table)[2](table, today)
    except Refused as refusal:
        return refusal.fault


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def _which(table: Cut) -> tuple[Kind, Knows, Read]:
    for known in TABLES:
        if known[1](table):
            return known
    raise refuse("missing", column=", ".join(table.names.values()), example="date, description, amount")
