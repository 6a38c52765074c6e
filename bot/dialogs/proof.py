"""Before anything that cannot be taken back, or that shows everything: the PIN, or at least a second thought."""

import re

from bot.dialogs import clean
from bot.dialogs.event import Event, Press, Text
from bot.dialogs.readers import choice
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Problem, Scene, Step
from bot.i18n import T, t

YES, NO = "yes", "no"
FORGOTTEN = "forgotten"
"""What is answered in the place of a PIN by somebody who does not know theirs any more."""


def proof(purpose: str, *, with_pin: bool, told: T | None = None) -> Dialog:
    """Build the question before `purpose` ("export", "delete", "pin", "phone"); `told` is what must be known first.

    The service checks the PIN against its hash; somebody who has not chosen one yet is asked whether they are sure.
    """

    def ask_pin(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(_after(told, t(f"{purpose}.ask_pin")), (Choice(FORGOTTEN, t("pin.forgotten")),))

    def ask_sure(_scene: Scene, _answers: Answers) -> Ask:
        options = (Choice(YES, t("delete.yes")), Choice(NO, t("delete.no")))
        return Ask(_after(told, t("delete.ask_sure")), options)

    if with_pin:
        return Dialog(purpose, 1, (Step("pin", ask_pin, _typed_pin, secret=True),))
    return Dialog(purpose, 1, (Step("sure", ask_sure, choice(ask_sure)),))


def _after(told: T | None, question: T) -> T:
    return question if told is None else t("dialog.with_note", note=told, question=question)


def _typed_pin(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    if isinstance(event, Press) and event.data == FORGOTTEN:
        return FORGOTTEN
    words = clean.clean(event.text) if isinstance(event, Text) else ""
    return words if re.fullmatch(r"[0-9]{6}", words) else Problem("wrong.pin_form")
