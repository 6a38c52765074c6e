"""A small lender's folder: loan books as files, an applicant, and two models trained on them."""

import csv
import json
import math
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.cli.main import main

ROOT = Path(__file__).parents[2]
APPLICANT: dict[str, float | str] = {
    "income": 2500,
    "debt": 9000,
    "months_employed": 30,
    "home": "rent",
    "age": 33,
}
HEAD = [
    "loan_id",
    "granted",
    "income",
    "debt",
    "months_employed",
    "home",
    "sex",
    "age",
    "purpose",
    "defaulted",
]


def write_book(path: Path, rows: int, seed: int, *, ended: bool = True, richer: float = 0.0) -> None:
    """Write a CSV of made-up loans: debt, income, home and work decide; sex and purpose do not."""
    draw = random.Random(seed)  # noqa: S311 - made-up loans, no secrets
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEAD if ended else HEAD[:-1])
        for at in range(rows):
            income = round(draw.lognormvariate(8.0 + richer, 0.5))
            debt = round(income * draw.random() * 6)
            work = draw.choice([None, draw.randrange(240)])
            home, sex = draw.choice(["own", "rent", "rent", "family"]), draw.choice(["female", "male"])
            age, purpose = draw.randrange(19, 75), draw.choice(["car", "home", "study"])
            risk = -2.0 + 0.35 * debt / income - 0.4 * (income > 4000) + 0.5 * (home == "rent")
            risk -= 0.004 * (work or 0) + 0.002 * (age - 40)
            bad = draw.random() < 1.0 / (1.0 + math.exp(-risk))
            month = at * 12 // rows + 1
            row = [10_000 + at, f"2024-{month:02d}-15", income, debt, work, home, sex, age, purpose]
            out.writerow([*row, "yes" if bad else "no"] if ended else row)


def write_folder(folder: Path) -> None:
    """Write the books and the applicant, and train a scorecard and its challenger."""
    write_book(folder / "loans.csv", 1500, 1)
    write_book(folder / "newer.csv", 900, 2, richer=0.15)
    write_book(folder / "refused.csv", 300, 3, ended=False)
    write_book(folder / "applicants.csv", 120, 4, ended=False)
    (folder / "applicant.json").write_text(json.dumps(APPLICANT), encoding="utf-8")
    for name, more in (("loans", []), ("other", ["--drop", "home"])):
        out = str(folder / f"{name}-model")
        arguments = ["train", str(folder / "loans.csv"), "--target", "defaulted", "--kind", "scorecard"]
        assert main([*arguments, "--out", out, "--json", *more]) == 0


def start(arguments: Sequence[str], folder: Path) -> "subprocess.Popen[str]":
    """Start the command as a user would, in `folder`; Ctrl-C reaches it however the tests were started."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, "-m", "engine", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
