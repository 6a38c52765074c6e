"""Every sentence exists in every language, whole; and no sentence lies about unused.

A sentence is used when its key stands in the code, or belongs to one of the FAMILIES of keys that the code builds:
each family is listed here with all its members, so that a member without a sentence fails here and not in a chat.
"""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot import i18n, settings
from bot.channels.api.problems import REASONS
from bot.dialogs import casework, checklist, consent, debts, dispute, loan, newkey, query, tell, ticket
from bot.sections import Day
from bot.services import (
    access,
    bulletins,
    demonstrating,
    glossary,
    limits,
    preferences,
    signing,
    staffing,
    subscribing,
    tips,
    uploads,
    verifying,
)
from bot.services.authority import Role
from bot.views import alerts, cases, loanbook, menus, model, moved, notices, tickets
from engine import FACTORS, QUESTIONS, countries, load
from engine.countries.pack import Consent
from engine.feeds.read import EVENTS, LOANS, REQUIRED
from engine.questions import Kind
from engine.scam import TYPES
from engine.scam.marks import KINDS as KINDS_OF_MARK
from engine.statements.faults import Key
from engine.statements.found import Flag
from engine.statements.money import CATEGORIES
from engine.watch import COMMON, KINDS, SEVERITIES, TIME
from engine.watch import fields as watch_fields
from engine.watch.rules import KINDS as RULE_KINDS
from storage import bulletins as storage_bulletins
from storage import caseload, disputes, facts, lenders, queries, subscriptions, ticket_lines, ticketload
from storage.cases import ENDED, OUTCOMES
from storage.tickets import REASONS as REASONS_CLOSED
from storage.tickets import SOLVED

ROOT = Path(__file__).resolve().parents[2]
CONFIG = settings.read_config(ROOT / "config.toml")
LANGUAGES = CONFIG.bot.languages
SOURCE = "en"
PURPOSES = ("score", "consumption", "social", "monitoring", "marketing", "share", "watch")
BANDS = (*CONFIG.scoring.bands, "E")
CODES = ("good", "low", "high", "class")

FIELDS = sorted({name for kind in RULE_KINDS for name in watch_fields(kind)})

ORDER = tomllib.loads((i18n.LOCALES / "faq.toml").read_text(encoding="utf-8"))
BENEATH = {name for topic in ORDER["topic"].values() for name in topic.get("buttons", ())}

FAMILIES: dict[str, list[str]] = {
    "ask.{}": list(QUESTIONS),
    "why.{}": list(QUESTIONS),
    "short.{}": [*QUESTIONS, *uploads.BESIDE],
    "debts.kind.{}": list(debts.KINDS),
    "file.layout.{}": ["bank", "card", "wallet", "shop", "pay", "tax", "report"],
    "file.group.{}": list(CATEGORIES),
    "file.flag.{}": [flag for flag in get_args(Flag) if flag != "over_limit"],
    "file.wrong.{}": list(get_args(Key)),
    "unit.{}": list(get_args(Kind)),
    "meaning.when.{}": ["now", "time", "never"],
    "glossary.{}": list(glossary.TERMS),
    "glossary.{}.text": list(glossary.TERMS),
    "pay.trouble.{}": ["gone", "sum", "open", "price", "off"],
    "pay.state.{}": ["paid", "used", "asked", "refused", "refunding", "refunded"],
    "query.cover.{}": [query.FREE, query.LAST, query.PAID, query.NONE],
    "consent.line.{}": ["given", "refused", "used", "closed"],
    "choice.{}.{}": [f"{q.name}.{choice}" for q in QUESTIONS.values() for choice in q.choices],
    "choice.spending_regularity.{}": list(QUESTIONS["spending_regularity"].choices),
    "factor.{}": list(FACTORS),
    "reason.{}": list(load().reason_codes),
    "tip.{}": [name for name, factor in FACTORS.items() if factor.change != "no"] + ["steady"],
    "band.{}": list(BANDS),
    "band.{}.text": list(BANDS),
    "consent.{}.v{}": [f"{purpose}.v{consent.VERSION}" for purpose in PURPOSES],
    "purpose.{}": list(PURPOSES),
    "country.{}": list(CONFIG.bot.countries),
    "language.{}": list(LANGUAGES),
    "wrong.id.{}": [code for code in CONFIG.bot.countries if countries.load(code).id_kind],
    "id_kind.{}": [*CONFIG.bot.countries, "format"],
    "guard.{}": ["card", "code", "password", "seed"],
    "faq.day.{}": list(get_args(Day)),
    "checklist.{}": [*checklist.QUESTIONS, "yes", "no", "unsure"],
    "checklist.{}.against": list(checklist.QUESTIONS),
    "checklist.verdict.{}": ["walk_away", "careful", "no_sign"],
    "source.{}": list(facts.PRECEDENCE),
    "look.reason.{}": [*access.KNOWN, "other"],
    "access.what.{}": [*access.WHAT, "other"],
    "access.role.{}": [role for role in Role if role is not Role.BORROWER],
    "lookup.dispute.{}": [disputes.OPEN, disputes.UPHELD, disputes.REJECTED],
    "status.{}": [queries.COLLECTING, queries.QUEUED, queries.DONE, queries.STOPPED],
    "settings.detail.{}": list(preferences.DETAIL),
    "settings.quiet.{}": list(preferences.QUIET),
    "model.limit.{}": list(model.LIMITS),
    "model.of.{}": list(model.BOOKS),
    "command.{}": [*menus.COMMANDS, "demo"],
    "demo.{}": [demonstrating.MAKING, demonstrating.PASSING, demonstrating.CLEARING],
    "demo.button.{}": ["start", *demonstrating.BUTTONS, "yes"],
    "button.{}": sorted(BENEATH),  # found in the code: see `buttons_named`
    "role.{}": list(staffing.GIVEN),
    "desk.can.{}": list(staffing.DESK),
    "newkey.kind.{}": list(newkey.KINDS),
    "feed.wrong.{}": list(REASONS),
    "feed.taken.{}": [EVENTS, LOANS],
    "feed.field.{}": sorted({*REQUIRED[EVENTS], *REQUIRED[LOANS]}),
    "limit.{}": [
        limits.UPDATES,
        limits.SCORES,
        limits.SIGNUPS,
        limits.EXPORTS,
        limits.UPLOADS,
        limits.TICKETS,
        limits.REPORTS,
    ],
    "{}.ask_pin": ["export", "delete", "pin", "phone"],
    "dispute.reason.{}": [*dispute.REASONS, "corrected", "removed"],
    "dispute.state.{}": [disputes.OPEN, disputes.UPHELD, disputes.REJECTED],
    "dossier.query.{}": ["self", "lender", queries.COLLECTING, queries.QUEUED, queries.DONE, queries.STOPPED],
    "dossier.line.{}": list(ticket_lines.KINDS),
    "dossier.want.{}": [*subscriptions.KINDS, subscriptions.OFFERED],
    "feedback.{}": [menus.GOOD, menus.BAD],
    "notice.cause.{}": [*KINDS, TIME],
    "event.{}": list(KINDS),
    "history.cause.{}": ["self", "time"],
    "alert.cause.{}": [*KINDS, TIME],
    "alert.ground.{}": list(alerts.GROUNDS),
    "alert.severity.{}": ["1", "2", "3"],
    "alert.why.{}": ["alert", "next", "escalated"],
    "measure.{}": list(alerts.STEPS),
    "case.do.{}": [name for row in alerts.KEYBOARD for name in row],
    "case.entry.{}": list(cases.ENTRIES),
    "case.reason.{}": list(casework.REASONS),
    "case.asking.{}": list(casework.TEMPLATES),
    "case.to_borrower.{}": list(casework.TEMPLATES),
    "case.outcome.{}": [*OUTCOMES, ENDED],
    "cases.filter.{}": list(caseload.FILTERS),
    "rules.part.{}": [*FIELDS, *COMMON, "on", "off", "default", "severity"],
    "rules.severity.{}": list(SEVERITIES),
    "rules.kind.{}": [*RULE_KINDS, "default.told"],
    "moved.{}": list(notices.SCALES),
    "tell.{}": list(tell.KINDS),
    "tell.ask.{}": [one for one in tell.KINDS if one != tell.DISPUTE],
    "tell.told.{}": list(tell.KINDS),
    "loan.ask.{}": list(loan.KEYS),
    "loans.close.{}": list(loanbook.REASONS),
    "mycases.line.{}": sorted(notices.OF_LENDERS),
    "moved.by.{}": [one for one in moved.ORDER if one != "clip"],
    "moved.because.{}": list(moved.ORDER),
    "scam.type.{}": list(TYPES),
    "scam.real.{}": list(TYPES),
    "scam.do.{}": list(TYPES),
    "scam.answer.{}": ["scam", "suspicious", "no_sign"],
    "reports.verdict.{}": ["scam", "suspicious", "no_sign"],
    "reports.kind.{}": list(KINDS_OF_MARK),
    "letter.kind.{}": list(signing.KINDS),
    "ticket.about.{}": list(ticket.ABOUT),
    "ticket.show.{}": list(ticket.SHOWABLE),
    "ticket.priority.{}": list(tickets.PRIORITIES),
    "ticket.reason.{}": [*REASONS_CLOSED, SOLVED],
    "ticket.choose.{}": ["canned", "assign", "priority", "close"],
    "ticket.do.{}": sorted(
        {one for row in (*tickets.TALKING, *tickets.CLOSED) for one in row} | {"look", "leave"}
    ),
    "ticket.line.{}": list(tickets.LINES),
    "tickets.filter.{}": list(ticketload.FILTERS),
    "thread.{}": ["assigned", "priority", "closed", "reopened"],
    "verify.{}": [state for state in verifying.State if state is not verifying.State.EXPIRED],
    "bulletins.state.{}": list(storage_bulletins.STATES),
    "bulletins.do.{}": sorted({*bulletins.DO}),
    "warnings.{}.{}": [f"{kind}.{how}" for kind in subscriptions.KINDS for how in subscribing.SWITCHES],
    "warnings.turn.{}.{}": [f"{kind}.{how}" for kind in subscriptions.KINDS for how in subscribing.SWITCHES],
    "warnings.now.{}.{}": [f"{kind}.{how}" for kind in subscriptions.KINDS for how in subscribing.SWITCHES],
    "weekly.{}": list(tips.TIPS),
    "lender.lookup.{}": [*CONFIG.bot.countries, "other"],
    "lender.channel.{}": list(lenders.CHANNELS),
    "security.{}": ["sealed", "backups", "trail", "signed"],
    "security.{}.at": ["sealed", "backups", "trail", "signed"],
}

PLAIN = re.compile(
    r"^(button|command|scam\.type|reports\.(other_type|no_type)|language|country|choice|picture|settings\.(detail|quiet)|consent\.(agree|refuse|turn_\w+|as_file)"
    r"|staff\.end|join\.accept|approval\.(approve|refuse)|role|share\.(give|take_back|read_terms)|look\.(ask|reason)"
    r"|dialog\.(back|skip|keep|skipped|months|number)|query\.(edit|confirm|keep)|checks\.buy|pay\.(title|for|trouble|yes|no|back|label)|refunds\.(yes|no)|improve\.goal|faq\.(group|topic|more|groups|channel|band|hours|days?|no_country)"
    r"|checklist\.(yes|no|unsure)|rules\.(button|part|severity\.\w+)|digest\.cases|cases\.(open|button|filter|before|after)|case\.(do|reason|asking|outcome|officer|days|earlier)|measure|delete\.(yes|no)|register\.phone\.button|list|bot|short)(\.|$)"
)
"""Sentences shown without markup: buttons, menus, pictures, toasts."""

KEY = re.compile(r"[a-z_]+(\.\w+)+")
MAKERS = {"t", "T", "problem", "Problem", "told"}


@cache
def trees() -> dict[Path, ast.Module]:
    local = ROOT / "bot" / "channels" / "local"
    files = [path for path in sorted((ROOT / "bot").rglob("*.py")) if not path.is_relative_to(local)]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            yield path, node


def keys_made() -> Iterator[tuple[str, ast.Call, ast.expr]]:
    """Find each key given to a maker of sentences, and its place."""
    for path, node in nodes():
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKERS:
            first = node.args[0] if node.args else None
            options = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            for option in options:
                if option is not None:
                    yield f"{path.name}:{node.lineno}", node, option


def pattern(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def buttons_named() -> set[str]:
    calls = [
        node
        for _, node in nodes()
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "buttons"
    ]
    return {str(arg.value) for call in calls for arg in call.args if isinstance(arg, ast.Constant)}


def members() -> set[str]:
    found = {f"button.{name}" for name in buttons_named()}
    for family, values in FAMILIES.items():
        head, _, rest = family.partition("{}")
        tail = rest.rpartition("}")[2] if "{}" in rest else rest
        found |= {head + value + tail for value in values}
    return found


def literals() -> set[str]:
    return {
        node.value
        for _, node in nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value)
    }


@cache
def catalogue(language: str) -> Catalog:
    with (i18n.LOCALES / language / "LC_MESSAGES" / "bot.po").open("rb") as file:
        return read_po(file, locale=language)


def fields(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}


SENTENCES = [(language, key) for language in LANGUAGES for key in i18n.catalogue(SOURCE)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences(language: str) -> None:
    assert set(i18n.catalogue(language)) ^ set(i18n.catalogue(SOURCE)) == set()
    empty = [key for key, forms in i18n.catalogue(language).items() if not all(forms)]
    assert empty == []
    fuzzy = [message.id for message in catalogue(language) if message.fuzzy and message.id]
    assert fuzzy == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_loses_a_value(language: str) -> None:
    for key, forms in i18n.catalogue(language).items():
        wanted = set().union(*(fields(form) for form in i18n.catalogue(SOURCE).get(key, forms)))
        found = set().union(*(fields(form) for form in forms))
        assert found == wanted, key
        assert "" not in found, key  # a bare {} would be filled by nothing


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_as_many_forms_as_the_language(language: str) -> None:
    read = catalogue(language)
    for message in read:
        if isinstance(message.id, tuple | list):
            assert len(message.string or ()) == read.num_plurals, message.id[0]


class Balance(HTMLParser):
    """Follows Telegram's tags, and notes whatever Telegram would refuse."""

    ALLOWED = frozenset({"b", "i", "u", "s", "code", "blockquote"})
    FOLDED = ("blockquote", [("expandable", None)])

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag not in self.ALLOWED or (attrs and (tag, attrs) != self.FOLDED):
            self.wrong.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_markup_is_what_telegram_takes(language: str) -> None:
    for key, forms in i18n.catalogue(language).items():
        for form in forms:
            parser = Balance()
            parser.feed(form)
            parser.close()
            assert (parser.open, parser.wrong) == ([], []), key
            assert len(re.findall(r"<(?!/?[a-z]+>|blockquote expandable>)|&(?!(lt|gt|amp);)", form)) == 0, key
            if PLAIN.match(key):
                assert "<" not in form, f"{key} is shown without markup"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_fits_where_it_is_shown(language: str) -> None:
    for key, forms in i18n.catalogue(language).items():
        limit = {"command": 256, "button": 40, "choice": 60}.get(key.partition(".")[0], 3000)
        limit = 512 if key == "bot.description" else limit
        assert all(1 <= len(form) <= limit for form in forms), key


def test_every_family_of_keys_is_known_here() -> None:
    unknown = {
        f"{where}: {pattern(option)}"
        for where, _, option in keys_made()
        if isinstance(option, ast.JoinedStr) and pattern(option) not in FAMILIES
    }
    assert unknown == set()


def test_every_key_in_the_code_has_its_sentence() -> None:
    known = set(i18n.catalogue(SOURCE))
    missing = {
        f"{where}: {option.value}"
        for where, _, option in keys_made()
        if isinstance(option, ast.Constant) and isinstance(option.value, str) and option.value not in known
    }
    assert missing == set()
    assert members() - known == set()


def test_no_sentence_is_unused() -> None:
    possible = {f"reason.{factor}.{code}" for factor, code in product(FACTORS, CODES)}
    assert set(i18n.catalogue(SOURCE)) - literals() - members() - possible == set()


def test_every_sentence_gets_the_values_it_names() -> None:
    wrong = set()
    for where, call, option in keys_made():
        if not isinstance(option, ast.Constant) or option.value not in i18n.catalogue(SOURCE):
            continue
        name = getattr(call.func, "id", "")
        if name not in {"t", "problem"} or any(keyword.arg is None for keyword in call.keywords):
            continue
        wanted = set().union(*(fields(form) for form in i18n.catalogue(SOURCE)[str(option.value)]))
        given = {str(keyword.arg) for keyword in call.keywords}
        if wanted - given:
            wrong.add(f"{where}: {option.value!s} lacks {sorted(wanted - given)}")
    assert wrong == set()


def test_every_purpose_a_country_asks_for_has_its_words() -> None:
    assert set(get_args(Consent.__annotations__["key"])) == set(PURPOSES)


READS_WHAT_PEOPLE_TYPE = frozenset(
    {"clean.py", "coaxing.py", "despair.py", "hanzi.py", "guard.py", "readers.py"}
)
"""These hold patterns of what people type, in their scripts; none of it is ever shown."""


def test_no_sentence_stands_in_the_code() -> None:
    offenders = []
    for path, tree in trees().items():
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        told = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
        } | docs  # a string that stands alone explains the line above it
        for node in ast.walk(tree):
            foreign = (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in told
                and any(not c.isascii() and c.isalpha() for c in node.value)
            )
            if foreign and path.name not in READS_WHAT_PEOPLE_TYPE:
                offenders.append(f"{path.name}:{getattr(node, 'lineno', 0)}")
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
                "Say",
                "Edit",
                "Ask",
                "Toast",
                "Button",
            }:
                spoken = [arg for arg in node.args if isinstance(arg, ast.JoinedStr | ast.Constant)]
                offenders += [
                    f"{path.name}:{arg.lineno}"
                    for arg in spoken
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and " " in arg.value
                ]
    assert offenders == []
