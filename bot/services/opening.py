"""Opening: what must be right, and what an earlier run left half done, before the first word is answered."""

import logging
import shutil

from bot.services.context import Context
from storage import audit, erasures, selfcheck
from storage.anchor import AnchorDamaged

log = logging.getLogger(__name__)

LITTLE_SPACE = 200 * 1024 * 1024


async def open_up(context: Context) -> None:
    """Check the databases, finish erasures cut short, take the audit trail up where it was left.

    Raises `selfcheck.WeakDatabase`. A trail that was tampered with is said loudly and stays as it is found.
    """
    await selfcheck.durable(context.database)
    await selfcheck.durable(context.vault.keys)
    await erasures.settle(context.database, context.vault, context.clock())
    try:
        found = await audit.catch_up(
            context.database, context.vault.secret("audit"), context.anchor, context.clock()
        )
    except (AnchorDamaged, OSError) as trouble:
        log.critical("the audit trail's anchor cannot be read: %s", type(trouble).__name__)
    else:
        for finding in found.findings:
            log.critical("the audit trail: %s; see `python -m bot audit verify`", finding.words)
    free = shutil.disk_usage(context.settings.data).free
    if free < LITTLE_SPACE:
        log.warning("only %d MiB are free for the database", free // 2**20)
