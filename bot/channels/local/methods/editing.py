"""Methods that change or take back what was said."""

from bot.channels.local.chats import Chat
from bot.channels.local.errors import bad_request
from bot.channels.local.keyboards import read_markup
from bot.channels.local.methods.compose import caption_fields, media_file, text_fields
from bot.channels.local.params import Call
from bot.channels.local.shape import Json, ShapeError, is_kind, required
from bot.channels.local.world import World

_TEXT = ("text", "entities", "link_preview_options")
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_MEDIA = ("photo", "document", "voice")
_DELETABLE_SECONDS = 48 * 3600
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


def edit_message_text(world: World, call: Call) -> object:
    """Other words; an inline keyboard that is not given again goes away."""
    chat, message = _own_message(world, call)
    fields = text_fields(world, call, too_long="MESSAGE_TOO_LONG")
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, chat, message, _TEXT, fields | _keyboard(call))


def edit_message_caption(world: World, call: Call) -> object:
    """Another caption, or none."""
    chat, message = _own_message(world, call)
    if not any(kind in message for kind in _MEDIA):
        raise bad_request("there is no caption in the message to edit")
    fields = caption_fields(world, call, too_long="MEDIA_CAPTION_TOO_LONG")
    return _edit(world, chat, message, _CAPTION, fields | _keyboard(call))


def edit_message_reply_markup(world: World, call: Call) -> object:
    """Another inline keyboard, or none."""
    chat, message = _own_message(world, call)
    return _edit(world, chat, message, (), _keyboard(call))


def edit_message_media(world: World, call: Call) -> object:
    """Another picture or document with its caption."""
    chat, message = _own_message(world, call)
    media = call.json("media")
    if not isinstance(media, dict):
        raise bad_request("input media must be specified as an Object")
    try:
        kind, source = required(media, "type", str), required(media, "media", str)
    except ShapeError as problem:
        raise bad_request(f"can't parse InputMedia: {problem}") from problem
    if kind not in {"photo", "document"}:
        raise bad_request("type of InputMedia is not supported here")
    fields = caption_fields(world, Call(call.method, media, call.uploads)) | _keyboard(call)
    fields[kind] = media_file(world, call, kind, source).media()
    return _edit(world, chat, message, (*_TEXT, *_CAPTION, *_MEDIA), fields)


def delete_message(world: World, call: Call) -> object:
    """Take one message back, the bot's or the person's."""
    chat, message_id = world.chat(call), call.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    if message_id not in chat.messages:
        raise bad_request("message to delete not found")
    if not _deletable(world, chat, message_id):
        raise bad_request("message can't be deleted for everyone")
    world.chats.erase(chat, message_id)
    return True


def delete_messages(world: World, call: Call) -> object:
    """Take several back; those that are not there are passed over."""
    chat, ids = world.chat(call), call.array("message_ids")
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    if not all(is_kind(item, int) for item in ids):
        raise bad_request("message identifier must be of type Number")
    for item in ids:
        if isinstance(item, int) and item in chat.messages and _deletable(world, chat, item):
            world.chats.erase(chat, item)
    return True


def _deletable(world: World, chat: Chat, message_id: int) -> bool:
    return bool(world.clock() - chat.messages[message_id]["date"] < _DELETABLE_SECONDS)


def _own_message(world: World, call: Call) -> tuple[Chat, Json]:
    """Find the message of the bot's own that a call wants to change."""
    chat, message_id = world.open_chat(call), call.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if not message["from"]["is_bot"] or "forward_origin" in message:
        raise bad_request("message can't be edited")
    return chat, message


def _keyboard(call: Call) -> Json:
    markup = read_markup(call, inline_only=True)
    return {"reply_markup": markup} if markup and markup["inline_keyboard"] else {}


def _edit(world: World, chat: Chat, message: Json, gone: tuple[str, ...], fields: Json) -> Json:
    """Replace `gone` and the keyboard of a message by `fields`; 400 when that changes nothing."""
    kept = {name: value for name, value in message.items() if name not in {*gone, "reply_markup"}}
    edited = kept | fields
    if edited == message:
        raise bad_request(_NOT_MODIFIED)
    return world.chats.replace(chat, edited)
