"""`MultiTaskLassoCV` and `MultiTaskElasticNetCV`: definition, and scikit-learn's."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model, model_selection
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

import fastreg
from fastreg import (
    LassoCV,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
)

NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
needs_new_sklearn = pytest.mark.skipif(
    not NEW_SKLEARN, reason="older versions have other parameters"
)
TIGHT = {"tol": 1e-14, "max_iter": 100_000}
OWN = {"standardize", "penalty_factor", "rule"}
MODELS = [MultiTaskLassoCV(**TIGHT), MultiTaskElasticNetCV(**TIGHT)]


def problem(n: int = 60, p: int = 10, m: int = 3, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * rng.uniform(0.5, 2.0, p) + rng.normal(size=p)
    B = np.zeros((p, m))
    B[: min(3, p)] = rng.normal(size=(min(3, p), m))
    return X, X @ B + rng.normal(size=(n, m)) + rng.normal(size=m)


@pytest.fixture
def data():
    return problem()


def compare(ours: Any, X: Any, Y: Any, weight: Any = None) -> Any:
    """All that was learned is what scikit-learn learns."""
    kind = getattr(linear_model, type(ours).__name__)
    given = {k: v for k, v in ours.get_params().items() if k not in OWN}
    ours = clone(ours).fit(X, Y, sample_weight=weight)
    theirs = kind(**given).fit(X, Y, sample_weight=weight)
    assert ours.mse_path_.shape == theirs.mse_path_.shape
    assert ours.alphas_.shape == theirs.alphas_.shape
    assert ours.coef_.shape == theirs.coef_.shape
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)
    assert np.shape(ours.dual_gap_) == np.shape(theirs.dual_gap_) == ()
    assert isinstance(ours.n_iter_, int)
    assert_allclose(ours.alphas_, theirs.alphas_, rtol=1e-10)
    assert_allclose(ours.mse_path_, theirs.mse_path_, rtol=1e-6)
    assert_allclose(ours.alpha_, theirs.alpha_, rtol=1e-10)
    scale = np.abs(theirs.coef_).max() or 1.0
    assert_allclose(ours.coef_, theirs.coef_, atol=1e-4 * scale)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-4, atol=1e-4)
    assert hasattr(ours, "l1_ratio_") == hasattr(theirs, "l1_ratio_")
    assert getattr(ours, "l1_ratio_", 1.0) == getattr(theirs, "l1_ratio_", 1.0)
    return ours


def fold_error(fit: Any, X: Any, Y: Any, weight: Any = None) -> Any:
    return np.average((fit.predict(X) - Y) ** 2, axis=0, weights=weight).mean()


@needs_new_sklearn
class TestAgainstScikitLearn:
    @pytest.mark.parametrize("kind", [MultiTaskLassoCV, MultiTaskElasticNetCV])
    def test_signature(self, kind):
        ours = inspect.signature(kind).parameters
        theirs = inspect.signature(getattr(linear_model, kind.__name__)).parameters
        shared = {key: one.default for key, one in ours.items() if key not in OWN}
        assert list(shared.items()) == [(k, one.default) for k, one in theirs.items()]
        assert all(one.kind is one.KEYWORD_ONLY for one in ours.values())

    @pytest.mark.parametrize("shape", [(60, 10, 3), (25, 40, 2), (200, 3, 5), (25, 1)])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_lasso(self, shape, weighted):
        X, Y = problem(*shape)
        weight = np.random.default_rng(1).uniform(0.1, 2.0, len(Y))
        model = MultiTaskLassoCV(alphas=12, eps=2e-2, **TIGHT)
        compare(model, X, Y, weight if weighted else None)

    @pytest.mark.parametrize("fit_intercept", [False, True])
    @pytest.mark.parametrize("l1_ratio", [0.3, [0.2], [0.1, 0.7, 1.0]])
    def test_elastic_net(self, data, fit_intercept, l1_ratio):
        model = MultiTaskElasticNetCV(
            l1_ratio=l1_ratio, fit_intercept=fit_intercept, alphas=8, eps=1e-2, cv=4
        )
        compare(model.set_params(**TIGHT), *data)

    @pytest.mark.parametrize("l1_ratio", [0.5, [0.3, 0.9]])
    def test_alphas_that_are_given(self, data, l1_ratio):
        model = MultiTaskElasticNetCV(l1_ratio=l1_ratio, alphas=[0.01, 1.0, 0.1, 0.1])
        compare(model.set_params(**TIGHT), *data)

    @pytest.mark.parametrize("weighted", [False, True])
    def test_one_target_sparse_x_and_one_alpha(self, data, weighted):
        X, Y = data
        weight = np.linspace(0.1, 1.0, len(Y)) if weighted else None
        model = MultiTaskLassoCV(alphas=[0.1], **TIGHT)
        thin = np.where(np.abs(X) > 1.0, X, 0.0)
        for given in (X, sparse.csr_array(thin), sparse.csc_array(thin)):
            compare(model, given, Y, weight)
            one = compare(model, given, Y[:, :1], weight)
            assert one.coef_.shape == (1, 10)
            assert one.intercept_.shape == (1,)
            assert one.mse_path_.shape == (5,)

    def test_target_that_nothing_explains(self, data):
        X, Y = data
        still = compare(MultiTaskLassoCV(alphas=5), X, np.full((len(X), 2), 2.0))
        assert not still.coef_.any()
        assert_array_equal(still.intercept_, [2.0, 2.0])
        Y[:, 1] = -1.0
        compare(MultiTaskLassoCV(alphas=5, eps=0.1, **TIGHT), X, Y)

    @pytest.mark.parametrize("weighted", [False, True])
    def test_splits_of_any_kind(self, data, weighted):
        X, Y = data
        rng = np.random.default_rng(0)
        n = len(Y)
        train = rng.integers(n, size=n)  # rows several times, as in a bootstrap
        pairs = [
            (train, np.setdiff1d(np.arange(n), train)),
            (np.arange(n - 10), np.arange(-10, 0)),
            (np.arange(n), np.arange(0, n, 3)),  # tests what it trains on
            (np.arange(20), np.array([30, 30, 31])),
        ]
        weight = rng.uniform(0.5, 1.0, n) if weighted else None
        compare(MultiTaskLassoCV(alphas=8, eps=1e-2, cv=pairs, **TIGHT), X, Y, weight)

    def test_leaving_one_out(self):
        cv = model_selection.LeaveOneOut()
        compare(MultiTaskLassoCV(alphas=5, eps=0.1, cv=cv, **TIGHT), *problem(12, 4, 2))

    def test_groups_reach_the_splitter(self, data):
        groups = np.arange(60) // 7
        with sklearn.config_context(enable_metadata_routing=True):
            cv = model_selection.GroupKFold(3).set_split_request(groups=True)
            options = {"cv": cv, "alphas": 8, "eps": 1e-2, **TIGHT}
            ours = MultiTaskLassoCV(**options).fit(*data, groups=groups)
            theirs = linear_model.MultiTaskLassoCV(**options)
            theirs.fit(*data, groups=groups)
        assert_allclose(ours.mse_path_, theirs.mse_path_, rtol=1e-6)


@pytest.mark.parametrize("model", MODELS, ids=repr)
class TestDefinition:
    @pytest.mark.parametrize("form", [np.asarray, sparse.csc_array])
    def test_errors_are_those_of_fits_without_the_fold(self, model, data, form):
        X, Y = data
        weight = np.random.default_rng(3).uniform(0.0, 1.0, len(Y))
        model = clone(model).set_params(alphas=5, cv=4).fit(form(X), Y, weight)
        mix = getattr(model, "l1_ratio", 1.0)
        for fold, (train, test) in enumerate(model_selection.KFold(4).split(X)):
            for k, alpha in enumerate(model.alphas_):
                fit = MultiTaskElasticNet(alpha=alpha, l1_ratio=mix, **TIGHT)
                fit.fit(X[train], Y[train], weight[train])
                expected = fold_error(fit, X[test], Y[test], weight[test])
                assert_allclose(model.mse_path_[k, fold], expected, rtol=1e-6)
        assert model.alpha_ == model.alphas_[model.mse_path_.mean(axis=1).argmin()]

    @pytest.mark.parametrize("tol", [1e-3, 1e-10])
    @pytest.mark.parametrize("targets", [1, 3])
    def test_the_model_is_the_fit_of_all_rows(self, model, data, tol, targets):
        X, Y = data[0], data[1][:, :targets]
        weight = np.random.default_rng(3).uniform(0.0, 1.0, len(Y))
        model = clone(model).set_params(tol=tol, alphas=20).fit(X, Y, weight)
        proof = fastreg.certify(
            X,
            Y,
            model.coef_,
            model.intercept_,
            alpha=model.alpha_,
            l1_ratio=getattr(model, "l1_ratio_", 1.0),
            sample_weight=weight,
            family="mgaussian",
            standardize=False,
        )
        assert proof.relative_gap <= 2.0 * model.tol
        centred = Y - np.average(Y, axis=0, weights=weight)
        scale = 0.5 * np.average((centred**2).sum(axis=1), weights=weight)
        assert_allclose(model.dual_gap_, proof.relative_gap * scale, atol=1e-12 * scale)
        assert model.dual_gap_ <= 2.0 * tol * scale

    def test_integer_weights_repeat_rows(self, model, data):
        X, Y = data
        weight = np.random.default_rng(4).integers(1, 4, len(Y))
        rows = np.repeat(np.arange(len(Y)), weight)
        folds = np.arange(len(Y)) % 3
        kind = model_selection.PredefinedSplit
        model = clone(model).set_params(alphas=10)
        weighted = clone(model).set_params(cv=kind(folds)).fit(X, Y, weight)
        repeated = clone(model).set_params(cv=kind(folds[rows])).fit(X[rows], Y[rows])
        assert_allclose(weighted.mse_path_, repeated.mse_path_, rtol=1e-6)
        assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-5, atol=1e-7)

    def test_turning_the_targets_turns_the_coefficients(self, model, data):
        X, Y = data
        turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
        model = clone(model).set_params(alphas=10)
        straight, turned = clone(model).fit(X, Y), clone(model).fit(X, Y @ turn)
        assert_allclose(turned.mse_path_, straight.mse_path_, rtol=1e-6)
        assert_allclose(turned.coef_, turn.T @ straight.coef_, atol=1e-5)

    def test_threads_give_the_same_bits(self, model, data):
        model = clone(model).set_params(alphas=20)
        one = clone(model).fit(*data)
        for n_jobs in (3, -1):
            other = clone(model).set_params(n_jobs=n_jobs).fit(*data)
            assert_array_equal(one.mse_path_, other.mse_path_)
            assert_array_equal(one.coef_, other.coef_)

    def test_standardize_is_a_scaler_in_each_fold(self, model, data):
        X, Y = data
        own = clone(model).set_params(standardize=True, alphas=[1.0, 0.1]).fit(X, Y)
        mix = getattr(model, "l1_ratio", 1.0)
        for fold, (train, test) in enumerate(model_selection.KFold(5).split(X)):
            for k, alpha in enumerate(own.alphas_):
                single = MultiTaskElasticNet(alpha=alpha, l1_ratio=mix, **TIGHT)
                fit = make_pipeline(StandardScaler(), single).fit(X[train], Y[train])
                expected = fold_error(fit, X[test], Y[test])
                assert_allclose(own.mse_path_[k, fold], expected, rtol=1e-6)

    def test_a_feature_that_is_excluded_may_as_well_be_left_out(self, model, data):
        X, Y = data
        model = clone(model).set_params(alphas=10)
        own = clone(model).set_params(penalty_factor={5: np.inf}).fit(X, Y)
        left = clone(model).fit(np.delete(X, 5, axis=1), Y)
        assert_allclose(own.mse_path_, left.mse_path_, rtol=1e-6)
        assert not own.coef_[:, 5].any()

    @pytest.mark.parametrize("rule", ["1se", "2pct"])
    def test_rules_choose_the_largest_alpha_that_is_good_enough(
        self, model, data, rule
    ):
        best = clone(model).fit(*data)
        other = clone(model).set_params(rule=rule).fit(*data)
        mean = best.mse_path_.mean(axis=1)
        spread = best.mse_path_[mean.argmin()].std(ddof=1) / np.sqrt(5)
        limit = mean.min() + (spread if rule == "1se" else 0.02 * mean.min())
        assert other.alpha_ == best.alphas_[mean <= limit].max()
        assert best.alpha_ < other.alpha_

    def test_inside_scikit_learns_tools(self, model, data):
        X, Y = data
        tags = get_tags(model)
        assert tags.target_tags.multi_output
        assert not tags.target_tags.single_output
        model = clone(model).set_params(alphas=10)
        fitted = clone(model).fit(X, Y)
        restored = pickle.loads(pickle.dumps(fitted))  # noqa: S301
        assert_array_equal(restored.predict(X), fitted.predict(X))
        grid = {"eps": [0.5, 1e-3]}
        search = model_selection.GridSearchCV(model, grid, cv=3).fit(X, Y)
        assert search.best_params_["eps"] == 1e-3
        assert search.best_score_ > 0.5

    def test_types_and_orders_of_x_and_y(self, model, data):
        X, Y = data
        model = clone(model).set_params(alphas=10)
        expected = clone(model).fit(X, Y)
        single = clone(model).fit(X.astype(np.float32), Y)
        assert single.coef_.dtype == single.intercept_.dtype == np.float32
        assert_allclose(single.coef_, expected.coef_, atol=1e-4)
        for order in "CF":
            X, Y = np.array(X, order=order), np.array(Y, order=order)
            X.flags.writeable = Y.flags.writeable = False
            assert_allclose(clone(model).fit(X, Y).coef_, expected.coef_, rtol=1e-9)
        listed = clone(model).fit(X.tolist(), Y.tolist())
        assert_allclose(listed.coef_, expected.coef_, rtol=1e-9)


class TestClosedForms:
    def test_no_norms_is_ridge_regression_of_each_target(self, data):
        X, Y = data
        weight = np.random.default_rng(6).uniform(0.2, 1.0, len(Y))
        options = {"alphas": [10.0, 1.0, 0.1], "cv": 3, "tol": 1e-12}
        model = MultiTaskElasticNetCV(l1_ratio=[0.0, 0.9], **options)
        model.fit(X, Y, weight)
        for fold, (train, test) in enumerate(model_selection.KFold(3).split(X)):
            for k, alpha in enumerate(model.alphas_):
                exact = linear_model.Ridge(alpha * weight[train].sum())
                exact.fit(X[train], Y[train], weight[train])
                error = fold_error(exact, X[test], Y[test], weight[test])
                assert_allclose(model.mse_path_[0, k, fold], error, rtol=1e-8)
        rest = MultiTaskElasticNetCV(l1_ratio=0.9, **options).fit(X, Y, weight)
        assert_allclose(model.mse_path_[1], rest.mse_path_, rtol=1e-10)

    @pytest.mark.parametrize("p", [10, 100])
    @pytest.mark.parametrize("alphas", [[0.0], [0.5, 0.0]])
    def test_no_penalty_is_least_squares(self, p, alphas):
        X, Y = problem(60, p)
        model = MultiTaskLassoCV(alphas=alphas, cv=3, **TIGHT).fit(X, Y)
        errors = model.mse_path_.reshape(len(alphas), 3)
        for fold, (train, test) in enumerate(model_selection.KFold(3).split(X)):
            exact = linear_model.LinearRegression().fit(X[train], Y[train])
            assert_allclose(
                errors[-1, fold], fold_error(exact, X[test], Y[test]), rtol=1e-6
            )
            if len(alphas) > 1:
                lasso = MultiTaskLasso(alpha=0.5, **TIGHT).fit(X[train], Y[train])
                error = fold_error(lasso, X[test], Y[test])
                assert_allclose(errors[0, fold], error, rtol=1e-6)

    def test_excluded_features_leave_the_means(self, data):
        X, Y = data
        model = MultiTaskElasticNetCV(
            l1_ratio=0.0, alphas=[1.0], penalty_factor=np.inf
        ).fit(X, Y)
        for fold, (train, test) in enumerate(model_selection.KFold(5).split(X)):
            expected = ((Y[test] - Y[train].mean(axis=0)) ** 2).mean()
            assert_allclose(model.mse_path_[fold], expected, rtol=1e-12)


class TestBadInput:
    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ({"eps": 1.0}, "eps of MultiTaskLassoCV must be in"),
            ({"alphas": 0}, "alphas of MultiTaskLassoCV must be"),
            ({"alphas": [-1.0]}, "alphas must be >= 0"),
            ({"cv": 1}, "cv of MultiTaskLassoCV must be"),
            ({"n_jobs": 0}, "n_jobs of MultiTaskLassoCV must be"),
            ({"rule": "3se"}, "rule of MultiTaskLassoCV must be one of"),
            ({"max_iter": 0}, "max_iter of MultiTaskLassoCV must be"),
            ({"selection": "best"}, "selection of MultiTaskLassoCV must be"),
            ({"standardize": 1.0}, "standardize of MultiTaskLassoCV must be"),
            ({"penalty_factor": -1.0}, "penalty_factor must be >= 0"),
        ],
    )
    def test_parameters(self, data, bad, message):
        with pytest.raises(ValueError, match=message):
            MultiTaskLassoCV(**bad).fit(*data)

    @pytest.mark.parametrize("l1_ratio", [-0.1, [], [0.5, 2.0], "half", None])
    def test_mixes(self, data, l1_ratio):
        with pytest.raises(ValueError, match="l1_ratio of MultiTaskElasticNetCV must"):
            MultiTaskElasticNetCV(l1_ratio=l1_ratio).fit(*data)

    def test_data(self, data):
        X, Y = data
        with pytest.raises(ValueError, match=r"shape \(60,\); for one .* LassoCV$"):
            MultiTaskLassoCV().fit(X, Y[:, 0])
        with pytest.raises(ValueError, match="use MultiTaskLassoCV for models"):
            LassoCV().fit(X, Y)
        with pytest.raises(ValueError, match="no automatic grid for l1_ratio=0"):
            MultiTaskElasticNetCV(l1_ratio=[0.5, 0.0]).fit(X, Y)
        weight = np.ones(60)
        weight[:12] = 0.0
        with pytest.raises(ValueError, match="all test samples of fold 0"):
            MultiTaskLassoCV().fit(X, Y, weight)
        X[17, 2] = np.nan
        with pytest.raises(ValueError, match="NaN in column 2, first at row 17"):
            MultiTaskLassoCV().fit(X, Y)

    def test_folds_that_miss_the_tolerance_are_told_once(self):
        with pytest.warns(ConvergenceWarning) as seen:
            MultiTaskLassoCV(tol=1e-14, max_iter=1, eps=1e-4).fit(*problem(30, 60))
        texts = [str(one.message) for one in seen]
        assert sum("paths of its folds" in text for text in texts) == 1
        assert len(texts) <= 2
        assert seen[0].filename == __file__
