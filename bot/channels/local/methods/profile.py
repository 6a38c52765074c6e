"""Methods by which the bot presents itself: command menus, name, descriptions, the menu button."""

import re
from collections.abc import Callable

from bot.channels.local.errors import bad_request
from bot.channels.local.params import Call
from bot.channels.local.shape import Json, ShapeError, optional, required
from bot.channels.local.world import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
_SCOPES = _CHAT_SCOPES | {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
_MENU_BUTTONS = frozenset({"default", "commands", "web_app"})

Method = Callable[[World, Call], object]


def set_my_commands(world: World, call: Call) -> object:
    """Set the command menu for a scope and a language."""
    scope, language = _scope(world, call), _language(call)
    if call.json("commands") is None:
        raise bad_request("list of commands must be specified")
    items = call.array("commands")
    if len(items) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    world.profile.set(f"commands@{scope}", language, [_command(item) for item in items])
    world.events.tell("profile")
    return True


def get_my_commands(world: World, call: Call) -> object:
    """Give the command menu that was set for exactly this scope and language."""
    return world.profile.commands(_scope(world, call), _language(call))


def delete_my_commands(world: World, call: Call) -> object:
    """No menu of its own for this scope and language."""
    world.profile.set(f"commands@{_scope(world, call)}", _language(call), None)
    world.events.tell("profile")
    return True


def setter(topic: str, limit: int) -> Method:
    """`setMyName` and its kin: a text of at most `limit` characters, by language."""

    def set_text(world: World, call: Call) -> object:
        text = call.text(topic)
        if len(text) > limit:
            raise bad_request(f"bot {topic.replace('_', ' ')} is too long")
        world.profile.set(topic, _language(call), text)
        world.events.tell("profile")
        return True

    return set_text


def getter(topic: str) -> Method:
    """`getMyName` and its kin."""

    def get_text(world: World, call: Call) -> object:
        return {topic: world.profile.text(topic, _language(call))}

    return get_text


def set_chat_menu_button(world: World, call: Call) -> object:
    """Set what the button beside the input opens, for one chat or for all."""
    button = call.json("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or str(button.get("type")) not in _MENU_BUTTONS:
        raise bad_request("can't parse menu button: unsupported type")
    world.profile.set("menu_button", _menu_chat(world, call), button)
    return True


def get_chat_menu_button(world: World, call: Call) -> object:
    """Give what was set for this chat, or for all."""
    return world.profile.get("menu_button", _menu_chat(world, call)) or {"type": "default"}


def _menu_chat(world: World, call: Call) -> str:
    return str(world.chat(call).id) if call.values.get("chat_id") else ""


def _command(item: object) -> Json:
    try:
        source = _object(item)
        name, description = required(source, "command", str), required(source, "description", str).strip()
    except ShapeError as problem:
        raise bad_request(f"can't parse BotCommand: {problem}") from problem
    name = name.removeprefix("/")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def _scope(world: World, call: Call) -> str:
    try:
        source = _object(call.json("scope") or {"type": "default"})
        kind, chat_id = required(source, "type", str), optional(source, "chat_id", int)
    except ShapeError as problem:
        raise bad_request(f"can't parse BotCommandScope: {problem}") from problem
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if kind not in _CHAT_SCOPES:
        return kind
    return f"{kind}={world.chat(Call(call.method, {'chat_id': chat_id})).id}"


def _object(value: object) -> Json:
    if not isinstance(value, dict):
        raise ShapeError("expected an Object")
    return value


def _language(call: Call) -> str:
    language = call.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language
