"""Features that statistics leave out of the gap are those that add nothing to it."""

from __future__ import annotations

import numpy as np
import pytest

import fastreg


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((90, 200))
    for j in range(1, 200):
        X[:, j] = 0.6 * X[:, j - 1] + 0.8 * X[:, j]
    Y = X[:, [3, 64, 127, 199]] @ rng.standard_normal((4, 5))
    return X, Y + 0.5 * rng.standard_normal((90, 5))


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("tol", [1e-2, 1e-10])
def test_gaps_along_paths_are_true(data, l1_ratio, tol):
    X, Y = data
    alphas = np.geomspace(1.0, 0.01, 12) if l1_ratio == 0.0 else 12
    fit = fastreg.fit_many(X, Y, alphas=alphas, l1_ratio=l1_ratio, eps=0.01, tol=tol)
    for t in range(5):
        for k in range(0, 12, 3):
            audit = fastreg.certify(
                X,
                Y[:, t],
                fit.coef(t)[:, k],
                fit.intercepts[t, k],
                alpha=fit.alphas[t, k],
                l1_ratio=l1_ratio,
            )
            assert audit.relative_gap <= fit.dual_gaps[t, k] + 1e-12
            assert fit.dual_gaps[t, k] <= tol


def test_factors_and_bounds(data):
    X, Y = data
    factor = np.where(np.arange(200) % 2, 1.0, 0.5)
    factor[[10, 11, 12]] = 0.0, 3.0, np.inf
    options = {"penalty_factor": factor, "lower_bounds": -0.2, "upper_bounds": 0.3}
    fit = fastreg.fit_many(X, Y, alphas=8, eps=0.05, tol=1e-12, **options)
    for t in range(5):
        path = fastreg.path(X, Y[:, t], alphas=fit.alphas[t], tol=1e-13, **options)
        np.testing.assert_allclose(fit.coef(t), path.coefs, atol=1e-8)


def test_small_batches_with_weights_of_zero():
    rng = np.random.default_rng(0)
    Xs = rng.standard_normal((4, 25, 6)) + 1e4
    Xs[1, :, 2] = 7.0
    Xs[2, 5:, 3] = -1.0  # constant where the weight is positive
    ys = Xs[:, :, 0] - Xs[:, :, 5] + rng.standard_normal((4, 25))
    weights = rng.integers(1, 3, (4, 25)).astype(float)
    weights[:, :5] = 0.0
    fit = fastreg.fit_batch(Xs, ys, alpha=0.1, sample_weights=weights, tol=1e-11)
    for i in range(4):
        path = fastreg.path(
            Xs[i, 5:], ys[i, 5:], alphas=[0.1], sample_weight=weights[i, 5:], tol=1e-12
        )
        np.testing.assert_allclose(fit.coef(i), path.coefs[:, 0], atol=1e-9)
    assert fit.coef(1)[2] == fit.coef(2)[3] == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("family", ["gaussian", "binomial"])
@pytest.mark.parametrize("shape", [(3, 20, 4), (3, 200, 70), (3, 20, 90)])
def test_values_that_are_not_finite_fail_their_problem(shape, family, bad):
    rng = np.random.default_rng(0)
    Xs = rng.standard_normal(shape)
    ys = rng.integers(0, 2, shape[:2]).astype(float)
    whole = fastreg.fit_batch(Xs, ys, alpha=0.1, family=family)
    Xs[0, -1, -1] = bad
    ys[2, 0] = bad
    fit = fastreg.fit_batch(Xs, ys, alpha=0.1, family=family)
    word = "NaN" if np.isnan(bad) else "inf"
    assert fit.messages == {0: f"X has {word}", 2: f"y has {word}"}
    np.testing.assert_array_equal(fit.coef(1), whole.coef(1))
