"""What the bot does in answer, free of any messenger's types; `views.render` turns it into Bot API calls."""

from dataclasses import dataclass

from bot.i18n import T


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: its label and its callback data (at most 64 bytes)."""

    label: T
    data: str
    style: str = ""  # "primary" or "danger" where the messenger shows colours


@dataclass(frozen=True, slots=True)
class Inline:
    """Rows of buttons under a message."""

    rows: tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class AskContact:
    """The messenger's own keyboard with a button that shares the sender's phone number."""

    label: T


@dataclass(frozen=True, slots=True)
class NoKeyboard:
    """Take the messenger's own keyboard away again."""


Keyboard = Inline | AskContact | NoKeyboard


@dataclass(frozen=True, slots=True)
class Letter:
    """That a message is signed in somebody's name: a lender's, or where none is named, the operator's.

    `kind` says what it is, by a code that the catalogues know as `letter.kind.CODE`.
    """

    kind: str
    sender: str = ""
    lender_id: int | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A message. `protect` forbids forwarding it: it shows personal data. `reply_to` is the message it answers.

    It is in its reader's language, unless a `language` is named: to show how it looks to others.
    """

    text: T
    keyboard: Keyboard | None = None
    protect: bool = False
    reply_to: int = 0
    letter: Letter | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Change a message in place; its inline keyboard is replaced too."""

    message_id: int
    text: T
    keyboard: Inline | None = None


@dataclass(frozen=True, slots=True)
class EditSent:
    """Change the message that a row of the outbox became, once it is sent."""

    row: int
    text: T


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a message out of the chat."""

    message_id: int


@dataclass(frozen=True, slots=True)
class Toast:
    """Answer a pressed button, with a short note or with nothing."""

    callback_id: str
    text: T | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with a caption."""

    image: bytes
    caption: T
    keyboard: Inline | None = None
    protect: bool = True
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file."""

    name: str
    content: bytes
    caption: T
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """The same picture or file as in a message of another chat, without a link to it. It cannot be forwarded.

    `caption` are the words beneath it, where they are not to be those that stand there.
    """

    chat_id: int
    message_id: int
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill with the messenger's own button to pay it, in Telegram Stars. `token` comes back with the money."""

    title: T
    text: T
    token: str
    stars: int


@dataclass(frozen=True, slots=True)
class Admit:
    """Let somebody pay who is about to, or with a `trouble` do not: then nothing is charged."""

    query_id: str
    trouble: T | None = None


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Give the money of a payment back."""

    charge: str


Reply = Say | Edit | EditSent | Delete | Toast | Photo | Document | Copy | Invoice | Admit | GiveBack
