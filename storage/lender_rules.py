"""What a lender has changed of the warning rules: JSON, laid over the configuration's."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import lender_rules


async def find(connection: AsyncConnection, lender_id: int) -> Mapping[str, Any]:
    """Give what a lender has changed; nothing where it changed nothing."""
    chosen = select(lender_rules.c.rules).where(lender_rules.c.lender_id == lender_id)
    found = await connection.scalar(chosen)
    changed: Mapping[str, Any] = json.loads(found) if found else {}
    return changed


async def put(
    connection: AsyncConnection, lender_id: int, rules: Mapping[str, Any], by: str, now: dt.datetime
) -> None:
    """Store what a lender changes, in the place of what it changed before."""
    await connection.execute(delete(lender_rules).where(lender_rules.c.lender_id == lender_id))
    row = {"lender_id": lender_id, "rules": json.dumps(dict(rules)), "changed_by": by, "at": now}
    await connection.execute(insert(lender_rules).values(row))
