"""Before anything that cannot be taken back, or that shows everything: the PIN, or at least a second thought."""

import re

from bot.dialogs import clean
from bot.dialogs.event import Event, Text
from bot.dialogs.readers import choice
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Problem, Scene, Step
from bot.i18n import t

YES, NO = "yes", "no"


def proof(purpose: str, *, with_pin: bool) -> Dialog:
    """Build the question before `purpose` ("export" or "delete").

    The service checks the PIN against its hash; somebody who has not chosen one yet is asked whether they are sure.
    """
    if with_pin:
        step = Step("pin", lambda _s, _a: Ask(t(f"{purpose}.ask_pin")), _typed_pin, secret=True)
        return Dialog(purpose, 1, (step,))
    return Dialog(purpose, 1, (Step("sure", _sure, choice(_sure)),))


def _sure(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("delete.ask_sure"), (Choice(YES, t("delete.yes")), Choice(NO, t("delete.no"))))


def _typed_pin(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    words = clean.clean(event.text) if isinstance(event, Text) else ""
    return words if re.fullmatch(r"[0-9]{6}", words) else Problem("wrong.pin_form")
