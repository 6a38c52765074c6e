"""The HTML that a bot may write, read as Telegram reads it: strictly, with byte offsets in the refusals.

This is not a browser's HTML. Tags come from a short list, must be closed in order, and anything else that
starts with `<` is refused. https://core.telegram.org/bots/api#html-style
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.channels.local.entities import Formatted, in_order, utf16
from bot.channels.local.shape import Json

_TYPES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji", "a": "text_link", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
_ARGUMENTS = {
    ("a", "href"): "",
    ("code", "class"): "language-",
    ("span", "class"): "tg-",
    ("tg-emoji", "emoji-id"): "",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(rb"&(?:(lt|gt|amp|quot)|#(\d{1,10})|#[xX]([0-9a-fA-F]{1,10}));?")
_TAG_NAME = re.compile(rb"[^\s>\0]*")
_ATTRIBUTE = re.compile(rb"[^\s=>\0/\"']*")
_TOKEN = re.compile(rb"[A-Za-z0-9.-]*")
_SPACE = re.compile(rb"\s*")
_SPECIAL = re.compile(rb"[<&]")
_QUOTED = {b'"': re.compile(rb'[^&\0"]*'), b"'": re.compile(rb"[^&\0']*")}
_LAST = b"\0"  # never inside cleaned text, so no look ahead can run over the end


class MarkupError(ValueError):
    """The text is not what Telegram calls HTML; the message is Telegram's, without its prefix."""


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end."""

    name: str
    argument: str
    offset: int
    start: int


class _Reader:
    """One pass over the bytes: `at` is the next byte, `text` what a person will see so far."""

    def __init__(self, source: str) -> None:
        self.data = source.encode() + _LAST
        self.at = 0
        self.text = ""
        self.size = 0  # of text, in UTF-16 code units: kept, not counted again for every tag
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def read(self) -> Formatted:
        """Everything, or MarkupError."""
        end = len(self.data) - 1
        while self.at < end:
            special = _SPECIAL.search(self.data, self.at)
            stop = special.start() if special else end
            self.show(self.data[self.at : stop].decode())
            self.at = stop
            if stop < end:
                self.tag() if self.peek() == b"<" else self.show(self.character())
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        return Formatted(self.text, in_order(self.entities))

    def show(self, text: str) -> None:
        """Add visible text."""
        self.text += text
        self.size += utf16(text)

    def take(self, pattern: re.Pattern[bytes]) -> str:
        """Move over what the pattern matches here."""
        match = pattern.match(self.data, self.at)
        found = match[0] if match else b""
        self.at += len(found)
        return found.decode()

    def peek(self) -> bytes:
        """Look at the byte under the cursor."""
        return self.data[self.at : self.at + 1]

    def character(self) -> str:
        """Read a character reference, or the ampersand that only looked like the beginning of one."""
        match = _REFERENCE.match(self.data, self.at)
        if match and match[1]:
            self.at = match.end()
            return _NAMED[match[1].decode()]
        code = (int(match[2]) if match[2] else int(match[3], 16)) if match else 0
        if match is None or not 0 < code < 0x10FFFF:
            self.at += 1
            return "&"
        if 0xD800 <= code <= 0xDFFF:
            problem = "Text contains invalid Unicode characters after decoding HTML entities"
            raise MarkupError(f"{problem}, check for unmatched surrogate code units")
        self.at = match.end()
        return chr(code)

    def tag(self) -> None:
        """Read a start or an end tag."""
        if self.data[self.at + 1 : self.at + 2] == b"/":
            self.end_tag()
        else:
            self.start_tag()

    def start_tag(self) -> None:
        """`<name attribute=value ...>`."""
        begin, start = self.at, len(self.text)
        self.at += 1
        name = self.take(_TAG_NAME).lower()
        if self.peek() == _LAST:
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        if name not in _TYPES:
            raise MarkupError(f'Unsupported start tag "{name}" at byte offset {begin}')
        argument = ""
        while self.skip_space() != b">":
            key, value = self.attribute(name, begin)
            prefix = _ARGUMENTS.get((name, key))
            if prefix is not None and value is not None and value.startswith(prefix):
                argument = value if name == "span" else value.removeprefix(prefix)
            elif (name, key) == ("blockquote", "expandable"):
                argument = key
        if name == "span" and argument != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.at += 1
        self.open.append(_Open(name, argument, self.size, start))

    def attribute(self, tag: str, begin: int) -> tuple[str, str | None]:
        """One attribute; the value is None when only the name stands there."""
        name = self.take(_ATTRIBUTE).lower()
        if self.peek() == _LAST:
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if not name:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        if self.skip_space() != b"=":
            if self.peek() == _LAST:
                raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return name, None
        self.at += 1
        quote = self.skip_space()
        if quote == _LAST:
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self.quoted(quote) if quote in _QUOTED else self.token()
        if self.peek() == _LAST:
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        return name, value

    def token(self) -> str:
        """Read a value without quotes: letters, digits, dots and hyphens."""
        begin = self.at
        value = self.take(_TOKEN).lower()
        if not (self.peek().isspace() or self.peek() == b">"):
            raise MarkupError(f"Unexpected end of name token at byte offset {begin}")
        return value

    def quoted(self, quote: bytes) -> str:
        """Read a value between quotes, character references decoded."""
        self.at += 1
        plain = _QUOTED[quote]
        value = self.take(plain)
        while self.peek() == b"&":
            value += self.character() + self.take(plain)
        if self.peek() == quote:
            self.at += 1
        return value

    def skip_space(self) -> bytes:
        """Move over white space; the byte after it."""
        self.take(_SPACE)
        return self.peek()

    def end_tag(self) -> None:
        """`</name>`; `</>` closes whatever is open."""
        begin = self.at
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {begin}")
        self.at += 2
        name = self.take(_TAG_NAME).lower()
        if self.skip_space() != b">":
            raise MarkupError(f"Unclosed end tag at byte offset {begin}")
        opened = self.open.pop()
        if name and name != opened.name:
            found = f'expected "</{opened.name}>", found "</{name}>"'
            raise MarkupError(f"Unmatched end tag at byte offset {begin}, {found}")
        self.at += 1
        if self.size > opened.offset:
            self.close(opened)

    def close(self, tag: _Open) -> None:
        """Turn a closed tag that covers text into an entity."""
        entity: Json = {"type": _TYPES[tag.name], "offset": tag.offset, "length": self.size - tag.offset}
        if tag.name == "a":
            url = checked_url(tag.argument or self.text[tag.start :])
            if url is None:
                return
            entity["url"] = url
        elif tag.name == "tg-emoji":
            if not tag.argument.isdecimal():
                raise MarkupError("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = tag.argument
        elif tag.name == "blockquote" and tag.argument:
            entity["type"] = "expandable_blockquote"
        elif tag.name == "code":
            # A language means something only if a <pre> turns out to hold exactly this.
            entity["language"] = tag.argument
        elif tag.name == "pre":
            self.join_code(entity)
        self.entities.append(entity)

    def join_code(self, pre: Json) -> None:
        """`<pre><code class="language-x">` is one entity, not two."""
        last = self.entities[-1] if self.entities else {}
        if last.get("type") == "code" and last.get("language") and _span(last) == _span(pre):
            pre["language"] = self.entities.pop()["language"]


def _span(entity: Json) -> tuple[int, int]:
    return entity["offset"], entity["length"]


def checked_url(link: str) -> str | None:
    """Give the link as Telegram keeps it, or None for one it would not make clickable."""
    if link.lower().startswith("tg://") or not link.strip():
        return link.strip() or None
    url = link.strip() if "://" in link else f"http://{link.strip()}"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    known = parts.scheme.lower() in {"http", "https", "ftp", "tonsite"}
    if not known or not host or re.search(r"\s", url) or "." not in host:
        return None
    return url if parts.path or parts.query or parts.fragment else url + "/"


def parse_html(source: str) -> Formatted:
    """Text and entities of a message written in HTML; MarkupError when Telegram would refuse it."""
    parsed = _Reader(source).read()
    for entity in parsed.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return parsed
