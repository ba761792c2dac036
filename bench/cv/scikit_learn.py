"""scikit-learn's LassoCV, ElasticNetCV and LogisticRegressionCV.

Its C is 1 / (n alpha), with the n of the fold; so the coefficients fitted to all rows
in the end belong to another alpha, and aren't compared. liblinear has no warm start and
penalises the intercept, so there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bench.cv.problems import takes
from bench.solvers._solver import Fit, Solver, decades


def _squares(problem: Any, threads: int) -> Callable[[float], Fit]:
    from sklearn.linear_model import ElasticNetCV, LassoCV

    several = len(problem.mixes) > 1
    n_alphas = problem.grids.shape[1]
    common: dict[str, Any] = {
        "cv": problem.folds,
        "max_iter": 1_000_000,
        "n_jobs": threads if threads > 1 else None,
    }

    def run(tol: float) -> Fit:
        if several:
            eps = problem.grids[0, -1] / problem.grids[0, 0]
            mixes = list(problem.mixes)
            model = ElasticNetCV(
                l1_ratio=mixes, alphas=n_alphas, eps=eps, tol=tol, **common
            )
        else:
            model = LassoCV(alphas=problem.grids[0], tol=tol, **common)
        model.fit(problem.X, problem.y)
        return Fit(
            model.coef_,
            alpha=float(model.alpha_),
            l1_ratio=float(model.l1_ratio_) if several else 1.0,
            scores=model.mse_path_.mean(axis=-1),
        )

    return run


def _logistic(problem: Any, threads: int, *, solver: str) -> Callable[[float], Fit]:
    from sklearn.linear_model import LogisticRegressionCV

    X = np.ascontiguousarray(problem.X)  # both go through the rows
    alphas = problem.grids[0]
    Cs = 1.0 / (len(problem.folds[0][0]) * alphas)

    def run(tol: float) -> Fit:
        model = LogisticRegressionCV(
            Cs=Cs,
            l1_ratios=(1.0,),
            cv=problem.folds,
            scoring="neg_log_loss",
            solver=solver,
            fit_intercept=False,
            tol=tol,
            max_iter=100_000,
            random_state=0,
            n_jobs=threads if threads > 1 else None,
            use_legacy_attributes=False,
        ).fit(X, problem.y)
        return Fit(
            None,
            alpha=float(alphas[np.argmin(np.abs(Cs / model.C_ - 1.0))]),
            l1_ratio=1.0,
            scores=-model.scores_.mean(axis=0).reshape(-1),
        )

    return run


SOLVERS = (
    Solver(
        *("sklearn-cv", "scikit-learn", decades(-2, -13), (1e-4, 1e-7)),
        _squares,
        takes("gaussian"),
    ),
    *(
        Solver(
            *(f"sklearn-cv-{name}", "scikit-learn", decades(-1, -10), guesses),
            partial(_logistic, solver=name),
            takes("binomial"),
        )
        for name, guesses in (
            ("liblinear", (1e-4, 1e-6)),
            ("saga", (1e-5, 1e-7)),
        )
    ),
)
