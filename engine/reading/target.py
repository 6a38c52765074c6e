"""Which loans went bad: the target column as truth, and what had to be assumed for it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.reading.notes import Note, refuse, shown
from engine.table import Column, Numbers, Table

FEWEST = 10  # bad loans, and good ones, below which nothing can be learnt
FEW = 100  # ... below which all figures are rough
_MOST_SHOWN = 12
_USUAL = 0.6  # more bad loans than this and "1 is bad" is probably the wrong way round

_BAD_WORDS = """1,yes,y,true,t,bad,default,defaulted,defaulter,charged off,chargedoff,charged-off,charge off,charge-off
chgoff,delinquent,late,overdue,not paid,unpaid,unsettled,npl,non-performing,nonperforming,loss,written off,write-off
bankrupt,bankruptcy,b,90+,poor,risk,risky,坏,坏账,违约,逾期,是,malo,mala,moroso,impago,si,sí,schlecht,mauvais"""
_GOOD_WORDS = """0,no,n,false,f,good,paid,fully paid,paid off,paid in full,p i f,pif,repaid,settled,closed,current
performing,ok,non-default,not default,no default,nondefault,not bad,healthy,safe,g,好,正常,否,已结清,bueno,buena,pagado
gut,bon"""
_BAD = frozenset(_BAD_WORDS.replace("\n", ",").split(","))
_GOOD = frozenset(_GOOD_WORDS.replace("\n", ",").split(","))
_UNFINISHED = frozenset(
    (
        "current",
        "issued",
        "in grace period",
        "active",
        "open",
        "running",
        "in progress",
        "ongoing",
        "进行中",
        "vigente",
    )
)
_PLAIN = frozenset(("0", "1", "yes", "no", "true", "false", "y", "n", "t", "f", "si", "sí", "是", "否"))
_GOOD_NAMES = (
    "good",
    "paid",
    "performing",
    "non_default",
    "no_default",
    "pagó",
    "pagado",
    "还清",
    "结清",
    "履约",
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The book ready to learn from: `table` without the target and without loans whose end is not known.

    `bad` is True for each row of it that went bad; `rows` are its places in the table it came from. `meaning` says
    which values mean bad.
    """

    table: Table
    bad: NDArray[np.bool_]
    rows: NDArray[np.intp]
    meaning: tuple[str, ...]
    notes: tuple[Note, ...]


def target(
    table: Table, column: str, bad: str | Sequence[str] | None = None, good: str | Sequence[str] | None = None
) -> Outcome:
    """Take `column` for the outcome of each loan.

    `bad` names the value (or values) that mean a bad loan; without it the obvious one of two is taken, or else the
    rarer one, and that is said. `good` names those that mean a good loan; without it all others do. Loans with
    neither, or with no outcome, are left out and told.

    Raises BookError where there is no such column, where it does not have two values and `bad` does not settle it,
    or where fewer than ten loans are bad, or fewer than ten good.
    """
    found = _column(table, column)
    codes, values = _values(found)
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    values_shown = _listed(values, counts)
    if not len(values):
        raise refuse(
            table.name, f"column `{column}`", "the target has no value in any row", "name another column"
        )
    notes: list[Note] = []
    if bad is None:
        if good is not None:
            wanted = [
                value for value in values if value not in _matched(table, column, good, values, values_shown)
            ]
        else:
            wanted, note = _obvious(table.name, column, values, counts, values_shown)
            notes.append(note)
    else:
        wanted = _matched(table, column, bad, values, values_shown)
    rest = [value for value in values if value not in wanted]
    fine = rest if good is None else _matched(table, column, good, values, values_shown)
    if bad is not None and good is None and len(rest) > 1:
        fine, note = _the_rest(column, wanted, rest)
        notes.append(note)
    is_bad = np.isin(codes, [values.index(value) for value in wanted])
    known = is_bad | np.isin(codes, [values.index(value) for value in fine])
    rows = np.flatnonzero(known)
    notes += _left_out(column, known)
    notes += _enough(table.name, column, is_bad[rows], wanted, values_shown)
    taken = table.drop((column,))
    taken = taken if len(rows) == table.rows else taken.take(rows)
    return Outcome(taken, is_bad[rows], rows, tuple(wanted), tuple(notes))


def _the_rest(column: str, bad: list[str], rest: list[str]) -> tuple[list[str], Note]:
    """Take all that is not bad for good, but for loans that run on, where others have come to a good end."""
    running = [value for value in rest if value.lower() in _UNFINISHED]
    ended = any(value.lower() in _GOOD - _UNFINISHED for value in rest)
    fine = [value for value in rest if value not in running] if ended else rest
    text = f"all but {_quoted(bad)} count as good: {_quoted(fine[:_MOST_SHOWN])}"
    if len(fine) < len(rest):
        text += f"; {_quoted(running)} run on and are left out"
    return fine, Note("target", column, f"{text}; if not, name the good ones with --good", fine[0], len(fine))


def _column(table: Table, column: str) -> Column:
    if column in table:
        return table[column]
    near = difflib.get_close_matches(column, list(table), n=3, cutoff=0.5)
    folded = [name for name in table if name.lower() == column.lower()]
    hint = f"did you mean {_quoted(folded or near)}?" if folded or near else ""
    names = ", ".join(list(table)[:20]) + (" ..." if len(table.columns) > 20 else "")
    raise refuse(
        table.name, "", f"there is no column `{column}`", f"{hint + ' ' if hint else ''}accepted: {names}"
    )


def _values(column: Column) -> tuple[NDArray[np.int64], list[str]]:
    """Give each row the place of its value (-1 where it has none), and the values as texts."""
    if not isinstance(column, Numbers):
        used = np.bincount(column.codes[column.codes >= 0], minlength=len(column.labels)) > 0
        places = np.append(np.where(used, np.cumsum(used) - 1, -1), -1)
        return places[column.codes], [label for label, kept in zip(column.labels, used, strict=True) if kept]
    known = ~column.missing
    different, places = np.unique(column.values[known], return_inverse=True)
    codes = np.full(len(column), -1, np.int64)
    codes[known] = places
    return codes, [f"{value:.12g}" for value in different.tolist()]


def _matched(
    table: Table, column: str, wanted: str | Sequence[str], values: list[str], listed: str
) -> list[str]:
    """Find the values that the person named, as written or but for case or as the same number."""
    names = [wanted] if isinstance(wanted, str | int | float) else list(wanted)
    found = []
    for name in names:
        text = str(name).strip()
        same = [value for value in values if value == text]
        same = same or [value for value in values if value.lower() == text.lower()]
        same = same or [value for value in values if _as_number(value) == _as_number(text) is not None]
        if not same:
            where = f"column `{column}`"
            raise refuse(table.name, where, f"no loan has the value `{shown(text)}`", f"its values: {listed}")
        found += same
    return found


def _as_number(text: str) -> float | None:
    try:
        return float({"true": "1", "false": "0"}.get(text.lower(), text))
    except ValueError:
        return None


def _obvious(
    name: str, column: str, values: list[str], counts: NDArray[np.int64], listed: str
) -> tuple[list[str], Note]:
    """Take one of two values for bad, and say why."""
    where = f"column `{column}`"
    if len(values) == 1:
        raise refuse(
            name,
            where,
            f"every loan has the same outcome, {listed}",
            "a book of good and bad loans is needed",
        )
    if len(values) > 2:
        wrong = f"the target has {len(values):,} values where two are wanted: {listed}"
        raise refuse(
            name, where, wrong, f"say which mean a bad loan: for example --bad {_rarest(values, counts)!r}"
        )
    shares = counts / counts.sum()
    low = [value.lower() for value in values]
    bad = [value in _BAD and (value != "1" or "0" in low) for value in low]  # of 1 and 2, neither says it
    good = [value in _GOOD for value in low]
    kind = column.lower().replace("-", "_").replace(".", "_").replace(" ", "_")
    turned = any(part in kind for part in _GOOD_NAMES) and not any(
        part in kind for part in ("bad", "not_", "unpaid")
    )
    plain = set(low) <= _PLAIN
    if bad[0] != bad[1] or good[0] != good[1]:
        place = bad.index(True) if bad[0] != bad[1] else good.index(False)
        why = "the usual meaning"
        if plain and turned:
            place, why = 1 - place, f"because of the name `{column}`"
        elif plain and shares[place] > _USUAL:
            place, why = (
                1 - place,
                f"because `{values[place]}` is {shares[place]:.0%} of the loans, too many to be bad",
            )
    else:
        place, why = int(np.argmin(counts)), "because it is the rarer one"
    text = f"`{values[place]}` ({shares[place]:.1%}) was taken as bad, {why}"
    if why != "the usual meaning":
        text += f"; if it is the other one, say --bad {values[1 - place]!r}"
    return [values[place]], Note("target", column, text, values[place], int(counts[place]))


def _rarest(values: list[str], counts: NDArray[np.int64]) -> str:
    usual = [value for value in values if value.lower() in _BAD - {"1", "b"}]
    return usual[0] if usual else values[int(np.argmin(counts))]


def _left_out(column: str, known: NDArray[np.bool_]) -> list[Note]:
    gone = int((~known).sum())
    if not gone:
        return []
    first = int(np.argmin(known)) + 1
    text = f"{gone:,} of {len(known):,} loans have no outcome and were left out; the first is row {first}"
    return [Note("target", column, text, "", gone)]


def _enough(name: str, column: str, bad: NDArray[np.bool_], wanted: list[str], listed: str) -> list[Note]:
    bads, goods = int(bad.sum()), int((~bad).sum())
    said = f"{bads:,} bad loans ({_quoted(wanted)}) and {goods:,} good ones"
    if min(bads, goods) < FEWEST:
        remedy = f"at least {FEWEST} of each are needed; another value may mean bad (--bad VALUE): {listed}"
        raise refuse(name, f"column `{column}`", said, remedy)
    if min(bads, goods) < FEW:
        return [Note("few", column, f"only {said}: all figures will be rough", wanted[0], min(bads, goods))]
    return []


def _listed(values: list[str], counts: NDArray[np.int64]) -> str:
    order = np.argsort(-counts, kind="stable")[:_MOST_SHOWN]
    said = ", ".join(f"`{shown(values[at], 40)}` ({int(counts[at]):,})" for at in order)
    return said + (f" and {len(values) - _MOST_SHOWN:,} more" if len(values) > _MOST_SHOWN else "")


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f"`{shown(value, 40)}`" for value in values)
