"""What was tried against the support desk with success once, and must not be again: docs/attacks.md tells all of it."""

import datetime as dt

from bot import letters
from tests.chat import PNG, Candor, text_of
from tests.journeys.staffed import scored, serves
from tests.journeys.test_scams import FEE, arrives
from tests.journeys.test_tickets import asks


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


async def test_support_reads_no_whole_number_that_a_borrower_writes(candor: Candor) -> None:
    sam, maria = await serves(candor.person(), "support"), await scored(candor)
    await asks(maria, words="I am Maria, SSN 536-90-4399, phone +1 (202) 555-0142")
    await sam.presses("ticket|1.look")
    await sam.presses("ticket|1.answer")
    await maria.says("Once more: 536904399 or 2025550142. " + "Please. " * 450)
    await maria.player.send_photo(PNG, "This is 536 90 4399")
    await candor.quiet()
    await sam.says("/ticket 1")
    await sam.presses("ticket|1.files")
    shown = " ".join(text_of(m) for m in sam.chat)
    assert shown.count("••••4399") >= 4
    assert shown.count("••••0142") >= 2
    assert shown.count("Please.") >= 450, "nothing else is lost"
    for whole in ("536", "202) 555", "2025550142"):
        assert whole not in shown
    assert "536" not in str((await maria.stored())["ticket_lines"])
