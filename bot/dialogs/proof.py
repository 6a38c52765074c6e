"""Before anything that cannot be taken back, or that shows everything: the PIN."""

import re

from bot.dialogs import clean
from bot.dialogs.event import Event, Text
from bot.dialogs.step import Answer, Answers, Ask, Dialog, Problem, Scene, Step
from bot.i18n import t


def _typed_pin(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    words = clean.clean(event.text) if isinstance(event, Text) else ""
    return words if re.fullmatch(r"[0-9]{6}", words) else Problem("wrong.pin_form")


def proof(purpose: str) -> Dialog:
    """Build the PIN question before `purpose` ("export" or "delete"); the service checks the PIN against the hash."""
    step = Step("pin", lambda _s, _a: Ask(t(f"{purpose}.ask_pin")), _typed_pin, secret=True)
    return Dialog(purpose, 1, (step,))
