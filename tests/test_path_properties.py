"""Optimality and invariances of the path, on drawn and on nasty problems."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import fastreg
import problems
from fastreg import reference

pytestmark = pytest.mark.core

TOL = 1e-11


@st.composite
def fits(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """X, y and options: any shape, correlation and combination of options."""
    n, p = draw(st.integers(2, 30)), draw(st.integers(1, 25))
    seed = draw(st.integers(0, 10_000))
    X, y = problems.ar1(n, p, draw(st.sampled_from([0.0, 0.6, 0.95])), seed=seed)
    fit_intercept = draw(st.booleans())
    # Columns far from 0 are all alike without an intercept: that is another test.
    X = X + draw(st.sampled_from([0.0, 1.0, -1000.0] if fit_intercept else [0.0, 1.0]))
    X = X * 10.0 ** draw(st.integers(-3, 3))
    if draw(st.booleans()):
        X = np.ascontiguousarray(X)
    options: dict[str, Any] = {
        "l1_ratio": draw(st.sampled_from([1.0, 0.9, 0.5, 0.05])),
        "fit_intercept": fit_intercept,
        "standardize": draw(st.booleans()),
        "positive": draw(st.booleans()),
    }
    if draw(st.booleans()):
        options["sample_weight"] = problems.weights(n, seed)
    return X, y, options


def root_mean_square(values: Any, weight: Any) -> float:
    return float(np.sqrt(np.average(values**2, weights=weight)))


def check_optimal(X: Any, y: Any, alphas: Any = 12, **options: Any) -> fastreg.Path:
    """Every gap is met, reported as it is, and the fit is the reference's fit.

    P is 1-strongly convex in the fitted values, so that two coefficients with
    absolute gaps of g1 and g2 give fits within sqrt(2 g1) + sqrt(2 g2).
    """
    problem = problems.reference_problem(X, y, 1.0, **options)
    path = fastreg.path(
        X, y, alphas=alphas, eps=1e-3, tol=TOL, early_stop=False, **options
    )
    gaps = problems.recomputed_gaps(path, X, y, **options)
    assert path.dual_gaps.max() <= TOL
    assert gaps.max() <= 1.1 * TOL
    # Both carry the rounding of products with X.
    assert_allclose(path.dual_gaps, gaps, atol=1e-12)
    coefs, intercepts = reference.coordinate_descent_path(
        problem, path.alphas, tol=TOL / 10
    )
    difference = X @ (path.coefs - coefs) + (path.intercepts - intercepts)
    bound = 2 * np.sqrt(2 * TOL * reference.null_objective(problem))
    weight = options.get("sample_weight")
    for fit in difference.T:
        assert root_mean_square(fit, weight) <= bound + 1e-13 * np.abs(X).max()
    return path


@settings(max_examples=300)
@given(fits())
def test_every_fit_is_optimal(drawn: tuple[Any, Any, dict[str, Any]]) -> None:
    X, y, options = drawn
    check_optimal(X, y, **options)


@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 1e-3])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_nasty_problems_are_optimal(
    name: str, l1_ratio: float, fit_intercept: bool
) -> None:
    X, y = problems.PROBLEMS[name]()
    options = {"l1_ratio": l1_ratio, "fit_intercept": fit_intercept}
    path = check_optimal(X, y, **options)
    scale = problems.reference_problem(X, y, 1.0, **options).scale
    assert_allclose(path.coefs[scale == 0.0], 0.0)


@pytest.mark.parametrize("name", ["tall", "wide", "square", "collinear"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("standardize", [True, False])
def test_coefficients_equal_the_reference(
    name: str, l1_ratio: float, standardize: bool
) -> None:
    X, y = problems.PROBLEMS[name]()
    options: dict[str, Any] = {"l1_ratio": l1_ratio, "standardize": standardize}
    path = fastreg.path(X, y, alphas=30, tol=1e-13, **options)
    problem = problems.reference_problem(X, y, path.alphas[0], **options)
    coefs, intercepts = reference.coordinate_descent_path(problem, path.alphas)
    assert_allclose(path.coefs, coefs, atol=1e-7)
    assert_allclose(path.intercepts, intercepts, atol=1e-7)


# --- sample weights -------------------------------------------------------------


def same_path(a: fastreg.Path, b: fastreg.Path, **tolerance: float) -> None:
    assert_allclose(a.alphas, b.alphas, rtol=1e-10)
    assert_allclose(a.coefs, b.coefs, **({"atol": 1e-7} | tolerance))
    assert_allclose(a.intercepts, b.intercepts, **({"atol": 1e-7} | tolerance))


options_of_weights = st.fixed_dictionaries(
    {
        "l1_ratio": st.sampled_from([1.0, 0.5]),
        "fit_intercept": st.booleans(),
        "standardize": st.booleans(),
        "positive": st.booleans(),
    }
)


@given(st.integers(0, 1000), options_of_weights)
def test_integer_weights_are_repetitions(seed: int, options: dict[str, Any]) -> None:
    X, y = problems.ar1(20, 8, 0.5, seed=seed)
    times = np.random.default_rng(seed).integers(0, 4, 20)
    times[:12] += 1  # enough rows for a unique solution
    weighted = fastreg.path(
        X, y, sample_weight=times, alphas=10, eps=0.01, tol=1e-13, **options
    )
    rows = np.repeat(np.arange(20), times)
    repeated = fastreg.path(X[rows], y[rows], alphas=10, eps=0.01, tol=1e-13, **options)
    same_path(weighted, repeated)


@given(st.integers(0, 1000), options_of_weights)
def test_zero_weight_drops_the_row(seed: int, options: dict[str, Any]) -> None:
    X, y = problems.ar1(24, 6, 0.5, seed=seed)
    w = problems.weights(24, seed)
    w[[0, 5, 23]] = 0.0
    X[0], y[23] = 1e6, -1e9  # must not be seen
    keep = w > 0
    common: dict[str, Any] = {"alphas": 10, "eps": 0.01, "tol": 1e-13} | options
    dropped = fastreg.path(X[keep], y[keep], sample_weight=w[keep], **common)
    same_path(fastreg.path(X, y, sample_weight=w, **common), dropped)


@given(st.sampled_from([1e-12, 0.5, 7.0, 1e12]), options_of_weights)
def test_only_ratios_of_weights_matter(factor: float, options: dict[str, Any]) -> None:
    X, y = problems.ar1(24, 6)
    w = problems.weights(24)
    first = fastreg.path(X, y, sample_weight=w, alphas=10, tol=1e-13, **options)
    second = fastreg.path(
        X, y, sample_weight=factor * w, alphas=10, tol=1e-13, **options
    )
    same_path(first, second)


def test_equal_weights_are_no_weights() -> None:
    X, y = problems.offset_scales()
    a = fastreg.path(X, y, sample_weight=np.full(50, 3.0), tol=1e-13)
    same_path(a, fastreg.path(X, y, tol=1e-13))


def test_a_column_that_is_constant_where_weights_are_positive() -> None:
    X, y = problems.ar1(20, 4)
    X[:, 2] = 0.1
    X[3, 2] = 7.0
    w = problems.weights(20)
    w[3] = 0.0
    path = fastreg.path(X, y, sample_weight=w)
    assert_allclose(path.coefs[2], 0.0)
    assert problems.recomputed_gaps(path, X, y, sample_weight=w).max() <= path.tol


# --- invariances ----------------------------------------------------------------


@given(st.sampled_from([1e-100, 1e-8, 3.0, 1e8, 1e100]), st.booleans())
def test_scaling_y_scales_everything(factor: float, standardize: bool) -> None:
    X, y = problems.offset_scales()
    options: dict[str, Any] = {"alphas": 20, "tol": 1e-12, "standardize": standardize}
    path = fastreg.path(X, y, **options)
    scaled = fastreg.path(X, factor * y, **options)
    assert_allclose(scaled.alphas, factor * path.alphas, rtol=1e-10)
    assert_allclose(scaled.coefs / factor, path.coefs, atol=1e-7)
    assert_allclose(scaled.deviance_ratio, path.deviance_ratio, atol=1e-9)


@given(st.integers(0, 1000), st.sampled_from([1.0, 0.5]), st.booleans())
def test_standardize_makes_units_of_columns_irrelevant(
    seed: int, l1_ratio: float, fit_intercept: bool
) -> None:
    X, y = problems.ar1(25, 10, seed=seed)
    units = 10.0 ** np.random.default_rng(seed).uniform(-6, 6, 10)
    options: dict[str, Any] = {"alphas": 15, "tol": 1e-13, "l1_ratio": l1_ratio}
    options["fit_intercept"] = fit_intercept
    path = fastreg.path(X, y, **options)
    other = fastreg.path(X * units, y, **options)
    assert_allclose(other.alphas, path.alphas, rtol=1e-9)
    assert_allclose(other.coefs * units[:, None], path.coefs, atol=1e-7)


@given(st.integers(0, 1000), st.booleans())
def test_moving_columns_and_y_moves_only_the_intercept(
    seed: int, standardize: bool
) -> None:
    X, y = problems.ar1(25, 10, seed=seed)
    shift = np.random.default_rng(seed).uniform(-100, 100, 10)
    options: dict[str, Any] = {"alphas": 15, "tol": 1e-13, "standardize": standardize}
    path = fastreg.path(X, y, **options)
    moved = fastreg.path(X + shift, y + 42.0, **options)
    assert_allclose(moved.coefs, path.coefs, atol=1e-7)
    expected = path.intercepts + 42.0 - shift @ path.coefs
    assert_allclose(moved.intercepts, expected, atol=1e-5)


@given(st.integers(0, 1000), st.sampled_from([1.0, 0.5]), st.booleans())
def test_order_of_rows_and_columns_is_irrelevant(
    seed: int, l1_ratio: float, positive: bool
) -> None:
    X, y = problems.ar1(25, 10, seed=seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(25), rng.permutation(10)
    options: dict[str, Any] = {"alphas": 15, "tol": 1e-13, "l1_ratio": l1_ratio}
    options["positive"] = positive
    path = fastreg.path(X, y, **options)
    other = fastreg.path(X[rows][:, columns], y[rows], **options)
    assert_allclose(other.coefs, path.coefs[columns], atol=1e-7)


@given(st.integers(0, 1000))
def test_negating_columns_negates_coefficients(seed: int) -> None:
    X, y = problems.ar1(25, 10, seed=seed)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], 10)
    path = fastreg.path(X, y, alphas=15, tol=1e-13)
    other = fastreg.path(X * signs, y, alphas=15, tol=1e-13)
    assert_allclose(other.coefs, path.coefs * signs[:, None], atol=1e-7)


# --- special cases of the options -----------------------------------------------


@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("standardize", [True, False])
def test_without_l1_it_is_ridge(name: str, standardize: bool) -> None:
    X, y = problems.PROBLEMS[name]()
    options: dict[str, Any] = {"l1_ratio": 0.0, "standardize": standardize}
    size = reference.Problem(X, y, 1.0).x.var() if not standardize else 1.0
    alphas = size * np.array([10.0, 1.0, 0.01])
    path = fastreg.path(X, y, alphas=alphas, **options)
    for k, alpha in enumerate(path.alphas):
        problem = problems.reference_problem(X, y, alpha, **options)
        coef, _ = reference.ridge(problem)
        scale = problem.scale
        largest = np.abs(coef * scale).max()
        assert_allclose(path.coefs[:, k] * scale, coef * scale, atol=1e-8 * largest)
        fitted = path.coefs[:, k], path.intercepts[k]
        assert reference.relative_gap(problem, *fitted) < 1e-9
    assert path.dual_gaps.max() < 1e-9


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_positive_is_respected_exactly(l1_ratio: float) -> None:
    X, y = problems.ar1(30, 12, 0.8, seed=1)
    options: dict[str, Any] = {"l1_ratio": l1_ratio, "positive": True}
    path = fastreg.path(X, y, alphas=[1.0, 0.1, 0.01, 1e-3], tol=TOL, **options)
    assert path.coefs.min() >= 0.0
    assert np.any(path.coefs[:, -1] == 0.0)
    assert problems.recomputed_gaps(path, X, y, **options).max() <= TOL


def test_positive_grid_counts_only_positive_correlations() -> None:
    X, y = problems.ar1(30, 4, 0.0, seed=1)
    y = y - 5 * X[:, 0]
    path = fastreg.path(X, y, positive=True, alphas=3)
    assert path.alphas[0] < fastreg.path(X, y, alphas=1).alphas[0]
    problem = problems.reference_problem(X, y, 1.0, positive=True)
    assert_allclose(path.alphas[0], reference.alpha_max(problem), rtol=1e-12)
    assert_allclose(path.coefs[:, 0], 0.0)
    assert np.any(path.coefs[:, 1] > 0)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.0])
def test_non_negative_least_squares_is_certified(l1_ratio: float) -> None:
    """With alpha = 0 and bounds: a rescaled residual alone proves nothing."""
    for name in ("tall", "wide", "collinear", "duplicated"):
        X, y = problems.PROBLEMS[name]()
        options: dict[str, Any] = {"l1_ratio": l1_ratio, "positive": True}
        path = fastreg.path(X, y, alphas=[0.01, 0.0], tol=1e-9, **options)
        assert problems.recomputed_gaps(path, X, y, **options).max() <= 1e-9
        assert path.dual_gaps.max() <= 1e-9


@pytest.mark.parametrize("l1_ratio", [1.0, 0.0])
@pytest.mark.parametrize("noise", [1e-3, 1e-6, 3e-8, 1e-10])
def test_a_gap_is_never_claimed_that_is_not_met(l1_ratio: float, noise: float) -> None:
    """Nearly equal columns, down to least squares: solved, or a warning says not."""
    X, y = problems.ar1(30, 5)
    X = np.hstack([X, X[:, :2] + noise * problems.ar1(30, 2, seed=9)[0]])
    options: dict[str, Any] = {"l1_ratio": l1_ratio}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        path = fastreg.path(
            X, y, alphas=[0.1, 1e-6, 1e-16, 0.0], max_iter=2000, **options
        )
    gaps = problems.recomputed_gaps(path, X, y, **options)
    slack = 1e-9 + problems.evaluation_error(path, X, y)
    assert np.all(gaps <= 1.5 * path.dual_gaps + slack)
    unmet = path.dual_gaps > path.tol
    assert [status == "converged" for status in path.status] == (~unmet).tolist()
    assert len(caught) == unmet.any()


def test_no_intercept_means_zero_intercepts() -> None:
    X, y = problems.offset_scales()
    path = fastreg.path(X, y, fit_intercept=False)
    assert_allclose(path.intercepts, 0.0, atol=0)


def test_duplicated_columns_fit_as_one() -> None:
    """The fit doesn't change; the coefficients of the copies add up to the one."""
    X, y = problems.ar1(30, 6, seed=3)
    single = fastreg.path(X, y, alphas=20, tol=1e-13)
    double = fastreg.path(np.hstack([X, X]), y, alphas=20, tol=1e-13)
    assert_allclose(double.coefs[:6] + double.coefs[6:], single.coefs, atol=1e-7)


@pytest.mark.parametrize("n", [5, 20, 60])
def test_columns_far_from_zero_without_an_intercept(n: int) -> None:
    """All columns point the same way: what counts are their small differences."""
    X, y = problems.ar1(n, 30, 0.6, seed=n)
    path = fastreg.path(
        100 + X, y, fit_intercept=False, tol=1e-8, eps=1e-3, early_stop=False
    )
    gaps = problems.recomputed_gaps(path, 100 + X, y, fit_intercept=False)
    assert gaps.max() <= 1.1e-8


@pytest.mark.parametrize("rho", [0.999, 0.99999])
def test_extreme_correlation(rho: float) -> None:
    X, y = problems.ar1(50, 30, rho, seed=2)
    path = fastreg.path(X, y, tol=1e-10, early_stop=False)
    assert problems.recomputed_gaps(path, X, y).max() <= 1e-10


def test_support_that_saturates_at_n() -> None:
    X, y = problems.ar1(15, 200, 0.3, seed=2)
    path = fastreg.path(X, y, eps=1e-6, tol=1e-13, early_stop=False)
    assert problems.recomputed_gaps(path, X, y).max() <= 1e-13
    assert path.n_nonzero.max() == 14  # the rank of the centred columns


@pytest.mark.parametrize("noise", [1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("eps", [1e-8, 1e-12])
def test_near_duplicates_never_do_harm(noise: float, eps: float) -> None:
    """Nearly singular systems amplify rounding; that must not reach the result."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        Z = rng.normal(size=(50, 4))
        X = np.c_[Z, Z + noise * rng.normal(size=Z.shape)]
        y = Z.sum(axis=1) + 0.1 * rng.normal(size=50)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastreg.ConvergenceWarning)
            path = fastreg.path(X, y, eps=eps, early_stop=False)
            single = fastreg.path(X, y, alphas=[1e-11])
        for result in (path, single):
            assert np.all(np.isfinite(result.coefs))
            assert result.dual_gaps.max() <= 0.1
            assert result.deviance_ratio[-1] > 0.9


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("alpha", [1e-3, 1e-9, 0.0])
def test_cold_starts_with_bounds(l1_ratio: float, alpha: float) -> None:
    """Many features enter at once, with no finite alpha_max where l1_ratio is 0."""
    X, y = problems.ar1(60, 300, 0.6, k=20)
    options: dict[str, Any] = {"l1_ratio": l1_ratio, "positive": True}
    path = fastreg.path(X, y, alphas=[alpha], **options)
    assert problems.recomputed_gaps(path, X, y, **options).max() <= 1e-6


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_cold_starts_far_down_the_path(l1_ratio: float) -> None:
    """A small alpha without a path before it ends at the same solution."""
    X, y = problems.ar1(60, 400, 0.6, k=20)
    grid = fastreg.path(X, y, l1_ratio=l1_ratio, eps=1e-4, tol=1e-12, early_stop=False)
    alpha = float(grid.alphas[-1])
    cold = fastreg.path(X, y, l1_ratio=l1_ratio, alphas=[alpha], tol=1e-12)
    assert_allclose(cold.predict(X)[:, 0], grid.predict(X, alpha), atol=1e-6)
    assert cold.n_iter[0] < 5000


def test_few_passes_over_wide_data() -> None:
    """The reference subspace decides about most features without their columns."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((200, 3000))
    y = X[:, :20] @ rng.standard_normal(20) + rng.standard_normal(200)
    path = fastreg.path(X, y, tol=1e-10, early_stop=False)
    assert path.dual_gaps.max() <= 1e-10
    assert path.n_passes <= 30
