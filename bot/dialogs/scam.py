"""Is this a scam: the message itself, pasted or forwarded."""

from bot.dialogs.step import Answers, Ask, Dialog, Scene, Step
from bot.dialogs.verify import pasted
from bot.i18n import t


def _ask(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("scam.ask"))


SCAM = Dialog("scam", 1, (Step("message", _ask, pasted("scam.no_words"), free=True, files=True),))
