"""What the bot says about itself: name, descriptions, command menus, each by language and audience."""

from collections.abc import Iterator

from bot.channels.local.people import Person
from bot.channels.local.shape import Json
from bot.channels.local.store import Store

DEFAULT_NAME = "Candor"


class Profile:
    """Settings of the bot under keys like `name:es` and `commands:chat=7:zh`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._values: Json = {key: value for key, value in store.rows("settings") if ":" in key}

    def set(self, topic: str, language: str, value: object) -> None:
        """Keep a value; an empty one gives way to the next more general."""
        key = f"{topic}:{language}"
        if value:
            self._values[key] = value
            self._store.put("settings", key, value)
        elif self._values.pop(key, None) is not None:
            self._store.drop("settings", key)

    def get(self, topic: str, language: str) -> object:
        """Exactly what was set, or None."""
        return self._values.get(f"{topic}:{language}")

    def text(self, topic: str, language: str) -> str:
        """Give the text in this language (two letters), else the one for everybody."""
        default = DEFAULT_NAME if topic == "name" else ""
        found: str = self._values.get(f"{topic}:{language}") or self._values.get(f"{topic}:") or default
        return found

    def commands(self, scope: str, language: str) -> list[Json]:
        """Exactly what was set for this scope and language."""
        found: list[Json] = self._values.get(f"commands@{scope}:{language}", [])
        return found

    def menu(self, person: Person) -> list[Json]:
        """Give the commands this person sees: the narrowest scope wins, in it their language."""
        return next(
            (found for key in _menu_keys(person) if (found := self._values.get(f"commands@{key}"))), []
        )


def two_letters(language_code: str) -> str:
    """`zh-hans` -> `zh`: how the Bot API names the language of a bot's texts."""
    return language_code[:2]


def _menu_keys(person: Person) -> Iterator[str]:
    for scope in (f"chat={person.id}", "all_private_chats", "default"):
        yield f"{scope}:{two_letters(person.language_code)}"
        yield f"{scope}:"
