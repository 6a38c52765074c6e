"""Consent: one decision per purpose, each refusable by itself.

The text a person decides on is versioned and hashed exactly as shown; a new version asks anew.
"""

from collections.abc import Sequence
from hashlib import sha256

from bot.dialogs.readers import choice
from bot.dialogs.step import Answer, Answers, Ask, Asker, Choice, Dialog, Scene, Step
from bot.i18n import Locale, T, t

VERSION = 1
YES, NO = "yes", "no"


def terms(purpose: str, operator: str, contact: str) -> T:
    """Give the text that is decided on."""
    return t(f"consent.{purpose}.v{VERSION}", operator=operator, contact=contact)


def text_hash(locale: Locale, purpose: str, operator: str, contact: str) -> str:
    """Give the SHA-256 (hex) of the text in the language it was shown in."""
    return sha256(locale.html(terms(purpose, operator, contact)).encode()).hexdigest()


def consent(purposes: Sequence[str], operator: str, contact: str) -> Dialog:
    """Build the decisions still to be made, in the pack's order."""

    def asker(number: int, purpose: str) -> Asker:
        def ask(_scene: Scene, _answers: Answers) -> Ask:
            options = (Choice(YES, t("consent.agree")), Choice(NO, t("consent.refuse")))
            text = t(
                "consent.ask", number=number, count=len(purposes), terms=terms(purpose, operator, contact)
            )
            return Ask(text, options)

        return ask

    askers = [(purpose, asker(number, purpose)) for number, purpose in enumerate(purposes, 1)]
    return Dialog(
        "consent",
        VERSION,
        tuple(
            Step(purpose, ask, choice(ask), show=_shown, keep="language", stays=True)
            for purpose, ask in askers
        ),
    )


def _shown(answer: Answer, _scene: Scene) -> T:
    return t("consent.agree" if str(answer).startswith(YES) else "consent.refuse")
