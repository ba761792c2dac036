"""Folds of `cv`: each can train what is asked for, or a sentence says why not."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._folds import (
    Folds,
    Plan,
    check_folds,
    check_seed,
    groups_for,
    tests_neighbours,
)
from fastreg._path import PathProblem
from fastreg._solve import Data
from fastreg._warnings import FoldWarning


def check_all_folds(
    cv: Any, X: Any, y: Any, groups: Any, random_state: Any, problem: PathProblem
) -> Folds:
    """The folds, each of which can train what the problem asks for."""
    data = problem.data
    n_rows = data.X.shape[0]
    labels = groups_for(cv, groups, n_rows)
    codes = None if problem.classes is None else codes_of(data)
    plan = Plan(classes=codes, groups=labels, seed=check_seed(random_state))
    folds = check_folds(cv, X, y, data.sample_weight, plan, words="")
    if codes is not None:
        _check_classes(folds, codes, problem)
    elif problem.settings.family == "poisson" and problem.settings.fit_intercept:
        _check_counts(folds, data)
    _warn_sorted(folds, data.y if codes is None else codes)
    return folds


def _check_classes(
    folds: Folds, codes: NDArray[np.int64], problem: PathProblem
) -> None:
    """Every fold trains on every class."""
    weight = problem.data.sample_weight
    classes: Any = problem.classes
    for number, train in enumerate(folds.train):
        share = None if weight is None else weight[train]
        total = np.bincount(codes[train], share, minlength=len(classes))
        if not total.all():
            missing = classes[total == 0.0].tolist()[0]
            raise ValueError(
                f"fold {number} trains on no row of class {missing!r} (of its "
                f"{int((codes == np.argmin(total)).sum())} rows): use fewer folds, or "
                "leave the class out"
            )


def _check_counts(folds: Folds, data: Data) -> None:
    weight = np.ones(len(data.y)) if data.sample_weight is None else data.sample_weight
    for number, train in enumerate(folds.train):
        if not (data.y[train] * weight[train]).any():
            raise ValueError(
                f"y is 0 in every row that fold {number} trains on: family 'poisson' "
                "has no fit, its intercept is -inf; use fewer folds"
            )


def _is_sorted(y: NDArray[Any]) -> bool:
    steps = np.diff(y)
    return bool(y[0] != y[-1] and (np.all(steps >= 0) or np.all(steps <= 0)))


def _warn_sorted(folds: Folds, y: NDArray[Any]) -> None:
    """Folds of neighbouring rows of a sorted y test what they didn't train on."""
    sorted_ = any(_is_sorted(column) for column in np.atleast_2d(y.T))
    if not sorted_ or len(y) <= len(folds.test):
        return
    if tests_neighbours(folds):
        warnings.warn(
            "y is sorted and every fold tests neighbouring rows, so that folds are "
            "trained on other values of y than they are tested on; shuffle the rows, "
            "or pass cv as a number of folds, which shuffles them",
            FoldWarning,
            stacklevel=4,
        )


def codes_of(data: Data) -> NDArray[np.int64]:
    """Classes by number."""
    codes = data.y if data.y.ndim == 1 else data.y.argmax(axis=1)
    return codes.astype(np.int64)
