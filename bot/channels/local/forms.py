"""multipart/form-data (RFC 7578), from a body that is in memory and has been weighed."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from bot.channels.local.errors import bad_request
from bot.channels.local.limits import FORM_BYTES, HEAD_BYTES, PARTS, UPLOAD_BYTES, too_large

_LONGEST_NAME = 255
_PLAIN = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class Part:
    """One field; `filename` is None for a field that is no file."""

    name: str
    filename: str | None
    mime: str
    data: bytes


def parts(body: bytearray, content_type: str) -> Iterator[Part]:
    """Give the parts of a form; 400 for one that is damaged or packed, 413 for too many parts or too much in one."""
    fields = 0
    for number, (head, data) in enumerate(_split(body, _boundary(content_type)), 1):
        part = _part(head, data)
        fields += len(part.data) if part.filename is None else 0
        if number > PARTS or fields > FORM_BYTES or len(part.data) > UPLOAD_BYTES:
            raise too_large()
        yield part


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary() or ""
    if not 1 <= len(boundary) <= 70 or not boundary.isascii():
        raise bad_request("multipart body without a boundary")
    return boundary.encode()


def _split(body: bytearray, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the head and the content of each part."""
    mark = b"\r\n--" + boundary
    at = 0 if body.startswith(mark[2:]) else body.find(mark) + 2
    if at == 1:
        raise bad_request("multipart body without a part")
    at += len(mark) - 2
    while not body.startswith(b"--", at):
        start = body.find(b"\r\n\r\n", at, at + HEAD_BYTES)
        end = body.find(mark, start + 4)
        if start < 0 or end < 0 or not body.startswith(b"\r\n", at):
            raise bad_request("multipart body is damaged")
        yield bytes(body[at + 2 : start]), bytes(memoryview(body)[start + 4 : end])
        at = end + len(mark)


def _part(head: bytes, data: bytes) -> Part:
    headers = HeaderParser().parsestr(head.decode("utf-8", "replace"))  # names come as bare UTF-8
    if headers.get("Content-Encoding") or headers.get("Content-Transfer-Encoding", "").lower() not in _PLAIN:
        raise bad_request("parts that are packed or nested are not supported")
    if headers.get_content_maintype() == "multipart":
        raise bad_request("parts that are packed or nested are not supported")
    name = headers.get_param("name", "", header="Content-Disposition")
    filename, mime = headers.get_filename(), headers.get("Content-Type", "application/octet-stream")
    short = None if filename is None else filename[:_LONGEST_NAME]
    return Part(str(name)[:_LONGEST_NAME], short, mime[:_LONGEST_NAME], data)
