"""Authority: who may do what, to whose. One table, one question put to it, and "no" where it says nothing.

Whoever is refused learns nothing: the desk answers as if there were no such thing (see `desk`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services.context import Answering
from storage import staff
from storage.people import Person
from storage.staff import Grant


class Role(StrEnum):
    """What somebody is to us. Everybody is a borrower; the others are rows of `staff`."""

    BORROWER = "borrower"
    OFFICER = "officer"  # of one lender: looks at those who shared with it
    ADMIN = "admin"  # of one lender: says who its officers are
    SUPPORT = "support"
    MARKETER = "marketer"
    REGULATOR = "regulator"
    OPERATOR = "operator"


OF_A_LENDER = frozenset({Role.OFFICER, Role.ADMIN})


class Scope(StrEnum):
    """Whose things an action may be done to."""

    OWN = "own"  # one's own, and nobody else's
    LENDER = "lender"  # those of the lender one works for
    ANY = "any"  # everybody's
    SHELL = "shell"  # only at the machine's own command line, never from a chat
    NONE = "none"


class Action(StrEnum):
    """Everything that can be done: each use, conversation and deep link has the name it has at the desk."""

    # what borrowers do
    START = "start"
    SCORE = "score"
    HISTORY = "history"
    WHATIF = "whatif"
    IMPROVE = "improve"
    STATUS = "status"
    CONSENTS = "consents"
    DECISIONS = "decisions"
    RECEIPT = "receipt"
    SHARE = "share"
    WATCH = "watch"
    TELL = "tell"
    MYCASES = "mycases"
    MOVED = "moved"
    LOAN = "loan"
    LOANS = "loans"
    ACCESS = "access"
    SETTINGS = "settings"
    LANGUAGE = "language"
    FAQ = "faq"
    MODEL = "model"
    HELP = "help"
    PRIVACY = "privacy"
    ABOUT = "about"
    SECURITY = "security"
    VERIFY = "verify"
    WARNINGS = "warnings"
    SCAM = "scam"
    REPORT = "report"
    LENDER = "lender"  # what the register tells of one
    STARS = "stars"
    EXPORT = "export"
    DELETE = "delete"
    CANCEL = "cancel"
    WHY = "why"
    PRODUCTS = "products"
    PIN = "pin"
    NEWPIN = "newpin"
    FORGOTTEN = "forgotten"
    PHONE = "phone"
    NEWPHONE = "newphone"
    DISPUTE = "dispute"
    CORRECT = "correct"
    RATE = "rate"
    OPINION = "opinion"
    KEEP = "keep"
    CHECKLIST = "checklist"
    SET = "set"
    CONSENT = "consent"
    TOPIC = "topic"
    WELCOME = "welcome"
    REGISTRATION = "registration"
    QUERY = "query"
    RESCORE = "rescore"  # by ourselves, in their name
    DEMO = "demo"  # in the local chat only, where one person plays everybody
    JOIN = "join"
    ACCEPT = "accept"
    ASK = "ask"
    BOT = "bot"  # to be answered by it, and not by a person
    MYTICKETS = "mytickets"
    UPLOAD = "upload"
    UPLOADS = "uploads"
    SOURCES = "sources"
    DEBTS = "debts"
    MEANING = "meaning"
    GLOSSARY = "glossary"
    ENQUIRIES = "enquiries"
    PAY = "pay"
    PAYSUPPORT = "paysupport"
    PAYBACK = "payback"
    PAID = "paid"  # by ourselves: the check goes on
    # those who look, each within what was agreed to
    LOOK = "look"
    REQUEST = "request"
    LOOKUP = "lookup"
    CASES = "cases"
    CASE = "case"
    CASEWORK = "casework"
    RULES = "rules"
    RULING = "ruling"
    LEDGER = "ledger"
    # staff
    DESK = "desk"
    INVITE = "invite"
    STAFF = "staff"
    WITHDRAW = "withdraw"
    LENDERFILE = "lenderfile"
    KEYS = "keys"
    NEWKEY = "newkey"
    HEALTH = "health"
    DISPUTES = "disputes"
    DECIDE = "decide"
    REPORTS = "reports"
    TICKETS = "tickets"
    TICKET = "ticket"
    TALK = "talk"
    TICKETNOTE = "ticketnote"
    BULLETIN = "bulletin"
    BULLETINS = "bulletins"
    SENDBACK = "sendback"
    FEEDBACK = "feedback"
    ERASURE = "erasure"
    REFUNDS = "refunds"
    REFUND = "refund"
    # four eyes
    APPROVALS = "approvals"
    PROPOSE = "propose"
    APPROVE = "approve"
    REFUSE = "refuse"


Row = Mapping[Role, Scope]

BORROWERS: Row = {Role.BORROWER: Scope.OWN}
OFFICERS: Row = {Role.OFFICER: Scope.LENDER}
ADMINS: Row = {Role.ADMIN: Scope.LENDER, Role.OPERATOR: Scope.ANY}
HEADS: Row = {Role.ADMIN: Scope.LENDER}
TEAM: Row = {Role.OFFICER: Scope.LENDER, Role.ADMIN: Scope.LENDER}
OPERATORS: Row = {Role.OPERATOR: Scope.ANY}
SUPPORTERS: Row = {Role.SUPPORT: Scope.ANY, Role.OPERATOR: Scope.ANY}
STAFF: Row = {role: Scope.OWN for role in Role if role is not Role.BORROWER}
SHELL: Row = {Role.OPERATOR: Scope.SHELL}

TABLE: Mapping[Action, Row] = {
    Action.START: BORROWERS,
    Action.SCORE: BORROWERS,
    Action.HISTORY: BORROWERS,
    Action.WHATIF: BORROWERS,
    Action.IMPROVE: BORROWERS,
    Action.STATUS: BORROWERS,
    Action.CONSENTS: BORROWERS,
    Action.DECISIONS: BORROWERS,
    Action.RECEIPT: BORROWERS,
    Action.SHARE: BORROWERS,
    Action.WATCH: BORROWERS,
    Action.TELL: BORROWERS,  # about oneself, in a case that is open
    Action.MYCASES: BORROWERS,
    Action.MOVED: BORROWERS,
    Action.LOAN: TEAM,
    Action.LOANS: TEAM,
    Action.ACCESS: BORROWERS,
    Action.SETTINGS: BORROWERS,
    Action.LANGUAGE: BORROWERS,
    Action.FAQ: BORROWERS,
    Action.MODEL: BORROWERS,
    Action.HELP: BORROWERS,
    Action.PRIVACY: BORROWERS,
    Action.ABOUT: BORROWERS,
    Action.SECURITY: BORROWERS,
    Action.VERIFY: BORROWERS,
    Action.WARNINGS: BORROWERS,
    Action.SCAM: BORROWERS,
    Action.REPORT: BORROWERS,
    Action.LENDER: BORROWERS,
    Action.STARS: BORROWERS,  # with a loan there on record
    Action.EXPORT: BORROWERS,
    Action.DELETE: BORROWERS,
    Action.CANCEL: BORROWERS,
    Action.WHY: BORROWERS,
    Action.PRODUCTS: BORROWERS,
    Action.PIN: BORROWERS,
    Action.NEWPIN: BORROWERS,
    Action.FORGOTTEN: BORROWERS,
    Action.PHONE: BORROWERS,
    Action.NEWPHONE: BORROWERS,
    Action.DISPUTE: BORROWERS,
    Action.CORRECT: BORROWERS,
    Action.RATE: BORROWERS,
    Action.OPINION: BORROWERS,
    Action.KEEP: BORROWERS,
    Action.CHECKLIST: BORROWERS,
    Action.SET: BORROWERS,
    Action.CONSENT: BORROWERS,
    Action.TOPIC: BORROWERS,
    Action.WELCOME: BORROWERS,
    Action.REGISTRATION: BORROWERS,
    Action.QUERY: BORROWERS,
    Action.RESCORE: BORROWERS,
    Action.DEMO: BORROWERS,
    Action.JOIN: BORROWERS,  # an invitation names the one person it is for
    Action.ACCEPT: BORROWERS,
    Action.ASK: BORROWERS,
    Action.BOT: BORROWERS,
    Action.MYTICKETS: BORROWERS,
    Action.UPLOAD: BORROWERS,  # what a file may be used for is asked once more, by its kind
    Action.UPLOADS: BORROWERS,
    Action.SOURCES: BORROWERS,
    Action.DEBTS: BORROWERS,
    Action.MEANING: BORROWERS,
    Action.GLOSSARY: BORROWERS,
    Action.ENQUIRIES: BORROWERS,
    Action.PAY: BORROWERS,
    Action.PAYSUPPORT: BORROWERS,
    Action.PAYBACK: BORROWERS,
    Action.PAID: BORROWERS,
    Action.LOOK: OFFICERS,
    Action.REQUEST: OFFICERS,
    Action.LOOKUP: {Role.SUPPORT: Scope.ANY},
    Action.CASES: TEAM,
    Action.CASE: TEAM,
    Action.CASEWORK: TEAM,
    Action.RULES: HEADS,
    Action.RULING: HEADS,
    Action.LEDGER: HEADS,
    Action.DESK: STAFF,
    Action.INVITE: ADMINS,
    Action.STAFF: ADMINS,
    Action.WITHDRAW: ADMINS,
    Action.LENDERFILE: {Role.OFFICER: Scope.LENDER, Role.ADMIN: Scope.LENDER},
    Action.KEYS: {Role.ADMIN: Scope.LENDER},
    Action.NEWKEY: {Role.ADMIN: Scope.LENDER},
    Action.HEALTH: OPERATORS,
    Action.DISPUTES: SUPPORTERS,
    Action.DECIDE: SUPPORTERS,
    Action.REPORTS: SUPPORTERS,  # but for those one sent oneself
    Action.TICKETS: SUPPORTERS,
    Action.TICKET: SUPPORTERS,  # but for one's own
    Action.TALK: SUPPORTERS,
    Action.TICKETNOTE: SUPPORTERS,
    Action.BULLETIN: SUPPORTERS,
    Action.BULLETINS: SUPPORTERS,  # agreeing to one is for anybody but its author
    Action.SENDBACK: SUPPORTERS,
    Action.FEEDBACK: OPERATORS,
    Action.ERASURE: SUPPORTERS,
    Action.REFUNDS: SUPPORTERS,
    Action.REFUND: SUPPORTERS,
    Action.APPROVALS: OPERATORS,
    Action.PROPOSE: OPERATORS,
    Action.APPROVE: OPERATORS,
    Action.REFUSE: OPERATORS,
}
"""Who may do what to whose: a role that is not named may not, an action that is not named nobody may."""


COMMAND_LINE: Mapping[str, Row] = dict.fromkeys(
    (
        "run", "api", "migrate", "backup", "backups", "restore", "rotate-keys", "keys rebuild-index", "audit verify",
        "audit show", "audit take-up", "operator add", "lender add", "lender close", "lender list", "staff list",
        "approvals list", "approvals ask",
        "apikey add", "apikey list", "apikey end", "backtest", "ledger", "sweep", "faq", "scam", "keys sign",
        "lender set",
    ),
    SHELL,
)  # fmt: skip
"""What can only be done at the shell: by whoever holds the machine and its keys, under the name "shell"."""


PROGRAMS: Mapping[str, str] = {
    "events.send": "events:write",
    "loans.list": "loans:read",
    "loans.put": "loans:write",
    "loans.close": "loans:write",
    "alerts.list": "alerts:read",
}
"""What a lender's program may do over HTTP, to its own lender's things, and the scope its key must have for it."""
SCOPES = tuple(dict.fromkeys(PROGRAMS.values()))


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom the object of an action belongs to: a person, a lender, or both; neither when there is no such object."""

    person_id: int | None = None
    lender_id: int | None = None


ABSENT = Whose()


class Denied(Exception):
    """This person may not do this, or there is no such thing: nobody is to learn which.

    `known` says that they may do such things in general, so that a mistyped name is told apart from a closed door.
    """

    def __init__(self, action: str, object_: str = "-", *, known: bool = False) -> None:
        super().__init__(action)
        self.action = action
        self.object = object_
        self.known = known


EVERYBODY = Grant(0, Role.BORROWER)
UNKNOWN = "unknown"
"""How the trail names what was asked for and is nothing of ours: the words themselves may be anything."""

_NAMES = frozenset(action.value for action in Action)
_CLOSED = frozenset({Scope.NONE, Scope.SHELL})


async def authorize(a: Answering, action: str, whose: Whose | None = None, object_: str = "-") -> Grant:
    """Let an action pass, or raise Denied; gives the role it rests on, which is held up to the commit.

    `whose` says whom the object belongs to (ABSENT: there is none such); without it only the role is looked at, and
    the use asks again once it knows. `object_` is a handle or a number for the audit trail.
    """
    row = TABLE.get(Action(action), {}) if action in _NAMES else {}
    if _reaches(row, EVERYBODY, whose, a.person.id):
        return EVERYBODY
    # read for what nobody may, too: a name that does not exist takes as long as one that is denied
    held = await staff.grants(a.read, a.person)
    grant = next((grant for grant in held if _reaches(row, grant, whose, a.person.id)), None)
    if grant is not None:
        a.write(staff.hold, grant)
        return grant
    known = any(_reaches(row, grant, None, a.person.id) for grant in (EVERYBODY, *held))
    raise Denied(action if row else UNKNOWN, object_, known=known)


async def permits(connection: AsyncConnection, person: Person, action: str, whose: Whose) -> bool:
    """Say whether somebody, whoever asks, might do this now."""
    held = await staff.grants(connection, person)
    return any(_reaches(TABLE[Action(action)], grant, whose, person.id) for grant in held)


def opens(scopes: Collection[str], operation: str) -> bool:
    """Say whether the scopes of a key let a program do something."""
    return operation in PROGRAMS and PROGRAMS[operation] in scopes


def enters(held: Sequence[Grant], action: str) -> bool:
    """Say whether roles let somebody do such a thing at all, so that it can be offered."""
    return any(_reaches(TABLE[Action(action)], grant, None, 0) for grant in held)


def _reaches(row: Row, grant: Grant, whose: Whose | None, person_id: int) -> bool:
    scope = row.get(Role(grant.role), Scope.NONE)
    if scope in _CLOSED:
        return False
    if whose is None:
        return True
    match scope:
        case Scope.OWN:
            return whose.person_id == person_id
        case Scope.LENDER:
            return grant.lender_id is not None and whose.lender_id == grant.lender_id
    return whose != ABSENT
