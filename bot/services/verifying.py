"""Verifying: whether a message was truly sent by us, to this person, in these words.

A code is held against its signature first, and then against the log: what only the signature speaks for was not sent by
this program, whoever had the key. Without a code the words are looked up by their keyed hash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot import letters as form
from bot.dialogs.event import Event, Media, Text
from bot.dialogs.reply import Say
from bot.dialogs.step import Answer, Dialog
from bot.dialogs.verify import VERIFY
from bot.i18n import Joined, T, t
from bot.letters import Code, Heading, Piece
from bot.services import conversation
from bot.services.context import Answering
from bot.services.conversation import builds, finishes
from bot.views.menus import buttons
from bot.views.official import against_fraud
from storage import dialogs, letters, signkeys
from storage.dialogs import Place
from storage.letters import Sent

LINK = re.compile(rf"(?:start verify-|verify_|verify )[0-9A-Za-z]{{{form.REF}}} ?")
"""A command that names a letter of ours."""
MOST = 3
"""Messages in one paste that are answered for."""


class State(StrEnum):
    """What a message turned out to be."""

    TRUE = "true"
    UNREAD = "unread"  # the code is ours and theirs, and the words were not shown to us
    ALTERED = "altered"
    ANOTHER = "another"  # somebody else's
    EXPIRED = "expired"
    UNLISTED = "unlisted"  # signed by a key of ours, and never sent
    FOREIGN = "foreign"


DOUBTED = frozenset(State) - {State.TRUE, State.UNREAD, State.EXPIRED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a message turned out to be, and the row of the log where there is one."""

    state: State
    sent: Sent | None = None


async def ask(a: Answering) -> None:
    """Ask for the message."""
    conversation.start(a, "verify")


async def look(a: Answering, argument: str) -> None:
    """Answer for a message typed behind the command, or for a reference."""
    place = await dialogs.active(a.read, a.person, among=("verify",))
    if place is not None:  # it asked for what is answered here
        a.write(dialogs.end, a.person, "verify")
    ref = form.ref_of(argument)
    if ref:
        await _answer(a, [await _by_ref(a, ref)])
    else:
        await _answer(a, [await judge(a, piece) for piece in form.pieces(argument)])


def bears(event: Event) -> bool:
    """Say whether a message carries a code."""
    return any(piece.code for piece in form.pieces(_words(event)))


async def take(a: Answering, event: Text | Media, place: Place | None) -> None:
    """Answer for a message that carries a code, without having been asked; an open question is put again."""
    verdicts = [await judge(a, piece) for piece in form.pieces(_words(event))]
    await _answer(a, verdicts, event.message_id)
    if place is not None:
        await conversation.ask_again(a, place)


@builds("verify")
def _verify(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return VERIFY


@finishes("verify")
async def shown(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Answer for the message that was asked for."""
    number, _, words = str(answers["message"]).partition(" ")
    ref = form.ref_of(words.strip().rpartition("_")[2])
    found = [await _by_ref(a, ref)] if ref else [await judge(a, piece) for piece in form.pieces(words)]
    await _answer(a, found, int(number))


async def judge(a: Answering, piece: Piece) -> Verdict:
    """Say what a message is to this person."""
    if piece.code is not None:
        return await _by_code(a, piece, piece.code)
    if piece.ref:
        found = await _by_ref(a, piece.ref)
        if found.sent is None or found.state is State.ANOTHER:
            return found
        same = piece.heading is not None and piece.heading == _heading(a, found.sent)
        same = same and letters.hash_of(a.context.vault, piece.words) == found.sent.words
        return _dated(a, found.sent) if same else Verdict(State.ALTERED, found.sent)
    return await _by_words(a, piece)


async def _by_code(a: Answering, piece: Piece, code: Code) -> Verdict:
    public = signkeys.private(a.context.vault, code.key).public_key()
    sent = await letters.by_digest(a.read, code.digest)
    if sent is None:
        if piece.heading is None or not form.holds(public, code, piece.heading, piece.words):
            found = await _by_words(a, piece)  # the words may be ours, under a code that is not
            return Verdict(State.ALTERED, found.sent) if found.state in _THEIRS else Verdict(State.FOREIGN)
        return Verdict(State.UNLISTED if piece.heading.handle == a.person.handle else State.ANOTHER)
    if sent.person_id != a.person.id:
        return Verdict(State.ANOTHER, sent)
    heading = piece.heading or _heading(a, sent)
    if not piece.words:  # the code alone, or what followed a message too long to hold it
        whole = heading == _heading(a, sent) and piece.ref in {"", code.ref}
        return _dated(a, sent, State.UNREAD) if whole else Verdict(State.ALTERED, sent)
    if piece.ref not in {"", code.ref} or not form.holds(public, code, heading, piece.words):
        return Verdict(State.ALTERED, sent)
    return _dated(a, sent)


async def _by_ref(a: Answering, ref: str) -> Verdict:
    for sent in await letters.beginning(a.read, form.start_of(ref)):
        if form.reference(sent.digest) == ref:
            mine = sent.person_id == a.person.id
            return _dated(a, sent, State.UNREAD) if mine else Verdict(State.ANOTHER, sent)
    return Verdict(State.FOREIGN)


async def _by_words(a: Answering, piece: Piece) -> Verdict:
    hashed = letters.hash_of(a.context.vault, piece.words)
    sent = await letters.by_words(a.read, hashed, a.person.id) if piece.words else None
    if sent is None:
        return Verdict(State.FOREIGN)
    return _dated(a, sent) if sent.person_id == a.person.id else Verdict(State.ANOTHER, sent)


_THEIRS = (State.TRUE, State.EXPIRED)


def _dated(a: Answering, sent: Sent, state: State = State.TRUE) -> Verdict:
    return Verdict(State.EXPIRED if sent.expires_at <= a.now else state, sent)


def _heading(a: Answering, sent: Sent) -> Heading:
    """Give the heading as it was read back: without blanks."""
    sender = form.named(sent.sender or a.context.settings.config.operator.name)
    return Heading(form.canonical(sender), a.person.handle, sent.at)


async def _answer(a: Answering, verdicts: list[Verdict], to: int = 0) -> None:
    doubted = any(one.state in DOUBTED for one in verdicts)
    first = verdicts if len(verdicts) <= MOST else sorted(verdicts, key=lambda one: one.state not in DOUBTED)
    parts = [_text(a, verdict) for verdict in first[:MOST]]
    if len(verdicts) > MOST:  # what is not ours must not hide behind what is
        parts.append(t("verify.rest", count=len(verdicts), shown=MOST))
    text = Joined(tuple(parts), "\n\n")
    if doubted and (channels := against_fraud(a.scene.pack)):
        text = Joined((*parts, t("verify.channels", channels=channels)), "\n\n")
    a.say(Say(t("verify.answer", text=text), buttons("scam") if doubted else None, reply_to=to))


def _text(a: Answering, verdict: Verdict) -> T:
    sent = verdict.sent
    if sent is None or verdict.state in {State.ANOTHER, State.UNLISTED, State.FOREIGN}:
        return t(f"verify.{verdict.state}", operator=a.context.settings.config.operator.name)
    sender, at = sent.sender or a.context.settings.config.operator.name, sent.at
    what = t(f"letter.kind.{sent.kind}")
    if verdict.state is State.EXPIRED:
        days = a.context.settings.config.letters.valid_days
        return t("verify.expired", n=days, sender=sender, at=at, what=what)
    return t(f"verify.{verdict.state}", sender=sender, at=at, what=what)


def _words(event: Event) -> str:
    return event.text if isinstance(event, Text) else event.caption if isinstance(event, Media) else ""
