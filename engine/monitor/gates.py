"""Gates: a figure, its bound, and whether a model may pass. A closed one opens only by a text that somebody signs."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

_WORDS = 5  # fewer say nothing that a later reader could weigh


class Justification(msgspec.Struct, frozen=True, kw_only=True):
    """Why a model passes in spite of its figures, by whom and when; stored beside those figures.

    `seal` (SHA-256) binds text, name and time to exactly the figures they excuse: it does not fit others, nor
    an altered text. It is no cryptographic signature: who may sign is the lender's own matter.
    """

    text: str
    signed_by: str
    signed_at: datetime
    seal: str


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of release: `figure` against `bound` (None where nothing could be measured), and why.

    `justification` is there only where it is what opened the gate.
    """

    name: str
    open: bool
    figure: float | None
    bound: float
    why: str
    justification: Justification | None = None


def sign(figures: Sequence[msgspec.Struct], *, text: str, by: str, at: datetime) -> Justification:
    """Sign for `figures`. Raises ValueError without a name, a time zone, or at least five words of reason."""
    if len(text.split()) < _WORDS:
        raise ValueError(f"a justification says why, in at least {_WORDS} words")
    if not by.strip():
        raise ValueError("a justification is signed with a name")
    if at.tzinfo is None:
        raise ValueError("the time of a signature needs its zone")
    return Justification(text=text, signed_by=by, signed_at=at, seal=_seal(figures, text, by, at))


def fits(justification: Justification, figures: Sequence[msgspec.Struct]) -> bool:
    """Say whether a justification was signed for exactly these figures and stands as it was signed."""
    signed = (justification.text, justification.signed_by, justification.signed_at)
    return justification.seal == _seal(figures, *signed)


def at_least(name: str, figure: float | None, bound: float) -> Gate:
    """Give a gate that is open where `figure` reaches `bound`, and closed where there is none (or NaN)."""
    reached = figure is not None and figure >= bound
    why = "it was not measured" if figure is None else f"{figure:.3f} against at least {bound:.3f}"
    return Gate(name=name, open=reached, figure=figure, bound=bound, why=why)


def _seal(figures: Sequence[msgspec.Struct], text: str, by: str, at: datetime) -> str:
    signed = msgspec.json.encode([list(figures), text, by, at], order="deterministic")
    return hashlib.sha256(signed).hexdigest()
