"""Methods by which the bot learns: who it is, what happened, who is there, what a file holds."""

import re

from bot.channels.local.entities import utf16
from bot.channels.local.errors import bad_request, conflict
from bot.channels.local.files import DOWNLOAD_LIMIT
from bot.channels.local.params import Call
from bot.channels.local.world import World

_ANSWER_LIMIT = 200


def get_me(world: World, call: Call) -> object:  # noqa: ARG001 - every method takes a call
    """Give the bot itself."""
    abilities = dict.fromkeys(
        (
            "can_join_groups",
            "can_read_all_group_messages",
            "supports_inline_queries",
            "can_connect_to_business",
        ),
        False,
    )
    return world.bot() | abilities | {"has_main_web_app": False}


async def get_updates(world: World, call: Call) -> object:
    """Give what happened since the last confirmed update."""
    if world.postman.url:
        raise conflict("can't use getUpdates method while webhook is active; use deleteWebhook first")
    _allow(world, call)
    limit, timeout = call.integer("limit"), call.integer("timeout") or 0
    return await world.updates.poll(call.integer("offset") or 0, 100 if limit is None else limit, timeout)


def _allow(world: World, call: Call) -> None:
    if call.json("allowed_updates") is not None:
        kinds = call.array("allowed_updates")
        if not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("can't parse allowed updates: expected an Array of String")
        world.updates.allow([str(kind) for kind in kinds])


def set_webhook(world: World, call: Call) -> object:
    """Have updates posted, where this chat was told of a proxy; an empty address ends it."""
    url, secret = call.text("url"), call.text("secret_token")
    if not url:
        return delete_webhook(world, call)
    if not world.postman.proxy:
        raise bad_request("bad webhook: the local chat delivers updates by getUpdates only")
    if not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    _allow(world, call)
    if call.flag("drop_pending_updates"):
        world.updates.clear()
    world.postman.set(url, secret)
    return True


def delete_webhook(world: World, call: Call) -> object:
    """Post nothing any more; old updates may be dropped on the occasion."""
    world.postman.set("", "")
    if call.flag("drop_pending_updates"):
        world.updates.clear()
    return True


def get_webhook_info(world: World, call: Call) -> object:  # noqa: ARG001 - every method takes a call
    """Give the webhook's address, and how many updates wait."""
    return {
        "url": world.postman.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates),
    }


def answer_callback_query(world: World, call: Call) -> object:
    """End the wait behind a pressed button, with or without words."""
    text = call.text("text")
    if utf16(text) > _ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    query_id = call.text("callback_query_id")
    answer = {"text": text, "alert": call.flag("show_alert"), "url": call.text("url")}
    chat_id = world.callbacks.answer(query_id, answer)
    if chat_id is not None:
        world.events.tell("answer", chat_id, query_id=query_id, **answer)
    return True


def get_file(world: World, call: Call) -> object:
    """Where a file can be fetched."""
    file_id = call.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    file = world.files.find(file_id)
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if file.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


def get_chat(world: World, call: Call) -> object:
    """Give a person's private chat in full."""
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    return world.chat(call).person.chat() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
