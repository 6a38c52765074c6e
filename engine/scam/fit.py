"""Fit the model of the scam check: the same corpus and templates give the same bytes."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from engine.scam import fit_bounded, fit_words, lexicon, templates
from engine.scam.corpus import Message, unread
from engine.scam.features import features
from engine.scam.kinds import GENUINE, KINDS, TYPES
from engine.scam.model import Model, Scores, pack, score
from engine.scam.normalise import normalise

Floats = NDArray[np.float64]

SEED = 6
EACH = 6  # messages made of a core
_SCALES = {"w": 0.4, "g": 0.2, "z": 0.3}  # of bits of words beside what was thought of
_THOUGHT = frozenset("cnprfdq")  # features from the lexicon and the rules
_SCALE_THOUGHT = 0.7
_SCALE_AXES = 0.6
_MADE = 0.2  # weight of a message that was made beside one that somebody wrote
_HARD = {"chat": 2.0, "warning": 2.0}  # weight of the kinds of good faith that are taken for scams most often
_BLIND = 0.5  # share of the weight with which the rules' author's messages are learnt without the rules
_FEWEST = 3  # messages that a feature must be in
_SOFT, _SOFT_HEADS = 2.0, 1.0  # inverse strength of the penalty
_KINDLESS = "other"  # what good faith of no told kind counts as
_LEAST = 3  # steps below which a feature is not kept
SLOPE, SHIFT = 0.51, -0.91  # so that chances mean what they say where scams are half, by cross-validation
SCAM, SUSPICIOUS, ALSO = 0.75, 0.45, 0.3


class Example(NamedTuple):
    """A message as the model sees it: `head` is its type, or its kind in good faith."""

    text: str
    names: list[str]
    place: Floats
    head: str
    weight: float
    blind: bool


def fit(messages: Sequence[Message], *, seed: int = SEED) -> Model:
    """Fit on messages that somebody wrote and on those made of the templates."""
    return fitted(examples(messages), made(seed))


def examples(messages: Sequence[Message]) -> list[Example]:
    """Give messages as the model sees them."""
    return [
        example(one.text, _head(one), _HARD.get(one.kind, 1.0), blind=not unread(one)) for one in messages
    ]


def made(seed: int) -> list[Example]:
    """Give the messages made of templates as the model sees them."""
    return [example(one.text, _head(one), _MADE, blind=True) for one in templates.made(EACH, seed)]


def _head(one: Message | templates.Made) -> str:
    return one.type if one.type != GENUINE else one.kind or _KINDLESS


def example(text: str, head: str, weight: float, *, blind: bool) -> Example:
    """Give one message as the model sees it."""
    normal = normalise(text, lexicon.words().__contains__)
    return Example(
        normal.text, list(features(normal.text)), fit_words.place(normal.text), head, weight, blind
    )


def fitted(real: Sequence[Example], synthetic: Sequence[Example]) -> Model:
    """Fit both heads and write them in whole steps."""
    counts = Counter(name for one in real for name in one.names)
    counts.update(name for one in synthetic[::EACH] for name in one.names)
    rows = [row for one in (*real, *synthetic) for row in _rows(one, counts)]
    names = DictVectorizer()
    table = names.fit_transform([values for values, *_ in rows])
    places = csr_matrix(np.vstack([one.place for _, one, _ in rows]) * _SCALE_AXES)
    inputs = hstack([table, places]).tocsr()
    heads = np.array([one.head for _, one, _ in rows])
    weights = np.array([weight for *_, weight in rows])
    bad = np.isin(heads, TYPES)
    known = list(names.get_feature_names_out())
    limits = [*fit_bounded.bounds(known), *[(None, None)] * places.shape[1]]
    first, intercept = fit_bounded.fit(inputs, bad, weights, _SOFT, limits)
    second = LogisticRegression(C=_SOFT_HEADS, max_iter=200, tol=1e-3)
    second.fit(inputs, heads, sample_weight=_balanced(weights, bad))
    order = [list(second.classes_).index(name) for name in (*TYPES, *KINDS)]
    all_weights = np.vstack([first, second.coef_[order]])
    bias = [intercept, *(float(second.intercept_[at]) for at in order)]
    return _model(known, all_weights, bias)


def _balanced(weights: Floats, bad: NDArray[np.bool_]) -> Floats:
    """Let scams and good faith weigh alike."""
    shares: Floats = np.where(bad, weights[bad].sum(), weights[~bad].sum())
    balanced: Floats = weights * weights.sum() / 2 / shares
    return balanced


def _rows(one: Example, counts: Counter[str]) -> list[tuple[dict[str, float], Example, float]]:
    """Give an example, and where its author knew it while writing rules once more without them.

    The lexicon and the rules know the messages that their author read better than they will know others; a model
    that learnt from these alone would trust them too much.
    """
    values = {name: _scale(name) for name in one.names if counts[name] >= _FEWEST}
    if not one.blind:
        return [(values, one, one.weight)]
    bare = {name: value for name, value in values.items() if name[0] not in _THOUGHT}
    return [(values, one, one.weight * (1 - _BLIND)), (bare, one, one.weight * _BLIND)]


def _scale(name: str) -> float:
    return _SCALE_THOUGHT if name[0] in _THOUGHT else _SCALES.get(name[0], 1.0)


def _model(names: list[str], weights: Floats, bias: list[float]) -> Model:
    plain = weights[:, : len(names)] * np.array([_scale(name) for name in names])
    words = fit_words.words()
    meant = weights[:, len(names) :] @ words.places.T * _SCALE_AXES
    step, kept = _packed(names, plain, _LEAST)
    word_step, kept_words = _packed(list(words.rows), meant, 3 * _LEAST)
    return Model(
        types=TYPES,
        step=step,
        bias=[round(value, 5) for value in bias],
        weights=kept,
        word_step=word_step,
        words=kept_words,
        slope=SLOPE,
        shift=SHIFT,
        scam=SCAM,
        suspicious=SUSPICIOUS,
        also=ALSO,
    )


def _packed(names: Sequence[str], weights: Floats, least: float) -> tuple[float, dict[str, str]]:
    """Write weights in whole steps, and leave out who has fewer than `least` of them on every head."""
    step = float(np.quantile(np.abs(weights).max(axis=0), 0.9995)) / 127
    steps = np.clip(np.rint(weights / step), -127, 127).astype(int)
    kept = [int(at) for at in np.flatnonzero(np.abs(steps).max(axis=0) >= least)]
    return round(step, 8), {names[at]: pack([int(value) for value in steps[:, at]]) for at in kept}


def crossed(
    messages: Sequence[Message],
    *,
    folds: int = 5,
    seed: int = SEED,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Model, list[tuple[Message, Scores]]]:
    """Score each unread message by a model that did not see it; the rest always trains.

    Gives the last of these models too, for its thresholds.
    """
    real, synthetic = examples(messages), made(seed)
    held = [at for at, message in enumerate(messages) if unread(message)]
    known = [at for at, message in enumerate(messages) if not unread(message)]
    cut = StratifiedKFold(folds, shuffle=True, random_state=seed)
    found = []
    for number, (learn, test) in enumerate(cut.split(held, [messages[at].type for at in held]), 1):
        model = fitted([real[at] for at in (*known, *(held[one] for one in learn))], synthetic)
        found += [
            (messages[held[one]], score(model, real[held[one]].names, real[held[one]].text)) for one in test
        ]
        tell(f"fold {number} of {folds}")
    return model, found


def written(model: Model) -> bytes:
    """Write a model as its file, one feature a line."""
    return msgspec.json.format(msgspec.json.encode(model, order="sorted"), indent=1) + b"\n"
