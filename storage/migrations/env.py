"""Alembic's way into our tables; run by `storage.migrate`, never by hand."""

from typing import Any, Literal

from alembic import context

from storage.columns import Utc
from storage.tables import metadata


def _render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    # a migration is a record: it must not change when our own column type does
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Utc) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
