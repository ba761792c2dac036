"""Scores of predictions for rows that were left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _link
from fastreg._cv_fits import mean_errors
from fastreg._solve import LEAST_SQUARES, Data, Solution

Floats = NDArray[np.float64]

# By name: whether more is better, and how axes of pictures are labelled.
SCORES = {
    "mse": (False, "mean squared error"),
    "mae": (False, "mean absolute error"),
    "r2": (True, "R²"),
    "deviance": (False, "mean deviance"),
    "log_loss": (False, "log-loss"),
    "auc": (True, "area under the ROC curve"),
    "accuracy": (True, "accuracy"),
}
OF_FAMILY = {
    "gaussian": ("mse", "mae", "r2", "deviance"),
    "binomial": ("deviance", "log_loss", "auc", "accuracy"),
    "multinomial": ("deviance", "log_loss", "auc", "accuracy"),
    "poisson": ("deviance", "mse", "mae"),
    "mgaussian": ("mse", "mae", "r2", "deviance"),
}


@dataclass(frozen=True)
class Tested:
    """Rows that a fold tests. y is as the kernels take it: codes of classes as numbers.

    Predictions are linear predictors with offsets, (rows, k), or (rows, K, k) for the
    families multinomial and mgaussian; of the latter y is (rows, K). `rows` are their
    positions and `solution` is the fit without them, for scorers that look at more than
    predictions.
    """

    family: str
    y: Floats
    weight: Floats | None
    rows: NDArray[np.int64] | None = None
    solution: Solution | None = None

    def mean(self, values: Floats) -> Floats:
        """Weighted mean over the rows; 0 where none has a weight."""
        if self.weight is not None and not self.weight.any():
            return np.zeros(values.shape[1:])
        return np.asarray(np.average(values, axis=0, weights=self.weight))


Score = Callable[[Tested, Floats], Floats]


@dataclass(frozen=True)
class Scoring:
    """What predictions are judged by.

    `score` gives a number for each alpha, (k,). `is_squares`: whether it is the mean
    squared error of the family gaussian, which kernels find without predictions.
    """

    name: str
    label: str
    greater_is_better: bool
    score: Score
    is_squares: bool = False
    from_deviance: bool = False

    def loss(self, scores: Floats) -> Floats:
        """Scores turned so that less is better."""
        return -scores if self.greater_is_better else scores

    def after_use(self) -> Scoring:
        """What is left to know once all is judged: scorers hold on to the data."""
        return replace(self, score=_refuse)


def check_scoring(
    scoring: Any, family: str, scorer: Callable[[], Scoring | None] = lambda: None
) -> Scoring:
    """A score by its name, the family's own for None, or what `scorer` finds."""
    known = OF_FAMILY[family]
    name = known[0] if scoring is None else scoring
    if not isinstance(name, str) or name not in known:
        others = isinstance(scoring, str) and scoring not in SCORES
        found = scorer() if callable(scoring) or others else None
        if found is not None:
            return found
        names = ", ".join(repr(one) for one in known)
        raise ValueError(
            f"scoring for family {family!r} must be one of {names}, or a scorer of "
            f"scikit-learn, got {scoring!r}"
        )
    greater_is_better, label = SCORES[name]
    squares = family == "gaussian" and name in ("mse", "deviance")
    return Scoring(
        name=name,
        label=label,
        greater_is_better=greater_is_better,
        score=_squares if squares else _FUNCTIONS[name],
        is_squares=squares,
        from_deviance=name in ("deviance", "log_loss", "r2")
        or (name == "mse" and family in LEAST_SQUARES),
    )


def _refuse(_tested: Tested, _eta: Floats) -> Floats:
    raise RuntimeError("all folds are judged already")


def _column(tested: Tested) -> Floats:
    return tested.y[:, np.newaxis]


def _squares(tested: Tested, eta: Floats) -> Floats:
    mean = _link.mean(tested.family, eta)
    return mean_errors(np.square, tested.y, mean, tested.weight)


def _absolute(tested: Tested, eta: Floats) -> Floats:
    mean = _link.mean(tested.family, eta)
    return mean_errors(np.abs, tested.y, mean, tested.weight)


def _r2(tested: Tested, eta: Floats) -> Floats:
    """1 - error / that of the mean of the rows tested; NaN if they are equal.

    Of several targets the error is that of all of them.
    """
    y = tested.y
    null = float(np.mean(tested.mean((y - tested.mean(y)) ** 2)))
    error = _squares(tested, eta)
    return 1.0 - error / null if null > 0.0 else np.full_like(error, np.nan)


def _log_loss(tested: Tested, eta: Floats) -> Floats:
    """-log of the probability of the class that came."""
    if tested.family == "binomial":
        sign = 1.0 - 2.0 * _column(tested)
        return tested.mean(np.logaddexp(0.0, sign * eta))
    codes = tested.y.astype(np.intp)
    log_p = _link.log_probabilities(tested.family, eta)
    return tested.mean(-log_p[np.arange(len(codes)), codes])


def _deviance(tested: Tested, eta: Floats) -> Floats:
    if tested.family == "mgaussian":
        return np.asarray(tested.y.shape[1] * _squares(tested, eta))
    if tested.family != "poisson":
        return 2.0 * _log_loss(tested, eta)
    y = _column(tested)
    with np.errstate(over="ignore", divide="ignore"):
        log_y = np.log(np.where(y > 0.0, y, 1.0))
        return 2.0 * tested.mean(np.exp(eta) - y - y * (eta - log_y))


def _accuracy(tested: Tested, eta: Floats) -> Floats:
    chosen = eta > 0.0 if tested.family == "binomial" else eta.argmax(axis=1)
    return tested.mean((chosen == _column(tested)).astype(np.float64))


def _auc(tested: Tested, eta: Floats) -> Floats:
    """Of several classes the mean over all pairs (Hand and Till 2001)."""
    weight = np.ones(len(tested.y)) if tested.weight is None else tested.weight
    if tested.family == "binomial":
        positive = tested.y == 1.0
        return np.array([area_under_curve(e, positive, weight) for e in eta.T])
    p = _link.probabilities(tested.family, eta)
    classes = np.unique(tested.y).astype(np.intp)
    areas = [
        [
            area_under_curve(p[rows, a, k], tested.y[rows] == a, weight[rows])
            for k in range(p.shape[2])
        ]
        for a in classes
        for b in classes
        if a != b
        for rows in [np.flatnonzero((tested.y == a) | (tested.y == b))]
    ]
    return np.mean(areas, axis=0) if areas else np.full(p.shape[2], np.nan)


def area_under_curve(
    score: Floats, positive: NDArray[np.bool_], weight: Floats
) -> float:
    """Share of pairs of the two classes that the score orders; ties count a half.

    NaN where one of them is not there.
    """
    order = np.argsort(score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    up = np.cumsum(np.where(positive, weight, 0.0)[order])[ends]
    down = np.cumsum(np.where(positive, 0.0, weight)[order])[ends]
    total = up[-1] * down[-1]
    if total == 0.0:
        return float("nan")
    below = np.concatenate(([0.0], down[:-1]))
    return float(np.sum(np.diff(up, prepend=0.0) * (below + down) / 2.0) / total)


_FUNCTIONS: dict[str, Score] = {
    "mse": _squares,
    "mae": _absolute,
    "r2": _r2,
    "deviance": _deviance,
    "log_loss": _log_loss,
    "auc": _auc,
    "accuracy": _accuracy,
}


def score_rows(
    scoring: Scoring,
    data: Data,
    family: str,
    rows: NDArray[np.int64],
    eta: Floats,
    solution: Solution | None = None,
) -> Floats:
    """Scores, (k,), of linear predictors of these rows, without offsets.

    `solution` is the fit without them.
    """
    y, weight = data.y[rows], data.sample_weight
    if data.subtracted is not None:
        known = data.subtracted[rows]
        y, eta = y + known, eta + known[..., np.newaxis]
    if data.offset is not None:
        eta = eta + data.offset[rows][..., np.newaxis]
    tested = Tested(
        family=family,
        y=y.argmax(axis=1).astype(np.float64) if family == "multinomial" else y,
        weight=None if weight is None else weight[rows],
        rows=rows,
        solution=solution,
    )
    return scoring.score(tested, eta)
