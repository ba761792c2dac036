"""R's glmnet with both of its Newton methods, and the wrapper of its Fortran by Civis.

Logistic and softmax paths use an upper bound of the Hessian unless Newton is asked for
(binomial) or keep it ("modified.Newton"). Both are tried; Poisson has one method.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from bench.families import problems
from bench.families._support import plain, takes
from bench.problems import Problem
from bench.solvers import glmnet_r
from bench.solvers._solver import Fit, Solver, decades

LADDER = decades(-5, -22)
GUESSES = (1e-10, 1e-18)
WITH_CLASSES = ("binomial", "multinomial")


def _script(
    problem: Problem,
    threads: int,  # noqa: ARG001
    *,
    method: str,
) -> Callable[[float], Fit]:
    return glmnet_r.script(problem, problems.find(problem.name).data, method)


def _wrapper(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from glmnet import LogitNet

    X = plain(problem.X)

    def run(tol: float) -> Fit:
        model = LogitNet(
            alpha=problem.l1_ratio,
            lambda_path=problem.alphas,
            standardize=False,
            fit_intercept=problem.intercept,
            tol=tol,
            max_iter=10**8,
            n_splits=0,
        )
        found = model.fit(X, problem.y).coef_path_  # (K, p, k)
        return Fit(np.asarray(found).reshape(-1, found.shape[-1]))

    return run


def _r(short: str, method: str, *families: str) -> Solver:
    return Solver(
        f"glmnet-r-{short}",
        "R:glmnet",
        LADDER,
        GUESSES,
        partial(_script, method=method),
        suits=takes(*families),
        compiled=False,
    )


SOLVERS = (
    _r("newton", "Newton", "poisson", *WITH_CLASSES),
    _r("modified", "modified.Newton", *WITH_CLASSES),
    Solver("python-glmnet", "glmnet", LADDER, GUESSES, _wrapper, takes(*WITH_CLASSES)),
)
