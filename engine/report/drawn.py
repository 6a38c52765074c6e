"""A drawing on a page: its picture, its sentence and its table; and the axes that drawings share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.judge.intervals import Floats
from engine.report.document import Grid

_TICKS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
_APART = 0.09  # of an axis' length: what keeps two labels apart


@dataclass(frozen=True)
class Drawn:
    """One plot: `said` explains it in a plain sentence, `table` its figures for whoever cannot look."""

    title: str
    svg: str
    said: str
    table: Grid | None = None


def percent(value: float, _: object = None) -> str:
    """Write a tick of an axis of shares: 5%, 0.5%."""
    return f"{100.0 * value:.3g}%"


def stretch(axes: Any, which: str, top: float) -> None:
    """Stretch the low end of an axis of shares from 0 to `top` by square roots, where most loans lie."""
    limit, ticks = (getattr(axes, f"set_{which}{part}") for part in ("lim", "ticks"))
    roots(axes, which)
    limit(0.0, top)
    shown: list[float] = []
    for tick in _TICKS:
        if tick <= top and (not shown or np.sqrt(tick / top) - np.sqrt(shown[-1] / top) > _APART):
            shown.append(tick)
    ticks(shown, [percent(tick) for tick in shown])


def roots(axes: Any, which: str) -> None:
    """Make an axis one of square roots."""
    getattr(axes, f"set_{which}scale")("function", functions=(_root, np.square))


def _root(values: Floats) -> Floats:
    roots: Floats = np.sqrt(np.maximum(values, 0.0))
    return roots
