"""The estimators inside scikit-learn: its checks and the tools that people use."""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Lasso as SklearnLasso
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import fastreg
from fastreg import (
    ElasticNet,
    ElasticNetCV,
    Lasso,
    LassoCV,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
)
from fastreg.linear_model._base import all_finite

LEGACY: dict[str, Any] = {"use_legacy_attributes": True}
PLAIN: dict[str, Any] = {"use_legacy_attributes": False}
ESTIMATORS = [
    Lasso(),
    Lasso(alpha=0.01, positive=True),
    Lasso(alpha=0.01, warm_start=True, fit_intercept=False),
    Lasso(alpha=0.0),
    ElasticNet(),
    ElasticNet(alpha=0.1, l1_ratio=0.0),
    ElasticNet(alpha=0.1, l1_ratio=0.9, positive=True, selection="random"),
    Ridge(),
    Ridge(alpha=0.0),
    Ridge(positive=True),
    Ridge(solver="svd", fit_intercept=False),
    Ridge(solver="cholesky"),
    Ridge(solver="lsqr", tol=1e-12),
    Ridge(solver="sparse_cg", tol=1e-12),
    Ridge(inference=True),
    RidgeCV(),
    RidgeCV(cv=3),
    RidgeCV([0.1, 1.0], scoring="r2", fit_intercept=False),
    RidgeClassifier(),
    RidgeClassifier(0.0),
    RidgeClassifierCV(),
    RidgeClassifierCV(cv=3),
    RidgeClassifierCV(scoring="accuracy"),
    LassoCV(),
    LassoCV(cv=3, alphas=[1.0, 0.1], positive=True, standardize=True, rule="1se"),
    ElasticNetCV(),
    ElasticNetCV(l1_ratio=[0.1, 1.0], alphas=10, cv=3, fit_intercept=False),
    ElasticNetCV(l1_ratio=0.0, alphas=[1.0, 0.1]),
    LogisticRegression(),
    LogisticRegression(C=0.1, l1_ratio=1.0, warm_start=True),
    LogisticRegression(l1_ratio=0.5, standardize=True),
    LogisticRegression(class_weight="balanced", lower_bounds=-1.0),
    # Some of the checks have three samples of a class.
    LogisticRegressionCV(Cs=3, l1_ratios=(0,), scoring="accuracy", cv=3, **LEGACY),
    LogisticRegressionCV(
        Cs=[1.0, 0.1],
        l1_ratios=[0.5, 1.0],
        scoring="neg_log_loss",
        cv=3,
        class_weight="balanced",
        **PLAIN,
    ),
    LogisticRegressionCV(
        Cs=[1.0], l1_ratios=(0,), scoring="f1_macro", cv=3, refit=False, **PLAIN
    ),
    PoissonRegressor(),
    PoissonRegressor(alpha=0.01, l1_ratio=1.0, warm_start=True),
    PoissonRegressor(alpha=0.1, l1_ratio=0.5, standardize=True),
    MultiTaskLasso(),
    MultiTaskLasso(alpha=0.01, warm_start=True, fit_intercept=False, tol=1e-12),
    MultiTaskElasticNet(alpha=0.1),
    MultiTaskElasticNet(alpha=0.01, l1_ratio=0.9, tol=1e-12, penalty_factor=0.5),
    MultiTaskElasticNet(alpha=0.1, l1_ratio=0.0, standardize=True),
    MultiTaskLassoCV(),
    MultiTaskLassoCV(cv=3, alphas=[1.0, 0.1], standardize=True, rule="1se"),
    MultiTaskElasticNetCV(),
    # One of the checks wants seven digits of fits to other forms of the same rows.
    MultiTaskElasticNetCV(
        l1_ratio=[0.1, 1.0], alphas=10, cv=3, fit_intercept=False, tol=1e-12
    ),
    MultiTaskElasticNetCV(l1_ratio=0.0, alphas=[1.0, 0.1]),
]
# As a decorator this passes a generator in older versions, which pytest warns about.
CHECKS = parametrize_with_checks(ESTIMATORS)
SIMPLE = [Lasso(alpha=0.1), ElasticNet(alpha=0.1), Ridge(), Ridge(positive=True)]


def named(estimator: Any) -> str:
    return repr(estimator)


def spy(name: str, seen: list[Any]) -> Any:
    """The kernel of that name, noting the X that it gets."""
    kernel = getattr(fastreg._core, name)

    def noting(X: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(X)
        return kernel(X, *args, **kwargs)

    return noting


# The checks convert columns to y and skip what needs absent packages, with a warning.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(CHECKS.args[0], list(CHECKS.args[1]), **CHECKS.kwargs)
def test_sklearn_check(estimator, check):
    check(estimator)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 6))
    y = X @ np.array([3.0, 0.0, -2.0, 0.0, 1.0, 0.0]) + rng.normal(size=40) + 5.0
    return X, y


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
class TestInsideScikitLearn:
    def test_is_a_regressor_for_dense_and_sparse_input(self, estimator):
        tags = get_tags(estimator)
        assert is_regressor(estimator)
        assert tags.target_tags.multi_output
        assert tags.target_tags.required
        assert tags.input_tags.sparse

    def test_clone_keeps_parameters_and_drops_the_fit(self, estimator, data):
        fitted = clone(estimator).fit(*data)
        copied = clone(fitted)
        assert copied.get_params() == estimator.get_params()
        assert not hasattr(copied, "coef_")

    def test_fit_does_not_change_parameters(self, estimator, data):
        model = clone(estimator)
        assert model.fit(*data) is model
        assert model.get_params() == estimator.get_params()

    @pytest.mark.parametrize("how", ["pickle", "deepcopy", "joblib"])
    def test_survives_serialisation(self, estimator, data, how, tmp_path: Path):
        model = clone(estimator).fit(*data)
        if how == "pickle":
            restored = pickle.loads(pickle.dumps(model))  # noqa: S301
        elif how == "deepcopy":
            restored = copy.deepcopy(model)
        else:
            joblib = pytest.importorskip("joblib")
            joblib.dump(model, tmp_path / "model.joblib")
            restored = joblib.load(tmp_path / "model.joblib")
        assert_array_equal(restored.predict(data[0]), model.predict(data[0]))
        assert restored.get_params() == model.get_params()

    def test_pipeline_equals_fitting_the_scaled_columns(self, estimator, data):
        X, y = data
        pipeline = make_pipeline(StandardScaler(), clone(estimator)).fit(X, y)
        scaled = StandardScaler().fit_transform(X)
        direct = clone(estimator).fit(scaled, y)
        assert_allclose(pipeline[-1].coef_, direct.coef_, rtol=1e-12)
        assert_allclose(pipeline.predict(X), direct.predict(scaled), rtol=1e-12)

    def test_grid_search_chooses_by_cross_validation(self, estimator, data):
        X, y = data
        grid = {"alpha": [1e-3, 1e-1, 1e3]}
        search = GridSearchCV(clone(estimator), grid, cv=4).fit(X, y)
        scores = [
            cross_val_score(clone(estimator).set_params(alpha=alpha), X, y, cv=4).mean()
            for alpha in grid["alpha"]
        ]
        assert_allclose(search.cv_results_["mean_test_score"], scores, rtol=1e-10)
        assert search.best_params_["alpha"] == grid["alpha"][int(np.argmax(scores))]
        assert search.best_score_ > 0.3

    def test_cross_val_predict_equals_a_loop(self, estimator, data):
        X, y = data
        found = cross_val_predict(clone(estimator), X, y, cv=4)
        folds = np.array_split(np.arange(len(y)), 4)
        for fold in folds:
            train = np.setdiff1d(np.arange(len(y)), fold)
            model = clone(estimator).fit(X[train], y[train])
            assert_allclose(found[fold], model.predict(X[fold]), rtol=1e-10)

    def test_grid_search_in_processes(self, estimator, data):
        search = GridSearchCV(clone(estimator), {"alpha": [0.1, 1.0]}, cv=2, n_jobs=2)
        one = GridSearchCV(clone(estimator), {"alpha": [0.1, 1.0]}, cv=2)
        assert_array_equal(
            search.fit(*data).cv_results_["mean_test_score"],
            one.fit(*data).cv_results_["mean_test_score"],
        )

    def test_multi_output_regressor_equals_two_targets(self, estimator, data):
        X, y = data
        Y = np.column_stack([y, X[:, 0] - y])
        wrapped = MultiOutputRegressor(clone(estimator)).fit(X, Y)
        together = clone(estimator).fit(X, Y)
        assert together.coef_.shape == (2, 6)
        assert together.intercept_.shape == (2,)
        assert_allclose(wrapped.predict(X), together.predict(X), rtol=1e-8, atol=1e-8)

    def test_sample_weight_is_routed(self, estimator, data):
        X, y = data
        weights = np.linspace(0.1, 2.0, len(y))
        with sklearn.config_context(enable_metadata_routing=True):
            model = clone(estimator).set_fit_request(sample_weight=True)
            routed = Pipeline([("model", model)]).fit(X, y, sample_weight=weights)
        direct = clone(estimator).fit(X, y, sample_weight=weights)
        assert_array_equal(routed[-1].coef_, direct.coef_)

    def test_html_representation(self, estimator):
        assert type(estimator).__name__ in estimator._repr_html_()

    def test_predict_before_fit(self, estimator):
        with pytest.raises(NotFittedError, match="not fitted"):
            clone(estimator).predict([[1.0]])

    def test_read_only_and_memory_mapped_arrays(self, estimator, data, tmp_path: Path):
        X, y = data
        expected = clone(estimator).fit(X, y).coef_
        np.save(tmp_path / "X.npy", X)
        mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
        frozen = X.copy(order="F")
        frozen.flags.writeable = False
        y.flags.writeable = False
        for form in (mapped, frozen):
            assert_allclose(clone(estimator).fit(form, y).coef_, expected, rtol=1e-12)

    def test_arguments_are_left_as_they_were(self, estimator, data):
        X, y = (np.asfortranarray(array) for array in data)
        weights = np.linspace(0.5, 1.5, len(y))
        before = X.copy(), y.copy(), weights.copy()
        model = clone(estimator).set_params(copy_X=False)
        model.fit(X, y, sample_weight=weights).predict(X)
        for array, saved in zip((X, y, weights), before, strict=True):
            assert_array_equal(array, saved)

    @pytest.mark.parametrize("kind", ["csr_matrix", "csc_array", "coo_array"])
    @pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
    def test_sparse_input_is_as_good_as_dense(self, estimator, data, kind, dtype):
        X, y = np.round(data[0]).astype(dtype), data[1]
        sparse_X = getattr(sparse, kind)(X)
        model, dense = clone(estimator).fit(sparse_X, y), clone(estimator).fit(X, y)
        assert model.coef_.dtype == dense.coef_.dtype
        assert_allclose(model.coef_, dense.coef_, rtol=1e-5, atol=1e-7)
        assert_allclose(model.predict(sparse_X), dense.predict(X), rtol=1e-5)

    @pytest.mark.parametrize("form", ["C", "F", "read-only", "memory-mapped"])
    def test_float64_reaches_the_kernel_without_a_copy(
        self, estimator, data, form, tmp_path: Path, monkeypatch
    ):
        X, y = data
        given = X.copy(order="F" if form == "F" else "C")
        if form == "memory-mapped":
            np.save(tmp_path / "X.npy", X)
            given = np.load(tmp_path / "X.npy", mmap_mode="r")
        given.flags.writeable = form in "CF"
        seen = []
        for name in ("elastic_net_path", "ridge_path"):
            monkeypatch.setattr(fastreg._core, name, spy(name, seen))
        clone(estimator).set_params(copy_X=True).fit(given, y)
        assert len(seen) == 1
        assert np.shares_memory(seen[0], given)

    @pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint8, bool])
    @pytest.mark.parametrize("kind", ["C", "F", "strided", "csc_array", "csc_matrix"])
    def test_other_types_reach_the_kernel_without_a_copy(
        self, estimator, data, dtype, kind, monkeypatch
    ):
        X, y = np.round(np.abs(data[0])).astype(dtype), data[1]
        given = np.repeat(X, 2, axis=1)[:, ::2] if kind == "strided" else X
        if kind in "CF":
            given = np.array(X, order=kind)
        if kind.startswith("csc"):
            given = getattr(sparse, kind)(X)
        seen = []
        for name in ("elastic_net_path", "ridge_path"):
            monkeypatch.setattr(fastreg._core, name, spy(name, seen))
        model = clone(estimator).fit(given, y)
        if not kind.startswith("csc"):
            assert np.shares_memory(seen[0], given)
        elif dtype is np.float32:  # scikit-learn's check converts other types
            assert np.shares_memory(seen[0][0], given.data)
        assert model.coef_.dtype == (np.float32 if dtype is np.float32 else np.float64)
        expected = clone(estimator).fit(X.astype(np.float64), y)
        assert_allclose(model.coef_, expected.coef_, rtol=1e-4, atol=1e-5)
        assert_allclose(model.predict(given), expected.predict(X), rtol=1e-3, atol=1e-4)

    @pytest.mark.parametrize("order", ["C", "F"])
    @pytest.mark.parametrize("step", [1, 2])
    def test_memory_layout_does_not_matter(self, estimator, data, order, step):
        X, y = data
        wide = np.zeros((step * len(y), X.shape[1]), order=order)
        wide[::step] = X
        model = clone(estimator).fit(wide[::step], y)
        assert_allclose(model.coef_, clone(estimator).fit(X, y).coef_, rtol=1e-10)


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
class TestFeatureNames:
    @pytest.fixture
    def frame(self, data):
        pandas = pytest.importorskip("pandas")
        return pandas.DataFrame(data[0], columns=list("abcdef"))

    def test_are_kept_from_pandas(self, estimator, data, frame):
        X, y = data
        model = clone(estimator).fit(frame, y)
        assert_array_equal(model.feature_names_in_, list("abcdef"))
        assert_allclose(model.coef_, clone(estimator).fit(X, y).coef_, rtol=1e-12)
        assert_allclose(model.predict(frame), X @ model.coef_ + model.intercept_)

    def test_are_compared_in_predict(self, estimator, data, frame):
        model = clone(estimator).fit(frame, data[1])
        with pytest.raises(ValueError, match="feature names"):
            model.predict(frame[list("bacdef")])
        with pytest.warns(UserWarning, match="does not have valid feature names"):
            model.predict(data[0])

    def test_are_forgotten_by_a_fit_without_names(self, estimator, data, frame):
        model = clone(estimator).fit(frame, data[1]).fit(*data)
        assert not hasattr(model, "feature_names_in_")

    def test_set_output_reaches_the_last_step(self, estimator, data, frame):
        pipeline = make_pipeline(StandardScaler(), clone(estimator))
        pipeline.set_output(transform="pandas").fit(frame, data[1])
        assert_array_equal(pipeline[-1].feature_names_in_, list("abcdef"))

    def test_appear_in_the_error_about_nan(self, estimator, data, frame):
        frame.loc[3, "c"] = np.nan
        with pytest.raises(
            ValueError, match=r"NaN in column 2 \('c'\), first at row 3"
        ):
            clone(estimator).fit(frame, data[1])

    def test_are_kept_from_polars(self, estimator, data):
        polars = pytest.importorskip("polars")
        frame = polars.DataFrame(data[0], schema=list("abcdef"))
        model = clone(estimator).fit(frame, data[1])
        expected = clone(estimator).fit(*data)
        assert_allclose(model.coef_, expected.coef_, rtol=1e-12)
        # Before 1.9 scikit-learn asked for an interface that polars 2 has dropped.
        if tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9):
            assert_array_equal(model.feature_names_in_, list("abcdef"))


BAD_DATA = [
    ({"X": np.zeros((0, 6))}, "minimum of 1 is required"),
    ({"X": np.zeros((40, 0))}, "minimum of 1 is required"),
    ({"X": np.zeros(40)}, "Expected 2D array"),
    ({"X": np.zeros((40, 6), dtype=complex)}, "Complex data"),
    ({"X": np.full((40, 6), "1.0")}, "text"),
    ({"X": np.full((40, 6), np.inf)}, "inf in column 0, first at row 0"),
    ({"y": np.zeros(39)}, "inconsistent numbers of samples"),
    ({"y": np.full(40, np.nan)}, "y contains NaN"),
    ({"y": np.resize([np.inf, -np.inf], 40)}, "y contains infinity"),
    ({"y": np.full(40, "1.0")}, "real numbers"),
    ({"y": np.zeros(40, dtype=complex)}, "(?i)complex|real numbers"),
    ({"y": np.zeros((40, 2, 2))}, "dim|shape"),
    ({"sample_weight": np.ones(39)}, r"shape \(39,\) but X has 40"),
    ({"sample_weight": np.ones((40, 1))}, r"shape \(40, 1\) but X has 40"),
    ({"sample_weight": np.zeros(40)}, "zero for every row"),
    ({"sample_weight": -np.ones(40)}, ">= 0"),
    ({"sample_weight": np.full(40, np.nan)}, "sample_weight has NaN"),
]


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
@pytest.mark.parametrize(("bad", "message"), BAD_DATA)
def test_bad_data_are_value_errors(estimator, data, bad, message):
    arguments = {"X": data[0], "y": data[1], **bad}
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(**arguments)


def test_sums_that_overflow_are_not_taken_for_infinite_values():
    assert all_finite(np.array([1e308, 1e308]))
    assert not all_finite(np.array([np.inf, -np.inf]))
    assert not all_finite(np.array([0.0, np.nan]))


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
def test_overflow_is_an_error_and_never_a_silent_nan(estimator):
    X = np.array([[1e300, 1.0], [-1e300, 2.0], [1e300, 4.0]])
    with pytest.raises(ValueError, match="overflow"):
        clone(estimator).fit(X, [1e300, 2.0, 3.0])


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
@pytest.mark.parametrize("kind", ["int64", "float32", "bool", "list", "object", ">f8"])
def test_kinds_of_y(estimator, data, kind):
    X, y = data
    y = y > 5 if kind == "bool" else y.round()
    expected = clone(estimator).fit(X, y.astype(np.float64)).coef_
    given = y.tolist() if kind == "list" else y.astype(kind)
    assert_array_equal(clone(estimator).fit(X, given).coef_, expected)


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
def test_unaligned_and_big_endian_x(estimator, data):
    X, y = data
    expected = clone(estimator).fit(X, y).coef_
    shifted = np.frombuffer(b"." + X.tobytes(), offset=1).reshape(X.shape)
    assert not shifted.flags.aligned
    for form in (shifted, X.astype(">f8")):
        assert_allclose(clone(estimator).fit(form, y).coef_, expected, rtol=1e-10)


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
def test_none_among_the_targets_is_a_missing_value(estimator, data):
    X, y = data
    missing = y.astype(object)
    missing[3] = None
    with pytest.raises(ValueError, match=r"y has NaN \(missing\) at position 3"):
        clone(estimator).fit(X, missing)
    two = np.column_stack([y, missing])
    with pytest.raises(ValueError, match=r"NaN \(missing\) at row 3 of target 1"):
        clone(estimator).fit(X, two)


def test_targets_are_checked_even_with_check_input_false(data):
    X, y = data
    with pytest.raises(ValueError, match="y has inf at position 0"):
        Lasso().fit(X, np.inf * np.abs(y), check_input=False)


@pytest.mark.parametrize("estimator", SIMPLE, ids=named)
def test_predict_converts_a_categorical_column_as_fit_does(estimator, data):
    pandas = pytest.importorskip("pandas")
    X, y = data
    X[:, 2] = np.resize([1.0, 2.0], len(y))
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    frame["c"] = pandas.Categorical(np.resize(["1", "2"], len(y)))
    expected = clone(estimator).fit(X, y).predict(X)
    model = clone(estimator).fit(frame, y)
    assert_allclose(model.predict(frame), expected, rtol=1e-10)
    frame["c"] = pandas.Categorical(np.resize(["low", "2"], len(y)))
    with pytest.raises(ValueError, match="'low'"):
        model.predict(frame)


def test_predict_checks_the_number_of_features(data):
    model = Lasso(alpha=0.1).fit(*data)
    with pytest.raises(ValueError, match="5 features"):
        model.predict(data[0][:, :5])
    with pytest.raises(ValueError, match="NaN in column 1"):
        model.predict([[0.0, np.nan, 0.0, 0.0, 0.0, 0.0]])


def test_warm_start_begins_at_the_previous_coefficients(data):
    X, y = data
    model = Lasso(alpha=0.1, tol=1e-12, warm_start=True).fit(X, y)
    first = model.coef_.copy()
    model.set_params(max_iter=1).fit(X, y)
    assert model.n_iter_ == 1
    assert_allclose(model.coef_, first, rtol=1e-10)
    with pytest.raises(ValueError, match="previous coefficients have shape"):
        model.fit(X[:, :4], y)


@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
def test_warm_start_does_not_change_the_solution(data, l1_ratio):
    X, y = data
    options = {"l1_ratio": l1_ratio, "tol": 1e-13, "positive": True}
    warm = ElasticNet(alpha=0.5, warm_start=True, **options).fit(X, -y)
    warm.set_params(alpha=0.05).fit(X, y)
    cold = ElasticNet(alpha=0.05, **options).fit(X, y)
    assert_allclose(warm.coef_, cold.coef_, atol=1e-8)


def test_sparse_coef_is_the_coefficients(data):
    model = Lasso(alpha=0.5).fit(*data)
    assert model.sparse_coef_.format == "csr"
    assert model.sparse_coef_.nnz == np.count_nonzero(model.coef_)
    assert_array_equal(model.sparse_coef_.toarray(), model.coef_[np.newaxis])


def test_lasso_is_an_elastic_net_without_the_parameter():
    assert issubclass(Lasso, ElasticNet)
    assert "l1_ratio" not in Lasso().get_params()
    assert set(Lasso().get_params()) == set(SklearnLasso().get_params())


def test_check_input_false_gives_the_same_fit(data):
    X, y = data
    model = Lasso(alpha=0.1).fit(X, y, check_input=False)
    assert_array_equal(model.coef_, Lasso(alpha=0.1).fit(X, y).coef_)
    assert model.n_features_in_ == 6


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
def test_docstrings_name_every_parameter_and_attribute(name, data):
    estimator = getattr(fastreg, name)()
    text = inspect.getdoc(estimator)
    fitted = clone(estimator).fit(*data)
    learned = [n for n in vars(fitted) if n.endswith("_") and not n.startswith("_")]
    for word in [*estimator.get_params(), *learned]:
        assert word in text
