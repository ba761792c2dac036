"""blitzl1, one alpha after another with warm starts: logistic loss and L1 only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.families._support import plain, signs, takes
from bench.problems import Problem
from bench.solvers import blitzl1
from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    package = blitzl1.mended()
    X, n = plain(problem.X), len(problem.y)
    y = signs(problem)

    def run(tol: float) -> Fit:
        package.set_tolerance(tol)
        package.set_use_intercept(problem.intercept)
        logistic = package.LogRegProblem(X, y)
        coefs = np.zeros((X.shape[1], len(problem.alphas)), order="F")
        start: dict[str, Any] = {}
        for i, alpha in enumerate(problem.alphas):
            found = logistic.solve(alpha * n, **start)
            coefs[:, i] = found.x
            start = {"initial_x": coefs[:, i].copy()}
            if problem.intercept:
                start["initial_intercept"] = found.intercept
        return Fit(coefs)

    return run


SOLVERS = (
    Solver(
        *("blitzl1", "blitzl1", decades(-1, -10), (1e-4, 1e-8)),
        _make,
        takes("binomial", lasso=True),
    ),
)
