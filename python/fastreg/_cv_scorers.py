"""scikit-learn's scorers on rows that folds test.

The only part of `cv` that imports scikit-learn, and itself imported only where a scorer
is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names, make_scorer
from sklearn.utils import _safe_indexing

from fastreg import _link
from fastreg._cv_scores import Scoring, Tested
from fastreg._solve import Solution
from fastreg._validation import check_X
from fastreg.design import Design

Floats = NDArray[np.float64]
Labels = NDArray[Any]

# What make_scorer makes: such scorers look at predictions and at nothing else.
METRIC_SCORER = type(get_scorer("r2"))


class View(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A fitted model. Without coefficients its X are the linear predictors.

    `coef_` is (p,), for classifiers (1, p) or (K, p), for several targets (m, p), and
    `intercept_` goes with it.
    """

    def __init__(
        self, family: str, coef: Floats | None = None, intercept: Any = 0.0
    ) -> None:
        self.family = family
        self.coef = coef
        self.intercept = intercept
        if coef is not None:
            self.coef_, self.intercept_ = coef, intercept
            self.n_features_in_ = coef.shape[-1]

    def _eta(self, X: Any) -> Floats:
        if self.coef is None:
            return np.asarray(X)
        eta = check_X(X).times(self.coef.T) + self.intercept
        one = eta.shape[1:] == (1,) and self.family != "mgaussian"
        return np.asarray(eta[:, 0] if one else eta)


class RegressorView(RegressorMixin, View):  # type: ignore[misc]
    """Of the families gaussian, poisson and mgaussian."""

    def predict(self, X: Any) -> Floats:
        """The expected response."""
        return _link.mean(self.family, self._eta(X))


class ClassifierView(ClassifierMixin, View):  # type: ignore[misc]
    """Of the families binomial and multinomial."""

    classes_: Labels

    def decision_function(self, X: Any) -> Floats:
        """The linear predictors."""
        return self._eta(X)

    def predict(self, X: Any) -> Labels:
        """The likeliest classes."""
        return _link.labels(self.family, self._eta(X), self.classes_)

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of the classes."""
        return _link.probabilities(self.family, self._eta(X))

    def predict_log_proba(self, X: Any) -> Floats:
        """Their logarithms."""
        return _link.log_probabilities(self.family, self._eta(X))


@dataclass(frozen=True)
class FoldScorer:
    """A scorer, and what it is given: X and y as the user has them.

    `params` are passed on, those with an entry a row for the rows tested.
    """

    scorer: Callable[..., Any]
    family: str
    classes: Labels | None
    X: Any
    y: Labels
    params: dict[str, Any] = field(default_factory=dict)

    def scores(
        self, rows: NDArray[np.int64], eta: Floats, solution: Solution
    ) -> Floats:
        """One number for each alpha: `eta` is (rows, k) or (rows, K, k)."""
        y = self.y[rows]
        params = {name: self._part(value, rows) for name, value in self.params.items()}
        sees_predictions_only = isinstance(self.scorer, METRIC_SCORER)
        X = None if sees_predictions_only else _safe_indexing(self.X, rows)
        found = np.empty(eta.shape[-1])
        for k in range(len(found)):
            model = () if sees_predictions_only else _model(solution, k, self.classes)
            given = eta[..., k] if sees_predictions_only else X
            score = self.scorer(self._view(*model), given, y, **params)
            if not isinstance(score, Real):
                raise ValueError(
                    f"scoring must give a number, got {score!r} from {self.scorer!r}"
                )
            found[k] = float(score)
        return found

    def __call__(self, tested: Tested, eta: Floats) -> Floats:
        """As a `Score`."""
        assert tested.rows is not None  # noqa: S101
        assert tested.solution is not None  # noqa: S101
        return self.scores(tested.rows, eta, tested.solution)

    def _view(self, coef: Floats | None = None, intercept: Any = 0.0) -> Any:
        if self.classes is None:
            return RegressorView(self.family, coef, intercept)
        view = ClassifierView(self.family, coef, intercept)
        view.classes_ = self.classes
        return view

    def _part(self, value: Any, rows: NDArray[np.int64]) -> Any:
        by_row = hasattr(value, "__len__") and len(value) == len(self.y)
        return np.asarray(value)[rows] if by_row else value


def _model(solution: Solution, k: int, classes: Labels | None) -> tuple[Floats, Any]:
    """Coefficients and intercept in scikit-learn's shapes."""
    coef, intercept = solution.coefs.column(k), solution.intercepts[..., k]
    if classes is None and intercept.ndim == 0:
        return coef, float(intercept)
    if classes is None:
        return coef.reshape(len(intercept), -1), intercept
    n_outputs = 1 if len(classes) == 2 else len(classes)
    return coef.reshape(n_outputs, -1), intercept.reshape(n_outputs)


def known_scorer(scoring: Any) -> Any:
    """The scorer that `scoring` names or is; None if there is none."""
    if isinstance(scoring, str):
        return get_scorer(scoring) if scoring in get_scorer_names() else None
    return scoring if callable(scoring) else None


def with_classes(scorer: Any, classes: Labels | None) -> Any:
    """The scorer, knowing all classes; of two the second is the positive one."""
    function = getattr(scorer, "_score_func", None)
    if classes is None or function is None:
        return scorer
    known = inspect.signature(function).parameters
    parts = vars(scorer)
    given: dict[str, Any] = {"labels": classes} if "labels" in known else {}
    if len(classes) == 2 and "pos_label" in known:
        averages = parts["_kwargs"].get("average", "binary") != "binary"
        given["pos_label"] = None if averages else classes[-1]
    if not given:
        return scorer
    return make_scorer(
        function,
        response_method=parts["_response_method"],
        greater_is_better=parts["_sign"] == 1,
        **{**given, **parts["_kwargs"]},
    )


def takes_weights(scorer: Any) -> bool:
    """Whether it has the parameter sample_weight."""
    function = getattr(scorer, "_score_func", scorer)
    return "sample_weight" in inspect.signature(function).parameters


def scorer_scoring(
    scoring: Any,
    family: str,
    X: Any,
    y: Any,
    classes: Labels | None,
    *,
    sample_weight: Floats | None,
    offset: Floats | None,
) -> Scoring | None:
    """What `cv` judges by for a scorer; None if there is none of that name.

    y has labels where there are `classes`. Scorers that take weights are given them.
    """
    scorer = known_scorer(scoring)
    if scorer is None:
        return None
    name = scoring if isinstance(scoring, str) else _name(scorer)
    if not isinstance(scorer, METRIC_SCORER):
        if offset is not None:
            raise ValueError(
                f"the scorer {name} predicts from X itself, which has no offset: pass "
                "one made by sklearn.metrics.make_scorer, or leave the offset out"
            )
        if isinstance(X, Design):
            raise TypeError(
                f"the scorer {name} needs rows of X, which a Design doesn't give: pass "
                "one made by sklearn.metrics.make_scorer"
            )
    weighs = sample_weight is not None and takes_weights(scorer)
    score = FoldScorer(
        with_classes(scorer, classes),
        family,
        classes,
        X,
        y,
        {"sample_weight": sample_weight} if weighs else {},
    )
    return Scoring(name=name, label=name, greater_is_better=True, score=score)


def _name(scorer: Any) -> str:
    function = getattr(scorer, "_score_func", scorer)
    return str(getattr(function, "__name__", type(function).__name__))
