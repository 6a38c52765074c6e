"""A database of many watched borrowers, written at once: what a sweep is measured on, and killed over.

People, data keys, consents, loans, watches, facts, events and scores, each sealed under its person's own key as the bot
seals them. Borrowers are taken by chance from a seed: the same seed gives the same answers.
"""

import datetime as dt
import json
import random
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, text

import engine
from bot.services import scoring
from bot.services.context import Context
from engine import Pack
from storage import keyring, lenders, tables
from storage.cells import seal
from storage.keyring import DataKey
from storage.masterkey import KEY_BYTES
from storage.people import HANDLE_LENGTH, HANDLE_LETTERS
from storage.vault import Sealer

PIECE = 5_000
FIRST_CHAT = 10_000_000_000
VERSION = 1
TABLES = ("people", "consents", "queries", "loans", "watches", "facts", "events", "scores")
NUMBERED = ("people", "queries", "events")
"""Tables whose rows are numbered here, not by the database."""
_NEXT = "SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {name}))"
Rows = dict[str, list[dict[str, Any]]]


def answers(rng: random.Random, pack: Pack) -> engine.Answers:
    """An ordinary borrower's answers, told some time ago."""
    income = float(pack.median_monthly_income) * rng.lognormvariate(0, 0.5)
    late = max(0, int(rng.gauss(-0.3, 1)))
    said: dict[str, Any] = {
        "loan_amount": str(round(income * rng.uniform(0.5, 6))),
        "loan_term_months": rng.choice((6, 12, 18, 24, 36)),
        "monthly_income": str(round(income)),
        "monthly_repayments": str(round(income * rng.uniform(0, 0.5))),
        "total_owed": str(round(income * rng.uniform(0, 8))),
        "overdue_count_24m": late,
        "worst_overdue_days": rng.randint(1, 60) if late else 0,
        "card_utilisation": rng.randint(0, 95),
        "credit_history_months": rng.randint(0, 200),
        "enquiries_6m": rng.randint(0, 4),
        "public_records": int(rng.random() < 0.03),
        "occupation": rng.choice(("permanent", "self_employed", "temporary")),
        "employment_months": rng.randint(0, 150),
        "residence_months": rng.randint(0, 200),
        "age": rng.randint(20, 65),
    }
    return scoring.usable(said, pack, {"score"})


class Maker:
    """Writes borrowers of one lender, a piece at a time."""

    def __init__(
        self, context: Context, seed: int = 1, facts: int = 8, events: int = 2, days: int = 60
    ) -> None:
        self._context, self._rng = context, random.Random(seed)  # noqa: S311 - to be repeatable
        self._facts, self._events, self._days = facts, events, days
        self.lender = 0

    async def make(self, count: int, country: str = "us", chat: int = FIRST_CHAT) -> None:
        """Write so many, into a database that has no people yet."""
        context = self._context
        async with context.database.write() as write:
            made = await lenders.add(write, "Bench Bank", country, context.clock())
            assert made is not None
            self.lender = made.id
        for start in range(1, count + 1, PIECE):
            rows, keys = self._piece(range(start, min(start + PIECE, count + 1)), chat, country)
            async with context.vault.keys.write() as write:
                await write.execute(insert(keyring.keys), keys)
            async with context.database.write() as write:
                for name, some in rows.items():
                    if some:
                        await write.execute(insert(tables.metadata.tables[name]), some)
        if not context.database.sqlite:
            async with context.database.write() as write:
                for name in NUMBERED:  # numbers given by hand do not count there
                    await write.execute(text(_NEXT.format(name=name)))

    def _piece(self, numbers: range, chat: int, country: str) -> tuple[Rows, list[dict[str, Any]]]:
        rows: Rows = {name: [] for name in TABLES}
        keys = []
        for number in numbers:
            key = secrets.token_bytes(KEY_BYTES)
            handle = "".join(secrets.choice(HANDLE_LETTERS) for _ in range(HANDLE_LENGTH))
            new = DataKey(keyring.new_id(), handle, None, self._context.vault.masters.newest)
            wrapped = self._context.vault.wrap(new, key)
            at = self._context.clock()
            keys.append(
                {"id": new.id, "owner": handle, "wrapped": wrapped, "master": new.master, "made_at": at}
            )
            self._one(rows, Sealer(key, new.id), number, chat + number, handle, country)
        return rows, keys

    def _one(self, rows: Rows, sealer: Sealer, person: int, chat: int, handle: str, country: str) -> None:
        rng, context, lender = self._rng, self._context, self.lender
        now, pack = context.clock(), context.packs[country]
        scored = now - dt.timedelta(days=rng.randint(0, self._days), hours=rng.randint(1, 20))
        met = scored - dt.timedelta(days=30)
        place: dict[str, Any] = {"id": person, "chat_id": chat, "handle": handle}
        profile = json.dumps(["Maria", "+12025550142", f"{person:09d}"]).encode()
        rows["people"].append({
            **place, "key_id": sealer.id, "language": "en", "country": country, "detail": "full",
            "reachable": True, "registered_at": met, "created_at": met,
            "id_index": person.to_bytes(32, "big"), "phone_index": person.to_bytes(32, "big"),
            **seal(tables.people, sealer, place, profile_sealed=profile),
        })  # fmt: skip
        receipts = {"score": str(uuid.uuid4()), "watch": str(uuid.uuid4())}
        for purpose, receipt in receipts.items():
            rows["consents"].append({
                "person_id": person, "receipt": receipt, "purpose": purpose, "given": True, "version": VERSION,
                "lender_id": lender if purpose == "watch" else None, "language": "en", "country": country,
                "text_hash": "0" * 64, "method": "button", "at": met, "expires_at": None,
            })  # fmt: skip
        place = {"person_id": person, "lender_id": lender, "reference": f"B-{person}"}
        rows["loans"].append({
            **place, "officer": None, "currency": pack.currency, "measures": "reschedule", "opened_on": met.date(),
            "ends_on": (met + dt.timedelta(days=365)).date(), "made_by": "shell", "at": met, "closed_at": None,
            **seal(tables.loans, sealer, place, terms_sealed=b'{"amount":"8000"}'),
        })  # fmt: skip
        place = {"person_id": person, "lender_id": lender, "receipt": receipts["watch"]}
        rows["watches"].append({**place, "started_at": met})
        said = answers(rng, pack)
        for name, value in list(scoring.to_json(said).items())[: self._facts]:
            place = {"person_id": person, "name": name, "source": "self"}
            sealed = seal(tables.facts, sealer, place, value_sealed=json.dumps(value).encode())
            rows["facts"].append({**place, "verified": False, "at": scored, **sealed})
        for n in range(self._events):
            on = (scored - dt.timedelta(days=30 * (n + 1))).date()
            told = {"ref": f"i-{n}", "version": 1, "kind": "balance", "on": on.isoformat()}
            content: Mapping[str, Any] = {
                **told, "account": f"B-{person}", "balance": str(rng.randint(0, 900)), "limit": "1000"
            }  # fmt: skip
            place = {"person_id": person, "sender": f"lender:{lender}", "ref": told["ref"], "version": 1}
            rows["events"].append({
                **place, "id": person * self._events + n, "lender_id": lender, "loan_id": None, "kind": "balance",
                "happened_on": on, "receipt": receipts["watch"], "at": scored,
                **seal(tables.events, sealer, place, content_sealed=json.dumps(content).encode()),
            })  # fmt: skip
        rows["queries"].append({
            "id": person, "person_id": person, "kind": "watch", "state": "done", "opened_at": scored,
            "queued_at": None, "done_at": scored,
        })  # fmt: skip
        self._score(rows, sealer, person, receipts["score"], said, pack, scored)

    def _score(
        self, rows: Rows, sealer: Sealer, person: int, receipt: str, said: engine.Answers, pack: Pack,
        scored: dt.datetime,
    ) -> None:  # fmt: skip
        model = self._context.model
        result = model.score(engine.record(said, pack), pack)
        newest = person * self._events + self._events - 1 if self._events else 0
        origin = scoring.origin_of(result, said, person, receipt, "event", newest)
        row = {name: getattr(origin, name) for name in origin.__slots__} | {"person_id": person, "at": scored}
        content = json.dumps(scoring.content_of(result, said)).encode()
        rows["scores"].append({**row, **seal(tables.scores, sealer, row, score_sealed=content)})
