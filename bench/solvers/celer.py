"""celer: working sets and extrapolated dual points. Rejects read-only arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver

LADDER = (
    *(2e-3, 1e-3, 4e-4, 2e-4, 1e-4, 5e-5, 3e-5, 1e-5, 1e-6, 1e-7),
    *(2e-8, 1e-8, 5e-9, 3e-9, 1e-9, 1e-10, 1e-11, 1e-12),
)


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from celer import celer_path

    # It tests isinstance(X, spmatrix), which arrays of SciPy are not.
    X = problem.X
    if problem.sparse:
        from scipy.sparse import csc_matrix

        X = csc_matrix(X)
    elif not X.flags.writeable:
        X = np.array(X)

    def run(tol: float) -> Fit:
        _, coefs, _ = celer_path(
            X,
            problem.y,
            "lasso",
            alphas=problem.alphas,
            l1_ratio=problem.l1_ratio,
            tol=tol,
            prune=1,
            max_iter=200,
        )
        return Fit(coefs)

    return run


SOLVERS = (Solver("celer", "celer", LADDER, (5e-5, 5e-9), _make),)
