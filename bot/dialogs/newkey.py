"""A key for a lender's program: what it is called, and what it may do."""

from collections.abc import Mapping, Sequence

from bot.dialogs import clean
from bot.dialogs.event import Event, Text
from bot.dialogs.readers import choice
from bot.dialogs.step import Answer, Answers, Ask, Choice, Dialog, Problem, Scene, Step, problem
from bot.i18n import t

YES, NO = "yes", "no"
LONGEST = 40
KINDS: Mapping[str, Sequence[str]] = {
    "all": ("events:write", "loans:write", "loans:read", "alerts:read"),
    "events": ("events:write", "loans:read"),
    "reading": ("loans:read", "alerts:read"),
}
"""What a program may be made for, and the scopes it gets for that."""


def _ask_name(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("newkey.name", most=LONGEST))


def _ask_kind(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("newkey.kind"), tuple(Choice(kind, t(f"newkey.kind.{kind}"), wide=True) for kind in KINDS))


def _ask_sure(_scene: Scene, answers: Answers) -> Ask:
    kind = t(f"newkey.kind.{answers.get('kind', 'all')}")
    options = (Choice(YES, t("newkey.make")), Choice(NO, t("newkey.drop")))
    return Ask(t("newkey.sure", name=str(answers.get("name", "")), kind=kind), options)


def _name(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    said = clean.clean(event.text) if isinstance(event, Text) else ""
    return said if 1 <= len(said) <= LONGEST else problem("wrong.key_name", most=LONGEST)


NEWKEY = Dialog(
    "newkey",
    1,
    (
        Step("name", _ask_name, _name),
        Step("kind", _ask_kind, choice(_ask_kind)),
        Step("sure", _ask_sure, choice(_ask_sure)),
    ),
)
