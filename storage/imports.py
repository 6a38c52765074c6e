"""Files that lenders gave us, by their SHA-256: what was taken once is not taken again."""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import imports

DONE, REFUSED = "done", "refused"


async def taken(connection: AsyncConnection, lender_id: int, digest: str) -> dt.datetime | None:
    """Say when a file was taken; None when it was not."""
    here = (imports.c.lender_id == lender_id, imports.c.digest == digest, imports.c.state == DONE)
    found: dt.datetime | None = await connection.scalar(select(imports.c.at).where(*here))
    return found


async def note(
    connection: AsyncConnection,
    lender_id: int,
    digest: str,
    kind: str,
    rows: int,
    state: str,
    made_by: str,
    now: dt.datetime,
) -> bool:
    """Note what became of a file; False when it was taken before, perhaps this very moment by somebody else."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    told = {"kind": kind, "rows": rows, "state": state, "made_by": made_by, "at": now}
    new = dialect.insert(imports).values(lender_id=lender_id, digest=digest, **told)
    mine = new.on_conflict_do_nothing(index_elements=["lender_id", "digest"]).returning(imports.c.id)
    if await connection.scalar(mine) is not None:
        return True
    here = (imports.c.lender_id == lender_id, imports.c.digest == digest, imports.c.state != DONE)
    return (await connection.execute(update(imports).where(*here).values(**told))).rowcount == 1
