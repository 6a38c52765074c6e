"""A new PIN, a forgotten one, another phone number: each after a proof of its own."""

import re
from collections.abc import Sequence

from bot.dialogs import clean, readers
from bot.dialogs.event import Contact, Event, Text
from bot.dialogs.step import Answer, Answers, Ask, Dialog, Problem, Scene, Step, problem
from bot.i18n import t


def new_pin(own: Sequence[str]) -> Dialog:
    """Build the question for a new PIN; one that stands in the person's `own` phone number or ID is refused."""

    def read(event: Event, scene: Scene, _answers: Answers) -> Answer | Problem:
        return readers.pin(event, scene, dict(zip(("phone", "national_id"), own, strict=True)))

    return Dialog("newpin", 1, (Step("pin", _ask_new, read, secret=True, keep="pin"),))


def forgotten() -> Dialog:
    """Build the two questions that stand in for a PIN: the person's own number, shared, and their national ID."""
    return Dialog(
        "forgotten",
        1,
        (
            Step("phone", _ask_contact, own_contact),
            Step("national_id", _ask_id, _typed_id, secret=True),
        ),
        personal=True,
    )


def new_phone() -> Dialog:
    """Build the question for another phone number: only a number that Telegram vouches for is taken."""
    return Dialog("newphone", 1, (Step("phone", _ask_phone, own_contact),), personal=True)


def own_contact(event: Event, scene: Scene, answers: Answers) -> Answer | Problem:
    """Take the sender's own shared contact; a typed number proves nothing here."""
    if not isinstance(event, Contact):
        return problem("wrong.share_contact")
    return readers.phone(event, scene, answers)


def _ask_new(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("pin.ask_new"))


def _ask_contact(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("pin.ask_contact"), contact=t("register.phone.button"))


def _ask_phone(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("phone.ask_contact"), contact=t("register.phone.button"))


def _ask_id(scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("pin.ask_id", kind=t(f"id_kind.{scene.pack.id if scene.pack else 'format'}")))


def _typed_id(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    words = clean.clean(event.text).upper() if isinstance(event, Text) and len(event.text) <= 60 else ""
    compact = re.sub(r"[ \-‐–./]", "", words)
    return compact if re.fullmatch(r"[A-Z0-9]{5,25}", compact) else problem("wrong.id.format")
