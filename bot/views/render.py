"""A reply becomes a Bot API call: the last step before the outbox, and the only one that knows Telegram's fields."""

from typing import Any

from bot import i18n
from bot.dialogs.reply import (
    Admit,
    AskContact,
    Copy,
    Delete,
    Document,
    Edit,
    EditSent,
    GiveBack,
    Inline,
    Invoice,
    Keyboard,
    NoKeyboard,
    Photo,
    Reply,
    Say,
    Toast,
)
from bot.i18n import Locale, T

Call = tuple[str, dict[str, Any], bytes | None, int | None]
"""Method, parameters, file, and the outbox row whose message is changed."""

LONGEST_TOAST = 200
LONGEST_CAPTION = 1024
STARS = "XTR"
GIVE_BACK = "refundStarPayment"


def render(reply: Reply, locale: Locale, chat_id: int) -> Call:
    """Give the call that carries a reply to a chat, in the person's language."""
    match reply:
        case Say(text, keyboard, protect, reply_to, _, language):
            locale = i18n.locale(language) if language else locale
            payload = {"chat_id": chat_id, **_text(text, locale), **_markup(keyboard, locale)}
            if reply_to:  # whose message may be gone by now: it is answered all the same
                payload["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
            return "sendMessage", payload | ({"protect_content": True} if protect else {}), None, None
        case Edit(message_id, text, keyboard):
            payload = {"chat_id": chat_id, "message_id": message_id, **_text(text, locale)}
            return "editMessageText", payload | _markup(keyboard, locale), None, None
        case EditSent(row, text):
            return "editMessageText", {"chat_id": chat_id, **_text(text, locale)}, None, row
        case Delete(message_id):
            return "deleteMessage", {"chat_id": chat_id, "message_id": message_id}, None, None
        case Toast(callback_id, note):
            words = {} if note is None else {"text": locale.plain(note)[:LONGEST_TOAST]}
            return "answerCallbackQuery", {"callback_query_id": callback_id, **words}, None, None
        case Photo(image, caption, keyboard, protect, _):
            payload = {"chat_id": chat_id, "caption": locale.html(caption), "parse_mode": "HTML"}
            payload |= {"protect_content": protect, **_markup(keyboard, locale)}
            return "sendPhoto", payload, image, None
        case Document(name, content, caption, _):
            payload = {"chat_id": chat_id, "caption": locale.html(caption), "parse_mode": "HTML"}
            return "sendDocument", payload | {"file_name": name, "protect_content": True}, content, None
        case Copy() | Invoice() | Admit() | GiveBack():
            return *_bare(reply, locale, chat_id), None, None


def _bare(
    reply: Copy | Invoice | Admit | GiveBack, locale: Locale, chat_id: int
) -> tuple[str, dict[str, Any]]:
    match reply:
        case Copy(origin, message_id, caption):
            payload: dict[str, Any] = {"chat_id": chat_id, "from_chat_id": origin, "message_id": message_id}
            payload |= {"caption": caption[:LONGEST_CAPTION]} if caption else {}
            return "copyMessage", payload | {"protect_content": True}
        case Invoice(title, text, token, stars):
            words = locale.plain(title)
            price = {"label": words, "amount": stars}
            bill = {"title": words, "description": locale.plain(text), "payload": token, "currency": STARS}
            return "sendInvoice", {"chat_id": chat_id, **bill, "prices": [price], "protect_content": True}
        case Admit(query_id, trouble):
            why = {} if trouble is None else {"error_message": locale.plain(trouble)}
            answer = {"pre_checkout_query_id": query_id, "ok": trouble is None}
            return "answerPreCheckoutQuery", answer | why
        case GiveBack(charge):  # in a private chat its number is the person's
            return GIVE_BACK, {"user_id": chat_id, "telegram_payment_charge_id": charge}


def _text(text: T, locale: Locale) -> dict[str, Any]:
    return {"text": locale.html(text), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}


def _markup(keyboard: Keyboard | None, locale: Locale) -> dict[str, Any]:
    match keyboard:
        case None:
            return {}
        case NoKeyboard():
            return {"reply_markup": {"remove_keyboard": True}}
        case AskContact(label):
            button = {"text": locale.plain(label), "request_contact": True}
            return {
                "reply_markup": {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}
            }
        case Inline(rows):
            return {
                "reply_markup": {
                    "inline_keyboard": [
                        [
                            {"text": locale.plain(b.label), "callback_data": b.data}
                            | ({"style": b.style} if b.style else {})
                            for b in row
                        ]
                        for row in rows
                    ]
                }
            }
