"""The front desk: every event comes here and goes to the use case it is for."""

from collections.abc import Awaitable, Callable

from bot.dialogs.event import Command, Contact, Due, Edited, Event, Media, Press, Reachable, Text
from bot.dialogs.guard import secret_in
from bot.dialogs.reply import Delete, Say, Toast
from bot.i18n import t
from bot.services import (
    advice,
    consenting,
    conversation,
    enrol,
    faq,
    looking,
    model,
    preferences,
    privacy,
    scoring,
)
from bot.services.context import Answering
from bot.views.menus import COMMANDS, HOME, PREFIX
from storage import dialogs, people
from storage.dialogs import Place

Use = Callable[[Answering], Awaitable[None]]


async def receive(a: Answering, event: Event) -> None:
    """Answer one event."""
    place = (
        None
        if isinstance(event, Due | Reachable | Press | Command)
        else await dialogs.active(a.read, a.person)
    )
    if kind := _secret(a, event, place):
        a.say(Delete(event.message_id), Say(t(f"guard.{kind}")))  # type: ignore[union-attr]  # only words can hold a secret
        if place is not None:
            await conversation.ask_again(a, place)
        return
    match event:
        case Due():
            await scoring.score(a, event)
        case Reachable(now):
            a.write(people.change, a.person.id, reachable=now)
        case Command(name):
            await _command(a, name)
        case Press(data) if data.startswith(f"{PREFIX}|"):
            await _menu(a, event)
        case Press():
            await conversation.press(a, event, await dialogs.active(a.read, a.person))
        case Edited():
            a.say(Say(t("dialog.edited")))
            if place is not None:
                await conversation.ask_again(a, place)
        case _ if place is not None:
            await _answer(a, event, place)
        case _:
            await _idle(a, event)


async def start(a: Answering) -> None:
    """Greet somebody new; somebody known goes on where they were, or gets the menu."""
    place = await dialogs.active(a.read, a.person)
    if place is not None:
        a.say(Say(t("start.again")))
        await conversation.ask_again(a, place)
    elif a.person.registered:
        a.say(Say(t("start.home"), HOME))
    else:
        await enrol.proceed(a)


async def score(a: Answering) -> None:
    """Begin a query, or whatever must come before it."""
    place = await dialogs.active(a.read, a.person)
    on_the_way = await dialogs.active(a.read, a.person, among=ON_THE_WAY)
    if on_the_way is None:
        await enrol.proceed(a, insist=True)
        return
    if place is not None and place.dialog != on_the_way.dialog:
        a.write(dialogs.end, a.person, place.dialog)
    await conversation.ask_again(a, on_the_way)


async def cancel(a: Answering) -> None:
    """Give up the open conversation."""
    place = await dialogs.active(a.read, a.person)
    if place is None:
        a.say(Say(t("dialog.nothing_to_cancel"), HOME))
    else:
        await conversation.close(a, place)


async def products(a: Answering) -> None:
    """Say what is coming, and that nobody is offered anything meanwhile."""
    a.say(Say(t("products.later")))


async def checklist(a: Answering) -> None:
    """Open the six questions about another service."""
    conversation.start(a, "checklist")


def told(key: str) -> Use:
    """Give a use that only tells something, and puts the open question again."""

    async def tell(a: Answering) -> None:
        operator = a.context.settings.config.operator
        licence = operator.licence or t("about.no_licence")
        deciding = a.context.model.id
        text = t(key, operator=operator.name, contact=operator.contact, licence=licence, model=deciding)
        place = await dialogs.active(a.read, a.person)
        a.say(Say(text, HOME if place is None else None))
        if place is not None:
            await conversation.ask_again(a, place)

    return tell


USES: dict[str, Use] = {
    "start": start,
    "score": score,
    "history": looking.history,
    "whatif": advice.ask_what_if,
    "improve": advice.improve,
    "status": looking.status,
    "consents": consenting.overview,
    "settings": preferences.show,
    "language": preferences.ask_language,
    "faq": faq.show,
    "model": model.limits,
    "help": told("help.text"),
    "privacy": told("privacy.text"),
    "about": told("about.text"),
    "export": privacy.ask_export,
    "delete": privacy.ask_delete,
    "cancel": cancel,
    "why": looking.why,
    "products": products,
    "checklist": checklist,
}
"""What can be asked for by a command or a menu button; `COMMANDS` are those shown in the menu."""

ALSO = {"limits": "model"}
"""Commands that are another name of one in the menu."""

ON_THE_WAY = ("welcome", "consent", "registration", "query")
"""Conversations that lead to a score."""

NEEDS_COUNTRY = frozenset({"whatif", "improve", "history", "why", "consents", "status", "products"})


async def _use(a: Answering, name: str) -> None:
    if name in NEEDS_COUNTRY and not a.person.country:
        a.say(Say(t("start.first")))
        await start(a)
    else:
        await USES[name](a)


async def _command(a: Answering, name: str) -> None:
    if ALSO.get(name, name) in COMMANDS:
        await _use(a, ALSO.get(name, name))
        return
    a.say(Say(t("help.unknown_command")))
    await told("help.text")(a)


async def _menu(a: Answering, event: Press) -> None:
    _, name, argument = [*event.data.split("|", 2), "", ""][:3]
    match name:
        case "set":
            await preferences.change(a, argument, event.callback_id)
        case "consent":
            await consenting.turn(a, argument, event.callback_id)
        case "topic":
            await faq.answer(a, argument, event.callback_id)
        case "improve" if argument:
            a.say(Toast(event.callback_id))
            await advice.improve(a, argument)
        case _ if name in USES and not argument:
            a.say(Toast(event.callback_id))
            await _use(a, name)
        case _:
            a.say(Toast(event.callback_id, t("dialog.unknown_button")))


async def _answer(a: Answering, event: Text | Contact | Media, place: Place) -> None:
    asked = isinstance(event, Text) and event.text.rstrip().endswith(("?", "？"))
    if asked and not conversation.secret_expected(a, place) and await faq.nearest(a, event.text):  # type: ignore[union-attr]  # what is asked is text
        return
    await conversation.take(a, event, place)


async def _idle(a: Answering, event: Text | Contact | Media) -> None:
    if isinstance(event, Media):
        a.say(Say(t("idle.media"), HOME))
    elif isinstance(event, Contact):
        a.say(Delete(event.message_id), Say(t("idle.contact"), HOME))
    elif not a.person.country:
        await start(a)
    elif not await faq.nearest(a, event.text):
        a.say(Say(t("idle.text"), HOME))


def _secret(a: Answering, event: Event, place: Place | None) -> str:
    """Name the secret that was typed where none is asked for; "" when there is none."""
    words = {Text: "text", Edited: "text", Media: "caption", Command: "argument"}.get(type(event))
    kind = "" if words is None else secret_in(getattr(event, words))
    return "" if kind and conversation.secret_expected(a, place) else kind
