"""Information criteria by their definitions: a likelihood, row by row, and a count."""

from __future__ import annotations

from math import comb, lgamma, log, pi
from typing import Any

import numpy as np

from fastreg._problem import Floats, Problem
from fastreg._reference_link import centre_of, predictor

# Singular values, relative to the largest, that are rounding.
RANK = 1e-9


def row_weights(problem: Problem) -> Floats:
    """Weights whose sum is the number of rows that count, shape (n,)."""
    return np.asarray(problem.weight * np.count_nonzero(problem.weight))


def log_likelihood(
    problem: Problem,
    coef: Floats,
    intercept: Any,
    noise_variance: float | None = None,
) -> float:
    """Σ w_i log of the density or probability of y_i, weights as in `row_weights`.

    The noise of gaussian has the given variance by w_i, or the likeliest one (the
    weights' own factor √w_i of the density, the same for all fits, is left out).

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 1.0])
    >>> problem = Problem(X, y, alpha=0.5, family="binomial")
    >>> log_likelihood(problem, np.array([0.0]), 0.0) / log(2.0)
    -2.0
    """
    total = 0.0
    rows = row_weights(problem)
    if problem.family == "gaussian":
        r = problem.target - np.asarray(problem.X) @ coef - intercept
        rss = float(rows @ r**2)
        n = np.count_nonzero(rows)
        variance = rss / n if noise_variance is None else noise_variance
        return -n / 2 * log(2 * pi * variance) - rss / (2 * variance)
    eta = predictor(problem, coef, centre_of(problem, coef, intercept))
    for weight, y, at in zip(rows, problem.response, eta, strict=True):
        if weight > 0.0:
            total += weight * _log_density(problem.family, y, at)
    return float(total)


def _log_density(family: str, y: Any, eta: Any) -> float:
    if family == "poisson":
        return float(y * eta - np.exp(eta)) - lgamma(y + 1.0)
    if family == "binomial":
        return float(y * eta - np.logaddexp(0.0, eta))
    return float(y @ eta - np.logaddexp.reduce(eta))


def support_df(problem: Problem, coef: Floats) -> int:
    """Parameters that are estimated: coefficients, one after the other, and intercepts.

    Not those at 0 (unless they have no penalty) and not those at a bound. Adding a
    number to all K coefficients of a feature in K classes, or to all intercepts,
    changes nothing: of K, K - 1 count.
    """
    lo, hi = (np.atleast_2d(bound) for bound in problem.bounds)
    coefs = np.atleast_2d(coef)
    classes, count = len(coefs), 0
    for j in range(coefs.shape[1]):
        here = 0
        for k in range(classes):
            b = coefs[k, j]
            used = b != 0.0 or (problem.factor[j] == 0.0 and problem.scale[j] > 0.0)
            here += int(used and lo[k, j] < b < hi[k, j])
        count += here - (classes > 1 and here == classes)
    if problem.fit_intercept:
        count += max(classes - 1, 1)
    return min(count, int(np.count_nonzero(problem.weight)))


def trace_df(problem: Problem, coef: Floats, intercept: Any) -> float:
    """Trace of H (H + D)⁺ of the coefficients and intercepts that are estimated.

    H is the curvature of the loss at the fit and D that of the penalty, both for the
    coefficients of raw columns, one class after the other.
    """
    x = np.asarray(problem.X, dtype=np.float64)
    lo, hi = (np.atleast_2d(bound) for bound in problem.bounds)
    coefs = np.atleast_2d(coef)
    used = (coefs != 0.0) | (problem.factor == 0.0)
    used &= (lo < coefs) & (coefs < hi) & (problem.scale > 0.0)
    # Columns about their means: the intercept is of no matter to the trace.
    x = x - problem.x_mean
    design = np.column_stack([np.ones(len(x)), x])
    moves = np.column_stack([np.full(len(coefs), problem.fit_intercept), used]).ravel()
    l2 = np.tile(np.append(0.0, problem.l2), len(coefs))
    if problem.family == "gaussian":
        curvature = np.ones((len(x), 1, 1))
    else:
        eta = predictor(problem, coef, centre_of(problem, coef, intercept))
        curvature = problem.loss.curvature(eta)
    size = len(moves)
    H = np.zeros((size, size))
    for weight, row, bend in zip(problem.weight, design, curvature, strict=True):
        if weight > 0.0:
            H += weight * np.kron(bend, np.outer(row, row))
    unit = np.sqrt(np.where(np.diag(H) + l2 > 0.0, np.diag(H) + l2, 1.0))
    H = (H / np.outer(unit, unit))[np.ix_(moves, moves)]
    D = np.diag((l2 / unit**2)[moves])
    return float(np.trace(H @ np.linalg.pinv(H + D, rcond=RANK, hermitian=True)))


def information_criterion(
    problem: Problem,
    coef: Floats,
    intercept: Any,
    name: str,
    *,
    df: float | None = None,
    gamma: float = 1.0,
    noise_variance: float | None = None,
) -> float:
    """AIC, AICc, BIC or EBIC of one fit; `df` is `support_df` unless given."""
    n = int(np.count_nonzero(problem.weight))
    unknown = problem.family == "gaussian" and noise_variance is None
    df = support_df(problem, coef) if df is None else df
    count = df + unknown
    if (unknown and df >= n - 1) or (name == "aicc" and count >= n - 1):
        return np.inf
    price = (2 if name.startswith("aic") else log(n)) * count
    if name == "aicc":
        price += 2 * count * (count + 1) / (n - count - 1)
    if name == "ebic":
        price += 2 * gamma * log(n_supports(problem, coef))
    return -2 * log_likelihood(problem, coef, intercept, noise_variance) + price


def n_supports(problem: Problem, coef: Floats) -> int:
    """How many supports there are with as many coefficients (or groups) as this one."""
    lo, hi = (np.atleast_2d(bound) for bound in problem.bounds)
    candidate = (problem.factor > 0.0) & (problem.scale > 0.0) & (lo < hi)
    coefs = np.atleast_2d(coef)
    candidate = np.broadcast_to(candidate, coefs.shape)
    used = candidate & (coefs != 0.0) & (lo < coefs) & (coefs < hi)
    if problem.grouped:
        return comb(int(candidate[0].sum()), int(used.any(axis=0).sum()))
    return comb(int(candidate.sum()), int(used.sum()))
