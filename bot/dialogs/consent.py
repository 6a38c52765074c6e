"""Consent: one decision per purpose, each refusable by itself.

The text a person decides on is versioned and hashed exactly as shown; a new version asks anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.dialogs.readers import choice
from bot.dialogs.step import Answer, Answers, Ask, Asker, Choice, Dialog, Scene, Step
from bot.i18n import Locale, Span, T, Value, t
from engine.countries.pack import Consent

VERSION = 1
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is decided on: a purpose, who asks, and for sharing which lender may look, how often and how long."""

    purpose: str
    operator: str
    contact: str
    lender: str = ""
    once: bool = False
    days: int = 0

    @classmethod
    def of(
        cls, purpose: str, operator: str, contact: str, asked: Consent | None = None, lender: str = ""
    ) -> "Terms":
        """Build the terms of a purpose as a country's pack has it."""
        if asked is None or not lender:
            return cls(purpose, operator, contact)
        return cls(purpose, operator, contact, lender, asked.per_query, asked.expiry_days)

    def key(self, version: int = VERSION) -> str:
        """Name the sentence."""
        return f"consent.{self.purpose}.v{version}"

    def text(self, version: int = VERSION) -> T:
        """Give the text, whole."""
        values: dict[str, Value] = {"operator": self.operator, "contact": self.contact}
        if self.lender:
            span = Span(self.days, "day")
            lasting = t("consent.once", span=span) if self.once else t("consent.lasting", span=span)
            values |= {"lender": self.lender, "lasting": lasting}
        return T(self.key(version), values)


def text_hash(locale: Locale, terms: Terms, version: int = VERSION) -> str:
    """Give the SHA-256 (hex) of the text in the language it was shown in."""
    return sha256(locale.html(terms.text(version)).encode()).hexdigest()


def consent(asked: Sequence[Terms], name: str = "consent") -> Dialog:
    """Build the decisions still to be made, in the order given."""

    def asker(number: int, terms: Terms) -> Asker:
        def ask(_scene: Scene, _answers: Answers) -> Ask:
            options = (Choice(YES, t("consent.agree")), Choice(NO, t("consent.refuse")))
            if terms.lender:
                return Ask(terms.text(), options)
            return Ask(t("consent.ask", number=number, count=len(asked), terms=terms.text()), options)

        return ask

    askers = [(terms.purpose, asker(number, terms)) for number, terms in enumerate(asked, 1)]
    return Dialog(
        name,
        VERSION,
        tuple(
            Step(purpose, ask, choice(ask), show=_shown, keep="language", stays=True)
            for purpose, ask in askers
        ),
    )


def _shown(answer: Answer, _scene: Scene) -> T:
    return t("consent.agree" if str(answer).startswith(YES) else "consent.refuse")
