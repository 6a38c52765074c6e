"""Telling a lender what happened: what it is about, and a word to it where there is one."""

from bot.dialogs import clean
from bot.dialogs.dispute import LONGEST, words
from bot.dialogs.event import Event, File, Media
from bot.dialogs.readers import choice
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Problem, Scene, Step, problem
from bot.i18n import t

PAID, PROOF, RESCHEDULE, DISPUTE, SAID = "paid", "proof", "reschedule", "dispute", "said"
KINDS = (PAID, PROOF, RESCHEDULE, DISPUTE, SAID)
"""What somebody may want to say to an alert; a dispute has a conversation of its own."""

PICTURE = "photo"
UNNAMED = "📎"


def tell(what: str, lender: str) -> Dialog:
    """Build the conversation; `what` is one of KINDS, or "" to ask."""

    def said(answers: Answers) -> str:
        return what or str(answers.get("what", ""))

    def ask_what(_scene: Scene, _answers: Answers) -> Ask:
        options = tuple(Choice(kind, t(f"tell.{kind}")) for kind in KINDS)
        return Ask(t("tell.what", lender=lender), options, columns=1)

    def ask_file(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("tell.ask.proof", lender=lender))

    def ask_words(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("tell.ask.said", lender=lender, most=LONGEST))

    def ask_more(_scene: Scene, answers: Answers) -> Ask:
        return Ask(t(f"tell.ask.{said(answers)}", lender=lender, most=LONGEST))

    return Dialog(
        "tell",
        1,
        (
            Step("what", ask_what, choice(ask_what), when=lambda _scene, _answers: not what),
            Step("file", ask_file, file, when=lambda _scene, answers: said(answers) == PROOF, files=True),
            Step("words", ask_words, words, when=lambda _scene, answers: said(answers) == SAID, free=True),
            Step(
                "more",
                ask_more,
                words,
                when=lambda _scene, answers: said(answers) in (PAID, RESCHEDULE),
                skippable=True,
                free=True,
            ),
        ),
        personal=True,
    )


def file(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take a picture or a document, as the number of its message and what it is called."""
    if isinstance(event, File):
        caption = event.caption or event.name
    elif isinstance(event, Media) and event.kind == PICTURE:
        caption = event.caption
    else:
        return problem("tell.no_file")
    return f"{event.message_id} {clean.clean(caption[:LONGEST]) or UNNAMED}"
