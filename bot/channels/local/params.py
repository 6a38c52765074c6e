"""One call as it came in: the form, JSON or query values of a request, and how to read them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

from bot.channels.local.entities import clean
from bot.channels.local.errors import ApiError, bad_request
from bot.channels.local.forms import parts
from bot.channels.local.limits import FORM_BYTES, PARTS, UPLOAD_BYTES, Weigh, read_body, too_large
from bot.channels.local.shape import is_kind, wrong_type

_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
_NUMBER = re.compile(r"-?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call or from a person's device."""

    name: str
    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Call:
    """A method with its parameters. Every getter refuses a value of the wrong kind with 400."""

    method: str
    values: Mapping[str, object] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Give a string, cleaned; empty when absent."""
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise bad_request(str(wrong_type(name, str)))
        return clean(_checked(value))

    def integer(self, name: str) -> int | None:
        """Give a whole number, also when written as text; None when absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return int(value)
        if isinstance(value, int) and is_kind(value, int):
            return value
        raise bad_request(str(wrong_type(name, int)))

    def flag(self, name: str) -> bool:
        """Give true or false, False when absent."""
        value = self.values.get(name, False)
        if isinstance(value, bool):
            return value
        known = _FLAGS.get(value.lower()) if isinstance(value, str) else None
        if known is None:
            raise bad_request(str(wrong_type(name, bool)))
        return known

    def json(self, name: str) -> object:
        """Give a JSON value, decoded if it came as text; None when absent."""
        value = self.values.get(name)
        if value == "":
            return None
        try:
            decoded = json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
        _checked(json.dumps(decoded, ensure_ascii=False))
        return decoded

    def array(self, name: str) -> list[object]:
        """Give a JSON array; empty when absent."""
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(str(wrong_type(name, list)))
        return value


def _checked(text: str) -> str:
    """Give the text back, unless it holds half a surrogate pair, which JSON can smuggle in."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return text


async def read_call(request: web.Request, weigh: Weigh) -> Call:
    """Give the call a request stands for, whatever encoding it chose; what it brings is weighed as it comes in."""
    values: dict[str, object] = dict(request.query)
    uploads: dict[str, Upload] = {}
    kind = request.content_type
    if kind == "multipart/form-data":
        body = await read_body(request, weigh, UPLOAD_BYTES + FORM_BYTES)
        for part in parts(body, request.headers["Content-Type"]):
            if part.filename is None:
                values[part.name] = part.data.decode("utf-8", "replace")
            else:
                uploads[part.name] = Upload(part.filename, part.data, part.mime)
    elif kind == "application/x-www-form-urlencoded":
        values |= _form_body(await read_body(request, weigh, FORM_BYTES))
    elif kind == "application/json" and request.can_read_body:
        values |= _json_body(await read_body(request, weigh, FORM_BYTES))
    return Call(request.match_info["method"], values, uploads)


def _form_body(body: bytearray) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=PARTS))
    except ValueError:
        raise too_large() from None


def _json_body(body: bytearray) -> dict[str, object]:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ApiError(400, "Bad Request: object expected in the request body")
    return value
