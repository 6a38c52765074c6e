"""Methods of payments in Telegram Stars: a bill, the last word before it is paid, the money back."""

from bot.channels.local.chats import Chat
from bot.channels.local.errors import bad_request
from bot.channels.local.methods.compose import reply_fields
from bot.channels.local.params import Call
from bot.channels.local.shape import Json, ShapeError, is_kind, required
from bot.channels.local.world import World

STARS = "XTR"
MOST_STARS = 10_000
TITLE, DESCRIPTION, PAYLOAD_BYTES = 32, 255, 128


def send_invoice(world: World, call: Call) -> object:
    """Send a bill in Telegram Stars; the page and a `Player` can pay it."""
    chat = world.open_chat(call)
    title, text, payload = call.text("title"), call.text("description"), call.text("payload")
    if not 1 <= len(title) <= TITLE:
        raise bad_request("INVOICE_TITLE_INVALID")
    if not 1 <= len(text) <= DESCRIPTION:
        raise bad_request("INVOICE_DESCRIPTION_INVALID")
    if not 1 <= len(payload.encode()) <= PAYLOAD_BYTES:
        raise bad_request("INVOICE_PAYLOAD_INVALID")
    if call.text("currency") != STARS or call.text("provider_token"):
        raise bad_request("CURRENCY_INVALID")
    about = {"title": title, "description": text, "start_parameter": call.text("start_parameter")}
    invoice = about | {"currency": STARS, "total_amount": _price(call)}
    if "reply_markup" in call.values:
        raise bad_request("the local chat shows a bill with its own Pay button only")
    return world.chats.add(
        chat, world.bot(), {"invoice": invoice, "invoice_payload": payload} | reply_fields(chat, call)
    )


def answer_pre_checkout_query(world: World, call: Call) -> object:
    """Let a payment through, or not; what was let through is paid at once."""
    ok, problem = call.flag("ok"), call.text("error_message")
    if not ok and not problem:
        raise bad_request("error message is empty")
    world.pay(call.text("pre_checkout_query_id"), "" if ok else problem)
    return True


def refund_star_payment(world: World, call: Call) -> object:
    """Give a payment back, once."""
    chat = world.chats.find(call.integer("user_id") or 0)
    charge = call.text("telegram_payment_charge_id")
    paid = None if chat is None else _told(chat, "successful_payment", charge)
    if chat is None or paid is None:
        raise bad_request("CHARGE_NOT_FOUND")
    if _told(chat, "refunded_payment", charge) is not None:
        raise bad_request("CHARGE_ALREADY_REFUNDED")
    world.tell_of_money(chat, {"refunded_payment": paid})
    return True


def _price(call: Call) -> int:
    prices = call.array("prices")
    if len(prices) != 1 or not isinstance(prices[0], dict):
        raise bad_request("CURRENCY_TOTAL_AMOUNT_INVALID")
    try:
        required(prices[0], "label", str)
        amount: int = required(prices[0], "amount", int)
    except ShapeError as problem:
        raise bad_request(f"can't parse labeled price: {problem}") from problem
    if not is_kind(amount, int) or not 1 <= amount <= MOST_STARS:
        raise bad_request("STARS_INVOICE_INVALID")
    return amount


def _told(chat: Chat, kind: str, charge: str) -> Json | None:
    found = (message[kind] for message in chat.messages.values() if kind in message)
    return next((told for told in found if told["telegram_payment_charge_id"] == charge), None)
