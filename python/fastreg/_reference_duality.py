"""Objective, dual and optimality conditions of `fastreg.reference`.

What is written out here is the gaussian family; `_reference_glm` has the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastreg import _reference_glm as glm
from fastreg._problem import Floats, Problem
from fastreg._reference_link import correlation, residual
from fastreg._reference_penalty import (
    conjugate,
    largest_step,
    penalty,
    subgradient_distance,
)
from fastreg._reference_quadratic import SINGULAR
from fastreg._reference_refit import best_centre

# --- primal ---------------------------------------------------------------------


def best_intercept(problem: Problem, coef: Floats) -> Any:
    """The b0 that minimises P for given coefficients; 0 without an intercept.

    A float, for multinomial an array of shape (K,) with sum 0.
    """
    if problem.family != "gaussian":
        return glm.best_intercept(problem, coef)
    return float(problem.y_mean - problem.x_mean @ coef)


def primal(problem: Problem, coef: Floats, intercept: Any) -> float:
    """P(b0, b), from centred data: y - b0 - Xb = z - xb - (b0 - best b0).

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> problem = Problem(X, y, alpha=0.5, standardize=False)
    >>> primal(problem, np.array([1.0]), -1.0)     # fits exactly: only |b| is left
    0.5
    """
    if problem.family != "gaussian":
        return glm.primal(problem, coef, intercept)
    shift = intercept + problem.x_mean @ coef - problem.y_mean
    residual = problem.z - problem.columns.product(coef) - shift
    return float(problem.weight @ residual**2 / 2) + penalty(problem, coef)


def null_objective(problem: Problem) -> float:
    """P of the null model, b = 0 and the best b0; relative gaps divide by it.

    Of families other than gaussian what a saturated model has is subtracted: it is the
    null deviance by 2n.
    """
    if problem.family != "gaussian":
        return glm.null_objective(problem)
    return float(problem.weight @ problem.z**2 / 2)


def deviance_ratio(problem: Problem, coef: Floats, intercept: Any) -> float:
    """1 less the deviance by that of the null model; 1 is a saturated fit."""
    if problem.family != "gaussian":
        return glm.deviance_ratio(problem, coef, intercept)
    loss = primal(problem, coef, intercept) - penalty(problem, coef)
    return 1.0 - loss / (null_objective(problem) or 1.0)


# --- dual and certificate -------------------------------------------------------


def dual(problem: Problem, theta: Floats, u: Floats | None = None) -> float:
    """D(theta), minus infinity where theta is not feasible.

    ``u`` may be given where it is known better than by rounding (as from
    `dual_point`, whose u lies exactly within the constraints).
    """
    if problem.family != "gaussian":
        return glm.dual(problem, theta, u)
    if u is None:
        u = problem.columns.correlation(theta)
    fit = problem.weight @ (problem.z * theta - theta**2 / 2)
    return float(fit - conjugate(problem, u).sum())


def dual_point(problem: Problem, coef: Floats) -> tuple[Floats, Floats]:
    """A feasible (theta, u) built from the residual of ``coef``: theta = s r.

    s is the better of two: the largest feasible s <= 1, and the one that makes
    the residual of the Lasso with rows sqrt(l2_j) appended feasible. Features
    with neither penalty nor (active) bound need u_j = 0: r is first projected
    off their columns (in other families, these features are fitted again).
    """
    if problem.family != "gaussian":
        return glm.dual_point(problem, coef)
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
    if problem.family != "gaussian":
        return residual(problem, coef, best_centre(problem, coef))
    r = problem.z - problem.columns.product(coef)
    return r - problem.weight @ r if problem.fit_intercept else r


def dual_gap(problem: Problem, coef: Floats, intercept: Any) -> float:
    """P - D at the dual point of ``coef``: an upper bound of P - min P."""
    if problem.family != "gaussian":
        return glm.dual_gap(problem, coef, intercept)
    theta, u = dual_point(problem, coef)
    return primal(problem, coef, intercept) - dual(problem, theta, u)


def relative_gap(problem: Problem, coef: Floats, intercept: Any) -> float:
    """The dual gap over the null objective (or the gap itself if that is 0)."""
    return dual_gap(problem, coef, intercept) / (null_objective(problem) or 1.0)


def kkt_violation(problem: Problem, coef: Floats, intercept: Any) -> float:
    """How far the optimality conditions are from holding; 0 at the optimum.

    The largest distance of u_j - l2_j b_j from the interval in which it must
    lie (l1_j times the subdifferential of |b_j|, extended at active bounds), in
    units of the gradient for scaled columns; the intercept's is |sum w r|.
    """
    if np.isinf(penalty(problem, coef)):
        return np.inf
    if problem.family != "gaussian":
        offset = glm.intercept_violation(problem, coef, intercept)
        if offset == np.inf:
            return np.inf
    else:
        offset = abs(intercept + problem.x_mean @ coef - problem.y_mean)
    u = correlation(problem, centred_residual(problem, coef))
    distance = subgradient_distance(problem, coef, u)
    distance /= np.where(problem.scale > 0.0, problem.scale, 1.0)
    return float(max(offset, distance.max()))


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
