"""Reply markups, checked as Telegram checks them."""

import re
from collections.abc import Callable

from bot.channels.local.errors import bad_request
from bot.channels.local.markup import checked_url
from bot.channels.local.params import Call
from bot.channels.local.shape import Json, ShapeError, is_kind, optional, required

CALLBACK_DATA_BYTES = 64
_INLINE_BUTTONS = 100
_REPLY_BUTTONS = 300
_STYLES = frozenset({"primary", "success", "danger"})
_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
_REQUESTS = ("request_contact", "request_location")
_HTTPS = re.compile(r"https://", re.IGNORECASE)


def read_markup(call: Call, *, inline_only: bool = False) -> Json | None:
    """Give the checked reply markup of a call, or None. Edits take inline keyboards only."""
    markup = call.json("reply_markup")
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], "inline keyboard", _inline_button, _INLINE_BUTTONS)
        return {"inline_keyboard": rows}
    if inline_only:
        raise bad_request("inline keyboard expected")
    return _reply_markup(markup)


def _reply_markup(markup: Json) -> Json | None:
    try:
        if "keyboard" in markup:
            flags = ("resize_keyboard", "one_time_keyboard", "is_persistent", "selective")
            extra = {name: value for name in flags if (value := optional(markup, name, bool)) is not None}
            rows = _rows(markup["keyboard"], "keyboard", _reply_button, _REPLY_BUTTONS)
            return {"keyboard": rows, **extra, **_placeholder(markup)}
        if optional(markup, "remove_keyboard", bool):
            return {"remove_keyboard": True}
        if optional(markup, "force_reply", bool):
            return {"force_reply": True, **_placeholder(markup)}
    except ShapeError as problem:
        raise bad_request(f"can't parse reply keyboard markup JSON object: {problem}") from problem
    return None


def _placeholder(markup: Json) -> Json:
    text = optional(markup, "input_field_placeholder", str)
    if text is not None and not 1 <= len(text) <= 64:
        raise bad_request("input field placeholder must be 1-64 characters long")
    return {"input_field_placeholder": text} if text else {}


def _rows(rows: object, name: str, button: Callable[[object], Json], limit: int) -> list[list[Json]]:
    if not isinstance(rows, list):
        raise bad_request(f'field "{name.replace(" ", "_")}" must be of type Array')
    result = []
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(f'field "{name.replace(" ", "_")}" must be an Array of Arrays')
        try:
            result.append([button(item) for item in row])
        except ShapeError as problem:
            raise bad_request(f"can't parse {name} button: {problem}") from problem
    if sum(map(len, result)) > limit:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return [row for row in result if row]


def _label(item: Json) -> Json:
    text = required(item, "text", str)
    if not text.strip():
        raise ShapeError("Button text must be non-empty")
    style = optional(item, "style", str)
    if style is not None and style not in _STYLES:
        raise ShapeError("Invalid button style specified")
    return {"text": text, "style": style} if style else {"text": text}


def _inline_button(item: object) -> Json:
    if not isinstance(item, dict):
        raise ShapeError("InlineKeyboardButton must be an Object")
    label = _label(item)
    actions = [name for name in _ACTIONS if item.get(name) is not None]
    if not actions:
        raise ShapeError("Text buttons are unallowed in the inline keyboard")
    action = actions[0]
    check = _CHECKS.get(action)
    if check is None or len(actions) > 1:
        raise ShapeError("Exactly one of callback_data, url, copy_text and web_app is understood here")
    return label | {action: check(item)}


def _callback_data(item: Json) -> str:
    data = required(item, "callback_data", str)
    if not 1 <= len(data.encode()) <= CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return data


def _url(item: Json) -> str:
    given = required(item, "url", str)
    url = checked_url(given)
    if url is None:
        raise bad_request(f"inline keyboard button URL '{given}' is invalid: Wrong HTTP URL")
    return url


def _copy_text(item: Json) -> Json:
    text = required(required(item, "copy_text", dict), "text", str)
    if not 1 <= len(text) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return {"text": text}


def _web_app(item: Json) -> Json:
    url = required(required(item, "web_app", dict), "url", str)
    if not _HTTPS.match(url):
        raise bad_request("BUTTON_URL_INVALID")
    return {"url": url}


_CHECKS: dict[str, Callable[[Json], object]] = {
    "callback_data": _callback_data,
    "url": _url,
    "copy_text": _copy_text,
    "web_app": _web_app,
}


def _reply_button(item: object) -> Json:
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, dict):
        raise ShapeError("KeyboardButton must be an Object")
    requests = {name: True for name in _REQUESTS if optional(item, name, bool)}
    web_app = {"web_app": _web_app(item)} if is_kind(item.get("web_app"), dict) else {}
    if len(requests) + len(web_app) > 1:
        raise ShapeError("Only one of the optional fields may be used")
    return _label(item) | requests | web_app
