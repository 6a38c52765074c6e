"""About: who runs this bot and by which key it signs, and what keeps it safe, with the day it was last proved."""

import datetime as dt

from bot.dialogs.reply import Say
from bot.i18n import Joined, T, t
from bot.services import conversation
from bot.services.context import Answering
from bot.views.menus import HOME
from storage import backups, dialogs, marks, signkeys


async def show(a: Answering) -> None:
    """Tell who runs this, under which licence, and the fingerprint of the key that signs."""
    operator = a.context.settings.config.operator
    key = await signkeys.in_use(a.read, a.context.vault)
    text = t(
        "about.text",
        operator=operator.name,
        contact=operator.contact,
        licence=operator.licence or t("about.no_licence"),
        model=a.context.model.id,
        fingerprint=key.fingerprint if key else t("about.no_key"),
    )
    await _say(a, text)


async def security(a: Answering) -> None:
    """List what keeps data safe, each with the day it was last put to the proof."""
    good = await backups.last_good(a.read)
    trail, started = await marks.find(a.read, marks.TRAIL), await marks.find(a.read, marks.BOT)
    key = await signkeys.in_use(a.read, a.context.vault)
    lines = (
        _line("sealed", started.at if started else None),
        _line("backups", good.verified_at if good else None),
        _line("trail", trail.at if trail else None),
        _line("signed", key.made_at if key else None),
    )
    await _say(a, t("security.text", lines=Joined(lines, "\n\n")))


def _line(what: str, at: dt.datetime | None) -> T:
    proved = t(f"security.{what}.at", at=at.date()) if at else t("security.never")
    return t(f"security.{what}", proved=proved)


async def _say(a: Answering, text: T) -> None:
    place = await dialogs.active(a.read, a.person)
    a.say(Say(text, HOME if place is None else None))
    if place is not None:
        await conversation.ask_again(a, place)
