"""Many responses on one X: an alpha each, paths, and alphas chosen by folds."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.many import loops
from bench.many.judge import at_one_alpha
from bench.many.loops import COMMON
from bench.many.problems import Problems
from bench.many.row import loop_ways, options_of, part_of
from bench.many.timing import Way


def responses(made: Problems, n_threads: int) -> Any:
    """An alpha for all responses."""
    import fastreg

    X, Y = made.arrays["X"], made.arrays["Y"]
    return fastreg.fit_many(X, Y, alpha=made.alpha, **options_of(made, n_threads))


def other_responses(made: Problems, n_threads: int) -> list[Way]:
    """With the Gram matrix and without."""
    from sklearn.linear_model import Lasso

    X, Y, alpha = made.arrays["X"], made.arrays["Y"], made.alpha
    asked = {"alpha": alpha, "fit_intercept": False, **COMMON}
    gram = X.T @ X
    columns = [Y[:, t] for t in part_of(made, 200)]

    def one_call() -> Any:
        return Lasso(**asked, precompute=gram).fit(X, Y).coef_

    options = {"l1_ratio": 1.0, "alphas": [alpha]}
    one = "Lasso(precompute=Gram).fit(X, Y)"
    return [
        Way(f"scikit-learn, {one}", one_call, lambda found: at_one_alpha(made, found)),
        *loop_ways(
            made,
            "loop of Lasso.fit",
            loops.fits,
            [(X, y) for y in columns[: len(columns) // 2]],
            Lasso(**asked),
            n_jobs=1,
        ),
        *loop_ways(
            made,
            "loop of enet_path with Gram and Xy",
            *(loops.paths, columns, X, gram, options),
            n_jobs=n_threads,
            each=True,
        ),
    ]


def paths(made: Problems, n_threads: int) -> Any:
    """A path for each."""
    import fastreg

    X, Y = made.arrays["X"], made.arrays["Y"]
    grid: dict[str, Any] = {"alphas": 100, "eps": 1e-2}
    return fastreg.fit_many(X, Y, **grid, **options_of(made, n_threads))


def other_paths(made: Problems, n_threads: int) -> list[Way]:
    """Paths from the Gram matrix, one after the other."""
    X, Y = made.arrays["X"], made.arrays["Y"]
    gram = X.T @ X
    columns = [Y[:, t] for t in part_of(made, 40)]
    grid = {"l1_ratio": 1.0, "alphas": 100, "eps": 1e-2}
    name = "loop of enet_path with Gram and Xy"
    args = (loops.paths, columns, X, gram, grid)
    return loop_ways(made, name, *args, n_jobs=n_threads, each=True)


def _folds(n: int) -> list[Any]:
    rows = np.random.default_rng(0).permutation(n)
    tests = [np.sort(rows[k::5]) for k in range(5)]
    return [(np.setdiff1d(rows, test), test) for test in tests]


def cv(made: Problems, n_threads: int) -> Any:
    """An alpha for each, by folds."""
    import fastreg

    X, Y = made.arrays["X"], made.arrays["Y"]
    grid: dict[str, Any] = {"alphas": 100, "eps": 1e-3, "cv": _folds(len(X))}
    return fastreg.fit_many(X, Y, **grid, **options_of(made, n_threads))


def other_cv(made: Problems, n_threads: int) -> list[Way]:
    """LassoCV, one response after the other."""
    X, Y = made.arrays["X"], made.arrays["Y"]
    columns = [Y[:, t] for t in part_of(made, 20)]
    args = (loops.lasso_cv, columns, X, _folds(len(X)))
    return loop_ways(made, "loop of LassoCV", *args, n_jobs=n_threads, each=True)
