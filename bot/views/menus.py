"""Menus: the commands of each language, and the buttons under a card."""

from bot.dialogs.reply import Button, Inline
from bot.i18n import Locale, t

COMMANDS = (
    "score", "history", "whatif", "improve", "status", "consents", "share", "access", "settings", "language",
    "faq", "model", "help", "privacy", "about", "export", "delete", "cancel", "start",
)  # fmt: skip

PREFIX = "m"


def action(name: str, argument: str = "") -> str:
    """Give the callback data of a menu button: these do the same whenever they are pressed."""
    return f"{PREFIX}|{name}|{argument}"


def commands(locale: Locale) -> list[dict[str, str]]:
    """Give the command menu in one language, for setMyCommands."""
    return [{"command": name, "description": locale.plain(t(f"command.{name}"))} for name in COMMANDS]


def buttons(*names: str, columns: int = 2) -> Inline:
    """Give the named menu buttons in rows."""
    made = [Button(t(f"button.{name}"), action(name)) for name in names]
    return Inline(tuple(tuple(made[at : at + columns]) for at in range(0, len(made), columns)))


HOME = buttons("score", "history", "faq", "consents", "settings", "help")
AFTER_SCORE = buttons("why", "improve", "whatif", "history", "products")
