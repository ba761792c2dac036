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
            family=problem.family,
            alphas=problem.alphas,
            l1_ratio=problem.l1_ratio,
            fit_intercept=problem.intercept,
            standardize=False,
            tol=tol,
            n_threads=threads,
        )
        if problem.family == "multinomial":
            coefs = path.coefs.reshape(-1, len(problem.alphas))
        else:
            coefs = path.sparse_coefs
        return Fit(coefs, n_passes=path.n_passes)

    return run


SOLVERS = (
    Solver("fastreg", "fastreg", (1e-2, 1e-3, *decades(-4, -13)), (1e-4, 1e-8), _make),
)
