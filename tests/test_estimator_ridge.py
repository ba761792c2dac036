"""`Ridge` beyond scikit-learn's: solvers by name, certificates, inference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

import fastreg
from fastreg import Ridge

SOLVERS = ["auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga"]
ITERATIVE = ["lsqr", "sparse_cg"]


def make_data(n: int = 40, p: int = 6, targets: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(n + p + targets)
    X = rng.normal(size=(n, p)) + rng.normal(size=(n, 1)) + 1.0
    Y = X @ rng.normal(size=(p, max(targets, 1))) + rng.normal(size=(n, 1)) + 5.0
    weights = rng.uniform(0.3, 3.0, n)
    weights[3] = 0.0
    return X, Y if targets else Y[:, 0], weights


class TestSolvers:
    @pytest.mark.parametrize("solver", SOLVERS)
    @pytest.mark.parametrize("shape", [(40, 6), (15, 30)])
    @pytest.mark.parametrize("kind", ["dense", "sparse"])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    @pytest.mark.parametrize("targets", [0, 3])
    def test_all_find_the_same(self, solver, shape, kind, fit_intercept, targets):
        X, y, weights = make_data(*shape, targets)
        given = sparse.csr_array(X) if kind == "sparse" else X
        params = {"alpha": 0.7, "fit_intercept": fit_intercept}
        model = Ridge(solver=solver, tol=1e-11, **params).fit(given, y, weights)
        other = theirs.Ridge(solver="svd", **params).fit(X, y, weights)
        assert_allclose(model.coef_, other.coef_, rtol=1e-7, atol=1e-8)
        assert_allclose(model.intercept_, other.intercept_, rtol=1e-7, atol=1e-8)
        assert np.max(model.residual_) < 1e-10
        assert np.shape(model.residual_) == np.shape(model.dual_gap_)
        assert model.n_iter_.shape == (max(targets, 1),)

    @pytest.mark.parametrize("shape", [(40, 6), (15, 30)])
    def test_names_are_mapped(self, shape):
        X, y, _ = make_data(*shape)
        used = {solver: Ridge(solver=solver).fit(X, y).solver_ for solver in SOLVERS}
        assert used["svd"] == "svd"
        assert used["cholesky"] == ("cholesky" if shape[0] >= shape[1] else "dual")
        assert used["lsqr"] == "lsqr"
        assert used["sparse_cg"] == "cg"
        assert used["sag"] == used["saga"] == used["auto"]

    @pytest.mark.parametrize("solver", ITERATIVE)
    def test_tolerance_and_limit_are_passed_on(self, solver):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(300, 80)) * np.logspace(0, 2, 80)
        y = X @ rng.normal(size=80) + rng.normal(size=300)
        X = sparse.csc_array(X)
        loose = Ridge(solver=solver, tol=1e-2).fit(X, y)
        tight = Ridge(solver=solver, tol=1e-11).fit(X, y)
        assert loose.residual_ <= 1e-2
        assert tight.residual_ <= 1e-11
        assert loose.n_iter_[0] < tight.n_iter_[0]
        with pytest.warns(fastreg.ConvergenceWarning, match="max_iter=2 ") as caught:
            model = Ridge(solver=solver, tol=1e-11, max_iter=2).fit(X, y)
        assert caught[0].filename == __file__
        assert model.n_iter_[0] == 2
        assert f"{model.residual_:.3e}" in str(caught[0].message)

    @pytest.mark.parametrize("solver", ["auto", "svd", "cholesky", "sag"])
    def test_the_others_are_exact_whatever_tol_is(self, solver):
        X, y, _ = make_data()
        loose = Ridge(solver=solver, tol=1.0, max_iter=1).fit(X, y)
        tight = Ridge(solver=solver, tol=1e-10).fit(X, y)
        assert_array_equal(loose.coef_, tight.coef_)
        assert loose.residual_ < 1e-12


def hat_matrix(X: Any, weights: Any, alpha: float, fit_intercept: bool) -> Any:
    """Maps y to its predictions; weights sum to the number of rows."""
    mean = np.average(X, axis=0, weights=weights) * fit_intercept
    W = np.diag(weights)
    C = X - mean
    A = np.linalg.inv(C.T @ W @ C + alpha * np.eye(X.shape[1])) @ C.T @ W
    if not fit_intercept:
        return C @ A, A
    average = np.ones((len(X), 1)) * weights / weights.sum()
    return C @ A @ (np.eye(len(X)) - average) + average, A @ (np.eye(len(X)) - average)


class TestInference:
    @pytest.mark.parametrize("shape", [(40, 6), (15, 30)])
    @pytest.mark.parametrize("targets", [0, 1, 3])
    @pytest.mark.parametrize("weighted", [True, False])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    @pytest.mark.parametrize("kind", ["dense", "sparse"])
    def test_is_what_the_definition_says(
        self, shape, targets, weighted, fit_intercept, kind
    ):
        X, y, weights = make_data(*shape, targets)
        given = sparse.csc_array(X) if kind == "sparse" else X
        weights = weights if weighted else None
        model = Ridge(2.0, fit_intercept=fit_intercept, inference=True)
        model.fit(given, y, weights)
        kept = np.ones(len(X), bool) if weights is None else weights > 0
        w = np.ones(len(X)) if weights is None else weights[kept]
        n = kept.sum()
        H, A = hat_matrix(X[kept], w, 2.0, fit_intercept)
        Y = y[kept].reshape(n, -1)
        assert_allclose(model.df_, np.trace(H), rtol=1e-9)
        rss = (w[:, None] * (Y - H @ Y) ** 2).sum(axis=0) * n / w.sum()
        sigma = np.sqrt(rss / (n - np.trace(H)))
        assert_allclose(np.ravel(model.sigma_), sigma, rtol=1e-9)
        # y_i varies by sigma / sqrt(w_i), the weights being normalised.
        spread = np.sqrt((A**2 / w).sum(axis=1) * w.sum() / n)
        found = model.standard_errors_.reshape(-1, X.shape[1])
        assert_allclose(found, sigma[:, None] * spread, rtol=1e-8)
        assert model.standard_errors_.shape == model.coef_.shape
        assert np.shape(model.df_) == np.shape(model.dual_gap_)

    def test_of_least_squares_is_the_textbooks(self):
        X, y, _ = make_data()
        model = Ridge(0.0, inference=True).fit(X, y)
        design = np.column_stack([np.ones(40), X])
        coef, rss = np.linalg.lstsq(design, y, rcond=None)[:2]
        sigma = np.sqrt(rss[0] / (40 - 7))
        errors = sigma * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
        assert model.df_ == pytest.approx(7.0, rel=1e-12)
        assert model.sigma_ == pytest.approx(sigma, rel=1e-10)
        assert_allclose(model.coef_, coef[1:], rtol=1e-9)
        assert_allclose(model.standard_errors_, errors[1:], rtol=1e-9)

    def test_each_target_has_its_alpha(self):
        X, y, weights = make_data(targets=3)
        alphas = [0.1, 1.0, 30.0]
        model = Ridge(alphas, inference=True).fit(X, y, weights)
        for j, alpha in enumerate(alphas):
            one = Ridge(alpha, inference=True).fit(X, y[:, j], weights)
            assert model.df_[j] == pytest.approx(one.df_, rel=1e-9)
            assert model.sigma_[j] == pytest.approx(one.sigma_, rel=1e-9)
            assert_allclose(model.standard_errors_[j], one.standard_errors_, rtol=1e-8)

    def test_predictions_have_as_many_degrees_of_freedom(self):
        # df is the sum of d prediction_i / d y_i.
        X, y, _ = make_data(12, 5)
        base = Ridge(3.0, inference=True).fit(X, y)
        moved = 0.0
        for i in range(12):
            shifted = y.copy()
            shifted[i] += 1.0
            moved += (Ridge(3.0).fit(X, shifted).predict(X) - base.predict(X))[i]
        assert base.df_ == pytest.approx(moved, rel=1e-9)

    def test_is_forgotten_by_a_fit_without_it(self):
        X, y, _ = make_data()
        model = Ridge(inference=True).fit(X, y)
        model.set_params(inference=False).fit(X, y)
        for name in ("df_", "sigma_", "standard_errors_"):
            assert not hasattr(model, name)
        model.set_params(positive=True).fit(X, y)
        assert not hasattr(model, "residual_")

    def test_keeps_float32(self):
        X, y, _ = make_data()
        model = Ridge(inference=True).fit(X.astype(np.float32), y)
        exact = Ridge(inference=True).fit(X, y)
        for name in ("df_", "sigma_", "standard_errors_"):
            found = getattr(model, name)
            assert found.dtype == np.float32
            assert_allclose(found, getattr(exact, name), rtol=1e-4)

    def test_bad_combinations(self):
        X, y, _ = make_data()
        with pytest.raises(ValueError, match="inference=True needs positive=False"):
            Ridge(inference=True, positive=True).fit(X, y)
        with pytest.raises(ValueError, match="inference of Ridge must be True or"):
            Ridge(inference=1).fit(X, y)

    def test_docstring_names_what_it_learns(self):
        X, y, _ = make_data()
        model = Ridge(inference=True).fit(X, y)
        for name in vars(model):
            assert name in (Ridge.__doc__ or "")
