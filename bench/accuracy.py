"""How accurate coefficients are, recomputed from them and the data in NumPy.

The formulas are those of `fastreg.reference` (a test compares them), for all alphas of
a path at once, without weights and intercept, and they read sparse matrices. With
l1 = alpha l1_ratio, l2 = alpha (1 - l1_ratio), r = y - Xb and u = X'r / n:

    P(b)   = |r|²/(2n) + l1 |b|₁ + l2/2 |b|²
    D(s r) = (s y'r - s² |r|²/2)/n - Σ_j soft(s u_j, l1)² / (2 l2)

Where l2 = 0, s must make |s u_j| <= l1; where it isn't, s = 1 and the s that makes
|s (u_j - l2 b_j)| <= l1 are tried. The gap P - D bounds P - min P. Both are given
relative to P(0) = |y|²/(2n).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from bench.data import Floats
from bench.problems import Problem

ALPHAS = 25  # how many of them at once: bounds the memory
COLUMNS = 2000  # of float32 X that are converted at a time


def primal_and_gap(problem: Problem, coefs: Any) -> tuple[Floats, Floats]:
    """P and the duality gap at every alpha, both relative to P(0).

    Parameters
    ----------
    problem : Problem
        k alphas, p features.
    coefs : array or sparse matrix of shape (p, k)
        What a solver returned.

    Raises
    ------
    ValueError
        If there are not k columns of coefficients: a solver cut the path.
    """
    expected = (problem.X.shape[1], len(problem.alphas))
    if coefs.shape != expected:
        raise ValueError(f"Coefficients have the shape {coefs.shape}, not {expected}.")
    blocks = []
    for start in range(0, len(problem.alphas), ALPHAS):
        some = slice(start, start + ALPHAS)
        block = coefs[:, some]
        B = np.asarray(block.toarray() if sp.issparse(block) else block, dtype=float)
        blocks.append(_evaluate(problem, B, problem.alphas[some]))
    primal, gap = np.concatenate(blocks, axis=1)
    bad = ~np.isfinite(gap)  # NaN in, worst possible out
    gap[bad] = primal[bad] = np.inf
    return primal, gap


def _evaluate(problem: Problem, B: Floats, alphas: Floats) -> Floats:
    """Rows P and P - D, one column for each alpha."""
    y, n = problem.y[:, np.newaxis], len(problem.y)
    null = float(problem.y @ problem.y) / (2 * n)
    l1, l2 = alphas * problem.l1_ratio, alphas * (1 - problem.l1_ratio)
    R = y - _times(problem, B)
    U = _transposed_times(problem, R) / n
    square, fit = (R**2).sum(axis=0), (y * R).sum(axis=0)
    primal = square / (2 * n) + l1 * np.abs(B).sum(axis=0) + l2 * (B**2).sum(axis=0) / 2

    def dual(s: Floats) -> Floats:
        value = np.asarray((s * fit - s**2 * square / 2) / n)
        if problem.l1_ratio == 1.0:
            return value
        excess = np.maximum(np.abs(s * U) - l1, 0.0)
        return np.asarray(value - (excess**2).sum(axis=0) / (2 * l2))

    largest = np.abs(U - l2 * B).max(axis=0)
    feasible = np.minimum(1.0, l1 / np.maximum(largest, np.finfo(float).tiny))
    best = dual(feasible)
    if problem.l1_ratio < 1.0:
        best = np.maximum(best, dual(np.ones_like(l1)))
    return np.stack([primal, primal - best]) / null


def _times(problem: Problem, B: Floats) -> Floats:
    """X B, in float64."""
    X = problem.X
    rows = np.flatnonzero(B.any(axis=1))
    if problem.sparse:
        return np.asarray(X @ B)
    return np.asarray(X[:, rows].astype(float) @ B[rows])


def _transposed_times(problem: Problem, R: Floats) -> Floats:
    """X'R, in float64."""
    X = problem.X
    if problem.sparse or X.dtype == np.float64:
        return np.asarray(X.T @ R)
    starts = range(0, X.shape[1], COLUMNS)
    return np.vstack([X[:, j : j + COLUMNS].astype(float).T @ R for j in starts])


def suboptimality(primal: Floats, reference: Floats) -> Floats:
    """How far P is above the reference's P, which is known to 1e-13."""
    return np.maximum(primal - reference, 0.0)
