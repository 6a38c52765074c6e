"""Which columns of a lender's file hold what: asked once, where their names do not tell."""

from collections.abc import Callable, Sequence

from bot.dialogs.readers import choice
from bot.dialogs.step import Answers, Ask, Asker, Choice, Dialog, Scene, Step
from bot.i18n import t

NONE = "none"
MOST = 24
"""Columns that are offered: a messenger's keyboard has its limits."""


def columns(missing: Sequence[str], names: Sequence[str]) -> Dialog:
    """Build one question for each field that was not found; the first "none" ends it, since the file cannot do."""

    def asker(field: str) -> Asker:
        def ask(_scene: Scene, answers: Answers) -> Ask:
            free = [at for at in range(len(names)) if str(at) not in answers.values()][:MOST]
            options = [Choice(str(at), t("feed.name", name=names[at])) for at in free]
            none = Choice(NONE, t("feed.column.none"), wide=True)
            return Ask(t("feed.column", field=t(f"feed.field.{field}")), (*options, none))

        return ask

    def applies(field: str) -> Callable[[Scene, Answers], bool]:
        before = missing[: missing.index(field)]
        return lambda _scene, answers: all(answers.get(name) != NONE for name in before)

    steps = tuple(Step(field, asker(field), choice(asker(field)), when=applies(field)) for field in missing)
    return Dialog("lenderfile", 1, steps)
