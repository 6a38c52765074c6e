"""Access: who looked at what of a person, when and why, told to that person and nobody else."""

from bot.dialogs.reply import Say
from bot.i18n import Joined, T, t
from bot.services.context import Answering
from bot.services.lookup import REASONS, SUPPORT_REASONS
from bot.views.menus import HOME, buttons
from storage import accesses
from storage.accesses import Access

SHOWN = 20
WATCH = "watch"
KNOWN = (*REASONS, *SUPPORT_REASONS, WATCH)
WHAT = ("score", "profile", "export", "dispute", "alert", "case", "ticket", "report")
"""What can be looked at; anything else is called a look at the file."""


async def show(a: Answering) -> None:
    """List the latest looks, the newest first; all of them are in the export."""
    found = await accesses.recent(a.read, a.person, SHOWN)
    if not found:
        a.say(Say(t("access.none"), HOME))
        return
    lines = tuple(_line(a, one) for one in found)
    a.say(Say(t("access.overview", lines=Joined(lines, "\n\n")), buttons("share", "decisions", "export")))


def _line(a: Answering, one: Access) -> T:
    what = t(f"access.what.{one.action}" if one.action in WHAT else "access.what.other")
    if one.actor == a.person.handle:
        return t("access.own", at=one.at, what=what)
    why = t(f"look.reason.{one.reason}" if one.reason in KNOWN else "look.reason.other")
    who = t(f"access.role.{one.role}")
    who = t("access.of_lender", role=who, lender=one.lender) if one.lender else who
    line = t("access.line", at=one.at, who=who, actor=one.actor, what=what, reason=why)
    return t("access.under", line=line, receipt=one.receipt) if one.receipt else line
