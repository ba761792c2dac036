"""Cross-validation over folds: the splits, and the score of every fold and alpha."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing, indexable

from fastreg import _core
from fastreg.linear_model._base import FitData, Floats
from fastreg.linear_model._parameters import InvalidParameterError
from fastreg.linear_model._ridge_fits import call_scores, total_weight_of
from fastreg.linear_model._ridge_scoring import Rows, Scoring, Task

Split = tuple[Rows, Rows]


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
    cv: Any, task: Task, classifier: bool, params: dict[str, Any]
) -> list[Split]:
    """The (train, test) rows of every fold, as scikit-learn's `check_cv` has them."""
    n_samples, y = len(task.data.y), task.labels
    splits = []
    folds = check_cv(cv, y, classifier=classifier).split(task.X, y, **params)
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


def fold_scores(
    task: Task,
    alphas: Floats,
    fit_intercept: bool,
    splits: list[Split],
    scoring: Scoring,
) -> Floats:
    """Scores (folds, alphas) from the predictions of one call of a kernel."""
    data = task.data
    _check_fold_weights(data, splits)
    scores = np.empty((len(splits), len(alphas)))

    def judge(fold: int, predictions: npt.NDArray[np.float64]) -> None:
        train, test = splits[fold]
        score, present = scoring.of_rows(test), task.judged(train, test)
        for k in range(len(alphas)):
            scores[fold, k] = score(*present(predictions[:, :, k]))

    call_scores(
        _core.ridge_folds,
        data,
        alphas=alphas / total_weight_of(data),
        train=[train for train, _ in splits],
        test=[test for _, test in splits],
        fit_intercept=fit_intercept,
        on_fold=judge,
    )
    return scores


def _check_fold_weights(data: FitData, splits: list[Split]) -> None:
    if data.sample_weight is None:
        return
    for fold, (train, _) in enumerate(splits):
        if not data.sample_weight[train].any():
            raise ValueError(
                f"sample_weight is zero for all training samples of fold {fold}"
            )


def refit_scores(
    model: Any,
    task: Task,
    alphas: Floats,
    splits: list[Split],
    scoring: Scoring,
) -> Floats:
    """Scores (folds, alphas) of models that are fitted one by one.

    For scorers that look at the model or at X, and for folds with repeated samples.
    """
    (X,) = indexable(task.X)
    y, weights = task.labels, task.data.sample_weight
    scores = np.empty((len(splits), len(alphas)))
    for fold, (train, test) in enumerate(splits):
        X_train, X_test = _safe_indexing(X, train), _safe_indexing(X, test)
        weight = None if weights is None else weights[train]
        score = scoring.of_rows(test)
        for k, alpha in enumerate(alphas):
            fitted = clone(model).set_params(alpha=alpha)
            fitted.fit(X_train, y[train], sample_weight=weight)
            scores[fold, k] = score(fitted, X_test, y[test])
    return scores
