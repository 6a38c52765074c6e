"""What is sent as a letter carries its code, and the log knows it by it."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import letters as form
from bot.dialogs.reply import Letter, Photo, Reply, Say
from bot.i18n import t
from bot.services import signing
from bot.services.telling import tell
from storage import letters, signkeys
from storage.people import Person
from tests.chat import PNG, Candor, text_of
from tests.journeys.staffed import known


@pytest.fixture
async def candor(tmp_path: Path) -> AsyncIterator[Candor]:
    async with Candor(tmp_path) as running:
        yield running


async def test_a_letter_holds_and_is_noted_and_other_words_are_left_as_they_are(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    person, now = await known(maria), candor.context.clock()
    letter = Letter("alert", "First Bank")
    replies: list[Reply] = [
        Say(t("idle.text"), letter=letter),
        Say(t("idle.text")),
        Photo(PNG, t("idle.text"), letter=letter),
    ]
    async with candor.context.database.write() as write:
        plain = [p.call.payload for p in await tell(candor.context, write, person, replies, now)]
    assert "CV1" in plain[0]["text"]
    assert "CV1" not in plain[1]["text"]
    (piece,) = form.pieces(signing.read(plain[0]["text"]))
    assert piece.code is not None
    assert piece.heading is not None
    assert (piece.heading.sender, piece.heading.handle) == ("FirstBank", person.handle)
    public = signkeys.private(candor.context.vault, piece.code.key).public_key()
    assert form.holds(public, piece.code, piece.heading, piece.words)
    assert signing.read(plain[2]["caption"]).endswith(str(piece.code)), "the same words in the same minute"
    async with candor.context.database.read() as read:
        sent = await letters.by_digest(read, piece.code.digest)
    assert sent is not None
    assert (sent.person_id, sent.kind) == (person.id, "alert")
    assert sent.expires_at - sent.at == dt.timedelta(days=30)


async def test_a_letter_with_no_room_for_its_code_is_followed_by_it(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    person, now = await known(maria), candor.context.clock()
    words = t("dialog.value", value="x" * 4000)
    async with candor.context.database.write() as write:
        replies = [Say(words, letter=Letter("answer"))]
        parcels = await tell(candor.context, write, person, replies, now)
    candor.front.courier.carry(parcels)
    await candor.quiet()
    body, below = (text_of(message) for message in maria.chat[-2:])
    assert "CV1" not in body
    (piece,) = form.pieces(f"{body}\n{below}")
    assert await _holds(candor, piece, person)


async def _holds(candor: Candor, piece: form.Piece, person: Person) -> bool:
    assert piece.code is not None
    assert piece.heading is not None
    assert piece.heading.handle == person.handle
    public = signkeys.private(candor.context.vault, piece.code.key).public_key()
    return form.holds(public, piece.code, piece.heading, piece.words)
