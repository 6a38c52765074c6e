"""What was tried against the support desk with success once, and must not be again: docs/attacks.md tells all of it."""

import datetime as dt

from bot import letters
from tests.chat import Candor
from tests.journeys.test_scams import FEE, arrives


def made_up() -> str:
    """A code that looks like one of ours, and is none."""
    return str(letters.Code(1, dt.datetime(2026, 3, 1, tzinfo=dt.UTC), bytes(letters.SIGNATURE_BYTES)))


async def test_a_made_up_code_does_not_keep_a_scam_from_being_checked(candor: Candor) -> None:
    maria = await arrives(candor)
    await maria.forwards(f"{FEE['en']}\n{made_up()}")
    assert maria.heard("verify.foreign")
    await maria.presses("m|scam|")
    assert maria.heard("scam.answer.scam")
    await maria.says(f"/scam {FEE['en']} {made_up()}")
    assert maria.heard("verify.foreign")
    await maria.presses("m|scam|")
    assert maria.heard("scam.answer.scam")
