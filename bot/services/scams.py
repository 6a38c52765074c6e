"""Is this a scam: a message that somebody pastes or forwards is looked at here, and nothing of it is stored.

The answer is a reply to the message, so that a button beneath brings its words back: whoever wants to send them to
support can, and until then they lie in the chat alone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dialogs.event import Command, Event, File, Media, Text
from bot.dialogs.guard import secret_in
from bot.dialogs.reply import Delete
from bot.dialogs.scam import SCAM
from bot.dialogs.step import Answer, Dialog
from bot.i18n import T
from bot.letters import without_codes
from bot.services import conversation, reporting, verifying
from bot.services.context import Answering
from bot.services.conversation import builds, finishes
from bot.views import scams as views
from bot.views.official import against_fraud
from bot.views.scams import ANOTHER, Shown
from engine import scam
from storage import dialogs, subscriptions
from storage.dialogs import Place

NAME = "scam"
FOUND = "scam"
LEAST_BYTES = 60
"""What is shorter is somebody's own words rather than a message they got: twenty Chinese characters, sixty letters."""


async def ask(a: Answering) -> None:
    """Ask for the message, unless it is at hand: the one that the pressed button's own message answers.

    That button stands beneath what we said of a letter, so whatever code it bears has been looked at.
    """
    if a.about.strip():
        await check(a, a.about, a.about_id, known=True)
    else:
        conversation.start(a, NAME)


async def look(a: Answering, argument: str) -> None:
    """Answer for a message typed behind the command, or ask for another one."""
    if argument == ANOTHER:
        conversation.start(a, NAME)
    else:
        await check(a, argument, a.about_id)


def forwarded(event: Event) -> bool:
    """Say whether an event is somebody else's words, handed on."""
    return isinstance(event, Text | Media) and event.forwarded and bool(_words(event).strip())


def meant(event: Event, place: Place | None) -> bool:
    """Say whether an event is a message to be looked at: forwarded, typed behind the command, or what we asked for."""
    if isinstance(event, Command):
        return event.name == NAME and bool(event.argument.strip())
    asked = place is not None and place.dialog == NAME and bool(_words(event).strip())
    return asked or forwarded(event)


async def take(
    a: Answering, event: Text | Media | File | Command, place: Place | None, *, secret: bool = False
) -> None:
    """Answer for a message; an open question is put again, but for ours, which this answers.

    Of one that holds a `secret` there is nothing left in the chat to reply to.
    """
    await check(a, _words(event), event.message_id, gone=secret)
    if place is not None and place.dialog == NAME:
        a.write(dialogs.end, a.person, NAME)
        await conversation.resume(a, without=NAME)
    elif place is not None:
        await conversation.ask_again(a, place)


async def spots(a: Answering, event: Text) -> bool:
    """Answer for words that nobody asked for, where they are long enough to be a message, and a scam's."""
    if len(event.text.encode("utf-8", "replace")) < LEAST_BYTES:
        return False
    finding = await asyncio.to_thread(scam.check, event.text)
    if finding.verdict != FOUND:
        return False
    await check(a, event.text, event.message_id)
    return True


@builds(NAME)
def _scam(_a: Answering, _of: Mapping[str, Any]) -> Dialog:
    return SCAM


@finishes(NAME)
async def shown(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Answer for the message that was asked for."""
    number, _, words = str(answers["message"]).partition(" ")
    await check(a, words, int(number))


async def check(a: Answering, words: str, to: int, *, gone: bool = False, known: bool = False) -> None:
    """Say what a message is. What bears a code of ours is held against our letters instead, unless that is `known`."""
    letter = Text(words, to)
    if verifying.bears(letter) and not gone and not known:
        await verifying.take(a, letter, None)
        return
    secret = gone or bool(secret_in(without_codes(words)))
    if secret and to and not gone:  # it was found beneath a button, and lies in the chat still
        a.say(Delete(to))
    found = await _read(a, words, secret=secret)
    if offer := found.verdict == FOUND and await _to_be_asked(a):
        a.write(subscriptions.put, a.person, subscriptions.OFFERED, a.now)
    a.say(views.answer(replace(found, offer=offer), 0 if secret else to))


async def judged(a: Answering, words: str) -> T:
    """Give what support reads of words that a borrower passed on to them: the verdict, without any button."""
    return views.answer(await _read(a, words, secret=False), 0).text


async def _read(a: Answering, words: str, *, secret: bool) -> Shown:
    """Give what is known of a message: what support has confirmed, and what speaks in it for itself."""
    finding = await asyncio.to_thread(scam.check, words)
    known = await reporting.known(a, words)
    kind = known.scam if known else finding.kind
    return Shown(
        verdict=FOUND if known else finding.verdict,
        kind=kind,
        also=tuple(one for one in (finding.kind, *finding.also) if one and one != kind)[:2],
        cues=tuple(one.words for one in finding.cues),
        channels=against_fraud(a.scene.pack),
        known=known is not None,
        secret=secret,
    )


async def _to_be_asked(a: Answering) -> bool:
    """Say whether somebody was never asked whether to be warned of new frauds: that is done once."""
    return bool(a.person.country) and not await subscriptions.of(a.read, a.person)


def _words(event: Event) -> str:
    match event:
        case Text(text=words) | Media(caption=words) | File(caption=words) | Command(argument=words):
            return words
    return ""
