"""scikit-learn's Ridge by each of its solvers, its RidgeCV, and glum.

scikit-learn's alpha is n times ours, and it takes one alpha at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from bench.problems import Problem
from bench.ridge.closed_forms import exact
from bench.solvers import glum
from bench.solvers._solver import Fit, Solver, decades, dense, tall

DIRECT = ("cholesky", "svd")
ITERATIVE = ("lsqr", "sparse_cg", "sag", "saga")


def _make(
    problem: Problem,
    threads: int,  # noqa: ARG001
    *,
    solver: str,
) -> Callable[[float], Fit]:
    from sklearn.linear_model import Ridge

    def run(tol: float) -> Fit:
        coefs = []
        for alpha in problem.alphas:
            model = Ridge(
                alpha=len(problem.y) * alpha,
                solver=solver,
                fit_intercept=False,
                copy_X=False,
                tol=tol,
                max_iter=1_000_000 if solver in ("sag", "saga") else None,
                random_state=0,
            )
            coefs.append(np.atleast_2d(model.fit(problem.X, problem.y).coef_).T)
        return Fit(np.hstack(coefs))

    return run


def _choose(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from sklearn.linear_model import RidgeCV

    return choice(problem, RidgeCV)


def choice(problem: Problem, estimator: Any) -> Callable[[float], Fit]:
    """Of an alpha by `RidgeCV`, or by a drop-in replacement of it."""
    n = len(problem.y)

    def run(_: float) -> Fit:
        model = estimator(alphas=n * problem.alphas).fit(problem.X, problem.y)
        coefs = model.coef_[:, np.newaxis]
        return Fit(coefs, alpha=model.alpha_ / n, scores=-model.best_score_)

    return run


def _one_target(problem: Problem) -> bool:
    return tall(problem) and problem.y.ndim == 1 and not problem.choose


def _given(problem: Problem, *, solver: str) -> bool:
    return not problem.choose and (solver != "svd" or dense(problem))


def _solver(name: str) -> Solver:
    make: Any = partial(_make, solver=name)
    suits = partial(_given, solver=name)
    if name in DIRECT:
        return exact(f"sklearn-{name}", "scikit-learn", make, suits)
    ladder = decades(-4, -15)
    guesses = (1e-4, 1e-11)
    return Solver(f"sklearn-{name}", "scikit-learn", ladder, guesses, make, suits)


SOLVERS = (
    *map(_solver, (*DIRECT, *ITERATIVE)),
    exact("sklearn-ridgecv", "scikit-learn", _choose, lambda problem: problem.choose),
    replace(glum.SOLVERS[0], suits=_one_target),
)
