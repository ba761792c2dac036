"""Parity of the estimators with scikit-learn's: errors, warnings, Gram matrices."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning as SklearnConvergenceWarning

import fastreg
import fastreg.linear_model as ours

TIGHT = {"tol": 1e-13, "max_iter": 100_000}


@pytest.fixture
def data():
    """X with columns that are correlated and not centred, two targets, weights."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(40, 5)) + rng.normal(size=(40, 1)) + 1.0
    Y = X @ rng.normal(size=(5, 2)) + rng.normal(size=(40, 2))
    return X, Y, rng.uniform(0.5, 2.0, 40)


class TestWarnings:
    def hard(self):
        rng = np.random.default_rng(3)
        X = rng.normal(size=(60, 40)) + 5 * rng.normal(size=(60, 1))
        return X, X @ rng.normal(size=40) + rng.normal(size=60)

    def test_not_converged_is_both_warnings_and_says_what_to_do(self):
        X, y = self.hard()
        model = ours.Lasso(alpha=1e-4, max_iter=1, tol=1e-12)
        with pytest.warns(fastreg.ConvergenceWarning) as caught:
            model.fit(X, y)
        (warning,) = caught
        assert issubclass(warning.category, SklearnConvergenceWarning)
        assert warning.filename == __file__
        message = str(warning.message)
        for part in ("alpha=0.0001", "max_iter=1", "increase max_iter", "tol=1e-12"):
            assert part in message
        assert f"{model.dual_gap_:.3e}" in message
        with pytest.warns(SklearnConvergenceWarning):
            theirs.Lasso(alpha=1e-4, max_iter=1, tol=1e-12).fit(X, y)

    def test_one_for_each_target_and_alpha(self):
        X, y = self.hard()
        with pytest.warns(fastreg.ConvergenceWarning) as caught:
            ours.Lasso(alpha=1e-4, max_iter=1, tol=1e-12).fit(
                X, np.column_stack([y, -y])
            )
        assert len(caught) == 2
        with pytest.warns(fastreg.ConvergenceWarning) as caught:
            ours.lasso_path(X, y, alphas=[1e-3, 1e-4], max_iter=1, tol=1e-12)
        assert caught[0].filename == __file__
        assert "alpha=0.0001" in str(caught[-1].message)

    def test_none_when_the_gap_is_met(self):
        X, y = self.hard()
        model = ours.Lasso(alpha=1e-4, tol=1e-8).fit(X, y)
        assert model.dual_gap_ <= 1e-8 * np.mean((y - y.mean()) ** 2)

    def test_none_for_alpha_zero_which_is_solved_exactly(self, data):
        X, y = data[0], data[1][:, 0]
        expected = theirs.LinearRegression().fit(X, y).coef_
        assert_allclose(ours.Lasso(alpha=0.0).fit(X, y).coef_, expected, rtol=1e-9)
        assert_allclose(ours.Ridge(alpha=0.0).fit(X, y).coef_, expected, rtol=1e-9)


def hard_cases():
    rng = np.random.default_rng(11)
    X = rng.normal(size=(60, 40)) + 3 * rng.normal(size=(60, 1))
    return {
        "equal columns": np.hstack([X, X]),
        "scales": X * np.logspace(-4, 4, 40),
        "large means": X + 1e5,
        "constant columns": np.hstack([X, np.ones((60, 2)), np.zeros((60, 1))]),
        "wide": rng.normal(size=(20, 100)),
        "polynomial": np.vander(np.linspace(0, 1, 50), 12),
    }


HARD = hard_cases()


@pytest.mark.parametrize("case", HARD)
@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 1e-6, 1e-3, 1.0])
def test_warned_exactly_where_the_gap_is_not_met(case, name, positive, alpha):
    X = HARD[case]
    rng = np.random.default_rng(12)
    y = X[:, 0] / np.abs(X[:, 0]).max() + rng.normal(size=len(X))
    model = getattr(ours, name)(alpha, positive=positive)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    audit = fastreg.certify(
        X,
        y,
        model.coef_,
        model.intercept_,
        alpha=alpha / len(y) if name == "Ridge" else alpha,
        l1_ratio=0.0 if name == "Ridge" else model.l1_ratio,
        standardize=False,
        positive=positive,
    )
    assert {warning.category for warning in caught} <= {ours._base.ConvergenceWarning}
    limit = model.tol if name == "Ridge" else 2 * model.tol
    assert bool(caught) == (audit.relative_gap > limit)


BAD_PARAMETERS = [
    *[("Lasso", "alpha", value) for value in (-1, np.nan, np.inf, "1", None, [1.0])],
    *[("ElasticNet", "l1_ratio", value) for value in (-0.1, 1.1, "x", None)],
    *[("Lasso", "tol", value) for value in (-1e-3, "x", None)],
    *[("Lasso", "max_iter", value) for value in (0, 1.5, "x")],
    *[("Lasso", "precompute", value) for value in ("auto", 3, None)],
    *[("Lasso", "selection", value) for value in ("other", 1, None)],
    *[("Lasso", "random_state", value) for value in (-1, "x", 0.5)],
    *[
        ("Lasso", name, value)
        for name in ("fit_intercept", "copy_X", "warm_start", "positive")
        for value in (1, "yes", None)
    ],
    *[("Ridge", "alpha", value) for value in (-1, np.nan, "1", None)],
    *[("Ridge", "solver", value) for value in ("other", 1, None)],
    *[("Ridge", "max_iter", value) for value in (0, 1.5)],
    *[("Ridge", "tol", value) for value in (-1, "x")],
    *[("Ridge", "positive", value) for value in (1, "yes")],
    *[("Ridge", "random_state", value) for value in (-1, "x")],
]


@pytest.mark.parametrize(("name", "parameter", "value"), BAD_PARAMETERS)
def test_bad_parameters_raise_the_same_exceptions(data, name, parameter, value):
    X, y = data[0], data[1][:, 0]
    mine = getattr(ours, name)(**{parameter: value})
    other = getattr(theirs, name)(**{parameter: value})
    with pytest.raises(ValueError, match=parameter) as their_error:
        other.fit(X, y)
    with pytest.raises(ValueError, match=parameter) as my_error:
        mine.fit(X, y)
    assert isinstance(their_error.value, TypeError)
    assert isinstance(my_error.value, TypeError)
    assert repr(value) in str(my_error.value)


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
def test_infinite_alpha_is_told_from_a_negative_one(data, name):
    with pytest.raises(ValueError, match=r"must be a finite number >= 0, got inf"):
        getattr(ours, name)(np.inf).fit(data[0], data[1][:, 0])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"alpha": [1.0, 2.0, 3.0]}, "3 entries but y has 2 targets"),
        ({"alpha": ["a", "b"]}, "could not convert"),
        ({"solver": "lbfgs"}, "positive=True"),
        ({"solver": "svd", "positive": True}, "'svd'"),
    ],
)
def test_inconsistent_ridge_parameters_are_value_errors(data, params, message):
    X, y, _ = data
    mine, other = ours.Ridge(**params), theirs.Ridge(**params)
    with pytest.raises(ValueError, match=r"."):
        other.fit(X, y)
    with pytest.raises(ValueError, match=message):
        mine.fit(X, y)


@pytest.mark.parametrize(
    "solver", ["auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga"]
)
def test_every_ridge_solver_name_gives_the_solution(data, solver):
    X, y, _ = data
    expected = theirs.Ridge(2.0, solver="svd").fit(X, y)
    mine = ours.Ridge(2.0, solver=solver, random_state=0, max_iter=10).fit(X, y)
    assert_allclose(mine.coef_, expected.coef_, atol=1e-10)


class TestPrecompute:
    def fit(self, module, X, y, gram, weights=None, **params):
        model = module.Lasso(alpha=0.1, precompute=gram, **TIGHT, **params)
        return model.fit(X, y, sample_weight=weights)

    def test_right_gram_matrix(self, data):
        X, y, weights = data[0], data[1][:, 0], data[2]
        X = X - np.average(X, axis=0, weights=weights)
        scaled = X * np.sqrt(weights * (40 / weights.sum()))[:, None]
        mine = self.fit(ours, X, y, scaled.T @ scaled, weights)
        other = self.fit(theirs, X, y, scaled.T @ scaled, weights)
        assert_allclose(mine.coef_, other.coef_, atol=1e-6)
        assert_allclose(
            mine.coef_, self.fit(ours, X, y, True, weights).coef_, atol=1e-12
        )

    def test_gram_matrix_of_other_data(self, data):
        X, y = data[0], data[1][:, 0]
        for module in (ours, theirs):
            with pytest.raises(ValueError, match="did not pass validation"):
                self.fit(module, X - X.mean(0), y, np.eye(5) + 1.0)

    def test_gram_matrix_of_x_that_is_not_centred(self, data):
        X, y = data[0], data[1][:, 0]
        for module in (ours, theirs):
            with pytest.warns(UserWarning, match="Gram matrix"):
                self.fit(module, X, y, X.T @ X)
        assert_allclose(
            self.fit(ours, X, y, X.T @ X, fit_intercept=False).coef_,
            self.fit(theirs, X, y, X.T @ X, fit_intercept=False).coef_,
            atol=1e-6,
        )

    def test_wrong_shape(self, data):
        X, y = data[0], data[1][:, 0]
        with pytest.raises(ValueError, match=r"shape \(5, 5\), got \(4, 4\)"):
            self.fit(ours, X - X.mean(0), y, np.eye(4))
