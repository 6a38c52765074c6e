"""Guarding: secrets that are typed where nobody asked for them, found before anything else sees the message."""

from bot.dialogs.event import Command, Edited, Event, File, Media, Text
from bot.dialogs.guard import secret_in
from bot.letters import without_codes
from bot.services import conversation, staffing, verifying
from bot.services.context import Answering
from storage.dialogs import Place


def secret_of(a: Answering, event: Event, place: Place | None) -> str:
    """Name the secret that was typed where none is asked for; "" when there is none."""
    kind = secret_in(without_codes(_words(event)))
    return "" if kind and conversation.secret_expected(a, place) else kind


def _words(event: Event) -> str:
    match event:
        case Command(name, argument):
            # a code of ours, drawn by chance, may look like anything; a number behind a slash is a command to Telegram
            words = f"{name} {argument}"
            return "" if staffing.LINK.fullmatch(argument) or verifying.LINK.fullmatch(words) else words
        case Text(text) | Edited(text):
            return text
        case Media(caption=caption) | File(caption=caption):
            return caption
    return ""
