"""What a person did, free of any messenger's types."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """Words typed, or `forwarded` from somebody else."""

    text: str
    message_id: int = 0
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command such as /score, with what follows it."""

    name: str
    argument: str = ""
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed under `message_id`. `callback_id` must be answered, or the button keeps spinning.

    `about` is the text that the message under which it stands replied to, and `about_id` that message: what need not
    be stored to be at hand.
    """

    data: str
    message_id: int
    callback_id: str
    about: str = ""
    about_id: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared contact; `own` says whether Telegram vouches that it is the sender's."""

    phone: str
    own: bool
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class Media:
    """Something that is not words: photo, voice, video, sticker, location ... `kind` is "photo" or "other"."""

    message_id: int = 0
    caption: str = ""
    kind: str = "other"
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A document. Its bytes are there only when it was fetched; `trouble` is the key of why it was not."""

    file_id: str
    name: str = ""
    mime: str = ""
    size: int = 0
    message_id: int = 0
    caption: str = ""
    content: bytes = field(default=b"", repr=False)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """An earlier message changed by its sender: an answer already taken is not changed by it."""

    text: str
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class Reachable:
    """The person blocked the bot, or let it in again."""

    now: bool


@dataclass(frozen=True, slots=True)
class Checkout:
    """Somebody is about to pay an invoice of ours; nothing is charged unless `query_id` is answered with yes."""

    query_id: str
    token: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Paid:
    """Money came, under Telegram's number `charge`."""

    token: str
    currency: str
    amount: int
    charge: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """Telegram has given the money of a payment back."""

    charge: str


@dataclass(frozen=True, slots=True)
class Due:
    """Work we gave ourselves, to be done in this person's order."""

    job: str
    subject: int


@dataclass(frozen=True, slots=True)
class Posted:
    """Something `done` in the staff group, in the topic of a number."""

    thread: int
    done: "Event"


Money = Checkout | Paid | Refunded

Event = (
    Text
    | Command
    | Press
    | Contact
    | Media
    | File
    | Edited
    | Reachable
    | Checkout
    | Paid
    | Refunded
    | Due
    | Posted
)
