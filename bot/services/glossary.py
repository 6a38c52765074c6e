"""The glossary: the words of credit in plain ones."""

from bot.dialogs.reply import Button, Inline, Say
from bot.i18n import t
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.conversation import ask_again
from bot.views.menus import action, buttons
from storage import dialogs

TERMS = (
    "score", "band", "points", "factor", "probability", "default", "completeness", "place", "model", "pairs", "bureau",
    "application", "review", "instalment", "debt_service", "utilisation", "overdue", "apr", "guarantor", "consent",
    "dispute", "watch",
)  # fmt: skip
COLUMNS = 2


async def show(a: Answering) -> None:
    """Offer the words."""
    made = [Button(t(f"glossary.{term}"), action("glossary", term)) for term in TERMS]
    rows = tuple(tuple(made[at : at + COLUMNS]) for at in range(0, len(made), COLUMNS))
    await _say(a, Say(t("glossary.ask"), Inline(rows)))


async def explain(a: Answering, term: str) -> None:
    """Explain one word. Raises Denied for one that is not among them."""
    term = term.strip().lower()
    if term not in TERMS:
        raise Denied("glossary", known=True)
    text = t("glossary.term", name=t(f"glossary.{term}"), text=t(f"glossary.{term}.text"))
    await _say(a, Say(text, buttons("glossary", "meaning")))


async def _say(a: Answering, say: Say) -> None:
    a.say(say)
    place = await dialogs.active(a.read, a.person)
    if place is not None:
        await ask_again(a, place)
