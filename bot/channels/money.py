"""Money: what Telegram tells of payments, free of its types."""

from telegram import Update
from telegram.ext import filters

from bot.dialogs.event import Checkout, Money, Paid, Refunded

MONEY = filters.SUCCESSFUL_PAYMENT | filters.StatusUpdate.REFUNDED_PAYMENT
"""Messages that tell of money."""


def money_of(update: Update) -> Money | None:
    """Give what an update says of a payment; None for any other."""
    query, message = update.pre_checkout_query, update.message
    if query is not None:
        return Checkout(query.id, query.invoice_payload, query.currency, query.total_amount)
    paid = message.successful_payment if message is not None else None
    if paid is not None:
        return Paid(paid.invoice_payload, paid.currency, paid.total_amount, paid.telegram_payment_charge_id)
    back = message.refunded_payment if message is not None else None
    return None if back is None else Refunded(back.telegram_payment_charge_id)
