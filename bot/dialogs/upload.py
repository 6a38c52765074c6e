"""Showing back what was read out of a file, before any of it counts."""

from bot.dialogs.readers import choice
from bot.dialogs.step import Answers, Ask, Choice, Dialog, Scene, Step
from bot.i18n import T, t

YES, NOT_MINE, NO = "yes", "not_mine", "no"


def upload(text: T) -> Dialog:
    """Build the one question: use it, not mine, leave it. `text` is what was read."""

    def ask(_scene: Scene, _answers: Answers) -> Ask:
        options = (
            Choice(YES, t("file.use"), wide=True),
            Choice(NOT_MINE, t("file.not_mine")),
            Choice(NO, t("file.cancel")),
        )
        return Ask(text, options)

    return Dialog("upload", 1, (Step("sure", ask, choice(ask), stays=True),), personal=True)
