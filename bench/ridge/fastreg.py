"""fastreg through its public functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bench.problems import Problem
from bench.ridge import scikit_learn
from bench.ridge.closed_forms import exact
from bench.solvers._solver import Fit, Solver, decades

# They can be asked for by name; "fastreg" leaves the choice to its cost model.
DIRECT = ("cholesky", "dual", "spectral", "svd")
ITERATIVE = ("cg", "lsqr")


def _make(
    problem: Problem, threads: int, *, method: str = "auto"
) -> Callable[[float], Fit]:
    import fastreg

    X, y, alphas = problem.X, problem.y, problem.alphas
    common: dict[str, Any] = {
        "fit_intercept": False,
        "standardize": False,
        "n_threads": threads,
    }

    def one(tol: float) -> Fit:
        fit = fastreg.ridge(X, y, float(alphas[0]), solver=method, tol=tol, **common)
        coefs = np.atleast_2d(fit.coef).T
        return Fit(coefs, n_passes=fit.n_passes, method=fit.solver)

    def many(_: float) -> Fit:
        path = fastreg.ridge_path(X, y, alphas=alphas, solver=method, **common)
        return Fit(path.coefs, n_passes=path.n_passes)

    def choice(_: float) -> Fit:
        common["fit_intercept"] = True  # the others do, too
        chosen = fastreg.ridge_cv(X, y, alphas=alphas, cv="loo", **common)
        coefs = chosen.coef[:, np.newaxis]
        return Fit(coefs, alpha=float(chosen.alpha), scores=chosen.scores)

    if problem.choose:
        return choice
    return many if len(alphas) > 1 else one


def _drop_in(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from fastreg.linear_model import RidgeCV

    return scikit_learn.choice(problem, RidgeCV)


def _given(problem: Problem, *, method: str) -> bool:
    # A path goes for its own accuracy, whatever the setting.
    return not problem.choose and (method in DIRECT or len(problem.alphas) == 1)


LADDER = decades(-6, -13)
SOLVERS = (
    Solver("fastreg", "fastreg", LADDER, (1e-10, 1e-10), _make),
    exact("fastreg-ridgecv", "fastreg", _drop_in, lambda problem: problem.choose),
    *(
        Solver(
            *(f"fastreg-{method}", "fastreg", LADDER, (1e-10, 1e-10)),
            partial(_make, method=method),
            partial(_given, method=method),
        )
        for method in (*DIRECT, *ITERATIVE)
    ),
)
