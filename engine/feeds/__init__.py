"""Feeds: files in which a lender tells of its loans, or of what happened to them. Pure, as all of the engine.

A file is a CSV in any usual dress, or Parquet. Its columns are known by their names in three languages, or told. What
is wrong with it is found in every row, with the line, so that its maker mends all of it at once.
"""

from engine.feeds.read import EVENTS, LOANS, Feed, Told, headers, read
from engine.feeds.sheet import MOST_ROWS

__all__ = ["EVENTS", "LOANS", "MOST_ROWS", "Feed", "Told", "headers", "read"]
