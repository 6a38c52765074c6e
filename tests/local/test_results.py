"""Every result and every update is what the Bot API's own schema says it is."""

import json
from typing import Any

import pytest

from bot.channels.local import LocalBotApi
from bot.channels.local.methods import METHODS

from .client import ALEX, LI, Client, inline, png
from .schema import api, check, check_result

KEYBOARD = {
    "keyboard": [["a", {"text": "b", "request_contact": True, "style": "primary"}]],
    "resize_keyboard": True,
}
WHERE: dict[str, Any] = {"chat_id": ALEX, "message_id": 3}

BILL: dict[str, Any] = {"title": "One check", "description": "d", "payload": "p", "currency": "XTR",
                        "prices": [{"label": "One check", "amount": 25}]}  # fmt: skip

# In this order. Message 1 is Alex's greeting; 2 and 3 are the bot's text and photo.
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("sendMessage", {"chat_id": ALEX, "text": "<b>hi</b> /help <a href='example.org'>x</a>", "parse_mode": "HTML",
                     "reply_markup": inline(("a", "a")), "reply_parameters": {"message_id": 1}, "protect_content": True,
                     "link_preview_options": {"is_disabled": True}}),
    ("sendPhoto", {"chat_id": ALEX, "photo": png(), "caption": "c",
                   "has_spoiler": True, "show_caption_above_media": True}),
    ("sendDocument", {"chat_id": ALEX, "document": b"%PDF", "caption": "<i>c</i>", "parse_mode": "html"}),
    ("sendVoice", {"chat_id": ALEX, "voice": b"OggS", "duration": 2}),
    ("sendChatAction", {"chat_id": ALEX, "action": "typing"}),
    ("editMessageText", {"chat_id": ALEX, "message_id": 2, "text": "other", "reply_markup": inline(("b", "b"))}),
    ("editMessageReplyMarkup", {"chat_id": ALEX, "message_id": 2}),
    ("editMessageCaption", WHERE | {"caption": "d"}),
    ("editMessageMedia", WHERE | {"media": {"type": "document", "media": "attach://new", "caption": "e"}, "new": b"x"}),
    ("copyMessage", WHERE | {"from_chat_id": ALEX, "caption": "f"}),
    ("forwardMessage", {"chat_id": ALEX, "from_chat_id": ALEX, "message_id": 1}),
    ("deleteMessage", {"chat_id": ALEX, "message_id": 2}),
    ("deleteMessages", {"chat_id": ALEX, "message_ids": [3, 99]}),
    ("sendInvoice", {"chat_id": ALEX, **BILL, "protect_content": True}),
    ("getMe", {}),
    ("getChat", {"chat_id": ALEX}),
    ("getUpdates", {}),
    ("setWebhook", {"url": ""}),
    ("deleteWebhook", {"drop_pending_updates": True}),
    ("getWebhookInfo", {}),
    ("setMyCommands", {"commands": [{"command": "start", "description": "Begin"}],
                       "scope": {"type": "chat", "chat_id": ALEX}}),
    ("getMyCommands", {"scope": {"type": "chat", "chat_id": ALEX}}),
    ("deleteMyCommands", {"scope": {"type": "chat", "chat_id": ALEX}}),
    ("setMyName", {"name": "Candor", "language_code": "es"}),
    ("getMyName", {"language_code": "es"}),
    ("setMyDescription", {"description": "d"}),
    ("getMyDescription", {}),
    ("setMyShortDescription", {"short_description": "s"}),
    ("getMyShortDescription", {}),
    ("setChatMenuButton", {"chat_id": ALEX, "menu_button": {"type": "commands"}}),
    ("getChatMenuButton", {"chat_id": ALEX}),
]  # fmt: skip


async def test_every_method_returns_what_the_schema_says(client: Client, server: LocalBotApi) -> None:
    for method, params in CALLS:
        check_result(method, await client.ok(method, **params))
    document = (await client.ok("sendDocument", chat_id=ALEX, document=b"%PDF"))["document"]
    check_result("getFile", await client.ok("getFile", file_id=document["file_id"]))
    sent = await client.ok("sendMessage", chat_id=ALEX, text="x", reply_markup=inline(("a", "a")))
    pressed = await server.person(ALEX).press(sent["message_id"], "a")
    check_result(
        "answerCallbackQuery", await client.ok("answerCallbackQuery", callback_query_id=pressed, text="y")
    )
    bill = await client.ok("sendInvoice", chat_id=ALEX, **BILL)
    await _paid(client, server, bill)
    tried = {method.lower() for method, _ in CALLS} | {"getfile", "answercallbackquery", *MONEY, *TOPICS}
    assert tried == METHODS.keys()
    assert {name.lower() for name in api()["methods"]} >= METHODS.keys()


PAYING = ("pre_checkout_query", "message", "message")
MONEY = ("answerprecheckoutquery", "refundstarpayment")
TOPICS = ("createforumtopic", "closeforumtopic", "reopenforumtopic", "deleteforumtopic", "pinchatmessage")
"""These are held against the schema in `test_group`."""


async def _paid(client: Client, server: LocalBotApi, bill: dict[str, Any]) -> None:
    """Pay a bill and get the money back."""
    query = await server.person(ALEX).pay(bill["message_id"])
    answer = await client.ok("answerPreCheckoutQuery", pre_checkout_query_id=query, ok=True)
    check_result("answerPreCheckoutQuery", answer)
    paid = server.person(ALEX).messages()[-1]["successful_payment"]
    charge = paid["telegram_payment_charge_id"]
    back = await client.ok("refundStarPayment", user_id=ALEX, telegram_payment_charge_id=charge)
    check_result("refundStarPayment", back)


async def test_every_update_is_what_the_schema_says(server: LocalBotApi, client: Client) -> None:
    alex = server.person(ALEX)
    sent = await client.ok("sendMessage", chat_id=ALEX, text="x", reply_markup=inline(("a", "a")))
    said = await alex.say("/start 王小明 https://example.org")
    await alex.edit(said, "edited")
    await alex.press(sent["message_id"], "a")
    await alex.share_contact()
    await alex.share_contact("+8613900000000", LI)
    await alex.send_photo(png(), "look")
    await alex.send_document("收入.txt", b"x", "text/plain")
    await alex.send_voice()
    await _paid(client, server, await client.ok("sendInvoice", chat_id=ALEX, **BILL))
    await alex.block()
    updates = await client.ok("getUpdates")
    for update in updates:
        check(update, "Update")
    kinds = [next(kind for kind in update if kind != "update_id") for update in updates]
    assert kinds == [
        "message",
        "edited_message",
        "callback_query",
        *["message"] * 5,
        *PAYING,
        "my_chat_member",
    ]
    assert updates[0]["message"]["entities"][0] == {"type": "bot_command", "offset": 0, "length": 6}
    contacts = [update["message"]["contact"]["user_id"] for update in updates[3:5]]
    assert contacts == [ALEX, LI]
    assert updates[0]["message"]["from"]["language_code"] == "en"


async def test_menus_are_the_narrowest_that_fit(client: Client, server: LocalBotApi) -> None:
    def commands(name: str) -> str:
        return json.dumps([{"command": name, "description": name}])

    everyone = {"type": "all_private_chats"}
    await client.ok("setMyCommands", commands=commands("plain"))
    await client.ok("setMyCommands", commands=commands("spanish"), scope=everyone, language_code="es")
    menu = server._world.profile.menu
    alex, ana = server.person(ALEX), server.person(700003)
    assert [menu(player.person)[0]["command"] for player in (alex, ana)] == ["plain", "spanish"]
    await client.ok("setMyCommands", commands=commands("officer"), scope={"type": "chat", "chat_id": ALEX})
    assert menu(alex.person)[0]["command"] == "officer"
    await alex.speak("es")
    await client.ok("deleteMyCommands", scope={"type": "chat", "chat_id": ALEX})
    assert menu(alex.person)[0]["command"] == "spanish"


async def test_reply_keyboards_lie_open_until_removed(client: Client, server: LocalBotApi) -> None:
    sent = await client.ok("sendMessage", chat_id=ALEX, text="x", reply_markup=KEYBOARD)
    assert "reply_markup" not in sent  # Telegram shows only inline keyboards in messages
    keyboard = server.person(ALEX).keyboard()
    assert keyboard is not None
    assert keyboard["keyboard"][0][1] == {"text": "b", "style": "primary", "request_contact": True}
    await client.ok("sendMessage", chat_id=ALEX, text="x", reply_markup={"remove_keyboard": True})
    assert server.person(ALEX).keyboard() is None


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_files_go_up_and_come_down(client: Client, kind: str) -> None:
    data = png() if kind == "photo" else b"%PDF-1.7 \x00\xff"
    sent = await client.ok(f"send{kind.title()}", chat_id=ALEX, **{kind: data})
    media = sent[kind][-1] if kind == "photo" else sent[kind]
    again = await client.ok(f"send{kind.title()}", chat_id=ALEX, **{kind: media["file_id"]})
    path = (await client.ok("getFile", file_id=media["file_id"]))["file_path"]
    address = f"{client.url}/file/bot1:LOCAL/{path}"
    async with client.session.get(address) as response:
        assert await response.read() == data
    await client.ok("deleteMessages", chat_id=ALEX, message_ids=[sent["message_id"]])
    async with client.session.get(address) as response:
        assert response.status == 200  # the second message still carries it
    await client.ok("deleteMessages", chat_id=ALEX, message_ids=[again["message_id"]])
    async with client.session.get(address) as response:
        assert response.status == 404


async def test_links_to_users_mention_only_those_who_are_known(client: Client) -> None:
    text = f"<a href='tg://user?id={LI}'>Li</a> <a href='tg://user?id=5'>nobody</a>"
    sent = await client.ok("sendMessage", chat_id=ALEX, text=text, parse_mode="HTML")
    (mention,) = sent["entities"]
    assert (mention["type"], mention["user"]["id"]) == ("text_mention", LI)
    assert sent["text"] == "Li nobody"
