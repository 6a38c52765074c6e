"""Conversations: which one is open, what an event does to it, what follows when it ends.

What a dialog was built from (its `of`) is stored beside the answers, so that the next event, perhaps after a restart or
a change of settings, builds the very same dialog again.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from bot.dialogs import run
from bot.dialogs.checklist import CHECKLIST
from bot.dialogs.consent import Terms, consent
from bot.dialogs.event import Event, Press
from bot.dialogs.query import Cover, query
from bot.dialogs.registration import REGISTRATION
from bot.dialogs.reply import NoKeyboard, Say, Toast
from bot.dialogs.run import State, Turn
from bot.dialogs.step import Answer, Dialog
from bot.dialogs.welcome import welcome
from bot.dialogs.whatif import whatif
from bot.i18n import T, t
from bot.services import secrets
from bot.services.context import Answering
from bot.views.menus import HOME
from engine import QUESTIONS
from storage import dialogs, queries
from storage.dialogs import Place

Of = Mapping[str, Any]
Finish = Callable[[Answering, Mapping[str, Answer], Of], Awaitable[None]]
FINISH: dict[str, Finish] = {}
"""What a finished conversation does; each use case enters its own (see `finishes`)."""


Builder = Callable[[Answering, Of], Dialog]
BUILD: dict[str, Builder] = {}
"""How a conversation is built again from what was stored of it; those of one use case alone enter theirs themselves."""


def builds(dialog: str) -> Callable[[Builder], Builder]:
    """Enter a function as what builds the `dialog`: (answering, of)."""

    def enter(function: Builder) -> Builder:
        BUILD[dialog] = function
        return function

    return enter


def finishes(dialog: str) -> Callable[[Finish], Finish]:
    """Enter a function as what the finished `dialog` does: (answering, answers, of)."""

    def enter(function: Finish) -> Finish:
        FINISH[dialog] = function
        return function

    return enter


def build(a: Answering, name: str, of: Of) -> Dialog:
    """Build a dialog from what was stored of it."""
    config = a.context.settings.config
    match name:
        case "welcome":
            guess = {pack.language: code for code, pack in a.context.packs.items()}
            return welcome(config.bot.languages, config.bot.countries, config.operator.name, guess)
        case "consent":
            return consent([_terms(a, purpose) for purpose in of["purposes"]])
        case "share" | "watch":
            return consent([_terms(a, name, of["name"])], name)
        case "registration":
            return REGISTRATION
        case "query":
            cover = Cover(*of["cover"]) if "cover" in of else None
            return query(tuple(of["questions"]), a.pack, cover)
        case "whatif":
            return whatif({name: QUESTIONS[name] for name in of["levers"]}, of["current"], a.pack)
        case "checklist":
            return CHECKLIST
    if name in BUILD:
        return BUILD[name](a, of)
    raise LookupError(f"no dialog {name}")


def _terms(a: Answering, purpose: str, lender: str = "") -> Terms:
    operator = a.context.settings.config.operator
    return Terms.of(purpose, operator.name, operator.contact, a.pack.consent(purpose), lender)


def start(a: Answering, name: str, of: Of | None = None, answers: Mapping[str, Answer] | None = None) -> None:
    """Open a conversation and put its first question."""
    dialog = build(a, name, of or {})
    turn = run.begin(dialog, a.scene, answers)
    a.settled = True
    a.say(*turn.replies)
    a.write(
        dialogs.start,
        a.person,
        name,
        dialog.version,
        turn.state.revision,
        _content(turn.state, of or {}),
        a.now,
    )


async def take(a: Answering, event: Event, place: Place) -> None:
    """Take one event in the open conversation."""
    of = place.content["of"]
    dialog = build(a, place.dialog, of)
    state = _state(place)
    turn = run.advance(dialog, state, event, a.scene)
    a.say(*turn.replies)
    if turn.finished:
        a.write(dialogs.end, a.person, place.dialog)
        answers = await _kept(a, turn)
        await FINISH[place.dialog](a, _relevant(dialog, answers, a), of)
        if not a.settled:
            await resume(a, without=place.dialog)
    elif turn.state != state:
        content = {**_content(turn.state, of), "answers": await _kept(a, turn)}
        a.write(dialogs.move, a.person, place, turn.state.revision, content, a.now)


async def press(a: Answering, event: Press, place: Place | None) -> None:
    """Take a dialog's button: only one that carries the open dialog's name and revision does anything."""
    prefix, name, revision, action = [*event.data.split("|", 3), "", "", ""][:4]
    if prefix != run.PREFIX:
        a.say(Toast(event.callback_id, t("dialog.unknown_button")))
    elif place is None or place.dialog != name or str(place.revision) != revision:
        a.say(Toast(event.callback_id, t("dialog.already_answered")))
    else:
        await take(a, Press(action, event.message_id, event.callback_id), place)


async def ask_again(a: Answering, place: Place, note: T | None = None) -> None:
    """Put the current question once more, for somebody who did something else in between."""
    of = place.content["of"]
    turn = run.again(build(a, place.dialog, of), _state(place), a.scene, note)
    a.say(*turn.replies)
    a.write(dialogs.move, a.person, place, turn.state.revision, _content(turn.state, of), a.now)


async def close(a: Answering, place: Place) -> None:
    """Give a conversation up; one that waits beneath it goes on."""
    step = build(a, place.dialog, place.content["of"]).current(a.scene, place.content["answers"])
    contact = step is not None and step.ask(a.scene, place.content["answers"]).contact is not None
    a.write(dialogs.end, a.person, place.dialog)
    if place.dialog == "query":
        a.write(queries.stop, a.person, a.now)
    a.say(Say(t("dialog.cancelled"), NoKeyboard() if contact else HOME))
    await resume(a, without=place.dialog)


async def resume(a: Answering, without: str) -> None:
    """Go on with the conversation that waits beneath the one just ended."""
    beneath = await dialogs.active(a.read, a.person, without=without)
    if beneath is not None:
        await ask_again(a, beneath, t("dialog.go_on"))


async def drop_questions(a: Answering, names: Collection[str]) -> None:
    """Take questions out of an open query; its other answers stay."""
    place = await dialogs.active(a.read, a.person, among=("query",))
    if place is None:
        return
    content = {
        part: {key: value for key, value in place.content[part].items() if key not in names}
        for part in ("answers", "aside")
    }
    asked = [name for name in place.content["of"]["questions"] if name not in names]
    of = {**place.content["of"], "questions": asked}
    changed = replace(place, revision=place.revision + 1, content={**content, "of": of})
    a.write(dialogs.move, a.person, place, changed.revision, changed.content, a.now)
    await ask_again(a, changed)


def secret_expected(a: Answering, place: Place | None) -> bool:
    """Say whether the open question asks for a secret itself (national ID, PIN)."""
    if place is None:
        return False
    step = build(a, place.dialog, place.content["of"]).current(a.scene, place.content["answers"])
    return step is not None and step.secret


def file_expected(a: Answering, place: Place | None) -> bool:
    """Say whether the open question takes a file as its answer, so that it is not looked at as anything else."""
    if place is None:
        return False
    step = build(a, place.dialog, place.content["of"]).current(a.scene, place.content["answers"])
    return step is not None and step.files


def words_expected(a: Answering, place: Place) -> bool:
    """Say whether the open question takes whatever is said, so that a question to us cannot be told from an answer."""
    step = build(a, place.dialog, place.content["of"]).current(a.scene, place.content["answers"])
    return step is not None and (step.secret or step.free)


async def _kept(a: Answering, turn: Turn) -> dict[str, Answer]:
    answers = dict(turn.state.answers)
    step = turn.answered
    if step is not None and step.keep == "pin":
        answers[step.key] = await secrets.hash_pin(a.context.vault, str(answers[step.key]))
    elif step is not None and step.keep == "language":
        answers[step.key] = f"{answers[step.key]}@{a.person.language}"
    return answers


def _relevant(dialog: Dialog, answers: Mapping[str, Answer], a: Answering) -> dict[str, Answer]:
    # an answer whose question no longer applies (after an edit further up) is left behind
    return {step.key: answers[step.key] for step in dialog.applying(a.scene, answers) if step.key in answers}


def _state(place: Place) -> State:
    content = place.content
    return State(place.dialog, place.version, place.revision, content["answers"], content["aside"])


def _content(state: State, of: Of) -> dict[str, Any]:
    return {"answers": dict(state.answers), "aside": dict(state.aside), "of": dict(of)}
