"""Official bodies to turn to, as the reader's language writes a name and a number."""

from bot.i18n import Listed, Value, t
from engine import Pack
from engine.countries.pack import Channel


def channel(one: Channel) -> Value:
    """Name a body with the way to reach it."""
    if not one.contact or one.contact == one.name:
        return one.name
    return t("faq.channel", name=one.name, contact=one.contact)


def against_fraud(pack: Pack | None) -> Listed | None:
    """Name where fraud is reported in a country; None where nothing is known of it."""
    return Listed(tuple(map(channel, pack.scam_channels))) if pack and pack.scam_channels else None
