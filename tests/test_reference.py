"""The reference against closed forms, brute force and the theory it states."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import problems
from fastreg import reference as ref

OPTIONS: list[dict[str, Any]] = [
    {},
    {"fit_intercept": False},
    {"standardize": False},
    {"fit_intercept": False, "standardize": False, "l1_ratio": 0.5},
    {"l1_ratio": 0.3},
    {"l1_ratio": 0.0},
    {"lower_bounds": 0.0},
    {"lower_bounds": -0.1, "upper_bounds": 0.3, "l1_ratio": 0.7},
]


def make(name: str, fraction: float = 0.1, **options: Any) -> ref.Problem:
    """The named problem at a fraction of its alpha_max (of the Lasso's, for ridge)."""
    X, y = problems.PROBLEMS[name]()
    if options.pop("weighted", False):
        options["sample_weight"] = problems.weights(len(y))
    problem = ref.Problem(X, y, alpha=1.0, **options)
    largest = ref.alpha_max(replace(problem, l1_ratio=problem.l1_ratio or 1.0))
    return replace(problem, alpha=fraction * largest)


# --- closed forms and brute force -----------------------------------------------


def test_objective_is_what_the_documentation_says() -> None:
    X, y = problems.offset_scales()
    w = problems.weights(len(y))
    coef, intercept, alpha, l1_ratio = np.arange(12.0) - 4, 7.0, 0.3, 0.4
    mean = np.average(X, axis=0, weights=w)
    s = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=w))
    loss = np.average((y - intercept - X @ coef) ** 2, weights=w) / 2
    l1, l2 = np.abs(s * coef).sum(), ((s * coef) ** 2).sum() / 2
    expected = loss + alpha * (l1_ratio * l1 + (1 - l1_ratio) * l2)
    problem = ref.Problem(X, y, alpha, l1_ratio, sample_weight=w)
    assert_allclose(ref.primal(problem, coef, intercept), expected, rtol=1e-13)


def test_lasso_on_orthonormal_columns_is_soft_thresholding() -> None:
    n, p = 12, 4
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.standard_normal((n, p)))[0] * np.sqrt(n)
    y = rng.standard_normal(n)
    z = Q.T @ y / n
    base = ref.Problem(Q, y, 0.2, fit_intercept=False, standardize=False)
    assert_allclose(
        ref.coordinate_descent(base)[0], np.sign(z) * np.maximum(abs(z) - 0.2, 0)
    )
    mixed = replace(base, l1_ratio=0.25)
    expected = np.sign(z) * np.maximum(abs(z) - 0.05, 0) / (1 + 0.15)
    assert_allclose(ref.coordinate_descent(mixed)[0], expected)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("positive", [False, True])
def test_equals_brute_force_over_signs(l1_ratio: float, positive: bool) -> None:
    """With given signs P is quadratic: the best feasible of all 3^p minima wins."""
    X, y = problems.ar1(12, 4, 0.6, seed=5)
    alpha, n, p = 0.15, 12, 4
    Xc, yc = X - X.mean(axis=0), y - y.mean()
    best, best_value = np.zeros(p), np.inf
    for signs in itertools.product((0, 1) if positive else (-1, 0, 1), repeat=p):
        s = np.array(signs, dtype=float)
        J = np.flatnonzero(s)
        b = np.zeros(p)
        H = Xc[:, J].T @ Xc[:, J] / n + alpha * (1 - l1_ratio) * np.eye(len(J))
        b[J] = np.linalg.solve(H, Xc[:, J].T @ yc / n - alpha * l1_ratio * s[J])
        if np.all(b * s >= 0):
            value = ((yc - Xc @ b) ** 2).mean() / 2 + alpha * (
                l1_ratio * np.abs(b).sum() + (1 - l1_ratio) / 2 * (b**2).sum()
            )
            if value < best_value:
                best, best_value = b, value
    low = 0.0 if positive else -np.inf
    problem = ref.Problem(X, y, alpha, l1_ratio, standardize=False, lower_bounds=low)
    coef, intercept = ref.coordinate_descent(problem)
    assert_allclose(coef, best, atol=1e-12)
    assert_allclose(ref.primal(problem, coef, intercept), best_value, rtol=1e-13)


def test_one_feature_by_fine_grid() -> None:
    X, y = problems.ar1(20, 1, seed=6)
    problem = ref.Problem(X, y, 0.2, 0.6, upper_bounds=0.7)
    coef, intercept = ref.coordinate_descent(problem)
    grid = np.linspace(-2, 0.7, 20_001)
    values = [
        ref.primal(problem, b, ref.best_intercept(problem, b)) for b in grid[:, None]
    ]
    assert abs(coef[0] - grid[np.argmin(values)]) <= grid[1] - grid[0]
    assert ref.primal(problem, coef, intercept) <= min(values) + 1e-15


@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_ridge_equals_coordinate_descent(name: str, fit_intercept: bool) -> None:
    problem = make(name, l1_ratio=0.0, fit_intercept=fit_intercept, weighted=True)
    coef, intercept = ref.ridge(problem)
    other, _ = ref.coordinate_descent(problem)
    scale = problem.scale
    assert_allclose(coef * scale, other * scale, atol=1e-6 * abs(other * scale).max())
    assert abs(ref.relative_gap(problem, coef, intercept)) < 1e-13
    assert_allclose(coef[scale == 0.0], 0.0)


def test_ridge_refuses_other_penalties() -> None:
    with pytest.raises(ValueError, match="l1_ratio=0"):
        ref.ridge(make("tall", l1_ratio=0.5))
    with pytest.raises(ValueError, match="no bounds"):
        ref.ridge(make("tall", l1_ratio=0.0, lower_bounds=0.0))


# --- ridge as a linear map ------------------------------------------------------


def ridge_problem(**options: Any) -> ref.Problem:
    """A small ridge problem with every option, unless they say otherwise."""
    X, y = problems.offset_scales()
    factor = np.array([1.0, 0.5, 0.0, 2.0, np.inf, 1.0])
    every: dict[str, Any] = {
        "alpha": 0.2,
        "sample_weight": problems.weights(20),
        "penalty_factor": factor,
        "offset": np.sin(np.arange(20.0)),
    }
    return ref.Problem(X[:20, :6], y[:20], l1_ratio=0.0, **{**every, **options})


RIDGE_OPTIONS: list[dict[str, Any]] = [
    {},
    {"standardize": False, "alpha": 3.0},
    {"fit_intercept": False},
    {"sample_weight": None, "penalty_factor": 1.0, "offset": None},
    {"alpha": 0.0},
]


@pytest.mark.parametrize("options", RIDGE_OPTIONS, ids=str)
def test_ridge_with_factors_is_certified(options: dict[str, Any]) -> None:
    problem = ridge_problem(**options)
    coef, intercept = ref.ridge(problem)
    assert ref.normal_residual(problem, coef) < 1e-13
    assert abs(ref.relative_gap(problem, coef, intercept)) < 1e-13
    other, _ = ref.coordinate_descent(problem)
    assert_allclose(coef, other, atol=1e-6 * abs(other).max())
    assert_allclose(ref.normal_residual(problem, np.zeros(6)), 1.0)


def test_ridge_without_penalty_is_the_limit_of_small_ones() -> None:
    """Of minimum norm as columns are penalised; what is free comes first."""
    X, y = problems.ar1(8, 12, 0.5)
    factor = np.linspace(0.5, 3.0, 12)
    factor[[1, 4]] = 0.0
    options: dict[str, Any] = {"l1_ratio": 0.0, "penalty_factor": factor}
    limit, _ = ref.ridge(ref.Problem(X, y, 0.0, **options))
    near, _ = ref.ridge(ref.Problem(X, y, 1e-11, **options))
    assert_allclose(near, limit, atol=1e-8)


@pytest.mark.parametrize("options", RIDGE_OPTIONS, ids=str)
def test_hat_matrix_maps_targets_to_fits(options: dict[str, Any]) -> None:
    problem = ridge_problem(**options)
    H = ref.hat_matrix(problem)
    coef, intercept = ref.ridge(problem)
    assert_allclose(H @ problem.target, intercept + problem.X @ coef, atol=1e-11)
    if problem.alpha == 0.0:  # a projection, onto five columns and the intercept
        assert_allclose(H @ H, H, atol=1e-12)
        assert_allclose(ref.degrees_of_freedom(problem), 6.0)


@pytest.mark.parametrize("alpha", [1e-3, 0.1, 10.0])
def test_degrees_of_freedom_and_gcv_follow_from_the_spectrum(alpha: float) -> None:
    X, y = problems.ar1(30, 8, 0.7)
    problem = ref.Problem(X, y, alpha, l1_ratio=0.0, standardize=False)
    U, d, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    kept = d**2 / 30 / (d**2 / 30 + alpha)
    df = 1 + kept.sum()
    assert_allclose(ref.degrees_of_freedom(problem), df)
    z = y - y.mean()
    square = ((z - U @ (kept * (U.T @ z))) ** 2).sum()
    assert_allclose(ref.residual_variance(problem), square / (30 - df))
    assert_allclose(ref.gcv(problem), square / 30 / (1 - df / 30) ** 2)


@pytest.mark.parametrize("options", RIDGE_OPTIONS[:3], ids=str)
def test_standard_errors_are_those_of_the_sandwich(options: dict[str, Any]) -> None:
    problem = ridge_problem(**options)
    keep = np.isfinite(np.asarray(problem.penalty_factor))
    x = problem.x[:, keep]
    G = x.T @ (problem.weight[:, None] * x)
    M = np.linalg.inv(G + np.diag(problem.l2[keep]))
    covariance = ref.residual_variance(problem) * M @ G @ M / 20
    expected = np.zeros(6)
    expected[keep] = np.sqrt(np.diag(covariance))
    assert_allclose(ref.standard_errors(problem), expected, rtol=1e-9)


def test_standard_errors_without_a_penalty_are_those_of_least_squares() -> None:
    X, y = problems.ar1(30, 4)
    problem = ref.Problem(X, y, 0.0, l1_ratio=0.0)
    A = np.column_stack([np.ones(30), X])
    square = ((y - A @ np.linalg.lstsq(A, y, rcond=None)[0]) ** 2).sum()
    covariance = square / (30 - 5) * np.linalg.inv(A.T @ A)
    assert_allclose(ref.standard_errors(problem), np.sqrt(np.diag(covariance))[1:])


@pytest.mark.parametrize("options", RIDGE_OPTIONS[:4], ids=str)
def test_leaving_a_row_out_is_dividing_by_what_its_leverage_leaves(
    options: dict[str, Any],
) -> None:
    problem = ridge_problem(**options)
    H = ref.hat_matrix(problem)
    residual = problem.target - H @ problem.target
    shortcut = residual / (1 - np.diag(H))
    left_out = problem.y - ref.leave_one_out(problem)
    assert_allclose(left_out, shortcut, atol=1e-10)


def test_leaving_a_row_out_is_a_fit_of_the_others() -> None:
    X, y = problems.ar1(15, 4, 0.5)
    alpha = 0.3
    predictions = ref.leave_one_out(
        ref.Problem(X, y, alpha, l1_ratio=0.0, standardize=False)
    )
    for i in range(15):
        rest = np.arange(15) != i
        part = ref.Problem(
            X[rest], y[rest], alpha * 15 / 14, l1_ratio=0.0, standardize=False
        )
        coef, intercept = ref.ridge(part)
        assert_allclose(predictions[i], intercept + X[i] @ coef, atol=1e-12)


@pytest.mark.parametrize("keep_mean", [True, False])
def test_errors_of_folds_are_fits_of_the_other_rows(keep_mean: bool) -> None:
    problem = ridge_problem(penalty_factor=1.0)
    w, offset = problem.weight, np.asarray(problem.offset)
    folds = [(np.arange(5, 20), np.arange(5)), (np.arange(15), np.arange(15, 20))]
    errors = ref.fold_errors(problem, folds, keep_mean=keep_mean)
    for (train, test), error in zip(folds, errors, strict=True):
        alpha = problem.alpha if keep_mean else problem.alpha / w[train].sum()
        x, target = problem.X[train], (problem.y - offset)[train]
        coef, intercept = ref.ridge(
            ref.Problem(x, target, alpha, l1_ratio=0.0, sample_weight=w[train])
        )
        predicted = intercept + problem.X[test] @ coef + offset[test]
        square = (problem.y[test] - predicted) ** 2
        assert_allclose(error, np.average(square, weights=w[test]))


# --- duality --------------------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", problems.PROBLEMS)
def test_converges_and_satisfies_the_optimality_conditions(
    name: str, options: dict[str, Any]
) -> None:
    problem = make(name, **options)
    coef, intercept = ref.coordinate_descent(problem)
    assert ref.relative_gap(problem, coef, intercept) <= 1e-13
    largest = np.sqrt(2 * ref.null_objective(problem))
    assert ref.kkt_violation(problem, coef, intercept) <= 1e-7 * largest
    assert_allclose(coef[problem.scale == 0.0], 0.0)


sizes = st.tuples(st.integers(2, 15), st.integers(1, 10), st.integers(0, 10_000))
options_drawn = st.fixed_dictionaries(
    {
        "l1_ratio": st.sampled_from([0.0, 0.2, 1.0]),
        "fit_intercept": st.booleans(),
        "standardize": st.booleans(),
        "lower_bounds": st.sampled_from([-np.inf, 0.0, -0.2]),
        "upper_bounds": st.sampled_from([np.inf, 0.4]),
    }
)


def drawn_problem(
    size: tuple[int, int, int], options: dict[str, Any], alpha: float
) -> tuple[ref.Problem, np.random.Generator]:
    n, p, seed = size
    X, y = problems.ar1(n, p, 0.7, seed=seed)
    rng = np.random.default_rng(seed)
    factor = rng.choice([0.0, 0.5, 1.0, 3.0, np.inf], p, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    w = rng.uniform(0.1, 2, n)
    problem = ref.Problem(
        X, y, alpha, sample_weight=w, penalty_factor=factor, **options
    )
    return problem, rng


@given(sizes, options_drawn, st.sampled_from([0.0, 1e-3, 0.1, 1.0]))
def test_gap_bounds_the_suboptimality(
    size: tuple[int, int, int], options: dict[str, Any], alpha: float
) -> None:
    """0 <= P - min P <= P - D at any coefficients and any intercept."""
    problem, rng = drawn_problem(size, options, alpha)
    best, best_intercept = ref.coordinate_descent(problem, tol=1e-12)
    least = ref.primal(problem, best, best_intercept)
    lo, hi = problem.bounds
    coef = (best + 0.1 * rng.standard_normal(len(best))).clip(lo, hi)
    intercept = ref.best_intercept(problem, coef)
    if problem.fit_intercept:
        intercept += 0.1 * rng.standard_normal()
    suboptimality = ref.primal(problem, coef, intercept) - least
    rounding = 1e-12 * ref.null_objective(problem)
    assert suboptimality >= -rounding
    assert ref.dual_gap(problem, coef, intercept) >= suboptimality - rounding


@given(sizes, options_drawn, st.sampled_from([1e-3, 0.1, 1.0]))
def test_weak_duality_for_any_feasible_point(
    size: tuple[int, int, int], options: dict[str, Any], alpha: float
) -> None:
    """Fenchel's inequality: no theta has D above any P; h + h* >= u b by feature."""
    problem, rng = drawn_problem(size, options, alpha)
    problem = replace(problem, penalty_factor=1.0)
    theta = rng.standard_normal(len(problem.y))
    if problem.fit_intercept:
        theta -= problem.weight @ theta
    coef = rng.standard_normal(problem.X.shape[1]).clip(*problem.bounds)
    intercept = float(rng.standard_normal()) if problem.fit_intercept else 0.0
    for step in (0.0, 0.01, 0.1, 1.0):
        value = ref.dual(problem, step * theta)
        assert value <= ref.primal(problem, coef, intercept)
        u = problem.x.T @ (problem.weight * step * theta)
        h = problem.l1 * abs(coef) + problem.l2 * coef**2 / 2
        assert np.all(h + ref.conjugate(problem, u) >= u * coef - 1e-14)


def test_conjugate_by_brute_force() -> None:
    X, y = problems.ar1(10, 3, seed=2)
    grid = np.linspace(-3, 3, 60_001)
    for l1_ratio, lo, hi in [(0.5, -1, 2), (1.0, -1, 2), (0.2, 0, 3), (1.0, 0.5, 1)]:
        problem = ref.Problem(
            X, y, 0.8, l1_ratio, lower_bounds=lo, upper_bounds=hi, standardize=False
        )
        b = grid[(grid >= lo) & (grid <= hi)]
        h = problem.l1[0] * abs(b) + problem.l2[0] * b**2 / 2
        for u in (-2.0, -0.3, 0.0, 0.3, 0.81, 1.5):
            expected = np.max(u * b - h)
            assert_allclose(ref.conjugate(problem, np.full(3, u)), expected, atol=1e-8)


def test_dual_point_is_feasible_by_its_own_definition() -> None:
    problem = make("wide", 0.01)
    coef = np.zeros(50)
    theta, u = ref.dual_point(problem, coef)
    assert np.all(abs(u) <= problem.l1)
    again = problem.x.T @ (problem.weight * theta)
    assert_allclose(again, u, atol=1e-15)
    assert abs(problem.weight @ theta) < 1e-15
    assert np.isfinite(ref.dual(problem, theta, u))
    assert ref.dual(problem, 2 * theta) == -np.inf


@pytest.mark.parametrize("positive", [False, True])
def test_least_squares_has_a_certificate(positive: bool) -> None:
    """With alpha = 0 no rescaling of the residual is feasible: it is projected."""
    X, y = problems.ar1(40, 6, 0.8, seed=8)
    low = 0.0 if positive else -np.inf
    problem = ref.Problem(X, y, 0.0, lower_bounds=low)
    coef, intercept = ref.coordinate_descent(problem)
    assert np.any(coef == 0.0) == positive
    assert 0 <= ref.relative_gap(problem, coef, intercept) + 1e-15 < 1e-13


# --- alpha_max and the meaning of the options -----------------------------------


@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_alpha_max_is_the_smallest_that_gives_zeros(
    name: str, options: dict[str, Any]
) -> None:
    problem = make(name, 1.0, weighted=True, **options)
    if problem.l1_ratio == 0.0:
        assert ref.alpha_max(problem) == np.inf
        return
    above = replace(problem, alpha=problem.alpha * (1 + 1e-12))
    assert_allclose(ref.coordinate_descent(above)[0], 0.0)
    below = replace(problem, alpha=problem.alpha * 0.99)
    assert np.any(ref.coordinate_descent(below)[0] != 0.0) == (problem.alpha > 0)


def test_alpha_max_with_unpenalised_features_starts_from_their_fit() -> None:
    X, y = problems.offset_scales()
    factor = np.ones(12)
    factor[[2, 5]] = 0.0
    problem = ref.Problem(X, y, 1.0, penalty_factor=factor)
    largest = ref.alpha_max(problem)
    A = np.column_stack([np.ones(50), X[:, [2, 5]]])
    r = y - A @ np.linalg.lstsq(A, y, rcond=None)[0]
    expected = np.abs((X - X.mean(axis=0)).T @ r / 50 / X.std(axis=0))
    assert_allclose(largest, np.delete(expected, [2, 5]).max(), rtol=1e-10)
    coef, _ = ref.coordinate_descent(replace(problem, alpha=largest * 1.000001))
    assert np.flatnonzero(coef).tolist() == [2, 5]


def test_excluded_features_stay_zero() -> None:
    X, y = problems.ar1(30, 6)
    factor = np.array([1, np.inf, 1, 1, np.inf, 1])
    coef, _ = ref.coordinate_descent(ref.Problem(X, y, 1e-3, penalty_factor=factor))
    keep = [0, 2, 3, 5]
    alone, _ = ref.coordinate_descent(ref.Problem(X[:, keep], y, 1e-3))
    assert_allclose(coef[[1, 4]], 0.0)
    assert_allclose(coef[keep], alone)


def test_weights_are_repetitions() -> None:
    X, y = problems.ar1(20, 6, seed=1)
    times = np.random.default_rng(0).integers(0, 4, 20)
    weighted = ref.Problem(X, y, 0.05, 0.8, sample_weight=times.astype(float))
    repeated = ref.Problem(np.repeat(X, times, axis=0), np.repeat(y, times), 0.05, 0.8)
    a, b = ref.coordinate_descent(weighted), ref.coordinate_descent(repeated)
    assert_allclose(a[0], b[0], atol=1e-12)
    assert_allclose(a[1], b[1], atol=1e-12)
    assert_allclose(weighted.scale, repeated.scale, rtol=1e-13)


def test_standardize_is_fitting_standardised_columns() -> None:
    X, y = problems.offset_scales()
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    a, _ = ref.coordinate_descent(ref.Problem(X, y, 0.3, 0.5))
    b, _ = ref.coordinate_descent(ref.Problem(Z, y, 0.3, 0.5, standardize=False))
    assert_allclose(a, b / X.std(axis=0), atol=1e-12)


def test_constant_columns_have_exactly_no_scale() -> None:
    X, y = problems.constant_columns()
    constant = np.array([1, 3, 6])
    assert np.all(ref.Problem(X, y, 1.0).scale[constant] == 0.0)
    without = ref.Problem(X, y, 1.0, fit_intercept=False)
    assert_allclose(without.scale[constant], [0.0, 1.0, 0.1])


def test_coefficients_outside_the_bounds_are_infinitely_bad() -> None:
    problem = make("tall", lower_bounds=0.0)
    coef = np.full(8, -1.0)
    assert ref.primal(problem, coef, 0.0) == np.inf
    assert ref.relative_gap(problem, coef, 0.0) == np.inf
    assert ref.kkt_violation(problem, coef, 0.0) == np.inf


def test_wrong_intercept_is_a_violation() -> None:
    problem = make("tall")
    coef, intercept = ref.coordinate_descent(problem)
    assert_allclose(ref.kkt_violation(problem, coef, intercept + 0.5), 0.5)
    assert_allclose(ref.dual_gap(problem, coef, intercept + 0.5), 0.125, atol=1e-12)


def test_an_unconverged_solve_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="relative gap"):
        ref.coordinate_descent(make("collinear"), tol=-1.0, max_iter=2)


def test_path_is_a_sequence_of_fits() -> None:
    problem = make("wide")
    alphas = problem.alpha * np.array([5.0, 2.0, 1.0])
    coefs, intercepts = ref.coordinate_descent_path(problem, alphas)
    assert coefs.shape == (50, 3)
    for alpha, coef, intercept in zip(alphas, coefs.T, intercepts, strict=True):
        cold = ref.coordinate_descent(replace(problem, alpha=alpha))
        assert_allclose(coef, cold[0], atol=1e-8)
        assert_allclose(intercept, cold[1], atol=1e-8)
