"""Ridge by iteration: conjugate gradients and LSMR against singular values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

import problems
from designs import Verbs
from fastreg import _core

pytestmark = pytest.mark.core

SHAPES = {"tall": (90, 25), "square": (40, 40), "wide": (30, 110)}
ALPHAS = [3.0, 0.1, 0.1, 1e-4]

each_solver = pytest.mark.parametrize("solver", ["cg", "lsqr"])
each_shape = pytest.mark.parametrize("shape", SHAPES)


def words(n: int, p: int, seed: int = 0) -> Any:
    """Sparse columns of very different numbers of entries, the first one full."""
    rng = np.random.default_rng(seed)
    share = np.clip(1.2 * n / (1.0 + np.arange(p)), 2, n) / n
    X = rng.standard_normal((n, p)) * (rng.random((n, p)) < share)
    X[:, 0] += 5.0
    X[0, :] = 1.0
    return X


def fit(X: Any, Y: Any, solver: str, alphas: Any, **options: Any) -> dict[str, Any]:
    """The kernel's answer; alphas are (k,), for all targets, or (k, m)."""
    Y = np.asfortranarray(Y if Y.ndim == 2 else Y[:, np.newaxis])
    grid = np.asarray(alphas, dtype=float)
    if grid.ndim == 1:
        grid = np.repeat(grid[:, np.newaxis], Y.shape[1], axis=1)
    if sparse.issparse(X):
        X = (X.data, X.indices, X.indptr, X.shape[0])
    given: dict[str, Any] = {
        "sample_weight": None,
        "fit_intercept": True,
        "standardize": False,
    }
    given |= options
    return dict(
        _core.ridge_path(X, Y, alphas=np.asfortranarray(grid), solver=solver, **given)
    )


def residuals(
    X: Any, Y: Any, found: dict[str, Any], alphas: Any, **options: Any
) -> tuple[Any, Any]:
    """Relative residuals of the normal equations and gaps, recomputed in NumPy."""
    n, p = X.shape
    w = options.get("sample_weight")
    w = np.ones(n) if w is None else w * (n / w.sum())
    v = options.get("penalty_factor")
    v = np.ones(p) if v is None else v
    root = np.sqrt(w)[:, np.newaxis]
    centre = options.get("fit_intercept", True)
    mean = w @ X / n if centre else np.zeros(p)
    scale = np.ones(p)
    if options.get("standardize", False):
        scale = np.sqrt(w @ (X - w @ X / n) ** 2 / n)
    scale[scale == 0.0] = 1.0
    used = np.isfinite(v) & (v > 0)
    T = root * (X - mean) / scale
    Q = np.linalg.qr(T[:, v == 0.0])[0]
    Z = T[:, used] / np.sqrt(v[used])
    Z -= Q @ (Q.T @ Z)
    y = root * (Y - (w @ Y / n if centre else 0.0))
    y -= Q @ (Q.T @ y)
    out = np.empty((Y.shape[1], len(alphas)))
    gaps = np.empty_like(out)
    for t in range(Y.shape[1]):
        for s, alpha in enumerate(alphas):
            b = found["coefs"][t, used, s] * scale[used] * np.sqrt(v[used])
            g = Z.T @ (y[:, t] - Z @ b) / n - alpha * b
            out[t, s] = np.linalg.norm(g) / np.linalg.norm(Z.T @ y[:, t] / n)
            gaps[t, s] = g @ g / (2 * alpha) if alpha > 0 else 0.0
    return out, gaps


def some_options(n: int, p: int) -> dict[str, dict[str, Any]]:
    factor = np.linspace(0.2, 4.0, p)
    hard = factor.copy()
    hard[[1, 4]] = 0.0
    hard[[2, 7]] = np.inf
    weight = problems.weights(n)
    weight[3] = 0.0
    return {
        "plain": {},
        "no intercept": {"fit_intercept": False},
        "standardised": {"standardize": True},
        "weighted": {"sample_weight": weight},
        "factors": {"penalty_factor": factor},
        "hard factors": {"penalty_factor": hard},
        "all": {
            "sample_weight": weight,
            "penalty_factor": hard,
            "standardize": True,
        },
    }


@each_solver
@each_shape
@pytest.mark.parametrize("name", some_options(30, 25))
@pytest.mark.parametrize("storage", ["F", "C", "csc"])
def test_iteration_finds_what_singular_values_give(
    solver: str, shape: str, name: str, storage: str
) -> None:
    n, p = SHAPES[shape]
    X = words(n, p)
    rng = np.random.default_rng(1)
    Y = X[:, :3] @ rng.standard_normal((3, 3)) + rng.standard_normal((n, 3)) + 2.0
    options = some_options(n, p)[name]
    given = sparse.csc_array(X) if storage == "csc" else np.array(X, order=storage)
    found = fit(given, Y, solver, ALPHAS, tol=1e-12, **options)
    exact = fit(np.asfortranarray(X), Y, "svd", ALPHAS, **options)
    assert found["solver"] == solver
    assert found["residuals"].max() <= 1e-12
    measured, gaps = residuals(X, Y, found, ALPHAS, **options)
    assert_allclose(found["residuals"], measured, rtol=0.1, atol=1e-14)
    null = found["null_objective"][:, np.newaxis]
    assert_allclose(found["dual_gaps"], gaps / null, rtol=0.2, atol=1e-24)
    size = np.abs(exact["coefs"]).max()
    assert_allclose(found["coefs"], exact["coefs"], atol=1e-7 * size)
    for k in range(3):  # the smallest strength is the worst conditioned
        assert_allclose(
            found["coefs"][..., k], exact["coefs"][..., k], atol=1e-10 * size
        )
    assert_allclose(found["deviance_ratio"], exact["deviance_ratio"], atol=1e-9)


@each_solver
@each_shape
def test_tolerance_is_a_promise(solver: str, shape: str) -> None:
    X = words(*SHAPES[shape])
    Y = X[:, :2] + np.random.default_rng(2).standard_normal((len(X), 2))
    last = 0
    for tol in (1e-2, 1e-5, 1e-12):
        found = fit(sparse.csc_array(X), Y, solver, [0.01], tol=tol)
        measured, _ = residuals(X, Y, found, [0.01])
        assert measured.max() <= 1.01 * tol
        assert found["n_iter"].min() >= last
        last = found["n_iter"].max()


@each_solver
def test_each_target_has_its_strength(solver: str) -> None:
    X = words(50, 20)
    Y = np.column_stack([X[:, 0], X[:, 1] + X[:, 2], np.sin(np.arange(50.0))])
    alphas = np.array([[1.0, 0.1, 1.0], [0.5, 0.5, 0.01]])
    found = fit(X, Y, solver, alphas)
    for t in range(3):
        one = fit(X, Y[:, t], solver, alphas[:, t])
        assert_allclose(found["coefs"][t], one["coefs"][0], atol=1e-9)


@each_solver
@pytest.mark.parametrize("fit_intercept", [True, False])
@each_shape
def test_alpha_zero_is_the_minimum_norm(
    solver: str, shape: str, fit_intercept: bool
) -> None:
    """Also where columns occur twice."""
    n, p = SHAPES[shape]
    X = problems.ar1(n, p, 0.3)[0]
    X[:, 5] = X[:, 6]
    y = X[:, 0] + np.sin(np.arange(n)) + 3.0
    centred = X - X.mean(axis=0) if fit_intercept else X
    response = y - y.mean() if fit_intercept else y
    expected = np.linalg.lstsq(centred, response, rcond=1e-12)[0]
    for given in (X, sparse.csc_array(X)):
        found = fit(given, y, solver, [0.0], fit_intercept=fit_intercept, tol=1e-12)
        assert_allclose(found["coefs"][0, :, 0], expected, atol=1e-8)
        # The true gap is what is still explained of the residual.
        rest = response - centred @ found["coefs"][0, :, 0]
        basis, d, _ = np.linalg.svd(centred, full_matrices=False)
        explained = basis[:, d > 1e-10 * d[0]].T @ rest
        gap = explained @ explained / n / 2 / found["null_objective"][0]
        assert found["dual_gaps"][0, 0] >= 0.5 * gap
        assert found["dual_gaps"][0, 0] <= 1e-10


@each_solver
@pytest.mark.parametrize("alpha", [1e-8, 1e-12])
def test_tiny_strengths_end_and_say_how_well(solver: str, alpha: float) -> None:
    X = words(60, 30) * np.logspace(-3, 3, 30)
    y = X @ np.logspace(3, -3, 30) + np.sin(np.arange(60.0))
    found = fit(X, y, solver, [alpha])
    assert np.all(np.isfinite(found["coefs"]))
    measured, _ = residuals(X, y[:, np.newaxis], found, [alpha])
    assert_allclose(found["residuals"], measured, rtol=0.5, atol=1e-12)


@each_solver
def test_max_iter_is_kept_and_told(solver: str) -> None:
    X = words(60, 200)
    y = X[:, 1] + np.sin(np.arange(60.0))
    found = fit(sparse.csc_array(X), y, solver, [1e-3], max_iter=3, tol=1e-14)
    assert found["n_iter"].max() <= 3
    measured, _ = residuals(X, y[:, np.newaxis], found, [1e-3])
    assert measured.max() > 1e-14
    assert_allclose(found["residuals"], measured, rtol=1e-3)


@each_solver
def test_a_response_without_variation(solver: str) -> None:
    X = words(30, 10)
    found = fit(X, np.full(30, 0.1), solver, [0.1])
    assert np.all(found["coefs"] == 0.0)
    assert found["intercepts"][0, 0] == 0.1
    assert found["residuals"][0, 0] == 0.0


@each_solver
@pytest.mark.parametrize("p", [0, 1])
def test_nothing_to_solve_for(solver: str, p: int) -> None:
    X = np.ones((6, p))  # a constant column carries no coefficient
    found = fit(X, np.arange(6.0), solver, [0.1])
    assert found["coefs"].shape == (1, p, 1)
    assert np.all(found["coefs"] == 0.0)


@each_solver
@each_shape
def test_no_time_leaves_the_first_strength(solver: str, shape: str) -> None:
    X = words(*SHAPES[shape])
    y = X[:, 0] + np.sin(np.arange(len(X)))
    found = fit(X, y, solver, [1.0, 0.1], max_time=1e-9)
    assert found["coefs"].shape[-1] == 1
    whole = fit(X, y, solver, [1.0])
    assert_allclose(found["coefs"], whole["coefs"], rtol=1e-12)


def test_warm_starts_save_iterations() -> None:
    X = words(200, 400, seed=3)
    y = X[:, 1] + np.random.default_rng(4).standard_normal(200)
    X = sparse.csc_array(X)  # dense X of this size is solved in three iterations anyhow
    cold = fit(X, y, "cg", [0.1])["n_iter"][0, 0]
    warm = fit(X, y, "cg", [0.1001, 0.1])["n_iter"][0, 1]
    assert warm < cold


def test_heavy_columns_save_iterations() -> None:
    """A few columns with most of the entries are solved for exactly."""
    rng = np.random.default_rng(5)
    X = np.where(rng.random((300, 900)) < 0.02, rng.standard_normal((300, 900)), 0.0)
    X[:, :20] = rng.standard_normal((300, 20)) * np.linspace(4.0, 8.0, 20)
    y = X[:, 3] + X[:, 200] + rng.standard_normal(300)
    found = fit(sparse.csc_array(X), y, "cg", [0.01])
    plain = fit(Verbs(X), y, "cg", [0.01])  # rows are scaled, no more
    assert_allclose(found["coefs"], plain["coefs"], atol=1e-8)
    assert found["n_iter"][0, 0] < 0.8 * plain["n_iter"][0, 0]


def test_large_sparse_problems_are_iterated_on_by_themselves() -> None:
    rng = np.random.default_rng(6)
    X = sparse.random_array(
        (2000, 1200), density=0.01, rng=rng, data_sampler=rng.standard_normal
    ).tocsc()
    y = X @ rng.standard_normal(1200) + rng.standard_normal(2000)
    found = fit(X, y, "auto", [0.01])
    exact = fit(X, y, "cholesky", [0.01])
    assert found["solver"] == "cg"
    assert found["residuals"].max() <= 1e-10
    assert_allclose(found["coefs"], exact["coefs"], atol=1e-8)
    # Many strengths pay for one matrix.
    assert fit(X, y, "auto", np.geomspace(1, 1e-3, 200))["solver"] != "cg"
    # Small ones need no iteration.
    assert fit(X[:, :50], y, "auto", [0.01])["solver"] == "cholesky"


def test_where_iteration_turns_out_badly_another_way_is_taken() -> None:
    """Nearly dependent columns, which no foresight by their numbers sees."""
    rng = np.random.default_rng(7)
    base = sparse.random_array(
        (3000, 30), density=0.02, rng=rng, data_sampler=rng.standard_normal
    )
    mix = sparse.random_array((30, 600), density=0.2, rng=rng)
    noise = sparse.random_array((3000, 600), density=0.002, rng=rng) * 1e-4
    X = (base @ mix + noise).tocsc()
    y = np.asarray(X.sum(axis=1)).ravel() + rng.standard_normal(3000)
    found = fit(X, y, "auto", [1e-10])
    exact = fit(X, y, "cholesky", [1e-10])
    assert found["residuals"].max() <= 1e-10
    assert_allclose(X @ found["coefs"][0, :, 0], X @ exact["coefs"][0, :, 0], atol=1e-6)
    assert fit(X, y, "cg", [1e-10], max_iter=50)["residuals"].max() > 1e-10


@each_shape
def test_direct_forms_of_sparse_columns_far_from_zero(shape: str) -> None:
    n, p = SHAPES[shape]
    X = words(n, p)
    X[:, 0] += 1e3
    X[:, 1] += 1e5 * (1 + 1e-6 * np.arange(n))
    Y = np.sin(np.arange(n))[:, np.newaxis]
    for name, options in some_options(n, p).items():
        if name == "no intercept":
            continue
        exact = fit(np.asfortranarray(X), Y, "svd", [0.1], **options)
        for solver in ("cholesky", "dual"):
            found = fit(sparse.csc_array(X), Y, solver, [0.1], **options)
            assert_allclose(found["coefs"], exact["coefs"], atol=1e-9)
