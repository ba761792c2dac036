"""The relaxed and the adaptive Lasso by their definitions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastreg._problem import Floats, Problem
from fastreg._reference_descent import coordinate_descent
from fastreg._reference_ridge import ridge


def refit_problem(problem: Problem, coef: Floats) -> Problem:
    """The problem without a penalty, of the features that ``coef`` uses in any class.

    Features without a penalty stay in.

    >>> X, y = np.eye(3), np.array([1.0, 2.0, 4.0])
    >>> part = refit_problem(Problem(X, y, alpha=0.1), np.array([0.0, 1.0, 0.0]))
    >>> part.alpha, part.penalty_factor.tolist()
    (0.0, [inf, 1.0, inf])
    """
    used = np.atleast_2d(coef != 0.0).any(axis=0)
    factor = np.broadcast_to(np.asarray(problem.penalty_factor, float), used.shape)
    used |= (factor == 0.0) & (problem.scale > 0.0)
    chosen = np.where(used, 1.0, np.inf)
    return replace(
        problem, alpha=0.0, l1_ratio=0.0, grouped=False, penalty_factor=chosen
    )


def relaxed(
    problem: Problem, coef: Floats, intercept: Any, gamma: float
) -> tuple[Floats, Any]:
    """The mixture of a solution, by gamma, and the refit of its support.

    Of refits that are as good it is that of least norm, in the units in which
    coefficients are penalised.

    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
    >>> problem = Problem(X, y, alpha=0.1, standardize=False)
    >>> coef, intercept = relaxed(problem, np.array([1.85]), 1.15, 0.5)
    >>> coef.round(9).tolist(), round(intercept, 9)
    ([1.925], 1.075)
    """
    part = refit_problem(problem, coef)
    lo, hi = part.bounds
    bounded = np.any((lo < hi) & (np.isfinite(lo) | np.isfinite(hi)))
    if part.family == "gaussian" and not bounded:
        free, b0 = ridge(part)
    else:
        free, b0 = coordinate_descent(part)
        if part.outputs:  # a number may be added to all classes, within the bounds
            low, high = np.max(lo - free, axis=0), np.min(hi - free, axis=0)
            free = free + np.clip(-free.mean(axis=0), low, high)
    mixed = gamma * coef + (1.0 - gamma) * free
    return mixed, gamma * intercept + (1.0 - gamma) * b0


def adaptive_factor(problem: Problem, first: ArrayLike, power: float = 1.0) -> Floats:
    """Penalty factors v_j (max_k s_k |b_k| / s_j |b_j|)^power by first coefficients b.

    Of several classes |b_j| is the norm over the classes. Features that are 0 there are
    excluded, those without a penalty keep none; the largest is taken of the others.

    >>> problem = Problem(np.eye(3), np.zeros(3), alpha=1.0, standardize=False)
    >>> adaptive_factor(problem, [2.0, -0.5, 0.0]).tolist()
    [1.0, 4.0, inf]
    """
    size = problem.scale * np.linalg.norm(np.atleast_2d(first), axis=0)
    v = np.broadcast_to(np.asarray(problem.penalty_factor, float), size.shape)
    out = np.full(len(size), np.inf)
    some = size > 0.0
    largest = np.max(size[(v > 0.0) & (v < np.inf)], initial=0.0)
    out[some] = v[some] * (largest / size[some]) ** power
    out[v == 0.0] = 0.0
    return out
