"""`score` for every row of a table: into a file of any size, or as a summary on the screen."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

import engine
from engine.batch import Scores, score_many
from engine.batch.file import score_file
from engine.cli import inputs, write
from engine.cli.command import Answer, UsageError
from engine.cli.progress import progress
from engine.explain import REASONS_MAX
from engine.report.document import Grid, Items, Text
from engine.report.wording import count, series, share

_SHOWN = 10


def run(chosen: Namespace) -> Answer:
    """Score a table; with `--out` its rows are written there, else a summary and the first rows are shown."""
    path = Path(chosen.record)
    model, pack = engine.load(chosen.model), inputs.pack_of(chosen)
    if chosen.out is None:
        if chosen.reasons:
            raise UsageError("--reasons go into a file: name it with --out FILE")
        scores = score_many(model, path, pack=pack)
        return Answer(_data(scores), [_summary(scores, model), _distribution(scores), _first(scores)])
    write.file_free(chosen.out)
    with progress(quiet=chosen.json) as told:
        done = score_file(
            model,
            path,
            chosen.out,
            pack=pack,
            reasons=REASONS_MAX if chosen.reasons else 0,
            progress=lambda part: told("scoring", part),
        )
    data = {"rows": done.rows, "absent": list(done.absent), "file": str(chosen.out)}
    items = [("scored", f"{done.rows:,} rows"), ("written", str(chosen.out)), *_absent(done.absent)]
    return Answer({**data, "model_id": model.id, "model_hash": model.hash}, [Items(tuple(items))])


def _absent(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("not in the table", f"{series(names)}: read as missing")] if names else []


def _summary(scores: Scores, model: inputs.Model) -> Items:
    rows = len(scores.score)
    mean = share(float(scores.pd.mean())) if rows else "no rows"
    items = [("rows", count(rows)), ("chance of default", f"{mean} on average"), *_absent(scores.absent)]
    return Items((*items, ("model", f"{model.id} {model.hash[:12]}")))


def _distribution(scores: Scores) -> Grid:
    counts = np.bincount(scores.band, minlength=len(scores.bands)).tolist()
    rows = max(len(scores.band), 1)
    lines = tuple(
        (name, f"{many:,}", share(many / rows)) for name, many in zip(scores.bands, counts, strict=True)
    )
    return Grid("Bands:", ("band", "rows", "share"), lines)


def _first(scores: Scores) -> Grid | Text:
    lines = tuple(
        (str(at + 1), str(scores.score[at]), scores.bands[scores.band[at]], share(float(scores.pd[at])))
        for at in range(min(_SHOWN, len(scores.score)))
    )
    return Grid("The first rows; --out FILE writes them all:", ("row", "score", "band", "PD"), lines, first=1)


def _data(scores: Scores) -> dict[str, Any]:
    found = zip(scores.score.tolist(), scores.pd.tolist(), scores.band.tolist(), strict=True)
    rows = [{"score": score, "pd": pd, "band": scores.bands[band]} for score, pd, band in found]
    return {"rows": rows, "absent": list(scores.absent)}
