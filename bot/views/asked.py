"""The desk on the dossier: what somebody asked of support, what they reported, and what they wanted to hear of."""

from bot.i18n import t
from bot.views.held import Page, bare
from bot.views.paper import Cell


def support(p: Page) -> str:
    """Give tickets with all that was said in them, and the messages that were sent to support."""
    tickets = p.table(
        ("dossier.subject", "dossier.officer", "dossier.opened", "dossier.done", "dossier.why"),
        (
            (
                p.kind("ticket.about", r["about"]), r["assignee"], r["opened_at"], r["closed_at"],
                p.kind("ticket.reason", r["reason"]) if r["reason"] else None,
            )
            for r in p.rows("tickets")
        ),
    )  # fmt: skip
    lines = p.table(
        ("dossier.when", "dossier.who", "dossier.kind", "dossier.detail_of", "dossier.content"),
        (
            (r["at"], _who(p, r["actor"]), p.kind("dossier.line", r["kind"]), r["detail"], bare(r["words"]))
            for r in p.rows("ticket_lines")
        ),
    )
    reports = p.table(
        ("dossier.when", "dossier.decision", "dossier.kind", "dossier.words"),
        (
            (
                r["at"],
                p.kind("reports.verdict", r["verdict"]),
                p.kind("scam.type", r["scam"]) if r["scam"] else None,
                r["words"],
            )
            for r in p.rows("reports")
        ),
    )
    return _with(p, tickets, ("dossier.entries", lines), ("dossier.reports", reports))


def wanted(p: Page) -> str:
    """Give what somebody subscribed to, the signed messages they had, what they paid, and how they rated lenders."""
    asked = p.table(
        ("dossier.what", "dossier.since"),
        ((p.kind("dossier.want", r["kind"]), r["at"]) for r in p.rows("subscriptions")),
    )
    letters = p.table(
        ("dossier.what", "dossier.lender", "dossier.when", "dossier.until"),
        (
            (p.kind("letter.kind", r["kind"]), r["sender"], r["at"], r["expires_at"])
            for r in p.rows("letters")
        ),
    )
    payments = p.table(
        ("dossier.receipt", "dossier.stars", "dossier.state", "dossier.opened", "dossier.done"),
        (
            (
                r["charge"], str(r["stars"]), p.kind("pay.state", r["state"]), r["offered_at"],
                r["refunded_at"] or r["used_at"] or r["paid_at"],
            )
            for r in p.rows("payments")
        ),
    )  # fmt: skip
    ratings = p.table(
        ("dossier.lender", "dossier.stars", "dossier.when"),
        ((r["lender"], str(r["stars"]), r["at"]) for r in p.rows("ratings")),
    )
    below = (("dossier.letters", letters), ("dossier.payments", payments), ("dossier.ratings", ratings))
    return _with(p, asked, *below)


def _with(p: Page, first: str, *below: tuple[str, str]) -> str:
    return first + "".join(f"<h3>{p.words(head)}</h3>{table}" for head, table in below)


def _who(p: Page, actor: str) -> Cell:
    mine = {row["handle"] for row in p.held.get("people", ())}
    return t("dossier.yourself") if actor in mine else actor
