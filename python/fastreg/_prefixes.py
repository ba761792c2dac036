"""Growing parts of the rows that each fold trains on, for learning curves."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._folds import Folds, check_groups
from fastreg._path import PathProblem
from fastreg._solve import Data

Integers = NDArray[np.int64]
# For each fold, the rows of each size; each part is in the next one.
Parts: TypeAlias = list[list[Integers]]

# Sizes that are chosen automatically have so many rows at least.
LEAST_ROWS = 10


def check_parts(
    sizes: Any, folds: Folds, problem: PathProblem, groups: Any, seed: int
) -> Parts:
    """Ascending rows for each fold and size, from sizes as `learning_curve` takes them.

    Rows of weight 0 don't count. Sizes that are too small to be fitted are refused, or
    left out where a number of sizes was asked for.
    """
    labels = check_groups(groups, problem.data.X.shape[0])
    weight = problem.data.sample_weight
    ordered = []
    for fold, train in enumerate(folds.train):
        rows = train if weight is None else train[weight[train] > 0.0]
        random = np.random.RandomState([seed, fold])
        ordered.append(_shuffled(rows, problem, labels, random))
    lengths = np.array([len(rows) for rows in ordered])
    automatic = isinstance(sizes, (int, np.integer)) and not isinstance(sizes, bool)
    counts = _halves(sizes, lengths) if automatic else _check_sizes(sizes, lengths)
    kept = []
    for column in counts.T:
        parts = [rows[:n] for rows, n in zip(ordered, column, strict=True)]
        missing = [lack for rows in parts if (lack := _lacks(rows, problem))]
        if missing and not automatic:
            raise ValueError(f"{min(column)} rows are too few: {missing[0]}")
        if not missing:
            kept.append([np.sort(rows) for rows in parts])
    if len(kept) < 2:
        raise ValueError(
            "a learning curve needs at least 2 sizes, and there is only one of at "
            f"least {LEAST_ROWS} rows of the {lengths.min()} that a fold trains on"
        )
    return [list(parts) for parts in zip(*kept, strict=True)]


def _shuffled(
    rows: Integers,
    problem: PathProblem,
    groups: NDArray[Any] | None,
    random: np.random.RandomState,
) -> Integers:
    """The rows at random, but evenly by class, or group after group."""
    rows = random.permutation(rows)
    if groups is not None:
        _, codes = np.unique(groups[rows], return_inverse=True)
        place = random.permutation(codes.max() + 1)[codes]
    elif problem.classes is not None:
        codes = _codes(problem.data)[rows]
        place = np.empty(len(rows))
        for code in np.unique(codes):
            found = np.flatnonzero(codes == code)
            place[found] = (np.arange(len(found)) + 0.5) / len(found)
    else:
        return rows
    return rows[np.argsort(place, kind="stable")]


def _codes(data: Data) -> Integers:
    """Classes by number."""
    codes = data.y if data.y.ndim == 1 else data.y.argmax(axis=1)
    return codes.astype(np.int64)


def _halves(number: int, lengths: Integers) -> Integers:
    """All rows, half of them, a quarter, ..., increasing, (F, s)."""
    number = _validation.check_count(number, "sizes")
    if number < 2:
        raise ValueError(f"sizes must be at least 2, got {number}")
    shares = 0.5 ** np.arange(number)[::-1]
    counts = np.rint(lengths[:, np.newaxis] * shares).astype(np.int64)
    return counts[:, counts.min(axis=0) >= min(LEAST_ROWS, lengths.min())]


def _check_sizes(sizes: Any, lengths: Integers) -> Integers:
    """Numbers of rows from shares or numbers of them, (F, s)."""
    given = np.asarray(sizes)
    if given.ndim != 1 or given.dtype.kind not in "iuf" or len(given) < 2:
        raise ValueError(
            "sizes must be an int or a sequence of at least 2 shares or numbers of "
            f"rows, got {sizes!r}"
        )
    if np.any(np.diff(given) <= 0):
        raise ValueError(f"sizes must increase, got {sizes!r}")
    if given.dtype.kind == "f":
        if not (given[0] > 0.0 and given[-1] <= 1.0):
            raise ValueError(f"shares must lie in (0, 1], got {sizes!r}")
        counts = np.rint(lengths[:, np.newaxis] * given).astype(np.int64)
    else:
        counts = np.tile(given.astype(np.int64), (len(lengths), 1))
    if counts.min() < 2 or np.any(counts.max(axis=1) > lengths):
        raise ValueError(
            f"sizes must be 2 to {lengths.min()} rows, as many as every fold trains "
            f"on, got {sizes!r}, which is {counts.min()} to {counts.max()} rows"
        )
    return np.asarray(counts)


def _lacks(rows: Integers, problem: PathProblem) -> str:
    """What a fit to these rows would need, or nothing."""
    data, settings = problem.data, problem.settings
    if problem.classes is not None:
        there = np.bincount(_codes(data)[rows], minlength=len(problem.classes))
        if not there.all():
            missing = problem.classes[there == 0].tolist()[0]
            return f"none is of class {missing!r}"
    counts = settings.family == "poisson" and settings.fit_intercept
    return "y is 0 in all of them" if counts and not data.y[rows].any() else ""
