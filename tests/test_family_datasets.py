"""Logistic and softmax paths of the data that scikit-learn bundles: right to 1e-6.

The gap of a certificate bounds the objective; its root is about what it leaves of the
coefficients, so that these are compared themselves, in two ways. The reference's solver
shares no code with the kernels. And one Newton step on the support, written out here,
says how far away the solution is: next to it the step is the error, but for its square.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.special import softmax

import fastreg
from fastreg import reference as ref

datasets = pytest.importorskip("sklearn.datasets")

Floats = NDArray[np.float64]

BINOMIAL = ("breast_cancer", "digits_3_8")
MULTINOMIAL = ("wine", "digits")

# l1_ratio, and the gap that leaves errors below 1e-6, about its root. The gaps of Lasso
# solutions have rounding errors of 1e-15.
MIXES = [(1.0, 1e-14), (0.5, 1e-15), (0.0, 2e-16)]


def load(name: str) -> tuple[Floats, Floats]:
    """X as it is, in units from 1e-3 to 1e3 or grey levels, and class indices."""
    if name == "digits_3_8":
        X, y = datasets.load_digits(return_X_y=True)
        chosen = np.isin(y, (3, 8))
        return X[chosen], (y[chosen] == 8).astype(float)
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return X, y.astype(float)


def stated(name: str, **options: Any) -> ref.Problem:
    """The data as a problem of the reference."""
    family = "binomial" if name in BINOMIAL else "multinomial"
    return ref.Problem(*load(name), 1.0, family=family, **options)


def grid(problem: ref.Problem, n_alphas: int, *, eps: float = 1e-3) -> Floats:
    """From where coefficients enter; ridge begins where glmnet's does."""
    first = ref.alpha_max(replace(problem, l1_ratio=problem.l1_ratio or 1e-3))
    return first * np.geomspace(0.95, eps, n_alphas)


def fitted(problem: ref.Problem, alphas: Floats, tol: float) -> fastreg.Path:
    """The path of the same problem; no warning is given, or the test fails."""
    return fastreg.path(
        problem.X,
        problem.y,
        family=problem.family,
        alphas=alphas,
        l1_ratio=problem.l1_ratio,
        standardize=problem.standardize,
        tol=tol,
    )


def assert_same(problem: ref.Problem, coefs: Floats, expected: Floats) -> None:
    """Equal to 1e-6 of each alpha's largest, in units of the columns and without."""
    for unit in (1.0, problem.scale):
        for k in range(expected.shape[-1]):
            found, right = unit * coefs[..., k], unit * expected[..., k]
            assert_allclose(found, right, rtol=0, atol=1e-6 * np.abs(right).max())


# --- the reference's solver ---------------------------------------------------------


@pytest.mark.parametrize(("l1_ratio", "tol"), MIXES)
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("name", [*BINOMIAL, "wine"])
def test_coefficients_are_those_of_the_reference(name, standardize, l1_ratio, tol):
    problem = stated(name, standardize=standardize, l1_ratio=l1_ratio)
    alphas = grid(problem, 8)
    coefs, intercepts = ref.coordinate_descent_path(problem, alphas)
    path = fitted(problem, alphas, tol)
    assert_same(problem, path.coefs, coefs)
    largest = max(1.0, np.abs(intercepts).max())
    assert_allclose(path.intercepts, intercepts, rtol=0, atol=1e-6 * largest)


@pytest.mark.parametrize(("l1_ratio", "tol"), MIXES)
@pytest.mark.parametrize("standardize", [True, False])
def test_ten_digits_have_the_coefficients_of_the_reference(standardize, l1_ratio, tol):
    problem = stated("digits", standardize=standardize, l1_ratio=l1_ratio)
    alphas = grid(problem, 2, eps=0.05)
    coefs, intercepts = ref.coordinate_descent_path(problem, alphas)
    path = fitted(problem, alphas, tol)
    assert_same(problem, path.coefs, coefs)
    assert_allclose(path.intercepts, intercepts, rtol=0, atol=1e-6)


# --- a Newton step on the support ---------------------------------------------------


def newton_step(problem: ref.Problem, coef: Floats, intercept: Any) -> Floats:
    """The step to the minimum of the quadratic model with these signs, (K, p + 1).

    It is one of the scaled coefficients, after those of the intercepts. Coefficients of
    0 stay, after an assertion that they are optimal. Two classes are 0 and b.
    """
    unit = np.where(problem.scale > 0.0, problem.scale, 1.0)
    D = np.column_stack([np.ones(len(problem.y)), problem.X / unit])
    b = np.column_stack([np.atleast_1d(intercept), np.atleast_2d(coef) * unit])
    if problem.family == "binomial":
        b = np.vstack([np.zeros_like(b), b])
    l1, l2 = np.full((2, *b.shape), problem.alpha)
    l1 *= problem.l1_ratio
    l2 *= 1.0 - problem.l1_ratio
    l1[:, 0] = l2[:, 0] = 0.0

    mu = softmax(D @ b.T, axis=1)
    gradient = (np.eye(len(b))[problem.y.astype(int)] - mu).T @ D / len(D) - l2 * b
    free = b != 0.0
    free[0, 0] = False  # adding a number to all intercepts changes nothing
    zero = b == 0.0
    if problem.family == "binomial":
        zero[0] = False
    assert np.all(np.abs(gradient[zero]) <= l1[zero] * (1.0 + 1e-6))
    return quadratic_step(D, mu, gradient - l1 * np.sign(b), l2, free)


def quadratic_step(
    D: Floats, mu: Floats, gradient: Floats, l2: Floats, free: NDArray[np.bool_]
) -> Floats:
    """The inverse Hessian of the free coefficients times their gradient."""
    K, p = gradient.shape
    H = np.diag(l2.ravel()).reshape(K, p, K, p)
    for k, m in np.ndindex(K, K):
        curvature = mu[:, k] * ((k == m) - mu[:, m])
        H[k, :, m] += D.T @ (curvature[:, np.newaxis] * D) / len(D)
    chosen = np.flatnonzero(free)
    step = np.zeros(K * p)
    H = H.reshape(K * p, K * p)[np.ix_(chosen, chosen)]
    step[chosen] = np.linalg.solve(H, gradient.ravel()[chosen])
    return step.reshape(K, p)


def assert_steps_are_tiny(problem: ref.Problem, path: fastreg.Path) -> None:
    """At every alpha: in units of the columns and without, as in `assert_same`."""
    unit = np.where(problem.scale > 0.0, problem.scale, 1.0)
    for k, alpha in enumerate(path.alphas):
        coef, intercept = path.coefs[..., k], path.intercepts[..., k]
        at = replace(problem, alpha=float(alpha))
        step = np.abs(newton_step(at, coef, intercept)[:, 1:]).max(axis=0)
        size = np.abs(coef).reshape(-1, len(unit)).max(axis=0)
        assert step.max() <= 1e-6 * (size * unit).max()
        assert (step / unit).max() <= 1e-6 * size.max()


@pytest.mark.parametrize(("l1_ratio", "tol"), MIXES)
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("name", [*BINOMIAL, *MULTINOMIAL])
def test_a_newton_step_changes_nothing(name, standardize, l1_ratio, tol):
    problem = stated(name, standardize=standardize, l1_ratio=l1_ratio)
    path = fitted(problem, grid(problem, 15), tol)
    assert_steps_are_tiny(problem, path)


def test_a_newton_step_tells_of_an_error():
    problem = stated("wine", l1_ratio=0.5)
    path = fitted(problem, grid(problem, 3, eps=0.1), 1e-15)
    coef = path.coefs[..., -1]
    off = coef + 1e-4 * (coef != 0.0) / problem.scale
    at = replace(problem, alpha=float(path.alphas[-1]))
    step = newton_step(at, off, path.intercepts[..., -1])[:, 1:]
    assert_allclose(step[coef != 0.0], -1e-4, rtol=0.05)
