"""Every kind of model as a scikit-learn classifier: pipelines, grids and cross-validation work on it."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from engine import reading
from engine.batch import score_many
from engine.fitting import contest
from engine.fitting.kinds import KINDS, Kind, Model
from engine.fitting.scorecard import Plan
from engine.fitting.setup import Setup
from engine.judge.intervals import Floats
from engine.table import Numbers, Table
from engine.training import Wanted

_FEWEST = 2  # of each class: without a second one, nothing can be held out


class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A scorecard, tree, boosted trees or network, calibrated on rows held out, behind scikit-learn's conventions.

    `kind`: one of them, or "all" against each other, of which the stated rule takes one. `seed` fixes all that is
    drawn. `folds`: into how many parts the rows are cut to hold some out (2 or more). `trends`: by column, the shape
    that the points must keep ("up", "down", "peak", "valley").

    `X` is an array of numbers (NaN: missing) or a data frame, whose columns may be numbers, texts or dates: they are
    taken for what they look like. `y` has two values, of which the greater (1, True, "yes" after "no") means bad. After
    `fit`: `classes_`, `model_` (with `score`, `save` and the rest), and `n_features_in_`.
    """

    def __init__(
        self, kind: Wanted = "scorecard", seed: int = 0, folds: int = 5, trends: dict[str, Any] | None = None
    ) -> None:
        self.kind = kind
        self.seed = seed
        self.folds = folds
        self.trends = trends

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on all rows, calibrated on rows held out. Raises ValueError for what cannot teach anything."""
        if self.kind != "all" and self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}; accepted: all, {', '.join(KINDS)}")
        table, bad = self._learnable(X, y)
        entrants: list[Kind] = list(KINDS) if self.kind == "all" else [self.kind]
        setup = Setup(seed=self.seed, folds=self.folds, plan=Plan(trends=self.trends or {}))
        found = contest.hold(table, bad, setup, entrants)
        self.model_: Model = contest.build(table, bad, setup, found, [found.taken])[found.taken]
        return self

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803 - scikit-learn's name
        """Give the chances of both classes (rows, 2), in the order of `classes_`."""
        check_is_fitted(self)
        bad = score_many(self.model_, self._read(X, reset=False)).pd
        return np.column_stack([1.0 - bad, bad])

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """Give the class of the greater chance for each row."""
        check_is_fitted(self)
        found: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(np.intp)]
        return found

    def decision_function(self, X: Any) -> Floats:  # noqa: N803 - scikit-learn's name
        """Give the log-odds of `classes_[1]`: above 0 where it is the more probable."""
        chances = self.predict_proba(X)
        odds: Floats = np.log(chances[:, 1] / chances[:, 0])
        return odds

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def _learnable(self, X: Any, y: Any) -> tuple[Table, NDArray[np.bool_]]:  # noqa: N803 - scikit-learn's name
        if y is None:
            raise ValueError("this classifier requires y to be passed, but the target y is None")
        if hasattr(X, "columns"):
            table, labels = self._read(X, reset=True), np.asarray(y)
        else:
            matrix, labels = validate_data(self, X, y, dtype="numeric", ensure_all_finite="allow-nan")
            table = _of_matrix(matrix)
        check_classification_targets(labels)
        if labels.shape != (table.rows,):
            raise ValueError(
                f"an outcome for each of {table.rows} rows is wanted, not an array of shape {labels.shape}"
            )
        if (kind := type_of_target(labels)) not in ("binary", "multiclass"):
            raise ValueError(f"Unknown label type: {kind}; accepted: two classes")
        self.classes_, places = np.unique(labels, return_inverse=True)
        if len(self.classes_) > 2:
            many = f"Only binary classification is supported: the target is multiclass, {len(self.classes_)} values"
            raise ValueError(many)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{table.rows} rows of one class; two classes are needed, {_FEWEST} rows of each at least"
            )
        counts = np.bincount(places)
        if counts.min() < _FEWEST:
            raise ValueError(
                f"{counts.tolist()} rows of the two classes; {_FEWEST} of each are needed at least"
            )
        return table, places.astype(np.bool_)

    def _read(self, X: Any, *, reset: bool) -> Any:  # noqa: N803 - scikit-learn's name
        if hasattr(X, "columns"):
            validate_data(self, X, skip_check_array=True, reset=reset)
            return reading.read(X).table if reset else X
        return _of_matrix(validate_data(self, X, dtype="numeric", ensure_all_finite="allow-nan", reset=reset))


def _of_matrix(matrix: NDArray[Any]) -> Table:
    columns = {
        f"x{at}": Numbers(np.ascontiguousarray(column, np.float64)) for at, column in enumerate(matrix.T)
    }
    return Table("X", columns)
