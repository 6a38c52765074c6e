"""Opening: what must be right, and what an earlier run left half done, before the first word is answered."""

import logging
import shutil

from bot.services import foureyes, threads, trail, yardsticks
from bot.services.context import Context
from storage import audit, erasures, marks, selfcheck
from storage.anchor import AnchorDamaged
from storage.audit import Entry

log = logging.getLogger(__name__)

MODEL = "model.hash"
LITTLE_SPACE = 200 * 1024 * 1024


class NotApproved(Exception):
    """What is about to start was not agreed to by a second operator; the message says what to do."""


async def trust(context: Context) -> None:
    """Raise `selfcheck.WeakDatabase` unless the databases keep what they are given."""
    await selfcheck.durable(context.database)
    await selfcheck.durable(context.vault.keys)
    await selfcheck.guarded(context.database)


async def open_up(context: Context) -> None:
    """Check the databases, finish erasures cut short, take the audit trail up where it was left; see to the group.

    Raises `selfcheck.WeakDatabase`, and NotApproved for a model nobody agreed to. A trail that was tampered with is
    said loudly and stays as it is found.
    """
    await trust(context)
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
    await _agreed_model(context)
    await yardsticks.keep(context)
    await threads.move(context)
    free = shutil.disk_usage(context.settings.data).free
    if free < LITTLE_SPACE:
        log.warning("only %d MiB are free for the database", free // 2**20)


async def _agreed_model(context: Context) -> None:
    """Let another model than the last one decide only where two operators say so (see `foureyes`)."""
    now, model = context.clock(), context.model.hash
    short = model[:12]
    async with context.database.write() as write:
        before = await audit.last(write, "model.change")  # a mark can be altered unseen, the trail cannot
        known = await marks.find(write, MODEL)
        if before == f"model:{short}" and known is not None and known.value == model:
            return
        if before not in {"", f"model:{short}"} and not await foureyes.use(write, "model.change", short, now):
            raise NotApproved(
                f"scoring: the model {context.model.id} (fingerprint {short}) is not the one that decided before; "
                f"start with the former one, ask for it in the chat (/propose model.change {short}), let another "
                "operator agree (/approvals), and start again"
            )
        await marks.put(write, MODEL, model, now)
        head = await trail.append(context, write, [Entry(trail.SHELL, "model.change", f"model:{short}")], now)
    await trail.anchor(context, head, now)
