"""Predictions that a kernel computed, judged by scikit-learn's scorers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple, Protocol

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.preprocessing import LabelBinarizer

from fastreg._cv_scorers import METRIC_SCORER, takes_weights
from fastreg.linear_model._base import FitData, Floats
from fastreg.linear_model._classifier import Labels, is_multilabel, labels_of
from fastreg.linear_model._parameters import InvalidParameterError
from fastreg.linear_model._splits import Rows


class Predicted(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor whose X are its predictions."""

    def predict(self, X: Floats) -> Floats:
        """X."""
        return X


class Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose X are its decisions."""

    def __init__(self, binarizer: LabelBinarizer, classes: Labels) -> None:
        self.binarizer = binarizer
        self.classes_ = classes

    def decision_function(self, X: Floats) -> Floats:
        """X."""
        return X

    def predict(self, X: Floats) -> Any:
        """The labels that follow from X."""
        return labels_of(X, self.binarizer, self.classes_)


# From predictions (n_test, m) to what a scorer is given: an estimator, its X, and y.
Presented = Callable[[Floats], tuple[Any, Floats, Any]]


class Judged(Protocol):
    """How predictions of a fold's model, or of the models without a row, are judged."""

    def __call__(self, train: Rows | None, test: Rows | slice, /) -> Presented:
        """For predictions of the rows `test`; `train` is None where all took part."""


class Task(NamedTuple):
    """What a search is given, in the forms that its parts take.

    `X` and `labels` are what scikit-learn's splitters and the models of folds are
    given, `data` is what the kernels are given.
    """

    X: Any
    labels: Any
    data: FitData
    judged: Judged


@dataclass(frozen=True)
class JudgedTargets:
    """Regression: y has one axis or two."""

    y: Floats

    def __call__(self, _train: Rows | None, test: Rows | slice, /) -> Presented:
        """As `Judged` says."""
        y = self.y[test]
        return lambda values: (Predicted(), values if y.ndim == 2 else values[:, 0], y)


@dataclass(frozen=True)
class JudgedLabels:
    """Classification: a fold knows the classes that occur in its training samples."""

    labels: Labels
    binarizer: LabelBinarizer

    def __call__(self, train: Rows | None, test: Rows | slice, /) -> Presented:
        """As `Judged` says."""
        y, classes = self.labels[test], self.binarizer.classes_
        if is_multilabel(self.binarizer):
            return lambda values: (Decided(self.binarizer, classes), values, y)
        one_column = len(classes) == 2
        known = np.ones(len(classes), dtype=np.bool_)
        if train is not None and not one_column:
            known = np.isin(classes, self.labels[train])

        def present(values: Floats) -> tuple[Any, Floats, Any]:
            if one_column:
                values = values[:, 0]
            elif not known.all():
                values = values[:, known]
                # Of two classes left the second has the sign of the difference.
                values = values[:, 1] if known.sum() == 2 else values
            labels = classes if one_column else classes[known]
            return Decided(self.binarizer, labels), values, y

        return present


@dataclass(frozen=True)
class Scoring:
    """A scorer (None is the estimator's own) and what it takes beside X and y."""

    scorer: Callable[..., Any] | None
    params: dict[str, Any]
    n_samples: int

    @property
    def sees_predictions_only(self) -> bool:
        """Whether it may be given predictions in the place of X."""
        return self.scorer is None or isinstance(self.scorer, METRIC_SCORER)

    def of_rows(self, test: Rows | slice) -> Callable[[Any, Any, Any], float]:
        """Takes an estimator with X and y of the rows `test`; higher is better."""
        params = {name: self._part(value, test) for name, value in self.params.items()}
        return lambda estimator, X, y: self._score(estimator, X, y, params)

    def _score(self, estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> float:
        if self.scorer is None:
            return float(estimator.score(X, y, **params))
        score = self.scorer(estimator, X, y, **params)
        if not isinstance(score, Real):
            raise ValueError(
                f"scoring must give a number, got {score!r} from {self.scorer!r}"
            )
        return float(score)

    def _part(self, value: Any, test: Rows | slice) -> Any:
        by_row = hasattr(value, "__len__") and len(value) == self.n_samples
        return np.asarray(value)[test] if by_row else value


def check_scoring_name(owner: str, value: Any) -> None:
    """Raise unless `value` names a scorer, can be called, or is None."""
    if value is None or callable(value):
        return
    if isinstance(value, str) and value in get_scorer_names():
        return
    raise InvalidParameterError(
        f"scoring of {owner} must be None, a callable or one of the names in "
        f"sklearn.metrics.get_scorer_names(), got {value!r}"
    )


def scorer_of(scoring: Any) -> Callable[..., Any] | None:
    """The scorer that `scoring` stands for."""
    scorer: Callable[..., Any] | None = (
        get_scorer(scoring) if isinstance(scoring, str) else scoring
    )
    return scorer


def weights_for(
    scorer: Callable[..., Any] | None, weights: Floats | None, stacklevel: int
) -> dict[str, Any]:
    """The weights as the scorer takes them; a warning where it takes none."""
    if weights is None:
        return {}
    if scorer is None or takes_weights(scorer):
        return {"sample_weight": weights}
    warnings.warn(
        f"{scorer!r} takes no sample_weight: samples count the same in the scores, "
        "though not in the fits",
        UserWarning,
        stacklevel=stacklevel + 1,
    )
    return {}


def best_index(scores: Floats) -> int:
    """Position of the first of the largest scores; NaN is the worst of all."""
    return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))
