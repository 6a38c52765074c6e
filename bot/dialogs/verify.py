"""Is this really from you: the message itself, pasted or forwarded."""

from bot.dialogs.event import Event, File, Media, Text
from bot.dialogs.step import Answer, Answers, Ask, Dialog, Problem, Reader, Scene, Step, problem
from bot.i18n import t


def _ask(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("verify.ask"))


def pasted(missing: str) -> Reader:
    """Give a reader of words, or of those beneath a picture or a file, behind the number of their message.

    The answer refers to that message; `missing` is the key of what is said where there are no words.
    """

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        words = (
            event.text
            if isinstance(event, Text)
            else event.caption
            if isinstance(event, Media | File)
            else ""
        )
        if not words.strip():
            return problem(missing)
        return f"{event.message_id} {words}"  # type: ignore[union-attr]  # words come in messages only

    return read


VERIFY = Dialog("verify", 1, (Step("message", _ask, pasted("verify.no_words"), free=True, files=True),))
