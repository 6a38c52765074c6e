"""Caring: whoever writes that they want to hurt or kill themselves gets a kind word and a crisis line first.

Such words are kept nowhere but in a ticket, where somebody opens one: they teach no search and stand in no digest.
"""

from bot.dialogs.despair import despairs
from bot.dialogs.reply import Say
from bot.i18n import T, t
from bot.services.context import Answering
from bot.views.menus import buttons
from bot.views.official import channel

ONLY, WITH_LINE = "care.anywhere", "care.text"


def hear(a: Answering, words: str, message_id: int = 0, *, person: bool = True) -> bool:
    """Say the kind word where somebody despairs, once; a `person` is offered where none is there yet."""
    if not despairs(words):
        return False
    if not any(isinstance(one, Say) and _is_ours(one.text) for one in a.replies):
        pack = a.scene.pack
        text = t(ONLY) if pack is None else t(WITH_LINE, line=channel(pack.crisis))
        a.say(Say(text, buttons("ask") if person else None, reply_to=message_id))
    return True


def _is_ours(text: object) -> bool:
    return isinstance(text, T) and text.key in {ONLY, WITH_LINE}
