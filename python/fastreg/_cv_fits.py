"""Paths without the rows that folds test: where cross-validation meets the kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._folds import Folds
from fastreg._solve import Data, Settings, Solution, by_output, path_solution

Floats = NDArray[np.float64]


class FoldTask(NamedTuple):
    """One path: a fold, a mix and strengths, which decrease.

    `coef_init` is where it starts, (p,) or class after class; None for zeros.
    """

    fold: int
    l1_ratio: float
    alphas: Floats
    coef_init: Floats | None = None


class FoldFit(NamedTuple):
    """What came of a task.

    score : the linear predictors of the rows tested, without offsets, of shape
        (rows, k) or (rows, K, k); or mean squared errors, (k,), if these were asked for
    """

    solution: Solution
    score: Floats


def fit_folds(
    data: Data,
    settings: Settings,
    folds: Folds,
    tasks: list[FoldTask],
    on_fit: Callable[[int, FoldFit], Any],
    *,
    squares: bool = False,
    n_threads: int = 1,
) -> None:
    """Fit each task without the rows that its fold doesn't train on.

    `on_fit` gets the number of a task and its fit, one at a time, in any order: results
    are the same for any number of threads. Rows are weighted by 0, X is not copied.
    With `squares` mean squared errors take the place of predictions (gaussian only).
    Raises KeyboardInterrupt on Ctrl-C.
    """

    def on_path(number: int, found: dict[str, Any], score: Floats) -> None:
        solution = path_solution(found, data, settings.family)
        on_fit(number, FoldFit(solution, score))

    data.X.given_to(
        _core.fold_paths,
        by_output(data.y),
        sample_weight=data.sample_weight,
        train=folds.train,
        test=folds.test,
        tasks=[tuple(task) for task in tasks],
        squares=squares,
        on_path=on_path,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        penalty_factor=settings.penalty_factor,
        lower_bounds=settings.lower_bounds,
        upper_bounds=settings.upper_bounds,
        tol=settings.tol,
        max_iter=settings.max_iter,
        n_threads=n_threads,
        family=settings.family,
        offset=None if data.offset is None else by_output(data.offset),
        grouped=settings.grouped,
    )
