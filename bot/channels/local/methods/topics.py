"""Methods on topics of a supergroup, which only an administrator may use."""

from bot.channels.local.chats import Chat, Forum
from bot.channels.local.errors import bad_request
from bot.channels.local.params import Call
from bot.channels.local.world import World

LONGEST_NAME = 128
COLOUR = 7322096


def create(world: World, call: Call) -> object:
    """Make a topic."""
    (chat, forum), name = _forum(world, call), call.text("name")
    if not forum.admin:
        raise bad_request("not enough rights to create a topic")
    if not 1 <= len(name) <= LONGEST_NAME:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "topic name is too long")
    made = {"name": name, "icon_color": COLOUR}
    thread = int(world.chats.add(chat, world.bot(), {"forum_topic_created": made})["message_id"])
    forum.topics[thread] = {"name": name, "closed": False}
    return {"message_thread_id": thread, **made}


def close(world: World, call: Call) -> object:
    """Close a topic: nobody but administrators can write there then."""
    return _turn(world, call, closed=True)


def reopen(world: World, call: Call) -> object:
    """Open a topic again."""
    return _turn(world, call, closed=False)


def delete(world: World, call: Call) -> object:
    """Delete a topic with all that was written there."""
    chat, forum, thread = _topic(world, call)
    del forum.topics[thread]
    within = [n for n, one in chat.messages.items() if thread in {n, one.get("message_thread_id")}]
    for message_id in within:
        world.chats.erase(chat, message_id)
    return True


def pin(world: World, call: Call) -> object:
    """Pin a message."""
    chat, message_id = world.open_chat(call), call.integer("message_id") or 0
    if message_id not in chat.messages:
        raise bad_request("message to pin not found")
    if chat.forum is not None:
        if not chat.forum.admin:
            raise bad_request("not enough rights to manage pinned messages in the chat")
        chat.forum.pinned.append(message_id)
    return True


def _turn(world: World, call: Call, *, closed: bool) -> bool:
    _, forum, thread = _topic(world, call)
    if forum.topics[thread]["closed"] == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    forum.topics[thread] |= {"closed": closed}
    return True


def _topic(world: World, call: Call) -> tuple[Chat, Forum, int]:
    (chat, forum), thread = _forum(world, call), call.integer("message_thread_id") or 0
    if not forum.admin:
        raise bad_request("not enough rights to manage topics")
    if thread not in forum.topics:
        raise bad_request("message thread not found")
    return chat, forum, thread


def _forum(world: World, call: Call) -> tuple[Chat, Forum]:
    chat = world.chat(call)
    if chat.forum is None:
        raise bad_request("the chat is not a forum")
    return chat, chat.forum
