"""Models that are no sum of points, as values: tree, network, boosting, and a blend of any with a scorecard.

Saved as JSON, scored for one person by arithmetic alone. What fits them or scores a whole table is in modules
of its own (`fit_*`, `encode`, `many`, `fidelity`), which need numpy and scikit-learn.
"""

from engine.kinds.blend import Blend, Part
from engine.kinds.inputs import Input
from engine.kinds.network import Curve, Layer, NetworkBody
from engine.kinds.nonlinear import Body, Nonlinear
from engine.kinds.trees import BoostingBody, Split, TreeBody

__all__ = [
    "Blend",
    "Body",
    "BoostingBody",
    "Curve",
    "Input",
    "Layer",
    "NetworkBody",
    "Nonlinear",
    "Part",
    "Split",
    "TreeBody",
]
