"""Objective, dual and certificate of `fastreg.reference` for families with a link.

With A and A* of the family (`_reference_families`), eta = o + b0 + X b and
m = y - theta,

    P(b0, b) = sum_i w_i (A(eta_i) - y_i eta_i) + sum_j h_j(b_j)
    D(theta) = -sum_i w_i (A*(m_i) + o_i theta_i) - sum_j h_j*(u_j)
    u_j      = sum_i w_i x_ij theta_i,      sum_i w_i theta_i = 0 (intercept)

    P - D    = sum_i w_i (A(eta_i) + A*(m_i) - m_i eta_i)
               + sum_j (h_j(b_j) + h_j*(u_j) - u_j b_j)

The last is a sum of terms >= 0 and is what `dual_gap` returns. For multinomial, sums
run over the classes too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastreg._problem import Floats, Problem
from fastreg._reference_link import (
    average,
    centre_of,
    correlation,
    intercept_of,
    predictor,
    residual,
)
from fastreg._reference_penalty import (
    conjugate,
    largest_step,
    penalty,
    young,
)
from fastreg._reference_refit import best_centre, refit

# A correlation, relative to what rounding leaves of it, that counts as 0.
NEGLIGIBLE = 1e-13


# --- primal ---------------------------------------------------------------------


def primal(problem: Problem, coef: Floats, intercept: Any) -> float:
    """P(b0, b)."""
    eta = predictor(problem, coef, centre_of(problem, coef, intercept))
    loss = average(problem, problem.loss.value(problem.response, eta))
    return loss + penalty(problem, coef)


def deviance(problem: Problem, coef: Floats, centre: Any) -> float:
    """Deviance by 2n: the loss less that of a saturated model."""
    eta = predictor(problem, coef, centre)
    loss = problem.loss.divergence(problem.response, np.zeros_like(eta), eta)
    return average(problem, loss)


def null_objective(problem: Problem) -> float:
    """Deviance by 2n of the model with the offset and the best intercept."""
    coef = np.zeros(problem.coef_shape)
    return deviance(problem, coef, best_centre(problem, coef))


def deviance_ratio(problem: Problem, coef: Floats, intercept: Any) -> float:
    """1 less the deviance by that of the null model."""
    found = deviance(problem, coef, centre_of(problem, coef, intercept))
    return 1.0 - found / (null_objective(problem) or 1.0)


def best_intercept(problem: Problem, coef: Floats) -> Any:
    """The b0 that minimises P for given coefficients; 0 without an intercept."""
    return intercept_of(problem, coef, best_centre(problem, coef))


# --- dual and certificate -------------------------------------------------------


def dual(problem: Problem, theta: Floats, u: Floats | None = None) -> float:
    """D(theta), minus infinity where theta is not feasible."""
    if u is None:
        u = correlation(problem, theta)
    offset = 0.0 if problem.offset is None else np.asarray(problem.offset)
    loss = problem.weight @ problem.loss.conjugate(problem.response, theta)
    loss += (problem.weight * (offset * theta).T).sum()
    return float(-loss - conjugate(problem, u).sum())


def dual_point(problem: Problem, coef: Floats) -> tuple[Floats, Floats]:
    """A feasible (theta, u): theta = s (y - mu), so that m = (1 - s) y + s mu.

    mu has the best intercept for ``coef``, and the best coefficients of the features
    that need u_j = 0: those with neither penalty nor (active) bound. s is the better
    of the two that the gaussian family takes.
    """
    lo, hi = problem.bounds
    unpenalised = (problem.l1 == 0.0) & (problem.l2 == 0.0) & (problem.scale > 0.0)
    inside = (lo < coef) & (coef < hi) & (np.isinf(lo) | np.isinf(hi))
    best, centre = refit(problem, coef, unpenalised & inside)
    r = residual(problem, best, centre)
    r = r if np.isfinite(r).all() else np.zeros_like(r)
    size = np.max(problem.weight @ np.abs(problem.response))
    if problem.fit_intercept and np.max(np.abs(problem.weight @ r)) > 1e-10 * size:
        r = 0.0 * r  # no intercept is best: classes that are not there
    u = correlation(problem, r)
    spread = problem.response - problem.weight @ problem.response
    square = np.max(problem.weight @ spread**2)
    length = np.sqrt(problem.columns.mean_square() * square)
    small = (problem.l1 == 0.0) & (np.abs(u) <= NEGLIGIBLE * length)
    u[small] = 0.0

    feasible = largest_step(problem, u, problem.l2 == 0.0)
    everywhere = np.ones(coef.shape[-1], dtype=bool)
    augmented = largest_step(problem, u - problem.l2 * coef, everywhere)
    steps = (feasible, min(feasible, augmented))
    s = min(steps, key=lambda s: _gap(problem, best, centre, s * r, s * u))
    return s * r, s * u


def _gap(
    problem: Problem, coef: Floats, centre: Any, theta: Floats, u: Floats
) -> float:
    """P - D as a sum of terms >= 0."""
    eta = predictor(problem, coef, centre)
    divergence = problem.loss.divergence(problem.response, theta, eta)
    return average(problem, divergence) + young(problem, coef, u)


def dual_gap(problem: Problem, coef: Floats, intercept: Any) -> float:
    """P - D at the dual point of ``coef``."""
    centre = centre_of(problem, coef, intercept)
    return _gap(problem, coef, centre, *dual_point(problem, coef))


def intercept_violation(problem: Problem, coef: Floats, intercept: Any) -> float:
    """|sum_i w_i (y_i - mu_i)|, of the worst class; 0 without an intercept."""
    r = residual(problem, coef, centre_of(problem, coef, intercept))
    if not np.isfinite(r).all():
        return np.inf
    return float(np.max(np.abs(problem.weight @ r))) if problem.fit_intercept else 0.0
