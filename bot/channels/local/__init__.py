"""The local chat: a Telegram Bot API on loopback, and a page to chat in.

It stands where Telegram stands, so it knows nothing of Candor: an unchanged bot is pointed at its address.
Tests and the page play people through the same `Player`.
"""

from bot.channels.local.faults import Fault, flood
from bot.channels.local.people import DEMO_PEOPLE, Person
from bot.channels.local.player import Player, RefusedError
from bot.channels.local.seal import AesSeal, NoSeal, Seal
from bot.channels.local.server import LocalBotApi, LoggedCall

__all__ = [
    "DEMO_PEOPLE",
    "AesSeal",
    "Fault",
    "LocalBotApi",
    "LoggedCall",
    "NoSeal",
    "Person",
    "Player",
    "RefusedError",
    "Seal",
    "flood",
]
