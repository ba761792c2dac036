"""`RidgeClassifier` and `RidgeClassifierCV`: against scikit-learn, labels, weights."""

from __future__ import annotations

import functools
import inspect
import pickle
from typing import Any

import numpy as np
import pytest
import sklearn
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.linear_model import RidgeClassifier as SklearnRidgeClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.utils import get_tags

import fastreg
from fastreg import Ridge, RidgeClassifier, RidgeClassifierCV

NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
ALPHAS = [0.03, 0.5, 10.0, 200.0]


def make_data(n: int = 60, p: int = 6) -> tuple[Any, Any, Any]:
    """X that isn't centred, classes 0, 1, 2 of different sizes, weights with a 0."""
    rng = np.random.default_rng(n + p)
    X = rng.normal(size=(n, p)) + rng.normal(size=(n, 1)) + 1.0
    score = X[:, 0] - X[:, 1] + 1.2 * rng.normal(size=n)
    weights = rng.uniform(0.3, 3.0, n)
    weights[5] = 0.0
    return X, np.digitize(score, [0.0, 1.5]), weights


def labels_of_kind(kind: str) -> Any:
    codes = make_data()[1]
    if kind == "multilabel":
        return np.column_stack([codes > 0, codes == 1, codes == 2]).astype(int)
    if kind == "sparse multilabel":
        return sparse.csr_matrix(labels_of_kind("multilabel"))
    two = codes.clip(max=1)
    return {
        "int": codes,
        "list": [["low", "middle", "high"][code] for code in codes],
        "text": np.array(["low", "middle", "high"])[codes],
        "object": np.array(["low", "middle", "high"], dtype=object)[codes],
        "float": codes * 2.0 - 1.0,
        "bool": two == 1,
        "two texts": np.array(["yes", "no"])[two],
        "two ints": 5 - 3 * two,
        "uint8": codes.astype(np.uint8),
    }[kind]


KINDS = [
    *["int", "list", "text", "object", "float", "bool", "two texts", "two ints"],
    *["uint8", "multilabel"],
]


def assert_same_model(mine: Any, other: Any, X: Any) -> None:
    assert_array_equal(mine.classes_, other.classes_)
    assert mine.classes_.dtype == other.classes_.dtype
    for name in ("coef_", "intercept_"):
        a, b = getattr(mine, name), getattr(other, name)
        assert type(a) is type(b), name
        assert np.shape(a) == np.shape(b), name
        assert np.asarray(a).dtype == np.asarray(b).dtype, name
        assert_allclose(a, b, rtol=1e-8, atol=1e-9)
    decision = mine.decision_function(X)
    assert decision.shape == other.decision_function(X).shape
    assert_allclose(decision, other.decision_function(X), rtol=1e-8, atol=1e-8)
    assert_array_equal(mine.predict(X), other.predict(X))
    assert mine.predict(X).dtype == other.predict(X).dtype


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
class TestParity:
    def test_of_the_classifier(self, kind, fit_intercept, weighted, class_weight):
        X, _, weights = make_data()
        y, weights = labels_of_kind(kind), weights if weighted else None
        params = {"fit_intercept": fit_intercept, "class_weight": class_weight}
        mine = RidgeClassifier(2.0, **params).fit(X, y, weights)
        other = theirs.RidgeClassifier(2.0, solver="svd", **params)
        other.fit(X, y, weights)
        assert_same_model(mine, other, X)
        assert mine.score(X, y) == other.score(X, y)

    def test_of_the_search(self, kind, fit_intercept, weighted, class_weight):
        X, _, weights = make_data()
        # In scikit-learn the prediction of a sample of weight 0 is NaN.
        y, weights = labels_of_kind(kind), weights + 0.1 if weighted else None
        params = {"fit_intercept": fit_intercept, "class_weight": class_weight}
        params |= {"alphas": ALPHAS, "store_cv_results": True}
        mine = RidgeClassifierCV(**params).fit(X, y, weights)
        other = theirs.RidgeClassifierCV(**params).fit(X, y, weights)
        assert_same_model(mine, other, X)
        assert mine.alpha_ == other.alpha_
        assert mine.best_score_ == pytest.approx(other.best_score_, rel=1e-9)
        assert mine.cv_results_.shape == other.cv_results_.shape
        assert_allclose(mine.cv_results_, other.cv_results_, rtol=1e-7, atol=1e-9)

    def test_of_the_search_in_folds(self, kind, fit_intercept, weighted, class_weight):
        if (weighted or class_weight) and not NEW_SKLEARN:
            pytest.skip("scikit-learn < 1.9 doesn't weight the scores of folds")
        X, _, weights = make_data()
        y, weights = labels_of_kind(kind), weights if weighted else None
        params = {"fit_intercept": fit_intercept, "class_weight": class_weight}
        params |= {"alphas": ALPHAS[1:], "cv": 3 if fit_intercept else KFold(4)}
        mine = RidgeClassifierCV(**params).fit(X, y, weights)
        other = theirs.RidgeClassifierCV(**params).fit(X, y, weights)
        assert mine.alpha_ == other.alpha_
        assert mine.best_score_ == pytest.approx(other.best_score_, rel=1e-12)
        assert_same_model(mine, other, X)


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_array", "coo_array"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_sparse_input_is_as_good_as_dense(kind, dtype):
    X, y, weights = make_data()
    X = np.round(2 * X).astype(dtype)
    for model in (
        RidgeClassifier(),
        RidgeClassifierCV(ALPHAS),
        RidgeClassifierCV(cv=3),
    ):
        dense = clone(model).fit(X, y, weights)
        thin = clone(model).fit(getattr(sparse, kind)(X), y, weights)
        assert thin.coef_.dtype == dense.coef_.dtype
        assert_allclose(thin.coef_, dense.coef_, rtol=1e-5, atol=1e-7)
        assert_array_equal(thin.predict(getattr(sparse, kind)(X)), dense.predict(X))
        assert dense.coef_.dtype == (np.float32 if dtype is np.float32 else float)


def test_sparse_labels_are_scikit_learns():
    X, y = make_data()[0], labels_of_kind("sparse multilabel")
    mine = RidgeClassifier().fit(X, y)
    other = theirs.RidgeClassifier(solver="svd").fit(X, y)
    assert_allclose(mine.coef_, other.coef_, rtol=1e-8, atol=1e-9)
    assert_array_equal(mine.predict(X).toarray(), other.predict(X).toarray())
    for cv in (None, 3):
        for scoring in (None, "f1_macro"):
            thin = RidgeClassifierCV(ALPHAS, cv=cv, scoring=scoring).fit(X, y)
            dense = clone(thin).fit(X, y.toarray())
            assert thin.best_score_ == dense.best_score_


@pytest.mark.parametrize("classes", [2, 3])
def test_is_ridge_on_minus_one_and_one(classes):
    X, y, weights = make_data()
    y = y.clip(max=classes - 1)
    codes = 2.0 * (y[:, None] == np.arange(classes)) - 1.0
    codes = codes[:, 1] if classes == 2 else codes
    model = RidgeClassifier(3.0).fit(X, y, weights)
    ridge = Ridge(3.0).fit(X, codes, weights)
    assert_array_equal(model.coef_, ridge.coef_)
    assert_allclose(model.residual_, ridge.residual_, atol=1e-13)
    assert np.max(model.dual_gap_) < 1e-8


@pytest.mark.parametrize("estimator", [RidgeClassifier(0.7), RidgeClassifierCV(cv=3)])
def test_class_weights_multiply_the_weights_of_samples(estimator):
    X, y, weights = make_data()
    by_class = {0: 2.0, 2: 0.5}  # a class that isn't named counts once
    factors = np.array([2.0, 1.0, 0.5])[y]
    model = clone(estimator).set_params(class_weight=by_class).fit(X, y, weights)
    expected = clone(estimator).fit(X, y, factors * weights)
    assert_allclose(model.coef_, expected.coef_, rtol=1e-9)


def test_class_weights_repeat_the_samples_of_a_class():
    X, y, _ = make_data()
    rows = np.repeat(np.arange(60), np.array([3, 1, 2])[y])
    model = RidgeClassifier(class_weight={0: 3, 1: 1, 2: 2}).fit(X, y)
    repeated = RidgeClassifier().fit(X[rows], y[rows])
    assert_allclose(model.coef_, repeated.coef_, rtol=1e-9)
    assert_allclose(model.intercept_, repeated.intercept_, rtol=1e-9)


def test_a_class_without_weight_is_never_predicted():
    X, y, _ = make_data()
    for model in (
        RidgeClassifier(class_weight={1: 0}),
        RidgeClassifierCV(class_weight={1: 0}),
        RidgeClassifierCV(class_weight={1: 0}, cv=3),
    ):
        model.fit(X, y)
        assert_array_equal(model.classes_, [0, 1, 2])
        assert set(model.predict(X)) == {0, 2}
        others = RidgeClassifier(getattr(model, "alpha_", 1.0)).fit(
            X[y != 1], y[y != 1]
        )
        assert_allclose(model.coef_[2], others.coef_, rtol=1e-8)
    weights = np.where(y == 0, 1.0, 0.0)
    only = RidgeClassifier().fit(X, y, weights)
    assert_array_equal(only.predict(X), np.zeros(60))


@pytest.mark.parametrize("estimator", [RidgeClassifier(), RidgeClassifierCV()])
class TestErrors:
    @pytest.mark.parametrize("label", ["a", 3, True])
    def test_one_class(self, estimator, label):
        X = make_data()[0]
        with pytest.raises(ValueError, match=f"has only one class: {label!r}$"):
            clone(estimator).fit(X, np.full(60, label))

    @pytest.mark.parametrize("value", ["other", 1, [1.0, 2.0]])
    def test_class_weight(self, estimator, value):
        X, y, _ = make_data()
        with pytest.raises(ValueError, match="class_weight") as error:
            clone(estimator).set_params(class_weight=value).fit(X, y)
        assert isinstance(error.value, TypeError)

    def test_class_weights_that_leave_nothing(self, estimator):
        X, y, _ = make_data()
        nothing = clone(estimator).set_params(class_weight={0: 0, 1: 0, 2: 0})
        with pytest.raises(ValueError, match="zero for every row"):
            nothing.fit(X, y)
        with pytest.raises(ValueError, match=">= 0"):
            clone(estimator).set_params(class_weight={0: -1}).fit(X, y)

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ({"y": np.linspace(0.0, 1.0, 60)}, "(?i)unknown label type"),
            ({"y": np.tile([[0, 1, 2]], (60, 1))}, "(?i)multioutput|multiclass"),
            ({"y": np.full(60, np.nan)}, "NaN"),
            ({"y": np.zeros(59, int)}, "inconsistent numbers of samples"),
            ({"X": np.full((60, 6), np.inf)}, "inf in column 0, first at row 0"),
            ({"X": np.full((60, 6), "1.0")}, "text"),
            ({"sample_weight": np.ones(59)}, r"shape \(59,\) but X has 60"),
            ({"sample_weight": np.zeros(60)}, "zero for every row"),
        ],
    )
    def test_data(self, estimator, bad, message):
        X, y, _ = make_data()
        with pytest.raises(ValueError, match=message):
            clone(estimator).fit(**{"X": X, "y": y, **bad})

    def test_a_column_of_labels_is_said(self, estimator):
        X, y, _ = make_data()
        with pytest.warns(DataConversionWarning):
            model = clone(estimator).fit(X, y[:, None])
        assert_array_equal(model.coef_, clone(estimator).fit(X, y).coef_)

    def test_prediction_needs_a_fit(self, estimator):
        for method in ("predict", "decision_function"):
            with pytest.raises(NotFittedError):
                getattr(clone(estimator), method)([[1.0]])


BAD_PARAMETERS = [
    *[(RidgeClassifier, "alpha", value) for value in (-1, np.nan, "1", None)],
    *[(RidgeClassifier, "solver", value) for value in ("other", None)],
    (RidgeClassifier, "tol", -1),
    (RidgeClassifier, "max_iter", 0),
    *[(RidgeClassifierCV, "alphas", value) for value in ([-1.0], "1", [0.0, 1.0])],
    (RidgeClassifierCV, "scoring", "other"),
    (RidgeClassifierCV, "cv", 1),
    (RidgeClassifierCV, "store_cv_results", 1),
]


@pytest.mark.parametrize(("kind", "name", "value"), BAD_PARAMETERS)
def test_bad_parameters_raise_the_same_exceptions(kind, name, value):
    X, y, _ = make_data()
    with pytest.raises((ValueError, TypeError)):
        getattr(theirs, kind.__name__)(**{name: value}).fit(X, y)
    with pytest.raises(ValueError, match=name) as error:
        kind(**{name: value}).fit(X, y)
    assert isinstance(error.value, TypeError)


@functools.cache
def leave_each_out(kind: str, weighted: bool, alpha: float) -> Any:
    """Labels that models predict which are fitted without each sample."""
    X, _, weights = make_data()
    y, weights = labels_of_kind(kind), weights if weighted else np.ones(60)
    found = np.empty_like(y)
    for i in range(len(y)):
        left = weights.copy()
        left[i] = 0.0
        found[i] = RidgeClassifier(alpha).fit(X, y, left).predict(X[i : i + 1])[0]
    return found


@pytest.mark.parametrize("kind", ["two texts", "text", "multilabel"])
@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro"])
@pytest.mark.parametrize("weighted", [True, False])
def test_leave_one_out_scores_are_those_of_refits(kind, scoring, weighted):
    X, _, weights = make_data()
    y, weights = labels_of_kind(kind), weights if weighted else np.ones(60)
    model = RidgeClassifierCV(ALPHAS, scoring=scoring)
    model.fit(X, y, weights if weighted else None)
    scores = []
    for alpha in ALPHAS:
        labels = leave_each_out(kind, weighted, alpha)
        if scoring == "accuracy":
            scores.append(accuracy_score(y, labels, sample_weight=weights))
        else:
            options = {"average": "macro", "sample_weight": weights}
            scores.append(f1_score(y, labels, **options))
    assert model.alpha_ == ALPHAS[int(np.argmax(scores))]
    assert model.best_score_ == pytest.approx(max(scores), rel=1e-12)


def test_leave_one_out_accuracy_of_three_classes_is_scikit_learns():
    X, y, _ = make_data()
    for scoring in ("accuracy", "balanced_accuracy", "f1_macro"):
        mine = RidgeClassifierCV(ALPHAS, scoring=scoring).fit(X, y)
        other = theirs.RidgeClassifierCV(ALPHAS, scoring=scoring).fit(X, y)
        assert mine.alpha_ == other.alpha_
        assert mine.best_score_ == pytest.approx(other.best_score_, rel=1e-12)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("scoring", [None, "f1_macro", "roc_auc"])
def test_folds_that_lack_classes_equal_a_grid_search(fit_intercept, scoring):
    X, y, _ = make_data()
    if scoring == "roc_auc":
        y = y.clip(max=1)
        cv = list(KFold(4).split(X))
    else:
        without_2, without_0 = np.flatnonzero(y != 2), np.flatnonzero(y != 0)
        cv = [(without_2, np.arange(60)), (without_0, np.arange(0, 60, 2))]
        cv.append((np.arange(0, 60, 2), np.arange(1, 60, 2)))
    model = RidgeClassifierCV(ALPHAS, cv=cv, scoring=scoring)
    model.set_params(fit_intercept=fit_intercept).fit(X, y)
    search = GridSearchCV(
        SklearnRidgeClassifier(fit_intercept=fit_intercept, solver="svd"),
        {"alpha": ALPHAS},
        cv=cv,
        scoring=scoring,
    ).fit(X, y)
    assert model.alpha_ == search.best_params_["alpha"]
    assert model.best_score_ == pytest.approx(search.best_score_, rel=1e-12)


def test_folds_of_a_number_are_stratified():
    X, y, _ = make_data()
    number = RidgeClassifierCV(ALPHAS, cv=4).fit(X, y)
    splitter = RidgeClassifierCV(ALPHAS, cv=StratifiedKFold(4)).fit(X, y)
    assert number.best_score_ == splitter.best_score_


def test_a_scorer_that_looks_at_the_model_gets_one():
    X, y, _ = make_data()

    def small(model: Any, X: Any, y: Any) -> float:
        assert model.coef_.shape == (3, X.shape[1])
        return model.score(X, y) - 0.1 * abs(model.coef_).max()

    mine = RidgeClassifierCV(ALPHAS, cv=3, scoring=small).fit(X, y)
    search = GridSearchCV(RidgeClassifier(), {"alpha": ALPHAS}, cv=3, scoring=small)
    assert mine.alpha_ == search.fit(X, y).best_params_["alpha"]
    assert mine.best_score_ == pytest.approx(search.best_score_, rel=1e-9)


def test_an_automatic_grid_is_that_of_ridge_cv():
    X, y, _ = make_data()
    codes = 2.0 * (y[:, None] == np.arange(3)) - 1.0
    model = RidgeClassifierCV(40).fit(X, y)
    ridge = fastreg.RidgeCV(40).fit(X, codes)
    assert_array_equal(model.alphas_, ridge.alphas_)
    assert model.alpha_ == ridge.alpha_
    assert model.df_ == ridge.df_


@pytest.mark.parametrize("name", ["RidgeClassifier", "RidgeClassifierCV"])
class TestInsideScikitLearn:
    def test_signatures(self, name):
        mine, other = getattr(fastreg, name), getattr(theirs, name)

        def parameters(function: Any) -> Any:
            found = inspect.signature(function).parameters.values()
            return [(p.name, p.kind, p.default) for p in found]

        if NEW_SKLEARN:
            assert parameters(mine) == parameters(other)
        for method in ("fit", "predict", "decision_function", "score"):
            names = [
                list(inspect.signature(getattr(kind, method)).parameters)
                for kind in (mine, other)
            ]
            assert names[0] == names[1]

    def test_tags(self, name):
        model = getattr(fastreg, name)()
        tags = get_tags(model)
        assert is_classifier(model)
        assert tags.input_tags.sparse
        assert tags.classifier_tags.multi_label

    def test_pickle(self, name):
        X, y, _ = make_data()
        model = getattr(fastreg, name)().fit(X, y)
        restored = pickle.loads(pickle.dumps(model))  # noqa: S301
        assert_array_equal(restored.predict(X), model.predict(X))

    def test_docstring_names_every_parameter_and_attribute(self, name):
        X, y, _ = make_data()
        params = {"store_cv_results": True} if name.endswith("CV") else {}
        model = getattr(fastreg, name)(**params).fit(X, y)
        text = inspect.getdoc(type(model))
        learned = [n for n in vars(model) if n.endswith("_") and not n.startswith("_")]
        for word in [*model.get_params(), *learned]:
            assert word in text


def test_solvers_and_bounds_are_those_of_ridge():
    X, y, _ = make_data()
    exact = RidgeClassifier().fit(X, y)
    for solver in ("svd", "cholesky", "sag", "saga", "lsqr", "sparse_cg"):
        model = RidgeClassifier(solver=solver, tol=1e-11).fit(X, y)
        assert_allclose(model.coef_, exact.coef_, rtol=1e-7, atol=1e-9)
    positive = RidgeClassifier(positive=True).fit(X, y)
    assert positive.coef_.min() == 0
    assert positive.solver_ == "working_set"
