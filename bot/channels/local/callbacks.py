"""Pressed buttons that wait for the bot's answer, and forget themselves after a while."""

import secrets
from collections.abc import Callable

from bot.channels.local.errors import bad_request
from bot.channels.local.shape import Json

_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class Callbacks:
    """Callback query ids and whose they are, in memory: after a restart a button waits for nobody."""

    def __init__(self, clock: Callable[[], float], lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._waiting: dict[str, tuple[float, int]] = {}
        self._answers: dict[str, Json] = {}

    def issue(self, chat_id: int) -> str:
        """Issue a new id for a press in this chat."""
        now = self._clock()
        while self._waiting and next(iter(self._waiting.values()))[0] <= now:  # oldest first
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            self._answers.pop(oldest, None)
        query_id = str(secrets.randbits(62))
        self._waiting[query_id] = (now + self._lifetime, chat_id)
        return query_id

    def answer(self, query_id: str, answer: Json) -> int | None:
        """Keep an answer; the chat that waited for it, None if it had one before, 400 if it is too late."""
        until, chat_id = self._waiting.get(query_id, (0.0, 0))
        if until <= self._clock():
            raise bad_request(_TOO_OLD)
        if query_id in self._answers:
            return None
        self._answers[query_id] = answer
        return chat_id

    def answered(self, query_id: str) -> Json | None:
        """Give what the bot answered to a press, while it is remembered."""
        return self._answers.get(query_id)
