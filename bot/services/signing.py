"""Signing: what goes out as a letter gets its heading and code beneath, and a row in the log, with its cause."""

import datetime as dt
import html
import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import letters as form
from bot.dialogs.reply import Document, Letter, Photo, Reply, Say
from bot.i18n import Locale, T, t
from bot.letters import Heading
from bot.services.context import Context
from bot.views.render import render
from storage import letters, signkeys
from storage.letters import Sent
from storage.outbox import Call
from storage.people import Person
from storage.signkeys import Signkey

KINDS = (
    "alert", "notice", "offer", "request", "answer", "bulletin", "tip", "receipt", "account", "dispute", "case",
    "erasure", "staff",
)  # fmt: skip
"""What a letter can be, by code: `letter.kind.CODE` names it to whoever asks."""

LONGEST = {"text": 4096, "caption": 1024}
"""Telegram's limits, in UTF-16 units of what is read."""

_TAG = re.compile("<[^>]*>")


async def sign(
    context: Context, connection: AsyncConnection, person: Person, drawn: Sequence[tuple[Reply, Call]],
    now: dt.datetime, *, logged: bool = True,
) -> list[Call]:  # fmt: skip
    """Give the calls, those of letters signed. A letter with no room for its code is followed by it."""
    if not any(_letter(reply) for reply, _ in drawn):
        return [call for _, call in drawn]
    key = await signkeys.current(connection, context.vault, now)
    calls: list[Call] = []
    log: list[Sent] = []
    for reply, call in drawn:
        letter = _letter(reply)
        if letter is None:
            calls.append(call)
        else:
            signed, sent = _sign(context, key, person, letter, call, now)
            calls += signed
            log.append(sent)
    if logged:
        await letters.put(connection, log)
    return calls


def _letter(reply: Reply) -> Letter | None:
    return reply.letter if isinstance(reply, Say | Photo | Document) else None


def _sign(
    context: Context, key: Signkey, person: Person, letter: Letter, call: Call, now: dt.datetime
) -> tuple[list[Call], Sent]:
    vault, config = context.vault, context.settings.config
    place = "text" if "text" in call.payload else "caption"
    words = read(call.payload[place])
    heading = Heading(form.named(letter.sender or config.operator.name), person.handle, now)
    code = form.sign(signkeys.private(vault, key.number), key.number, heading, words)
    until = code.at + dt.timedelta(days=config.letters.valid_days)
    hashed = letters.hash_of(vault, form.canonical(words))
    sent = Sent(person.id, letter.lender_id, letter.kind, key.number, code.digest, hashed, code.at, until)
    return _with_foot(call, place, foot(heading, code), context.scene(person).locale), sent


def foot(heading: Heading, code: form.Code) -> T:
    """Give what stands beneath a letter."""
    at = code.at.strftime("%Y-%m-%d %H:%M")
    return t(
        "letter.foot",
        sender=heading.sender,
        handle=heading.handle,
        at=at,
        ref=code.ref.lower(),
        code=str(code),
    )


def read(markup: str) -> str:
    """Give the words that a person reads of a message."""
    return html.unescape(_TAG.sub("", markup))


def _with_foot(call: Call, place: str, below: T, locale: Locale) -> list[Call]:
    whole = f"{call.payload[place]}\n{locale.html(below)}"
    if len(read(whole).encode("utf-16-le")) // 2 <= LONGEST[place]:
        return [replace(call, payload={**call.payload, place: whole})]
    after = Say(below, protect=bool(call.payload.get("protect_content")))
    return [call, Call(*render(after, locale, int(call.payload["chat_id"])))]
