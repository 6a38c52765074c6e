"""Text as Telegram keeps it: cleaned, trimmed, with entities counted in UTF-16 code units."""

import re
from dataclasses import dataclass, field

from bot.channels.local.shape import Json, ShapeError, optional, required

# Control characters become spaces; carriage returns, line separators and bidirectional embeddings disappear.
_CLEANED = {
    **{code: " " for code in range(32) if code not in {10, 13}},
    13: None,
    **dict.fromkeys(range(0x2028, 0x202F)),
}

_KINDS = frozenset(
    (
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic",
        "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre",
        "text_link", "text_mention", "custom_emoji", "date_time",
    )
)  # fmt: skip

# An entity that starts where another starts comes first if it is longer, then by this order.
_RANKED = (
    "blockquote", "expandable_blockquote", "pre", "code", "text_link", "mention", "bot_command", "bold", "italic",
    "underline", "strikethrough", "spoiler",
)  # fmt: skip
_ORDER = {kind: rank for rank, kind in enumerate(_RANKED)}

_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'，。！？；：）」』])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?<![\w/@.])(?P<bot_command>/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/@])"
    r"|(?<![\w/@.])(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})\b"
    r"|(?<![\w/@&#])(?P<hashtag>#(?=\w*[^\W\d_])\w+)"
)


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text with its entities."""

    text: str
    entities: list[Json] = field(default_factory=list)


def utf16(text: str) -> int:
    """Length in UTF-16 code units, the unit of every offset in the Bot API."""
    return len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """Text without the characters Telegram does not keep."""
    return text.translate(_CLEANED)


def trim(value: Formatted) -> Formatted:
    """Without white space at both ends, except what an entity at the start covers."""
    text = value.text.rstrip(" \n")
    first = min((entity["offset"] for entity in value.entities), default=len(text))
    lead = min(len(text) - len(text.lstrip(" \n")), first)  # spaces are one unit each
    text, size = text[lead:], utf16(text) - lead
    kept = []
    for entity in value.entities:
        offset = entity["offset"] - lead
        length = min(entity["length"], size - offset)
        if length > 0:
            kept.append({**entity, "offset": offset, "length": length})
    return Formatted(text, in_order(kept))


def in_order(entities: list[Json]) -> list[Json]:
    """Sorted as Telegram sends them: by start, the wider first."""
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], _ORDER.get(e["type"], len(_ORDER))))


def detect(value: Formatted) -> Formatted:
    """With the commands, links, addresses and names that Telegram finds by itself, outside code and links."""
    closed = [e for e in value.entities if e["type"] in {"code", "pre", "text_link"}]
    found = []
    for match in _FOUND.finditer(value.text):
        offset, length = utf16(value.text[: match.start()]), utf16(match[0])
        if not any(e["offset"] < offset + length and offset < e["offset"] + e["length"] for e in closed):
            found.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    return Formatted(value.text, in_order([*value.entities, *found])) if found else value


def check_entities(given: list[object]) -> list[Json]:
    """Give the entities a bot sent instead of a parse mode, or ShapeError."""
    entities: list[Json] = []
    for item in given:
        if not isinstance(item, dict):
            raise ShapeError("expected an Object as MessageEntity")
        kind = required(item, "type", str)
        if kind not in _KINDS:
            raise ShapeError("Unsupported type of MessageEntity specified")
        entity: Json = {
            "type": kind,
            "offset": required(item, "offset", int),
            "length": required(item, "length", int),
        }
        if entity["offset"] < 0 or entity["length"] < 0:
            raise ShapeError("Receive an entity with negative bounds")
        extra = {name: optional(item, name, str) for name in ("url", "language", "custom_emoji_id")}
        entities.append(entity | {name: text for name, text in extra.items() if text})
    return entities
