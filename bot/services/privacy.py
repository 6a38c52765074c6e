"""A person's rights: everything about them as a page and as data, or everything gone. Both ask for the PIN first."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from bot.dialogs.proof import YES, proof
from bot.dialogs.reply import Document, Letter, NoKeyboard, Say
from bot.dialogs.step import Answer, Dialog
from bot.i18n import Joined, Listed, Span, T, Value, t
from bot.services import limits, paying, pins, saving, settling
from bot.services.context import Answering
from bot.services.conversation import builds, finishes, start
from bot.views import dossier
from bot.views.menus import HOME
from storage import accesses, erasures, rights, shares
from storage.accesses import Access

PROOF_KEPT = dt.timedelta(days=3 * 365)
"""How long we can prove that somebody was erased: a handle, a country and a date, nothing else."""


async def ask_export(a: Answering) -> None:
    """Ask for the PIN, or go ahead where none was chosen yet: there is little to show then."""
    if a.person.registered:
        start(a, "export", {"pin": True})
    else:
        await _export(a)


async def ask_delete(a: Answering) -> None:
    """Say what will be gone and what stays, and ask for the PIN or at least for a second thought."""
    lenders = sorted({row["lender"] for row in await shares.export(a.read, a.person)})
    until = (a.now + PROOF_KEPT).date().isoformat()
    start(a, "delete", {"pin": a.person.registered, "until": until, "lenders": lenders})


@builds("export")
def _proof(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return proof("export", with_pin=True)


@builds("delete")
def _delete(a: Answering, of: Mapping[str, Any]) -> Dialog:
    return proof("delete", with_pin=bool(of["pin"]), told=_what_goes(a, of))


@finishes("export")
async def export(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Send everything once the PIN is right."""
    if await pins.is_right(a, str(answers["pin"])):
        await _export(a, proved=True)


@finishes("delete")
async def delete(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Erase everything once the PIN is right, or the person is sure; the number they get leads to the record of it."""
    sure = await pins.is_right(a, str(answers["pin"])) if of["pin"] else answers["sure"] == YES
    if sure:
        number = erasures.number(a.person.sealer.id)
        a.write(settling.leave, a.context, a.person)
        a.write(rights.forget, a.person, a.now, a.now + PROOF_KEPT)
        a.audit("delete", f"erasure:{number}")
        a.settled = a.erased = True
        a.say(*await paying.owed(a))
        a.say(
            Say(
                t("delete.done", number=number, until=(a.now + PROOF_KEPT).date()),
                NoKeyboard(),
                letter=Letter("erasure"),
            )
        )
    elif not of["pin"]:
        a.say(Say(t("delete.kept"), HOME))


async def prove(a: Answering, argument: str) -> None:
    """Tell an operator what the number of an erasure stands for: when, where, and whether the keys are destroyed."""
    found = await erasures.by_number(a.read, argument)
    if found is None:
        a.say(Say(t("erasure.unknown")))
        return
    state = t("erasure.pending") if found.destroyed_at is None else t("erasure.gone", at=found.destroyed_at)
    country = t(f"country.{found.country}") if found.country else t("settings.no_country")
    a.say(Say(t("erasure.record", at=found.at, country=country, state=state, until=found.keep_until.date())))


async def _export(a: Answering, *, proved: bool = False) -> None:
    limits.spend(a, limits.EXPORTS)
    everything = await rights.export(a.read, a.person)
    if proved:  # the attempt just made still stands in the row as one that failed
        everything["pins"] = [row | {"failures": 0, "failures_in_all": 0} for row in everything["pins"]]
    book = await a.context.finder.book(a.now)
    page = dossier.page(
        everything, a.scene.locale, a.scene.pack, a.now, a.context.settings.config.operator.name,
        {topic: book.question(topic) for topic in book.topics},
    )  # fmt: skip
    content = json.dumps(everything, ensure_ascii=False, indent=2, default=_plain).encode()
    name = f"candor-{a.now:%Y-%m-%d}"
    a.say(
        Document(f"{name}.html", page.encode(), t("export.page")),
        Document(f"{name}.json", content, t("export.data")),
    )
    a.write(accesses.note, a.person, Access(a.person.handle, "borrower", "export", "own", a.now))
    a.audit("export", f"person:{a.person.handle}")


def _what_goes(a: Answering, of: Mapping[str, Any]) -> T:
    """Say what goes at once, and what stays, why and until when."""
    until = dt.date.fromisoformat(of["until"])
    months = -(-saving.scheme(a.context).horizon // dt.timedelta(days=31))
    stays: list[Value] = [t("delete.stays.record", until=until), t("delete.stays.trail")]
    stays.append(t("delete.stays.backups", span=Span(months)))
    if of["lenders"]:
        stays.append(t("delete.stays.lenders", lenders=Listed(tuple(of["lenders"]))))
    return t("delete.what", stays=Joined(tuple(stays)))


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"not JSON: {type(value).__name__}")
