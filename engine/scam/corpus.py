"""Messages whose type is known: one JSON object a line, written by hand."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.scam.kinds import GENUINE, KINDS, TYPES
from engine.scam.tables import HERE, ScamError

LANGUAGES = ("zh", "en", "es")
_READ = {"zh": 691, "en": 758, "es": 727}
"""Lines of the first files of which two in three were read while the rules and notions were written."""
_EXAMPLE = '{"text": "Pay the fee first", "type": "advance_fee", "also": ["unfreeze"]}'


class Message(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One message with its type ("genuine" too), other types that would be fair, and a genuine one's kind."""

    text: str
    type: str
    also: list[str] = []
    kind: str = ""
    script: str = ""
    lang: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        """Refuse a type or a kind that there is not."""
        for name in (self.type, *self.also):
            if name not in TYPES and name != GENUINE:
                raise ValueError(f"`{name}` is no type; accepted: {GENUINE}, {', '.join(TYPES)}")
        if self.kind and self.kind not in KINDS:
            raise ValueError(f"`{self.kind}` is no kind; accepted: {', '.join(KINDS)}")


def ours() -> list[Message]:
    """Give the training messages that stand beside this module, each with its language and its place as its id.

    Each writer's stand in files of their own: `en.jsonl`, `en_2.jsonl` ...
    """
    return [
        msgspec.structs.replace(message, lang=language, id=f"{path.stem} {number}")
        for language in LANGUAGES
        for path in sorted((HERE / "corpus").glob(f"{language}*.jsonl"))
        for number, message in enumerate(read(path), 1)
    ]


def read(path: Path) -> Iterator[Message]:
    """Read a file of messages; raises ScamError with the number of the line that is none."""
    decoder = msgspec.json.Decoder(Message)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    why = f"{path.name}, line {number}: {error}; accepted: {_EXAMPLE}"
                    raise ScamError(why) from None


def unread(message: Message) -> bool:
    """Say whether one of our messages is of those that nobody read while the rules and notions were written."""
    file, number = message.id.split()
    digest = hashlib.sha256(message.text.encode("utf-8", "replace")).hexdigest()
    return int(number) > _READ.get(file, 0) or int(digest, 16) % 3 == 0
