"""`LogisticRegression`: against scikit-learn, labels, weights, what is refused."""

from __future__ import annotations

import inspect
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.utils import get_tags

import fastreg
from fastreg import LogisticRegression

NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 8)
TIGHT = {"tol": 1e-10}


def make_data(n: int = 80, p: int = 6) -> tuple[Any, Any, Any]:
    """X that isn't centred, two classes of different sizes, weights with a 0."""
    rng = np.random.default_rng(n + p)
    X = rng.normal(size=(n, p)) + rng.normal(size=(n, 1)) + 1.0
    score = X[:, 0] - X[:, 1] + 1.2 * rng.normal(size=n)
    weights = rng.uniform(0.3, 3.0, n)
    weights[5] = 0.0
    return X, (score > 0.5).astype(int), weights


def sklearn_fit(X: Any, y: Any, weights: Any = None, **params: Any) -> Any:
    """scikit-learn's solution, as exact as it can be had."""
    l1_ratio = params.pop("l1_ratio", 0.0)
    if l1_ratio == 0.0:
        how: dict[str, Any] = {"solver": "newton-cholesky", "tol": 1e-12}
    else:
        how = {"solver": "saga", "tol": 1e-14, "max_iter": 200_000}
        if NEW_SKLEARN:
            how["l1_ratio"] = l1_ratio
        else:
            how |= {"penalty": "elasticnet", "l1_ratio": l1_ratio}
    return theirs.LogisticRegression(**how, **params).fit(X, y, weights)


def assert_same_model(mine: Any, other: Any, X: Any, atol: float = 1e-6) -> None:
    assert_array_equal(mine.classes_, other.classes_)
    assert mine.classes_.dtype == other.classes_.dtype
    for name in ("coef_", "intercept_"):
        a, b = getattr(mine, name), getattr(other, name)
        assert type(a) is type(b), name
        assert np.shape(a) == np.shape(b), name
        assert a.dtype == b.dtype, name
        assert_allclose(a, b, atol=atol)
    assert mine.n_iter_.shape == other.n_iter_.shape
    assert_allclose(
        mine.decision_function(X), other.decision_function(X), atol=50 * atol
    )
    assert_allclose(mine.predict_proba(X), other.predict_proba(X), atol=10 * atol)
    assert_array_equal(mine.predict(X), other.predict(X))
    assert mine.predict(X).dtype == other.predict(X).dtype


class TestParity:
    @pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    @pytest.mark.parametrize("weighted", [True, False])
    def test_ridge(self, C, fit_intercept, weighted):
        X, y, w = make_data()
        weights = w if weighted else None
        params = {"C": C, "fit_intercept": fit_intercept}
        mine = LogisticRegression(**params, **TIGHT).fit(X, y, weights)
        assert_same_model(mine, sklearn_fit(X, y, weights, **params), X)

    @pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
    @pytest.mark.parametrize("C", [0.2, 1.0])
    def test_with_l1(self, l1_ratio, C):
        X, y, _ = make_data(60, 4)
        X = (X - X.mean(0)) / X.std(0)
        params = {"C": C, "l1_ratio": l1_ratio}
        mine = LogisticRegression(**params, **TIGHT).fit(X, y)
        assert_same_model(mine, sklearn_fit(X, y, **params), X, atol=1e-5)

    @pytest.mark.parametrize("C", [0.05, 1.0])
    def test_liblinear_without_an_intercept(self, C):
        X, y, w = make_data()
        how: dict[str, Any] = {"l1_ratio": 1.0} if NEW_SKLEARN else {"penalty": "l1"}
        params = {"C": C, "fit_intercept": False}
        other = theirs.LogisticRegression(
            solver="liblinear", tol=1e-12, max_iter=100_000, **how, **params
        ).fit(X, y, w)
        mine = LogisticRegression(l1_ratio=1.0, **params, **TIGHT).fit(X, y, w)
        assert_allclose(mine.coef_, other.coef_, atol=1e-6)
        assert np.any(mine.coef_ == 0.0)

    @pytest.mark.parametrize(
        "class_weight", ["balanced", {0: 3.0}, {0: 0.5, 1: 2.0}, {}]
    )
    @pytest.mark.parametrize("weighted", [True, False])
    def test_class_weights(self, class_weight, weighted):
        X, y, w = make_data()
        weights = w if weighted else None
        if class_weight == "balanced" and weighted and not NEW_SKLEARN:
            pytest.skip("older versions balance without the weights of samples")
        params = {"class_weight": class_weight}
        mine = LogisticRegression(**params, **TIGHT).fit(X, y, weights)
        assert_same_model(mine, sklearn_fit(X, y, weights, **params), X)

    def test_defaults_are_close_enough(self):
        X, y, _ = make_data()
        mine = LogisticRegression().fit(X, y)
        exact = LogisticRegression(**TIGHT).fit(X, y)
        default = theirs.LogisticRegression().fit(X, y)
        mine_off = np.abs(mine.coef_ - exact.coef_).max()
        assert mine_off <= max(1e-6, np.abs(default.coef_ - exact.coef_).max())

    def test_no_penalty(self):
        X, y, _ = make_data()
        mine = LogisticRegression(C=np.inf, **TIGHT).fit(X, y)
        other = theirs.LogisticRegression(C=1e12, tol=1e-12, solver="newton-cholesky")
        assert_allclose(mine.coef_, other.fit(X, y).coef_, atol=1e-6)

    def test_signature(self):
        mine = inspect.signature(LogisticRegression).parameters
        other = inspect.signature(theirs.LogisticRegression).parameters
        for name, parameter in other.items():
            if name == "multi_class":  # gone since 1.8
                continue
            assert name in mine
            assert mine[name].kind == parameter.kind
            if NEW_SKLEARN:
                assert mine[name].default == parameter.default
        own = ["standardize", "penalty_factor", "lower_bounds", "upper_bounds"]
        assert list(mine)[-4:] == own


@pytest.mark.parametrize("penalty", ["l1", "l2", "elasticnet", None])
def test_a_penalty_is_deprecated_and_followed(penalty):
    X, y, _ = make_data()
    with pytest.warns(FutureWarning, match="penalty is deprecated") as caught:
        model = LogisticRegression(penalty, l1_ratio=0.3, **TIGHT).fit(X, y)
    assert caught[0].filename == __file__
    mix = {"l1": 1.0, "l2": 0.0, "elasticnet": 0.3, None: 0.0}[penalty]
    C = np.inf if penalty is None else 1.0
    expected = LogisticRegression(C=C, l1_ratio=mix, **TIGHT).fit(X, y)
    assert_allclose(model.coef_, expected.coef_, atol=1e-7)


def test_l1_ratio_of_none_is_deprecated():
    X, y, _ = make_data()
    with pytest.warns(FutureWarning, match="l1_ratio=None is deprecated"):
        model = LogisticRegression(l1_ratio=None).fit(X, y)
    assert_array_equal(model.coef_, LogisticRegression().fit(X, y).coef_)


@pytest.mark.parametrize(
    "solver", ["lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"]
)
def test_solver_makes_no_difference(solver):
    X, y, _ = make_data()
    model = LogisticRegression(
        solver=solver, l1_ratio=0.7, dual=True, n_jobs=2, verbose=1, random_state=0
    )
    expected = LogisticRegression(l1_ratio=0.7).fit(X, y)
    assert_array_equal(model.fit(X, y).coef_, expected.coef_)


KINDS = {
    "list": lambda y: ["yes" if one else "no" for one in y],
    "text": lambda y: np.where(y, "yes", "no"),
    "object": lambda y: np.where(y, "yes", "no").astype(object),
    "float": lambda y: y * 2.0 - 1.0,
    "bool": lambda y: y == 1,
    "uint8": lambda y: y.astype(np.uint8),
    "two ints": lambda y: 5 - 3 * y,
}


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_any_type(kind):
    X, codes, _ = make_data()
    y = KINDS[kind](codes)
    mine = LogisticRegression(**TIGHT).fit(X, y)
    assert_same_model(mine, sklearn_fit(X, y), X)
    assert mine.score(X, y) > 0.6


def test_labels_in_a_column_are_told():
    X, y, _ = make_data()
    with pytest.warns(DataConversionWarning):
        model = LogisticRegression().fit(X, y[:, None])
    assert_array_equal(model.coef_, LogisticRegression().fit(X, y).coef_)


def test_probabilities_are_exact_at_both_ends():
    X, y, _ = make_data()
    model = LogisticRegression().fit(X, y)
    far = np.array([[1e3], [-1e3], [20.0]]) * model.coef_ / (model.coef_**2).sum()
    decision = model.decision_function(far)
    shares, logs = model.predict_proba(far), model.predict_log_proba(far)
    assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-15)
    assert np.all(np.isfinite(logs))
    assert_allclose(logs[0], [-decision[0], 0.0], rtol=1e-12)
    assert_allclose(logs[1], [0.0, decision[1]], rtol=1e-12)
    assert_allclose(np.exp(logs[2]), shares[2], rtol=1e-12)


def test_sparsify_and_densify():
    X, y, _ = make_data()
    model = LogisticRegression(C=0.1, l1_ratio=1.0).fit(X, y)
    dense = model.coef_.copy()
    expected = model.predict_proba(X), model.predict_proba(sparse.csr_matrix(X))
    assert model.sparsify() is model
    assert sparse.issparse(model.coef_)
    assert_array_equal(model.predict_proba(X), expected[0])
    assert_array_equal(model.predict_proba(sparse.csr_matrix(X)), expected[1])
    assert_array_equal(model.sparsify().densify().coef_, dense)
    model.sparsify().set_params(warm_start=True).fit(X, y)
    assert_allclose(model.coef_, dense, atol=1e-4)
    with pytest.raises(NotFittedError):
        LogisticRegression().sparsify()


def test_warm_start():
    X, y, _ = make_data()
    model = LogisticRegression(warm_start=True, **TIGHT).fit(X, y)
    first, count = model.coef_.copy(), model.n_iter_[0]
    model.fit(X, y)
    assert_allclose(model.coef_, first, atol=1e-9)
    assert model.n_iter_[0] <= count
    with pytest.raises(ValueError, match=r"shape \(1, 6\), the new data ask for"):
        model.fit(X[:, :4], y)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("weighted", [True, False])
def test_gap_is_certified(l1_ratio, weighted):
    X, y, w = make_data()
    weights = w if weighted else None
    factor = np.array([0.0, 1.0, 2.0, np.inf, 0.5, 1.0])
    model = LogisticRegression(
        C=0.3,
        l1_ratio=l1_ratio,
        standardize=True,
        penalty_factor=factor,
        lower_bounds=-0.2,
        upper_bounds={1: 0.1},
        tol=1e-6,
    ).fit(X, y, weights)
    total = w.sum() if weighted else len(y)
    audit = fastreg.certify(
        X,
        y,
        model.coef_,
        model.intercept_,
        alpha=1 / (0.3 * total),
        family="binomial",
        l1_ratio=l1_ratio,
        sample_weight=weights,
        penalty_factor=factor,
        lower_bounds=-0.2,
        upper_bounds={1: 0.1},
    )
    assert audit.relative_gap <= 1e-9
    assert_allclose(model.dual_gap_, audit.dual_gap, atol=1e-12)
    assert model.coef_[0, 3] == 0.0
    assert model.coef_.min() >= -0.2


def test_weights_are_repetitions():
    X, y, _ = make_data()
    times = np.random.default_rng(0).integers(0, 4, len(y))
    weighted = LogisticRegression(**TIGHT).fit(X, y, times)
    repeated = LogisticRegression(**TIGHT).fit(X.repeat(times, 0), y.repeat(times))
    assert_allclose(weighted.coef_, repeated.coef_, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("kind", ["dense", "csr_matrix", "csc_array"])
def test_storages(dtype, kind):
    X, y, _ = make_data()
    X = np.round(X).astype(dtype)
    given = X if kind == "dense" else getattr(sparse, kind)(X)
    model = LogisticRegression(**TIGHT).fit(given, y)
    expected = LogisticRegression(**TIGHT).fit(X.astype(np.float64), y)
    assert model.coef_.dtype == (np.float32 if dtype is np.float32 else np.float64)
    assert model.intercept_.dtype == model.coef_.dtype
    assert_allclose(model.coef_, expected.coef_, atol=1e-6)
    assert_allclose(model.predict_proba(given), expected.predict_proba(X), atol=1e-5)


BAD_PARAMETERS = [
    *[("C", value) for value in (0, -1.0, np.nan, "1", None)],
    *[("l1_ratio", value) for value in (-0.1, 1.1, "x")],
    *[("tol", value) for value in (-1e-3, "x", None)],
    *[("max_iter", value) for value in (-1, 1.5, "x")],
    *[("solver", value) for value in ("other", 1)],
    *[("class_weight", value) for value in ("other", 3)],
    *[("fit_intercept", value) for value in (1, "yes")],
    *[("dual", value) for value in (1, "yes")],
    *[("warm_start", value) for value in (1, "yes")],
    *[("random_state", value) for value in (-1, "x")],
    *[("intercept_scaling", value) for value in (-1, "x")],
]


@pytest.mark.parametrize(("parameter", "value"), BAD_PARAMETERS)
def test_bad_parameters_raise_the_same_exceptions(parameter, value):
    X, y, _ = make_data()
    for module in (fastreg, theirs):
        model = module.LogisticRegression(**{parameter: value})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(ValueError, match=parameter) as error:
                model.fit(X, y)
        assert isinstance(error.value, TypeError)


def test_bad_penalties_are_named():
    X, y, _ = make_data()
    with pytest.raises(ValueError, match="penalty of LogisticRegression must be one"):
        LogisticRegression("l3").fit(X, y)
    with pytest.raises(ValueError, match="penalty_factor must be >= 0"):
        LogisticRegression(penalty_factor=-1).fit(X, y)
    with pytest.raises(ValueError, match="lower_bounds is above upper_bounds"):
        LogisticRegression(lower_bounds=1, upper_bounds=0).fit(X, y)
    with pytest.raises(TypeError, match="standardize"):
        LogisticRegression(standardize=1).fit(X, y)


BAD_LABELS = [
    (np.ones(80), "samples of at least 2 classes, but y has only one class: 1"),
    (np.linspace(0, 1, 80), "continuous"),
    (np.full(80, np.nan), "NaN"),
    (np.ones((80, 2), dtype=int), "1d array|y should be a 1d|multi"),
    (np.ones(79), "inconsistent numbers of samples"),
]


@pytest.mark.parametrize(("y", "message"), BAD_LABELS)
def test_bad_labels_are_value_errors(y, message):
    with pytest.raises(ValueError, match=message):
        LogisticRegression().fit(make_data()[0], y)


def test_a_class_without_weight_is_an_error():
    X, y, _ = make_data()
    message = "all of the class 0 have a weight of 0"
    with pytest.raises(ValueError, match=message):
        LogisticRegression().fit(X, y, y.astype(float))
    with pytest.raises(ValueError, match=message):
        LogisticRegression(class_weight={0: 0.0}).fit(X, y)


def three_classes() -> tuple[Any, Any, Any]:
    X, y, weights = make_data()
    return X, np.array(["a", "b", "c"])[y + (X[:, 2] > 1.0)], weights


class TestMoreClasses:
    @pytest.mark.parametrize("C", [0.05, 1.0])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    @pytest.mark.parametrize("weighted", [True, False])
    @pytest.mark.parametrize("class_weight", [None, "balanced"])
    def test_ridge(self, C, fit_intercept, weighted, class_weight):
        X, y, w = three_classes()
        weights = w if weighted else None
        if class_weight and weighted and not NEW_SKLEARN:
            pytest.skip("older versions balance without the weights of samples")
        params = {"C": C, "fit_intercept": fit_intercept, "class_weight": class_weight}
        mine = LogisticRegression(**params, **TIGHT).fit(X, y, weights)
        other = theirs.LogisticRegression(tol=1e-10, max_iter=10_000, **params)
        other.fit(X, y, weights)
        # Its intercepts have any sum where it isn't kept at 0.
        other.intercept_ -= other.intercept_.mean()
        assert_same_model(mine, other, X, atol=3e-6)
        logs = mine.predict_log_proba(X)
        assert_allclose(logs, other.predict_log_proba(X), atol=1e-4)

    @pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
    def test_gap_is_certified(self, l1_ratio):
        X, y, w = three_classes()
        model = LogisticRegression(C=0.2, l1_ratio=l1_ratio, tol=1e-6).fit(X, y, w)
        audit = fastreg.certify(
            X,
            y,
            model.coef_,
            model.intercept_,
            alpha=1 / (0.2 * w.sum()),
            family="multinomial",
            l1_ratio=l1_ratio,
            standardize=False,
            sample_weight=w,
        )
        assert audit.relative_gap <= 1e-9
        assert_allclose(model.intercept_.sum(), 0.0, atol=1e-12)

    def test_warm_start_and_sparse_coefficients(self):
        X, y, _ = three_classes()
        model = LogisticRegression(C=0.1, l1_ratio=1.0, warm_start=True).fit(X, y)
        dense = model.coef_.copy()
        shares = model.predict_proba(X)
        assert_array_equal(model.sparsify().predict_proba(X), shares)
        assert_allclose(model.fit(X, y).coef_, dense, atol=1e-6)
        with pytest.raises(ValueError, match=r"ask for \(1, 6\)"):
            model.fit(X, y == "a")

    def test_separation_is_told(self):
        X = np.repeat(np.eye(3), 4, axis=0)
        y = np.repeat(["a", "b", "c"], 4)
        with pytest.warns(fastreg.SeparationWarning, match="tell all classes apart"):
            model = LogisticRegression(C=np.inf).fit(X, y)
        assert model.score(X, y) == 1.0


def test_one_class_against_the_others():
    X, three, _ = three_classes()
    model = OneVsRestClassifier(LogisticRegression()).fit(X, three)
    assert model.predict_proba(X).shape == (80, 3)


def test_separation_is_told_and_predictions_are_finite():
    X, y, _ = make_data()
    y = (X[:, 0] > 1.0).astype(int)
    with pytest.warns(fastreg.SeparationWarning, match="separates 0 from 1") as caught:
        model = LogisticRegression(C=np.inf).fit(X, y)
    assert caught[0].filename == __file__
    assert np.all(np.isfinite(model.predict_proba(X)))
    assert model.score(X, y) == 1.0
    LogisticRegression(C=1e4).fit(X, y)  # exists, and is found


UNCONVERGED = r"alpha=.*; alpha is 1 / \(C n\), n the sum .*max_iter"


def test_unconverged_is_told():
    X, y, _ = make_data()
    with pytest.warns(fastreg.ConvergenceWarning, match=UNCONVERGED) as caught:
        LogisticRegression(C=1e4, l1_ratio=0.5, max_iter=1, tol=0.0).fit(X, y)
    assert caught[0].filename == __file__


class TestInsideScikitLearn:
    def test_is_a_classifier(self):
        assert is_classifier(LogisticRegression())
        tags = get_tags(LogisticRegression())
        assert tags.input_tags.sparse
        assert tags.classifier_tags.multi_class
        assert not tags.classifier_tags.multi_label

    def test_clone_and_pickle(self):
        X, y, _ = make_data()
        model = LogisticRegression(C=0.5, l1_ratio=1.0).fit(X, y)
        assert clone(model).get_params() == model.get_params()
        restored = pickle.loads(pickle.dumps(model))  # noqa: S301
        assert_array_equal(restored.predict_proba(X), model.predict_proba(X))

    def test_grid_search(self):
        X, y, _ = make_data()
        grid = {"C": [0.01, 1.0], "l1_ratio": [0.0, 1.0]}
        search = GridSearchCV(LogisticRegression(), grid, scoring="neg_log_loss", cv=3)
        other = GridSearchCV(
            theirs.LogisticRegression(tol=1e-9), {"C": [0.01, 1.0]}, cv=3
        ).set_params(scoring="neg_log_loss")
        found = search.fit(X, y).cv_results_["mean_test_score"][::2]
        expected = other.fit(X, y).cv_results_["mean_test_score"]
        assert_allclose(found, expected, atol=1e-3)

    def test_names_of_columns(self):
        pandas = pytest.importorskip("pandas")
        X, y, _ = make_data()
        frame = pandas.DataFrame(X, columns=list("abcdef"))
        model = LogisticRegression(penalty_factor={"a": np.inf}).fit(frame, y)
        assert_array_equal(model.feature_names_in_, list("abcdef"))
        assert model.coef_[0, 0] == 0.0
        assert np.all(model.coef_[0, 1:])

    def test_docstring_names_every_parameter_and_attribute(self):
        X, y, _ = make_data()
        model = LogisticRegression().fit(X, y)
        text = inspect.getdoc(LogisticRegression)
        learned = [n for n in vars(model) if n.endswith("_") and not n.startswith("_")]
        for word in [*model.get_params(), *learned]:
            assert word in text
