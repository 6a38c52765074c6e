"""What is held about somebody, as the dossier's page takes it."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.i18n import Locale, Written
from bot.views.paper import Cell, Paper
from engine import Pack

Row = Mapping[str, Any]
Held = Mapping[str, Sequence[Row]]


class Page(Paper):
    """The page about one person: what is held of them, and which tables of it were written down."""

    def __init__(
        self, held: Held, locale: Locale, pack: Pack | None, topics: Mapping[str, Written] | None = None
    ) -> None:
        super().__init__(locale)
        self.held, self.pack, self.topics = held, pack, topics or {}
        self.shown: set[str] = set()

    def rows(self, table: str) -> Sequence[Row]:
        """Give a table's rows, and note that it is on the page."""
        self.shown.add(table)
        return self.held.get(table, ())


def bare(value: Any) -> Cell:
    """Give a value as it is."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if isinstance(value, dt.datetime) or value is None else str(value)
