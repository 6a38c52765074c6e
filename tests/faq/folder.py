"""A small folder of topics, as a support lead may keep one."""

from collections.abc import Mapping
from pathlib import Path

from bot.topics import Accepted

ACCEPTED = Accepted(("en", "es"), {"days", "contact"}, {"sources"}, {"score", "improve"})

ORDER = """
[[group]]
key = "basics"
topics = ["pin", "cost"]

[topic.cost]
own = "sources"
buttons = ["score"]
"""

ENGLISH = """
[group]
basics = "The basics"

[pin]
question = "I forgot my PIN"
answer = "Choose a new one after {days} days. <b>Nobody</b> can tell you the old one."
asked = ["lost my pin", "pin does not work", "my pin is locked"]

[cost]
question = "What does it cost?"
answer = "Nothing for the first three checks; write to {contact}."
asked = ["is it free", "how much do I pay", "price of a check"]

[elsewhere]
asked = ["how is the weather", "tell me a joke"]
"""

SPANISH = """
[group]
basics = "Lo básico"

[pin]
question = "Olvidé mi NIP"
answer = "Elija otro después de {days} días."
asked = ["no recuerdo el nip", "mi nip no sirve", "nip bloqueado"]

[cost]
question = "¿Cuánto cuesta?"
answer = "Nada las primeras tres veces; escriba a {contact}."
asked = ["es gratis?", "cuánto se paga", "precio de una consulta"]
"""

NOTIONS = """
pin = ["pin", "nip", "密码"]
forgot = ["forgot*", "olvid*", "no recuerdo", "忘"]
cost = ["cost*", "free", "price*", "cuest*", "gratis", "多少钱"]
"""

FILES = {"faq.toml": ORDER, "en/faq.toml": ENGLISH, "es/faq.toml": SPANISH, "notions.toml": NOTIONS}


def write(folder: Path, changes: Mapping[str, tuple[str, str]] | None = None) -> Path:
    """Write the files, in some of them one thing in the place of another."""
    for name, text in FILES.items():
        old, new = (changes or {}).get(name, ("", ""))
        assert old in text, old
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return folder
