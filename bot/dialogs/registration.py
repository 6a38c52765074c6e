"""Registration: name, phone, age, national ID, PIN. The ID and the PIN leave the chat as soon as they are read."""

from bot.dialogs import readers
from bot.dialogs.step import Answers, Ask, Asker, Dialog, Scene, Step
from bot.i18n import t


def _text(key: str) -> Asker:
    return lambda _scene, _answers: Ask(t(key))


def _phone(_scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("register.phone"), contact=t("register.phone.button"))


def _age(scene: Scene, _answers: Answers) -> Ask:
    return Ask(t("register.age", low=scene.pack.age_of_majority if scene.pack else 18))


def _national_id(scene: Scene, _answers: Answers) -> Ask:
    pack = scene.pack
    how = "register.id.format_only" if pack is None or pack.id_format_only else "register.id.checked"
    return Ask(t("register.id", kind=t(f"id_kind.{pack.id if pack else 'format'}"), check=t(how)))


REGISTRATION = Dialog(
    "registration",
    version=1,
    steps=(
        Step("name", _text("register.name"), readers.person_name),
        Step("phone", _phone, readers.phone),
        Step("age", _age, readers.age),
        Step("national_id", _national_id, readers.national_id, secret=True),
        Step("pin", _text("register.pin"), readers.pin, secret=True, keep="pin"),
    ),
    personal=True,
)
