"""`LassoCV` and `ElasticNetCV` against their definitions and scikit-learn's."""

from __future__ import annotations

import inspect
import pickle
import re
from typing import Any

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model, model_selection
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fastreg
from fastreg import ElasticNet, ElasticNetCV, Lasso, LassoCV
from fastreg.linear_model._splits import splits_of

NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
needs_new_sklearn = pytest.mark.skipif(
    not NEW_SKLEARN, reason="older versions have other parameters"
)
TIGHT = {"tol": 1e-10, "max_iter": 100_000}
OWN = {"standardize", "penalty_factor", "lower_bounds", "upper_bounds", "rule"}


def problem(n: int = 60, p: int = 12, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * rng.uniform(0.5, 2.0, p) + rng.normal(size=p)
    y = X[:, : min(4, p)] @ np.array([2.0, -1.0, 0.5, 1.0])[: min(4, p)]
    return X, y + rng.normal(size=n) + 3.0


@pytest.fixture
def data():
    return problem()


def compare(ours: Any, theirs: Any, X: Any, y: Any, weight: Any = None) -> Any:
    """Both fitted; all that was learned is the same."""
    ours.fit(X, y, sample_weight=weight)
    theirs.fit(X, y, sample_weight=weight)
    assert ours.mse_path_.shape == theirs.mse_path_.shape
    assert_allclose(ours.alphas_, theirs.alphas_, rtol=1e-10)
    assert_allclose(ours.mse_path_, theirs.mse_path_, rtol=1e-6)
    assert_allclose(ours.alpha_, theirs.alpha_, rtol=1e-10)
    scale = np.abs(theirs.coef_).max() or 1.0
    assert_allclose(ours.coef_, theirs.coef_, atol=1e-4 * scale)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-4, atol=1e-6)
    assert hasattr(ours, "l1_ratio_") == hasattr(theirs, "l1_ratio_")
    if hasattr(ours, "l1_ratio_"):
        assert ours.l1_ratio_ == theirs.l1_ratio_
    assert ours.dual_gap_ <= 1e-10 * np.var(y) * 1.01 + 1e-12
    return ours


@needs_new_sklearn
class TestAgainstScikitLearn:
    @pytest.mark.parametrize("name", ["LassoCV", "ElasticNetCV"])
    def test_signature(self, name):
        ours = inspect.signature(getattr(fastreg, name)).parameters
        theirs = inspect.signature(getattr(linear_model, name)).parameters
        shared = {key: one.default for key, one in ours.items() if key not in OWN}
        assert shared == {key: one.default for key, one in theirs.items()}
        assert all(one.kind is one.KEYWORD_ONLY for one in ours.values())

    @pytest.mark.parametrize("shape", [(60, 12), (30, 50), (200, 3), (25, 1)])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_lasso(self, shape, weighted):
        X, y = problem(*shape)
        weight = np.random.default_rng(1).uniform(0.1, 2.0, len(y))
        options = {"alphas": 30, "eps": 1e-2, **TIGHT}
        compare(
            LassoCV(**options),
            linear_model.LassoCV(**options),
            X,
            y,
            weight if weighted else None,
        )

    @pytest.mark.parametrize("fit_intercept", [False, True])
    @pytest.mark.parametrize("positive", [False, True])
    @pytest.mark.parametrize("l1_ratio", [0.3, [0.2], [0.1, 0.7, 1.0]])
    def test_elastic_net(self, data, fit_intercept, positive, l1_ratio):
        options = {
            "l1_ratio": l1_ratio,
            "fit_intercept": fit_intercept,
            "positive": positive,
            "alphas": 20,
            "eps": 1e-2,
            "cv": 4,
            **TIGHT,
        }
        compare(ElasticNetCV(**options), linear_model.ElasticNetCV(**options), *data)

    @pytest.mark.parametrize("l1_ratio", [0.5, [0.3, 0.9]])
    def test_alphas_that_are_given(self, data, l1_ratio):
        options = {"alphas": [0.01, 1.0, 0.1, 0.1], "l1_ratio": l1_ratio, **TIGHT}
        compare(ElasticNetCV(**options), linear_model.ElasticNetCV(**options), *data)

    def test_no_l1_term_is_ridge_regression(self, data):
        X, y = data
        options = {"alphas": [10.0, 1.0, 0.1], "cv": 3}
        model = ElasticNetCV(l1_ratio=[0.0, 0.9], **options).fit(X, y)
        for fold, (train, test) in enumerate(model_selection.KFold(3).split(X)):
            for k, alpha in enumerate(model.alphas_):
                exact = linear_model.Ridge(alpha * len(train)).fit(X[train], y[train])
                error = np.mean((exact.predict(X[test]) - y[test]) ** 2)
                assert_allclose(model.mse_path_[0, k, fold], error, rtol=1e-8)
        rest = ElasticNetCV(l1_ratio=0.9, **options).fit(X, y)
        assert_allclose(model.mse_path_[1], rest.mse_path_, rtol=1e-12)

    def test_no_penalty_is_least_squares(self, data):
        X, y = data
        model = LassoCV(alphas=[0.0], cv=3).fit(X, y)
        for fold, (train, test) in enumerate(model_selection.KFold(3).split(X)):
            exact = linear_model.LinearRegression().fit(X[train], y[train])
            error = np.mean((exact.predict(X[test]) - y[test]) ** 2)
            assert_allclose(model.mse_path_[fold], error, rtol=1e-8)
        assert_allclose(
            model.coef_, linear_model.LinearRegression().fit(X, y).coef_, rtol=1e-8
        )

    @pytest.mark.parametrize("kind", ["csr_matrix", "csc_array"])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_sparse_x(self, data, kind, weighted):
        X, y = data
        X = np.where(np.abs(X) > 1.0, X, 0.0)
        weight = np.linspace(0.1, 1.0, len(y)) if weighted else None
        options = {"alphas": 15, "eps": 1e-2, **TIGHT}
        given = getattr(sparse, kind)(X)
        theirs = linear_model.LassoCV(**options)
        ours = compare(LassoCV(**options), theirs, given, y, weight)
        dense = LassoCV(**options).fit(X, y, sample_weight=weight)
        assert_allclose(ours.mse_path_, dense.mse_path_, rtol=1e-8)

    @pytest.mark.parametrize(
        "cv",
        [
            7,
            model_selection.KFold(3, shuffle=True, random_state=0),
            model_selection.ShuffleSplit(4, random_state=0),
            model_selection.ShuffleSplit(1, random_state=0),
            model_selection.TimeSeriesSplit(4),
            model_selection.RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
            model_selection.LeaveOneOut(),
        ],
        ids=lambda cv: re.sub(r"\(.*", "", repr(cv), flags=re.DOTALL),
    )
    def test_splitters(self, cv):
        X, y = problem(40, 5)
        options = {"alphas": 10, "eps": 1e-2, "cv": cv, **TIGHT}
        compare(LassoCV(**options), linear_model.LassoCV(**options), X, y)

    @pytest.mark.parametrize("weighted", [False, True])
    def test_bootstrap_negative_rows_and_masks(self, data, weighted):
        X, y = data
        rng = np.random.default_rng(0)
        n = len(y)
        pairs = []
        for _ in range(3):
            train = rng.integers(n, size=n)
            pairs.append((train, np.setdiff1d(np.arange(n), train)))
        pairs.append((np.arange(n - 10), np.arange(-10, 0)))
        pairs.append((np.arange(n) % 2 == 0, np.arange(n) % 2 == 1))
        pairs.append((np.arange(n), np.arange(0, n, 3)))  # tests what it trains on
        pairs.append((np.arange(20), np.array([30, 30, 31])))
        weight = rng.uniform(0.5, 1.0, n) if weighted else None
        options = {"alphas": 10, "eps": 1e-2, "cv": pairs, **TIGHT}
        compare(LassoCV(**options), linear_model.LassoCV(**options), X, y, weight)

    def test_folds_of_neighbouring_rows_are_those_of_k_fold(self):
        y = np.zeros(23)
        for found, (train, test) in zip(
            splits_of(5, y[:, None], y, False, {}),
            model_selection.KFold(5).split(y),
            strict=True,
        ):
            assert_array_equal(found[0], train)
            assert_array_equal(found[1], test)
        with pytest.raises(ValueError, match="n_splits=5 greater than"):
            splits_of(5, np.zeros((4, 1)), np.zeros(4), False, {})

    def test_target_that_nothing_explains(self, data):
        X, _ = data
        y = np.full(len(X), 2.0)
        ours, theirs = LassoCV(alphas=5).fit(X, y), linear_model.LassoCV(alphas=5)
        assert_array_equal(ours.alphas_, theirs.fit(X, y).alphas_)
        assert ours.alpha_ == theirs.alpha_
        assert not ours.coef_.any()
        assert ours.intercept_ == 2.0

    def test_one_alpha_loses_its_axis_as_there(self, data):
        ours = LassoCV(alphas=[0.1]).fit(*data)
        theirs = linear_model.LassoCV(alphas=[0.1]).fit(*data)
        assert ours.mse_path_.shape == theirs.mse_path_.shape == (5,)


@pytest.mark.parametrize("model", [LassoCV(**TIGHT), ElasticNetCV(**TIGHT)], ids=repr)
class TestDefinition:
    def test_errors_are_those_of_fits_without_the_fold(self, model, data):
        X, y = data
        weight = np.random.default_rng(3).uniform(0.0, 1.0, len(y))
        model = clone(model).set_params(alphas=6, cv=4).fit(X, y, weight)
        single = ElasticNet(l1_ratio=getattr(model, "l1_ratio", 1.0), **TIGHT)
        for fold, (train, test) in enumerate(model_selection.KFold(4).split(X)):
            for k, alpha in enumerate(model.alphas_):
                fit = clone(single).set_params(alpha=alpha)
                fit.fit(X[train], y[train], weight[train])
                error = (fit.predict(X[test]) - y[test]) ** 2
                expected = np.average(error, weights=weight[test])
                assert_allclose(model.mse_path_[k, fold], expected, rtol=1e-6)
        assert model.alpha_ == model.alphas_[model.mse_path_.mean(axis=1).argmin()]

    @pytest.mark.parametrize("tol", [1e-3, 1e-10])
    def test_the_model_is_the_fit_of_all_rows(self, model, data, tol):
        X, y = data
        weight = np.random.default_rng(3).uniform(0.0, 1.0, len(y))
        model = clone(model).set_params(tol=tol).fit(X, y, weight)
        audit = fastreg.certify(
            X,
            y,
            model.coef_,
            model.intercept_,
            alpha=model.alpha_,
            l1_ratio=getattr(model, "l1_ratio_", 1.0),
            sample_weight=weight,
            standardize=False,
        )
        assert audit.relative_gap <= 2.0 * model.tol
        mean = np.average(y, weights=weight)
        scale = 0.5 * np.average((y - mean) ** 2, weights=weight)
        gap = audit.relative_gap * scale
        assert_allclose(model.dual_gap_, gap, atol=1e-12 * scale)

    def test_integer_weights_repeat_rows(self, model, data):
        X, y = data
        weight = np.random.default_rng(4).integers(1, 4, len(y))
        rows = np.repeat(np.arange(len(y)), weight)
        folds = np.arange(len(y)) % 3
        kinds = model_selection.PredefinedSplit
        weighted = clone(model).set_params(cv=kinds(folds)).fit(X, y, weight)
        repeated = clone(model).set_params(cv=kinds(folds[rows])).fit(X[rows], y[rows])
        assert_allclose(weighted.mse_path_, repeated.mse_path_, rtol=1e-7)
        assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-6, atol=1e-9)

    def test_threads_give_the_same_bits(self, model, data):
        one, three = clone(model).fit(*data), clone(model).set_params(n_jobs=3)
        assert_array_equal(one.mse_path_, three.fit(*data).mse_path_)
        assert_array_equal(one.coef_, three.coef_)
        assert_array_equal(
            one.coef_, clone(model).set_params(n_jobs=-1).fit(*data).coef_
        )

    def test_standardize_is_a_scaler_in_each_fold(self, model, data):
        X, y = data
        own = clone(model).set_params(standardize=True, alphas=[1.0, 0.1]).fit(X, y)
        single = ElasticNet(l1_ratio=getattr(model, "l1_ratio", 1.0), **TIGHT)
        for fold, (train, test) in enumerate(model_selection.KFold(5).split(X)):
            for k, alpha in enumerate(own.alphas_):
                fit = make_pipeline(
                    StandardScaler(), clone(single).set_params(alpha=alpha)
                )
                error = fit.fit(X[train], y[train]).predict(X[test]) - y[test]
                assert_allclose(own.mse_path_[k, fold], np.mean(error**2), rtol=1e-6)

    def test_factors_and_bounds_reach_the_folds(self, model, data):
        X, y = data
        options = {"penalty_factor": {5: np.inf}, "upper_bounds": 1.0, "alphas": 10}
        own = clone(model).set_params(**options).fit(X, y)
        left = np.delete(X, 5, axis=1)
        bounded = clone(model).set_params(upper_bounds=1.0, alphas=10).fit(left, y)
        assert_allclose(own.mse_path_, bounded.mse_path_, rtol=1e-6)
        assert own.coef_[5] == 0.0
        assert own.coef_.max() == 1.0
        positive = clone(model).set_params(positive=True).fit(X, y)
        at_zero = clone(model).set_params(lower_bounds=0.0).fit(X, y)
        assert_array_equal(positive.mse_path_, at_zero.mse_path_)

    @pytest.mark.parametrize("rule", ["1se", "2pct"])
    def test_rules_choose_the_largest_alpha_that_is_good_enough(
        self, model, data, rule
    ):
        best, other = clone(model).fit(*data), clone(model).set_params(rule=rule)
        other.fit(*data)
        mean = best.mse_path_.mean(axis=1)
        spread = best.mse_path_[mean.argmin()].std(ddof=1) / np.sqrt(5)
        limit = mean.min() + (spread if rule == "1se" else 0.02 * mean.min())
        assert other.alpha_ == best.alphas_[mean <= limit].max()
        assert best.alpha_ < other.alpha_

    def test_serialisation_and_clone(self, model, data):
        fitted = clone(model).fit(*data)
        restored = pickle.loads(pickle.dumps(fitted))  # noqa: S301
        assert_array_equal(restored.predict(data[0]), fitted.predict(data[0]))
        assert not hasattr(clone(fitted), "alpha_")

    def test_inside_a_grid_search(self, model, data):
        grid = {"eps": [0.5, 1e-3], "alphas": [10]}
        search = model_selection.GridSearchCV(clone(model), grid, cv=3).fit(*data)
        assert search.best_params_["eps"] == 1e-3
        assert search.best_score_ > 0.5

    def test_float32_gives_float32(self, model, data):
        X, y = data
        single = clone(model).fit(X.astype(np.float32), y)
        assert single.coef_.dtype == np.float32
        assert_allclose(single.coef_, clone(model).fit(X, y).coef_, atol=1e-4)

    def test_x_and_y_are_left_alone(self, model, data):
        X, y = (array.copy() for array in data)
        X.flags.writeable = y.flags.writeable = False
        assert_array_equal(clone(model).fit(X, y).coef_, clone(model).fit(*data).coef_)


@needs_new_sklearn
class TestRouting:
    def test_groups_reach_the_splitter(self, data):
        X, y = data
        groups = np.arange(len(y)) // 7
        with sklearn.config_context(enable_metadata_routing=True):
            cv = model_selection.GroupKFold(3).set_split_request(groups=True)
            options = {"cv": cv, "alphas": 10, "eps": 1e-2, **TIGHT}
            ours = LassoCV(**options).fit(X, y, groups=groups)
            theirs = linear_model.LassoCV(**options).fit(X, y, groups=groups)
        assert_allclose(ours.mse_path_, theirs.mse_path_, rtol=1e-6)

    def test_params_without_routing_are_an_error(self, data):
        with pytest.raises(ValueError, match="takes groups only after"):
            LassoCV().fit(*data, groups=np.zeros(60))


BAD_PARAMETERS = [
    ({"eps": 0.0}, "eps of LassoCV must be in"),
    ({"alphas": 0}, "alphas of LassoCV must be"),
    ({"alphas": None}, "alphas of LassoCV must be"),
    ({"alphas": [-1.0]}, "alphas must be >= 0"),
    ({"cv": 1}, "cv of LassoCV must be"),
    ({"cv": "loo"}, "cv of LassoCV must be"),
    ({"cv": []}, "no folds"),
    ({"cv": [([0], [99])]}, "but there are 60 samples"),
    ({"n_jobs": 0}, "n_jobs of LassoCV must be"),
    ({"rule": "3se"}, "rule of LassoCV must be one of"),
    ({"precompute": "yes"}, "precompute of LassoCV must be"),
    ({"precompute": np.eye(3)}, "must have shape"),
    ({"max_iter": 0}, "max_iter of LassoCV must be"),
    ({"selection": "best"}, "selection of LassoCV must be"),
    ({"verbose": -1}, "verbose of LassoCV must be"),
    ({"standardize": 1.0}, "standardize of LassoCV must be"),
    ({"penalty_factor": -1.0}, "penalty_factor must be >= 0"),
    ({"positive": True, "lower_bounds": 0.0}, "pass one of the two"),
]


class TestBadInput:
    @pytest.mark.parametrize(("bad", "message"), BAD_PARAMETERS)
    def test_parameters(self, data, bad, message):
        X, y = data
        X = X - X.mean(axis=0)
        with pytest.raises(ValueError, match=message):
            LassoCV(**bad).fit(X, y)

    @pytest.mark.parametrize("l1_ratio", [-0.1, [], [0.5, 2.0], "half", None])
    def test_mixes(self, data, l1_ratio):
        with pytest.raises(ValueError, match="l1_ratio of ElasticNetCV must"):
            ElasticNetCV(l1_ratio=l1_ratio).fit(*data)

    def test_ridge_has_no_automatic_grid(self, data):
        with pytest.raises(ValueError, match="no automatic grid for l1_ratio=0"):
            ElasticNetCV(l1_ratio=[0.5, 0.0]).fit(*data)

    def test_several_targets(self, data):
        X, y = data
        with pytest.raises(ValueError, match="2 targets, LassoCV takes one"):
            LassoCV().fit(X, np.column_stack([y, y]))
        with pytest.warns(DataConversionWarning, match="column-vector"):
            column = LassoCV().fit(X, y[:, np.newaxis])
        assert_array_equal(column.coef_, LassoCV().fit(X, y).coef_)

    def test_folds_without_weight(self, data):
        X, y = data
        for rows, name in ((slice(0, 12), "test"), (slice(12, None), "training")):
            weight = np.ones(60)
            weight[rows] = 0.0
            with pytest.raises(ValueError, match=f"all {name} samples of fold 0"):
                LassoCV().fit(X, y, weight)

    def test_nan_in_x(self, data):
        X, y = data
        X[17, 2] = np.nan
        with pytest.raises(ValueError, match="NaN in column 2, first at row 17"):
            LassoCV().fit(X, y)

    def test_folds_that_miss_the_tolerance_are_told_once(self):
        X, y = problem(30, 60)
        with pytest.warns(ConvergenceWarning) as seen:
            LassoCV(tol=1e-14, max_iter=1, eps=1e-4).fit(X, y)
        texts = [str(one.message) for one in seen]
        assert sum("paths of its folds" in text for text in texts) == 1
        assert len(texts) <= 2
        assert seen[0].filename == __file__


def test_lasso_is_its_own_refit(data):
    model = LassoCV(**TIGHT).fit(*data)
    refit = Lasso(alpha=model.alpha_, **TIGHT).fit(*data)
    assert_allclose(model.coef_, refit.coef_, rtol=1e-5, atol=1e-8)
    assert_array_equal(LassoCV.path(*data, alphas=3)[0].shape, (3,))
