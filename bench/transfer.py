"""`python -m bench.transfer DATA`: the starter on books it never saw, and with a few of the lender's own loans."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine import books
from engine.batch import score_many
from engine.fitting import scorecard
from engine.fitting.scorecard import Plan
from engine.judge.evaluate import auc
from engine.scorecard import Scorecard
from engine.table import Table
from engine.training import starter

OWN = (200, 500, 2_000)
DRAWS = 4
ASKED = 20_000  # rows a draw is measured on, at most


def grown(book: books.Book, loans: int, prior: Scorecard | None) -> float | None:
    """Fit on a few own loans, drawn four times; the mean AUC on the others, None for a book too small."""
    if loans > len(book.bad) - 100:
        return None
    found = []
    for draw in range(DRAWS):
        order = np.random.default_rng(draw).permutation(len(book.bad))
        own, rest = order[:loans], order[loans : loans + ASKED]
        plan = Plan(catalogue=frozenset(book.table))
        model = scorecard.fit(book.table.take(own), book.bad[own], plan=plan, prior=prior)
        found.append(ranked(model, book.table.take(rest), book.bad[rest]))
    return float(np.mean(found))


def ranked(model: Scorecard, table: Table, bad: np.ndarray) -> float:
    return auc(-score_many(model, table).unclipped.astype(np.float64), bad)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    data = parser.parse_args(arguments).data
    if not data.exists():
        print(f"{data} is not there: no books to measure on", file=sys.stderr)
        return
    model = starter()
    print("| book | use | starter |", " | ".join(f"+{n} | own {n}" for n in OWN), "|")
    print("|---|---|---:|" + "---:|" * (2 * len(OWN)))
    rows = []
    for name in books.available():
        book = books.read(name, data)
        row: list[float | None] = [ranked(model, book.table, book.bad)]
        for loans in OWN:
            row += [grown(book, loans, model), grown(book, loans, None)]
        rows.append(row)
        print(f"| {name} | {book.use} | " + " | ".join("–" if x is None else f"{x:.3f}" for x in row) + " |")
    means = [[x for x in column if x is not None] for column in zip(*rows, strict=True)]
    print("| mean | | " + " | ".join(f"{np.mean(column):.4f}" for column in means) + " |")


if __name__ == "__main__":
    main()
