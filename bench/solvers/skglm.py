"""skglm: working sets and Anderson acceleration. Stops on the largest violation."""

from __future__ import annotations

from collections.abc import Callable

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver

LADDER = (
    *(3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6),
    *(1e-7, 1e-8, 1e-9, 1e-10, 1e-11),
)


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from skglm.datafits import Quadratic
    from skglm.penalties import L1, L1_plus_L2
    from skglm.solvers import AndersonCD
    from skglm.utils.jit_compilation import compiled_clone

    alphas = problem.alphas
    first = float(alphas[0])
    lasso = problem.l1_ratio == 1.0
    penalty = compiled_clone(
        L1(first) if lasso else L1_plus_L2(first, problem.l1_ratio)
    )
    datafit = compiled_clone(Quadratic())
    X = problem.X
    if problem.sparse:
        from scipy.sparse import csc_matrix

        X = csc_matrix(X)

    def run(tol: float) -> Fit:
        solver = AndersonCD(
            fit_intercept=False, tol=tol * first, max_iter=500, warm_start=True
        )
        return Fit(solver.path(X, problem.y, datafit, penalty, alphas=alphas)[1])

    return run


SOLVERS = (Solver("skglm", "skglm", LADDER, (1e-5, 1e-9), _make),)
