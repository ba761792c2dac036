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


class Plan(NamedTuple):
    """How rows are dealt to a number of folds.

    classes : codes of the classes to be dealt evenly, (n,), or None
    groups : labels of rows that stay together, (n,), or None
    seed : of the shuffling
    """

    classes: Integers | None = None
    groups: NDArray[Any] | None = None
    seed: int = 0

    def deal(self, n_folds: int, n_rows: int) -> list[tuple[Integers, Integers]]:
        """Folds of all rows, each tested once."""
        if self.groups is not None:
            return group_folds(n_folds, self.groups, self.seed)
        if self.classes is not None:
            return stratified_folds(n_folds, self.classes, self.seed)
        return shuffled_folds(n_folds, n_rows, self.seed)


def check_folds(
    cv: Any,
    X: Any,
    Y: Any,
    sample_weight: Floats | None,
    plan: Plan | None = None,
    words: str = "'loo', 'gcv', ",
) -> Folds:
    """Folds from a number of them, a splitter of scikit-learn's kind, or pairs.

    X and Y are what the user passed; `sample_weight` is checked. `words` are what else
    cv may be.
    """
    n_rows = len(Y)
    plan = plan or Plan()
    if isinstance(cv, Integral) and not isinstance(cv, (bool, np.bool_)):
        dealt = plan.deal(_check_number(int(cv), n_rows), n_rows)
        folds = Folds([train for train, _ in dealt], [test for _, test in dealt])
        _check_weights(folds, sample_weight)
        return folds
    if hasattr(cv, "split") and not isinstance(cv, (str, bytes)):
        # Splitters count rows, which scikit-learn's don't know how to do for a design.
        rows = np.zeros((n_rows, 1)) if isinstance(X, Design) else X
        groups = {} if plan.groups is None else {"groups": plan.groups}
        pairs: Iterable[Any] = cv.split(rows, Y, **groups)
    elif isinstance(cv, Iterable) and not isinstance(cv, (str, bytes)):
        pairs = cv
    else:
        raise TypeError(
            f"cv must be {words}an int (how many folds), a splitter with a "
            f"method split, or pairs (train, test) of rows, got {cv!r}"
        )
    folds = Folds([], [])
    for number, pair in enumerate(pairs):
        train, test = _check_pair(pair, number, n_rows)
        folds.train.append(train)
        folds.test.append(test)
    if len(folds.test) < 2:
        raise ValueError(f"cv must give at least 2 folds, got {len(folds.test)}")
    _check_weights(folds, sample_weight)
    return folds


def _check_weights(folds: Folds, sample_weight: Floats | None) -> None:
    for number, train in enumerate(folds.train):
        if sample_weight is not None and not sample_weight[train].any():
            raise ValueError(
                f"sample_weight is zero for every row that fold {number} trains on"
            )


def check_groups(groups: Any, n_rows: int) -> NDArray[Any] | None:
    """Labels of groups, one a row, or None."""
    if groups is None:
        return None
    labels = np.asarray(groups)
    if labels.shape != (n_rows,):
        raise ValueError(
            f"groups has shape {labels.shape} but X has {n_rows} rows: expected one "
            "label per row"
        )
    return labels


def groups_for(cv: Any, groups: Any, n_rows: int) -> NDArray[Any] | None:
    """Labels of the rows; folds that are given can't keep groups together."""
    labels = check_groups(groups, n_rows)
    if labels is not None and not (isinstance(cv, Integral) or hasattr(cv, "split")):
        raise ValueError(
            "groups are for a number of folds or a splitter: pairs (train, test) are "
            "taken as they are"
        )
    return labels


def tests_neighbours(folds: Folds) -> bool:
    """Whether every fold tests neighbouring rows."""
    return all(np.ptp(rows) == len(rows) - 1 for rows in folds.test)


def check_seed(random_state: Any) -> int:
    """A seed of the shuffling."""
    if isinstance(random_state, (int, np.integer)) and 0 <= random_state < 2**32:
        return int(random_state)
    raise ValueError(
        f"random_state must be an int from 0 to 2**32 - 1, got {random_state!r}"
    )


def shuffled_folds(
    n_folds: int, n_rows: int, seed: int = 0
) -> list[tuple[Integers, Integers]]:
    """Those of ``KFold(n_folds, shuffle=True, random_state=seed)``."""
    order = np.arange(n_rows)
    np.random.RandomState(seed).shuffle(order)
    return _pairs(np.array_split(order, n_folds), n_rows)


def stratified_folds(
    n_folds: int, classes: Integers, seed: int = 0
) -> list[tuple[Integers, Integers]]:
    """Shuffled folds that have each class as often as each other, or once more."""
    random = np.random.RandomState(seed)
    order = np.concatenate(
        [random.permutation(np.flatnonzero(classes == k)) for k in np.unique(classes)]
    )
    # Dealt like cards, one class after the other.
    return _pairs([order[fold::n_folds] for fold in range(n_folds)], len(classes))


def group_folds(
    n_folds: int, groups: NDArray[Any], seed: int = 0
) -> list[tuple[Integers, Integers]]:
    """Folds of whole groups, of numbers of rows as alike as dealing them out gives.

    Groups come from the largest to the smallest, in shuffled order where they are
    alike, and go to the fold with the fewest rows.
    """
    names, codes = np.unique(groups, return_inverse=True)
    if len(names) < n_folds:
        raise ValueError(
            f"groups has {len(names)} different values, too few for {n_folds} folds"
        )
    counts = np.bincount(codes)
    shuffled = np.random.RandomState(seed).permutation(len(names))
    fold_of_group = np.empty(len(names), dtype=np.intp)
    sizes = np.zeros(n_folds)
    for group in shuffled[np.argsort(-counts[shuffled], kind="stable")]:
        fold = int(np.argmin(sizes))
        fold_of_group[group] = fold
        sizes[fold] += counts[group]
    fold_of_row = fold_of_group[codes]
    parts = [np.flatnonzero(fold_of_row == fold) for fold in range(n_folds)]
    return _pairs(parts, len(codes))


def _pairs(parts: list[NDArray[Any]], n_rows: int) -> list[tuple[Integers, Integers]]:
    """The rows outside each part, and those in it, ascending."""
    pairs = []
    for part in parts:
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
    both = test[_mask(train, n_rows)[test]]
    if both.size:
        raise ValueError(
            f"fold {number} of cv trains and tests on row {both.min()}: "
            "predictions would not be of new rows"
        )
    return train, test


def _mask(rows: Integers, n_rows: int) -> NDArray[np.bool_]:
    """Where the rows are."""
    mask = np.zeros(n_rows, dtype=bool)
    mask[rows] = True
    return mask


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
    if np.count_nonzero(_mask(array, n_rows)) < array.size:
        raise ValueError(
            f"{name} must differ from each other; use sample_weight to repeat"
        )
    return array.astype(np.int64)
