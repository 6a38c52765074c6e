"""Menus: the commands of each language, and the buttons under a card."""

from bot.dialogs.reply import Button, Inline
from bot.i18n import Locale, t

COMMANDS = (
    "score", "history", "moved", "whatif", "improve", "status", "consents", "share", "access",
    "mycases", "ask", "mytickets", "settings", "language", "faq", "model", "help", "privacy", "about", "uploads",
    "debts", "sources", "meaning", "glossary", "enquiries", "paysupport", "dispute", "verify", "lender", "rate",
    "security", "scam", "warnings", "export", "delete", "pin", "phone", "cancel", "start",
)  # fmt: skip

PREFIX = "m"
GOOD, BAD = "good", "bad"


def action(name: str, argument: str = "") -> str:
    """Give the callback data of a menu button: these do the same whenever they are pressed."""
    return f"{PREFIX}|{name}|{argument}"


def commands(locale: Locale, *also: str) -> list[dict[str, str]]:
    """Give the command menu in one language, for setMyCommands; `also` names those that are not everywhere."""
    names = (*COMMANDS, *also)
    return [{"command": name, "description": locale.plain(t(f"command.{name}"))} for name in names]


def buttons(*names: str, columns: int = 2) -> Inline:
    """Give the named menu buttons in rows."""
    made = [Button(t(f"button.{name}"), action(name)) for name in names]
    return Inline(tuple(tuple(made[at : at + columns]) for at in range(0, len(made), columns)))


def rated(subject: str, beneath: Inline | None = None) -> Inline:
    """Give the two thumbs for a subject, above other buttons."""
    thumbs = tuple(Button(t(f"feedback.{one}"), action("rate", f"{subject}.{one}")) for one in (GOOD, BAD))
    return Inline((thumbs, *(beneath.rows if beneath else ())))


HOME = buttons("score", "history", "faq", "consents", "settings", "help")
AFTER_SCORE = buttons("meaning", "why", "moved", "improve", "whatif", "history", "enquiries", "products")
