"""Cross-validation over folds: the score of every fold and alpha."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.utils import _safe_indexing, indexable

from fastreg import _core
from fastreg.linear_model._base import FitData, Floats
from fastreg.linear_model._ridge_fits import call_scores, total_weight_of
from fastreg.linear_model._ridge_scoring import Scoring, Task
from fastreg.linear_model._splits import Split


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
