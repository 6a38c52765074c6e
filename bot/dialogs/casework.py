"""What an officer is asked about a case: who takes it, when it comes back, what to ask, note or offer, how it ends."""

from collections.abc import Callable, Sequence

from bot.dialogs.dispute import LONGEST, words
from bot.dialogs.readers import choice
from bot.dialogs.step import Answers, Ask, Choice, Dialog, Scene, Step
from bot.i18n import Span, T, t

DAYS = (1, 3, 7)
"""For how many days a case may be put off."""
REASONS = ("promised", "agreeing", "waiting", "checking")
"""Why a case may be put off."""
TEMPLATES = ("happened", "call", "reschedule")
"""What a borrower may be asked, in words that threaten nobody."""


def casework(what: str, options: Sequence[str] = ()) -> Dialog:
    """Build the questions of one piece of work; `options` are what can be chosen: handles, measures, outcomes."""
    return Dialog("casework", 1, STEPS[what](options), personal=True)


def _assign(options: Sequence[str]) -> tuple[Step, ...]:
    return (_choose("who", t("case.ask.assign"), [(one, t("case.officer", handle=one)) for one in options]),)


def _snooze(_options: Sequence[str]) -> tuple[Step, ...]:
    days = [(str(one), t("case.days", days=Span(one, "day"))) for one in DAYS]
    why = [(one, t(f"case.reason.{one}")) for one in REASONS]
    return (
        _choose("days", t("case.ask.snooze"), days, columns=3),
        _choose("reason", t("case.ask.reason"), why),
    )


def _ask(_options: Sequence[str]) -> tuple[Step, ...]:
    return (_choose("what", t("case.ask.ask"), [(one, t(f"case.asking.{one}")) for one in TEMPLATES]),)


def _note(_options: Sequence[str]) -> tuple[Step, ...]:
    def ask(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t("case.ask.note", most=LONGEST))

    return (Step("words", ask, words, free=True),)


def _offer(options: Sequence[str]) -> tuple[Step, ...]:
    return (_choose("what", t("case.ask.offer"), [(one, t(f"measure.{one}")) for one in options]),)


def _close(options: Sequence[str]) -> tuple[Step, ...]:
    return (_choose("outcome", t("case.ask.close"), [(one, t(f"case.outcome.{one}")) for one in options]),)


def _choose(key: str, question: T, options: Sequence[tuple[str, T]], columns: int = 1) -> Step:
    def ask(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(question, tuple(Choice(value, label) for value, label in options), columns)

    return Step(key, ask, choice(ask))


STEPS: dict[str, Callable[[Sequence[str]], tuple[Step, ...]]] = {
    "assign": _assign,
    "snooze": _snooze,
    "ask": _ask,
    "note": _note,
    "offer": _offer,
    "close": _close,
}
"""The questions of each piece of work that has any."""
