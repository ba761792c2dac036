"""Solutions that the coefficients of every way are compared with.

Dense X: X = QR (of X' if it is wide), and the singular values of R, all in float64:
this never squares the condition number, as normal equations do. Sparse X: conjugate
gradients on the n x n system (XX' + n alpha) u = y, whose residual is recomputed in
extended precision and solved for again until nothing is left; then b = X'u. Both are
checked by a bound of the error, from the residual that they leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse.linalg as spla

from bench import data
from bench.data import Floats
from bench.problems import Problem
from bench.ridge import problems

# Bounds of the relative error: rounding in the bound itself is near.
TRUSTED = 1e-11

# Solving for what is left of the sparse system: each time about ten digits are gained.
ROUNDS = 6


@dataclass(frozen=True)
class Reference:
    """What is right.

    Attributes
    ----------
    coefs : ndarray of shape (p, k) or (p, m)
        A column for each alpha, or for each target.
    scores : ndarray of shape (k,)
        Mean squared leave-one-out errors; empty if none is chosen.
    """

    coefs: Floats
    scores: Floats


def file(name: str) -> Path:
    """Where a row's solution is kept."""
    return data.folder() / f"{name}-ridge.npz"


def load(name: str) -> Reference:
    """The solution of a row, which `ensure` has made."""
    with np.load(file(name)) as kept:
        return Reference(kept["coefs"], kept["scores"])


def ensure(name: str) -> float:
    """Solve a row unless that was done; the bound of its relative error.

    Raises
    ------
    RuntimeError
        If the bound is above `TRUSTED`.
    """
    if file(name).exists():
        return 0.0
    problem = problems.load(name)
    scores = np.empty(0)
    if problem.sparse:
        coefs, bound = iterated(problem)
    else:
        form = Spectral.of(problem)
        coefs = form.coefs(problem)
        bound = error_bound(problem, coefs, form.values[-1] ** 2)
        if problem.choose:
            scores = form.leave_one_out(problem)
    if not bound <= TRUSTED:
        raise RuntimeError(
            f"The solution of {name} may be wrong by {bound:.1e}, more than "
            f"{TRUSTED:.0e}: nothing can be compared with it."
        )
    np.savez(file(name), coefs=coefs, scores=scores)
    return bound


@dataclass(frozen=True)
class Spectral:
    """X = left diag(values) right', without X'X or XX'; no values that are rounding."""

    left: Floats
    values: Floats
    right: Floats

    @classmethod
    def of(cls, problem: Problem) -> Spectral:
        """Of a dense X, by its triangular factor."""
        X = problem.X
        n, p = X.shape
        Q, R = np.linalg.qr(X if p <= n else X.T)
        U, values, Vt = np.linalg.svd(R)
        kept = values > max(n, p) * np.finfo(float).eps * values[0]
        left, right = (Q @ U, Vt.T) if p <= n else (Vt.T, Q @ U)
        return cls(left[:, kept], values[kept], right[:, kept])

    def coefs(self, problem: Problem) -> Floats:
        """A column for every alpha, or every target."""
        z = self.left.T @ problem.y.reshape(len(problem.y), -1)
        penalty = len(problem.y) * problem.alphas
        filtered = self.values[:, np.newaxis] / (
            self.values[:, np.newaxis] ** 2 + penalty
        )
        return np.asarray(self.right @ (filtered * z))

    def leave_one_out(self, problem: Problem) -> Floats:
        """Mean of the squares of (y_i - b0 - x_i b) / (1 - 1/n - h_i), for every alpha.

        X and y are centred: b0 is 0, and 1/n its share. Neither numerator nor
        denominator is a difference of numbers that may be equal.
        """
        y = problem.y
        n = len(y)
        z = self.left.T @ y
        square = self.left**2
        beyond = np.zeros(n), np.zeros(n)  # what X and a constant can't reach at all
        if len(self.values) + 1 < n:
            beyond = y - self.left @ z, 1.0 - 1.0 / n - square.sum(axis=1)
        scores = []
        for penalty in n * problem.alphas:
            left_over = penalty / (self.values**2 + penalty)
            residual = self.left @ (left_over * z) + beyond[0]
            scores.append(np.mean((residual / (square @ left_over + beyond[1])) ** 2))
        return np.array(scores)


def error_bound(problem: Problem, coefs: Floats, least: float) -> float:
    """Bound of |b - b*| / |b| by the gradient.

    Both lie in the span of X's rows, where X'X has no eigenvalue below `least` but 0
    to rounding.
    """
    X, y = problem.X, problem.y.reshape(len(problem.y), -1)
    penalty = len(y) * problem.alphas
    gradient = X.T @ (y - X @ coefs) - penalty * coefs
    size = np.linalg.norm(coefs, axis=0)
    return float(np.max(np.linalg.norm(gradient, axis=0) / ((least + penalty) * size)))


def iterated(problem: Problem) -> tuple[Floats, float]:
    """Coefficients for one alpha and a sparse X, and the bound of their error.

    With r = y - (XX' + n alpha) u, b - b* = X' (XX' + n alpha)^-1 r, whose norm is at
    most |r| / (2 sqrt(n alpha)).
    """
    X, y = problem.X, problem.y
    rows = X.tocsr()
    penalty = len(y) * float(problem.alphas[0])
    inverse = 1.0 / (np.asarray((rows**2).sum(axis=1)).ravel() + penalty)
    system = _operator(len(y), lambda v: rows @ (X.T @ v) + penalty * v)
    jacobi = _operator(len(y), lambda v: inverse * v)
    wide_rows, wide_columns = rows.astype(np.longdouble), X.astype(np.longdouble).T
    u = np.zeros(len(y), dtype=np.longdouble)
    for _ in range(ROUNDS):
        coef = wide_columns @ u
        residual = y - wide_rows @ coef - penalty * u
        size = 2 * np.sqrt(penalty) * np.linalg.norm(coef.astype(float))
        bound = np.linalg.norm(residual.astype(float)) / max(size, 1e-300)
        if bound <= TRUSTED / 100:
            break
        step, _ = spla.cg(system, residual.astype(float), rtol=1e-10, M=jacobi)
        u += step
    return coef.astype(float)[:, np.newaxis], float(bound)


def _operator(n: int, times: Any) -> Any:
    return spla.LinearOperator((n, n), matvec=times, dtype=float)
