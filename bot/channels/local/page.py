"""The web page's side of the local chat: its files, what it shows, what happens, and what its people do."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from bot.channels.local.chats import Chat
from bot.channels.local.errors import ApiError
from bot.channels.local.limits import UPLOAD_BYTES, Scales, read_body
from bot.channels.local.player import Player, RefusedError
from bot.channels.local.profile import two_letters
from bot.channels.local.shape import Json
from bot.channels.local.world import World

_WEB = Path(__file__).parent / "web"
_SHOWN_MESSAGES = 200
_HEARTBEAT_SECONDS = 15
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
_SAFE_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "audio/ogg"})


class Page:
    """Serves `/`, `/web/...` and, for scripts of that page only, `/chat/...`."""

    def __init__(self, world: World, scales: Scales) -> None:
        self._world = world
        self._scales = scales

    def routes(self) -> list[web.AbstractRouteDef]:
        """Every address of the page."""
        return [
            web.get("/", self._index),
            web.static("/web", _WEB),
            web.get("/chat/events", self._events),
            web.get("/chat/file/{file_id}", self._file),
            web.post("/chat/act", self._act),
            web.post("/chat/upload", self._upload),
        ]

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(_WEB / "index.html")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Everything as it is, then every change, as server-sent events. A page that lost us starts over."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with self._world.events.watch() as events, suppress(ConnectionResetError):  # the page was closed
            await response.write(b"retry: 500\n" + _sse(self._state()))
            while True:
                try:
                    event = await asyncio.wait_for(events.get(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    await response.write(b":\n\n")
                    continue
                if event is None:
                    break
                for told in self._told(event):
                    await response.write(_sse(told))
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self._world.files.find(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound
        inline = file.mime in _SAFE_INLINE and file.kind != "document"
        place = "inline" if inline else "attachment"
        headers = {"Content-Disposition": f"{place}; filename*=UTF-8''{quote(file.name, safe='')}"}
        kind = file.mime if inline else "application/octet-stream"
        return web.Response(body=self._world.files.read(file), content_type=kind, headers=headers)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        try:
            act = await request.json()
            player = self._player(str(act["person"]))
            return web.json_response({"id": await _perform(player, act)})
        except (ValueError, KeyError, TypeError, RecursionError) as problem:  # RefusedError is a ValueError
            return web.json_response({"problem": str(problem)}, status=400)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        try:
            with self._scales.weighing() as weigh:
                await self._keep(request, bytes(await read_body(request, weigh, UPLOAD_BYTES)))
        except ApiError as refusal:
            return web.json_response({"problem": refusal.description}, status=refusal.code)
        except ValueError as problem:
            return web.json_response({"problem": str(problem)}, status=400)
        return web.json_response({})

    async def _keep(self, request: web.Request, data: bytes) -> None:
        query = request.query
        name, caption = query.get("name", "file"), query.get("caption", "")
        player = self._player(query.get("person", ""))
        match query.get("kind"):
            case "photo":
                await player.send_photo(data, caption, name)
            case "document":
                await player.send_document(name, data, request.content_type, caption)
            case "voice":
                await player.send_voice()
            case _:
                raise RefusedError("unknown kind of file")

    def _player(self, person_id: str) -> Player:
        chat = self._world.chats.find(int(person_id))
        if chat is None:
            raise RefusedError("nobody here has this id")
        return Player(self._world, chat)

    def _state(self) -> Json:
        people = [self._person(chat) | {"messages": self._messages(chat)} for chat in self._people()]
        return {"kind": "state", "bot": self._world.bot(), "people": people}

    def _people(self) -> list[Chat]:
        return [chat for chat in self._world.chats if chat.forum is None]

    def _person(self, chat: Chat) -> Json:
        profile, language = self._world.profile, two_letters(chat.person.language_code)
        return chat.person.dump() | {
            "started": chat.started,
            "blocked": chat.blocked,
            "keyboard": chat.keyboard,
            "commands": profile.menu(chat.person),
            "bot_name": profile.text("name", language),
            "description": profile.text("description", language),
        }

    def _messages(self, chat: Chat) -> list[Json]:
        recent = list(chat.messages.values())[-_SHOWN_MESSAGES:]
        return [self._world.chats.view(chat, message) for message in recent]

    def _told(self, event: Json) -> Iterator[Json]:
        """Turn an event into what the page hears: ids are turned into what they stand for now."""
        chat = self._world.chats.find(event["chat_id"] or 0)
        if chat is not None and chat.forum is not None:
            return
        if event["kind"] == "profile":
            yield from (
                {"kind": "person", "chat_id": each.id, "person": self._person(each)}
                for each in self._people()
            )
        elif event["kind"] == "person" and chat:
            yield event | {"person": self._person(chat)}
        elif event["kind"] in {"message", "edit"} and chat:
            message = chat.messages.get(event["message_id"])
            if message is not None:
                yield event | {"message": self._world.chats.view(chat, message)}
        else:
            yield event


async def _perform(player: Player, act: Json) -> int | str | None:
    """Let the person do what the page asks; the id of what it made, if anything."""
    match act:
        case {"act": "say", "text": str(text)}:
            return await player.say(text)
        case {"act": "edit", "message_id": int(message_id), "text": str(text)}:
            await player.edit(message_id, text)
        case {"act": "press", "message_id": int(message_id), "data": str(data)}:
            return await player.press(message_id, data)
        case {"act": "pay", "message_id": int(message_id)}:
            return await player.pay(message_id)
        case {"act": "contact", "phone": str(phone), "user_id": int(user_id)}:
            return await player.share_contact(phone, user_id)
        case {"act": "block", "blocked": bool(blocked)}:
            await player.block(blocked=blocked)
        case {"act": "language", "code": str(code)} if _LANGUAGE.fullmatch(code):
            await player.speak(code)
        case _:
            raise RefusedError("unknown act")
    return None


def _sse(value: Json) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
