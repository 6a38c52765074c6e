"""What if: pick something you can change, say to what, see the same model's answer."""

from collections.abc import Mapping

from bot.dialogs.query import choices, reader, unit
from bot.dialogs.readers import choice
from bot.dialogs.show import shown
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Scene, Step
from bot.i18n import t
from engine import Pack, Question


def whatif(changeable: Mapping[str, Question], current: Answers, pack: Pack) -> Dialog:
    """Build the two questions: which answer, and its new value. `changeable` are the person's own levers."""

    def ask_which(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("whatif.which"), tuple(Choice(name, t(f"short.{name}")) for name in changeable))

    def picked(answers: Answers) -> Question:
        return changeable[str(answers["which"])]

    def ask_value(_scene: Scene, answers: Answers) -> Ask:
        question = picked(answers)
        now = shown(question, current.get(question.name), pack)
        text = t("whatif.value", name=t(f"short.{question.name}"), now=now, unit=unit(question, pack))
        return Ask(text, choices(question), columns=3)

    def read_value(event: object, scene: Scene, answers: Answers) -> Answer:
        return reader(picked(answers), pack, ask_value)(event, scene, answers)  # type: ignore[arg-type, return-value]  # the runner hands every reader an event

    return Dialog(
        "whatif", 1, (Step("which", ask_which, choice(ask_which)), Step("value", ask_value, read_value))
    )
