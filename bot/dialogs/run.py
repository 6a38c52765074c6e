"""The runner: (dialog, state, event) -> (state, replies). Pure; nothing here knows a database or a messenger.

Back, edit, skip, keep and cancel work at every step because they live here. Buttons carry the state's revision, so an
old one is recognised and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.dialogs.event import Contact, Event, Media, Press, Text
from bot.dialogs.reply import (
    AskContact,
    Button,
    Delete,
    Edit,
    Inline,
    Keyboard,
    NoKeyboard,
    Reply,
    Say,
    Toast,
)
from bot.dialogs.step import Answer, Answers, Ask, Dialog, Problem, Scene, Step
from bot.i18n import T, t

PREFIX = "d"
ANSWER, BACK, SKIP, KEEP, EDIT = "=", "<", ">", "^", "~"


@dataclass(frozen=True, slots=True)
class State:
    """Where a person is: the answers given, and those set aside while they are being changed."""

    dialog: str
    version: int
    revision: int = 1
    answers: Mapping[str, Answer] = field(default_factory=dict)
    aside: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one event led to. `answered` is the step just answered; `finished` ends the conversation."""

    state: State
    replies: tuple[Reply, ...] = ()
    answered: Step | None = None
    finished: bool = False


def begin(dialog: Dialog, scene: Scene, answers: Answers | None = None) -> Turn:
    """Open a conversation and put its first question; known `answers` are not asked again."""
    state = State(dialog.name, dialog.version, answers=dict(answers or {}))
    return Turn(state, put(dialog, state, scene))


def put(
    dialog: Dialog, state: State, scene: Scene, note: T | None = None, *, bare: bool = False
) -> tuple[Reply, ...]:
    """Put the current question (again), after a `note` where there is one. `bare`: a contact keyboard is to go."""
    step = dialog.current(scene, state.answers)
    if step is None:
        return ()
    ask = step.ask(scene, state.answers)
    text = ask.text if note is None else t("dialog.with_note", note=note, question=ask.text)
    keyboard: Keyboard | None = _keyboard(dialog, state, step, ask, scene)
    if ask.contact is not None:  # a message has one keyboard: the messenger's own, or buttons beneath
        question = Say(text, AskContact(ask.contact))
        return (question, Say(t("dialog.or"), keyboard)) if keyboard else (question,)
    if bare:  # the messenger's keyboard can only be taken away by a message without buttons of its own
        return (Say(t("dialog.noted"), NoKeyboard()), Say(text, keyboard))
    return (Say(text, keyboard),)


def advance(dialog: Dialog, state: State, event: Event, scene: Scene) -> Turn:
    """Take one event at the current step. The caller has checked that a pressed button carries our revision."""
    step = dialog.current(scene, state.answers)
    if step is None:
        return Turn(state, finished=True)
    if isinstance(event, Press):
        return _press(dialog, state, step, event, scene)
    if isinstance(event, Media):
        return Turn(state, put(dialog, state, scene, t("dialog.words_only")))
    return _read(dialog, state, step, event, scene)


def token(state: State, action: str, argument: str = "") -> str:
    """Give the callback data of a button: dialog, revision, action; 64 bytes at most by the names we choose."""
    return f"{PREFIX}|{state.dialog}|{state.revision}|{action}{argument}"


def _press(dialog: Dialog, state: State, step: Step, event: Press, scene: Scene) -> Turn:
    action, argument = event.data[:1], event.data[1:]
    ask = step.ask(scene, state.answers)
    closing = (Toast(event.callback_id), Edit(event.message_id, ask.text))
    if action == BACK and (before := _previous(dialog, state, step, scene)) is not None:
        return Turn(before, closing + put(dialog, before, scene, bare=ask.contact is not None))
    if action == EDIT and argument in state.answers:
        changed = _set_aside(state, argument)
        return Turn(changed, closing + put(dialog, changed, scene))
    if action == SKIP and step.skippable:
        return _take(dialog, state, step, None, scene, _chosen(step, None, event, scene, state))
    if action == KEEP and step.key in state.aside:
        value = state.aside[step.key]
        return _take(dialog, state, step, value, scene, _chosen(step, value, event, scene, state))
    if action == ANSWER:
        return _read(dialog, state, step, replace(event, data=argument), scene)
    return Turn(state, (Toast(event.callback_id, t("dialog.unknown_button")),))


def _read(dialog: Dialog, state: State, step: Step, event: Event, scene: Scene) -> Turn:
    gone: tuple[Reply, ...] = ()
    stranger = isinstance(event, Contact) and not event.own
    if (step.secret or stranger) and isinstance(event, Text | Contact) and event.message_id:
        gone = (Delete(event.message_id),)
    value = step.read(event, scene, state.answers)
    if isinstance(value, Problem):
        note = T(value.key, value.values)
        if isinstance(event, Press):
            return Turn(state, (Toast(event.callback_id, note),))
        return Turn(state, gone + put(dialog, state, scene, note))
    if isinstance(event, Press):
        return _take(dialog, state, step, value, scene, _chosen(step, value, event, scene, state))
    return _take(dialog, state, step, value, scene, gone)


def _take(
    dialog: Dialog, state: State, step: Step, value: Answer, scene: Scene, replies: tuple[Reply, ...]
) -> Turn:
    aside = {key: old for key, old in state.aside.items() if key != step.key}
    after = replace(
        state, revision=state.revision + 1, answers={**state.answers, step.key: value}, aside=aside
    )
    finished = step.closes or dialog.current(scene, after.answers) is None
    if finished:
        return Turn(after, replies, answered=step, finished=True)
    bare = step.ask(scene, state.answers).contact is not None
    return Turn(after, replies + put(dialog, after, scene, bare=bare), answered=step)


def _previous(dialog: Dialog, state: State, step: Step, scene: Scene) -> State | None:
    steps = [s.key for s in dialog.applying(scene, state.answers)]
    position = steps.index(step.key)
    if position == 0:
        return None
    if step.key in state.aside:  # the change is given up: the old answer stands again
        state = replace(state, answers={**state.answers, step.key: state.aside[step.key]})
    return _set_aside(state, steps[position - 1])


def _set_aside(state: State, key: str) -> State:
    answers = {k: v for k, v in state.answers.items() if k != key}
    return replace(state, revision=state.revision + 1, answers=answers, aside={key: state.answers[key]})


def _chosen(step: Step, value: Answer, event: Press, scene: Scene, state: State) -> tuple[Reply, ...]:
    question = step.ask(scene, state.answers).text
    if step.closes:
        return (Toast(event.callback_id), Edit(event.message_id, question))
    label = t("dialog.skipped") if value is None else _label(step, value, scene, state.answers)
    return (
        Toast(event.callback_id),
        Edit(event.message_id, t("dialog.chosen", question=question, answer=label)),
    )


def _label(step: Step, value: Answer, scene: Scene, answers: Answers) -> T:
    for choice in step.ask(scene, answers).choices:
        if choice.value == value:
            return choice.label
    return t("dialog.value", value=step.show(value, scene) if step.show else str(value))


def _keyboard(dialog: Dialog, state: State, step: Step, ask: Ask, scene: Scene) -> Inline | None:
    rows: list[tuple[Button, ...]] = []
    line: list[Button] = []
    for choice in ask.choices:
        action = "" if choice.value[:1] == EDIT else ANSWER
        button = Button(choice.label, token(state, action, choice.value), "primary" if choice.wide else "")
        if choice.wide:
            rows.append((button,))
            continue
        line.append(button)
        if len(line) == ask.columns:
            rows.append(tuple(line))
            line = []
    if line:
        rows.append(tuple(line))
    if step.key in state.aside and not step.secret and not step.closes:
        old = state.aside[step.key]
        label = t("dialog.skipped") if old is None else _label(step, old, scene, state.answers)
        rows.append((Button(t("dialog.keep", value=label), token(state, KEEP)),))
    ways: list[Button] = []
    if dialog.applying(scene, state.answers)[0].key != step.key:
        ways.append(Button(t("dialog.back"), token(state, BACK)))
    if step.skippable:
        ways.append(Button(t("dialog.skip"), token(state, SKIP)))
    if ways:
        rows.append(tuple(ways))
    return Inline(tuple(rows)) if rows else None
