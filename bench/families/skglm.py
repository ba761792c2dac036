"""skglm's proximal Newton method, one alpha after another with warm starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.families._support import plain, signs
from bench.problems import Problem
from bench.solvers import skglm
from bench.solvers._solver import Fit, Solver


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from skglm.datafits import Logistic, Poisson
    from skglm.penalties import L1, L1_plus_L2
    from skglm.solvers import ProxNewton
    from skglm.utils.jit_compilation import compiled_clone

    alphas, first = problem.alphas, float(problem.alphas[0])
    logistic = problem.family == "binomial"
    y = signs(problem) if logistic else problem.y
    datafit = compiled_clone(Logistic() if logistic else Poisson())
    lasso = problem.l1_ratio == 1.0
    penalty = compiled_clone(
        L1(first) if lasso else L1_plus_L2(first, problem.l1_ratio)
    )
    X = plain(problem.X)
    n, p = X.shape

    def run(tol: float) -> Fit:
        solver = ProxNewton(
            fit_intercept=problem.intercept, tol=tol * first, max_iter=200
        )
        coefs = np.zeros((p, len(alphas)), order="F")
        w, Xw = np.zeros(p + problem.intercept), np.zeros(n)
        for i, alpha in enumerate(alphas):
            penalty.alpha = alpha
            w = solver.solve(X, y, datafit, penalty, w_init=w, Xw_init=Xw)[0]
            coefs[:, i] = w[:p]
        return Fit(coefs)

    return run


def _suits(problem: Problem) -> bool:
    """Its gradient for sparse X and Poisson is not that of its loss (skglm 0.5)."""
    if problem.family == "poisson":
        return not problem.sparse
    return problem.family == "binomial" and problem.l1_ratio > 0.0


SOLVERS = (
    Solver("skglm-newton", "skglm", skglm.LADDER, (1e-5, 1e-9), _make, suits=_suits),
)
