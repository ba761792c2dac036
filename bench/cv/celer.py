"""celer: its LassoCV and ElasticNetCV, and the same by hand over celer_path.

Those of celer 0.7.4 pass arguments to scikit-learn that version 1.9 doesn't know, and
there is none for logistic regression. celer_path knows no intercept: columns are
centred for each fold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.cv.problems import takes
from bench.cv.references import mean_score
from bench.data import Floats
from bench.solvers import celer
from bench.solvers._solver import Fit, Solver


def _estimators(problem: Any, threads: int) -> Callable[[float], Fit]:
    from celer import ElasticNetCV, LassoCV

    several = len(problem.mixes) > 1
    common: dict[str, Any] = {
        "cv": problem.folds,
        "max_iter": 200,
        "n_jobs": threads if threads > 1 else None,
    }

    def run(tol: float) -> Fit:
        if several:
            n_alphas = problem.grids.shape[1]
            eps = problem.grids[0, -1] / problem.grids[0, 0]
            mixes = list(problem.mixes)
            model = ElasticNetCV(
                l1_ratio=mixes, n_alphas=n_alphas, eps=eps, tol=tol, **common
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


def _by_hand(problem: Any, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from celer import celer_path

    gaussian = problem.family == "gaussian"
    signs = problem.y if gaussian else np.where(problem.y > 0.0, 1.0, -1.0)

    def path(
        rows: Any, l1_ratio: float, alphas: Floats, tol: float
    ) -> tuple[Floats, Floats, float]:
        X, y = np.asfortranarray(problem.X[rows]), signs[rows]
        centre, mean = np.zeros(X.shape[1]), 0.0
        if gaussian:
            centre, mean = X.mean(axis=0), float(y.mean())
            X -= centre
        _, coefs, _ = celer_path(
            X,
            y - mean,
            "lasso" if gaussian else "logreg",
            alphas=alphas if gaussian else len(y) * alphas,
            l1_ratio=l1_ratio,
            tol=tol,
            prune=1,
            max_iter=200,
        )
        return coefs, centre, mean

    def run(tol: float) -> Fit:
        scores = np.zeros_like(problem.grids)
        for mix, l1_ratio, alphas in problem.paths():
            for train, test in problem.folds:
                coefs, centre, mean = path(train, l1_ratio, alphas, tol)
                eta = (problem.X[test] - centre) @ coefs + mean
                scores[mix] += mean_score(problem.family, problem.y[test], eta)
        mix, index = np.unravel_index(scores.argmin(), scores.shape)
        l1_ratio, alpha = problem.mixes[mix], problem.grids[mix, [index]]
        coefs, _, _ = path(slice(None), l1_ratio, alpha, tol)
        return Fit(
            coefs[:, 0] if gaussian else None,
            alpha=float(alpha[0]),
            l1_ratio=l1_ratio,
            scores=scores / len(problem.folds),
        )

    return run


SOLVERS = (
    Solver(
        *("celer-cv", "celer", celer.LADDER, (1e-4, 5e-9)),
        _estimators,
        takes("gaussian"),
    ),
    Solver(
        *("celer-by-hand", "celer", celer.LADDER, (1e-4, 5e-9)),
        _by_hand,
        takes("gaussian", "binomial", threads=1),
    ),
)
