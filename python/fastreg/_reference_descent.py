"""Coordinate descent with Newton steps: the slow solver of `fastreg.reference`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from fastreg._problem import Floats, Problem
from fastreg._reference_duality import (
    SINGULAR,
    best_intercept,
    centred_residual,
    relative_gap,
)


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
    coef = np.zeros(len(lo)).clip(lo, hi)
    if not penalised.all():
        low, high = np.where(penalised, coef, lo), np.where(penalised, coef, hi)
        null = replace(problem, alpha=0.0, lower_bounds=low, upper_bounds=high)
        coef, _ = coordinate_descent(null)
    u = problem.columns.correlation(centred_residual(problem, coef))
    pull = np.maximum(np.where(coef < hi, u, 0.0), np.where(coef > lo, -u, 0.0))
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
) -> tuple[Floats, float]:
    """Minimise P one coordinate at a time until the relative gap is <= ``tol``.

    Each round sweeps all features, then ten times those that are not 0, then
    takes Newton steps on these (with the signs fixed, P is quadratic), without
    which correlated columns would need thousands of sweeps.

    Returns
    -------
    coef : array of shape (p,)
    intercept : float

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
    root = np.sqrt(problem.weight)
    A, z = np.asfortranarray(root[:, None] * problem.x), root * problem.z
    lo, hi = problem.bounds
    coef = (np.zeros(A.shape[1]) if start is None else np.array(start)).clip(lo, hi)
    for _ in range(max_iter):
        residual = z - A @ coef
        sweep(problem, A, residual, coef, range(len(coef)))
        for _ in range(10):
            sweep(problem, A, residual, coef, np.flatnonzero(coef).tolist())
        newton_steps(problem, A, z, coef)
        intercept = best_intercept(problem, coef)
        gap = relative_gap(problem, coef, intercept)
        if gap <= tol:
            return coef, intercept
    raise RuntimeError(f"relative gap {gap:.2e} > tol {tol:.2e} after {max_iter}")


def sweep(
    problem: Problem,
    A: Floats,
    residual: Floats,
    coef: Floats,
    features: range | list[int],
) -> None:
    """One pass of exact coordinate minimisations; updates residual and coef.

    For a_j = |A_j|^2:  b_j <- clip(soft(A_j'r + a_j b_j, l1_j) / (a_j + l2_j)).
    """
    lo, hi = problem.bounds
    curvature = (A**2).sum(axis=0)
    for j in features:
        total = curvature[j] + problem.l2[j]
        if total == 0.0:
            continue
        target = A[:, j] @ residual + curvature[j] * coef[j]
        size = max(abs(target) - problem.l1[j], 0.0) / total
        new = min(max(size if target > 0.0 else -size, lo[j]), hi[j])
        if new != coef[j]:
            residual -= A[:, j] * (new - coef[j])
            coef[j] = new


def newton_steps(problem: Problem, A: Floats, z: Floats, coef: Floats) -> None:
    """Minimise P over the features that are neither 0 nor at a bound; updates coef.

    A step stops where the first coefficient would change sign or leave its
    bounds; that one is left there and the others go on.
    """
    lo, hi = problem.bounds
    while True:
        J = np.flatnonzero((coef != 0.0) & (coef > lo) & (coef < hi))
        if len(J) == 0:
            return
        size = np.sqrt((A[:, J] ** 2).sum(axis=0) + problem.l2[J])
        size[size == 0.0] = 1.0
        B = A[:, J] / size
        # A little more curvature, so that dependent columns have long steps, not none.
        hessian = B.T @ B + np.diag(problem.l2[J] / size**2 + SINGULAR)
        sign = np.sign(coef[J])
        gradient = A[:, J].T @ (z - A @ coef) - problem.l2[J] * coef[J]
        gradient -= problem.l1[J] * sign
        move = np.linalg.solve(hessian, gradient / size) / size

        kink = np.where(problem.l1[J] > 0.0, 0.0, -sign * np.inf)
        end = np.where(move * sign < 0.0, kink, sign * np.inf)
        end = np.where(move > 0.0, np.minimum(end, hi[J]), np.maximum(end, lo[J]))
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move == 0.0, np.inf, (end - coef[J]) / move)
        first = int(np.argmin(room))
        coef[J] += min(1.0, room[first]) * move
        if room[first] > 1.0:
            return
        coef[J[first]] = end[first]


def coordinate_descent_path(
    problem: Problem, alphas: ArrayLike, *, tol: float = 1e-13
) -> tuple[Floats, Floats]:
    """`coordinate_descent` at each alpha, started from the one before.

    Returns coefs of shape (p, k) and intercepts of shape (k,).
    """
    coefs, intercepts = [], []
    coef = None
    for alpha in np.asarray(alphas, dtype=np.float64):
        at_alpha = replace(problem, alpha=float(alpha))
        coef, intercept = coordinate_descent(at_alpha, coef, tol=tol)
        coefs.append(coef.copy())
        intercepts.append(intercept)
    return np.array(coefs).T, np.array(intercepts)
