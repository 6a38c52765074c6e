"""Whatever a call holds, it is done or refused: the local chat itself never fails."""

import asyncio
import inspect
import time
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.local.errors import ApiError
from bot.channels.local.methods import METHODS
from bot.channels.local.params import Call, Upload
from bot.channels.local.people import DEMO_PEOPLE
from bot.channels.local.seal import NoSeal
from bot.channels.local.store import Store
from bot.channels.local.world import World

from .client import ALEX, TOKEN, inline, png

_NAMES = (
    "action", "allowed_updates", "callback_query_id", "caption", "commands", "description", "document", "entities",
    "file_id", "from_chat_id", "language_code", "limit", "link_preview_options", "media", "menu_button", "message_ids",
    "name", "offset", "parse_mode", "photo", "protect_content", "reply_markup", "reply_parameters", "scope", "url",
)  # fmt: skip
_KEYS = st.sampled_from(
    [
        "type",
        "text",
        "callback_data",
        "url",
        "keyboard",
        "inline_keyboard",
        "message_id",
        "chat_id",
        "media",
        "offset",
    ]
)
_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("attach://x")
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted(METHODS)),
    st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=4),
    st.sampled_from(["hi", "<b>x</b>", "\ud800", "", 5]),
    st.sampled_from([2, 3, 9, "1", "x"]),
)
@example("setchatmenubutton", {"menu_button": {"type": []}}, "hi", 2)
def test_nonsense_is_refused(
    method: str, values: dict[str, object], text: object, message_id: object
) -> None:
    world = World(TOKEN, Store(None, NoSeal()), time.time, 60)
    chat = world.chats.open(DEMO_PEOPLE[1], started=True)
    world.chats.add(chat, chat.person.user(), {"text": "hello"})
    world.chats.add(chat, world.bot(), {"text": "hi", "reply_markup": inline(("a", "a"))})
    call = {"chat_id": ALEX, "text": text, "message_id": message_id} | values
    with suppress(ApiError):
        result = METHODS[method](world, Call(method, call, {"x": Upload("x", png(), "image/png")}))
        if inspect.iscoroutine(result):
            asyncio.run(result)
    world.store.close()
