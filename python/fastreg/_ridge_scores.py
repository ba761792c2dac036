"""Scores of many alphas, for `ridge_cv` and for the estimators that choose alpha."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._folds import Folds
from fastreg._ridge_problem import RidgeProblem
from fastreg._watch import Watch

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# Scores that differ by less, relatively, are as good as each other: where they no
# longer depend on alpha, as in interpolating fits of wide data, shrinking less gains
# nothing.
SAME_SCORE = 1e-6
# What rounding changes scores by, relatively; its square where only rounding is left.
ROUNDING = 1e-12


def leave_one_out(
    problem: RidgeProblem,
    grid: Floats,
    choose: Callable[[dict[str, Any]], Integers],
    watch: Watch,
    *,
    predictions: bool,
) -> dict[str, Any]:
    """Scores of all alphas, `choose` from them, and the fits that it chose."""
    found: dict[str, Any] = problem.X.given_to(
        _core.ridge_cv,
        problem.Y,
        sample_weight=problem.sample_weight,
        alphas=grid,
        choose=choose,
        predictions=predictions,
        n_threads=watch.n_threads,
        **problem.settings.kernel_options(),
    )
    return found


def fold_predictions(
    problem: RidgeProblem,
    grid: Floats,
    folds: Folds,
    on_fold: Callable[[int, Floats], None],
    watch: Watch,
) -> None:
    """Call `on_fold` with each fold's predictions (rows tested, targets, alphas).

    alpha times the sum of the weights is the same in every fold.
    """
    problem.X.given_to(
        _core.ridge_folds,
        problem.Y,
        sample_weight=problem.sample_weight,
        alphas=grid,
        train=folds.train,
        test=folds.test,
        on_fold=on_fold,
        n_threads=watch.n_threads,
        **problem.settings.kernel_options(),
    )


def best_alphas(scores: Floats, *, together: bool = False) -> Integers:
    """For each target the index of the first alpha that is as good as the best, (m,).

    Scores are (m, k), the smaller the better. What isn't finite is never taken.
    With `together` it is one alpha for all: that of the least mean.
    """
    if together:
        scores = np.broadcast_to(scores.mean(axis=0), scores.shape)
    usable = np.where(np.isfinite(scores), scores, np.inf)
    least = usable.min(axis=1, keepdims=True)
    if not np.isfinite(least).all():
        raise ValueError(
            "no alpha has a finite score: every fit goes through the points, so that "
            "nothing is known of new ones; use larger alphas"
        )
    same = usable <= least + SAME_SCORE * np.abs(least)
    return np.asarray(np.argmax(same, axis=1), dtype=np.int64)


def edges(
    scores: Floats, alphas: Floats, index: Integers, mean_square: Floats
) -> tuple[Booleans, Booleans]:
    """Whether each target has the largest alpha, and whether the smallest, (m,).

    Neither where all alphas have the same score, as for a constant y, whose scores are
    rounding errors of its mean square. Below an alpha of 0 there is nothing.
    """
    least = scores.min(axis=1)
    same = scores.max(axis=1) - least <= ROUNDING * (least + ROUNDING * mean_square)
    last = len(alphas) - 1
    there_are_others = ~same & (last > 0)
    smallest = (index == last) & (alphas[last] > 0.0)
    return (index == 0) & there_are_others, smallest & there_are_others


def summarise(errors: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean of the errors of all rows tested, and its standard error over folds."""
    share = weights / weights.sum()
    scores = np.tensordot(share, errors, axes=1)
    variance = np.tensordot(share, (errors - scores) ** 2, axes=1)
    counted = np.count_nonzero(weights)
    return scores, np.sqrt(variance / max(counted - 1, 1))
