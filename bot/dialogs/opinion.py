"""Why something did not help: in one's own words, or not at all."""

from bot.dialogs.dispute import LONGEST, words
from bot.dialogs.step import Answers, Ask, Dialog, Scene, Step
from bot.i18n import t


def _ask(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("feedback.why", most=LONGEST))


OPINION = Dialog("opinion", 1, (Step("words", _ask, words, skippable=True, free=True),))
