"""Methods that put something new into a chat."""

from bot.channels.local.chats import Chat
from bot.channels.local.errors import bad_request
from bot.channels.local.keyboards import read_markup
from bot.channels.local.methods.compose import caption_fields, media_file, reply_fields, text_fields
from bot.channels.local.params import Call
from bot.channels.local.shape import Json
from bot.channels.local.world import World

_ACTIONS = frozenset(
    (
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    )
)  # fmt: skip
_CONTENT = ("text", "entities", "caption", "caption_entities", "photo", "document", "voice", "contact")


def send_message(world: World, call: Call) -> object:
    """Send a text."""
    chat = world.open_chat(call)
    return _send(world, chat, text_fields(world, call), _frame(chat, call))


def send_photo(world: World, call: Call) -> object:
    """Send a picture with a caption."""
    return _send_file(world, call, "photo")


def send_document(world: World, call: Call) -> object:
    """Send a file with a caption."""
    return _send_file(world, call, "document")


def send_voice(world: World, call: Call) -> object:
    """Send a voice message with a caption."""
    return _send_file(world, call, "voice")


def send_chat_action(world: World, call: Call) -> object:
    """Show typing, or whatever keeps the person waiting."""
    chat, action = world.open_chat(call), call.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.events.tell("action", chat.id, action=action)
    return True


def copy_message(world: World, call: Call) -> object:
    """Send the same content again, without a link to its origin."""
    chat, origin = _origin(world, call, "message to copy not found")
    fields = {name: origin[name] for name in _CONTENT if name in origin and name != "contact"}
    if not fields:
        raise bad_request("message can't be copied")
    if "caption" in call.values and "text" not in fields:
        kept = {name: value for name, value in fields.items() if "caption" not in name}
        fields = kept | caption_fields(world, call)
    return {"message_id": _send(world, chat, fields, _frame(chat, call))["message_id"]}


def forward_message(world: World, call: Call) -> object:
    """Send the same content again, with its origin."""
    chat, origin = _origin(world, call, "message to forward not found")
    if origin.get("has_protected_content"):
        raise bad_request("message can't be forwarded")
    fields = {name: origin[name] for name in _CONTENT if name in origin}
    came = {"type": "user", "date": origin["date"], "sender_user": origin["from"]}
    return _send(world, chat, fields | {"forward_origin": came}, ({}, None))


def _origin(world: World, call: Call, absent: str) -> tuple[Chat, Json]:
    chat, source = world.open_chat(call), world.chat(call, "from_chat_id")
    message = source.messages.get(call.integer("message_id") or 0)
    if message is None:
        raise bad_request(absent)
    return chat, message


def _send_file(world: World, call: Call, kind: str) -> Json:
    chat = world.open_chat(call)
    fields, frame = caption_fields(world, call), _frame(chat, call)  # refused before the file is kept
    file = media_file(world, call, kind, call.values.get(kind))
    spoiler = {"has_media_spoiler": True} if kind == "photo" and call.flag("has_spoiler") else {}
    return _send(world, chat, {kind: file.media(), **fields, **spoiler}, frame)


def _frame(chat: Chat, call: Call) -> tuple[Json, Json | None]:
    """Read what comes with any content: the fields it adds, and apart from them a keyboard under the chat."""
    fields, markup = reply_fields(chat, call), read_markup(call)
    if markup is not None and "inline_keyboard" in markup:
        return fields | {"reply_markup": markup}, None
    return fields, markup


def _send(world: World, chat: Chat, content: Json, frame: tuple[Json, Json | None]) -> Json:
    fields, keyboard = frame
    message = world.chats.add(chat, world.bot(), content | fields)
    if keyboard is not None:
        chat.keyboard = None if "remove_keyboard" in keyboard else keyboard
        world.chats.save(chat)
    return message
