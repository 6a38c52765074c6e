"""Authority: who may do what, to whose. One table, one question put to it, and "no" where it says nothing.

Whoever is refused learns nothing: the desk answers as if there were no such thing (see `desk`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.services.context import Answering
from storage import staff
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
    ACCESS = "access"
    SETTINGS = "settings"
    LANGUAGE = "language"
    FAQ = "faq"
    MODEL = "model"
    HELP = "help"
    PRIVACY = "privacy"
    ABOUT = "about"
    EXPORT = "export"
    DELETE = "delete"
    CANCEL = "cancel"
    WHY = "why"
    PRODUCTS = "products"
    CHECKLIST = "checklist"
    SET = "set"
    CONSENT = "consent"
    TOPIC = "topic"
    WELCOME = "welcome"
    REGISTRATION = "registration"
    QUERY = "query"
    JOIN = "join"
    # those who look, each within what was agreed to
    LOOK = "look"
    REQUEST = "request"
    LOOKUP = "lookup"
    # staff
    DESK = "desk"
    INVITE = "invite"
    STAFF = "staff"
    WITHDRAW = "withdraw"
    HEALTH = "health"
    # four eyes
    APPROVALS = "approvals"
    ASK = "ask"
    APPROVE = "approve"
    REFUSE = "refuse"


Row = Mapping[Role, Scope]

BORROWERS: Row = {Role.BORROWER: Scope.OWN}
OFFICERS: Row = {Role.OFFICER: Scope.LENDER}
ADMINS: Row = {Role.ADMIN: Scope.LENDER, Role.OPERATOR: Scope.ANY}
OPERATORS: Row = {Role.OPERATOR: Scope.ANY}
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
    Action.ACCESS: BORROWERS,
    Action.SETTINGS: BORROWERS,
    Action.LANGUAGE: BORROWERS,
    Action.FAQ: BORROWERS,
    Action.MODEL: BORROWERS,
    Action.HELP: BORROWERS,
    Action.PRIVACY: BORROWERS,
    Action.ABOUT: BORROWERS,
    Action.EXPORT: BORROWERS,
    Action.DELETE: BORROWERS,
    Action.CANCEL: BORROWERS,
    Action.WHY: BORROWERS,
    Action.PRODUCTS: BORROWERS,
    Action.CHECKLIST: BORROWERS,
    Action.SET: BORROWERS,
    Action.CONSENT: BORROWERS,
    Action.TOPIC: BORROWERS,
    Action.WELCOME: BORROWERS,
    Action.REGISTRATION: BORROWERS,
    Action.QUERY: BORROWERS,
    Action.JOIN: BORROWERS,  # an invitation names the one person it is for
    Action.LOOK: OFFICERS,
    Action.REQUEST: OFFICERS,
    Action.LOOKUP: {Role.SUPPORT: Scope.ANY},
    Action.DESK: STAFF,
    Action.INVITE: ADMINS,
    Action.STAFF: ADMINS,
    Action.WITHDRAW: ADMINS,
    Action.HEALTH: OPERATORS,
    Action.APPROVALS: OPERATORS,
    Action.ASK: OPERATORS,
    Action.APPROVE: OPERATORS,
    Action.REFUSE: OPERATORS,
}
"""Who may do what to whose: a role that is not named may not, an action that is not named nobody may."""


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


async def authorize(a: Answering, action: str, whose: Whose | None = None, object_: str = "-") -> Grant:
    """Let an action pass, or raise Denied; gives the role it rests on, which is held up to the commit.

    `whose` says whom the object belongs to (ABSENT: there is none such); without it only the role is looked at, and
    the use asks again once it knows. `object_` is a handle or a number for the audit trail.
    """
    row = TABLE.get(Action(action)) if action in _NAMES else None
    scope = row.get(Role.BORROWER, Scope.NONE) if row else Scope.NONE
    if scope is not Scope.NONE and _reaches(scope, whose, a.person.id, None):
        return EVERYBODY
    # read for what nobody may, too: a name that does not exist takes as long as one that is denied
    held = [grant for grant in await staff.grants(a.read, a.person.id) if row and grant.role in row]
    for grant in held:
        if row and _reaches(row[Role(grant.role)], whose, a.person.id, grant.lender_id):
            a.write(staff.hold, grant)
            return grant
    able = [grant for grant in held if row and row[Role(grant.role)] not in {Scope.NONE, Scope.SHELL}]
    raise Denied(action if row else UNKNOWN, object_, known=bool(able) or scope is Scope.OWN)


async def allowed(a: Answering, action: Action) -> bool:
    """Say whether this person may do such a thing at all, so that it can be offered."""
    row = TABLE[action]
    roles = {Role.BORROWER} | {Role(grant.role) for grant in await staff.grants(a.read, a.person.id)}
    return any(row.get(role, Scope.NONE) not in {Scope.NONE, Scope.SHELL} for role in roles)


EVERYBODY = Grant(0, Role.BORROWER)
UNKNOWN = "unknown"
"""How the trail names what was asked for and is nothing of ours: the words themselves may be anything."""

_NAMES = frozenset(action.value for action in Action)


def _reaches(scope: Scope, whose: Whose | None, person_id: int, lender_id: int | None) -> bool:
    if scope in {Scope.NONE, Scope.SHELL}:
        return False
    if whose is None:
        return True
    match scope:
        case Scope.OWN:
            return whose.person_id == person_id
        case Scope.LENDER:
            return lender_id is not None and whose.lender_id == lender_id
    return whose != ABSENT
