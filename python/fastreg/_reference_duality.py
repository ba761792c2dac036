"""Objective, dual and optimality conditions of `fastreg.reference`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg._problem import CONSTANT, Floats, Problem

# Curvature (of columns of unit length) that can't be told from rounding.
SINGULAR = 1e-13


def soft_threshold(value: Floats, threshold: ArrayLike) -> Floats:
    """sign(value) max(|value| - threshold, 0), the proximal map of |.|."""
    return np.asarray(np.sign(value) * np.maximum(np.abs(value) - threshold, 0.0))


# --- primal ---------------------------------------------------------------------


def best_intercept(problem: Problem, coef: Floats) -> float:
    """The b0 that minimises P for given coefficients; 0 without an intercept."""
    return float(problem.y_mean - problem.x_mean @ coef)


def penalty(problem: Problem, coef: Floats) -> float:
    """sum_j h_j(b_j), infinite outside the bounds (a few ulp are forgiven)."""
    lo, hi = problem.bounds
    slack = 4 * np.finfo(np.float64).eps * np.abs(coef)
    if np.any((coef < lo - slack) | (coef > hi + slack)):
        return np.inf
    return float(problem.l1 @ np.abs(coef) + problem.l2 @ coef**2 / 2)


def primal(problem: Problem, coef: Floats, intercept: float) -> float:
    """P(b0, b), from centred data: y - b0 - Xb = z - xb - (b0 - best b0).

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> problem = Problem(X, y, alpha=0.5, standardize=False)
    >>> primal(problem, np.array([1.0]), -1.0)     # fits exactly: only |b| is left
    0.5
    """
    shift = intercept + problem.x_mean @ coef - problem.y_mean
    residual = problem.z - problem.columns.product(coef) - shift
    return float(problem.weight @ residual**2 / 2) + penalty(problem, coef)


def null_objective(problem: Problem) -> float:
    """P of the null model, b = 0 and the best b0; relative gaps divide by it."""
    return float(problem.weight @ problem.z**2 / 2)


# --- dual and certificate -------------------------------------------------------


def conjugate(problem: Problem, u: Floats) -> Floats:
    """h_j*(u_j) = max over b of u_j b - h_j(b); the maximiser is a clipped step."""
    lo, hi = problem.bounds
    step = soft_threshold(u, problem.l1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        b = np.where(step == 0.0, 0.0, step / problem.l2).clip(lo, hi)
        value = u * b - problem.l1 * np.abs(b) - problem.l2 * b**2 / 2
    return np.where(np.isinf(b), np.inf, value)


def dual(problem: Problem, theta: Floats, u: Floats | None = None) -> float:
    """D(theta), minus infinity where theta is not feasible.

    ``u`` may be given where it is known better than by rounding (as from
    `dual_point`, whose u lies exactly within the constraints).
    """
    if u is None:
        u = problem.columns.correlation(theta)
    fit = problem.weight @ (problem.z * theta - theta**2 / 2)
    return float(fit - conjugate(problem, u).sum())


def largest_step(problem: Problem, u: Floats, where: NDArray[np.bool_]) -> float:
    """Largest s <= 1 with -l1 <= s u <= l1 at ``where``, on sides without bounds."""
    lo, hi = problem.bounds
    over = where & (np.isinf(hi) & (u > problem.l1) | np.isinf(lo) & (-u > problem.l1))
    if not over.any():
        return 1.0
    # The last factor keeps s u within l1 after rounding.
    return float(np.min(problem.l1[over] / np.abs(u[over])) * (1 - CONSTANT))


def dual_point(problem: Problem, coef: Floats) -> tuple[Floats, Floats]:
    """A feasible (theta, u) built from the residual of ``coef``: theta = s r.

    s is the better of two: the largest feasible s <= 1, and the one that makes
    the residual of the Lasso with rows sqrt(l2_j) appended feasible. Features
    with neither penalty nor (active) bound need u_j = 0: r is first projected
    off their columns.
    """
    lo, hi = problem.bounds
    r = centred_residual(problem, coef)
    free = (problem.l1 == 0.0) & (problem.l2 == 0.0) & (problem.scale > 0.0)
    free &= (lo < coef) & (coef < hi) & (np.isinf(lo) | np.isinf(hi))
    r = project_off(r, problem.columns.take(free), problem.weight)
    u = problem.columns.correlation(r)
    # The same holds for columns that depend on those of the free features.
    norms = np.sqrt(problem.columns.mean_square() * (problem.weight @ problem.z**2))
    u[free | ((problem.l1 == 0.0) & (np.abs(u) <= SINGULAR * norms))] = 0.0

    feasible = largest_step(problem, u, problem.l2 == 0.0)
    everywhere = np.ones(len(u), dtype=bool)
    augmented = largest_step(problem, u - problem.l2 * coef, everywhere)
    steps = (feasible, min(feasible, augmented))
    best = max(steps, key=lambda s: dual(problem, s * r, s * u))
    return best * r, best * u


def centred_residual(problem: Problem, coef: Floats) -> Floats:
    """The residual at the best intercept, with weighted mean 0 if there is one."""
    r = problem.z - problem.columns.product(coef)
    return r - problem.weight @ r if problem.fit_intercept else r


def project_off(r: Floats, columns: Floats, weight: Floats) -> Floats:
    """The part of r that is orthogonal to the columns in the weighted product."""
    root = np.sqrt(weight)
    A = root[:, None] * columns
    size = np.sqrt((A**2).sum(axis=0))
    A = A[:, size > 0] / size[size > 0]
    for _ in range(2 if A.size else 0):  # the second round removes rounding
        fit = np.linalg.lstsq(A, root * r, rcond=None)[0]
        r = r - (columns[:, size > 0] / size[size > 0]) @ fit
    return r


def dual_gap(problem: Problem, coef: Floats, intercept: float) -> float:
    """P - D at the dual point of ``coef``: an upper bound of P - min P."""
    theta, u = dual_point(problem, coef)
    return primal(problem, coef, intercept) - dual(problem, theta, u)


def relative_gap(problem: Problem, coef: Floats, intercept: float) -> float:
    """The dual gap over the null objective (or the gap itself if that is 0)."""
    return dual_gap(problem, coef, intercept) / (null_objective(problem) or 1.0)


def kkt_violation(problem: Problem, coef: Floats, intercept: float) -> float:
    """How far the optimality conditions are from holding; 0 at the optimum.

    The largest distance of u_j - l2_j b_j from the interval in which it must
    lie (l1_j times the subdifferential of |b_j|, extended at active bounds), in
    units of the gradient for scaled columns; the intercept's is |sum w r|.
    """
    if np.isinf(penalty(problem, coef)):
        return np.inf
    lo, hi = problem.bounds
    u = problem.columns.correlation(centred_residual(problem, coef))
    gradient = u - problem.l2 * coef
    least = np.where(coef > 0.0, problem.l1, -problem.l1)
    most = np.where(coef < 0.0, -problem.l1, problem.l1)
    least = np.where(coef <= lo, -np.inf, least)
    most = np.where(coef >= hi, np.inf, most)
    distance = np.maximum(0.0, np.maximum(least - gradient, gradient - most))
    distance /= np.where(problem.scale > 0.0, problem.scale, 1.0)
    offset = abs(intercept + problem.x_mean @ coef - problem.y_mean)
    return float(max(offset, distance.max()))
