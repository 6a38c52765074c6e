"""The columns a model reads, taken from any table for what the MODEL says they are: nothing is guessed by look.

A model knows of each of its columns whether it holds labels or numbers, and of which unit. So a text "3", a number 3
and a flag are read here as for one person (`Scorecard.score`, `Input.read`), a whole column at a time.
"""

from collections.abc import Iterator, Sequence

from engine.countries.pack import Pack
from engine.kinds import Blend, Input, Nonlinear
from engine.kinds.face import forbidden
from engine.reading.notes import refuse, shown
from engine.scorecard import Scorecard
from engine.table import Column, Table
from engine.typed.columns import column
from engine.typed.look import Strange, looked, with_look
from engine.typed.need import Need, Unreadable
from engine.typed.source import Source, opened

Model = Scorecard | Nonlinear | Blend


def needs(model: Model, pack: Pack | None = None) -> tuple[Need, ...]:
    """Say what a model reads and as what; what a pack forbids is not looked at, so it is not among them."""
    found = _of_card(model) if isinstance(model, Scorecard) else _of_others(model)
    return tuple(need for need in found if need.name not in forbidden(pack, model.catalogue))


def typed(model: Model | Sequence[Need], source: object, *, name: str | None = None) -> Table:
    """Give the columns that a model needs, as far as the source has them, in the order in which the model names them.

    `source` is a Table, a data frame (pandas, or any that speaks Arrow), an Arrow table or record batch, a mapping of
    columns, a list of records, or a path (read by look first, as training does). A missing value is None, NaN or "".
    All labels that the model does not know stand as the first of them, for it reads them alike. Numbers that are
    float64 already are not copied. Texts that are no numbers by themselves (1.200,50 or 31/05/2024) are read by the
    look of their whole column. Raises BookError naming column, row (from 1), value and what is accepted.
    """
    wanted = needs(model) if isinstance(model, Scorecard | Nonlinear | Blend) else tuple(model)
    source = opened(source, [need.name for need in wanted], name)
    while True:
        try:
            return part(wanted, source, 0, source.rows)
        except Strange as strange:
            source = with_look(source, strange)


def parts(source: Source, size: int) -> Iterator[tuple[int, int]]:
    """Give the bounds of the source's rows in chunks of `size`."""
    for start in range(0, source.rows, size):
        yield start, min(start + size, source.rows)


def part(wanted: Sequence[Need], source: Source, start: int, stop: int, *, first: int = 0) -> Table:
    """Give the rows from `start` up to `stop`; `first` rows of the book came before this source."""
    columns: dict[str, Column] = {}
    for need in wanted:
        if need.name in source.columns:
            try:
                if need.name in source.looked:
                    columns[need.name] = looked(need, source, start, stop, first)
                else:
                    columns[need.name] = column(need, source.take(need.name, start, stop), words=source.words)
            except Unreadable as error:
                where = f"row {first + start + error.row + 1}, column `{need.name}`"
                wrong = f"{shown(repr(error.value))} is no {error.wanted}"
                refusal = refuse(source.name, where, wrong, error.accepted)
                if isinstance(error.value, str) and not need.labels:
                    raise Strange(str(refusal), need) from None
                raise refusal from None
    return Table(source.name, columns)


def _of_card(card: Scorecard) -> list[Need]:
    return [
        Need(entry.name, entry.unit, tuple(label for group in entry.classes for label in group))
        for entry in card.factors
    ]


def _of_others(model: Nonlinear | Blend) -> list[Need]:
    """Let inputs speak before cards: a blend's cards get what its inputs have read."""
    cards = [part.card for part in model.parts if part.card] if isinstance(model, Blend) else []
    of_cards: dict[str, list[Need]] = {}
    for need in (need for card in cards for need in _of_card(card)):
        of_cards.setdefault(need.name, []).append(need)
    found = {entry.name: _of_input(entry, of_cards.get(entry.name, [])) for entry in inputs_of(model)}
    for name, wanted in of_cards.items():
        if name not in found:
            found[name] = _joined(wanted)
    return list(found.values())


def inputs_of(model: Nonlinear | Blend) -> tuple[Input, ...]:
    """Give the inputs of a model, each once, in the order of the parts."""
    if isinstance(model, Nonlinear):
        return model.inputs
    others = [part.other for part in model.parts if part.other is not None]
    return tuple({entry.name: entry for other in others for entry in other.inputs}.values())


def _of_input(entry: Input, cards: Sequence[Need]) -> Need:
    if entry.kind != "class":
        return Need(entry.name, "date" if entry.kind == "date" else "", truth=True)
    return _joined([Need(entry.name, labels=tuple(entry.codes)), *cards])


def _joined(wanted: Sequence[Need]) -> Need:
    """Make one need of several: every label that one of them knows, and all labels where one reads numbers."""
    first = wanted[0]
    labels = tuple(dict.fromkeys(label for need in wanted for label in need.labels))
    if not labels:
        return first
    return Need(first.name, labels=labels, whole=not all(need.labels for need in wanted))
