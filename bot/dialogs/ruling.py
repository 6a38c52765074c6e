"""Changing one warning rule: which part of it, and to what. What the engine would refuse is asked for again."""

from collections.abc import Mapping, Sequence

from bot.dialogs import clean
from bot.dialogs.event import Event, Text
from bot.dialogs.readers import choice
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Problem, Scene, Step, problem
from bot.i18n import t
from engine.watch import SEVERITIES, bounds

ON, OFF, DEFAULT, SEVERITY = "on", "off", "default", "severity"
COMMON = "common"
"""Under what name the numbers are changed that hold for all rules."""


def ruling(numbers: Sequence[str], now: Mapping[str, int | float], *, rule: bool, on: bool) -> Dialog:
    """Build the questions: `numbers` can be changed, and are `now` so; a `rule` is on or off, and severe too."""
    parts = list(numbers)
    if rule:
        parts = [SEVERITY, *parts, OFF] if on else [ON]
    parts.append(DEFAULT)

    def ask_what(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("rules.what"), tuple(Choice(one, t(f"rules.part.{one}")) for one in parts), columns=1)

    def ask_severity(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("rules.severity"), tuple(Choice(one, t(f"rules.severity.{one}")) for one in SEVERITIES))

    def ask_number(_scene: Scene, answers: Answers) -> Ask:
        field = str(answers["what"])
        low, high, _ = bounds(field)
        return Ask(t("rules.number", what=t(f"rules.part.{field}"), now=now[field], low=low, high=high))

    def severe(_scene: Scene, answers: Answers) -> bool:
        return answers.get("what") == SEVERITY

    def counted(_scene: Scene, answers: Answers) -> bool:
        return answers.get("what") in numbers

    steps = (
        Step("what", ask_what, choice(ask_what)),
        Step("severity", ask_severity, choice(ask_severity), when=severe),
        Step("number", ask_number, number, when=counted),
    )
    return Dialog("ruling", 1, steps)


def number(event: Event, _scene: Scene, answers: Answers) -> Answer | Problem:
    """Take a number within the bounds of what is changed; kept as text, as answers hold no fractions."""
    low, high, example = bounds(str(answers["what"]))
    found = clean.number(event.text.strip().removesuffix("%")) if isinstance(event, Text) else None
    whole = isinstance(example, int)
    if found is None or not low <= found <= high or (whole and found != found.to_integral_value()):
        return problem("wrong.rule_number", low=low, high=high, example=example)
    return str(int(found)) if whole else str(found)
