"""Trouble on request, for tests, benches and drills: refusals, slow answers, cut connections."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.channels.local.errors import ApiError
from bot.channels.local.params import Call


class CutError(Exception):
    """The connection is to be cut here."""


class GarbledError(Exception):
    """The answer is to end in the middle."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How one call fails.

    `drop` cuts the connection instead of answering, `garbled` cuts the answer short, and `late` lets it wait for so
    many seconds first. `after` lets the call take effect before it fails, which is how a message arrives twice when a
    client tries again without thought.
    """

    code: int = 500
    description: str = "Internal Server Error"
    retry_after: int = 0
    drop: bool = False
    after: bool = False
    garbled: bool = False
    late: float = 0.0

    def strike(self) -> None:
        """Fail, one way or the other."""
        if self.drop:
            raise CutError
        if self.garbled:
            raise GarbledError
        raise self.error()

    def error(self) -> ApiError:
        """Give the refusal a client sees."""
        wait = {"retry_after": self.retry_after} if self.retry_after else {}
        return ApiError(self.code, self.description, **wait)


Injector = Callable[[Call], Fault | None]


def flood(retry_after: int) -> Fault:
    """429, come back in so many seconds."""
    return Fault(429, f"Too Many Requests: retry after {retry_after}", retry_after)
