"""A small cast: people with everything a database can hold of them, marked so that any trace is found again."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import (
    accesses,
    alerts,
    cases,
    consents,
    counters,
    dialogs,
    disputes,
    events,
    facts,
    feedback,
    inbox,
    invites,
    lenders,
    letters,
    loans,
    notices,
    outbox,
    payments,
    people,
    pins,
    queries,
    questions,
    ratings,
    reports,
    scores,
    shares,
    signkeys,
    staff,
    subscriptions,
    ticket_lines,
    tickets,
    uploads,
    watches,
)
from storage.accesses import Access
from storage.consents import Decision
from storage.database import Database
from storage.disputes import Words
from storage.feedback import Opinion
from storage.letters import Sent
from storage.outbox import Call
from storage.people import Person, Profile
from storage.scores import Origin
from storage.shares import Share
from storage.uploads import Upload
from storage.vault import Vault
from tests.conftest import NOW

LENDER = "First Example Bank"

MARKS: Mapping[str, str] = {
    "name": "Quetzalcoatl Nightingale",
    "phone": "+12025550177",
    "national_id": "536904399",
    "answer": "8642013.57",
    "draft": "9753102.46",
    "score": "score-mark-5150",
    "complaint": "complaint-mark-6628",
    "opinion": "opinion-mark-9035",
    "question": "question-mark-8817",
    "message": "written-mark-7319",
    "reply": "spoken-mark-2864",
    "file": "file-mark-4471",
    "statement": "statement-mark-7204",
    "loan": "loan-mark-3308",
    "event": "event-mark-1192",
    "alert": "alert-mark-7754",
    "entry": "entry-mark-2086",
    "suspect": "pay 300 first at Bad Lender",
    "ticket": "ticket-mark-4460",
}
"""What somebody confided, in words that occur nowhere else."""


async def meet(database: Database, vault: Vault, chat_id: int = 1001, country: str = "us") -> Person:
    async with database.write() as write:
        return await people.meet(write, vault, chat_id, "en", country, NOW)


async def enrol(
    database: Database, vault: Vault, chat_id: int = 1001, national_id: str = "", country: str = "us"
) -> Person:
    person = await meet(database, vault, chat_id, country)
    who = Profile(MARKS["name"], MARKS["phone"], national_id or MARKS["national_id"])
    async with database.write() as write:
        await people.register(write, vault, person, who, NOW)
        await pins.choose(write, person, "hash-of-a-pin", NOW)
    return person


def decision(purpose: str = "score", **changes: Any) -> Decision:
    values: dict[str, Any] = {
        "receipt": "00000000-0000-4000-8000-000000000001",
        "purpose": purpose,
        "given": True,
        "version": 1,
        "language": "en",
        "country": "us",
        "text_hash": "0" * 64,
        "method": "button",
        "at": NOW,
        "expires_at": None,
    }
    return Decision(**values | changes)


def shared(lender_id: int, **changes: Any) -> Decision:
    """A consent to show the score to a lender, under a receipt of its own."""
    receipt = "00000000-0000-4000-8000-000000000002"
    return decision("share", **{"receipt": receipt, "lender_id": lender_id} | changes)


def watched(lender_id: int, **changes: Any) -> Decision:
    """A consent to be watched by a lender, under a receipt of its own."""
    receipt = "00000000-0000-4000-8000-000000000003"
    return decision("watch", **{"receipt": receipt, "lender_id": lender_id} | changes)


async def lend(connection: AsyncConnection, person: Person, lender_id: int, reference: str) -> int:
    """A loan that its borrower agreed to have watched."""
    draft = loans.Draft(
        reference,
        "USD",
        NOW.date(),
        NOW.date().replace(year=2027),
        {"amount": MARKS["loan"]},
        ("reschedule",),
    )
    number = await loans.put(connection, person, lender_id, draft, "OFFICER234", NOW)
    await consents.record(connection, person, [watched(lender_id)])
    await watches.settle(connection, person, 1, NOW)
    return number


async def warn(connection: AsyncConnection, person: Person, lender_id: int, loan: int) -> None:
    """Something that happened to a loan, and all that follows."""
    receipt = watched(lender_id).receipt
    source = events.From(f"lender:{lender_id}", receipt, lender_id, loan)
    content = {"ref": "e1", "kind": "instalment_late", "on": NOW.date().isoformat(), "what": MARKS["event"]}
    await events.add(connection, person, source, content, NOW)
    case = await cases.open_one(connection, person, lender_id, 2, NOW)
    draft = alerts.Draft(lender_id, case.id, loan, f"N{person.id:07d}", "late", 2, "event:1", "", receipt)
    alert = await alerts.raise_one(connection, person, draft, {"why": MARKS["alert"]}, NOW)
    await notices.note(connection, alert or 0, person, 1, notices.ALERT, NOW)
    await cases.enter(connection, person, case.id, "OFFICER234", "note", NOW, words=MARKS["entry"])


def origin(query_id: int, **changes: Any) -> Origin:
    values: dict[str, Any] = {
        "query_id": query_id,
        "receipt": "00000000-0000-4000-8000-000000000001",
        "cause": "self",
        "model_id": "starter-1",
        "model_hash": "1" * 64,
        "pack": "us",
        "pack_version": "1",
        "inputs_hash": "2" * 64,
    }
    return Origin(**values | changes)


async def fill(database: Database, vault: Vault, chat_id: int = 1001, national_id: str = "") -> Person:
    """Let somebody go all the way, and leave something of theirs in every table."""
    person = await enrol(database, vault, chat_id, national_id)
    async with database.write() as write:
        await consents.record(write, person, [decision()])
        await facts.put(write, person, {"monthly_income": MARKS["answer"]}, "self", NOW)
        content = {"answers": {"total_owed": MARKS["draft"]}, "aside": {}, "of": {}}
        await dialogs.start(write, person, "query", 1, 1, content, NOW)
        query = await queries.open_one(write, person, NOW)
        await queries.queue(write, person, NOW)
        await scores.add(write, person, origin(query), {"result": {"note": MARKS["score"]}}, NOW)
        stored = await scores.recent(write, person, most=1)
        lender = await lenders.named(write, LENDER) or await lenders.add(write, LENDER, "us", NOW)
        assert lender is not None
        await consents.record(write, person, [shared(lender.id)])
        share = Share(lender.id, stored[0].id, shared(lender.id).receipt, "OFFICER234", "application", NOW)
        await shares.add(write, person, share)
        seen = Access("OFFICER234", "officer", "score", "application", NOW, share.receipt)
        await accesses.note(write, person, seen, lender.id)
        await disputes.start(
            write, person, "public_records", "bureau", Words(MARKS["complaint"], 2), NOW, NOW
        )
        await warn(write, person, lender.id, await lend(write, person, lender.id, f"loan-{chat_id}"))
        ticket = await tickets.open_one(write, person, "score", ("name",), NOW, NOW)
        place = (chat_id, 7)
        await ticket_lines.add(
            write, person, ticket.id, person.handle, "file", NOW, words=MARKS["ticket"], place=place
        )
        line = {"text": MARKS["statement"]}
        await uploads.put(
            write, person, Upload("token-of-one", "statement", "asked", {"rows": 1}, [line], NOW, NOW)
        )
        await feedback.put(write, person, Opinion("score", good=False, words=MARKS["opinion"], at=NOW))
        await questions.ask(write, person, "pin", MARKS["question"], NOW)
        sealers = {chat_id: person.sealer}
        await inbox.store(write, sealers, [(chat_id * 10, chat_id, {"text": MARKS["message"]})], NOW)
        call = Call("sendDocument", {"chat_id": chat_id, "caption": MARKS["reply"]}, MARKS["file"].encode())
        await outbox.put(write, person.sealer, chat_id, [call], NOW)
        await staff.give(write, person, "support", None, "shell", NOW)
        until = NOW + dt.timedelta(days=1)
        await invites.make(write, person, f"code-{chat_id}", "marketer", None, "shell", NOW, until)
        await payments.offer(write, person, f"token-{chat_id}", 25, NOW)
        await counters.spend(write, person.id, "updates", 60, dt.timedelta(minutes=3), NOW)
        key = await signkeys.current(write, vault, NOW)
        words = letters.hash_of(vault, f"words to {chat_id}")
        await letters.put(write, [Sent(person.id, lender.id, "alert", key.number, words, words, NOW, until)])
        await ratings.put(write, person, lender.id, 4, NOW)
        await subscriptions.put(write, person, "bulletin", NOW)
        marks = [reports.mark(vault, "link", f"bad{chat_id}.example")]
        await reports.put(write, person, "scam", "phishing", MARKS["suspect"], marks, NOW)
    return person
