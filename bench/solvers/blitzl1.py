"""blitzl1, one alpha after another with warm starts. Lasso only.

Its comparison of array types with pointer types fails with today's NumPy: replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _data_as(array: Any, pointer: Any) -> tuple[Any, Any]:
    """The array in the type that the pointer points to, and a pointer to it."""
    array = np.asarray(array, dtype=pointer._type_)
    return array, array.ctypes.data_as(pointer)


def mended() -> Any:
    """The package, made to work."""
    import blitzl1
    from blitzl1 import _blitzl1

    _blitzl1.data_as = _data_as
    return blitzl1


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    blitzl1 = mended()
    X, n = problem.X, len(problem.y)
    if problem.sparse:
        from scipy.sparse import csc_matrix

        X = csc_matrix(X)

    def run(tol: float) -> Fit:
        blitzl1.set_tolerance(tol)
        blitzl1.set_use_intercept(False)
        lasso = blitzl1.LassoProblem(X, problem.y)
        coefs = np.zeros((X.shape[1], len(problem.alphas)), order="F")
        start: dict[str, Any] = {}
        for i, alpha in enumerate(problem.alphas):
            coefs[:, i] = lasso.solve(alpha * n, **start).x
            start = {"initial_x": coefs[:, i].copy()}
        return Fit(coefs)

    return run


def _suits(problem: Problem) -> bool:
    return problem.l1_ratio == 1.0


SOLVERS = (
    Solver("blitzl1", "blitzl1", decades(-1, -10), (1e-4, 1e-8), _make, suits=_suits),
)
