"""From a call's parameters to the fields of a Message: text, caption, media, answers."""

import re

from bot.channels.local.chats import Chat
from bot.channels.local.entities import Formatted, check_entities, detect, trim
from bot.channels.local.errors import bad_request
from bot.channels.local.files import File
from bot.channels.local.limits import UPLOAD_BYTES, too_large
from bot.channels.local.markup import MarkupError, parse_html
from bot.channels.local.params import Call, Upload
from bot.channels.local.shape import Json, ShapeError, optional
from bot.channels.local.world import World

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
PHOTO_BYTES = 10 * 2**20
_USER_LINK = re.compile(r"tg://user\?id=([0-9]{1,19})")


def formatted(world: World, call: Call, name: str, entities: str) -> Json:
    """Read a text parameter by its parse mode or explicit entities; trim it, find links and commands.

    The result has the fields of a Message: the text under `name`, and `entities` if there are any.
    """
    source, mode = call.text(name), call.text("parse_mode").lower()
    try:
        if mode == "html":
            value = parse_html(source)
        elif mode:
            raise bad_request("unsupported parse_mode")
        else:
            value = Formatted(source, check_entities(call.array(entities)))
    except (MarkupError, ShapeError) as problem:
        raise bad_request(f"can't parse entities: {problem}") from problem
    value = detect(_mentions(world, trim(value)))
    return {name: value.text} | ({entities: value.entities} if value.entities else {})


def _mentions(world: World, value: Formatted) -> Formatted:
    """Links to users become mentions of those who are known, and plain text for all others."""
    kept = []
    for entity in value.entities:
        link = _USER_LINK.fullmatch(entity.get("url", ""))
        chat = world.chats.find(int(link[1])) if link else None
        if chat is not None:
            bounds = {"offset": entity["offset"], "length": entity["length"]}
            kept.append({"type": "text_mention", **bounds, "user": chat.person.user()})
        elif link is None:
            kept.append(entity)
    return Formatted(value.text, kept)


def text_fields(world: World, call: Call, *, too_long: str = "message is too long") -> Json:
    """`text` and `entities` of a text message."""
    if not call.text("text"):
        raise bad_request("message text is empty")
    fields = formatted(world, call, "text", "entities")
    if not fields["text"]:
        raise bad_request("text must be non-empty")
    if len(fields["text"]) > TEXT_LIMIT:
        raise bad_request(too_long)
    preview = call.json("link_preview_options")
    if preview is not None and not isinstance(preview, dict):
        raise bad_request("object expected as link preview options")
    return fields | ({"link_preview_options": preview} if preview else {})


def caption_fields(world: World, call: Call, *, too_long: str = "message caption is too long") -> Json:
    """`caption` and `caption_entities`; nothing when there is no caption."""
    fields = formatted(world, call, "caption", "caption_entities")
    if len(fields["caption"]) > CAPTION_LIMIT:
        raise bad_request(too_long)
    above = {"show_caption_above_media": True} if call.flag("show_caption_above_media") else {}
    return fields | above if fields["caption"] else {}


def media_file(world: World, call: Call, kind: str, source: object) -> File:
    """Find the file a parameter names: an upload, `attach://` one, or the id of a file known already."""
    upload = call.uploads.get(kind)
    if isinstance(source, str) and source.startswith("attach://"):
        upload = call.uploads.get(source.removeprefix("attach://"))
    elif upload is None and isinstance(source, str) and source:
        return _known_file(world, kind, source)
    if upload is None:
        raise bad_request(f"there is no {kind} in the request")
    check_upload(kind, upload)
    file = world.files.add(kind, upload, duration=call.integer("duration") or 0)
    if kind == "photo" and not _photo_fits(file):
        world.files.drop(file.id)
        raise bad_request("PHOTO_INVALID_DIMENSIONS" if file.width else "IMAGE_PROCESS_FAILED")
    return file


def check_upload(kind: str, upload: Upload) -> None:
    """Refuse what Telegram would not take."""
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "photo" and len(upload.data) > PHOTO_BYTES:
        raise bad_request("too big for a photo: it may have 10 MB")
    if len(upload.data) > UPLOAD_BYTES:
        raise too_large()


def _photo_fits(file: File) -> bool:
    """Width and height add up to 10,000 at most and differ at most twentyfold."""
    short, long = sorted((file.width, file.height))
    return short > 0 and short + long <= 10_000 and long <= 20 * short


def _known_file(world: World, kind: str, file_id: str) -> File:
    if file_id.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = world.files.find(file_id)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


def topic_fields(chat: Chat, call: Call) -> Json:
    """Which topic of a group a message goes into."""
    thread = call.integer("message_thread_id")
    if not thread:
        return {}
    if chat.forum is None or thread not in chat.forum.topics:
        raise bad_request("message thread not found")
    return {"message_thread_id": thread, "is_topic_message": True}


def reply_fields(chat: Chat, call: Call) -> Json:
    """Which message this one answers, whether it may be forwarded, and the topic it goes into."""
    protected = {"has_protected_content": True} if call.flag("protect_content") else {}
    protected |= topic_fields(chat, call)
    reply = call.json("reply_parameters")
    if reply is None:
        return protected
    if not isinstance(reply, dict):
        raise bad_request("object expected as reply parameters")
    try:
        message_id = optional(reply, "message_id", int)
        lenient = optional(reply, "allow_sending_without_reply", bool)
    except ShapeError as problem:
        raise bad_request(f"can't parse reply parameters: {problem}") from problem
    if message_id in chat.messages:
        return protected | {"reply_to": message_id}
    if lenient:
        return protected
    raise bad_request("message to be replied not found")
