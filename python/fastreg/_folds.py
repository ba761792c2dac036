"""Folds of cross-validation: rows to train on and rows to test on."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg.design import Design

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Folds(NamedTuple):
    """Rows of each fold, as the kernels take them."""

    train: list[Integers]
    test: list[Integers]


def check_folds(cv: Any, X: Any, Y: Any, sample_weight: Floats | None) -> Folds:
    """Folds from a number of them, a splitter of scikit-learn's kind, or pairs.

    X and Y are what the user passed; `sample_weight` is checked.
    """
    n_rows = len(Y)
    if isinstance(cv, Integral) and not isinstance(cv, (bool, np.bool_)):
        pairs: Iterable[Any] = shuffled_folds(_check_number(int(cv), n_rows), n_rows)
    elif hasattr(cv, "split") and not isinstance(cv, (str, bytes)):
        # Splitters count rows, which scikit-learn's don't know how to do for a design.
        pairs = cv.split(np.zeros((n_rows, 1)) if isinstance(X, Design) else X, Y)
    elif isinstance(cv, Iterable) and not isinstance(cv, (str, bytes)):
        pairs = cv
    else:
        raise TypeError(
            "cv must be 'loo', 'gcv', an int (how many folds), a splitter with a "
            f"method split, or pairs (train, test) of rows, got {cv!r}"
        )
    folds = Folds([], [])
    for number, pair in enumerate(pairs):
        train, test = _check_pair(pair, number, n_rows)
        if sample_weight is not None and not sample_weight[train].any():
            raise ValueError(
                f"sample_weight is zero for every row that fold {number} trains on"
            )
        folds.train.append(train)
        folds.test.append(test)
    if len(folds.test) < 2:
        raise ValueError(f"cv must give at least 2 folds, got {len(folds.test)}")
    return folds


def shuffled_folds(n_folds: int, n_rows: int) -> list[tuple[Integers, Integers]]:
    """Those of scikit-learn's ``KFold(n_folds, shuffle=True, random_state=0)``."""
    order = np.arange(n_rows)
    np.random.RandomState(0).shuffle(order)
    pairs = []
    for part in np.array_split(order, n_folds):
        tested = np.zeros(n_rows, dtype=bool)
        tested[part] = True
        pairs.append((np.flatnonzero(~tested), np.flatnonzero(tested)))
    return pairs


def _check_number(n_folds: int, n_rows: int) -> int:
    if not 2 <= n_folds <= n_rows:
        raise ValueError(
            f"cv must be between 2 folds and {n_rows}, one for each row, got {n_folds}"
        )
    return n_folds


def _check_pair(pair: Any, number: int, n_rows: int) -> tuple[Integers, Integers]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(
            f"fold {number} of cv must be a pair (train, test), got {pair!r}"
        )
    train = _check_rows(pair[0], f"the training rows of fold {number}", n_rows)
    test = _check_rows(pair[1], f"the test rows of fold {number}", n_rows)
    both = np.intersect1d(train, test)
    if both.size:
        raise ValueError(
            f"fold {number} of cv trains and tests on row {both[0]}: "
            "predictions would not be of new rows"
        )
    return train, test


def _check_rows(rows: Any, name: str, n_rows: int) -> Integers:
    array = np.asarray(rows)
    if array.dtype.kind == "b" and array.shape == (n_rows,):
        array = np.flatnonzero(array)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be integers or a mask of {n_rows} entries, got an array of "
            f"dtype {array.dtype} and shape {array.shape}"
        )
    if array.size == 0:
        raise ValueError(f"{name} must be at least one")
    if array.min() < 0 or array.max() >= n_rows:
        outside = array[(array < 0) | (array >= n_rows)][0]
        raise ValueError(f"{name} must lie in 0 to {n_rows - 1}, got {outside}")
    unique = np.unique(array)
    if unique.size < array.size:
        raise ValueError(
            f"{name} must differ from each other; use sample_weight to repeat"
        )
    return array.astype(np.int64)
