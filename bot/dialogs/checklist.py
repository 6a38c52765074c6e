"""Six questions about another lender or score service, before somebody trusts it with their data."""

from bot.dialogs.readers import choice
from bot.dialogs.step import Answers, Ask, Asker, Choice, Dialog, Scene, Step
from bot.i18n import t

QUESTIONS = ("licence", "upfront_fee", "secrets", "promise", "consent", "contact")
GOOD = {
    "licence": "yes",
    "upfront_fee": "no",
    "secrets": "no",
    "promise": "no",
    "consent": "yes",
    "contact": "yes",
}
"""The answer a trustworthy service gives."""

DECISIVE = ("upfront_fee", "secrets")
"""One wrong answer here is enough to walk away."""


def _asker(number: int, name: str) -> Asker:
    def ask(_scene: Scene, _answers: Answers) -> Ask:
        options = tuple(Choice(value, t(f"checklist.{value}")) for value in ("yes", "no", "unsure"))
        text = t("checklist.question", number=number, count=len(QUESTIONS), ask=t(f"checklist.{name}"))
        return Ask(text, options, columns=3)

    return ask


_ASKERS = [(name, _asker(number, name)) for number, name in enumerate(QUESTIONS, 1)]
CHECKLIST = Dialog("checklist", 1, tuple(Step(name, ask, choice(ask)) for name, ask in _ASKERS))


def verdict(answers: Answers) -> tuple[str, tuple[str, ...]]:
    """Judge: ("walk_away" | "careful" | "no_sign", the questions that weighed against it). Never "safe"."""
    against = tuple(name for name in QUESTIONS if answers.get(name) != GOOD[name])
    if any(answers.get(name) == "yes" for name in DECISIVE) or len(against) >= 3:
        return "walk_away", against
    return ("careful" if against else "no_sign"), against
