"""Ridge regression by hand: NumPy and SciPy as one would use them.

The Gram matrix is X'X, or XX' where that is smaller; b = X'u then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bench.data import Floats
from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, dense

Symmetric = Callable[[Floats, bool], Floats]  # X'X if True, else XX'
Solve = Callable[[Floats, Floats], Floats]  # overwrites the matrix

LARGEST = 2e9  # bytes of the stacked matrix that `numpy-lstsq` decomposes


def _numpy_gram(X: Floats, primal: bool) -> Floats:
    return (X.T @ X if primal else X @ X.T).T


def _numpy_solve(A: Floats, right: Floats) -> Floats:
    from scipy.linalg import cho_factor, cho_solve

    factor = cho_factor(A, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, right, check_finite=False))


def _scipy_gram(X: Floats, primal: bool) -> Floats:
    from scipy.linalg.blas import dsyrk

    return np.asarray(dsyrk(1.0, X, trans=primal, lower=1))


def _scipy_solve(A: Floats, right: Floats) -> Floats:
    from scipy.linalg.lapack import dpotrf, dpotrs

    factor, _ = dpotrf(A, lower=1, overwrite_a=1, clean=0)
    return np.asarray(dpotrs(factor, right, lower=1)[0])


def _columns(problem: Problem) -> Floats:
    return problem.y.reshape(len(problem.y), -1)


def _cholesky(
    problem: Problem,
    threads: int,  # noqa: ARG001
    *,
    gram: Symmetric,
    solve: Solve,
) -> Callable[[float], Fit]:
    """One Gram matrix, and a factor for every alpha."""
    X, Y = problem.X, _columns(problem)
    n, p = X.shape
    primal = p <= n

    def run(_: float) -> Fit:
        G = gram(X, primal)
        right = X.T @ Y if primal else Y
        solutions = []
        for alpha in problem.alphas:
            A = G.copy(order="F") if len(problem.alphas) > 1 else G
            A.flat[:: len(A) + 1] += n * alpha
            solutions.append(solve(A, right))
        found = np.hstack(solutions)
        return Fit(found if primal else X.T @ found)

    return run


def _eigen(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    """One eigendecomposition for all alphas, and for leave-one-out.

    The intercept, which is 0 here, is fitted anew without the row that is left out.
    """
    X, Y = problem.X, _columns(problem)
    n, p = X.shape
    primal = p <= n
    penalty = n * problem.alphas

    def run(_: float) -> Fit:
        values, V = np.linalg.eigh(_numpy_gram(X, primal))
        if problem.choose and not primal:  # X is centred: the intercept's direction
            values, V = values[1:], V[:, 1:]
        inverse = 1.0 / (values[:, np.newaxis] + penalty)
        shrunk = inverse * (V.T @ (X.T @ Y if primal else Y))
        if not problem.choose:
            return Fit(V @ shrunk if primal else X.T @ (V @ shrunk))
        if primal:
            F = X @ V
            errors = (Y - F @ shrunk) / (1.0 - 1.0 / n - F**2 @ inverse)
        else:
            errors = (V @ shrunk) / (V**2 @ inverse)
        scores = np.mean(errors**2, axis=0)
        best = [int(np.argmin(scores))]
        found = V @ shrunk[:, best]
        coefs = found if primal else X.T @ found
        return Fit(coefs, alpha=float(problem.alphas[best[0]]), scores=scores)

    return run


def _stacked(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    """Least squares on X above sqrt(n alpha) I, by singular values."""
    X, Y = problem.X, _columns(problem)
    n, p = X.shape
    root = np.sqrt(n * problem.alphas[0])

    def run(_: float) -> Fit:
        A = np.vstack([X, root * np.eye(p)])
        right = np.vstack([Y, np.zeros((p, Y.shape[1]))])
        return Fit(np.linalg.lstsq(A, right, rcond=None)[0])

    return run


def _without_choice(problem: Problem) -> bool:
    return dense(problem) and not problem.choose


def _many(problem: Problem) -> bool:
    return dense(problem) and len(problem.alphas) > 1


def _stackable(problem: Problem) -> bool:
    n, p = problem.X.shape
    return not _many(problem) and dense(problem) and 8 * (n + p) * p <= LARGEST


def exact(name: str, package: str, make: Any, suits: Any) -> Solver:
    """A way without a tolerance."""
    return Solver(name, package, (1.0,), (1.0, 1.0), make, suits)


SOLVERS = (
    exact(
        "numpy-cholesky",
        "numpy",
        partial(_cholesky, gram=_numpy_gram, solve=_numpy_solve),
        _without_choice,
    ),
    exact(
        "scipy-cholesky",
        "scipy",
        partial(_cholesky, gram=_scipy_gram, solve=_scipy_solve),
        _without_choice,
    ),
    exact("numpy-eigh", "numpy", _eigen, _many),
    exact("numpy-lstsq", "numpy", _stacked, _stackable),
)
