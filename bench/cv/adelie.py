"""adelie: its cv_grpnet, and the same by hand over its paths.

cv_grpnet draws folds of its own from a seed. Rows are permuted beforehand, so that they
are ours. It has one grid, that of the Lasso with an intercept; for other mixes and
families it is written by hand: as it does, by weights of 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.cv.problems import takes
from bench.cv.references import mean_score
from bench.solvers._solver import Fit, Solver, decades

LADDER = decades(-4, -22)
GUESSES = (1e-10, 1e-17)
SEED = 0


def _cv_grpnet(problem: Any, threads: int) -> Callable[[float], Fit]:
    import adelie

    # The draw of cv_grpnet: the first n / folds of `order` are its first fold.
    np.random.seed(SEED)  # noqa: NPY002
    n = len(problem.y)
    order = np.random.choice(n, n, replace=False)  # noqa: NPY002
    X, y = np.empty_like(problem.X), np.empty_like(problem.y)
    X[order], y[order] = problem.X, problem.y
    alphas = problem.grids[0]
    squares = np.mean(y**2)  # adelie's loss leaves them out; folds are equal

    def run(tol: float) -> Fit:
        grid = {"min_ratio": alphas[-1] / alphas[0], "lmda_path_size": len(alphas)}
        common = {"tol": tol, "progress_bar": False, "n_threads": threads}
        glm = adelie.glm.gaussian(y)
        found = adelie.cv_grpnet(
            X, glm, n_folds=len(problem.folds), seed=SEED, **grid, **common
        )
        state = found.fit(X, glm, **grid, **common)
        return Fit(
            state.betas[-1].toarray().ravel(),
            alpha=float(found.lmdas[found.best_idx]),
            l1_ratio=1.0,
            scores=2.0 * found.avg_losses + squares,
        )

    return run


def _by_hand(problem: Any, threads: int) -> Callable[[float], Fit]:
    import adelie

    loss = getattr(adelie.glm, problem.family)
    y = problem.y

    def path(rows: Any, l1_ratio: float, alphas: Any, tol: float) -> Any:
        weights = np.zeros(len(y))
        weights[rows] = 1.0
        weights /= weights.sum()
        return adelie.grpnet(
            X=adelie.matrix.dense(problem.X, method="naive", n_threads=threads),
            glm=loss(y, weights=weights),
            alpha=l1_ratio,
            lmda_path=alphas,
            intercept=problem.intercept,
            early_exit=False,
            tol=tol,
            irls_tol=tol,
            progress_bar=False,
            n_threads=threads,
        )

    def run(tol: float) -> Fit:
        scores = np.zeros_like(problem.grids)
        for mix, l1_ratio, alphas in problem.paths():
            for train, test in problem.folds:
                state = path(train, l1_ratio, alphas, tol)
                eta = (state.betas @ problem.X[test].T).T + state.intercepts
                scores[mix] += mean_score(problem.family, y[test], eta)
        mix, index = np.unravel_index(scores.argmin(), scores.shape)
        l1_ratio, alphas = problem.mixes[mix], problem.grids[mix, : index + 1]
        state = path(slice(None), l1_ratio, alphas, tol)
        last = state.betas[-1].toarray().ravel()
        return Fit(
            last if problem.family == "gaussian" else None,
            alpha=float(alphas[-1]),
            l1_ratio=l1_ratio,
            scores=scores / len(problem.folds),
        )

    return run


SOLVERS = (
    Solver(
        *("adelie-cv", "adelie", LADDER, GUESSES),
        _cv_grpnet,
        takes("gaussian", mixes=False),
    ),
    Solver(
        *("adelie-by-hand", "adelie", LADDER, GUESSES),
        _by_hand,
        takes("gaussian", "binomial"),
    ),
)
