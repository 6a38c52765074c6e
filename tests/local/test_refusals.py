"""What Telegram refuses, the local chat refuses: same code, same words."""

from typing import Any

import aiohttp
import pytest

from bot.channels.local import LocalBotApi

from .client import ALEX, LI, Client, inline, png
from .conftest import Clock

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)

TO = {"chat_id": ALEX}
BILL = {"chat_id": ALEX, "title": "a", "description": "d", "payload": "p", "currency": "XTR",
        "prices": [{"label": "a", "amount": 25}]}  # fmt: skip
SAID = {"chat_id": ALEX, "text": "x"}
REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    # who is written to
    ("sendMessage", {"text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 5, "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": LI, "text": "never wrote to us"}, "chat not found"),
    ("sendMessage", {"chat_id": "abc", "text": "x"}, 'field "chat_id" must be of type Number'),
    # text
    ("sendMessage", TO, "message text is empty"),
    ("sendMessage", TO | {"text": " \n "}, "text must be non-empty"),
    ("sendMessage", TO | {"text": "x" * 4097}, "message is too long"),
    ("editMessageText", TO | {"message_id": 2, "text": "x" * 4097}, "MESSAGE_TOO_LONG"),
    ("sendMessage", TO | {"text": "<b>x", "parse_mode": "HTML"},
     'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'),
    ("sendMessage", TO | {"text": "1 < 2", "parse_mode": "HTML"},
     'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
    ("sendMessage", SAID | {"parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
    ("sendMessage", SAID | {"entities": [{"type": "shiny", "offset": 0, "length": 1}]},
     "can't parse entities: Unsupported type of MessageEntity specified"),
    ("sendMessage", SAID | {"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ("sendMessage", SAID | {"protect_content": "maybe"}, 'field "protect_content" must be of type Boolean'),
    # keyboards
    ("sendMessage", SAID | {"reply_markup": "{"}, "can't parse reply markup JSON object"),
    ("sendMessage", SAID | {"reply_markup": "[1]"}, "object expected as reply markup"),
    ("sendMessage", SAID | {"reply_markup": inline(("a", "d" * 65))}, "BUTTON_DATA_INVALID"),
    ("sendMessage", SAID | {"reply_markup": inline(("a", "钱" * 22))}, "BUTTON_DATA_INVALID"),
    ("sendMessage", SAID | {"reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
     "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ("sendMessage", SAID | {"reply_markup": {"inline_keyboard": [[{"callback_data": "a"}]]}},
     'can\'t parse inline keyboard button: Can\'t find field "text"'),
    ("sendMessage", SAID | {"reply_markup": {"inline_keyboard": [[{"text": 5, "callback_data": "a"}]]}},
     'can\'t parse inline keyboard button: Field "text" must be of type String'),
    ("sendMessage", SAID | {"reply_markup": {"inline_keyboard": [[{"text": "a", "url": "javascript:alert(1)"}]]}},
     "inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL"),
    ("sendMessage", SAID | {"reply_markup": '{"inline_keyboard": [[{"text": "\\ud800", "callback_data": "a"}]]}'},
     "strings must be encoded in UTF-8"),
    ("sendMessage", SAID | {"reply_markup": {"inline_keyboard": [[{"text": "a", "url": "x.org", "style": "pink"}]]}},
     "can't parse inline keyboard button: Invalid button style specified"),
    ("sendMessage", SAID | {"reply_markup": {"keyboard": [[{"text": "a"}]], "resize_keyboard": "yes"}},
     'can\'t parse reply keyboard markup JSON object: Field "resize_keyboard" must be of type Boolean'),
    # files
    ("sendPhoto", TO, "there is no photo in the request"),
    ("sendPhoto", TO | {"photo": b"not a picture"}, "IMAGE_PROCESS_FAILED"),
    ("sendPhoto", TO | {"photo": png(1, 60)}, "PHOTO_INVALID_DIMENSIONS"),
    ("sendPhoto", TO | {"photo": "nonsense"}, "wrong file identifier/HTTP URL specified"),
    ("sendPhoto", TO | {"photo": png(), "caption": "x" * 1025}, "message caption is too long"),
    ("sendDocument", TO | {"document": b""}, "file must be non-empty"),
    ("sendDocument", TO | {"document": "attach://lost"}, "there is no document in the request"),
    ("getFile", {"file_id": "nonsense"}, "wrong file_id or the file is temporarily unavailable"),
    ("sendChatAction", TO | {"action": "dance"}, "wrong parameter action in request"),
    # payments
    ("sendInvoice", BILL | {"title": "x" * 33}, "INVOICE_TITLE_INVALID"),
    ("sendInvoice", BILL | {"description": ""}, "INVOICE_DESCRIPTION_INVALID"),
    ("sendInvoice", BILL | {"payload": "x" * 129}, "INVOICE_PAYLOAD_INVALID"),
    ("sendInvoice", BILL | {"currency": "USD"}, "CURRENCY_INVALID"),
    ("sendInvoice", BILL | {"prices": []}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
    ("sendInvoice", BILL | {"prices": [{"label": "x", "amount": 0}]}, "STARS_INVOICE_INVALID"),
    ("answerPreCheckoutQuery", {"pre_checkout_query_id": "1", "ok": False}, "error message is empty"),
    ("answerPreCheckoutQuery", {"pre_checkout_query_id": "1", "ok": True},
     "query is too old and response timeout expired or query ID is invalid"),
    ("refundStarPayment", {"user_id": ALEX, "telegram_payment_charge_id": "none"}, "CHARGE_NOT_FOUND"),
    # edits and deletions; message 1 is Alex's, 2 the bot's text with a button, 3 the bot's photo
    ("editMessageText", TO | {"message_id": 99, "text": "x"}, "message to edit not found"),
    ("editMessageText", TO | {"text": "x"}, "message identifier is not specified"),
    ("editMessageText", TO | {"message_id": 1, "text": "x"}, "message can't be edited"),
    ("editMessageText", TO | {"message_id": 3, "text": "x"}, "there is no text in the message to edit"),
    ("editMessageCaption", TO | {"message_id": 2}, "there is no caption in the message to edit"),
    ("editMessageText", TO | {"message_id": 2, "text": "two", "reply_markup": inline(("a", "a"))}, NOT_MODIFIED),
    ("editMessageReplyMarkup", TO | {"message_id": 2, "reply_markup": inline(("a", "a"))}, NOT_MODIFIED),
    ("editMessageReplyMarkup", TO | {"message_id": 2, "reply_markup": {"remove_keyboard": True}},
     "inline keyboard expected"),
    ("editMessageCaption", TO | {"message_id": 3, "caption": "x" * 1025}, "MEDIA_CAPTION_TOO_LONG"),
    ("deleteMessage", TO | {"message_id": 99}, "message to delete not found"),
    ("deleteMessages", TO | {"message_ids": []}, "message identifiers are not specified"),
    ("forwardMessage", TO | {"from_chat_id": ALEX, "message_id": 99}, "message to forward not found"),
    # the rest
    ("answerCallbackQuery", {"callback_query_id": "1"},
     "query is too old and response timeout expired or query ID is invalid"),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    ("setMyCommands", {"commands": [{"command": "Start!", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "start", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ("setMyCommands", {"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
    ("setMyCommands", {"commands": [], "language_code": "english"}, "invalid language code specified"),
    ("setWebhook", {"url": "https://example.org"}, "bad webhook: the local chat delivers updates by getUpdates only"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "refusal"), REFUSALS)
async def test_refuses(client: Client, method: str, params: dict[str, Any], refusal: str) -> None:
    await client.ok("sendMessage", chat_id=ALEX, text="two", reply_markup=inline(("a", "a")))
    await client.ok("sendPhoto", chat_id=ALEX, photo=png())
    assert await client.refused(method, **params) == f"400 Bad Request: {refusal}"


async def test_does_not_know_other_methods(client: Client) -> None:
    assert await client.refused("noSuchMethod") == "404 Not Found"


async def test_counts_lengths_after_parsing_and_in_characters(client: Client) -> None:
    text = "<b>" + "🙂" * 4096 + "</b>"
    sent = await client.ok("sendMessage", chat_id=ALEX, text=text, parse_mode="HTML")
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 8192}]  # UTF-16 code units
    await client.ok("sendMessage", chat_id=ALEX, text="x", reply_markup=inline(("a", "d" * 64)))


async def test_says_who_blocked_it(client: Client, server: LocalBotApi) -> None:
    await server.person(ALEX).block()
    assert (
        await client.refused("sendMessage", chat_id=ALEX, text="x")
        == "403 Forbidden: bot was blocked by the user"
    )
    await server.person(ALEX).block(blocked=False)
    await client.ok("sendMessage", chat_id=ALEX, text="x")
    kinds = [
        update["my_chat_member"]["new_chat_member"]["status"] for update in await client.ok("getUpdates")
    ]
    assert kinds == ["kicked", "member"]


async def test_callbacks_and_deletions_have_their_time(
    client: Client, server: LocalBotApi, clock: Clock
) -> None:
    sent = await client.ok("sendMessage", chat_id=ALEX, text="x", reply_markup=inline(("a", "a")))
    pressed = await server.person(ALEX).press(sent["message_id"], "a")
    clock.now += 61
    assert "query is too old" in await client.refused("answerCallbackQuery", callback_query_id=pressed)
    clock.now += 48 * 3600
    refusal = await client.refused("deleteMessage", chat_id=ALEX, message_id=sent["message_id"])
    assert refusal == "400 Bad Request: message can't be deleted for everyone"


async def test_wants_the_token(server: LocalBotApi, session: aiohttp.ClientSession) -> None:
    for token, status, words in (("1:WRONG", 401, "Unauthorized"), ("nonsense", 404, "Not Found")):
        async with session.get(f"{server.url}/bot{token}/getMe") as response:
            assert response.status == status
            assert await response.json() == {"ok": False, "error_code": status, "description": words}
        async with session.get(f"{server.url}/file/bot{token}/photos/file_1.jpg") as response:
            assert response.status == status


@pytest.mark.parametrize("way", ["query", "form", "json", "multipart"])
async def test_takes_parameters_in_every_way(
    server: LocalBotApi, client: Client, session: aiohttp.ClientSession, way: str
) -> None:
    url, params = f"{server.url}/bot1:LOCAL/SendMessage", {"chat_id": str(ALEX), "text": "你好 & hi"}
    if way == "query":
        request = session.get(url, params=params)
    elif way == "json":
        request = session.post(url, json={"chat_id": ALEX, "text": params["text"]})
    elif way == "form":
        request = session.post(url, data=params)
    else:
        with aiohttp.MultipartWriter("form-data") as body:
            for name, value in params.items():
                body.append(value).set_content_disposition("form-data", name=name)
        request = session.post(url, data=body)
    async with request as response:
        assert (await response.json())["result"]["text"] == params["text"]


async def test_a_bill_is_paid_only_with_the_bots_yes_in_time_and_refunded_once(
    server: LocalBotApi, client: Client, clock: Clock
) -> None:
    alex, money = server.person(ALEX), ("successful_payment", "refunded_payment")
    bill = (await client.ok("sendInvoice", **BILL))["message_id"]

    def told() -> list[str]:
        return [kind for message in alex.messages() for kind in money if kind in message]

    query = await alex.pay(bill)
    await client.ok("answerPreCheckoutQuery", pre_checkout_query_id=query, ok=False, error_message="sold out")
    assert (await alex.checkout(query))["problem"] == "sold out"
    query = await alex.pay(bill)
    clock.now += 11
    late = await client.refused("answerPreCheckoutQuery", pre_checkout_query_id=query, ok=True)
    assert "query is too old" in late
    assert told() == []
    query = await alex.pay(bill)
    for _ in range(2):  # the second one finds it answered
        await client.ok("answerPreCheckoutQuery", pre_checkout_query_id=query, ok=True)
    assert told() == ["successful_payment"]
    assert all("invoice_payload" not in message for message in alex.messages())
    charge = alex.messages()[-1]["successful_payment"]["telegram_payment_charge_id"]
    back = {"user_id": ALEX, "telegram_payment_charge_id": charge}
    await client.ok("refundStarPayment", **back)
    assert "CHARGE_ALREADY_REFUNDED" in await client.refused("refundStarPayment", **back)
    assert told() == ["successful_payment", "refunded_payment"]
    with pytest.raises(ValueError, match="is no bill"):
        await alex.pay(1)
