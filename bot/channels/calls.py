"""Calls: the Bot API as python-telegram-bot speaks it, for calls that were stored before they are made.

What comes of a call is told in the words of `bot.services.delivery`: not yet, no word, refused, or needless.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from telegram import InputFile
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.channels.request import AiohttpRequest, NotReached
from bot.services.delivery import Later, Needless, Refused, Unheard
from bot.services.receiving import Unfetched
from storage import outbox

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "pre_checkout_query")
POLL_SECONDS = 25

NEEDLESS = (
    "message is not modified", "query is too old", "message to delete not found", "message can't be deleted",
    "message to edit not found", "charge_already_refunded", "topic_not_modified",
)  # fmt: skip
TOO_BIG = ("file is too big",)
BLOCKED = ("bot was blocked", "user is deactivated", "chat not found", "bot can't initiate")


class Bot(ExtBot[None]):
    """python-telegram-bot's bot, which also makes calls whose parameters were stored in the outbox."""

    async def call(self, method: str, payload: Mapping[str, Any], file: bytes | None = None) -> int | None:
        """Make one Bot API call; see `delivery.Post`."""
        data = dict(payload)
        if file is not None:
            field, name = (
                ("photo", "score.png")
                if method == "sendPhoto"
                else ("document", data.pop("file_name", "file"))
            )
            data[field] = InputFile(file, filename=name)
        try:
            result = await self._post(method, data)
        except RetryAfter as wait:
            raise Later(outbox.FLOOD, seconds_of(wait)) from None
        except Forbidden as refusal:
            raise Refused("Forbidden", blocked=_says(refusal, BLOCKED)) from None
        except BadRequest as refusal:
            if _says(refusal, NEEDLESS):
                raise Needless from None
            raise Refused("BadRequest", blocked=_says(refusal, BLOCKED)) from None
        except (NotReached, InvalidToken) as trouble:  # a token taken back may be given again
            raise Later(type(trouble).__name__) from None
        except NetworkError as trouble:
            raise Unheard(type(trouble).__name__) from None
        except TelegramError as refusal:
            raise Refused(type(refusal).__name__) from None
        made = result if isinstance(result, dict) else {}
        number = made.get("message_id", made.get("message_thread_id"))  # of a message, or of a topic
        return None if number is None else int(number)

    async def fetch(self, file_id: str, most: int, seconds: float) -> bytes | None:
        """Get what somebody sent; see `receiving.Fetch`. Its address holds the token, so no error names it."""
        try:
            told = await self._post("getFile", {"file_id": file_id}, read_timeout=seconds)
            path = quote(str(told["file_path"])) if isinstance(told, dict) and "file_path" in told else ""
            if not path or not isinstance(self.request, AiohttpRequest):
                raise Unfetched("nowhere")
            return await self.request.download(f"{self.base_file_url}/{path}", most, seconds)
        except TelegramError as trouble:
            if _says(trouble, TOO_BIG):
                return None
            raise Unfetched(type(trouble).__name__) from None

    async def updates(self, offset: int | None) -> Sequence[Mapping[str, Any]]:
        """Fetch updates as they are on the wire, confirming those before `offset`."""
        data = {"timeout": POLL_SECONDS, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            data["offset"] = offset
        result = await self._post("getUpdates", data, read_timeout=POLL_SECONDS + 10)
        return result if isinstance(result, list) else []


def seconds_of(wait: RetryAfter) -> float:
    """Give the seconds that Telegram asks us to wait."""
    asked = wait.retry_after
    return asked.total_seconds() if isinstance(asked, dt.timedelta) else float(asked)


def _says(refusal: TelegramError, phrases: Sequence[str]) -> bool:
    return any(phrase in str(refusal).lower() for phrase in phrases)
