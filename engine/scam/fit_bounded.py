"""Logistic regression that may not contradict what is known: some weights can only speak for a scam, some against.

People who write test messages avoid the plain words of a scam, and warnings quote them; a fit left alone learns that
plain words speak for good faith, and lets the plainest scam through.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from engine.scam import lexicon

Floats = NDArray[np.float64]
_MOST = 250  # steps
_AGAINST = frozenset(
    (
        "c:never_ask",
        "c:do_not_share",
        "c:hotline",
        "c:conditions",
        "c:apr",
        "c:in_contract",
        "c:autopay",
        "c:own_channel",
        "c:contract_no",
    )
)


def bounds(names: Sequence[str]) -> list[tuple[float | None, float | None]]:
    """Give the lowest and highest weight of each feature."""
    asks = lexicon.asks()
    return [_bound(name, asks) for name in names]


def _bound(name: str, asks: frozenset[str]) -> tuple[float | None, float | None]:
    if name.startswith("r:") or (name.startswith("p:") and asks.issuperset(name[2:].split("+"))):
        return 0.0, None
    if name.startswith(("f:", "d:")) or name in _AGAINST:
        return None, 0.0
    return None, None


def fit(
    inputs: csr_matrix,
    bad: NDArray[np.bool_],
    weights: Floats,
    softness: float,
    limits: Sequence[tuple[float | None, float | None]],
) -> tuple[Floats, float]:
    """Give the weight of each column, within its limits, and the intercept. Both outcomes weigh alike."""
    signs = np.where(bad, 1.0, -1.0)
    balanced = weights * softness * len(bad) / 2
    balanced[bad] /= bad.sum()
    balanced[~bad] /= (~bad).sum()
    turned = inputs.T.tocsr()

    def loss(at: Floats) -> tuple[float, Floats]:
        margin = signs * (inputs @ at[:-1] + at[-1])
        pull = -signs * balanced / (1 + np.exp(np.minimum(margin, 50)))
        value = float(balanced @ np.logaddexp(0, -margin) + at[:-1] @ at[:-1] / 2)
        return value, np.append(turned @ pull + at[:-1], pull.sum())

    found = minimize(
        loss,
        np.zeros(inputs.shape[1] + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[*limits, (None, None)],
        options={"maxiter": _MOST},
    )
    return found.x[:-1], float(found.x[-1])
