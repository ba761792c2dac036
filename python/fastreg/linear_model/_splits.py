"""The folds of estimators: rows to train on and rows to test on."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import check_cv

from fastreg.linear_model._parameters import InvalidParameterError

Rows = npt.NDArray[np.int64]
Split = tuple[Rows, Rows]
# Of cv=None, as in scikit-learn.
DEFAULT_FOLDS = 5


def check_cv_parameter(owner: str, value: Any) -> None:
    """Raise unless `value` is None, an integer >= 2, a splitter or an iterable."""
    is_count = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if value is None or (is_count and value >= 2):
        return
    if hasattr(value, "split") and not isinstance(value, str):
        return
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return
    raise InvalidParameterError(
        f"cv of {owner} must be None, an integer >= 2, a splitter or an iterable of "
        f"(train, test) indices, got {value!r}"
    )


def splits_of(
    cv: Any, X: Any, y: Any, classifier: bool, params: dict[str, Any]
) -> list[Split]:
    """The (train, test) rows of every fold, as scikit-learn's `check_cv` has them.

    X and y are as they were given, y checked.
    """
    n_samples, splits = y.shape[0], []
    count = DEFAULT_FOLDS if cv is None else cv
    if not classifier and isinstance(count, Integral) and count <= n_samples:
        return _blocks(int(count), n_samples)
    folds = check_cv(cv, y, classifier=classifier).split(X, y, **params)
    for fold, (train, test) in enumerate(folds):
        splits.append(
            (
                _as_rows(train, n_samples, f"training samples of fold {fold}"),
                _as_rows(test, n_samples, f"test samples of fold {fold}"),
            )
        )
    if not splits:
        raise ValueError("cv gave no folds")
    return splits


def _blocks(n_folds: int, n_samples: int) -> list[Split]:
    """Those of ``KFold(n_folds)``, which takes many times as long for small data."""
    rows = np.arange(n_samples)
    tests = np.array_split(rows, n_folds)
    return [
        (np.concatenate((rows[: test[0]], rows[test[-1] + 1 :])), test)
        for test in tests
    ]


def _as_rows(given: Any, n_samples: int, what: str) -> Rows:
    """Indices >= 0 from indices of any sign or a mask."""
    rows: Rows = np.asarray(given)
    if rows.dtype == np.bool_:
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or rows.size == 0 or rows.dtype.kind not in "iu":
        raise ValueError(
            f"the {what} must be indices, at least one, got an array of shape "
            f"{rows.shape} and dtype {rows.dtype}"
        )
    rows = np.array(rows, dtype=np.int64)
    if rows.min() < -n_samples or rows.max() >= n_samples:
        raise ValueError(
            f"the {what} reach from {rows.min()} to {rows.max()} but there are "
            f"{n_samples} samples"
        )
    rows %= n_samples
    return rows


def has_repeats(splits: list[Split]) -> bool:
    """Whether a sample occurs twice in a fold, as in a bootstrap."""
    return any(np.unique(rows).size < rows.size for split in splits for rows in split)
