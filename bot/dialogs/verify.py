"""Is this really from you: the message itself, pasted or forwarded."""

from bot.dialogs.event import Event, Media, Text
from bot.dialogs.step import Answer, Answers, Ask, Dialog, Problem, Scene, Step, problem
from bot.i18n import t


def _ask(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("verify.ask"))


def _read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take the words, or those beneath a picture, behind the number of their message: the answer refers to it."""
    words = event.text if isinstance(event, Text) else event.caption if isinstance(event, Media) else ""
    if not words.strip():
        return problem("verify.no_words")
    return f"{event.message_id} {words}"  # type: ignore[union-attr]  # words come in messages only


VERIFY = Dialog("verify", 1, (Step("message", _ask, _read, free=True, files=True),))
