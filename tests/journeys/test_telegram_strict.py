"""Everything sent is what Telegram accepts, whatever people are called and whatever they type."""

import json
from typing import Any

import pytest

from tests.chat import PHONES, Candor, Somebody, buttons

NAMES = ("<b>Ana</b>", "Tom & Co", "</a>", "\u202eمحمد\u202c", "&lt;", "{name}", "😀" * 30)


def calls(candor: Candor, method: str) -> list[dict[str, Any]]:
    return [c.params for c in candor.api.log if c.method.lower() == method.lower()]


def within_limits(candor: Candor) -> None:
    """Hold every call ever made to the limits of the Bot API."""
    for call in candor.api.log:
        text, caption = str(call.params.get("text", "")), str(call.params.get("caption", ""))
        assert len(text) <= (200 if call.method == "answerCallbackQuery" else 4096), text
        assert len(caption) <= 1024, caption
        assert "<" not in (text if call.method == "answerCallbackQuery" else ""), text
        markup = call.params.get("reply_markup")
        if markup:
            keyboard: dict[str, Any] = json.loads(str(markup))
            for row in keyboard.get("inline_keyboard", []):
                for button in row:
                    assert 1 <= len(button["callback_data"].encode()) <= 64, button
                    assert len(button["text"]) <= 64, button


async def everything(somebody: Somebody, country: str) -> None:
    """Press and type all there is."""
    await somebody.enrols(country)
    await somebody.answers()
    await somebody.gets_score()
    for command in (
        "why",
        "improve",
        "history",
        "status",
        "consents",
        "settings",
        "faq",
        "help",
        "about",
        "privacy",
    ):
        await (somebody.presses("m|why|") if command == "why" else somebody.says(f"/{command}"))
    for text in ("<b>bold</b> & </a>", "a" * 4096, "\u202eabc", "/<b>", "/start <script>"):
        await somebody.says(text)
        assert somebody.said_to_me, text
    await somebody.says("/export")
    await somebody.says("482915")
    assert "document" in somebody.last or any("document" in m for m in somebody.said_to_me)


@pytest.mark.parametrize(("language", "country"), [("zh-hans", "cn"), ("en", "us"), ("es-419", "mx")])
async def test_a_whole_life_within_the_limits(candor: Candor, language: str, country: str) -> None:
    await everything(candor.person(language=language, name=NAMES[0]), country)
    within_limits(candor)


async def test_whatever_people_are_called(candor: Candor) -> None:
    for number, name in enumerate(NAMES):
        somebody = candor.person(name=name)
        await somebody.says("/start")
        await somebody.presses("=en")
        await somebody.presses("=us")
        await somebody.decides({"score": number % 2 == 0})
        assert somebody.heard("register.name") or somebody.heard("consent.score_refused"), name
    within_limits(candor)


async def test_every_press_is_answered(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    await maria.gets_score()
    pressed = 0
    for message in maria.chat:
        for button in buttons(message):
            if "delete" not in button["callback_data"]:
                await maria.press_raw(message["message_id"], button["callback_data"])
                pressed += 1
    assert pressed >= 5
    answered = calls(candor, "answerCallbackQuery")
    assert len({c["callback_query_id"] for c in answered}) == len(answered)
    within_limits(candor)


async def test_what_shows_personal_data_cannot_be_forwarded(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    await maria.gets_score()
    await maria.presses("m|why|")
    await maria.says("/history")
    await maria.says("/export")
    await maria.says("482915")
    for message in maria.chat:
        if message["from"]["is_bot"] and (
            "photo" in message or "document" in message or "−" in str(message.get("text"))
        ):
            assert message.get("has_protected_content"), message


async def test_only_what_was_deleted_on_purpose_is_gone(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    mine = [m.get("text") for m in maria.chat if not m["from"]["is_bot"]]
    assert "Maria Lopez" in mine
    assert PHONES["us"] in mine
    assert len(calls(candor, "deleteMessage")) == 2, "the ID and the PIN"


async def test_the_menu_is_shown_in_every_language(candor: Candor) -> None:
    await candor.person().says("/start")
    menus = calls(candor, "setMyCommands")
    assert {m.get("language_code") for m in menus} >= {None, "zh", "es"}
    for menu in menus:
        commands = (
            json.loads(str(menu["commands"])) if isinstance(menu["commands"], str) else menu["commands"]
        )
        assert 10 <= len(commands) <= 100
        assert all(1 <= len(c["description"]) <= 256 and len(c["command"]) <= 32 for c in commands)


async def test_the_summary_cannot_be_forwarded(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    assert maria.heard("query.summary")
    assert maria.last.get("has_protected_content")
