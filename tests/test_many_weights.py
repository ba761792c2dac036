"""Samples that share rows and a start are the fits with their weights."""

from __future__ import annotations

import numpy as np
import pytest

import fastreg
from problems import samples

N_ROWS = 60


def check_fits(fit, X, y, alpha, weights, **options):
    """Every sample of fit is the path's, and its gap is true."""
    for i, weight in enumerate(weights):
        path = fastreg.path(
            X, y, alphas=[alpha], tol=1e-13, sample_weight=weight, **options
        )
        np.testing.assert_allclose(fit.coef(i), path.coefs[:, 0], atol=1e-8)
        assert fit.intercepts[i] == pytest.approx(path.intercepts[0], abs=1e-6)
        assert fit.status[i] == "converged"
        assert fit.dual_gaps[i] <= 1e-11


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((N_ROWS, 150)) + rng.integers(-3, 4, 150)
    y = X[:, :4].sum(axis=1) + rng.standard_normal(N_ROWS)
    return X, y


@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_samples_are_fits_with_weights(data, l1_ratio, standardize, fit_intercept):
    X, y = data
    options = {
        "l1_ratio": l1_ratio,
        "standardize": standardize,
        "fit_intercept": fit_intercept,
    }
    fit = fastreg.bootstrap(X, y, 20, alpha=0.3, tol=1e-11, **options)
    check_fits(fit, X, y, 0.3, samples(N_ROWS, 20), **options)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_any_storage(data, dtype, order):
    X = np.asarray(4.0 * data[0], dtype=dtype, order=order)
    fit = fastreg.bootstrap(X, data[1], 5, alpha=0.2, tol=1e-11)
    check_fits(fit, X, data[1], 0.2, samples(N_ROWS, 5))


def test_bounds_factors_and_weights(data):
    X, y = data
    factor = np.ones(150)
    factor[[0, 7]] = 0.0, np.inf
    factor[20:60] = 2.0
    upper = np.full(150, np.inf)
    upper[1] = 0.2
    options = {"penalty_factor": factor, "lower_bounds": 0.0, "upper_bounds": upper}
    own = np.linspace(0.5, 2.0, N_ROWS)
    fit = fastreg.bootstrap(
        X, y, 12, alpha=0.2, tol=1e-11, sample_weight=own, **options
    )
    check_fits(fit, X, y, 0.2, samples(N_ROWS, 12) * own, **options)
    assert fit.coefs.toarray()[:, 1].max() == 0.2
    assert not fit.coefs.toarray()[:, 7].any()


def test_gaps_are_true(data):
    X, y = data
    fit = fastreg.bootstrap(X, y, 10, alpha=0.1, tol=1e-3)
    for i, weight in enumerate(samples(N_ROWS, 10)):
        audit = fastreg.certify(
            X, y, fit.coef(i), fit.intercepts[i], alpha=0.1, sample_weight=weight
        )
        assert audit.relative_gap <= fit.dual_gaps[i] + 1e-12 <= 1e-3


@pytest.mark.parametrize("tol", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
def test_digits_that_entries_lack_are_not_missed(data, tol, l1_ratio):
    """Entries of the Gram matrix are in float32 where tol is not tight."""
    X, y = data
    X[:, 100:] = X[:, :50] + 1e-5 * X[:, 100:]  # nearly dependent
    drawn = samples(N_ROWS, 20)
    options = {"l1_ratio": l1_ratio, "tol": tol}
    fit = fastreg.bootstrap(X, y, 20, alpha=0.2, **options)
    assert fit.status == ("converged",) * 20
    assert fit.dual_gaps.max() <= tol
    for i, weight in enumerate(drawn):
        audit = fastreg.certify(
            X,
            y,
            fit.coef(i),
            fit.intercepts[i],
            alpha=0.2,
            l1_ratio=l1_ratio,
            sample_weight=weight,
        )
        assert audit.relative_gap <= fit.dual_gaps[i] + 1e-12


def test_columns_that_are_constant_in_a_sample(data):
    X, y = data
    X[:, 0] = 5.0  # in all
    X[:, 1] = 0.0
    X[3, 1] = 1.0  # in those that miss row 3
    X[:, 2] += 1e5  # far from zero
    drawn = samples(N_ROWS, 16)
    assert 0 < (drawn[:, 3] == 0.0).sum() < 16
    fit = fastreg.bootstrap(X, y, 16, alpha=0.1, tol=1e-11)
    for i, weight in enumerate(drawn):
        path = fastreg.path(X, y, alphas=[0.1], tol=1e-13, sample_weight=weight)
        np.testing.assert_allclose(fit.coef(i), path.coefs[:, 0], atol=1e-8)
        assert fit.coef(i)[0] == 0.0
        assert weight[3] > 0.0 or fit.coef(i)[1] == 0.0


def test_responses_that_are_constant_in_a_sample(data):
    X, _ = data
    y = np.zeros(N_ROWS)
    y[5] = 1.0
    drawn = samples(N_ROWS, 30)
    fit = fastreg.bootstrap(X, y, 30, alpha=0.01, tol=1e-10)
    for i, weight in enumerate(drawn):
        if weight[5] == 0.0:
            assert not fit.coef(i).any()
            assert fit.intercepts[i] == 0.0
        else:
            path = fastreg.path(X, y, alphas=[0.01], tol=1e-12, sample_weight=weight)
            np.testing.assert_allclose(fit.coef(i), path.coefs[:, 0], atol=1e-6)


def test_what_is_wrong_with_y_is_said_of_each_sample(data):
    fit = fastreg.bootstrap(data[0], 1e200 * data[1], 3, alpha=0.1)
    assert fit.status == ("failed",) * 3
    assert set(fit.messages.values()) == {"y is too large: its squares overflow"}


def test_relative_strengths(data):
    X, y = data
    fit = fastreg.bootstrap(X, y, 6, alpha=0.5, relative=True, tol=1e-11)
    for i, weight in enumerate(samples(N_ROWS, 6)):
        own = fastreg.path(X, y, alphas=2, sample_weight=weight).alphas[0]
        assert fit.alphas[i] == pytest.approx(0.5 * own)
    check_fits(
        fastreg.bootstrap(X, y, 1, alpha=fit.alphas[0], tol=1e-11),
        X,
        y,
        fit.alphas[0],
        samples(N_ROWS, 1),
    )


def test_threads_and_blocks_give_the_same_bits(data):
    X, y = data
    one, three = (fastreg.bootstrap(X, y, 300, alpha=0.2, n_threads=k) for k in (1, 3))
    np.testing.assert_array_equal(one.coefs.toarray(), three.coefs.toarray())
    np.testing.assert_array_equal(one.dual_gaps, three.dual_gaps)
