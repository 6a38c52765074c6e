"""A conversation is data: a `Dialog` is a tuple of `Step`s, and this file says what a step is."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.dialogs.event import Event
from bot.i18n import Locale, T, Value
from engine import Pack

Answer = str | int | bool | None
"""One answer as it is kept: text, whole number, or None for "skipped". Money is text, so that no float touches it."""

Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a question may depend on besides the answers: where and in which language we are, and what is known."""

    locale: Locale
    today: dt.date
    pack: Pack | None = None
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer was not taken: a key, and the values of its sentence."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


def problem(key: str, **values: Value) -> Problem:
    """Build a Problem without writing a dict."""
    return Problem(key, values)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that answers a question; a `wide` one has a row of its own."""

    value: str
    label: T
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as it is put: its text, and the buttons that answer it."""

    text: T
    choices: tuple[Choice, ...] = ()
    columns: int = 2
    contact: T | None = None  # label of the button that shares the phone number


Asker = Callable[[Scene, Answers], Ask]
Reader = Callable[[Event, Scene, Answers], Answer | Problem]


def always(_scene: Scene, _answers: Answers) -> bool:
    """Apply to everyone."""
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One question.

    `when` says whether it concerns this person at all. `secret` answers are deleted from the chat once read and never
    shown whole. `keep` names the transformation the service applies before an answer is stored (a PIN is hashed).
    A `free` answer may be any words, a question among them, which nobody is to mistake for one of theirs to us.
    A question that `stays` remains in the chat after its button was pressed; others make room for the next one.
    A step that `closes` is never counted as answered: reading it ends the conversation.
    A step that takes `files` reads pictures and documents, too; to any other they are only in the way.
    """

    key: str
    ask: Asker
    read: Reader
    when: Callable[[Scene, Answers], bool] = always
    show: Callable[[Answer, Scene], Value] | None = None
    skippable: bool = False
    secret: bool = False
    keep: str = ""
    free: bool = False
    stays: bool = False
    closes: bool = False
    files: bool = False


@dataclass(frozen=True, slots=True)
class Dialog:
    """A conversation: the current step is the first one that applies and has no answer yet."""

    name: str
    version: int
    steps: tuple[Step, ...]
    personal: bool = False  # its messages show personal data and cannot be forwarded

    def step(self, key: str) -> Step | None:
        """Find a step by its key."""
        return next((step for step in self.steps if step.key == key), None)

    def applying(self, scene: Scene, answers: Answers) -> tuple[Step, ...]:
        """List the steps that concern this person, given the answers so far."""
        return tuple(step for step in self.steps if step.when(scene, answers))

    def current(self, scene: Scene, answers: Answers) -> Step | None:
        """Give the first applying step without an answer; None when all are answered."""
        return next((s for s in self.applying(scene, answers) if s.closes or s.key not in answers), None)
