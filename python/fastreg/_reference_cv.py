"""K-fold cross-validation by its definition: the slow part of `fastreg.reference`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from fastreg._problem import Floats, Problem
from fastreg._reference_descent import coordinate_descent_path


def deviances(problem: Problem, rows: Any, eta: Floats) -> Floats:
    """Twice the log-likelihood that predictions of these rows lose, shape (rows,).

    `eta` are linear predictors, offset included. Of the family gaussian it is the
    squared error, of mgaussian the sum of those of the targets.
    """
    y = np.asarray(problem.y, dtype=np.float64)[rows]
    if problem.family == "gaussian":
        return np.asarray((y - eta) ** 2)
    if problem.family == "mgaussian":
        return np.asarray(((y - eta) ** 2).sum(axis=1))
    if problem.family == "binomial":
        sign = np.where(y == 1.0, 1.0, -1.0)
        return np.asarray(2.0 * np.logaddexp(0.0, -sign * eta))
    if problem.family == "poisson":
        log_y = np.log(np.where(y > 0.0, y, 1.0))
        return np.asarray(2.0 * (y * (log_y - eta) - y + np.exp(eta)))
    top = eta.max(axis=1)
    log_sum = top + np.log(np.exp(eta - top[:, np.newaxis]).sum(axis=1))
    return np.asarray(2.0 * (log_sum - np.sum(problem.response[rows] * eta, axis=1)))


def fold_scores(
    problem: Problem, alphas: Any, folds: Iterable[Any], *, tol: float = 1e-13
) -> Floats:
    """Mean deviance (weighted) of the rows that each fold tests, shape (F, k).

    ``folds`` has pairs (train, test) of rows. Every fold is a path of its own of the
    rows that it trains on, and of nothing else: means, scales and weights that sum to
    1 are theirs.
    """
    x = np.asarray(problem.X, dtype=np.float64)
    scores = []
    for fold in folds:
        train, test = np.asarray(fold[0]), np.asarray(fold[1])
        part = replace(
            problem,
            X=x[train],
            y=problem.response[train],
            sample_weight=problem.weight[train],
            offset=None if problem.offset is None else problem.offset[train],
        )
        coefs, intercepts = coordinate_descent_path(part, alphas, tol=tol)
        known = 0.0 if problem.offset is None else problem.offset[test]
        weight = problem.weight[test]
        scores.append(
            [
                np.average(
                    deviances(problem, test, known + x[test] @ coef.T + intercept),
                    weights=weight,
                )
                for coef, intercept in zip(
                    np.moveaxis(coefs, -1, 0),
                    np.moveaxis(intercepts, -1, 0),
                    strict=True,
                )
            ]
        )
    return np.array(scores)


def mean_score(scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean over the folds and its standard error, each of shape (k,).

    ``scores`` is (F, k). The mean is that of all rows tested: folds count by their
    ``weights`` W_f, the sums of the weights of these rows. The standard error is that
    of a mean of F values that spread as these do,

        sqrt(sum_f W_f (s_f - mean)^2 / sum_f W_f / (F - 1)).
    """
    mean = np.average(scores, axis=0, weights=weights)
    spread = np.average((scores - mean) ** 2, axis=0, weights=weights)
    return mean, np.sqrt(spread / (len(scores) - 1))


def one_standard_error(mean: Floats, error: Floats) -> int:
    """Position of the largest alpha within one standard error of the least mean.

    Means are losses, of alphas that decrease.

    >>> one_standard_error(np.array([9.0, 4.0, 3.0]), np.array([1.0, 1.0, 1.5]))
    1
    """
    best = int(np.argmin(mean))
    return next(k for k in range(len(mean)) if mean[k] <= mean[best] + error[best])


def within_share(mean: Floats, share: float) -> int:
    """Position of the largest alpha whose mean is at most that share above the least.

    >>> within_share(np.array([9.0, 3.05, 3.0]), 0.02)
    1
    """
    least = float(np.min(mean))
    return next(k for k in range(len(mean)) if mean[k] <= least + share * abs(least))
