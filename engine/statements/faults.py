"""What is wrong with a file, so that its sender can mend it."""

from typing import Literal

import msgspec

Key = Literal[
    "empty", "packed", "picture", "document", "spreadsheet", "binary", "encoding", "unknown", "long", "wide", "cell",
    "quote", "ragged", "columns", "missing", "date", "date_order", "date_future", "date_past", "amount", "amount_style",
    "sign", "currency", "month", "year", "record", "days", "json", "shape",
]  # fmt: skip
SHOWN = 40
"""Characters of a cell that are shown back."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong: a key, the line (1 is the first; 0: the whole file), the column, what stands there, an example.

    `most` is the bound that was passed, where one was.
    """

    key: Key
    line: int = 0
    column: str = ""
    found: str = ""
    example: str = ""
    most: int = 0


class Refused(Exception):
    """Carries a fault up to `read`, which gives it as a value."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.key)
        self.fault = fault


def refuse(
    key: Key, line: int = 0, *, column: str = "", found: str = "", example: str = "", most: int = 0
) -> Refused:
    """Build the refusal of a file, to be raised."""
    shown = "".join(one if one.isprintable() else "·" for one in found[:SHOWN])
    shown += "…" if len(found) > SHOWN else ""
    shown_column = column[:SHOWN]
    return Refused(Fault(key=key, line=line, column=shown_column, found=shown, example=example, most=most))
