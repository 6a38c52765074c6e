"""The dossier's pages of loans: what was lent, who watches, what was told, and what was made of it."""

from typing import Any

from bot.i18n import Joined
from bot.views.held import Page, bare
from bot.views.paper import Cell


def loans(p: Page) -> str:
    """Give loans, who watches for them, and everything that was told."""
    lent = p.table(
        (
            "dossier.lender", "dossier.loan", "dossier.since", "dossier.ends", "dossier.terms", "dossier.measures",
            "dossier.officer", "dossier.done",
        ),
        (
            (
                r["lender"], r["reference"], bare(r["opened_on"]), bare(r["ends_on"]), _terms(r["terms"]),
                _measures(p, r["measures"]), r["officer"], r["closed_at"],
            )
            for r in p.rows("loans")
        ),
    )  # fmt: skip
    watches = p.table(
        ("dossier.lender", "dossier.since", "dossier.until", "dossier.ended_by", "dossier.receipt"),
        (
            (r["lender"], r["started_at"], r["ended_at"], r["ended_by"], r["receipt"])
            for r in p.rows("watches")
        ),
    )
    events = p.table(
        ("dossier.when", "dossier.what", "dossier.source", "dossier.detail_of", "dossier.since", "dossier.receipt"),
        (
            (
                bare(r["happened_on"]), p.kind("event", r["kind"]), r["sender"], bare(r["content"]), r["at"],
                r["receipt"],
            )
            for r in p.rows("events")
        ),
    )  # fmt: skip
    files = p.table(
        ("dossier.kind", "dossier.state", "dossier.when", "dossier.until", "dossier.detail_of"),
        (
            (r["kind"], r["state"], r["at"], r.get("keep_until"), bare([r.get("figures"), r.get("rows")]))
            for r in p.rows("uploads")
        ),
    )
    heads = ("dossier.watches", "dossier.events", "dossier.uploads")
    below = "".join(
        f"<h3>{p.words(head)}</h3>{table}"
        for head, table in zip(heads, (watches, events, files), strict=True)
    )
    return lent + below


def alerts(p: Page) -> str:
    """Give what lenders were told, what was done about it, and what somebody was told as an officer."""
    told = p.table(
        (
            "dossier.when", "dossier.lender", "dossier.number", "dossier.severity", "dossier.held", "dossier.detail_of",
            "dossier.receipt",
        ),
        (
            (
                r["at"], r["lender"], r["number"], p.kind("alert.severity", r["severity"]), r["held"] or None,
                bare(r["content"]), r["receipt"],
            )
            for r in p.rows("alerts")
        ),
    )  # fmt: skip
    cases = p.table(
        ("dossier.lender", "dossier.opened", "dossier.done", "dossier.outcome", "dossier.officer"),
        (
            (
                r["lender"], r["opened_at"], r["closed_at"],
                p.kind("case.outcome", r["outcome"]) if r["outcome"] else None, r["owner"],
            )
            for r in p.rows("cases")
        ),
    )  # fmt: skip
    entries = p.table(
        ("dossier.when", "dossier.who", "dossier.kind", "dossier.words"),
        ((r["at"], r["actor"], r["kind"], bare(r["words"]) or r["detail"]) for r in p.rows("entries")),
    )
    sent = p.table(
        ("dossier.when", "dossier.why"),
        ((r["at"], p.kind("alert.why", r["why"])) for r in p.rows("notices")),
    )
    heads = ("dossier.cases", "dossier.entries", "dossier.notices")
    below = "".join(
        f"<h3>{p.words(head)}</h3>{table}" for head, table in zip(heads, (cases, entries, sent), strict=True)
    )
    return told + below


def _terms(terms: Any) -> Cell:
    return bare(terms) if not isinstance(terms, dict) else ", ".join(str(one) for one in terms.values())


def _measures(p: Page, measures: str) -> Cell:
    found = tuple(p.kind("measure", one) or one for one in measures.split())
    return Joined(found, ", ") if found else None
