"""fastreg through its public function."""

from __future__ import annotations

from collections.abc import Callable

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:
    import fastreg

    def run(tol: float) -> Fit:
        path = fastreg.path(
            problem.X,
            problem.y,
            alphas=problem.alphas,
            l1_ratio=problem.l1_ratio,
            fit_intercept=False,
            standardize=False,
            tol=tol,
            n_threads=threads,
        )
        return Fit(path.sparse_coefs, n_passes=path.n_passes)

    return run


SOLVERS = (
    Solver("fastreg", "fastreg", (1e-2, 1e-3, *decades(-4, -13)), (1e-4, 1e-8), _make),
)
