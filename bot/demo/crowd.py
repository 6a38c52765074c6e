"""The crowd: borrowers made from a seed, each with a loan, a record, and what is going to befall them."""

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from engine import Pack
from engine.watch import Event
from engine.watch.standing import later

FIRST_CHAT = -700_000_000_000
"""Chats of made-up people: one by one downwards from here. No private chat of Telegram's has a number below zero."""

Story = Literal["steady", "late_once", "sliding", "over_limit", "income", "record", "searching"]
SHARES: Mapping[Story, int] = {
    "late_once": 24, "sliding": 18, "over_limit": 15, "income": 12, "record": 6, "searching": 9,
}  # fmt: skip
"""Of 300, so many have a story; it begins in one of twelve months and comes again every year. The others are steady."""
OF = 300
YEAR = 12
LAST_DAY = 28
"""The last day that every month has."""

_FIRST_NAMES = (
    "Ada",
    "Bruno",
    "Carmen",
    "Dario",
    "Elena",
    "Felix",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Leo",
)
_LAST_NAMES = (
    "Arden",
    "Bello",
    "Castro",
    "Dorn",
    "Estrada",
    "Falk",
    "Grau",
    "Haas",
    "Ibarra",
    "Jung",
    "Kern",
    "Lang",
)


@dataclass(frozen=True, slots=True)
class Borrower:
    """Somebody made up. `said` are their own answers; `day` is the day of the month on which they pay.

    `begins` is the month of the demonstration, 1 to 12, in which their story begins.
    """

    number: int
    story: Story
    begins: int
    name: str
    said: Mapping[str, str | int]
    amount: Decimal
    instalments: int
    day: int
    opened_on: dt.date
    limit: Decimal
    used: Decimal

    @property
    def reference(self) -> str:
        """What the lender calls their loan."""
        return f"D-{self.number:04d}"

    @property
    def card(self) -> str:
        """What the lender calls their card account."""
        return f"C-{self.number:04d}"

    @property
    def chat(self) -> int:
        """Their reserved chat."""
        return FIRST_CHAT - self.number

    @property
    def ends_on(self) -> dt.date:
        """When the loan is to be paid back."""
        return later(self.opened_on, self.instalments)

    @property
    def instalment(self) -> Decimal:
        """What is to be paid each month."""
        return (self.amount / self.instalments).quantize(Decimal(1))


def crowd(seed: int, count: int, pack: Pack, today: dt.date) -> Iterator[Borrower]:
    """Make so many borrowers of a country, who have had their loans for some months on `today`."""
    stories: list[Story] = [story for story, share in SHARES.items() for _ in range(share * count // OF)]
    for number in range(1, count + 1):
        rng = random.Random(f"{seed}:{number}")  # noqa: S311 - to be repeatable  # nosec B311
        story: Story = stories[number - 1] if number <= len(stories) else "steady"
        yield _borrower(number, story, rng, pack, today)


def _borrower(number: int, story: Story, rng: random.Random, pack: Pack, today: dt.date) -> Borrower:

    def times(low: float, high: float, of: Decimal) -> Decimal:
        return (of * Decimal(rng.uniform(low, high))).quantize(Decimal(1))

    varied = Decimal(min(max(rng.lognormvariate(0, 0.35), 0.4), 3))
    income = (pack.median_monthly_income * varied).quantize(Decimal(1))
    instalments = rng.choice((12, 18, 24, 36))
    amount = max(round(times(0.8, 3.5, income), -2), Decimal(100)).quantize(Decimal(1))
    # whoever gets into trouble pays early in the month that passes, so that a delay still falls into it
    day = (today + dt.timedelta(days=rng.randint(1, 27) if story == "steady" else rng.randint(1, 4))).day
    paid = rng.randint(3, instalments - 2 if instalments < 18 else 14)
    opened = later(today, -paid)
    said: dict[str, str | int] = {
        "loan_amount": str(amount),
        "loan_term_months": instalments,
        "monthly_income": str(income),
        "monthly_repayments": str(times(0.02, 0.25, income)),
        "total_owed": str(times(0, 4, income)),
        "overdue_count_24m": 0,
        "credit_history_months": rng.randint(18, 160),
        "enquiries_6m": rng.choice((0, 0, 1)),
        "public_records": 0,
        "occupation": rng.choice(("permanent", "permanent", "self_employed", "temporary")),
        "employment_months": rng.randint(8, 140),
        "residence_months": rng.randint(8, 180),
        "age": rng.randint(22, 64),
    }
    limit = max(round(times(0.5, 1.5, income), -2), Decimal(100)).quantize(Decimal(1))
    name = f"{rng.choice(_FIRST_NAMES)} {rng.choice(_LAST_NAMES)}"
    return Borrower(
        number=number,
        story=story,
        begins=1 + number % YEAR,
        name=name,
        said=said,
        amount=amount,
        instalments=instalments,
        day=day if day <= LAST_DAY else 1,
        opened_on=opened,
        limit=limit,
        used=Decimal(rng.randint(5, 45)),
    )


def history(borrower: Borrower, today: dt.date) -> Iterator[Event]:
    """Tell what happened before the demonstration began: a loan paid on time, a card, now and then an old delay."""
    one = borrower
    yield Event(
        ref="opened", kind="account_opened", on=one.opened_on, account=one.reference, amount=one.amount
    )
    yield Event(ref="card", kind="account_opened", on=one.opened_on, account=one.card, limit=one.limit)
    balance = (one.limit * one.used / 100).quantize(Decimal(1))
    yield Event(
        ref="balance", kind="balance", on=later(today, -3), account=one.card, balance=balance, limit=one.limit
    )
    if one.story == "income":
        income = Decimal(one.said["monthly_income"])
        yield Event(ref="income", kind="income", on=later(today, -3), amount=income, what="verified")
    due, months_ago = due_after(one.day, later(today, -14)), 14
    while due <= today:
        if due > one.opened_on:
            # long enough ago to be no news, and not in everybody's record
            late = 9 if one.number % 9 == 0 and 4 <= months_ago <= 5 else 0
            yield paid(one, due, due + dt.timedelta(days=late))
        due, months_ago = due_after(one.day, due), months_ago - 1


def due_after(day: int, date: dt.date) -> dt.date:
    """Give the first day after a date that has a number (at most 28) within its month."""
    here = date.replace(day=day)
    return here if here > date else later(here, 1)


def paid(one: Borrower, due: dt.date, on: dt.date) -> Event:
    """Tell of an instalment paid on a day."""
    return Event(
        ref=f"paid-{due}",
        kind="instalment_paid",
        on=on,
        due=due,
        account=one.reference,
        amount=one.instalment,
    )
