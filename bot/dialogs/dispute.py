"""Contesting something stored: which, and what is wrong with it; and, for those who decide, what is right."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogs import clean
from bot.dialogs.event import Event, Text
from bot.dialogs.query import choices, reader, unit
from bot.dialogs.readers import choice
from bot.dialogs.show import shown
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Problem, Scene, Step, problem
from bot.i18n import t
from engine import Pack, Question

YES, NO = "yes", "no"
CORRECT, REMOVE, REJECT = "correct", "remove", "reject"
REASONS = ("confirmed", "unsupported", "duplicate")
"""Why a dispute may be rejected."""

LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """Something stored: whose word it is, its value, and whether the person can simply answer it `again`."""

    question: Question
    source: str
    value: str | int | None
    again: bool

    @property
    def key(self) -> str:
        """Name the item on a button."""
        return f"{self.question.name}.{self.source}"


def dispute(items: Sequence[Item], pack: Pack) -> Dialog:
    """Build the conversation; what a person can answer again themselves ends with its choice."""
    known = {item.key: item for item in items}

    def ask_which(_scene: Scene, _answers: Answers) -> Ask:
        options = tuple(
            Choice(
                item.key,
                t(
                    "dispute.item",
                    name=t(f"short.{item.question.name}"),
                    value=shown(item.question, item.value, pack),
                    source=t(f"source.{item.source}"),
                ),
            )
            for item in items
        )
        return Ask(t("dispute.which"), options, columns=1)

    def contests(_scene: Scene, answers: Answers) -> bool:
        chosen = known.get(str(answers.get("which")))
        return chosen is not None and not chosen.again

    return Dialog(
        "dispute",
        1,
        (
            Step("which", ask_which, choice(ask_which)),
            Step("words", _ask_words, words, when=contests, free=True),
            Step("sure", _ask_sure, choice(_ask_sure), when=contests),
        ),
        personal=True,
    )


def decision(question: Question, pack: Pack) -> Dialog:
    """Build what those who decide are asked; `pack` is that of the borrower."""

    def ask_value(_scene: Scene, _answers: Answers) -> Ask:
        text = t("decide.value", name=t(f"short.{question.name}"), unit=unit(question, pack))
        return Ask(text, choices(question), columns=3)

    def corrects(_scene: Scene, answers: Answers) -> bool:
        return answers.get("what") == CORRECT

    def rejects(_scene: Scene, answers: Answers) -> bool:
        return answers.get("what") == REJECT

    return Dialog(
        "decide",
        1,
        (
            Step("what", _ask_what, choice(_ask_what)),
            Step("value", ask_value, reader(question, pack, ask_value), when=corrects),
            Step("reason", _ask_reason, choice(_ask_reason), when=rejects),
        ),
        personal=True,
    )


def words(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take what somebody says in their own words, up to a page of it."""
    text = event.text if isinstance(event, Text) else ""
    said = clean.clean(text, LONGEST) if len(text) <= LONGEST else ""
    return said or problem("wrong.words", most=LONGEST)


def _ask_words(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("dispute.words", most=LONGEST))


def _ask_sure(_scene: Scene, answers: Answers) -> Ask:
    options = (Choice(YES, t("dispute.send")), Choice(NO, t("dispute.drop")))
    return Ask(t("dispute.sure", words=str(answers.get("words", ""))), options)


def _ask_what(_scene: Scene, _answers: Answers) -> Ask:
    options = tuple(
        Choice(value, t(key))
        for value, key in (
            (CORRECT, "decide.correct"),
            (REMOVE, "decide.remove"),
            (REJECT, "decide.reject"),
        )
    )
    return Ask(t("decide.what"), options, columns=1)


def _ask_reason(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("decide.why"), tuple(Choice(one, t(f"dispute.reason.{one}")) for one in REASONS), columns=1)
