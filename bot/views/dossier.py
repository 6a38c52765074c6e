"""The dossier: everything held about one person on one page, in their language, that needs nothing but a browser.

Whatever a person or a lender typed is shown as it is and can do nothing: every value is escaped, no script may run, and
nothing is fetched. A table of which this file knows nothing is shown raw rather than left out.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from bot.dialogs.show import shown
from bot.i18n import Joined, Locale, Percent, Signed, Written, t
from bot.views import asked, cards, lent
from bot.views.held import Held, Page, Row, bare
from bot.views.paper import Cell, document, escape, plain
from engine import QUESTIONS, Pack, Result


def page(
    held: Held, locale: Locale, pack: Pack | None, now: dt.datetime, operator: str,
    topics: Mapping[str, Written] | None = None,
) -> str:  # fmt: skip
    """Give the page: `held` is what `rights.export` gives, `topics` those of /faq by their keys."""
    p = Page(held, locale, pack, topics)
    parts = [(key, make(p)) for key, make in SECTIONS.items()]
    parts.append(("dossier.record", _record(p)))
    title = p.words("dossier.title")
    links = "".join(f'<li><a href="#{_anchor(key)}">{p.words(key)}</a></li>' for key, _ in parts)
    sections = "".join(
        f'<section id="{_anchor(key)}"><h2>{p.words(key)}</h2>{body}</section>' for key, body in parts
    )
    made = p.words("dossier.made", operator=plain(operator), at=now)
    header = f"<header><h1>{title}</h1><p>{made}</p><nav><ul>{links}</ul></nav></header>"
    foot = f"<footer><p>{p.words('dossier.foot')}</p></footer>"
    return document(p, title, f"{header}\n<main>{sections}</main>\n{foot}")


def _who(p: Page) -> str:
    parts = []
    for row in p.rows("people"):
        quiet = None if row["quiet_from"] is None else f"{row['quiet_from']}:00–{row['quiet_to']}:00"
        parts.append(
            p.named(
                ("dossier.name", row.get("name")),
                ("dossier.phone", row.get("phone")),
                ("dossier.national_id", row.get("national_id")),
                ("dossier.reference", row["handle"]),
                ("dossier.chat", str(row["chat_id"])),
                ("dossier.country", p.kind("country", row["country"]) if row["country"] else None),
                ("dossier.language", p.kind("language", row["language"])),
                ("dossier.detail", p.kind("settings.detail", row["detail"])),
                ("dossier.quiet", quiet),
                ("dossier.reachable", row["reachable"]),
                ("dossier.met", row["created_at"]),
                ("dossier.registered", row["registered_at"]),
            )
        )
    parts += [
        p.named(
            ("dossier.pin", row["changed_at"]),
            ("dossier.pin_wrong", row["failures_in_all"]),
            ("dossier.pin_locked", row["locked_until"]),
        )
        for row in p.rows("pins")
    ]
    return "".join(parts)


def _said(p: Page) -> str:
    contested = {(row["fact"], row["source"]) for row in p.held.get("disputes", ()) if row["state"] == "open"}

    def state(row: Row) -> Cell:
        if (row["name"], row["source"]) in contested:
            return t("dossier.contested")
        return t("dossier.verified") if row["verified"] else None

    head = ("dossier.what", "dossier.value", "dossier.source", "dossier.since", "dossier.state")
    return p.table(
        head,
        (
            (
                p.kind("short", r["name"]),
                _answer(p, r["name"], r["value"]),
                p.kind("source", r["source"]),
                r["at"],
                state(r),
            )
            for r in p.rows("facts")
        ),
    )


def _consents(p: Page) -> str:
    head = (
        "dossier.purpose",
        "dossier.decision",
        "dossier.when",
        "dossier.until",
        "dossier.text",
        "dossier.receipt",
    )
    return p.table(
        head,
        (
            (
                p.kind("purpose", row["purpose"]) if not row.get("lender") else t(
                    "dossier.to", what=p.kind("purpose", row["purpose"]) or "", lender=str(row["lender"])
                ),
                t("dossier.agreed" if row["given"] else "dossier.refused"),
                row["at"],
                row["expires_at"],
                f"v{row['version']} {row['language']} {row['method']} {row['text_hash'][:12]}",
                row["receipt"],
            )
            for row in p.rows("consents")
        ),
    )  # fmt: skip


def _scores(p: Page) -> str:
    queries = p.table(
        ("dossier.kind", "dossier.state", "dossier.opened", "dossier.queued", "dossier.done"),
        (
            (
                p.kind("dossier.query", r["kind"]),
                p.kind("dossier.query", r["state"]),
                r["opened_at"],
                r["queued_at"],
                r["done_at"],
            )
            for r in p.rows("queries")
        ),
    )
    each = "".join(_score(p, row) for row in reversed(p.rows("scores")))
    return f"{each}<h3>{p.words('dossier.queries')}</h3>{queries}"


def _score(p: Page, row: Row) -> str:
    try:
        result = msgspec.convert(row["result"], Result)
    except msgspec.ValidationError:  # a model of another time: shown as it is
        return _raw(p, [row])
    points = sorted(result.points, key=lambda one: one.points)
    reasons = Joined(tuple(
        t("card.reason", points=Signed(r.points),
          text=t(f"reason.{r.code}", value=cards.factor_value(r.factor, r.value)))
        for r in result.reasons
    ))  # fmt: skip
    heading = p.words("dossier.score", score=result.score, band=result.band, at=row["at"])
    about = p.named(
        ("dossier.pd", Percent(result.pd, 1)),
        ("dossier.reasons", reasons if result.reasons else None),
        ("dossier.completeness", Percent(result.completeness)),
        ("dossier.base", result.base),
        ("dossier.clip", Signed(result.clip) if result.clip else None),
        (
            "dossier.model",
            f"{row['model_id']} ({str(row['model_hash'])[:12]}), {row['pack']} {row['pack_version']}",
        ),
        ("dossier.receipt", row["receipt"]),
        ("dossier.inputs", str(row["inputs_hash"])[:12]),
    )
    table = p.table(
        ("dossier.what", "dossier.value", "dossier.points"),
        (
            (p.kind("factor", o.factor), cards.factor_value(o.factor, o.value), Signed(o.points))
            for o in points
        ),
    )
    answers = p.table(
        ("dossier.what", "dossier.value"),
        ((p.kind("short", name), _answer(p, name, value)) for name, value in row["answers"].items()),
    )
    return (
        f"<article><h3>{heading}</h3>{about}<h4>{p.words('dossier.made_of')}</h4>{table}"
        f"<h4>{p.words('dossier.rests_on')}</h4>{answers}</article>"
    )


def _looked(p: Page) -> str:
    looks = p.table(
        ("dossier.when", "dossier.who", "dossier.role", "dossier.what", "dossier.why", "dossier.receipt"),
        (
            (
                r["at"],
                r["actor"],
                _role(p, r["role"], r.get("lender")),
                p.kind("access.what", r["action"]),
                p.kind("look.reason", r["reason"]),
                r["receipt"],
            )
            for r in p.rows("accesses")
        ),
    )
    shares = p.table(
        ("dossier.when", "dossier.lender", "dossier.who", "dossier.why", "dossier.receipt"),
        (
            (r["at"], r["lender"], r["officer"], p.kind("look.reason", r["reason"]), r["receipt"])
            for r in p.rows("shares")
        ),
    )
    return f"{looks}<h3>{p.words('dossier.shares')}</h3>{shares}"


def _staff(p: Page) -> str:
    roles = p.table(
        ("dossier.role", "dossier.given_by", "dossier.since", "dossier.until"),
        (
            (_role(p, r["role"], r.get("lender")), r["given_by"], r["given_at"], r["ended_at"])
            for r in p.rows("staff")
        ),
    )
    invites = p.table(
        ("dossier.role", "dossier.given_by", "dossier.since", "dossier.until", "dossier.done"),
        (
            (_role(p, r["role"], r.get("lender")), r["made_by"], r["made_at"], r["expires_at"], r["ended_at"])
            for r in p.rows("invites")
        ),
    )
    return f"{roles}<h3>{p.words('dossier.invites')}</h3>{invites}"


def _disputes(p: Page) -> str:
    return "".join(
        p.named(
            ("dossier.number", str(r["id"])),
            ("dossier.what", p.kind("short", r["fact"])),
            ("dossier.source", p.kind("source", r["source"])),
            ("dossier.value", _answer(p, r["fact"], r["contested"])),
            ("dossier.words", r["said"]),
            ("dossier.state", p.kind("dispute.state", r["state"])),
            ("dossier.opened", r["opened_at"]),
            ("dossier.due", r["due_at"]),
            ("dossier.done", r["decided_at"]),
            ("dossier.why", p.kind("dispute.reason", r["reason"]) if r["reason"] else None),
            ("dossier.corrected", None if r["corrected"] is None else _answer(p, r["fact"], r["corrected"])),
        )
        for r in p.rows("disputes")
    ) or p.table((), ())


def _feedback(p: Page) -> str:
    return p.table(
        ("dossier.subject", "dossier.helped", "dossier.words", "dossier.when"),
        ((_subject(p, r["subject"]), r["good"], r["words"], r["at"]) for r in p.rows("feedback")),
    )


def _questions(p: Page) -> str:
    return p.table(
        ("dossier.words", "dossier.subject", "dossier.helped", "dossier.when"),
        ((r["words"], _subject(p, r["topic"]), r["good"], r["at"]) for r in p.rows("questions")),
    )


def _record(p: Page) -> str:
    """Give the rest: conversations, counters, messages, the trail, and whatever else there may be one day."""
    parts = [
        f"<details><summary>{p.words(key)} ({len(p.rows(table))})</summary>{_raw(p, p.rows(table))}</details>"
        for table, key in RECORDS.items()
    ]
    others = sorted(p.held.keys() - p.shown)
    parts += [f"<h3>{escape(table)}</h3>{_raw(p, p.rows(table))}" for table in others]
    return "".join(parts)


def _raw(p: Page, rows: Sequence[Row]) -> str:
    head = list(dict.fromkeys(name for row in rows for name in row))
    return p.table(head, ([bare(row.get(name)) for name in head] for row in rows))


def _answer(p: Page, name: str, value: Any) -> Cell:
    if p.pack is None or name not in QUESTIONS:
        return bare(value)
    try:
        return shown(QUESTIONS[name], value, p.pack)
    except (ValueError, ArithmeticError):  # stored by another version: shown as it is
        return str(value)


def _subject(p: Page, subject: str | None) -> Cell:
    if subject == "score":
        return t("feedback.score")
    return t("faq.topic", question=p.topics[subject]) if subject and subject in p.topics else subject


def _role(p: Page, role: str, lender: str | None) -> Cell:
    named = t("dossier.yourself") if role == "borrower" else p.kind("access.role", role)
    return t("dossier.to", what=named or role, lender=lender) if lender else named


def _anchor(key: str) -> str:
    return key.rpartition(".")[2]


SECTIONS: Mapping[str, Callable[[Page], str]] = {
    "dossier.person": _who,
    "dossier.facts": _said,
    "dossier.consents": _consents,
    "dossier.scores": _scores,
    "dossier.looks": _looked,
    "dossier.staff": _staff,
    "dossier.disputes": _disputes,
    "dossier.loans": lent.loans,
    "dossier.alerts": lent.alerts,
    "dossier.feedback": _feedback,
    "dossier.questions": _questions,
    "dossier.support": asked.support,
    "dossier.wants": asked.wanted,
}
RECORDS = {
    "dialogs": "dossier.conversations",
    "counters": "dossier.counters",
    "inbox": "dossier.inbox",
    "outbox": "dossier.outbox",
    "audit": "dossier.trail",
}
