"""The penalty of `fastreg.reference`: value, conjugate and subgradients.

Coefficients and gradients are of shape (p,), for multinomial (K, p).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg._problem import CONSTANT, Floats, Problem


def soft_threshold(value: Floats, threshold: ArrayLike) -> Floats:
    """sign(value) max(|value| - threshold, 0), the proximal map of |.|."""
    return np.asarray(np.sign(value) * np.maximum(np.abs(value) - threshold, 0.0))


def size(problem: Problem, coef: Floats) -> Floats:
    """What l1_j multiplies: |b_j|, or the norm over the classes if grouped, (p,)."""
    return norms(coef) if problem.grouped else np.abs(coef)


def norms(coef: Floats) -> Floats:
    """Norms over the classes, shape (p,)."""
    return np.asarray(np.sqrt((coef**2).sum(axis=0)))


def penalty(problem: Problem, coef: Floats) -> float:
    """sum_j h_j(b_j), infinite outside the bounds (a few ulp are forgiven)."""
    lo, hi = problem.bounds
    slack = 4 * np.finfo(np.float64).eps * np.abs(coef)
    if np.any((coef < lo - slack) | (coef > hi + slack)):
        return np.inf
    lasso = np.sum(size(problem, coef) @ problem.l1)
    return float(lasso + np.sum(coef**2 @ problem.l2) / 2)


def conjugate(problem: Problem, u: Floats) -> Floats:
    """h_j*(u_j) = max over b of u_j b - h_j(b); the maximiser is a clipped step."""
    if problem.grouped:
        return _grouped_conjugate(problem, u)
    lo, hi = problem.bounds
    step = soft_threshold(u, problem.l1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        b = np.where(step == 0.0, 0.0, step / problem.l2).clip(lo, hi)
        value = u * b - problem.l1 * np.abs(b) - problem.l2 * b**2 / 2
    return np.where(np.isinf(b), np.inf, value)


def _grouped_conjugate(problem: Problem, u: Floats) -> Floats:
    """The function max(|u_j| - l1_j, 0)^2 / (2 l2_j), u_j c_j - h_j where b_j = c_j."""
    lo, hi = problem.bounds
    fixed = np.all(lo == hi, axis=0)
    c = np.where(fixed, lo, 0.0)
    step = np.maximum(norms(u) - problem.l1, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(step == 0.0, 0.0, step**2 / (2 * problem.l2))
    held = (u * c - problem.l2 * c**2 / 2).sum(axis=0) - problem.l1 * norms(c)
    return np.where(fixed, held, value)


def young(problem: Problem, coef: Floats, u: Floats) -> float:
    """sum_j h_j(b_j) + h_j*(u_j) - u_j b_j, a sum of terms >= 0."""
    if np.isinf(penalty(problem, coef)):
        return np.inf
    h = problem.l1 * size(problem, coef)
    square, product = problem.l2 * coef**2 / 2, u * coef
    if problem.grouped:
        square, product = square.sum(axis=0), product.sum(axis=0)
    terms = h + square + conjugate(problem, u) - product
    return float(np.maximum(terms, 0.0).sum())


def largest_step(problem: Problem, u: Floats, where: NDArray[np.bool_]) -> float:
    """Largest s <= 1 with -l1 <= s u <= l1 at ``where``, on sides without bounds."""
    lo, hi = problem.bounds
    if problem.grouped:
        u, lo, hi = norms(u), lo[0], hi[0]
    over = where & (np.isinf(hi) & (u > problem.l1) | np.isinf(lo) & (-u > problem.l1))
    if not over.any():
        return 1.0
    # The last factor keeps s u within l1 after rounding.
    l1 = np.broadcast_to(problem.l1, u.shape)
    return float(np.min(l1[over] / np.abs(u[over])) * (1 - CONSTANT))


def subgradient_distance(problem: Problem, coef: Floats, u: Floats) -> Floats:
    """Distance of u_j - l2_j b_j from l1_j times the subdifferential of |b_j|.

    That interval is extended at active bounds.
    """
    gradient = u - problem.l2 * coef
    if problem.grouped:
        return _grouped_distance(problem, coef, gradient)
    lo, hi = problem.bounds
    least = np.where(coef > 0.0, problem.l1, -problem.l1)
    most = np.where(coef < 0.0, -problem.l1, problem.l1)
    least = np.where(coef <= lo, -np.inf, least)
    most = np.where(coef >= hi, np.inf, most)
    return np.maximum(0.0, np.maximum(least - gradient, gradient - most))


def _grouped_distance(problem: Problem, coef: Floats, gradient: Floats) -> Floats:
    lo, hi = problem.bounds
    length = norms(coef)
    direction = coef / np.where(length > 0.0, length, 1.0)
    at_zero = np.maximum(0.0, norms(gradient) - problem.l1)
    elsewhere = norms(gradient - problem.l1 * direction)
    distance = np.where(length > 0.0, elsewhere, at_zero)
    return np.where(np.all(lo == hi, axis=0), 0.0, distance)
