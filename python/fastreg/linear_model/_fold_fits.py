"""Paths without the rows that folds test, for the estimators that choose alpha."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from fastreg._cv_fits import FoldFit, FoldTask, fit_folds, mean_errors
from fastreg._folds import Folds
from fastreg._solve import Data, Settings, Solution
from fastreg._threads import available_threads
from fastreg._validation import is_flag
from fastreg.linear_model._base import ConvergenceWarning, Floats
from fastreg.linear_model._parameters import InvalidParameterError
from fastreg.linear_model._splits import Rows, Split

OnFit = Callable[[int, FoldFit], Any]


def fit_splits(
    data: Data,
    settings: Settings,
    splits: list[Split],
    tasks: list[FoldTask],
    on_fit: OnFit,
    *,
    squares: bool = False,
    n_threads: int = 1,
) -> None:
    """As `fit_folds`; a fold may train on a row several times, as in a bootstrap."""
    again = {fold for fold, (train, _) in enumerate(splits) if _repeats(train)}
    numbers = []
    for k, task in enumerate(tasks):
        if task.fold not in again:
            numbers.append(k)
            continue
        fit = _fit_bootstrap(data, settings, splits[task.fold], task, squares)
        on_fit(k, fit)
    if not numbers:
        return
    fit_folds(
        data,
        settings,
        # One that trains on a row twice isn't looked at, but has to be well-formed.
        Folds([train for train, _ in splits], [test for _, test in splits]),
        [tasks[k] for k in numbers],
        lambda k, fit: on_fit(numbers[k], fit),
        squares=squares,
        n_threads=n_threads,
    )


def _repeats(train: Rows) -> bool:
    return train.size > 0 and int(np.bincount(train).max()) > 1


def _fit_bootstrap(
    data: Data, settings: Settings, split: Split, task: FoldTask, squares: bool
) -> FoldFit:
    """The task of a fold with repeated rows, which count as their weight."""
    train, test = split
    counts = np.bincount(train, minlength=len(data.y)).astype(np.float64)
    weight = data.sample_weight
    fits: list[FoldFit] = []
    fit_folds(
        data._replace(sample_weight=counts if weight is None else weight * counts),
        settings,
        Folds([np.flatnonzero(counts)], [test]),
        [task._replace(fold=0)],
        lambda _, fit: fits.append(fit),
    )
    if not squares:
        return fits[0]
    share = None if weight is None else weight[test]
    score = mean_errors(np.square, data.y[test], fits[0].score, share)
    return fits[0]._replace(score=score)


def check_fold_weights(weight: Floats | None, splits: list[Split]) -> None:
    """Raise unless every fold trains and tests on rows with a weight."""
    if weight is None:
        return
    for fold, rows in enumerate(splits):
        for part, name in zip(rows, ("training", "test"), strict=True):
            if not weight[part].any():
                raise ValueError(
                    f"sample_weight is zero for all {name} samples of fold {fold}"
                )


def check_jobs(owner: str, value: Any) -> None:
    """Raise unless `value` is None or an integer other than 0."""
    if value is None or (isinstance(value, Integral) and value and not is_flag(value)):
        return
    raise InvalidParameterError(
        f"n_jobs of {owner} must be None or an integer other than 0, got {value!r}"
    )


def threads_of(n_jobs: int | None) -> int:
    """Threads for joblib's count: -1 is all there are, -2 all but one."""
    if n_jobs is None:
        return 1
    return int(n_jobs) if n_jobs > 0 else max(1, available_threads() + 1 + int(n_jobs))


class Unmet(NamedTuple):
    """How a fold's path missed its tolerance."""

    gap: float  # relative to the null model's objective
    n_alphas: int

    @classmethod
    def of(cls, solution: Solution) -> Unmet:
        """What is left of a solution for `warn_unmet`."""
        if not solution.status.any():
            return cls(0.0, 0)
        unmet = np.flatnonzero(solution.status)
        return cls(float(solution.dual_gaps[unmet].max()), unmet.size)


def warn_unmet(owner: str, folds: list[Unmet], tol_text: str, stacklevel: int) -> None:
    """One warning about the paths of folds that ended above their tolerance."""
    missed = [one for one in folds if one.n_alphas]
    if not missed:
        return
    warnings.warn(
        f"{owner} did not converge in {len(missed)} of the {len(folds)} paths of its "
        f"folds, at {sum(one.n_alphas for one in missed)} alphas in all: the largest "
        f"duality gap is {max(one.gap for one in missed):.2e} times the objective of "
        f"the null model, above the tolerance {tol_text}; increase max_iter, scale the "
        "features or use larger alphas",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )
