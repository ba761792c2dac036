"""One small fit is that of `path`, and its errors are, too."""

from __future__ import annotations

import numpy as np
import pytest

import fastreg


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 7)) + 2.0
    return X, X[:, 0] - X[:, 3] + 0.5 * rng.standard_normal(60)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.4, 0.0])
@pytest.mark.parametrize("alpha", [0.5, 0.01, 0.0])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_is_the_path(data, alpha, l1_ratio, standardize, fit_intercept):
    X, y = data
    options = {"standardize": standardize, "fit_intercept": fit_intercept}
    fit = fastreg.solve(X, y, alpha, l1_ratio, tol=1e-12, **options)
    path = fastreg.path(X, y, alphas=[alpha], l1_ratio=l1_ratio, tol=1e-12, **options)
    np.testing.assert_allclose(fit.coef, path.coefs[:, 0], atol=1e-10)
    assert fit.intercept == pytest.approx(path.intercepts[0], abs=1e-10)
    assert fit.dual_gap <= 1e-12
    assert fit.converged
    np.testing.assert_allclose(fit.predict(X), path.predict(X)[:, 0], atol=1e-10)


def test_other_storage_goes_the_long_way(data):
    X, y = data
    plain = fastreg.solve(X, y, 0.1, tol=1e-12)
    for other in (np.asfortranarray(X), X.tolist()):
        np.testing.assert_allclose(
            fastreg.solve(other, y, 0.1, tol=1e-12).coef, plain.coef, atol=1e-12
        )
    heavy = fastreg.solve(X, y, 0.1, tol=1e-12, sample_weight=np.full(60, 3.0))
    np.testing.assert_allclose(heavy.coef, plain.coef, atol=1e-10)


def test_memory_of_every_kind(data):
    X, y = data
    plain = fastreg.solve(X, y, 0.1, tol=1e-12)
    shifted = np.frombuffer(b"x" + X.tobytes(), np.uint8)[1:].view(np.float64)
    for other, response in (
        (X[::-1, :], y[::-1]),
        (np.repeat(X, 2, axis=1)[:, ::2], np.repeat(y, 3)[::3]),
        (X.astype(">f8"), y.astype(">f8")),
        (shifted.reshape(X.shape), y),
        (X.astype(np.float32).astype(object), y.tolist()),
    ):
        fit = fastreg.solve(other, response, 0.1, tol=1e-12)
        exact = X.astype(np.float32) if other.dtype == object else X
        wanted = fastreg.solve(exact, y, 0.1, tol=1e-12) if exact is not X else plain
        np.testing.assert_allclose(fit.coef, wanted.coef, atol=1e-11)


def test_gap_is_true(data):
    X, y = data
    fit = fastreg.solve(X, y, 0.1, tol=1e-3)
    audit = fastreg.certify(X, y, fit.coef, fit.intercept, alpha=0.1)
    assert audit.relative_gap <= fit.dual_gap + 1e-12


def test_constant_response():
    X = np.random.default_rng(0).standard_normal((10, 2))
    fit = fastreg.solve(X, np.full(10, 3.0), 0.1)
    assert fit.intercept == 3.0
    assert not fit.coef.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alpha": -1.0}, "alpha must be >= 0, got -1"),
        ({"l1_ratio": 2.0}, r"l1_ratio must be in \[0, 1\], got 2"),
        ({"y": np.full(60, np.nan)}, "y has NaN at position 0"),
        ({"y": np.zeros(59)}, "y has 59 entries but X has 60 rows"),
        ({"X": np.full((60, 7), np.inf)}, "X has inf in column 0"),
    ],
)
def test_errors(data, change, message):
    arguments = {"X": data[0], "y": data[1], "alpha": 0.1, **change}
    with pytest.raises(ValueError, match=message):
        fastreg.solve(**arguments)


def test_warns_above_tol(data):
    X, y = data
    with pytest.warns(fastreg.ConvergenceWarning, match="did not reach tol=0"):
        fit = fastreg.solve(X, y, 0.1, tol=0.0)
    assert not fit.converged
