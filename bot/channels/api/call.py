"""A call: one request past the door, as the use cases of the interface see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from bot.channels.api.problems import Trouble
from bot.channels.api.shapes import Fault, Problem
from bot.services import programs
from bot.services.context import Context
from bot.services.programs import Done, Effect, Program
from storage.requests import Answer, Reused

T = TypeVar("T", bound=msgspec.Struct)

REPLAYED = "Idempotent-Replayed"


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered: a status and a body, ready to be sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A request: who asks, with what parameters and body; `name` is its Idempotency-Key, "" without one."""

    context: Context
    program: Program
    parameters: Mapping[str, Any]
    body: bytes
    media: str
    name: str
    target: str

    async def once(self, effect: Effect) -> Said:
        """Do something that changes things, once for each name."""
        content = f"{self.target} {self.media}\n".encode() + self.body
        try:
            answer, replayed = await programs.once(self.context, self.program, self.name, content, effect)
        except Reused:
            raise Trouble("reused") from None
        return Said(answer.status, answer.body.encode(), {REPLAYED: "true"} if replayed else None)


def said(body: msgspec.Struct, status: int = 200) -> Said:
    """Answer with a value."""
    return Said(status, msgspec.json.encode(body))


def done(body: msgspec.Struct | None, status: int = 200, **more: Any) -> Done:
    """Give what a change came to; a problem has its own status."""
    status = body.status if isinstance(body, Problem) else status
    return Done(Answer(status, "" if body is None else msgspec.json.encode(body).decode()), **more)


def shaped(raw: Any, shape: type[T]) -> T | Fault:
    """Read a value as one of our shapes, or say what is wrong with it."""
    try:
        found = msgspec.convert(raw, shape, strict=True)
    except msgspec.ValidationError as mistake:
        what, _, place = str(mistake).partition(" - at `$.")
        return Fault(place.rstrip("`"), what)
    for (
        name
    ) in shape.__struct_fields__:  # `$` of a pattern lets a last line break pass, and some sums are words
        if isinstance(value := getattr(found, name), str) and not value.isprintable():
            return Fault(name, "letters that cannot be printed")
    return found
