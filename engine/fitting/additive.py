"""A logistic regression that is a sum of smooth steps, one curve a factor, each as wiggly as the book supports.

logit(P(good)) = level + sum of curve_j[code of factor j]. Each curve is penalised by strength_j times its own
quadratic form around a prior curve; the strengths are found together with the curves, by the generalised
Fellner-Schall step (Wood and Fasiolo 2017, Biometrics 73(4), eq. 6) on the marginal likelihood, under a gamma
prior that keeps few rows from deciding anything. A factor that says nothing is pressed onto its prior.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

Floats = NDArray[np.float64]
Codes = NDArray[np.integer]

_STEPS, _HALVINGS = 30, 8
_LEARN = range(2, 8)  # the steps after which strengths move: not before the curves have a form
_LEARNT_ON = 10_000  # rows: strengths, and the one slope of the naive curves, need no more
_SETTLED = 1e-3  # log-odds: a twentieth of a point on the scale
_SMALL = 0.5  # log-odds: from here a whole step of Newton's cannot go astray
_LEAST, _MOST = 0.1, 1e4
_DOUBT, _TRUST = 20.0, 0.85  # of the naive curves: what they are pressed down by before the fit begins


@dataclass(frozen=True)
class Term:
    """One factor as the fit sees it.

    `codes`: the level 0..size-1 of each row, or `size` where it adds nothing. `penalty`: size x size,
    positive definite, in units where strength 1 is a fair guess. `prior`: the curve it is pressed onto.
    `belief`: in the fair guess, in degrees of freedom.
    """

    codes: Codes
    size: int
    penalty: Floats
    prior: Floats
    belief: float = 1.0


@dataclass(frozen=True)
class Additive:
    """A fit: `level` and `curves` in natural log-odds of good; `strengths` and `freedom` (edf) one a factor."""

    level: float
    curves: tuple[Floats, ...]
    strengths: Floats
    freedom: Floats


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def smooth(size: int, *, slope: float = 1.25, bend: float = 30.0, ridge: float = 1.0) -> Floats:
    """Give the penalty of `size` ordered levels: on steps, more on changes of step, a little on all.

    The powers of `size` keep one smooth curve equally dear whatever the number of levels it is cut into.
    """
    eye = np.eye(size)
    penalty = ridge * eye
    if size > 1:
        steps = np.diff(eye, axis=0)
        penalty = penalty + slope * size / 4.0 * (steps.T @ steps)
    if size > 2:
        bends = np.diff(eye, n=2, axis=0)
        penalty = penalty + bend * size**3 / 256.0 * (bends.T @ bends)
    return np.asarray(penalty)


def sureness(term: Term, good: NDArray[np.bool_]) -> float:
    """Give the share of a factor's association with the outcome that is not chance, below 0 where all may be.

    One less the degrees of freedom over chi-square: the shrinkage of James and Stein (1961).
    """
    rate = float(good.mean())
    rows, goods = _counts(term, good)
    chi_square = float(np.sum((goods - rows * rate) ** 2 / np.maximum(rows * rate * (1.0 - rate), 1e-9)))
    return 1.0 - (np.count_nonzero(rows) - 1) / max(chi_square, 1e-9)


def naive(terms: Sequence[Term], good: NDArray[np.bool_]) -> list[Floats]:
    """Give the curves of a naive Bayes model, flattened by one slope for what the factors know in common.

    Each level's WOE with `_DOUBT` average loans added, times the factor's sureness. The slope is the
    maximum-likelihood one of the sum, of which `_TRUST` is taken.
    """
    rate = float(good.mean())
    curves = []
    for term in terms:
        rows, goods = _counts(term, good)
        odds = (goods + _DOUBT * rate) / (rows - goods + _DOUBT * (1.0 - rate))
        curves.append(max(sureness(term, good), 0.0) * (np.log(odds) - np.log(rate / (1.0 - rate))))
    every = slice(None, None, len(good) // _LEARNT_ON + 1)
    some = [replace(term, codes=term.codes[every]) for term in terms]
    slope = _TRUST * calibration(total(some, curves), good[every])[1]
    return [max(slope, 0.0) * curve for curve in curves]


def _counts(term: Term, good: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Count the loans, and the good ones, of each level."""
    return held(term.codes, term.size), held(term.codes, term.size, good.astype(np.float64))


def held(codes: Codes, size: int, weight: Floats | None = None) -> Floats:
    """Add up the weight (or the number) of the rows at each of `size` levels."""
    found: Floats = np.bincount(codes, weight, minlength=size + 1)[:size].astype(np.float64)
    return found


def calibration(odds: Floats, good: NDArray[np.bool_]) -> tuple[float, float]:
    """Give (level, slope) of the maximum-likelihood logit(P(good)) = level + slope * odds, gently pressed to 1."""
    middle = float(odds.mean())
    centred = odds - middle
    rate = float(good.mean())

    def loss(now: Floats) -> tuple[float, Floats]:
        mixed = now[0] + now[1] * centred
        wrong = 1.0 / (1.0 + np.exp(-mixed)) - good
        value = float((np.logaddexp(0.0, mixed) - good * mixed).sum() + 0.5 * (now[1] - 1.0) ** 2)
        return value, np.array([wrong.sum(), wrong @ centred + now[1] - 1.0])

    start = np.array([np.log(rate / (1.0 - rate)), 1.0])
    with _threads().limit(limits=1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B")
    level, slope = (float(value) for value in found.x)
    return level - slope * middle, slope


def total(terms: Sequence[Term], curves: Sequence[Floats]) -> Floats:
    """Add up the curves row by row."""
    added = np.zeros(len(terms[0].codes) if terms else 0)
    for term, curve in zip(terms, curves, strict=True):
        added += np.append(curve, 0.0)[term.codes]
    return added


def fit(terms: Sequence[Term], good: NDArray[np.bool_], weight: Floats | None = None) -> Additive:
    """Fit the curves to what happened; `weight` (one a row) counts some rows more than others.

    Raises ValueError if all loans ended alike.
    """
    truth = good.astype(np.float64)
    weights = np.ones(len(good)) if weight is None else weight
    every = slice(None, None, len(good) // _LEARNT_ON + 1)
    with _threads().limit(
        limits=1
    ):  # matrices this small gain nothing from a second thread, and may wait for it
        some = [replace(term, codes=term.codes[every]) for term in terms]
        learnt = _Fitting(some, truth[every], weights[every])
        first = learnt.run()
        if every.step == 1:
            return first
        whole = _Fitting(
            terms, truth, weights
        )  # strengths belong to the curves, not to the rows: they are kept
        whole.now, whole.strengths, whole.freedom = learnt.now, learnt.strengths, learnt.freedom
        whole.near = True
        return whole.run(learn=False)


class _Fitting:
    """The state of one fit: parameters are the curves one after another, and the level last."""

    def __init__(self, terms: Sequence[Term], good: Floats, weight: Floats) -> None:
        self.terms = [replace(term, codes=term.codes.astype(np.intp)) for term in terms]  # as numpy counts
        self.good, self.weight = good, weight
        rate = float(good @ weight / weight.sum())
        if not 0.0 < rate < 1.0:
            raise ValueError("a book needs both good and bad loans")
        self.ends = np.cumsum([0, *(term.size for term in terms)])
        self.prior = np.concatenate([*(term.prior for term in terms), [0.0]])
        self.now = self.prior.copy()
        self.now[-1] = np.log(rate / (1.0 - rate)) - float(self._added(self.now) @ weight / weight.sum())
        self.strengths = np.ones(len(terms))
        self.freedom = np.zeros(len(terms))
        self.near = False  # to the end: each small step squares what is left of the way

    def run(self, *, learn: bool = True) -> Additive:
        for step in range(_STEPS):
            moved = self._newton(learn=learn and step in _LEARN)
            if moved < (math.sqrt(_SETTLED) if self.near else _SETTLED) and (step > _LEARN.stop or not learn):
                break
        curves = tuple(self.now[at:end] for at, end in zip(self.ends, self.ends[1:], strict=False))
        return Additive(float(self.now[-1]), curves, self.strengths, self.freedom)

    def _added(self, parameters: Floats) -> Floats:
        curves = [parameters[at:end] for at, end in zip(self.ends, self.ends[1:], strict=False)]
        return total(self.terms, curves) if self.terms else np.zeros(len(self.good))

    def _newton(self, *, learn: bool) -> float:
        """Take one step, halved until it helps; give the largest change of a log-odds."""
        chance = 1.0 / (1.0 + np.exp(-(self._added(self.now) + self.now[-1])))
        curvature = self._gram(np.maximum(chance * (1.0 - chance), 1e-9) * self.weight)
        self._penalise(curvature)
        factor = cho_factor(curvature, check_finite=False)
        step = cho_solve(factor, self._slope((self.good - chance) * self.weight), check_finite=False)
        safe = self.near and np.abs(step).max() < _SMALL
        before, size = 0.0 if safe else self._loss(self.now), 1.0
        for _ in range(0 if safe else _HALVINGS):
            if self._loss(self.now + size * step) <= before + 1e-9:
                break
            size /= 2.0
        self.now = self.now + size * step
        if learn:
            self._learn(dpotri(*factor)[0])
        return float(np.abs(size * step).max())

    def _learn(self, inverse: Floats) -> None:
        """Move each strength to where its curve's size is what its freedom explains (Fellner-Schall).

        `inverse` of the curvature holds in its upper triangle; a penalty is symmetric, so that is enough.
        """
        for at, (term, place) in enumerate(zip(self.terms, self._places(), strict=True)):
            away = self.now[place] - self.prior[place]
            half = np.triu(inverse[place, place])
            twice = 2.0 * np.sum(half * term.penalty) - np.sum(np.diag(half) * np.diag(term.penalty))
            shrunk = self.strengths[at] * float(twice)
            self.freedom[at] = max(term.size - shrunk, 0.0)
            spare = max(float(self.freedom[at]) - 1.0, 1e-3)  # one is the level's
            size = float(away @ term.penalty @ away)
            self.strengths[at] = np.clip((spare + term.belief) / (size + term.belief), _LEAST, _MOST)

    def _places(self) -> list[slice]:
        return [slice(at, end) for at, end in zip(self.ends, self.ends[1:], strict=False)]

    def _penalise(self, curvature: Floats) -> None:
        for place, term, strength in zip(self._places(), self.terms, self.strengths, strict=True):
            curvature[place, place] += strength * term.penalty

    def _slope(self, wrong: Floats) -> Floats:
        slope = np.empty(len(self.now))
        slope[-1] = wrong.sum()
        for place, term, strength in zip(self._places(), self.terms, self.strengths, strict=True):
            away = self.now[place] - self.prior[place]
            own = held(term.codes, term.size, wrong)
            slope[place] = own - strength * (term.penalty @ away)
        return slope

    def _loss(self, parameters: Floats) -> float:
        """Give half the penalised deviance."""
        odds = self._added(parameters) + parameters[-1]
        loss = float(self.weight @ (np.logaddexp(0.0, odds) - self.good * odds))
        for place, term, strength in zip(self._places(), self.terms, self.strengths, strict=True):
            away = parameters[place] - self.prior[place]
            loss += 0.5 * strength * float(away @ term.penalty @ away)
        return loss

    def _gram(self, weight: Floats) -> Floats:
        """Give the weighted counts of each pair of levels: what one-hot columns would multiply to."""
        gram = np.zeros((len(self.now), len(self.now)))
        places, terms = self._places(), self.terms
        wide = 1 + max(term.size for term in terms)
        codes = [term.codes for term in terms]
        for at, (place, term) in enumerate(zip(places, terms, strict=True)):
            own = held(codes[at], term.size, weight)
            gram[place, place] = np.diag(own)
            gram[place, -1] = gram[-1, place] = own
            rows = codes[at] * wide
            for place_k, term_k, codes_k in zip(
                places[at + 1 :], terms[at + 1 :], codes[at + 1 :], strict=True
            ):
                pairs = np.bincount(rows + codes_k, weight, minlength=(term.size + 1) * wide)
                block = pairs.reshape(-1, wide)[: term.size, : term_k.size]
                gram[place, place_k], gram[place_k, place] = block, block.T
        gram[-1, -1] = weight.sum()
        return gram
