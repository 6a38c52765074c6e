"""Asking a person: what it is about, what they may see of you, your words, and a file where one helps.

What may be seen is a row of switches, all of them off until somebody turns one on.
"""

from collections.abc import Collection

from bot.dialogs.clean import clean
from bot.dialogs.dispute import LONGEST
from bot.dialogs.event import Event, Text
from bot.dialogs.readers import choice
from bot.dialogs.run import TOGGLE
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Problem, Scene, Step, problem
from bot.dialogs.tell import file
from bot.i18n import T, t
from bot.quoting import cut

ABOUT = ("score", "data", "consent", "lender", "scam", "payment", "other")
"""What a question can be about."""
SHOWABLE = ("name", "phone", "score", "disputes")
"""What support may be shown of somebody registered."""
GO = "go"


def ask(about: str, showable: Collection[str], said: str) -> Dialog:
    """Build the conversation. `about` is known already, or ""; so is what was `said` before they came here."""

    def ask_words(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("ticket.ask.words", most=LONGEST))

    def ask_file(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("ticket.ask.file_with", words=cut(said, LONGEST)) if said else t("ticket.ask.file"))

    def ask_shown(_scene: Scene, answers: Answers) -> Ask:
        switches = tuple(Choice(f"{TOGGLE}{one}", switch(one, answers)) for one in showable)
        return Ask(t("ticket.ask.shown"), (*switches, Choice(GO, t("ticket.show.go"), wide=True)), columns=1)

    return Dialog(
        "ask",
        1,
        (
            Step("about", _ask_about, choice(_ask_about), when=lambda _s, _a: not about),
            Step("shown", ask_shown, choice(ask_shown), when=lambda _s, _a: bool(showable)),
            Step("words", ask_words, words, when=lambda _s, _a: not said, free=True),
            Step("file", ask_file, file, skippable=True, files=True),
            *(
                Step(one, ask_shown, choice(ask_shown)) for one in showable
            ),  # the switches: answered from the start
        ),
        personal=True,
    )


def switch(what: str, answers: Answers) -> T:
    """Give the label of a switch as it stands."""
    shown = t(f"ticket.show.{what}")
    return t("ticket.show.on", what=shown) if answers.get(what) else t("ticket.show.off", what=shown)


def switched_on(answers: Answers) -> tuple[str, ...]:
    """Give what may be seen."""
    return tuple(one for one in SHOWABLE if answers.get(one) is True)


def note(number: int) -> Dialog:
    """Build the one question of a note that only staff read."""

    def ask_note(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("ticket.ask.note", number=number, most=LONGEST))

    return Dialog("ticketnote", 1, (Step("words", ask_note, words, free=True),), personal=True)


def talk(number: int) -> Dialog:
    """Build what somebody of support is in while all they write goes to a borrower: it ends only by being left."""

    def ask_more(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("ticket.talk", number=number))

    return Dialog("talk", 1, (Step("words", ask_more, words, free=True, files=True),), personal=True)


def words(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take what somebody writes to somebody else: as they wrote it, up to a page of it."""
    said = event.text.strip() if isinstance(event, Text) else ""
    return said if clean(said) and len(said) <= LONGEST else problem("wrong.words", most=LONGEST)


def _ask_about(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("ticket.ask.about"), tuple(Choice(one, t(f"ticket.about.{one}")) for one in ABOUT))
