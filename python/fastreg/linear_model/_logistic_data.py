"""Labels as numbers, and the weights of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from fastreg._responses import one_hot
from fastreg.linear_model._base import (
    FitData,
    Floats,
    as_sample_weight,
    fit_data,
    validate_X_y,
)


def validate_classes(
    estimator: Any, X: Any, y: Any, sample_weight: Any
) -> tuple[FitData, npt.NDArray[Any]]:
    """What `fit` of a classifier was given, and its classes.

    y becomes 0 and 1, or with more than two classes a column of them for each.
    """
    owner = type(estimator).__name__
    matrix, y = validate_X_y(estimator, X, y)
    check_classification_targets(y)
    y = column_or_1d(y, warn=True)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"{owner} needs samples of at least 2 classes, but y has only one class: "
            f"{classes.tolist()[0]!r}"
        )
    weights = as_sample_weight(sample_weight, matrix.shape[0])
    weights = _with_class_weights(estimator.class_weight, classes, y, codes, weights)
    if weights is not None:
        total = np.bincount(codes, weights)
        if not total.all():
            empty = classes.tolist()[int(np.argmin(total))]
            raise ValueError(
                f"{owner} needs samples of every class, but all of the class {empty!r} "
                "have a weight of 0"
            )
    target = codes.astype(np.float64)
    target = one_hot(target) if len(classes) > 2 else target
    return fit_data(matrix, target, weights), classes


def _with_class_weights(
    class_weight: Any,
    classes: npt.NDArray[Any],
    y: npt.NDArray[Any],
    codes: npt.NDArray[np.intp],
    weights: Floats | None,
) -> Floats | None:
    """Weights of samples times those of their classes."""
    if not class_weight:
        return weights
    given = np.ones(len(y)) if weights is None else weights
    if isinstance(class_weight, str):  # balanced, by the weights of the samples
        total = np.bincount(codes, given)
        factors = np.divide(
            given.sum(), len(classes) * total, where=total > 0, out=np.zeros(len(total))
        )
    else:
        factors = compute_class_weight(class_weight, classes=classes, y=y)
    return as_sample_weight(given * factors[codes], len(y))
