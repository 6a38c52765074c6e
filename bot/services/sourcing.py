"""Sources: every value held of a person beside where it came from, and which of several is the one that counts."""

from decimal import Decimal

from bot.dialogs.reply import Say
from bot.dialogs.show import shown
from bot.i18n import Money, Percent, T, t
from bot.services import uploads
from bot.services.context import Answering
from bot.views import files
from bot.views.menus import HOME, buttons
from engine import QUESTIONS
from storage import disputes, facts
from storage.facts import Fact

ORDER = (*QUESTIONS, *uploads.BESIDE)


async def show(a: Answering) -> None:
    """List each value with its source, its day and whether it was shown or only told; the one that counts is marked."""
    held = [
        fact
        for fact in await facts.every(a.read, a.person)
        if fact.name in ORDER and fact.name != uploads.WINDOW
    ]
    if not held:
        a.say(Say(t("sources.none"), HOME))
        return
    contested = await disputes.contested(a.read, a.person)
    merged = await facts.merged(a.read, a.person, without=contested)
    rows = [
        (
            fact.name,
            value_of(a, fact),
            t(f"source.{fact.source}"),
            fact.verified,
            fact.name in QUESTIONS and fact == merged.get(fact.name),
        )
        for fact in sorted(held, key=lambda fact: ORDER.index(fact.name))
    ]
    a.say(Say(files.sources(rows), buttons("dispute", "uploads", "score"), protect=True))


def value_of(a: Answering, fact: Fact) -> T:
    """Show a value in its unit."""
    if fact.name in QUESTIONS:
        return t("dialog.value", value=shown(QUESTIONS[fact.name], fact.value, a.pack))
    if fact.name == uploads.TAX:
        return t("dialog.value", value=Money(Decimal(str(fact.value)), a.pack.currency))
    if fact.name in {uploads.ESSENTIAL, uploads.MISMATCH}:
        return t("dialog.value", value=Percent(Decimal(str(fact.value)) / 100))
    return t("dialog.value", value=str(fact.value))
