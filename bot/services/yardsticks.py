"""Yardsticks: what scores were made by. The model and the packs of today are kept at each start, and never let go.

So "why did it move?" can score an old record by the old model, and tell apart what the person did, what time did, and
what we did.
"""

import logging
from functools import lru_cache

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services.context import Context
from engine import ModelError, Pack, Scorecard, modelfile
from storage import yardsticks
from storage.yardsticks import MODEL, PACK

log = logging.getLogger(__name__)


async def keep(context: Context) -> None:
    """Keep the model and the packs that decide from now on."""
    now, model = context.clock(), context.model
    async with context.database.write() as write:
        await yardsticks.keep(write, MODEL, model.hash, modelfile.dump(model).decode(), now)
        for pack in context.packs.values():
            content = msgspec.json.encode(pack, order="deterministic").decode()
            await yardsticks.keep(write, PACK, named(pack.id, pack.version), content, now)


def named(pack_id: str, version: int) -> str:
    """Name a version of a country's pack."""
    return f"{pack_id} {version}"


async def model_of(connection: AsyncConnection, context: Context, hash_: str) -> Scorecard | None:
    """Give a model by its hash; None for one that was never kept, or does not open as what it was."""
    if hash_ == context.model.hash:
        return context.model
    found = await yardsticks.find(connection, MODEL, hash_)
    model = None if found is None else _model(found)
    return model if model is not None and model.hash == hash_ else None


async def pack_of(connection: AsyncConnection, context: Context, pack_id: str, version: int) -> Pack | None:
    """Give a version of a country's pack; None for one that was never kept, or does not open any more."""
    today = context.packs.get(pack_id)
    if today is not None and today.version == version:
        return today
    found = await yardsticks.find(connection, PACK, named(pack_id, version))
    return None if found is None else _pack(found)


@lru_cache(maxsize=8)
def _model(content: str) -> Scorecard | None:
    try:
        model = modelfile.parse(content.encode())
    except ModelError as damage:
        log.warning("a kept model does not open: %s", damage)
        return None
    return model if isinstance(model, Scorecard) else None


@lru_cache(maxsize=16)
def _pack(content: str) -> Pack | None:
    try:
        return msgspec.json.decode(content, type=Pack)
    except msgspec.MsgspecError as damage:
        log.warning("a kept pack does not open: %s", type(damage).__name__)
        return None
