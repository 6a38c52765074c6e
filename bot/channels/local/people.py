"""The people who sit at the desk: everyone the local chat can speak as."""

from dataclasses import asdict, dataclass

from bot.channels.local.shape import Json


@dataclass(frozen=True, slots=True)
class Person:
    """One Telegram user.

    The id is also the id of the private chat with the bot; `phone` is what a shared contact carries; `role`
    is shown on the page and never sent to the bot.
    """

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "en"
    phone: str = ""
    role: str = ""

    def user(self) -> Json:
        """Give the person as a Bot API User object."""
        fields = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        known = {name: value for name, value in fields.items() if value}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, **known}

    def chat(self) -> Json:
        """Give the person's private chat as a Bot API Chat object."""
        known = {k: v for k, v in (("last_name", self.last_name), ("username", self.username)) if v}
        return {"id": self.id, "type": "private", "first_name": self.first_name, **known}

    def dump(self) -> Json:
        """Every field, to be written down."""
        return asdict(self)


DEMO_PEOPLE = (
    Person(700001, "梅", "李", "limei", "zh-hans", "+8613800138000", "borrower"),
    Person(700002, "Alex", "Morgan", "alexmorgan", "en", "+12025550142", "borrower"),
    Person(700003, "Ana", "Ruiz", "anaruiz", "es", "+34612345678", "officer"),
    Person(700004, "Sam", "", "samsupport", "en", "+12025550171", "support"),
)
