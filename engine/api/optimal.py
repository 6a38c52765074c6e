"""One column in bins: exact, monotone where wanted, as a scikit-learn transformer to weights of evidence."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from engine.binning import Trend, best, likelihood, prebins
from engine.judge.intervals import Floats

Bools = NDArray[np.bool_]
_HALF = 0.5  # loans added to both outcomes, so that no weight of evidence is infinite
MISSING, OTHER = "missing", "other"


class Bin(NamedTuple):
    """One bin: `name`, how many loans and bad ones, and what it tells.

    `woe` is ln(share of the good / share of the bad), above 0 where it is safer than the average; `iv` its part of the
    information value; `ks` the distance of the cumulated shares of bad and good behind this bin (0..1).
    """

    name: str
    rows: int
    bads: int
    bad_rate: float
    woe: float
    iv: float
    ks: float


class OptimalBinning(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Cut a column into the bins of greatest likelihood, exactly (dynamic programming over pre-bins).

    `trend`: how the weight of evidence runs as the value rises: "up", "down", "peak", "valley", or "auto", the best of
    them. `most`: bins at most. `least`: the share of loans (0..0.5) that a bin holds at least. `distance`: by how much
    the weights of neighbours differ at least. `price`: what a bin more must gain in log-likelihood. `prebins`: into how
    many parts the values are cut first. `special`: values with a bin of their own each. Missing values (None, NaN, an
    empty text) have one too. Texts are categories: ordered by their bad rate, then joined; rare ones together.

    After `fit`: `bins_` (a `Bin` each, special and missing behind), `cuts_` (rising; a value at a cut lies above it),
    `groups_` (the categories of each bin), `trend_` and `iv_`.
    """

    def __init__(
        self,
        trend: Trend = "auto",
        most: int = 10,
        least: float = 0.02,
        distance: float = 0.0,
        price: float = 2.0,
        prebins: int = 50,
        special: Sequence[float | str] = (),
    ) -> None:
        self.trend = trend
        self.most = most
        self.least = least
        self.distance = distance
        self.price = price
        self.prebins = prebins
        self.special = special

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803 - scikit-learn's name
        """Find the bins of one column; `y` is 1 (or True) for a bad loan, else 0. Raises ValueError."""
        values, is_text = _column(X)
        bad = _outcome(y, len(values))
        self.n_features_in_ = 1
        missing, codes = _apart(values, self.special)
        plain = (codes < 0) & ~missing
        self.cuts_: tuple[float, ...] = ()
        self.groups_: tuple[tuple[str, ...], ...] = ()
        self.trend_: Trend = "up"
        if is_text:
            self._fit_texts(values[plain].astype(str), bad[plain])
        else:
            self._fit_numbers(values[plain].astype(np.float64), bad[plain])
        self._is_text = is_text
        self.bins_ = self._counted(self._places(values, missing, codes), bad)
        self.iv_ = float(sum(one.iv for one in self.bins_))
        return self

    def transform(self, X: ArrayLike) -> Floats:  # noqa: N803 - scikit-learn's name
        """Give each row's weight of evidence, as a column (rows, 1); 0 for a bin that held nobody."""
        if not hasattr(self, "bins_"):
            raise ValueError("these bins are not fitted yet; call `fit` first")
        values, _ = _column(X)
        missing, codes = _apart(values, self.special)
        woes = np.array([one.woe for one in self.bins_])
        found: Floats = woes[self._places(values, missing, codes)].reshape(-1, 1)
        return found

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> NDArray[np.object_]:
        """Name the column that `transform` gives."""
        name = "x" if input_features is None else input_features[0]
        return np.array([f"{name}_woe"], dtype=object)

    def _fit_numbers(self, values: Floats, bad: Bools) -> None:
        if not len(values):
            return
        cuts = prebins(values, self.prebins)
        places = np.searchsorted(cuts, values, side="right")
        starts = self._joined(places, len(cuts) + 1, bad, self.trend)
        self.cuts_ = tuple(float(cuts[at - 1]) for at in starts[1:])

    def _fit_texts(self, values: NDArray[Any], bad: Bools) -> None:
        if not len(values):
            return
        labels, places = np.unique(values, return_inverse=True)
        counts = np.bincount(places)
        rates = (np.bincount(places, bad) + bad.mean()) / (counts + 1.0)
        kept = np.flatnonzero(counts >= max(2.0, 0.002 * len(values)))
        kept = kept if len(kept) else np.array([int(counts.argmax())])
        order = kept[np.argsort(-rates[kept], kind="stable")]  # the riskiest first: evidence rises
        rank = np.full(len(labels), -1)
        rank[order] = np.arange(len(order))
        known = rank[places] >= 0
        starts = self._joined(rank[places][known], len(order), bad[known], "up")
        ends = (*starts[1:], len(order))
        self.groups_ = tuple(
            tuple(sorted(str(labels[at]) for at in order[start:end]))
            for start, end in zip(starts, ends, strict=True)
        )

    def _joined(self, places: NDArray[np.intp], size: int, bad: Bools, trend: Trend) -> tuple[int, ...]:
        """Join pre-bins; remembers the trend."""
        bads = np.bincount(places, bad, minlength=size).astype(np.float64)
        goods = np.bincount(places, ~bad, minlength=size).astype(np.float64)
        cost, value = likelihood(bads, goods, least=self.least * len(places), price=self.price)
        found = best(cost, value, trend=trend, most=self.most, distance=self.distance, turn=self.price)
        self.trend_ = found.trend
        return found.starts

    def _places(self, values: NDArray[Any], missing: Bools, codes: NDArray[np.intp]) -> NDArray[np.intp]:
        """Give the bin of each row: the bins, other categories, each special value, and last the missing."""
        plain = (codes < 0) & ~missing
        places = np.empty(len(values), dtype=np.intp)
        if self._is_text:
            known = {label: at for at, group in enumerate(self.groups_) for label in group}
            size = len(self.groups_) + 1
            texts, back = np.unique(values[plain].astype(str), return_inverse=True)
            places[plain] = np.array([known.get(str(text), size - 1) for text in texts], dtype=np.intp)[back]
        else:
            size = len(self.cuts_) + 1
            places[plain] = np.searchsorted(self.cuts_, values[plain].astype(np.float64), side="right")
        places[codes >= 0] = size + codes[codes >= 0]
        places[missing] = size + len(self.special)
        return places

    def _names(self) -> list[str]:
        names = [" | ".join(group) for group in self.groups_] + [OTHER]
        if not self._is_text:
            ends = [f"{cut:.6g}" for cut in self.cuts_]
            middle = [f"{low} to below {high}" for low, high in itertools.pairwise(ends)]
            names = [f"below {ends[0]}", *middle, f"{ends[-1]} and up"] if ends else ["any value"]
        return [*names, *(f"exactly {code}" for code in self.special), MISSING]

    def _counted(self, places: NDArray[np.intp], bad: Bools) -> tuple[Bin, ...]:
        names = self._names()
        bads = np.bincount(places, bad, minlength=len(names)).astype(np.float64)
        goods = np.bincount(places, ~bad, minlength=len(names)).astype(np.float64)
        used = np.count_nonzero(bads + goods)
        good, ill = ((part + _HALF) / (part.sum() + _HALF * used) for part in (goods, bads))
        seen = bads + goods > 0
        woe = np.where(seen, np.log(good / ill), 0.0)
        iv = np.where(seen, (good - ill) * woe, 0.0)
        ks = np.abs(np.cumsum(bads) / max(bads.sum(), 1.0) - np.cumsum(goods) / max(goods.sum(), 1.0))
        rates = bads / np.maximum(bads + goods, 1.0)
        rows = zip(names, (bads + goods).tolist(), bads.tolist(), rates, woe, iv, ks, strict=True)
        return tuple(
            Bin(name, int(count), int(many), float(rate), float(weight), float(part), float(apart))
            for name, count, many, rate, weight, part, apart in rows
        )


def _column(given: ArrayLike) -> tuple[NDArray[Any], bool]:
    """Give one column as an array of numbers, or of objects where there are texts."""
    array = np.asarray(given)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or not len(array):
        raise ValueError(f"one column of at least one row is wanted, not an array of shape {array.shape}")
    if array.dtype.kind in "fiub":
        return array.astype(np.float64), False
    objects = array.astype(object)
    known = [value for value in objects.tolist() if not _absent(value)]
    if all(isinstance(value, int | float | np.number) for value in known):
        return np.array([np.nan if _absent(value) else float(value) for value in objects.tolist()]), False
    return objects, True


def _outcome(given: ArrayLike, rows: int) -> Bools:
    array = np.asarray(given)
    if array.shape != (rows,):
        raise ValueError(f"an outcome for each of {rows} rows is wanted, not an array of shape {array.shape}")
    if not np.isin(array, (0, 1)).all():
        raise ValueError("an outcome is 1 for a bad loan and 0 for a good one; for example y == 'bad'")
    bad = array.astype(np.bool_)
    if bad.all() or not bad.any():
        raise ValueError("bins need both good and bad loans")
    return bad


def _apart(values: NDArray[Any], special: Sequence[float | str]) -> tuple[Bools, NDArray[np.intp]]:
    """Say which rows are missing, and for the others the place of their special value (-1: none)."""
    if values.dtype == object:
        missing = np.array([_absent(value) for value in values.tolist()], dtype=np.bool_)
    else:
        missing = np.isnan(values)
        if np.isinf(values).any():
            raise ValueError("infinite values; accepted: finite numbers, and NaN where one is missing")
    codes = np.full(len(values), -1, dtype=np.intp)
    for at, code in enumerate(special):
        codes[values == code] = at
    return missing, codes


def _absent(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN
