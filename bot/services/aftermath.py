"""What becomes of a call once Telegram has taken it, or never will: whoever waits for that hears of it here."""

from bot.services import alerting, paying, threads
from bot.services.context import Context
from storage.outbox import Parcel


async def delivered(context: Context, parcel: Parcel) -> None:
    """Let those know who wait for a call to be taken."""
    await paying.delivered(context, parcel)


async def undelivered(context: Context, parcel: Parcel) -> None:
    """Let those know who must see to it that a call was not taken."""
    await alerting.undelivered(context, parcel)
    await paying.undelivered(context, parcel)
    await threads.undelivered(context, parcel)
    await threads.no_file(context, parcel)
