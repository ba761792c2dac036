"""What classifiers share: labels as targets of -1 and 1, and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from fastreg.linear_model._base import (
    FitData,
    Floats,
    LinearModel,
    as_sample_weight,
    fit_data,
    validate_X_y,
)
from fastreg.linear_model._parameters import InvalidParameterError

Labels = npt.NDArray[Any]


class LabelledData(NamedTuple):
    """`data` has a column of -1 and 1 for each class, but one for two classes."""

    data: FitData
    labels: Labels
    binarizer: LabelBinarizer


def check_class_weight(owner: str, value: Any) -> None:
    """Raise unless `value` is None, "balanced" or a dict."""
    if value is None or isinstance(value, dict):
        return
    if isinstance(value, str) and value == "balanced":
        return
    raise InvalidParameterError(
        f"class_weight of {owner} must be a dict, 'balanced' or None, got {value!r}"
    )


def validate_labelled(
    estimator: Any, X: Any, y: Any, sample_weight: Any
) -> LabelledData:
    """Check what `fit` of a classifier was given, and weight the classes."""
    matrix, y = validate_X_y(estimator, X, y)
    check_classification_targets(y)
    binarizer = LabelBinarizer(neg_label=-1, pos_label=1)
    codes = np.asarray(binarizer.fit_transform(y), dtype=np.float64)
    if not is_multilabel(binarizer):
        y = column_or_1d(y, warn=True)
        _check_two_classes(type(estimator).__name__, binarizer.classes_)
    weights = as_sample_weight(sample_weight, matrix.shape[0])
    if estimator.class_weight:
        by_class = compute_sample_weight(estimator.class_weight, y)
        given = 1.0 if weights is None else weights
        weights = as_sample_weight(by_class * given, matrix.shape[0])
    return LabelledData(fit_data(matrix, codes, weights), y, binarizer)


def _check_two_classes(owner: str, classes: Labels) -> None:
    if len(classes) < 2:
        raise ValueError(
            f"{owner} needs samples of at least 2 classes, but y has only one class: "
            f"{classes.tolist()[0]!r}"
        )


def is_multilabel(binarizer: LabelBinarizer) -> bool:
    """Whether y was a matrix that tells which labels each sample has."""
    return str(binarizer.y_type_).startswith("multilabel")


def labels_of(
    decision: Floats, binarizer: LabelBinarizer, classes: Labels | None = None
) -> Any:
    """The class of the largest decision, or the sign's; all positive labels.

    `classes` are those that the columns of `decision` stand for, all by default.
    """
    if is_multilabel(binarizer):
        return binarizer.inverse_transform(np.where(decision > 0, 1.0, -1.0))
    classes = binarizer.classes_ if classes is None else classes
    if decision.ndim == 1:
        return classes[(decision > 0).astype(np.intp)]
    return classes[decision.argmax(axis=1)]


class LinearClassifier(
    ClassifierMixin,  # type: ignore[misc]  # scikit-learn is untyped
    LinearModel,
):
    """A linear model whose predictions are labels."""

    _label_binarizer: LabelBinarizer
    classes_: Labels

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def decision_function(self, X: Any) -> npt.NDArray[Any]:
        """How far each sample is on the side of each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            ``X @ coef_.T + intercept_``; with two classes one column, which is
            positive where ``classes_[1]`` is predicted.
        """
        return self._decision(X)

    def predict(self, X: Any) -> Any:
        """Predict labels.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            The class of the largest decision; with several labels a sample, 1 where
            the decision is positive and 0 elsewhere.
        """
        return labels_of(self._decision(X), self._label_binarizer)

    def _store_labels(self, labelled: LabelledData) -> None:
        self._label_binarizer = labelled.binarizer
        self.classes_ = labelled.binarizer.classes_
