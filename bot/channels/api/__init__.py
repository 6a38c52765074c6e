"""The HTTP interface for lenders' programs: events and loans in, alerts out. JSON, in English, under one key a program.

It knows the lender by the key alone, so nobody can name another's loans: the references in paths and bodies are the
lender's own names. What it can do is one table (`operations`), from which the router and the OpenAPI document are made.
"""

from bot.channels.api.server import Api

__all__ = ["Api"]
