"""Writing a fraud warning: its type, and in every language of the bot what it says and how the fraud sounds."""

import re
import unicodedata
from collections.abc import Sequence

from bot.dialogs.event import Event, Text
from bot.dialogs.readers import choice
from bot.dialogs.run import EDIT
from bot.dialogs.step import (
    Answer,
    Answers,
    Ask,
    Asker,
    Choice,
    Dialog,
    Problem,
    Reader,
    Scene,
    Step,
    problem,
)
from bot.i18n import Joined, t
from bot.letters import looks_signed
from bot.quoting import quoted
from engine.scam import TYPES

LONGEST_TEXT, LONGEST_EXAMPLE = 600, 300
"""Letters, so that the warning, what a true lender does, and the code beneath fit into one message."""
SHOW, DROP = "show", "drop"
_PRESSABLE = re.compile(
    r"https?:|www\.|@\w|[a-z0-9-][.\uff0e][a-z]{2}|\d(?:[\s().-]{0,2}\d){6}", re.IGNORECASE
)
"""Links, names of chats, mail addresses and telephone numbers: a messenger makes them a button."""


def bulletin(languages: Sequence[str]) -> Dialog:
    """Build the conversation for the languages of the bot."""
    steps = [Step("scam", _ask_type, choice(_ask_type))]
    for language in languages:
        asked = _asks("bulletin.ask_text", language, LONGEST_TEXT)
        steps.append(Step(f"text.{language}", asked, prose(LONGEST_TEXT, bare=True), free=True))
        asked = _asks("bulletin.ask_example", language, LONGEST_EXAMPLE)
        steps.append(Step(f"example.{language}", asked, prose(LONGEST_EXAMPLE), free=True))
    done = _asks_whether_done(languages)
    return Dialog("bulletin", 1, (*steps, Step("done", done, choice(done))))


def sendback() -> Dialog:
    """Build the question why a warning is not sent."""
    return Dialog("sendback", 1, (Step("why", _ask_why, prose(LONGEST_EXAMPLE), free=True),))


def prose(most: int, *, bare: bool = False) -> Reader:
    """Give a reader of words for others to read: they stay as they are but for what cannot be seen.

    `bare` words hold nothing to press or to dial: a warning that sends people somewhere could be anybody's.
    """

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        text = event.text if isinstance(event, Text) else ""
        unseen = {"Cf", "Cc", "Cs", "Co"}
        seen = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in unseen).strip()
        if bare and (_PRESSABLE.search(seen) or looks_signed(seen)):
            return problem("wrong.bare")
        return seen if 0 < len(seen) <= most else problem("wrong.words", most=most)

    return read


def _ask_type(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(
        t("bulletin.ask_type"), tuple(Choice(kind, t(f"scam.type.{kind}")) for kind in TYPES), columns=1
    )


def _asks(key: str, language: str, most: int) -> Asker:
    def ask(_scene: Scene, _answers: Answers) -> Ask:
        return Ask(t(key, language=t(f"language.{language}"), most=most))

    return ask


def _asks_whether_done(languages: Sequence[str]) -> Asker:
    def ask(_scene: Scene, answers: Answers) -> Ask:
        lines = tuple(
            t(
                "bulletin.line",
                language=t(f"language.{one}"),
                text=str(answers.get(f"text.{one}", "")),
                example=quoted(str(answers.get(f"example.{one}", ""))),
            )
            for one in languages
        )
        kind = str(answers.get("scam", ""))
        text = t("bulletin.all", type=t(f"scam.type.{kind}"), lines=Joined(lines, "\n\n"))
        change = [Choice(f"{EDIT}scam", t("bulletin.change_type"))]
        for one in languages:
            named = t(f"language.{one}")
            change.append(Choice(f"{EDIT}text.{one}", t("bulletin.change_text", language=named)))
            change.append(Choice(f"{EDIT}example.{one}", t("bulletin.change_example", language=named)))
        return Ask(
            text, (Choice(SHOW, t("bulletin.show"), wide=True), *change, Choice(DROP, t("bulletin.drop")))
        )

    return ask


def _ask_why(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("bulletin.ask_why", most=LONGEST_EXAMPLE))
