"""The one typeface the pictures are drawn with, shipped so that every machine draws the same picture."""

from pathlib import Path


def path() -> Path:
    """Give where the typeface lies: TrueType, regular weight, Latin, Greek, Cyrillic and common Chinese."""
    return Path(__file__).with_name("candor-sans.ttf")
