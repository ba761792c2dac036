"""fastreg through its public functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:
    import fastreg

    def run(tol: float) -> Fit:
        path = fastreg.ridge_path(
            problem.X,
            problem.y,
            alphas=problem.alphas,
            fit_intercept=False,
            standardize=False,
            tol=tol,
            n_threads=threads,
        )
        coefs = path.coefs
        if coefs.ndim == 3:
            coefs = coefs[:, :, 0].T
        return Fit(np.asarray(coefs), n_passes=path.n_passes)

    return run


SOLVERS = (
    Solver(
        "fastreg",
        "fastreg",
        decades(-6, -13),
        (1e-10, 1e-10),
        _make,
        lambda problem: not problem.choose,
    ),
)
