"""Files that a borrower brings: read in a thread, shown back, and counted only once they say that it is theirs.

What a file shows becomes facts (source "statement", verified where the file itself shows it) and events of their own;
its rows are kept sealed for [uploads] keep_days and then dropped.
"""

import asyncio
import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import engine
from bot.dialogs.event import File
from bot.dialogs.reply import Button, Inline, Say
from bot.dialogs.step import Answer, Dialog
from bot.dialogs.upload import NOT_MINE, YES, upload
from bot.i18n import Joined, Percent, T, Value, t
from bot.services import consenting, ingest, limits, receiving
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.views import files
from bot.views.menus import HOME, action, buttons
from engine import QUESTIONS
from engine.statements import Fault, Found, read, recognise, report
from engine.statements.pay import mismatch, monthly
from storage import events, facts, scores, uploads, watches
from storage.events import From
from storage.uploads import ASKED, CONFIRMED, Upload

SOURCE = "statement"
CONSUMPTION = "consumption"
TAX, YEAR, MISMATCH = "tax_income", "tax_year", "income_mismatch"
MONTHS, ESSENTIAL, WINDOW = "income_months", "essential_share", "statement_window"
BESIDE = (TAX, YEAR, MISMATCH, MONTHS, ESSENTIAL, WINDOW)
"""Facts that no question asks for: shown beside the answers, and looked at by those who decide."""
AT_ONCE = 500


def knows(content: bytes) -> bool:
    """Say whether a file is one of ours, if only a damaged one: then it is said what is wrong with it."""
    found = recognise(content)
    return not isinstance(found, Fault) or found.key not in {"columns", "unknown"}


async def take(a: Answering, file: File) -> T | None:
    """Read a file and show back what it says; what is wrong with it is given to be said."""
    limits.spend(a, limits.UPLOADS)
    found = await asyncio.to_thread(read, file.content, a.scene.today)
    if isinstance(found, Fault):
        return files.refused(found)
    alive = await consenting.live(a)
    if "score" not in alive:
        return t("consent.score_refused")
    spending = CONSUMPTION in alive
    if found.kind == "shopping" and not spending:
        return t("file.needs_consumption")
    if found.currency and found.currency != a.pack.currency:
        return files.refused(Fault(key="currency", found=found.currency, example=a.pack.currency))
    for name, value in found.answers.items():
        if engine.problem(QUESTIONS[name], _typed(name, value), a.pack) is not None:
            return t("file.implausible", name=t(f"short.{name}"))
    kept = found if spending else without_spending(found)
    token = secrets.token_hex(6)
    until = a.now + dt.timedelta(days=a.context.settings.config.uploads.keep_days)
    bare = msgspec.structs.replace(kept, lines=())
    figures, rows = msgspec.to_builtins(bare), msgspec.to_builtins(kept.lines)
    a.write(uploads.put, a.person, Upload(token, found.kind, ASKED, figures, rows or None, a.now, until))
    shown = msgspec.to_builtins(msgspec.structs.replace(bare, events=()))
    start(a, "upload", {"token": token, "found": shown, "left_out": kept is not found})
    return None


receiving.RECOGNISED["statement"] = receiving.Kind("upload", knows, take)


def without_spending(found: Found) -> Found:
    """Leave out of a file what its owner did not agree to: how they spend. What they earn and owe stays."""
    spent = {name for name in found.answers if QUESTIONS[name].purpose == CONSUMPTION}
    gone = {name for name in found.figures if name in {"spending_variation", ESSENTIAL}}
    if not spent and not gone and not found.mix:
        return found
    return msgspec.structs.replace(
        found,
        answers={name: value for name, value in found.answers.items() if name not in spent},
        verified=tuple(name for name in found.verified if name not in spent),
        figures={name: value for name, value in found.figures.items() if name not in gone},
        mix={},
        lines=tuple(one for one in found.lines if one.amount > 0),
    )


@builds("upload")
def _upload(a: Answering, of: Mapping[str, Any]) -> Dialog:
    found = msgspec.convert(of["found"], Found)
    return upload(files.summary(found, a.pack, left_out=bool(of["left_out"])))


@finishes("upload")
async def answered(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Let a file count that its sender knows as theirs; any other leaves nothing."""
    if answers["sure"] != YES:
        a.write(uploads.drop, a.person, of["token"])
        a.say(Say(t("file.dropped_not_mine" if answers["sure"] == NOT_MINE else "file.dropped"), HOME))
        return
    held = await uploads.find(a.read, a.person, of["token"])
    alive = await consenting.live(a)
    if held is None or "score" not in alive:
        a.say(Say(t("file.gone"), HOME))
        return
    found = msgspec.convert(held.figures, Found)
    if CONSUMPTION not in alive:
        found = without_spending(found)
    told = found
    if found.kind == "report":
        known = report.answers(found, a.scene.today, a.pack)
        told = msgspec.structs.replace(found, answers=known, verified=tuple(known))
    values = {name: _plain(value) for name, value in told.answers.items()} | _beside(found)
    values |= await _compared(a, values)
    a.write(facts.put, a.person, values, SOURCE, a.now, (*told.verified, *BESIDE))
    a.write(uploads.confirm, a.person, of["token"])
    if found.events:
        a.write(_remember, a, found, alive["score"].receipt)
    a.audit("upload", f"person:{a.person.handle}", found.kind)
    a.say(Say(files.taken(told, tuple(told.answers), a.pack), buttons("score", "uploads", "sources")))
    if values.get(MISMATCH):
        a.say(Say(_ask_why(int(str(values[MISMATCH]))), buttons("sources", "score")))
    if await watches.live(a.read, a.person) or await scores.recent(a.read, a.person, most=1):
        a.work.append({"job": ingest.RESCORE})


async def overview(a: Answering) -> None:
    """List the files on record with what is kept of each, and offer to drop their rows at once."""
    held = [one for one in await uploads.every(a.read, a.person) if one.state == CONFIRMED]
    if not held:
        a.say(Say(t("uploads.none"), HOME))
        return
    lines: tuple[Value, ...] = tuple(
        t(
            "uploads.line" if one.rows else "uploads.line_bare",
            kind=t(f"file.layout.{one.figures['layout']}"),
            at=one.at,
            n=len(one.rows or ()),
            until=one.keep_until.date(),
        )
        for one in held
    )
    button = Inline(((Button(t("uploads.drop"), action("uploads", "rows")),),))
    kept = any(one.rows for one in held)
    a.say(Say(t("uploads.text", lines=Joined(lines)), button if kept else HOME))


async def drop(a: Answering, argument: str) -> None:
    """Drop the rows of all files now; what was read out of them stays."""
    if argument == "rows":
        a.write(uploads.drop_rows, a.person)
        a.say(Say(t("uploads.dropped"), HOME))
    else:
        await overview(a)


def _beside(found: Found) -> dict[str, str | int | None]:
    """Give the facts that stand beside the answers."""
    values: dict[str, str | int | None] = {}
    if found.kind == "tax":
        values |= {TAX: str(found.figures[TAX]), YEAR: int(found.figures[YEAR])}
    if "monthly_income" in found.answers:
        values[MONTHS] = int(found.figures["income_months"])
    if found.kind == "statement" and found.months:
        share = found.figures.get(ESSENTIAL)
        values[ESSENTIAL] = None if share is None else int(Decimal(str(share)) * 100)
        values[WINDOW] = f"{found.first.isoformat()}/{found.last.isoformat()}/{found.months}"
    return values


async def _compared(a: Answering, values: Mapping[str, str | int | None]) -> dict[str, int | None]:
    """Hold tax against pay, once both are there: by how many percent they differ where that is too much."""
    known = {f.name: f.value for f in await facts.every(a.read, a.person) if f.source == SOURCE} | dict(
        values
    )
    tax, pay = known.get(TAX), known.get("monthly_income")
    if tax is None or pay is None or not {TAX, "monthly_income"} & values.keys():
        return {}
    apart = mismatch(monthly(Decimal(str(tax))), Decimal(str(pay)))
    return {MISMATCH: None if apart is None else int(apart * 100)}


def _ask_why(percent: int) -> T:
    return t("file.mismatch", share=Percent(Decimal(percent) / 100))


async def _remember(connection: AsyncConnection, a: Answering, found: Found, receipt: str) -> None:
    """Store the events of a file that are not known yet."""
    source = From(events.SELF, receipt)
    told = [msgspec.to_builtins(msgspec.structs.replace(e, sender=events.SELF)) for e in found.events]
    for start_ in range(0, len(told), AT_ONCE):
        page: Sequence[dict[str, Any]] = told[start_ : start_ + AT_ONCE]
        known = await events.known(connection, {a.person.id: a.person}, events.SELF, [e["ref"] for e in page])
        new = {e["ref"]: e for e in page if (a.person.id, e["ref"], 1) not in known}
        await events.add_all(connection, [(a.person, source, e) for e in new.values()], a.now)


def _typed(name: str, value: object) -> engine.Answer:
    if QUESTIONS[name].kind == "money":
        return Decimal(str(value))
    return value if isinstance(value, int) else str(value)


def _plain(value: object) -> str | int:
    return (
        value if isinstance(value, int) else format(value, "f") if isinstance(value, Decimal) else str(value)
    )
