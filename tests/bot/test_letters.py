"""Letters by themselves: what is signed, how its code reads, and what copying may do to it."""

import datetime as dt
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bot import letters
from bot.letters import Code, Heading
from tests.conftest import NOW

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key()
HEADING = Heading("First Bank", "K7QF2M9XTB", NOW)
WORDS = "⚠️ Pay 1,250.00 pesos by 5 March: https://firstbank.example/pay\nThank you."
CODE = letters.sign(PRIVATE, 3, HEADING, WORDS)


def message(words: str = WORDS, heading: Heading = HEADING, code: Code = CODE) -> str:
    at = heading.at.strftime("%Y-%m-%d %H:%M")
    below = f"✍ {heading.sender} → {heading.handle} · {at} UTC · /verify_{code.ref.lower()}"
    return f"{words}\n{below}\n{code}"


def read(text: str) -> tuple[bool, str]:
    """Whether the one message in a text holds, and its reference."""
    (piece,) = letters.pieces(text)
    assert piece.code is not None
    assert piece.heading is not None
    return letters.holds(PUBLIC, piece.code, piece.heading, piece.words), piece.ref


def test_a_code_is_groups_of_five_letters_none_mistaken_for_another() -> None:
    groups = str(CODE).split("-")
    assert [len(group) for group in groups] == [5] * 24
    assert not set("".join(groups)) & set("ILOU")


def in_code(old: str, new: str) -> str:
    """The message with something replaced in its code."""
    return message().replace(str(CODE), str(CODE).replace(old, new))


@pytest.mark.parametrize(
    "copied",
    [
        message(),
        message().replace("\n", " "),
        message().replace("\n", ""),
        in_code("-", "\n"),
        in_code("-", ""),
        in_code("-", "–"),
        "  " + message().replace(" ", "\u00a0") + "\n\n",
        message().replace("e", "e\u200b"),
        message().replace(str(CODE), str(CODE).lower()),
        in_code("0", "O"),
        in_code("1", "l"),
    ],
)
def test_copying_changes_nothing(copied: str) -> None:
    assert read(copied) == (True, CODE.ref)


@given(st.integers(0, len(letters.canonical(WORDS)) - 1), st.characters(categories=["L", "N", "P", "S"]))
def test_any_other_character_is_noticed(place: int, other: str) -> None:
    words = letters.canonical(WORDS)
    changed = words[:place] + other + words[place + 1 :]
    if letters.canonical(changed) != words:
        assert not letters.holds(PUBLIC, CODE, HEADING, changed)


@pytest.mark.parametrize(
    "changed",
    [
        message(WORDS.replace("1,250", "9,250")),
        message(WORDS.replace("1,250", "1,25\u202e0\u202c")),  # the sum is read backwards
        message(WORDS.replace("1,250", "1,25⁰")),
        message(WORDS.replace("firstbank", "f1rstbank")),
        message(heading=Heading("Second Bank", HEADING.handle, NOW)),
        message(heading=Heading("First Bank", "K7QF2M9XTC", NOW)),
        message(heading=Heading("First Bank", HEADING.handle, NOW + dt.timedelta(days=1))),
        message().replace("\nCV1", "\nCall +52 55 0000 0000\nCV1"),
        message() + "\nP.S. Pay to another account.",
        "Urgent!\n" + message(),
    ],
)
def test_what_was_changed_or_added_does_not_hold(changed: str) -> None:
    (piece,) = letters.pieces(changed)
    assert piece.code == CODE
    assert piece.heading is None or not letters.holds(PUBLIC, CODE, piece.heading, piece.words)


def test_a_code_with_a_typing_error_is_no_code() -> None:
    whole = str(CODE)
    chance = random.Random(5)  # noqa: S311 - not a secret
    for _ in range(300):
        place = chance.randrange(3, len(whole))
        other = chance.choice([letter for letter in letters.LETTERS if letter != whole[place]])
        if whole[place] != "-":
            (piece,) = letters.pieces(whole[:place] + other + whole[place + 1 :])
            assert piece.code is None


def test_a_code_of_a_time_that_never_comes_is_none() -> None:
    """Anybody can put a true check behind a minute in the year 10136."""
    for minute, known in ((0xFFFFFFFF, False), (letters.LAST_MINUTE + 1, False), (letters.LAST_MINUTE, True)):
        payload = letters._spell((3).to_bytes(2) + minute.to_bytes(4) + bytes(letters.SIGNATURE_BYTES))
        made_up = f"{letters.FIRST}{payload}{letters._check(payload)}"
        (piece,) = letters.pieces(f"Pay 100 first. {made_up}")
        assert (piece.code is not None) is known


def test_two_messages_are_two_pieces() -> None:
    other = letters.sign(PRIVATE, 4, HEADING, "Another one.")
    first, second = letters.pieces(message() + "\n\n" + message("Another one.", code=other))
    assert (first.code, second.code) == (CODE, other)
    assert first.heading is not None
    assert second.heading is not None
    assert letters.holds(PUBLIC, CODE, first.heading, first.words)
    assert letters.holds(PUBLIC, other, second.heading, second.words)


def test_the_code_alone_and_the_words_alone_are_known_as_what_they_are() -> None:
    (alone,) = letters.pieces(f" {CODE} ")
    assert (alone.code, alone.words, alone.heading) == (CODE, "", None)
    (bare,) = letters.pieces(message().rpartition("\n")[0])
    assert (bare.code, bare.ref) == (None, CODE.ref)
    assert bare.heading == Heading("FirstBank", HEADING.handle, NOW)
    assert bare.words == letters.canonical(WORDS)


@given(st.text(max_size=400))
def test_whatever_is_pasted_is_read(text: str) -> None:
    assert len(letters.pieces(text)) == 1
    assert letters.without_codes(text) == text


def test_a_name_cannot_pass_for_a_heading() -> None:
    assert letters.named("✍ A → B") == "  A   B"


def test_a_reference_is_read_however_it_is_typed() -> None:
    assert letters.ref_of(CODE.ref.lower().replace("0", "o").replace("1", "i")) == CODE.ref
    assert letters.start_of(CODE.ref) == CODE.digest[:6]
    assert letters.ref_of("short") == letters.ref_of("?" * letters.REF) == ""
