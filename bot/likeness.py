"""Likeness: what words are made of, in numbers, and how like the phrasings of each topic that is. Pure.

Each kind of feature is weighed by TF-IDF: what many phrasings share says little, and what none of them knows still
counts in the length of a row, so that it speaks against every topic. A ridge regression on the rows then gives each
topic its likeness. Rows are sparse, and a question looks only at the phrasings that share something with it.
"""

from array import array
from collections.abc import Callable, Sequence
from typing import Any

from bot.wording import Notions, Reader, pairs, stems

_PARTS, _WORDS, _PAIRS, _NOTIONS = 0.6, 0.7, 0.7, 0.4  # what each kind of feature weighs
_PART = 5  # characters
_COMMON, _FEW = 0.05, 100
"""What a larger share of the phrasings has than that, and more than a few, says nothing of any topic."""
_RIDGE = 1.0
_ROUNDS = 15  # more change no answer
_SPREAD = 0x9E3779B97F4A7C15  # odd, so that nothing is lost in multiplying
_BLANK = 32
_BEYOND = 2**16
"""Columns for what no phrasing knows: it brings no topic nearer, but two questions may share it."""


class Features:
    """Makes rows of features, once it was fitted on phrasings."""

    def __init__(self, notions: Notions) -> None:
        self._kinds = (
            _Kind(_PARTS, _parts),
            _Kind(_WORDS, _named(stems)),
            _Kind(_PAIRS, _named(pairs)),
            _Kind(_NOTIONS, _named(Reader(notions).read)),
        )

    def fit(self, folded: Sequence[str]) -> Any:
        """Learn how much each feature weighs; give the rows it was learnt from."""
        return _beside([kind.fit(folded) for kind in self._kinds])

    def of(self, folded: Sequence[str]) -> Any:
        """Give a row of features for each text."""
        return _beside([kind.of(folded) for kind in self._kinds])


class Regression:
    """Gives each topic its likeness to a row, from rows of which it is known."""

    def __init__(self, rows: Any, weights: Sequence[float], wanted: Any) -> None:
        import numpy as np  # noqa: PLC0415 - heavy; nobody who asks nothing waits for it

        damping = _RIDGE / np.array(weights, np.float32)[:, None]
        columns = rows.tocsc()
        self._pull = _solved(rows, columns.T, damping, wanted)
        self._starts = columns.indptr
        self._rows = columns.indices.astype(np.min_scalar_type(rows.shape[0]))
        self._shares = columns.data.astype(np.float16)

    def of(self, asked: Any) -> Any:
        """Give the likeness of one row to each topic."""
        import numpy as np  # noqa: PLC0415 - heavy

        starts, ends = self._starts[asked.indices], self._starts[asked.indices + 1]
        counts = ends - starts
        at = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        shared = self._shares[at] * np.repeat(asked.data, counts)
        sums = np.bincount(self._rows[at], shared, len(self._pull)).astype(np.float32)
        near = sums.nonzero()[0]
        return np.einsum("n,nt->t", sums[near], self._pull[near])


def alike(rows: Any, others: Any) -> Any:
    """Give the likeness of rows to others, from 0 to 1."""
    return (rows @ others.T).toarray() / (_lengths(rows)[:, None] * _lengths(others))


def _lengths(rows: Any) -> Any:
    import numpy as np  # noqa: PLC0415 - heavy

    return np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel()) + 1e-9


def _solved(rows: Any, columns: Any, damping: Any, wanted: Any) -> Any:
    """Give x of (rows rowsᵀ + damping) x = wanted, by conjugate gradients: all topics at once, and no large matrix."""
    found, left = wanted * 0, wanted.copy()
    ahead, size = left.copy(), (left * left).sum(axis=0)
    for _ in range(_ROUNDS):
        moved = rows @ (columns @ ahead) + damping * ahead
        step = size / (ahead * moved).sum(axis=0)
        found += step * ahead
        left -= step * moved
        size, before = (left * left).sum(axis=0), size
        ahead = left + (size / before) * ahead
    return found


Keys = tuple[Any, Any]
"""What texts are made of: for each thing its key of 64 bits, and the number of the text it is in."""


class _Kind:
    """One kind of features, weighed by TF-IDF to rows of the length sqrt(weight)."""

    def __init__(self, weight: float, keys: Callable[[Sequence[str]], Keys]) -> None:
        self._weight, self._keys = weight, keys
        self._known: Any = None
        self._rarity: Any = None

    def fit(self, folded: Sequence[str]) -> Any:
        """Learn what there is, and how rare each is; give the rows."""
        import numpy as np  # noqa: PLC0415 - heavy

        own, counts = _counted(*self._keys(folded), len(folded))
        shared = np.bincount(counts.indices, minlength=len(own))
        self._rarest = float(np.log(1 + len(folded)) + 1)
        rarity = np.where(shared > max(_FEW, len(folded) * _COMMON), 0, self._rarest - np.log(1 + shared))
        self._known, self._rarity = own, rarity.astype(np.float32)
        return self._weighed(own, counts)

    def of(self, folded: Sequence[str]) -> Any:
        """Give the rows of other texts."""
        return self._weighed(*_counted(*self._keys(folded), len(folded)))

    def _weighed(self, own: Any, counts: Any) -> Any:
        import numpy as np  # noqa: PLC0415 - heavy
        from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

        at = np.minimum(np.searchsorted(self._known, own), len(self._known) - 1)
        known = self._known[at] == own
        beyond = len(self._known) + (own % _BEYOND).astype(np.int64)
        rarity = np.where(known, self._rarity[at], self._rarest)
        shares = (1 + np.log(counts.data)) * rarity[counts.indices]
        lines = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        lengths = np.sqrt(np.bincount(lines, shares * shares, counts.shape[0])) + 1e-9
        scaled = (shares * self._weight**0.5 / lengths[lines]).astype(np.float32)
        place = np.where(known, at, beyond)[counts.indices]
        rows = csr_matrix((scaled, place, counts.indptr), (counts.shape[0], len(self._known) + _BEYOND))
        rows.eliminate_zeros()
        return rows


def _counted(keys: Any, lines: Any, size: int) -> tuple[Any, Any]:
    """Give the keys there are, and a row for each text of how often each is in it."""
    import numpy as np  # noqa: PLC0415 - heavy
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    own, column = np.unique(keys, return_inverse=True)
    counts = csr_matrix((np.ones(len(column), np.float32), (lines, column)), (size, len(own)))
    counts.sum_duplicates()
    return own, counts


def _named(things: Callable[[str], Sequence[str]]) -> Callable[[Sequence[str]], Keys]:
    """Make keys of what words say of a text."""

    def keys(folded: Sequence[str]) -> Keys:
        import numpy as np  # noqa: PLC0415 - heavy

        found, sizes = array("q"), []
        for text in folded:
            before = len(found)
            found.extend(map(hash, things(text)))
            sizes.append(len(found) - before)
        return np.array(found).view(np.uint64), np.repeat(np.arange(len(folded)), sizes)

    return keys


def _parts(folded: Sequence[str]) -> Keys:
    """Make keys of the parts of words, from two characters to five; a blank at their end shows where words end."""
    import numpy as np  # noqa: PLC0415 - heavy

    text = "".join(f"  {one} " for one in folded) + "  "
    signs = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    lines = np.repeat(np.arange(len(folded) + 1), [*(len(one) + 3 for one in folded), 2])
    blank = signs == _BLANK
    key, inner = signs, np.zeros(len(signs), bool)
    keys, places = [], []
    for size in range(2, _PART + 1):
        key = key[:-1] * np.uint64(_SPREAD) + signs[size - 1 :]
        inner = inner[:-1] | (blank[size - 2 : -1] if size > 2 else blank[:-1] & blank[1:])
        keys.append(key[~inner])
        places.append(lines[: len(key)][~inner])
    return np.concatenate(keys), np.concatenate(places)


def _beside(kinds: Sequence[Any]) -> Any:
    from scipy.sparse import hstack  # noqa: PLC0415 - heavy

    return hstack(kinds, format="csr")
