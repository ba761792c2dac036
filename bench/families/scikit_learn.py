"""scikit-learn's LogisticRegression by each of its solvers, alpha after alpha.

Its C is 1 / (n alpha). liblinear penalises the intercept and has no warm start. Its
PoissonRegressor has an L2 penalty only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from bench.families._support import takes
from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _make(
    problem: Problem,
    threads: int,  # noqa: ARG001
    *,
    solver: str,
) -> Callable[[float], Fit]:
    from sklearn.linear_model import LogisticRegression

    X = problem.X
    if solver in ("liblinear", "saga"):  # they go through the rows
        X = X.tocsr() if problem.sparse else np.ascontiguousarray(X)

    def run(tol: float) -> Fit:
        model = LogisticRegression(
            l1_ratio=problem.l1_ratio,
            solver=solver,
            fit_intercept=problem.intercept,
            tol=tol,
            max_iter=100_000,
            warm_start=solver != "liblinear",
            random_state=0,
        )
        coefs = []
        for alpha in problem.alphas:
            model.set_params(C=1.0 / (len(problem.y) * alpha))
            coefs.append(model.fit(X, problem.y).coef_.ravel())
        return Fit(np.column_stack(coefs))

    return run


def _liblinear(problem: Problem) -> bool:
    pure = problem.l1_ratio in (0.0, 1.0)
    return pure and takes("binomial", intercept=False)(problem)


WITH_CLASSES = ("binomial", "multinomial")
SUITS = {
    "liblinear": _liblinear,
    "saga": takes(*WITH_CLASSES),
    "lbfgs": takes(*WITH_CLASSES, ridge=True),
    "newton-cholesky": takes(*WITH_CLASSES, ridge=True, sparse=False),
}

SOLVERS = tuple(
    Solver(
        *(f"sklearn-{name}", "scikit-learn", decades(-1, -10), (1e-3, 1e-6)),
        partial(_make, solver=name),
        suits,
    )
    for name, suits in SUITS.items()
)
