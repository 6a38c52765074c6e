"""The front desk: every event comes here and goes to the use case it is for, past the one door (`_admit`).

Whoever may not do something is answered as though there were no such thing.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from bot.dialogs import run
from bot.dialogs.event import (
    Command,
    Contact,
    Due,
    Edited,
    Event,
    File,
    Media,
    Money,
    Posted,
    Press,
    Reachable,
    Text,
)
from bot.dialogs.reply import Delete, Say, Toast
from bot.i18n import t
from bot.services import (
    caring,
    conversation,
    deskwork,
    faq,
    groupwork,
    guarding,
    lenderfiles,
    limits,
    paying,
    receiving,
    scams,
    talking,
    ticketing,
    verifying,
)
from bot.services.authority import Denied, authorize
from bot.services.context import Answering
from bot.services.uses import ALSO, DUE, LINKS, NEEDS_COUNTRY, REFERENCE, USES, WITH, start, told
from bot.views.menus import HOME, PREFIX
from storage import audit, dialogs, people
from storage.dialogs import Place


async def receive(a: Answering, event: Event) -> None:
    """Answer one event."""
    try:
        await _receive(a, event)
    except Denied as denial:
        a.drop()
        await _absent(a, event, denial)
    if not isinstance(event, Due | Reachable | Money):  # of money we hear however much was said before
        limits.spend(a, limits.UPDATES)


async def _receive(a: Answering, event: Event) -> None:
    place = (
        None
        if isinstance(event, Due | Reachable | Press | Command | Money | Posted)
        else await dialogs.active(a.read, a.person)
    )
    if kind := guarding.secret_of(a, event, place):
        await _guard(a, event, kind, place)  # type: ignore[arg-type]  # only words can hold a secret
        return
    match event:
        case Due(job):
            await _admit(a, job, DUE.get(job), event)
        case _ if isinstance(event, Money):
            await _admit(a, "pay", paying.hear, event)
        case Posted():
            await _admit(a, "ticket", groupwork.receive, event)
        case Reachable(now):
            a.write(people.change, a.person.id, reachable=now)
        case Command():
            await _command(a, event)
        case Press(data) if data.startswith(f"{PREFIX}|"):
            await _menu(a, event)
        case Press():
            await _dialog_button(a, event)
        case Edited():
            a.say(Say(t("dialog.edited")))
            if place is not None:
                await conversation.ask_again(a, place)
        case _:
            await _said(a, event, place)


async def _guard(a: Answering, event: Text | Media | File, kind: str, place: Place | None) -> None:
    """Take a secret out of the chat at once; a message that was to be checked is checked all the same."""
    a.say(Delete(event.message_id))
    if scams.meant(event, place):
        a.say(Say(t("scam.secret")))
        await _admit(a, "scam", partial(scams.take, secret=True), event, place)
        return
    a.say(Say(t(f"guard.{kind}")))
    if place is not None:
        await conversation.ask_again(a, place)


async def _said(a: Answering, event: Text | Contact | Media | File, place: Place | None) -> None:
    """Take words and files: where they belong hangs on what is open, and on what they are."""
    match event:
        case Text() | Media() if verifying.bears(event) and _stray(a, place):
            await _admit(a, "verify", verifying.take, event, place)
        case Text() | Media() if scams.forwarded(event) and _stray(a, place):
            await _admit(a, "scam", scams.take, event, place)
        case _ if place is None and await ticketing.takes(a, event):
            await _admit(a, "ask", ticketing.hear, event)
        case File() if not _answers(a, place) and await lenderfiles.may_send(a):
            await _admit(a, "upload", _file, event, place)
        case _ if place is not None:
            await _admit(a, place.dialog, _answer, event, place)
        case _:
            await _admit(a, "faq", _idle, event)


async def _admit(a: Answering, name: str, use: Callable[..., Awaitable[None]] | None, *given: Any) -> None:
    """Let somebody do something: the only way to a use. Raises Denied when they may not, or there is none."""
    await authorize(a, name)
    if use is None:
        raise Denied(name)
    if name in NEEDS_COUNTRY and not a.person.country:
        a.say(Say(t("start.first")))
        await start(a)
    else:
        await use(a, *given)


async def _command(a: Answering, event: Command) -> None:
    name, argument = ALSO.get(event.name, event.name), event.argument.strip()
    a.about_id = event.message_id
    if name.startswith(REFERENCE):  # a messenger makes a command of it that can be tapped
        name, argument = "verify", name.removeprefix(REFERENCE)
    if name == "start" and argument:
        word, _, rest = argument.partition("-")
        await _admit(a, word, LINKS.get(word), rest)
    elif name in WITH and (argument or name not in USES):
        await _admit(a, name, WITH[name], argument)
    else:
        await _admit(a, name, USES.get(name))


async def _menu(a: Answering, event: Press) -> None:
    _, name, argument = [*event.data.split("|", 2), "", ""][:3]
    a.pressed, a.about, a.about_id = event.message_id, event.about, event.about_id
    a.say(Toast(event.callback_id))
    if argument:
        await _admit(a, name, WITH.get(name), argument)
    else:
        await _admit(a, name, USES.get(name))


async def _dialog_button(a: Answering, event: Press) -> None:
    name = event.data.split("|", 2)[1] if event.data.startswith(f"{run.PREFIX}|") else ""
    await _admit(a, name, conversation.press, event, await dialogs.active(a.read, a.person))
    if a.replies == [Toast(event.callback_id, t("dialog.unknown_button"))]:
        raise Denied(name, known=True)  # a button that was never offered leaves its row, too


async def _absent(a: Answering, event: Event, denial: Denied) -> None:
    """Answer what is not there and what is not for this person: the same words, about the same time."""
    a.audit(denial.action, denial.object, result=audit.DENIED)
    match event:
        case Press(callback_id=callback_id):
            a.say(Toast(callback_id, t("dialog.unknown_button")))
        case Posted():
            await groupwork.strange(a, event)
        case Command(name="start"):
            a.say(Say(t("start.dead_link")))
            await start(a)
        case Command() if denial.known:
            a.say(Say(t("desk.nothing")))
        case Command():
            a.say(Say(t("help.unknown_command")))
            await told("help.text")(a)
        case _ if denial.known:
            place = await dialogs.active(a.read, a.person)
            if place is not None:
                await conversation.ask_again(a, place, t("desk.nothing"))
        case _:  # words in a conversation that was theirs until their role ended
            a.write(dialogs.end, a.person, denial.action)
            a.say(Say(t("idle.text"), HOME))
            await conversation.resume(a, without=denial.action)


async def _file(a: Answering, event: File, place: Place | None) -> None:
    """Take a file; the conversation it came into goes on, unless the file opened one of its own."""
    note = await receiving.take(a, event)
    if place is not None and not a.settled:
        await conversation.ask_again(a, place, note)
    elif note is not None:
        a.say(Say(note, HOME))


def _stray(a: Answering, place: Place | None) -> bool:
    """Say whether a message cannot be meant as the answer to the open question, which may take any words."""
    return place is None or not conversation.words_expected(a, place)


def _answers(a: Answering, place: Place | None) -> bool:
    """Say whether a file is the open question's: an answer to it, or in the place of a secret."""
    return conversation.file_expected(a, place) or conversation.secret_expected(a, place)


async def _answer(a: Answering, event: Text | Contact | Media | File, place: Place) -> None:
    words = event.text if isinstance(event, Text) else ""
    free = conversation.words_expected(a, place)
    if not free and caring.hear(a, words, event.message_id):
        await conversation.ask_again(a, place)
        return
    if place.dialog == "ask":
        caring.hear(a, words, person=False)
    stray = words.rstrip().endswith(("?", "？")) and not free
    if stray and await faq.nearest(a, words, event.message_id):
        return
    if place.dialog == deskwork.TALK:  # a conversation with a person, not with us
        await talking.hear(a, event, place)
    else:
        await conversation.take(a, event, place)


async def _idle(a: Answering, event: Text | Contact | Media | File) -> None:
    if isinstance(event, Media | File):
        a.say(Say(t("idle.media"), HOME))
    elif isinstance(event, Contact):
        a.say(Delete(event.message_id), Say(t("idle.contact"), HOME))
    else:
        await _idle_words(a, event)


async def _idle_words(a: Answering, event: Text) -> None:
    cared = caring.hear(a, event.text, event.message_id)
    if not a.person.country:
        await start(a)
    elif not await scams.spots(a, event) and not cared:
        await faq.hear(a, event.text, event.message_id)
