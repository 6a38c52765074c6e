"""Operations: the one table of what can be asked for over HTTP. The router and the OpenAPI document are made of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from bot.channels.api import uses
from bot.channels.api.call import Call, Said
from bot.channels.api.shapes import (
    Alerts,
    Batch,
    EventIn,
    LoanIn,
    Loans,
    LoanState,
    Moment,
    Reference,
    Taken,
)

JSON = "application/json"
Limit = Annotated[int, Meta(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the path or the query."""

    name: str
    where: str
    type: Any
    text: str
    default: Any = None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.where == "path"


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that can be asked for. `name` is its row in `authority.PROGRAMS`, which says what scope it needs.

    `bodies` are the media types it takes with what may be in each; `answers` the statuses of success with theirs.
    `problems` are those besides the ones that every operation has.
    """

    name: str
    method: str
    path: str
    summary: str
    text: str
    use: Callable[[Call], Awaitable[Said]]
    answers: Mapping[int, tuple[Any, ...]]
    parameters: tuple[Parameter, ...] = ()
    bodies: Mapping[str, tuple[Any, ...]] | None = None
    problems: tuple[int, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether it changes anything, and may have an Idempotency-Key."""
        return self.method != "GET"


REFERENCE = Parameter("reference", "path", Reference, "Your own name of the loan.")
LIMIT = Parameter("limit", "query", Limit, f"How many at most; {uses.PAGE} without it.")

OPERATIONS = (
    Operation(
        "events.send",
        "POST",
        "/v1/events",
        "Tell what happened",
        "One event as an object, or a batch as an array or as NDJSON. Of a batch, each row that can be taken is "
        "taken, and the answer has an outcome for each; with `whole=true` one refused row keeps all out.",
        uses.send_events,
        {200: (Taken, Batch)},
        (Parameter("whole", "query", bool, "All or nothing.", default=False),),
        {JSON: (EventIn, Annotated[list[EventIn], Meta(min_length=1)]), uses.NDJSON: (str,)},
        (404, 409),
    ),
    Operation(
        "loans.list",
        "GET",
        "/v1/loans",
        "List your loans",
        "Those that are open and whose borrowers agreed to your being told. One that waits for its borrower's consent "
        "is not listed.",
        uses.list_loans,
        {200: (Loans,)},
        (Parameter("after", "query", Reference, "Only references after this one."), LIMIT),
    ),
    Operation(
        "loans.put",
        "PUT",
        "/v1/loans/{reference}",
        "Enter a loan, or what changed of it",
        "The borrower, named by the reference they gave you, is asked whether you may be told when their score gets "
        "worse. The answer is the same whether there is such a borrower or not.",
        uses.put_loan,
        {200: (LoanState,), 202: (LoanState,)},
        (REFERENCE,),
        {JSON: (LoanIn,)},
        (409,),
    ),
    Operation(
        "loans.close",
        "DELETE",
        "/v1/loans/{reference}",
        "Close a loan",
        "Nobody is watched for it any more. Closing one that is not there is no mistake.",
        uses.close_loan,
        {204: ()},
        (REFERENCE,),
    ),
    Operation(
        "alerts.list",
        "GET",
        "/v1/alerts",
        "List your alerts",
        "Number, loan, rule, severity and the state of the case, oldest first; nothing else about anybody.",
        uses.list_alerts,
        {200: (Alerts,)},
        (Parameter("since", "query", Moment, "Only those of this time or later."), LIMIT),
    ),
)
