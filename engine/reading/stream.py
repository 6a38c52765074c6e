"""The rows of a text file as a stream of UTF-8 bytes, whatever its encoding, without what stands before them."""

import codecs
import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path

from engine.reading.notes import refuse
from engine.reading.text import DAMAGED, Look, damaged, opened

Progress = Callable[[float], None]


class RowStream(io.RawIOBase):
    """A readable file of rows; counts quotes, and tells `progress` the share of the file that was read (0..1)."""

    def __init__(self, path: Path, shape: Look, progress: Progress | None = None) -> None:
        self._name, self._encoding, self._progress = path.name, shape.encoding, progress
        self._file = opened(path)
        self._size = max(path.stat().st_size, 1)
        self._plain = shape.encoding in ("utf-8", "utf-8-sig")
        self._decoder = codecs.getincrementaldecoder(shape.encoding)()
        self._left = b""
        self.quotes = 0
        if self._plain:
            self._file.read(shape.before)
        else:
            text = ""
            while len(text) < shape.skipped:
                text += self._decoder.decode(self._file.read(1 << 16))
            self._left = text[shape.skipped :].encode()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes, b"" at the end; raises BookError where they are not of the encoding."""
        data, self._left = self._left, b""
        data = data or self._next(1 << 22 if size < 0 else size)
        self.quotes += data.count(b'"')
        return data

    def unread(self, data: bytes) -> None:
        """Put bytes back, to be the next that are read."""
        self._left = data + self._left
        self.quotes -= data.count(b'"')

    def _next(self, size: int) -> bytes:
        while raw := self._raw(size):
            if self._plain:
                return raw
            try:
                text = self._decoder.decode(raw)
            except UnicodeDecodeError as error:
                wrong = f"the bytes {error.object[error.start : error.start + 4].hex(' ')} are not {self._encoding}"
                remedy = "save the file as UTF-8, or name its encoding"
                raise refuse(self._name, "", wrong, remedy) from None
            if text:
                return text.encode()
        return b""

    def _raw(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except DAMAGED as error:
            raise damaged(self._name, error) from None
        if self._progress:
            self._progress(min(1.0, self._place() / self._size) if data else 1.0)
        return data

    def _place(self) -> int:
        """Give how many bytes of the file on the disk were read."""
        packed = getattr(self._file, "raw", None)
        return (
            os.lseek(packed.fileno(), 0, os.SEEK_CUR)
            if isinstance(packed, gzip.GzipFile)
            else self._file.tell()
        )

    def close(self) -> None:
        """Close the file under it."""
        self._file.close()
        super().close()
