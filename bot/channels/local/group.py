"""A staff group: a supergroup with topics, where people write into topics and press what stands there."""

from dataclasses import dataclass

from bot.channels.local.chats import Chat, Forum
from bot.channels.local.params import Upload
from bot.channels.local.people import Person
from bot.channels.local.player import Player, text_fields
from bot.channels.local.shape import Json
from bot.channels.local.world import World


@dataclass(frozen=True, slots=True)
class Title(Person):
    """A group in the place of a person; `first_name` is its title."""

    def chat(self) -> Json:
        """Give the group as a Bot API Chat object."""
        return {"id": self.id, "type": "supergroup", "title": self.first_name, "is_forum": True}


class Group:
    """The group as a test holds it."""

    def __init__(self, world: World, room: Chat) -> None:
        self._world = world
        self._room = room

    @property
    def id(self) -> int:
        """The chat's id."""
        return self._room.id

    @property
    def forum(self) -> Forum:
        """Its topics, and what the bot may do there."""
        if self._room.forum is None:
            raise LookupError("this is no forum")
        return self._room.forum

    def messages(self, thread: int) -> list[Json]:
        """Give what a topic shows, in order."""
        found = [self._world.chats.view(self._room, one) for one in self._room.messages.values()]
        return [one for one in found if one.get("message_thread_id") == thread]

    def member(self, person: Person) -> "Member":
        """Play somebody of the group."""
        return Member(self._world, self._room, person)


class Member(Player):
    """Plays one person within a group."""

    def __init__(self, world: World, room: Chat, person: Person) -> None:
        super().__init__(world, room)
        self._person = person

    @property
    def person(self) -> Person:
        """Who is played."""
        return self._person

    async def write(self, thread: int, text: str) -> int:
        """Write into a topic; 0 is the general one."""
        return self._send(text_fields(text) | _place(thread))

    async def drop(self, thread: int, name: str, data: bytes) -> int:
        """Send a document into a topic."""
        file = self._world.files.add("document", Upload(name, data, "application/pdf"))
        return self._send({"document": file.media(), **_place(thread)})


def _place(thread: int) -> Json:
    return {"message_thread_id": thread, "is_topic_message": True} if thread else {}
