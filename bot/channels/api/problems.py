"""Problems: every sentence the interface says when something is wrong (RFC 9457), and what would have been accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.channels.api.shapes import Fault, Outcome, Problem
from bot.services.ingest import State

TYPE = "urn:candor:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, and what is said of it."""

    status: int
    title: str
    accepted: str = ""
    example: str = ""


KINDS: Mapping[str, Kind] = {
    "bad-request": Kind(400, "This is not a request we understand"),
    "malformed": Kind(
        400,
        "The body is not what its type says",
        "JSON in UTF-8: no key twice in one object, no NaN, nothing after the value; NDJSON: one such value a line",
        '{"loan": "L-17", "ref": "inv-9", "kind": "instalment_late", "on": "2026-03-31", "days": 12}',
    ),
    "bad-parameter": Kind(400, "A parameter is not accepted"),
    "unauthorized": Kind(401, "No key that opens"),
    "forbidden": Kind(403, "Not with this key"),
    "not-found": Kind(404, "There is nothing here", "the paths in /v1/openapi.json"),
    "no-loan": Kind(
        404, "No such loan", "a loan that GET /v1/loans lists: open, and its borrower agreed to your being told"
    ),
    "not-allowed": Kind(405, "Not with this method"),
    "too-slow": Kind(408, "The body did not come in time", "the whole body within ten seconds"),
    "differs": Kind(
        409,
        "Something else was told under this name and version before",
        "a higher version, which corrects what was told",
        '"version": 2',
    ),
    "taken": Kind(
        409,
        "Another loan has this reference",
        "a reference of its own for each loan; that of a closed one is not used again",
    ),
    "too-large": Kind(413, "The body is too large", "several requests with less in each"),
    "media-type": Kind(415, "The body is of another type"),
    "wrong": Kind(422, "Something of it is wrong; nothing was stored"),
    "refused": Kind(
        422, "Rows were refused, and you asked for all or nothing; nothing was stored", "see outcomes"
    ),
    "too-many": Kind(422, "Too many rows in one batch"),
    "reused": Kind(
        422,
        "This Idempotency-Key belongs to another request",
        "a new key for each new request; the same one only to repeat a request, to the letter, within 24 hours",
    ),
    "slow-down": Kind(429, "Too many requests in this minute", "as many as the key has left; see Retry-After"),
    "broken": Kind(500, "A mistake of ours; it is written down"),
    "busy": Kind(503, "Not now; nothing was stored", "the same request, with the same Idempotency-Key, a little later"),
}  # fmt: skip

REASONS: Mapping[str, str] = {
    "missing": "this kind needs it",
    "unasked": "this kind has no such field; it has those of the example",
    "letters": "letters that do not belong into it",
    "long": "too long",
    "future": "not there yet",
    "past": "too long ago",
    "far": "too far from the day it happened",
    "low": "too small",
    "high": "too large",
    "decimals": "too many digits behind the point",
    "choice": "not one of those this kind knows",
}
"""What the engine's keys of faults mean."""

REFUSALS: Mapping[State, str] = {"wrong": "wrong", "differs": "differs", "no_loan": "no-loan"}


class Trouble(Exception):
    """A request ends with a problem."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        accepted: str = "",
        errors: Sequence[Fault] = (),
    ) -> None:
        super().__init__(kind)
        self.headers = dict(headers or {})
        self.problem = worded(kind, detail, accepted=accepted, errors=errors)


def worded(
    kind: str, detail: str = "", *, accepted: str = "", errors: Sequence[Fault] = (), outcomes: Sequence[Outcome] = ()
) -> Problem:  # fmt: skip
    """Build what is answered."""
    known = KINDS[kind]
    return Problem(
        TYPE + kind, known.title, known.status, detail, accepted or known.accepted, known.example,
        list(errors), list(outcomes),
    )  # fmt: skip
