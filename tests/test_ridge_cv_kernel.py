"""The kernel of `ridge_cv`: leave-one-out by brute force, GCV by its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal

import problems
from designs import Verbs
from fastreg import _core

pytestmark = pytest.mark.core

TALL, SQUARE, WIDE = (45, 12), (20, 20), (16, 40)
ALPHAS = np.logspace(2, -6, 9)


def first(scores: Any) -> Any:
    return np.zeros(len(scores["loo"]), np.int64)


def kernel(X: Any, Y: Any, alphas: Any = ALPHAS, **options: Any) -> Any:
    given: dict[str, Any] = {
        "sample_weight": None,
        "fit_intercept": True,
        "standardize": True,
        "choose": first,
        "predictions": True,
    }
    return _core.ridge_cv(
        X, np.asfortranarray(Y.reshape(len(Y), -1)), alphas=alphas, **given | options
    )


class BruteForce:
    """Ridge with rows left out, by least squares with rows appended."""

    def __init__(
        self,
        X: Any,
        Y: Any,
        weight: Any = None,
        fit_intercept: bool = True,
        standardize: bool = True,
        factors: Any = None,
    ) -> None:
        self.n, self.p = X.shape
        w = np.ones(self.n) if weight is None else weight
        self.w = w * self.n / w.sum()
        mean = self.w @ X / self.n
        self.sd = np.sqrt(self.w @ (X - mean) ** 2 / self.n)
        self.scale = self.sd if standardize else np.ones(self.p)
        self.v = np.ones(self.p) if factors is None else factors
        self.X, self.Y = X, Y.reshape(self.n, -1)
        self.fit_intercept = fit_intercept

    def fit(self, w: Any, alpha: float) -> tuple[Any, Any]:
        """Coefficients and intercepts with these weights, n alpha kept."""
        x_mean, y_mean = np.zeros(self.p), np.zeros(self.Y.shape[1])
        if self.fit_intercept:
            x_mean, y_mean = w @ self.X / w.sum(), w @ self.Y / w.sum()
        root = np.sqrt(w)[:, np.newaxis]
        penalty = np.diag(np.sqrt(self.n * alpha * self.v) * self.scale)
        A = np.vstack([root * (self.X - x_mean), penalty])
        b = np.vstack([root * (self.Y - y_mean), np.zeros((self.p, self.Y.shape[1]))])
        coef = np.linalg.lstsq(A / self.sd, b, rcond=None)[0] / self.sd[:, np.newaxis]
        return coef, y_mean - x_mean @ coef

    def predictions(self, alpha: float) -> Any:
        out = np.empty_like(self.Y)
        for i in range(self.n):
            w = self.w.copy()
            w[i] = 0.0
            coef, intercept = self.fit(w, alpha)
            out[i] = self.X[i] @ coef + intercept
        return out

    def hat_trace(self, alpha: float) -> float:
        """Of the weighted rows, from the columns of an identity as targets."""
        keep, Y = self.w > 0.0, self.Y
        self.Y = np.diag(np.where(keep, 1.0, 0.0))
        coef, intercept = self.fit(self.w, alpha)
        self.Y = Y
        return float(np.trace((self.X @ coef + intercept)[keep][:, keep]))


def factors(p: int) -> Any:
    v = np.linspace(0.5, 2.0, p)
    v[[1, 4]] = 0.0
    return v


def weights_with_zeros(n: int) -> Any:
    w = problems.weights(n)
    w[[2, 9]] = 0.0
    return w


@pytest.mark.parametrize("shape", [TALL, SQUARE, WIDE], ids=str)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("with_factors", [True, False])
def test_equals_brute_force(
    shape: tuple[int, int],
    fit_intercept: bool,
    standardize: bool,
    weighted: bool,
    with_factors: bool,
) -> None:
    X, y = problems.ar1(*shape, 0.6)
    X, y = X + 1.0, y - 2.0
    Y = np.column_stack([y, np.sin(y)])
    n = shape[0]
    w = weights_with_zeros(n) if weighted else None
    v = factors(shape[1]) if with_factors else None
    brute = BruteForce(X, Y, w, fit_intercept, standardize, v)
    found = kernel(
        np.asfortranarray(X),
        Y,
        sample_weight=w,
        fit_intercept=fit_intercept,
        standardize=standardize,
        penalty_factor=v,
    )
    assert found["predictions"].shape == (2, len(ALPHAS), n)
    for k, alpha in enumerate(ALPHAS):
        expected = brute.predictions(alpha)
        size = 1.0 + np.abs(expected).max()
        assert_allclose(found["predictions"][:, k].T, expected, atol=1e-10 * size)
        loo = brute.w @ (Y - expected) ** 2 / n
        assert_allclose(found["loo"][:, k], loo, rtol=1e-10)
        df = brute.hat_trace(alpha)
        assert_allclose(found["df"][k], df, rtol=1e-9)
        coef, intercept = brute.fit(brute.w, alpha)
        rss = brute.w @ (Y - X @ coef - intercept) ** 2 / n
        left = 1.0 - df / np.sum(brute.w > 0.0)
        if left > 1e-3:
            assert_allclose(found["gcv"][:, k], rss / left**2, rtol=1e-8)


@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_storage_agrees(shape: tuple[int, int], dtype: Any) -> None:
    X, y = problems.ar1(*shape, 0.6)
    X = np.where(np.abs(X) > 0.8, X, 0.0).astype(dtype)
    w = weights_with_zeros(shape[0])
    v = factors(shape[1])
    options: dict[str, Any] = {"sample_weight": w, "penalty_factor": v}
    expected = kernel(np.asfortranarray(X, dtype=np.float64), y, **options)
    sparse = sp.csc_array(X)
    others = [
        np.ascontiguousarray(X),
        np.asfortranarray(X),
        np.repeat(X, 2, axis=0)[::2],
        (sparse.data, sparse.indices, sparse.indptr, shape[0]),
    ]
    for given in others:
        found = kernel(given, y, **options)
        for key in ("loo", "gcv", "df", "predictions", "coefs", "intercepts"):
            size = 1.0 + np.abs(expected[key]).max()
            assert_allclose(found[key], expected[key], atol=1e-10 * size)


def test_many_rows_and_columns_go_by_blocks() -> None:
    X, y = problems.ar1(700, 130, 0.5)
    found = kernel(X, y)
    for k in (0, 4, 8):
        Z = (X - X.mean(axis=0)) / X.std(axis=0)
        hat = (
            Z @ np.linalg.solve(Z.T @ Z + 700 * ALPHAS[k] * np.eye(130), Z.T) + 1 / 700
        )
        error = (y - hat @ y) / (1 - np.diag(hat))
        assert_allclose(found["loo"][0, k], np.mean(error**2), rtol=1e-10)
        assert_allclose(found["df"][k], np.trace(hat), rtol=1e-10)


@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
def test_a_design_of_verbs_agrees(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.6)
    for v in (None, factors(shape[1])):
        expected = kernel(X, y, penalty_factor=v)
        found = kernel(Verbs(X), y, penalty_factor=v)
        for key in ("loo", "gcv", "df", "predictions", "coefs", "intercepts"):
            assert_allclose(found[key], expected[key], atol=1e-10, rtol=1e-10)


def test_several_targets_are_each_their_own() -> None:
    for shape in (TALL, WIDE):
        X, y = problems.ar1(*shape, 0.6)
        Y = np.column_stack([y * (k + 1) + np.sin(k * y) for k in range(30)])
        found = kernel(X, Y)
        for t in (0, 17, 29):
            one = kernel(X, Y[:, t])
            for key in ("loo", "gcv", "predictions", "coefs", "intercepts"):
                assert_allclose(found[key][t], one[key][0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_without_features_the_mean_predicts(fit_intercept: bool) -> None:
    X, y = np.full((7, 2), 3.0 if fit_intercept else 0.0), np.arange(7.0)
    found = kernel(X, y, fit_intercept=fit_intercept)
    left_out = (y.sum() - y) / 6 if fit_intercept else np.zeros(7)
    for k in range(len(ALPHAS)):
        assert_allclose(found["predictions"][0, k], left_out, atol=1e-12)
    assert_allclose(found["df"], float(fit_intercept))


@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_hard_problems_stay_finite(name: str, fit_intercept: bool) -> None:
    X, y = problems.PROBLEMS[name]()
    alphas = np.array([1.0, 1e-5, 1e-10, 1e-15, 0.0])
    found = kernel(np.asarray(X), y, alphas, fit_intercept=fit_intercept)
    for key in ("loo", "gcv", "df", "predictions", "coefs"):
        assert np.all(np.isfinite(found[key])), key


def test_interpolation_has_a_limit() -> None:
    """Errors of minimum-norm interpolation: those of ever smaller alphas."""
    X, y = problems.ar1(*WIDE, 0.5)
    brute = BruteForce(X, y)
    found = kernel(X, y, np.array([1e-6, 1e-9, 1e-12, 0.0]))
    expected = brute.predictions(1e-9)[:, 0]
    assert_allclose(found["predictions"][0, 1], expected, atol=1e-7)
    for k in (2, 3):
        assert_allclose(found["predictions"][0, k], expected, atol=1e-6)
    assert_allclose(found["df"], 16.0, atol=1e-4)


@pytest.mark.parametrize("name", ["duplicated", "dependent", "badly_scaled"])
def test_ill_conditioned_columns_equal_brute_force(name: str) -> None:
    X, y = problems.PROBLEMS[name]()
    X = np.asarray(X)
    brute = BruteForce(X, y)
    alphas = np.array([1e-3, 1e-6, 1e-9])
    found = kernel(X, y, alphas)
    for k, alpha in enumerate(alphas):
        expected = brute.predictions(alpha)[:, 0]
        assert_allclose(found["predictions"][0, k], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
def test_the_choice_is_solved(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.6)
    Y = np.column_stack([y, -2 * y, np.cos(y)])
    seen = []

    def best(scores: Any) -> Any:
        seen.append(scores)
        return np.argmin(scores["loo"], axis=1)

    found = kernel(X, Y, choose=best, predictions=False)
    assert len(seen) == 1
    assert seen[0]["predictions"] is None
    assert_array_equal(found["index"], np.argmin(found["loo"], axis=1))
    chosen = np.asfortranarray(ALPHAS[found["index"]][np.newaxis])
    path = _core.ridge_path(
        X, np.asfortranarray(Y), alphas=chosen, sample_weight=None,
        fit_intercept=True, standardize=True, solver="svd",
    )  # fmt: skip
    assert_allclose(found["coefs"], path["coefs"][:, :, 0], atol=1e-10)
    assert_allclose(found["intercepts"], path["intercepts"][:, 0], atol=1e-10)
    assert found["residuals"].max() < 1e-10
    assert found["dual_gaps"].max() < 1e-10


def test_what_choose_raises_arrives() -> None:
    X, y = problems.ar1(*TALL)

    def fail(scores: Any) -> Any:
        raise RuntimeError("no choice")

    with pytest.raises(RuntimeError, match="no choice"):
        kernel(X, y, choose=fail)
    with pytest.raises(ValueError, match="gave the index 9"):
        kernel(X, y, choose=lambda _: np.array([9]))
    with pytest.raises(ValueError, match="an index for each target"):
        kernel(X, y, choose=lambda _: np.array([1, 1]))
