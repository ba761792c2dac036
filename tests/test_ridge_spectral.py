"""The spectral form of ridge: one reduction for all alphas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import problems
from fastreg import _core

pytestmark = pytest.mark.core

TALL, WIDE = (150, 83), (83, 150)
ALPHAS = np.logspace(2, -4, 13)


def kernel(X: Any, Y: Any, alphas: Any, **options: Any) -> Any:
    Y = np.asfortranarray(Y.reshape(len(X), -1))
    grid = np.asfortranarray(np.repeat(np.array(alphas)[:, np.newaxis], Y.shape[1], 1))
    given: dict[str, Any] = {
        "sample_weight": None,
        "fit_intercept": True,
        "standardize": True,
        "solver": "spectral",
    }
    return _core.ridge_path(X, Y, alphas=grid, **given | options)


@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("with_factors", [True, False])
def test_equals_the_singular_values(
    shape: tuple[int, int], fit_intercept: bool, weighted: bool, with_factors: bool
) -> None:
    X, y = problems.ar1(*shape, 0.7)
    Y = np.column_stack([y, np.sin(y) + 2, y**2])
    v = np.linspace(0.5, 2.0, shape[1])
    v[[1, 7, 20]] = 0.0
    v[5] = np.inf
    options: dict[str, Any] = {
        "fit_intercept": fit_intercept,
        "sample_weight": problems.weights(shape[0]) if weighted else None,
        "penalty_factor": v if with_factors else None,
    }
    spectral = kernel(X, Y, ALPHAS, **options)
    svd = kernel(X, Y, ALPHAS, solver="svd", **options)
    error = np.linalg.norm(spectral["coefs"] - svd["coefs"], axis=1)
    assert np.all(error <= 1e-10 * np.linalg.norm(svd["coefs"], axis=1))
    assert_allclose(spectral["intercepts"], svd["intercepts"], atol=1e-9)
    assert_allclose(spectral["df"], svd["df"], rtol=1e-9)
    assert_allclose(spectral["deviance_ratio"], svd["deviance_ratio"], atol=1e-10)
    assert spectral["residuals"].max() < 1e-12
    assert spectral["solver"] == "spectral"


def test_degrees_of_freedom_are_the_trace_of_the_hat_matrix() -> None:
    X, y = problems.ar1(60, 10, 0.5)
    df = kernel(X, y, ALPHAS)["df"][0]
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    for k, alpha in enumerate(ALPHAS):
        hat = Z @ np.linalg.solve(Z.T @ Z + 60 * alpha * np.eye(10), Z.T)
        assert_allclose(df[k], 1 + np.trace(hat), rtol=1e-12)


@pytest.mark.parametrize("name", problems.PROBLEMS)
def test_hard_problems_agree_with_the_normal_equations(name: str) -> None:
    X, y = problems.PROBLEMS[name]()
    X = np.asarray(X)
    alphas = [1.0, 1e-4, 1e-9, 0.0]
    spectral = kernel(X, y, alphas)
    direct = "cholesky" if X.shape[0] >= X.shape[1] else "dual"
    other = kernel(X, y, alphas, solver=direct)
    fitted = X @ spectral["coefs"][0] + spectral["intercepts"]
    assert_allclose(fitted, X @ other["coefs"][0] + other["intercepts"], atol=1e-6)
    assert spectral["dual_gaps"].max() < 1e-10


def test_many_alphas_are_solved_by_it() -> None:
    X, y = problems.ar1(200, 120, 0.5)
    assert kernel(X, y, np.logspace(1, -1, 30), solver="auto")["solver"] == "spectral"
    assert kernel(X, y, [1.0, 0.1], solver="auto")["solver"] == "cholesky"
