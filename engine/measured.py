"""What a training run measures on the loans it held out, as figures for the model card and arrays for its plots."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import spread
from engine.countries.pack import Pack
from engine.fitting.additive import Floats
from engine.fitting.contest import RULE, Contest
from engine.fitting.kinds import Model
from engine.fitting.scorecard import Plan
from engine.judge import evaluate
from engine.judge.intervals import Figure
from engine.judge.spread import measure as measure_spread
from engine.kinds import fidelity
from engine.kinds.encode import encode
from engine.kinds.fit_inputs import inputs_of
from engine.kinds.many import scores_many
from engine.monitor import drift
from engine.monitor.fairness import FEWEST, bands, fairness
from engine.monitor.proxy import proxy
from engine.places import reference
from engine.profile import Profile, Row
from engine.reading.notes import Note
from engine.report.evidence import Evidence, Groups, term
from engine.scorecard import Scorecard
from engine.screening import Refusal
from engine.table import Labels, Numbers, Table

Rows = NDArray[np.intp]
_AGES = (25.0, 35.0, 50.0, 65.0)
_ASKED = 300  # people whose reasons are tested: enough to tell four in five from less
_MOST_GROUPS = 12  # a protected column with more values is no list of groups
_ROAD = (
    (200, "the expert's points decide nearly alone: too few loans of your own"),
    (2_000, "your loans refine the prior: a plain scorecard is still as good as anything"),
)
_FAR = "your loans decide: kinds of model compete on held-out loans"


@dataclass(frozen=True)
class Book:
    """A book ready to learn from: `table` of the kept columns, `whole` of all; and what was said on the way.

    `bad` is True for each loan that ended as `meaning` says, in the column `target`. `time`: its date column.
    """

    table: Table
    whole: Table
    bad: NDArray[np.bool_]
    plan: Plan
    target: str
    meaning: str
    notes: tuple[Note, ...]
    refused: tuple[Refusal, ...]
    time: str | None


@dataclass(frozen=True)
class Held:
    """The rows learnt from (`known`) and held out (`asked`), the contest, and what each kind said of the latter.

    `pds` by kind; `odds` are the log-odds of good of the kind that was taken.
    """

    known: Rows
    asked: Rows
    contest: Contest
    pds: Mapping[str, Floats]
    odds: Floats


def evidence(book: Book, held: Held, model: Model, card: Scorecard) -> Evidence:
    """Gather what the plots are drawn from."""
    known, asked = book.table.take(held.known), book.table.take(held.asked)
    bad = book.bad[held.known]
    terms = {
        entry.name: term(entry, known[entry.name], bad, asked[entry.name])
        for entry in card.factors
        if entry.name in book.table
    }
    return Evidence(
        pd=held.pds,
        bad=book.bad[held.asked],
        chosen=held.contest.taken,
        scores=scores_many(model.scale, held.odds).astype(np.float64),
        groups=_groups(book, held.asked),
        periods=_periods(book, held.asked),
        terms=terms,
    )


def figures(
    book: Book, held: Held, told_true: Row, shown: Evidence, pack: Pack | None, seed: int
) -> dict[str, Row]:
    """Give everything the model card reports, row by row."""
    rows: dict[str, Row] = {"book": _book(book, pack), "split": _split(book, held, seed)}
    rows["choice"] = {"kind": held.contest.taken, "rule": RULE, "why": held.contest.why}
    for kind, candidate in held.contest.candidates.items():
        told = evaluate.performance(held.pds[kind], shown.bad, seed=seed)
        row: Row = {"cv_auc": round(candidate.auc, 4), "cv_log_loss": round(candidate.log_loss, 5)}
        for name in ("auc", "ks", "brier", "log_loss", "ece"):
            row |= _interval(name, getattr(told, name))
        rows[f"kind {kind}"] = {**row, "ece_floor": round(told.ece_floor, 4)}
    if told_true:
        rows["fidelity"] = told_true
    rows |= _fairness(shown, book)
    rows |= _proxies(book, seed)
    rows |= _drift(shown)
    loans = len(book.bad)
    says = next((text for least, text in _ROAD if loans < least), _FAR)
    rows["road"] = {"loans": loans, "bads": int(book.bad.sum()), "says": says}
    return rows


def spread_of(model: Model, held: Held, name: str) -> dict[str, Row]:
    """Measure how the held-out loans are spread over a scorecard's points; nothing for another kind, without a base."""
    if not isinstance(model, Scorecard):
        return {}
    points = np.array([model.scale.points(odds) for odds in held.odds], dtype=np.int64) - model.base
    return {spread.FIGURE: measure_spread([(name, points)])}


def profile(book: Book, held: Held, card: Scorecard, model: Model) -> Profile:
    """Count the book by the scorecard's bins, and the scores of the held-out loans by tenths."""
    entries = [entry for entry in card.factors if entry.name in book.table]
    scores = scores_many(model.scale, held.odds).astype(np.float64)
    cuts = drift.deciles(scores)
    return Profile(
        columns=tuple(reference(entry, book.table, book.bad) for entry in entries),
        cuts=cuts,
        counts=tuple(drift.count(scores, cuts)),
    )


def _interval(name: str, figure: Figure) -> Row:
    """Write a figure and its 95 % interval down."""
    value, low, high = (round(end, 4) for end in (figure.value, figure.low, figure.high))
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _book(book: Book, pack: Pack | None) -> Row:
    row: Row = {
        "name": book.table.name,
        "rows": len(book.bad),
        "bads": int(book.bad.sum()),
        "bad_rate": round(float(book.bad.mean()), 4),
        "columns": len(book.whole.columns),
        "kept": len(book.table.columns),
        "refused": len(book.refused),
        "target": book.target,
        "bad_value": book.meaning,
        "pack": "" if pack is None else f"{pack.id} {pack.version}",
    }
    if book.time:
        dates = book.whole[book.time]
        if isinstance(dates, Numbers):
            first, last = np.nanmin(dates.values), np.nanmax(dates.values)
            row["first_date"] = str(np.datetime64(int(first), "D"))
            row["last_date"] = str(np.datetime64(int(last), "D"))
    return row


def _split(book: Book, held: Held, seed: int) -> Row:
    rule = f"the latest by {book.time}" if book.time else "drawn, with the book's own bad rate"
    return {
        "rule": rule,
        "train_rows": len(held.known),
        "test_rows": len(held.asked),
        "test_bads": int(book.bad[held.asked].sum()),
        "seed": seed,
    }


def fidelity_of(model: Model, asked: Table, seed: int) -> Row:
    """Test the named reasons on loans held out; nothing to test on a scorecard, whose reasons are its points.

    A tree may go out whatever the test says: beside the reasons it shows the very rule that decided.
    """
    if isinstance(model, Scorecard):
        return {}
    told = fidelity.fidelity(model, fidelity.sample(asked, list(asked), count=_ASKED, seed=seed))
    row: Row = {"kind": model.kind, "cases": told.cases, "share": round(told.within, 4)}
    row |= {"mean_error": round(told.error, 2), "bound": fidelity.BOUND}
    return {**row, "open": told.passes or model.kind == "tree"}


def _groups(book: Book, rows: Rows) -> dict[str, Groups]:
    """Give the protected columns of the book, those that were kept out of the model too, and age."""
    guarded = {item.column for item in book.refused if item.reason in ("protected", "forbidden")}
    found: dict[str, Groups] = {}
    for name in book.whole:
        column = book.whole[name].take(rows)
        if name.lower() in ("age", "age_years", "edad") and isinstance(column, Numbers):
            found[name] = bands(column.values, _AGES)
        elif name in guarded and isinstance(column, Labels) and len(column.labels) <= _MOST_GROUPS:
            found[name] = (column.codes, column.labels)
        elif name in guarded and isinstance(column, Numbers):
            values, codes = np.unique(column.values[~column.missing], return_inverse=True)
            if len(values) <= _MOST_GROUPS:
                placed = np.full(len(column), -1, dtype=np.int32)
                placed[~column.missing] = codes
                found[name] = (placed, tuple(f"{value:g}" for value in values))
    return found


def _periods(book: Book, rows: Rows) -> Groups | None:
    if not book.time:
        return None
    column = book.whole[book.time]
    if not isinstance(column, Numbers):
        return None
    days = column.take(rows).values
    known = ~np.isnan(days)
    months = np.full(len(days), -1, dtype=np.int32)
    dates = days[known].astype("datetime64[D]").astype("datetime64[M]")
    names, codes = np.unique(dates, return_inverse=True)
    months[known] = codes
    return months, tuple(str(name) for name in names)


def _fairness(shown: Evidence, book: Book) -> dict[str, Row]:
    """Approve as many as repay: the cut-off that lets through one less the bad rate."""
    pd = shown.pd[shown.chosen]
    cutoff = float(np.quantile(pd, 1.0 - book.bad.mean()))
    rows: dict[str, Row] = {}
    for name, (codes, labels) in shown.groups.items():
        for group in fairness(name, codes.astype(np.intp), labels, pd, shown.bad, cutoff=cutoff).groups:
            if not group.rows:
                continue
            row: Row = {
                "rows": group.rows,
                "judged": group.judged,
                "approval": round(group.approval.value, 4),
            }
            row |= {"mean_pd": round(group.mean_pd, 4), "cutoff": round(cutoff, 4), "level": group.level}
            if group.bad_rate:
                row |= _interval("bad_rate", group.bad_rate)
            if group.air:
                row |= _interval("air", group.air)
            rows[f"fairness {name}={group.group}"] = row
    return rows


def _proxies(book: Book, seed: int) -> dict[str, Row]:
    """Try to tell each protected column from the permitted ones."""
    rows: dict[str, Row] = {}
    every = np.arange(len(book.bad))
    for name, (codes, labels) in _groups(book, every).items():
        if name in book.table or np.count_nonzero(np.bincount(codes[codes >= 0]) >= FEWEST) < 2:
            continue
        inputs = inputs_of(book.table, book.bad, catalogue=book.plan.catalogue)
        matrix = encode(inputs, book.table)
        told = proxy(name, codes.astype(np.intp), labels, list(book.table), matrix, seed=seed)
        best = max(told.groups, key=lambda one: one.auc.value)
        carriers = ", ".join(one.column for one in told.carriers[:3])
        rows[f"proxy {name}"] = {
            "auc": round(best.auc.value, 4),
            "verdict": told.reading,
            "carriers": carriers,
        }
    return rows


def _drift(shown: Evidence) -> dict[str, Row]:
    """Compare the loans learnt from with those held out, bin by bin."""
    rows: dict[str, Row] = {}
    for name, (labels, goods, bads, now) in shown.terms.items():
        was = [good + bad for good, bad in zip(goods, bads, strict=True)]
        found = drift.stability(name, labels, was, now)
        rows[f"drift {name}"] = {
            "psi": round(found.psi, 4),
            "floor": round(found.by_chance, 4),
            "verdict": found.verdict,
        }
    return rows
