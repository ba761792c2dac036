"""`fastreg.ridge`: optimal, the same in every form, and certified by what it says."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

import fastreg
import problems
import storages
from fastreg import reference
from fastreg.design import ChunkedDesign

pytestmark = pytest.mark.core

TALL, SQUARE, WIDE = (40, 9), (15, 15), (12, 30)
SHAPES = [TALL, SQUARE, WIDE]
DENSE_SOLVERS = ["cholesky", "dual", "cg", "lsqr", "spectral", "svd", "working_set"]


def problem_of(X: Any, y: Any, alpha: float, **options: Any) -> reference.Problem:
    return reference.Problem(X, y, alpha, l1_ratio=0.0, **options)


def every_option(n: int, p: int, seed: int = 0) -> dict[str, Any]:
    """Weights, factors with free and excluded features, and an offset."""
    rng = np.random.default_rng(seed)
    factor = rng.uniform(0.3, 3.0, p)
    factor[:2], factor[2] = 0.0, np.inf
    return {
        "sample_weight": problems.weights(n, seed),
        "penalty_factor": factor,
        "offset": rng.standard_normal(n),
    }


# --- what is solved --------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [10.0, 0.1, 1e-6])
def test_is_least_squares_on_stacked_data(
    shape: tuple[int, int], fit_intercept: bool, alpha: float
) -> None:
    """A row sqrt(n alpha v_j) for each coefficient, with 0 for its response."""
    X, y = problems.ar1(*shape, 0.7)
    X, y = X + 3.0, y - 5.0
    n, p = shape
    v = np.linspace(0.5, 2.0, p)
    one = np.ones((n, 1)) if fit_intercept else np.zeros((n, 0))
    rows = np.hstack([np.zeros((p, one.shape[1])), np.diag(np.sqrt(n * alpha * v))])
    stacked = np.vstack([np.hstack([one, X]), rows])
    solution = np.linalg.lstsq(stacked, np.r_[y, np.zeros(p)], rcond=None)[0]
    fit = fastreg.ridge(
        X,
        y,
        alpha,
        penalty_factor=v,
        fit_intercept=fit_intercept,
        standardize=False,
    )
    assert_allclose(fit.coef, solution[-p:], atol=1e-9)
    assert_allclose(fit.intercept, solution[0] if fit_intercept else 0.0, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("alpha", [1.0, 1e-3])
def test_every_option_at_once_equals_the_reference(
    shape: tuple[int, int], fit_intercept: bool, standardize: bool, alpha: float
) -> None:
    X, y = problems.ar1(*shape, 0.7)
    X = X * np.logspace(-1, 1, shape[1]) + 1.0
    options = {
        "fit_intercept": fit_intercept,
        "standardize": standardize,
        **every_option(*shape),
    }
    fit = fastreg.ridge(X, y, alpha, **options)
    problem = problem_of(X, y, alpha, **options)
    coef, intercept = reference.ridge(problem)
    assert_allclose(fit.coef, coef, atol=1e-9 * abs(coef).max())
    assert_allclose(fit.intercept, intercept, atol=1e-9)
    assert fit.coef[2] == 0.0
    assert fit.status == "converged"
    assert reference.normal_residual(problem, fit.coef) < 1e-10
    assert reference.relative_gap(problem, fit.coef, fit.intercept) < 1e-12


@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_certificates_can_be_recomputed(
    name: str, fit_intercept: bool, standardize: bool
) -> None:
    X, y = problems.PROBLEMS[name]()
    options = {"fit_intercept": fit_intercept, "standardize": standardize}
    size = np.mean(problem_of(X, y, 1.0, **options).x ** 2)
    for share in (1.0, 1e-3):
        alpha = float(share if standardize else share * size)
        fit = fastreg.ridge(X, y, alpha, **options)
        problem = problem_of(X, y, alpha, **options)
        residual = reference.normal_residual(problem, fit.coef)
        assert max(fit.residual, residual) < 1e-10
        gap = reference.relative_gap(problem, fit.coef, fit.intercept)
        assert max(fit.dual_gap, gap) < 1e-10
        null = reference.null_objective(problem)
        rest = problem.y - fit.predict(X)
        explained = 1.0 - np.mean(rest**2) / 2 / null
        assert_allclose(fit.deviance_ratio, explained, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_residual_and_gap_are_those_of_the_reference(shape: tuple[int, int]) -> None:
    """Where they are far above rounding: conjugate gradients, cut off early."""
    X, y = problems.ar1(*shape, 0.9)
    with pytest.warns(fastreg.ConvergenceWarning, match="relative residual"):
        fit = fastreg.ridge(X, y, 1e-3, solver="lsqr", max_iter=2)
    problem = problem_of(X, y, 1e-3)
    assert fit.n_iter == 2
    assert fit.status == "max_iter"
    assert fit.residual > 1e-6
    residual = reference.normal_residual(problem, fit.coef)
    assert_allclose(fit.residual, residual, rtol=1e-6)
    gap = reference.relative_gap(problem, fit.coef, fit.intercept)
    assert gap <= fit.dual_gap * (1 + 1e-6)


# --- solvers ---------------------------------------------------------------------


@pytest.mark.parametrize("solver", DENSE_SOLVERS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("plain", [True, False])
def test_every_solver_gives_the_same(
    solver: str, shape: tuple[int, int], plain: bool
) -> None:
    X, y = problems.ar1(*shape, 0.6)
    Y = np.column_stack([y, y**2])
    options = {} if plain else every_option(*shape)
    alpha = np.array([0.3, 0.01])
    fit = fastreg.ridge(X, Y, alpha, solver=solver, **options)
    assert fit.solver == solver
    for target in range(2):
        problem = problem_of(X, Y[:, target], alpha[target], **options)
        coef, intercept = reference.ridge(problem)
        assert_allclose(fit.coef[target], coef, atol=1e-8)
        assert_allclose(fit.intercept[target], intercept, atol=1e-8)
        assert reference.normal_residual(problem, fit.coef[target]) < 1e-9


@pytest.mark.parametrize("solver", DENSE_SOLVERS)
def test_every_solver_takes_sparse_data(solver: str) -> None:
    X, y = problems.ar1(*TALL)
    X = np.where(abs(X) > 0.7, X, 0.0)
    dense = fastreg.ridge(X, y, 0.1)
    fit = fastreg.ridge(sparse.csc_array(X), y, 0.1, solver=solver)
    assert_allclose(fit.coef, dense.coef, atol=1e-9)
    assert_allclose(fit.intercept, dense.intercept, atol=1e-9)


def test_the_solver_that_was_used_is_told() -> None:
    for shape in SHAPES:
        fit = fastreg.ridge(*problems.ar1(*shape), 1.0)
        assert fit.solver in DENSE_SOLVERS
        assert fit.solver in repr(fit)


# --- where normal equations are singular ------------------------------------------


def min_norm(X: Any, y: Any) -> Any:
    return np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)[0]


@pytest.mark.parametrize("solver", ["auto", "svd"])
def test_alpha_zero_is_least_squares_of_minimum_norm(solver: str) -> None:
    for shape in SHAPES:
        X, y = problems.ar1(*shape, 0.5)
        fit = fastreg.ridge(X, y, 0.0, solver=solver, standardize=False)
        assert_allclose(fit.coef, min_norm(X, y), atol=1e-8)
        assert fit.status == "converged"


@pytest.mark.parametrize("solver", ["auto", "svd"])
def test_duplicated_columns_share_what_they_explain(solver: str) -> None:
    X, y = problems.ar1(30, 6, seed=3)
    once = fastreg.ridge(X, y, 0.0)
    both_of = np.hstack([X, X])
    twice = fastreg.ridge(both_of, y, 0.0, solver=solver)
    assert_allclose(twice.coef, np.tile(once.coef / 2, 2), atol=1e-8)
    # A tiny alpha leaves the difference of two copies to rounding, but not their sum.
    for alpha in (1e-8, 1e-12):
        fit = fastreg.ridge(both_of, y, alpha, solver=solver)
        assert_allclose(fit.coef[:6] + fit.coef[6:], once.coef, atol=1e-6)
        assert_allclose(fit.predict(both_of), once.predict(X), atol=1e-6)


@pytest.mark.parametrize("solver", ["auto", "dual", "spectral", "svd", "lsqr"])
@pytest.mark.parametrize("shape", [(6, 6), (6, 12)], ids=str)
@pytest.mark.parametrize("left_out", [True, False])
def test_minimum_norm_of_columns_far_from_zero(
    solver: str, shape: tuple[int, int], left_out: bool
) -> None:
    """What rounding of the means leaves is no direction to fit in."""
    X, y = problems.ar1(*shape, snr=1.0)
    X = X + 1024.0
    near, w = X - 1024.0, np.ones(6)  # exactly
    Z = (near - near.mean(axis=0)) / near.std(axis=0)
    expected = np.linalg.pinv(Z, rcond=1e-10) @ (y - y.mean()) / near.std(axis=0)
    if left_out:  # a row without weight changes nothing
        X, y, w = np.vstack([X, X[0] * 2.0]), np.append(y, 7.0), np.append(w, 0.0)
    fit = fastreg.ridge(X, y, 0.0, solver=solver, sample_weight=w)
    assert_allclose(fit.coef, expected, atol=1e-9)
    assert fastreg.ridge(
        X, y, 0.0, solver=solver, sample_weight=w, inference=True
    ).df == pytest.approx(6.0)


@pytest.mark.parametrize("solver", ["auto", "dual", "spectral", "svd", "lsqr", "cg"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_rows_without_weight_give_no_direction_to_free_features(
    solver: str, fit_intercept: bool
) -> None:
    """At alpha = 0 and n < p, where directions count that should be exactly 0."""
    options: dict[str, Any] = {"solver": solver, "fit_intercept": fit_intercept}
    options |= {"penalty_factor": [0.0, 0.0, 0.5, 0.5, 0.0, 0.5, 1.0, 2.0]}
    for seed in range(5):
        X, y = problems.ar1(7, 8, seed=seed, snr=1.0)
        w = problems.weights(7)
        w[[1, 4]] = 0.0
        kept = w > 0.0
        fit = fastreg.ridge(X, y, 0.0, sample_weight=w, inference=True, **options)
        dropped = fastreg.ridge(X[kept], y[kept], 0.0, sample_weight=w[kept], **options)
        assert_allclose(fit.coef, dropped.coef, rtol=1e-6, atol=1e-7)
        assert fit.df == pytest.approx(5.0)


def test_columns_far_from_zero_that_free_features_explain_are_left_out() -> None:
    X, y = problems.ar1(3, 9, snr=1.0)
    v = np.where(np.arange(9) < 3, 0.0, 1.0)
    for solver in ("auto", "svd"):
        options: dict[str, Any] = {"solver": solver, "penalty_factor": v}
        fit = fastreg.ridge(X + 1024.0, y, 0.0, inference=True, **options)
        assert fit.df == pytest.approx(3.0)
        assert_allclose(fit.coef[3:], 0.0)
        assert_allclose(fit.predict(X + 1024.0), y, atol=1e-8)


@pytest.mark.parametrize("decades", [8, 16])
def test_condition_numbers_up_to_1e16_stay_finite(decades: int) -> None:
    """Singular values over many decades, of which y needs the large ones."""
    rng = np.random.default_rng(0)
    n, p = 60, 12
    U = np.linalg.qr(rng.standard_normal((n, p)) - 0.0)[0]
    U = np.linalg.qr(U - U.mean(axis=0))[0]
    V = np.linalg.qr(rng.standard_normal((p, p)))[0]
    d = np.r_[np.linspace(2.0, 1.0, p - 2), 10.0**-decades, 10.0**-decades]
    X = (U * d) @ V.T
    coef = V[:, : p - 2] @ rng.standard_normal(p - 2)
    y = X @ coef
    alphas = [1e-3, 1e-12, 0.0] if decades == 16 else [1e-3]
    for alpha in alphas:
        fit = fastreg.ridge(X, y, alpha, standardize=False)
        z, e = X - X.mean(axis=0), 1e-14
        W, s, Qt = np.linalg.svd(z, full_matrices=False)
        keep = s > e * s[0]
        shrunk = s[keep] / (s[keep] ** 2 + n * alpha)
        expected = Qt[keep].T @ (shrunk * (W[:, keep].T @ (y - y.mean())))
        assert np.all(np.isfinite(fit.coef))
        assert_allclose(fit.coef, expected, atol=1e-8)


def test_free_features_that_depend_on_each_other_have_minimum_norm() -> None:
    X, y = problems.ar1(30, 5)
    X = np.column_stack([X[:, 0], X[:, 0], X])
    fit = fastreg.ridge(X, y, 0.1, penalty_factor={0: 0.0, 1: 0.0, 2: 0.0})
    coef, _ = reference.ridge(
        problem_of(X, y, 0.1, penalty_factor=[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    )
    assert_allclose(fit.coef, coef, atol=1e-9)
    assert_allclose(fit.coef[0], fit.coef[2], atol=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("shape", [(1, 10), (1, 1), (5, 3), (3, 5)], ids=str)
def test_columns_that_cannot_have_a_coefficient(
    alpha: float, shape: tuple[int, int]
) -> None:
    """One row, constant columns, or all of them excluded: the intercept is left."""
    y = np.arange(1.0, shape[0] + 1)
    constant = np.tile(np.arange(shape[1]), (shape[0], 1)) + 0.5
    varying, _ = problems.ar1(*shape)
    for X, factor in ((constant, None), (varying, np.inf)):
        fit = fastreg.ridge(X, y, alpha, penalty_factor=factor)
        assert_array_equal(fit.coef, 0.0)
        assert_allclose(fit.intercept, y.mean())
        assert fit.status == "converged"
    free = fastreg.ridge(varying, y, alpha, penalty_factor=0.0)
    problem = problem_of(varying, y, alpha, penalty_factor=0.0)
    assert_allclose(free.coef, reference.ridge(problem)[0], atol=1e-9)


# --- invariances -----------------------------------------------------------------


def both(X: Any, y: Any, alpha: float = 0.1, **options: Any) -> tuple[Any, Any]:
    fit = fastreg.ridge(X, y, alpha, **options)
    return fit.coef, fit.intercept


def test_weights_are_repetitions() -> None:
    X, y = problems.ar1(*TALL)
    times = np.random.default_rng(0).integers(0, 4, TALL[0])
    rows = np.repeat(np.arange(TALL[0]), times)
    coef, intercept = both(X[rows], y[rows])
    for weight in (times, 1e-6 * times):
        weighted = both(X, y, sample_weight=weight)
        assert_allclose(weighted[0], coef, atol=1e-10)
        assert_allclose(weighted[1], intercept, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_units_and_origins_do_not_matter(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.5)
    unit = np.logspace(-3, 3, shape[1])
    coef, intercept = both(X, y)
    moved, shifted = both(X * unit + 7.0, 100.0 * y - 3.0)
    assert_allclose(moved * unit, 100.0 * coef, atol=1e-7)
    expected = 100.0 * intercept - 3.0 - 7.0 * moved.sum()
    assert_allclose(shifted, expected, rtol=1e-9)
    raw, _ = both(X, y, 0.1, standardize=False)
    scaled, _ = both(10.0 * X, y, 10.0, standardize=False)
    assert_allclose(10.0 * scaled, raw, atol=1e-10)


def test_rotations_of_the_features_do_not_matter() -> None:
    for shape in SHAPES:
        X, y = problems.ar1(*shape, 0.5)
        Q = np.linalg.qr(np.random.default_rng(1).standard_normal((shape[1],) * 2))[0]
        options = {"standardize": False, "fit_intercept": False}
        coef, _ = both(X, y, **options)
        rotated, _ = both(X @ Q, y, **options)
        assert_allclose(Q @ rotated, coef, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_order_of_rows_and_columns_does_not_matter(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.5)
    rng = np.random.default_rng(2)
    rows, columns = rng.permutation(shape[0]), rng.permutation(shape[1])
    coef, intercept = both(X, y)
    moved, same = both(X[rows][:, columns], y[rows])
    assert_allclose(moved, coef[columns], atol=1e-10)
    assert_allclose(same, intercept, atol=1e-10)


@pytest.mark.parametrize("name", storages.ALL)
@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
def test_every_storage_gives_the_same(name: str, shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape)
    X = storages.values_for(name, X)
    expected = fastreg.ridge(X, y, 0.1)
    fit = fastreg.ridge(storages.ALL[name](X), y, 0.1)
    assert_allclose(fit.coef, expected.coef, atol=1e-9)
    assert_allclose(fit.intercept, expected.intercept, atol=1e-9)
    assert_allclose(fit.predict(storages.ALL[name](X)), expected.predict(X), atol=1e-8)


def test_data_on_disk_gives_the_same(tmp_path: Path) -> None:
    X, y = problems.ar1(*TALL)
    np.save(tmp_path / "X.npy", X)
    expected = fastreg.ridge(X, y, 0.1)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert_allclose(fastreg.ridge(mapped, y, 0.1).coef, expected.coef, atol=1e-11)
    design = ChunkedDesign(mapped, chunk_rows=16)
    assert_allclose(fastreg.ridge(design, y, 0.1).coef, expected.coef, atol=1e-9)


def test_single_precision_costs_what_it_rounds() -> None:
    X, y = problems.ar1(*TALL)
    rounded = X.astype(np.float32)
    same = fastreg.ridge(rounded.astype(np.float64), y, 0.1)
    assert_allclose(fastreg.ridge(rounded, y, 0.1).coef, same.coef, atol=1e-12)
    assert_allclose(same.coef, fastreg.ridge(X, y, 0.1).coef, atol=1e-6)


def test_the_quick_way_is_the_general_way() -> None:
    """Plain arrays skip the checks, and nothing else."""
    for shape in SHAPES:
        X, y = problems.ar1(*shape)
        quick = fastreg.ridge(X, y, 0.1)
        general = fastreg.ridge(X, y, 0.1, n_threads=1)
        assert_array_equal(quick.coef, general.coef)
        assert quick.intercept == general.intercept
        assert quick.residual == general.residual
        assert fastreg.ridge(X, y, 1).alpha == 1.0


def test_targets_are_fits_of_their_own() -> None:
    X, y = problems.ar1(*TALL)
    Y = np.column_stack([y, y**2, np.sin(y)])
    fit = fastreg.ridge(X, Y, [0.1, 1.0, 0.0], inference=True)
    assert fit.coef.shape == (3, 9)
    for target, alpha in enumerate([0.1, 1.0, 0.0]):
        one = fastreg.ridge(X, Y[:, target], alpha, inference=True)
        assert_allclose(fit.coef[target], one.coef, atol=1e-11)
        assert_allclose(fit.intercept[target], one.intercept, atol=1e-11)
        assert_allclose(fit.df[target], one.df)
        assert_allclose(fit.sigma[target], one.sigma)
        assert_allclose(fit.standard_errors[target], one.standard_errors)
    assert_allclose(fit.predict(X)[:, 1], X @ fit.coef[1] + fit.intercept[1])
    same = fastreg.ridge(X, Y, 0.1)
    assert same.alpha == 0.1
    assert_allclose(same.coef[0], fit.coef[0], atol=1e-12)
    assert fastreg.ridge(X, y[:, None], 0.1).coef.shape == (1, 9)


def test_an_offset_is_a_part_of_the_prediction() -> None:
    X, y = problems.ar1(*TALL)
    offset = np.sin(y)
    fit = fastreg.ridge(X, y, 0.1, offset=offset)
    assert_allclose(fit.coef, fastreg.ridge(X, y - offset, 0.1).coef)
    expected = X @ fit.coef + fit.intercept + offset
    assert_allclose(fit.predict(X, offset=offset), expected)
    with pytest.raises(ValueError, match="predict needs one"):
        fit.predict(X)
    several = fastreg.ridge(X, np.column_stack([y, y]), 0.1, offset=offset)
    assert_allclose(several.predict(X, offset), np.column_stack([expected] * 2))


# --- bounds ----------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_bounds_are_kept_and_the_rest_is_optimal(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.5)
    Y = np.column_stack([y, -y])
    fit = fastreg.ridge(X, Y, 0.05, lower_bounds=-0.1, upper_bounds={0: 0.0})
    assert fit.solver == "working_set"
    assert fit.status == ("converged", "converged")
    for target in range(2):
        upper = np.where(np.arange(shape[1]) == 0, 0.0, np.inf)
        bounded = problem_of(
            X, Y[:, target], 0.05, lower_bounds=-0.1, upper_bounds=upper
        )
        coef, intercept = fit.coef[target], fit.intercept[target]
        assert reference.relative_gap(bounded, coef, intercept) < 1e-10
        assert coef.min() >= -0.1
        assert coef[0] <= 0.0
    assert np.isnan(fit.residual).all()
    assert "working_set" in repr(fit)


def test_positive_is_a_lower_bound_of_zero() -> None:
    X, y = problems.ar1(*TALL)
    fit = fastreg.ridge(X, y - 3.0 * X[:, 0], 0.1, positive=True)
    assert fit.solver == "working_set"
    assert fit.coef.min() == 0.0
    bounded = fastreg.ridge(X, y - 3.0 * X[:, 0], 0.1, lower_bounds=0.0)
    assert_array_equal(fit.coef, bounded.coef)


def test_bounds_that_do_not_bind_change_nothing() -> None:
    X, y = problems.ar1(*TALL)
    free = fastreg.ridge(X, y, 0.1)
    fit = fastreg.ridge(X, y, 0.1, lower_bounds=-100.0)
    assert_allclose(fit.coef, free.coef, atol=1e-9)


# --- inference given alpha ---------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("options", [{}, {"fit_intercept": False}], ids=str)
def test_degrees_of_freedom_and_standard_errors(
    shape: tuple[int, int], plain: bool, options: dict[str, Any]
) -> None:
    X, y = problems.ar1(*shape, 0.5)
    X = X * np.linspace(0.5, 2.0, shape[1])
    if not plain:
        options = {**options, **every_option(*shape)}
    for alpha in (1.0, 0.01):
        fit = fastreg.ridge(X, y, alpha, inference=True, **options)
        problem = problem_of(X, y, alpha, **options)
        assert_allclose(fit.df, reference.degrees_of_freedom(problem), rtol=1e-9)
        sigma = np.sqrt(reference.residual_variance(problem))
        assert_allclose(fit.sigma, sigma, rtol=1e-7)
        expected = reference.standard_errors(problem)
        assert_allclose(fit.standard_errors, expected, rtol=1e-7, atol=1e-12)
        assert "degrees of freedom" in repr(fit)


@pytest.mark.parametrize("solver", DENSE_SOLVERS[:-1])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_inference_is_the_same_by_any_solver(
    shape: tuple[int, int], solver: str
) -> None:
    X, y = problems.ar1(*shape, 0.5)
    options = every_option(*shape)
    expected = fastreg.ridge(X, y, 0.1, inference=True, **options)
    fit = fastreg.ridge(X, y, 0.1, inference=True, solver=solver, **options)
    assert fit.solver == solver
    assert_allclose(fit.df, expected.df, rtol=1e-10)
    assert_allclose(fit.sigma, expected.sigma, rtol=1e-8)
    assert_allclose(
        fit.standard_errors, expected.standard_errors, rtol=1e-8, atol=1e-14
    )


def test_inference_where_columns_depend_on_each_other() -> None:
    X, y = problems.ar1(*TALL)
    twice = np.column_stack([X, X[:, :2]])
    for alpha in (0.0, 1e-9):
        fit = fastreg.ridge(twice, y, alpha, inference=True)
        once = fastreg.ridge(X, y, 0.0, inference=True)
        assert_allclose(fit.df, once.df, atol=1e-6)
        assert_allclose(fit.sigma, once.sigma, rtol=1e-7)
        # Copies share a coefficient, and so its spread.
        share = np.where(np.isin(np.arange(11), [0, 1, 9, 10]), 0.5, 1.0)
        whole = once.standard_errors[[*range(9), 0, 1]]
        assert_allclose(fit.standard_errors, share * whole, rtol=1e-6)


def test_the_noise_of_a_close_fit_keeps_its_digits() -> None:
    X, _ = problems.ar1(*TALL)
    noise = np.random.default_rng(99).standard_normal(TALL[0])
    y = X @ np.arange(1.0, 10.0) + 1e-7 * noise
    fit = fastreg.ridge(X, y, 0.0, inference=True)
    A = np.column_stack([np.ones(TALL[0]), X])
    rest = y - A @ np.linalg.lstsq(A, y, rcond=None)[0]
    assert_allclose(fit.sigma, np.sqrt(rest @ rest / (TALL[0] - 10)), rtol=1e-6)


def test_least_squares_has_the_textbook_standard_errors() -> None:
    X, y = problems.ar1(50, 4)
    fit = fastreg.ridge(X, y, 0.0, inference=True)
    A = np.column_stack([np.ones(50), X])
    rest = y - A @ np.linalg.lstsq(A, y, rcond=None)[0]
    variance = rest @ rest / (50 - 5)
    covariance = variance * np.linalg.inv(A.T @ A)
    assert_allclose(fit.df, 5.0)
    assert_allclose(fit.sigma, np.sqrt(variance))
    assert_allclose(fit.standard_errors, np.sqrt(np.diag(covariance))[1:], rtol=1e-8)


def test_inference_that_was_not_asked_for_says_so() -> None:
    fit = fastreg.ridge(*problems.ar1(*TALL), 1.0)
    for name in ("df", "sigma", "standard_errors"):
        with pytest.raises(AttributeError, match="inference=True"):
            getattr(fit, name)
    with pytest.raises(ValueError, match="linear map"):
        fastreg.ridge(*problems.ar1(*TALL), 1.0, lower_bounds=0.0, inference=True)


# --- any options -----------------------------------------------------------------


sizes = st.tuples(st.integers(2, 20), st.integers(1, 12), st.integers(0, 10_000))
drawn_options = st.fixed_dictionaries(
    {
        "fit_intercept": st.booleans(),
        "standardize": st.booleans(),
        "solver": st.sampled_from(["auto", *DENSE_SOLVERS[:-1]]),
    }
)


@given(sizes, drawn_options, st.sampled_from([1e-2, 0.1, 10.0]), st.booleans())
def test_any_combination_is_optimal(
    size: tuple[int, int, int], options: dict[str, Any], alpha: float, heavy: bool
) -> None:
    n, p, seed = size
    X, y = problems.ar1(n, p, 0.7, seed=seed)
    rng = np.random.default_rng(seed)
    factor = rng.choice([0.0, 0.5, 1.0, 3.0, np.inf], p, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    factor[: rng.integers(0, 5)] = 0.0  # sometimes enough to explain all rows
    weight = rng.uniform(0.1, 2.0, n) if heavy else None
    given_options = {"penalty_factor": factor, "sample_weight": weight}
    fit = fastreg.ridge(X, y, alpha, **options, **given_options)
    objective = {k: v for k, v in options.items() if k != "solver"}
    problem = problem_of(X, y, alpha, **objective, **given_options)
    coef, intercept = reference.ridge(problem)
    size_of = max(1.0, abs(coef).max(), abs(intercept))
    # A residual of tol may leave an error of tol / alpha.
    assert_allclose(fit.coef, coef, atol=1e-7 * size_of)
    assert_allclose(fit.intercept, intercept, atol=1e-7 * size_of)


@pytest.mark.parametrize("solver", DENSE_SOLVERS[:-1])
def test_nothing_is_left_where_free_features_explain_all(solver: str) -> None:
    """Rounding errors of what they leave are no columns, and no targets."""
    X, y = problems.ar1(12, 6, 0.5)
    X[:, 3] = X[:, 0] - 2.0 * X[:, 1]
    rng = np.random.default_rng(1)
    cases = [
        (X, np.column_stack([y, X[:, 0] + 3.0]), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]),
        (X[:4], y[:4], [0.0, 0.0, 0.0, 1.0, 0.0, 1.0]),
        (np.repeat(rng.standard_normal((2, 1)), 5, 1), y[:2], [0.0] * 4 + [1.0]),
    ]
    for A, Y, factor in cases:
        v = np.array(factor)
        fit = fastreg.ridge(A, Y, 0.1, solver=solver, penalty_factor=v)
        assert np.max(fit.residual) <= 1e-10
        for target, coef in zip(
            np.atleast_2d(Y.T), np.atleast_2d(fit.coef), strict=True
        ):
            problem = problem_of(A, target, 0.1, penalty_factor=v)
            assert_allclose(coef, reference.ridge(problem)[0], atol=1e-9)
    fit = fastreg.ridge(X, y, 0.1, solver=solver, penalty_factor=np.array(cases[0][2]))
    assert fit.coef[3] == 0.0


def test_units_of_free_features_do_not_matter() -> None:
    X, y = problems.ar1(*TALL)
    factor = np.where(np.arange(9) < 3, 0.0, 1.0)
    unit = np.where(np.arange(9) < 3, [1e-14, 1.0, 1e7, 1, 1, 1, 1, 1, 1], 1.0)
    options: dict[str, Any] = {"penalty_factor": factor, "standardize": False}
    expected, _ = both(X, y, **options)
    coef, _ = both(X * unit, y, **options)
    assert_allclose(coef * unit, expected, atol=1e-8)


@pytest.mark.parametrize("solver", ["auto", *DENSE_SOLVERS[:-1]])
@pytest.mark.parametrize("alpha", [1e-16, 1e-12, 1e-10, 1e-4])
def test_copies_of_a_column_share_evenly(solver: str, alpha: float) -> None:
    X, y = problems.ar1(*TALL, 0.5)
    twice = np.column_stack([X, X[:, :3]])
    coef, _ = both(twice, y, alpha, solver=solver)
    assert_allclose(coef[:3], coef[-3:], atol=1e-11)
    # Two copies of b/2 are penalised half as much as b.
    factor = np.where(np.arange(9) < 3, 0.5, 1.0)
    once, _ = both(X, y, alpha, penalty_factor=factor)
    assert_allclose(coef[:3] + coef[-3:], once[:3], atol=1e-8)


@pytest.mark.parametrize("solver", ["auto", "spectral", "svd", "cg", "lsqr"])
def test_no_gap_is_larger_than_the_objective(solver: str) -> None:
    """Not even where a tiny alpha makes much of a gradient that is a rounding error."""
    X, y = problems.ar1(*TALL, snr=1.0)
    fit = fastreg.ridge(X, y, 1e-300, solver=solver)
    assert fit.residual < 1e-11
    assert fit.dual_gap <= (1 - fit.deviance_ratio) * (1 + 1e-9)


# --- the result ------------------------------------------------------------------


def test_attributes() -> None:
    import pandas as pd

    X, y = problems.ar1(*TALL)
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(9)])
    fit = fastreg.ridge(table, y, 0.5, penalty_factor={"x3": 0.0})
    assert fit.feature_names == tuple(table.columns)
    assert_allclose(fit.coef, fastreg.ridge(X, y, 0.5, penalty_factor={3: 0}).coef)
    assert (fit.alpha, fit.n_iter, fit.status) == (0.5, 1, "converged")
    assert (fit.n_samples, fit.n_features) == TALL
    assert isinstance(fit.intercept, float)
    assert fit.n_passes >= 1
    assert fit.seconds >= 0.0
    assert "40 rows, 9 features" in repr(fit)
    assert_allclose(fit.predict(table), X @ fit.coef + fit.intercept)
    with pytest.raises(ValueError, match="'x7' but the model was fitted with 'x1'"):
        fit.predict(table[table.columns[::-1]].rename(columns={"x0": "x8", "x8": "x0"}))
    with pytest.raises(ValueError, match="8 columns but the model was fitted on 9"):
        fit.predict(X[:, :8])
    with pytest.raises(ValueError, match="X has NaN in column 2"):
        fit.predict(np.where(np.arange(9) == 2, np.nan, X))
    again = pickle.loads(pickle.dumps(fit))  # noqa: S301
    assert_array_equal(again.coef, fit.coef)
    assert again.alpha == fit.alpha


def test_a_residual_above_tol_is_a_warning_that_says_what_to_do() -> None:
    X, y = problems.ar1(*TALL, 0.5)
    with pytest.warns(fastreg.ConvergenceWarning, match="use a larger alpha or tol"):
        fit = fastreg.ridge(X, y, 0.1, tol=0.0)
    assert fit.status == "stalled"
    assert "WARNING" in repr(fit)
    with pytest.warns(fastreg.ConvergenceWarning, match="of target"):
        fastreg.ridge(X, np.column_stack([y, y]), 0.1, tol=0.0)
    with pytest.warns(fastreg.ConvergenceWarning, match="max_iter=1 was reached"):
        fastreg.ridge(X, y, 0.1, solver="lsqr", max_iter=1)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"alpha": -1.0}, ValueError, "alpha must be >= 0, got -1"),
    ({"alpha": np.nan}, ValueError, "alpha must be a finite number"),
    ({"alpha": "1"}, TypeError, "alpha must be a number"),
    ({"alpha": [1.0, 2.0]}, ValueError, r"alpha must be one number, got .* \(2,\)"),
    ({"alpha": [1.0]}, ValueError, r"alpha must be one number, got .* \(1,\)"),
    (
        {"alpha": [1.0, 2.0], "Y": np.zeros((40, 3))},
        ValueError,
        "alpha must be one number, or 3, one a target, got",
    ),
    ({"positive": 1}, TypeError, "positive must be True or False, got 1"),
    ({"positive": True, "lower_bounds": 1}, ValueError, "positive=True means"),
    ({"positive": True, "solver": "svd"}, ValueError, "solver='working_set'"),
    ({"positive": True, "inference": True}, ValueError, "use inference=False"),
    ({"solver": "qr"}, ValueError, "solver must be one of 'auto', 'cholesky'"),
    ({"solver": None}, TypeError, "solver must be a str, got None"),
    ({"solver": "svd", "lower_bounds": 0}, ValueError, "solver='working_set'"),
    ({"tol": -1.0}, ValueError, "tol must be >= 0, got -1"),
    ({"max_iter": 0}, ValueError, "max_iter must be at least 1, got 0"),
    ({"inference": 1}, TypeError, "inference must be True or False, got 1"),
    ({"fit_intercept": "no"}, TypeError, "fit_intercept must be True or False"),
    ({"standardize": 0}, TypeError, "standardize must be True or False"),
    ({"penalty_factor": -1.0}, ValueError, "penalty_factor must be >= 0"),
    ({"sample_weight": np.zeros(40)}, ValueError, "sample_weight is zero"),
    ({"offset": np.zeros(3)}, ValueError, "offset has shape"),
    ({"n_threads": 0}, ValueError, "n_threads must be at least 1"),
    ({"X": np.full((40, 9), np.nan)}, ValueError, "X has NaN in column 0"),
    ({"X": np.zeros(40)}, ValueError, "X must have 2 dimensions"),
    ({"X": np.zeros((40, 0))}, ValueError, "at least one row and one column"),
    ({"Y": np.full(40, np.inf)}, ValueError, "Y has inf at position 0"),
    ({"Y": np.zeros(7)}, ValueError, "Y has 7 entries but X has 40 rows"),
    ({"Y": np.array(["a"] * 40)}, TypeError, "Y must hold real numbers"),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD, ids=lambda x: str(x)[:40])
def test_bad_input_is_one_sentence(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    X, y = problems.ar1(*TALL)
    arguments: dict[str, Any] = {"X": X, "Y": y, "alpha": 1.0, **change}
    with pytest.raises(error, match=message):
        fastreg.ridge(**arguments)
    assert np.isfinite(fastreg.ridge(X, y, 1.0).coef).all()
