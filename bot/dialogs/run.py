"""The runner: (dialog, state, event) -> (state, replies). Pure; nothing here knows a database or a messenger.

Back, edit, skip, keep, cancel and switches (see `TOGGLE`) work at every step because they live here. Buttons carry the
state's revision, so an old one is recognised and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.dialogs.event import Contact, Event, File, Media, Press, Text
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
ANSWER, BACK, SKIP, KEEP, EDIT, TOGGLE = "=", "<", ">", "^", "~", "!"


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
        question = Say(text, AskContact(ask.contact), dialog.personal)
        return (question, Say(t("dialog.or"), keyboard)) if keyboard else (question,)
    if bare:  # the messenger's keyboard can only be taken away by a message without buttons of its own
        return (Say(t("dialog.noted"), NoKeyboard()), Say(text, keyboard, dialog.personal))
    return (Say(text, keyboard, dialog.personal),)


def again(dialog: Dialog, state: State, scene: Scene, note: T | None = None) -> Turn:
    """Put the current question once more; only the newest message of a question has live buttons."""
    state = replace(state, revision=state.revision + 1)
    return Turn(state, put(dialog, state, scene, note))


def advance(dialog: Dialog, state: State, event: Event, scene: Scene) -> Turn:
    """Take one event at the current step. The caller has checked that a pressed button carries our revision."""
    step = dialog.current(scene, state.answers)
    if step is None:
        return Turn(state, finished=True)
    if isinstance(event, Press):
        return _press(dialog, state, step, event, scene)
    if isinstance(event, Media | File) and not step.files:
        turn = again(dialog, state, scene, t("dialog.words_only"))
        gone = (Delete(event.message_id),) if step.secret and event.message_id else ()  # a picture of an ID
        return replace(turn, replies=gone + turn.replies)
    return _read(dialog, state, step, event, scene)


def token(state: State, action: str, argument: str = "") -> str:
    """Give the callback data of a button: dialog, revision, action; 64 bytes at most by the names we choose."""
    return f"{PREFIX}|{state.dialog}|{state.revision}|{action}{argument}"


def _press(dialog: Dialog, state: State, step: Step, event: Press, scene: Scene) -> Turn:
    action, argument = event.data[:1], event.data[1:]
    if action == BACK and (before := _previous(dialog, state, step, scene)) is not None:
        return Turn(before, _in_place(dialog, before, step, event, scene, state))
    if action == EDIT and argument in state.answers and _offers(step, scene, state, event.data):
        changed = _set_aside(state, argument)
        return Turn(changed, _in_place(dialog, changed, step, event, scene, state))
    if (
        action == TOGGLE
        and isinstance(state.answers.get(argument), bool)
        and _offers(step, scene, state, event.data)
    ):
        turned = {**state.answers, argument: not state.answers[argument]}
        changed = replace(state, revision=state.revision + 1, answers=turned)
        return Turn(changed, _in_place(dialog, changed, step, event, scene, state))
    if action == SKIP and step.skippable:
        return _take(dialog, state, step, None, scene, event)
    if action == KEEP and step.key in state.aside and not step.secret:  # nobody was offered to keep a secret
        return _take(dialog, state, step, state.aside[step.key], scene, event)
    if action == ANSWER and _offers(step, scene, state, argument):
        return _read(dialog, state, step, replace(event, data=argument), scene)
    return Turn(state, (Toast(event.callback_id, t("dialog.unknown_button")),))


def _offers(step: Step, scene: Scene, state: State, value: str) -> bool:
    return any(choice.value == value for choice in step.ask(scene, state.answers).choices)


def _read(dialog: Dialog, state: State, step: Step, event: Event, scene: Scene) -> Turn:
    gone: tuple[Reply, ...] = ()
    unasked = isinstance(event, Contact) and (not event.own or step.ask(scene, state.answers).contact is None)
    if (step.secret or unasked) and isinstance(event, Text | Contact) and event.message_id:
        gone = (Delete(event.message_id),)
    value = step.read(event, scene, state.answers)
    if not isinstance(value, Problem):
        turn = _take(dialog, state, step, value, scene, event)
        return replace(turn, replies=gone + turn.replies)
    note = T(value.key, value.values)
    if isinstance(event, Press):
        return Turn(state, (Toast(event.callback_id, note),))
    turn = again(dialog, state, scene, note)
    return replace(turn, replies=gone + turn.replies)


def _take(dialog: Dialog, state: State, step: Step, value: Answer, scene: Scene, event: Event) -> Turn:
    aside = {key: old for key, old in state.aside.items() if key != step.key}
    answers = {**state.answers, step.key: value}
    after = replace(state, revision=state.revision + 1, answers=answers, aside=aside)
    finished = step.closes or dialog.current(scene, answers) is None
    if isinstance(event, Press):
        chosen = None if step.closes else _label(step, value, scene, state.answers)
        replies = _in_place(dialog, after, step, event, scene, state, chosen, finished=finished)
    else:
        bare = step.ask(scene, state.answers).contact is not None
        replies = () if finished else put(dialog, after, scene, bare=bare)
    return Turn(after, replies, answered=step, finished=finished)


def _in_place(
    dialog: Dialog,
    after: State,
    step: Step,
    event: Press,
    scene: Scene,
    before: State,
    chosen: T | None = None,
    *,
    finished: bool = False,
) -> tuple[Reply, ...]:
    """Turn the message whose button was pressed into the next question, where a message can become it.

    A question that `stays` (a consent), the last one, and one beside a contact keyboard are closed instead.
    """
    ask = step.ask(scene, before.answers)
    silent = Toast(event.callback_id)
    closed = ask.text if chosen is None else t("dialog.chosen", question=ask.text, answer=chosen)
    if finished:
        return (silent, Edit(event.message_id, closed))
    coming = put(dialog, after, scene, bare=ask.contact is not None)
    first = coming[0]
    if step.stays or len(coming) > 1 or not isinstance(first, Say) or isinstance(first.keyboard, AskContact):
        return (silent, Edit(event.message_id, closed), *coming)
    text = first.text if chosen is None else t("dialog.next", answer=chosen, question=first.text)
    keyboard = first.keyboard if isinstance(first.keyboard, Inline) else None
    return (silent, Edit(event.message_id, text, keyboard))


def _previous(dialog: Dialog, state: State, step: Step, scene: Scene) -> State | None:
    steps = [s.key for s in dialog.applying(scene, state.answers)]
    position = steps.index(step.key)
    if position == 0:
        return None
    if step.key in state.aside and not step.secret:  # the change is given up: the old answer stands again
        state = replace(state, answers={**state.answers, step.key: state.aside[step.key]})
    return _set_aside(state, steps[position - 1])


def _set_aside(state: State, key: str) -> State:
    answers = {k: v for k, v in state.answers.items() if k != key}
    return replace(state, revision=state.revision + 1, answers=answers, aside={key: state.answers[key]})


def _label(step: Step, value: Answer, scene: Scene, answers: Answers) -> T:
    if value is None:
        return t("dialog.skipped")
    for choice in step.ask(scene, answers).choices:
        if choice.value == value:
            return choice.label
    return t("dialog.value", value=step.show(value, scene) if step.show else str(value))


def _keyboard(dialog: Dialog, state: State, step: Step, ask: Ask, scene: Scene) -> Inline | None:
    rows: list[tuple[Button, ...]] = []
    line: list[Button] = []
    for choice in ask.choices:
        action = "" if choice.value[:1] in {EDIT, TOGGLE} else ANSWER
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
        label = _label(step, state.aside[step.key], scene, state.answers)
        rows.append((Button(t("dialog.keep", value=label), token(state, KEEP)),))
    ways: list[Button] = []
    if dialog.applying(scene, state.answers)[0].key != step.key:
        ways.append(Button(t("dialog.back"), token(state, BACK)))
    if step.skippable:
        ways.append(Button(t("dialog.skip"), token(state, SKIP)))
    if ways:
        rows.append(tuple(ways))
    return Inline(tuple(rows)) if rows else None
