"""Uses: everything somebody can ask for, by its name, an `Action`. The door to them is at the `desk`."""

from collections.abc import Awaitable, Callable

from bot.dialogs.event import Due
from bot.dialogs.reply import Say
from bot.i18n import t
from bot.services import (
    about,
    access,
    advice,
    agreeing,
    answering,
    bulletins,
    casework,
    consenting,
    conversation,
    debts,
    demonstrating,
    deskwork,
    disputing,
    enquiries,
    enrol,
    faq,
    feedback,
    foureyes,
    glossary,
    health,
    ingest,
    judging,
    keys,
    loanbook,
    looking,
    lookup,
    meaning,
    model,
    moving,
    paying,
    pins,
    preferences,
    privacy,
    register,
    reporting,
    retention,
    ruling,
    scams,
    scoring,
    sharing,
    sourcing,
    staffing,
    subscribing,
    ticketing,
    uploads,
    verifying,
    watching,
)
from bot.services.context import Answering
from bot.views.menus import HOME
from storage import dialogs

Use = Callable[[Answering], Awaitable[None]]
ArgumentUse = Callable[[Answering, str], Awaitable[None]]


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


async def go_on(a: Answering, _due: Due) -> None:
    """Begin the check that was just paid for."""
    await score(a)


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


async def help_(a: Answering) -> None:
    """Tell what can be done; in the local chat, that there is a demonstration too."""
    if a.context.settings.local:
        a.say(Say(t("demo.help", count=demonstrating.COUNT)))
    await told("help.text")(a)


def told(key: str) -> Use:
    """Give a use that only tells something, and puts the open question again."""

    async def tell(a: Answering) -> None:
        operator = a.context.settings.config.operator
        text = t(key, operator=operator.name, contact=operator.contact)
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
    "decisions": consenting.past,
    "share": sharing.show,
    "access": access.show,
    "settings": preferences.show,
    "language": preferences.ask_language,
    "faq": faq.show,
    "model": model.limits,
    "help": help_,
    "demo": demonstrating.show,
    "privacy": told("privacy.text"),
    "about": about.show,
    "security": about.security,
    "verify": verifying.ask,
    "scam": scams.ask,
    "report": reporting.send,
    "reports": reporting.overview,
    "lender": register.ask,
    "stars": register.ask_rating,
    "export": privacy.ask_export,
    "delete": privacy.ask_delete,
    "pin": pins.ask_change,
    "phone": pins.ask_phone,
    "dispute": disputing.ask,
    "disputes": disputing.overview,
    "feedback": feedback.export,
    "keep": retention.keep,
    "mycases": answering.overview,
    "moved": moving.show,
    "loan": loanbook.ask,
    "loans": loanbook.overview,
    "uploads": uploads.overview,
    "sources": sourcing.show,
    "debts": debts.show,
    "cancel": cancel,
    "meaning": meaning.show,
    "glossary": glossary.show,
    "enquiries": enquiries.show,
    "paysupport": paying.support,
    "refunds": paying.refunds,
    "why": looking.why,
    "products": products,
    "checklist": checklist,
    "health": health.show,
    "desk": staffing.desk,
    "staff": staffing.show,
    "approvals": foureyes.show,
    "keys": keys.show,
    "cases": casework.overview,
    "rules": ruling.show,
    "ledger": judging.show,
    "ask": ticketing.ask_person,
    "bot": ticketing.ask_bot,
    "mytickets": ticketing.overview,
    "tickets": deskwork.overview,
    "warnings": subscribing.show,
    "bulletin": bulletins.compose,
    "bulletins": bulletins.overview,
}
"""What can be asked for by a command or a menu button, each an `Action` of the same name."""

WITH: dict[str, ArgumentUse] = {
    "demo": demonstrating.turn,
    "correct": disputing.correct,
    "disputes": disputing.look,
    "rate": feedback.rate,
    "stars": register.rate,
    "lender": register.look,
    "verify": verifying.look,
    "scam": scams.look,
    "reports": reporting.act,
    "erasure": privacy.prove,
    "set": preferences.change,
    "consent": consenting.turn,
    "receipt": consenting.send_file,
    "share": sharing.turn,
    "watch": agreeing.turn,
    "tell": answering.hear,
    "moved": moving.choose,
    "loan": loanbook.ask_for,
    "loans": loanbook.look,
    "look": lookup.look,
    "request": lookup.request,
    "cases": casework.listed,
    "case": casework.act,
    "rules": ruling.choose,
    "lookup": lookup.profile,
    "topic": faq.answer,
    "faq": faq.turn,
    "improve": advice.improve,
    "glossary": glossary.explain,
    "pay": paying.pay,
    "payback": paying.back,
    "refund": paying.refund,
    "uploads": uploads.drop,
    "debts": debts.tell,
    "accept": staffing.accept,
    "invite": staffing.invite,
    "withdraw": staffing.withdraw,
    "propose": foureyes.ask,
    "ask": ticketing.ask_person_about,
    "mytickets": ticketing.act,
    "tickets": deskwork.listed,
    "ticket": deskwork.act,
    "approve": foureyes.approve,
    "refuse": foureyes.refuse,
    "keys": keys.turn,
    "warnings": subscribing.turn,
    "bulletins": bulletins.act,
}
"""What is asked for with an argument: the words behind a command, or the third part of a button."""

DUE: dict[str, Callable[[Answering, Due], Awaitable[None]]] = {
    "score": scoring.score,
    ingest.RESCORE: watching.rescore,
    "demo": demonstrating.work,
    "paid": go_on,
}
"""Work that we gave ourselves for a person, by its name."""

LINKS: dict[str, ArgumentUse] = {"join": staffing.join, "verify": verifying.look}
"""What a deep link opens, by the word before its first hyphen: /start WORD-ARGUMENT."""

ALSO = {"limits": "model", "query": "look", "rate": "stars"}
"""Commands that are another name of one."""

REFERENCE = "verify_"
"""How the command beneath a letter begins, which names that letter."""

ON_THE_WAY = ("welcome", "consent", "registration", "query")
"""Conversations that lead to a score."""

NEEDS_COUNTRY = frozenset(
    {"whatif", "improve", "history", "why", "consents", "status", "products", "share", "dispute", "correct"}
    | {"sources", "debts", "meaning", "enquiries"}
)
