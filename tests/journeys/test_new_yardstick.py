"""A new model, or a new law, is nobody's worsening: no officer is alerted of what we changed ourselves."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bot import wire
from bot.services import ingest
from engine import Scorecard
from storage import scores
from tests.chat import Candor
from tests.journeys.staffed import known
from tests.journeys.test_alerts import alerts_in
from tests.journeys.watched import happens, watched


def harsher(model: Scorecard) -> Scorecard:
    """A model in which nearly everything that is known of somebody costs them eight points."""
    factors = tuple(
        one if min(one.points) >= 0 else msgspec.structs.replace(one, points=tuple(n - 8 for n in one.points))
        for one in model.factors
    )
    return msgspec.structs.replace(model, id="harsher", factors=factors)


async def test_a_new_model_alerts_nobody_and_what_follows_is_measured_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Candor(tmp_path) as candor:
        house, ana, borrower = await watched(candor)
        await happens(candor, house, "balance", balance=Decimal(400), limit=Decimal(1000))
        before = len(alerts_in(ana))
        await candor.stop_bot()
        harsh = harsher(candor.context.model)
        monkeypatch.setattr(wire, "model_of", lambda _path: harsh)
        await candor.start_bot()
        async with candor.context.database.write() as write:
            await ingest.have_scored(write, await known(borrower), candor.context.clock())
        candor.context.bell.set()
        await candor.quiet()
        async with candor.context.database.read() as read:
            then, now = await scores.recent(read, await known(borrower), most=2)
        assert now.content["result"]["score"] < then.content["result"]["score"] - 80
        assert len(alerts_in(ana)) == before
        await happens(candor, house, "public_record", ref="e-2", what="judgment")
        assert len(alerts_in(ana)) == before + 1
