"""Coordinate descent and the first alpha: the slow solvers of `fastreg.reference`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastreg._problem import Floats, Problem
from fastreg._reference_duality import (
    best_intercept,
    centred_residual,
    relative_gap,
)
from fastreg._reference_link import correlation
from fastreg._reference_newton import proximal_newton
from fastreg._reference_penalty import norms
from fastreg._reference_quadratic import Rows, newton_steps, sweep
from fastreg._reference_refit import refit


def alpha_max(problem: Problem) -> float:
    """The smallest alpha at which every penalised coefficient is as good as 0.

    It then is the value c_j within its bounds that is closest to 0. With residual r of
    this null model (c, the intercept and the unpenalised features) alpha_max is the
    largest |u_j| / (v_j s_j (l1_ratio + (1 - l1_ratio) s_j |c_j|)) over the signs
    that the bounds allow. It is infinite for ridge, whose coefficients never vanish.

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> alpha_max(Problem(X, y, alpha=1.0, standardize=False))
    1.0
    """
    lo, hi = problem.bounds
    penalised = (problem.factor > 0.0) & (problem.scale > 0.0)
    coef = np.zeros(problem.coef_shape).clip(lo, hi)
    if not penalised.all():
        low, high = np.where(penalised, coef, lo), np.where(penalised, coef, hi)
        null = replace(problem, alpha=0.0, lower_bounds=low, upper_bounds=high)
        coef, _ = coordinate_descent(null)
        if problem.family != "gaussian":  # its gap leaves the gradient half the digits
            inside = ~penalised & (low < coef) & (coef < high)
            coef, _ = refit(null, coef, inside)
    u = correlation(problem, centred_residual(problem, coef))
    pull = np.maximum(np.where(coef < hi, u, 0.0), np.where(coef > lo, -u, 0.0))
    if problem.grouped:
        pull, coef = norms(pull), norms(coef)
    at_one = replace(problem, alpha=1.0)
    slope = at_one.l1 + at_one.l2 * np.abs(coef)
    pulled = penalised & (pull > 0.0)
    if np.any(slope[pulled] == 0.0):
        return np.inf
    return float(np.max(pull[pulled] / slope[pulled], initial=0.0))


def coordinate_descent(
    problem: Problem,
    start: Floats | None = None,
    *,
    tol: float = 1e-13,
    max_iter: int = 10_000,
) -> tuple[Floats, Any]:
    """Minimise P one coordinate at a time until the relative gap is <= ``tol``.

    Each round sweeps all features, then ten times those that are not 0, then
    takes Newton steps on these (with the signs fixed, P is quadratic), without
    which correlated columns would need thousands of sweeps. In families other than
    gaussian this is done to quadratic models of the loss, see `proximal_newton`.

    Returns
    -------
    coef : array of shape (p,), for multinomial (K, p)
    intercept : float, for multinomial array of shape (K,)

    Raises
    ------
    RuntimeError
        If the gap is not met in ``max_iter`` rounds: a reference does not guess.

    Examples
    --------
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
    >>> problem = Problem(X, y, alpha=0.1, standardize=False)
    >>> coef, intercept = coordinate_descent(problem)
    >>> np.round(coef, 12), round(intercept, 12)   # 2 - alpha / variance
    (array([1.85]), 1.15)
    """
    if problem.family != "gaussian":
        return proximal_newton(problem, start, tol=tol, max_iter=max_iter)
    root = np.sqrt(problem.weight)
    A, z = np.asfortranarray(root[:, None] * problem.x), root * problem.z
    lo, hi = problem.bounds
    coef = (np.zeros(A.shape[1]) if start is None else np.array(start)).clip(lo, hi)
    squares = Rows(A, z, coef)
    for _ in range(max_iter):
        squares.start(coef)
        sweep(problem, squares, coef, range(len(coef)))
        for _ in range(10):
            sweep(problem, squares, coef, np.flatnonzero(coef).tolist())
        newton_steps(problem, squares, coef)
        intercept = best_intercept(problem, coef)
        gap = relative_gap(problem, coef, intercept)
        if gap <= tol:
            return coef, intercept
    raise RuntimeError(f"relative gap {gap:.2e} > tol {tol:.2e} after {max_iter}")


def coordinate_descent_path(
    problem: Problem, alphas: ArrayLike, *, tol: float = 1e-13
) -> tuple[Floats, Floats]:
    """`coordinate_descent` at each alpha, started from the one before.

    Returns coefs of shape (p, k) and intercepts of shape (k,), for multinomial
    (K, p, k) and (K, k).
    """
    coefs, intercepts = [], []
    coef = None
    for alpha in np.asarray(alphas, dtype=np.float64):
        at_alpha = replace(problem, alpha=float(alpha))
        coef, intercept = coordinate_descent(at_alpha, coef, tol=tol)
        coefs.append(coef.copy())
        intercepts.append(intercept)
    return np.stack(coefs, axis=-1), np.stack(intercepts, axis=-1)
