"""Paths without the rows that folds test: where cross-validation meets the kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._folds import Folds
from fastreg._solve import Data, Settings, Solution, by_output, path_solution, solve

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
        (rows, k), or (rows, K, k) for classes or targets; or mean squared errors, (k,),
        over all targets, if these were asked for
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
    With `squares` mean squared errors take the place of predictions (gaussian and
    mgaussian). Raises KeyboardInterrupt on Ctrl-C.
    """
    fit = _fit_targets if settings.family == "mgaussian" else _call_kernel
    fit(data, settings, folds, tasks, on_fit, squares=squares, n_threads=n_threads)


def _call_kernel(
    data: Data,
    settings: Settings,
    folds: Folds,
    tasks: list[FoldTask],
    on_fit: Callable[[int, FoldFit], Any],
    *,
    squares: bool,
    n_threads: int,
) -> None:
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


# --- several targets ---------------------------------------------------------------


def _fit_targets(
    data: Data,
    settings: Settings,
    folds: Folds,
    tasks: list[FoldTask],
    on_fit: Callable[[int, FoldFit], Any],
    *,
    squares: bool,
    n_threads: int,
) -> None:
    """Of mgaussian, whose closed forms and squares the kernel of folds leaves out."""

    def tell(number: int, fit: FoldFit) -> None:
        rows = folds.test[tasks[number].fold]
        # One target has lost its axis.
        score = fit.score.reshape(len(rows), data.y.shape[1], len(fit.solution.alphas))
        if squares:
            weight = data.sample_weight
            share = None if weight is None else weight[rows]
            score = mean_errors(np.square, data.y[rows], score, share)
        on_fit(number, fit._replace(score=score))

    numbers = []
    for number, task in enumerate(tasks):
        of_task = replace(settings, l1_ratio=task.l1_ratio)
        if of_task.has_closed_form(penalised=bool(task.alphas[-1])):
            tell(number, _fit_here(data, of_task, folds, task))
        else:
            numbers.append(number)
    if numbers:
        _call_kernel(
            data,
            settings,
            folds,
            [tasks[number] for number in numbers],
            lambda k, fit: tell(numbers[k], fit),
            squares=False,
            n_threads=n_threads,
        )


def _fit_here(data: Data, settings: Settings, folds: Folds, task: FoldTask) -> FoldFit:
    """A task some of whose alphas, or all, have the solutions of normal equations."""
    train, test = folds.train[task.fold], folds.test[task.fold]
    weight = np.zeros(len(data.y))
    weight[train] = 1.0 if data.sample_weight is None else data.sample_weight[train]
    part = data._replace(sample_weight=weight)
    solution = solve(part, task.alphas, settings, task.coef_init)
    used, block = solution.coefs.by_class(data.y.shape[1])
    outputs = block.shape[1:]
    eta = data.X.product(used, block.reshape(len(used), int(np.prod(outputs))))
    score = eta[test].reshape(len(test), *outputs) + solution.intercepts
    return FoldFit(solution, score)


def mean_errors(
    error: Callable[[Floats], Floats], y: Floats, mean: Floats, weight: Floats | None
) -> Floats:
    """Means, (k,), of errors of ``y - mean``, over rows and, if there are, targets.

    `mean` is (rows, k), or (rows, m, k) for y of shape (rows, m). 0 where no row has a
    weight.
    """
    if len(y) == 0 or (weight is not None and not weight.any()):
        return np.zeros(mean.shape[-1])
    if y.ndim == 1:
        errors = error(y[:, np.newaxis] - mean)
        return np.asarray(np.average(errors, axis=0, weights=weight))
    # Target by target: predictions are as large as data, and aren't copied at once.
    each = [mean_errors(error, y[:, t], mean[:, t], weight) for t in range(y.shape[1])]
    return np.asarray(np.mean(each, axis=0))
