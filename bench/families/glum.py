"""glum, whose alpha search is a path. Made for tall data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.problems import Problem
from bench.solvers import glum
from bench.solvers._solver import Fit, Solver, tall


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from glum import GeneralizedLinearRegressor

    def run(tol: float) -> Fit:
        model = GeneralizedLinearRegressor(
            alpha_search=True,
            alpha=list(problem.alphas),
            l1_ratio=problem.l1_ratio,
            family=problem.family,
            fit_intercept=problem.intercept,
            gradient_tol=tol * problem.alphas[0],
            max_iter=1000,
            check_input=False,
        )
        model.fit(problem.X, problem.y)
        return Fit(np.asarray(model.coef_path_).T)

    return run


def _suits(problem: Problem) -> bool:
    return tall(problem) and problem.family in ("binomial", "poisson")


SOLVERS = (Solver("glum", "glum", glum.LADDER, (3e-4, 1e-8), _make, suits=_suits),)
