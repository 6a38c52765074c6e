"""Files on the imaginary Telegram server: what was uploaded, under the ids that messages carry."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from bot.channels.local.images import image_size
from bot.channels.local.params import Upload
from bot.channels.local.shape import Json
from bot.channels.local.store import Store

DOWNLOAD_LIMIT = 20 * 2**20
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice"}


@dataclass(frozen=True, slots=True)
class File:
    """What is known of one file; `kind` is photo, document or voice. Its bytes stay in the store."""

    number: int
    id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    size: int
    width: int = 0
    height: int = 0
    duration: int = 0

    @property
    def path(self) -> str:
        """What getFile gives and the download address ends with."""
        suffix = _SUFFIX.search(self.name)
        return f"{_FOLDERS[self.kind]}/file_{self.number}{suffix[0] if suffix else ''}"

    def media(self) -> object:
        """Give the file as the field of a Message that carries it."""
        ids: Json = {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": self.size}
        if self.kind == "photo":
            return [ids | {"width": self.width, "height": self.height}]
        if self.kind == "voice":
            return ids | {"duration": self.duration, "mime_type": self.mime}
        return ids | {"file_name": self.name, "mime_type": self.mime}


class Files:
    """Every file by its id."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known = {meta["id"]: File(**meta) for _, meta in store.rows("files")}
        self._last = store.last_id("files")

    def add(self, kind: str, upload: Upload, *, duration: int = 0) -> File:
        """Keep a file and give it an id."""
        self._last += 1
        mime, width, height = image_size(upload.data) or (upload.mime, 0, 0)
        file = File(
            number=self._last,
            id=f"LOCAL{self._last}_{secrets.token_urlsafe(24)}",
            unique_id=hashlib.sha256(upload.data).hexdigest()[:16],
            kind=kind,
            name=upload.name,
            mime=mime,
            size=len(upload.data),
            width=width,
            height=height,
            duration=duration,
        )
        self._known[file.id] = file
        self._store.put("files", file.number, asdict(file))
        self._store.put_bytes("blobs", file.number, upload.data)
        return file

    def find(self, file_id: str) -> File | None:
        """Give the file with this id."""
        return self._known.get(file_id)

    def at(self, path: str) -> File | None:
        """Give the file at this download path."""
        return next((file for file in self._known.values() if file.path == path), None)

    def read(self, file: File) -> bytes:
        """Give the bytes of a file that is still known."""
        return self._store.get_bytes("blobs", file.number) or b""

    def drop(self, file_id: str) -> None:
        """Erase a file."""
        file = self._known.pop(file_id, None)
        if file is not None:
            self._store.drop("files", file.number)
            self._store.drop("blobs", file.number)


def file_ids(message: Json) -> Iterator[str]:
    """Give the ids of the files a message carries."""
    for size in message.get("photo", ()):
        yield size["file_id"]
    for kind in ("document", "voice"):
        if kind in message:
            yield message[kind]["file_id"]
