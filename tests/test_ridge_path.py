"""`fastreg.ridge_path`: closed forms, both kernels against least squares in NumPy."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastreg
import problems
from fastreg import reference

pytestmark = pytest.mark.core

TALL, SQUARE, WIDE = (40, 9), (15, 15), (12, 30)
ALPHAS = [10.0, 1.0, 0.1, 1e-4]


def stacked(
    X: Any, y: Any, alpha: float, weight: Any = None, fit_intercept: bool = True
) -> Any:
    """Ridge of raw columns as least squares with rows sqrt(alpha) I appended."""
    n, p = X.shape
    w = np.full(n, 1 / n) if weight is None else weight / weight.sum()
    x_mean = w @ X if fit_intercept else np.zeros(p)
    y_mean = w @ y if fit_intercept else 0.0
    A = np.vstack([np.sqrt(w)[:, None] * (X - x_mean), np.sqrt(alpha) * np.eye(p)])
    b = np.concatenate([np.sqrt(w) * (y - y_mean), np.zeros(p)])
    coef = np.linalg.lstsq(A, b, rcond=None)[0]
    return coef, y_mean - x_mean @ coef


@pytest.mark.parametrize("shape", [TALL, SQUARE, WIDE], ids=str)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_equals_stacked_least_squares(
    shape: tuple[int, int], fit_intercept: bool, weighted: bool
) -> None:
    X, y = problems.ar1(*shape, 0.7)
    X, y = X + 3.0, y - 5.0
    w = problems.weights(shape[0]) if weighted else None
    path = fastreg.ridge_path(
        X,
        y,
        alphas=ALPHAS,
        fit_intercept=fit_intercept,
        standardize=False,
        sample_weight=w,
    )
    for k, alpha in enumerate(ALPHAS):
        coef, intercept = stacked(X, y, alpha, w, fit_intercept)
        assert_allclose(path.coefs[:, k], coef, atol=1e-9)
        assert_allclose(path.intercepts[k], intercept, atol=1e-8)


@pytest.mark.parametrize("shape", [TALL, SQUARE, WIDE], ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_standardised_equals_svd_of_standardised_columns(
    shape: tuple[int, int], order: Any
) -> None:
    X, y = problems.ar1(*shape, 0.7)
    X = X * np.logspace(-4, 4, shape[1]) + 1.0
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    U, d, Vt = np.linalg.svd(Z, full_matrices=False)
    path = fastreg.ridge_path(np.array(X, order=order), y, alphas=ALPHAS)
    for k, alpha in enumerate(ALPHAS):
        shrunk = d / (d**2 + len(y) * alpha) * (U.T @ (y - y.mean()))
        expected = Vt.T @ shrunk / X.std(axis=0)
        assert_allclose(
            path.coefs[:, k] * X.std(axis=0), expected * X.std(axis=0), atol=1e-8
        )


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_primal_and_dual_forms_agree(fit_intercept: bool) -> None:
    """A column of zeros more or less changes the form used, not the answer."""
    X, y = problems.ar1(20, 20, 0.5)
    for p in (19, 20):
        padded = np.hstack([X[:, :p], np.zeros((20, 15))])
        options: dict[str, Any] = {"alphas": ALPHAS, "fit_intercept": fit_intercept}
        narrow = fastreg.ridge_path(X[:, :p], y, **options)
        wide = fastreg.ridge_path(padded, y, **options)
        assert_allclose(wide.coefs[:p], narrow.coefs, atol=1e-9)
        assert_allclose(wide.coefs[p:], 0.0)
        assert_allclose(wide.intercepts, narrow.intercepts, atol=1e-9)


@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_every_problem_is_certified(
    name: str, fit_intercept: bool, standardize: bool
) -> None:
    X, y = problems.PROBLEMS[name]()
    options: dict[str, Any] = {
        "fit_intercept": fit_intercept,
        "standardize": standardize,
    }
    size = np.mean(reference.Problem(X, y, 1.0, **options).x ** 2)
    alphas = np.array(ALPHAS) * (1.0 if standardize else size)
    path = fastreg.ridge_path(X, y, alphas=alphas, **options)
    gaps = problems.recomputed_gaps(path, X, y, l1_ratio=0.0, **options)
    assert gaps.max() < 1e-10
    assert path.dual_gaps.max() < 1e-10
    scale = reference.Problem(X, y, 1.0, **options).scale
    assert_allclose(path.coefs[scale == 0.0], 0.0)


@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
def test_several_targets_are_each_their_own_fit(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.5)
    Y = np.column_stack([y, y**2, np.sin(y) + 4])
    w = problems.weights(shape[0])
    for given in (np.asfortranarray(Y), np.ascontiguousarray(Y)):
        path = fastreg.ridge_path(X, given, alphas=ALPHAS, sample_weight=w)
        assert path.coefs.shape == (3, shape[1], 4)
        assert path.intercepts.shape == (3, 4)
        for m in range(3):
            one = fastreg.ridge_path(X, Y[:, m], alphas=ALPHAS, sample_weight=w)
            assert_allclose(path.coefs[m], one.coefs, atol=1e-12)
            assert_allclose(path.intercepts[m], one.intercepts, atol=1e-12)
            assert_allclose(path.deviance_ratio[m], one.deviance_ratio, atol=1e-12)
    predicted = path.predict(X)
    assert_allclose(
        predicted[1] if predicted.shape[0] == 3 else predicted[:, 1],
        X @ path.coefs[1] + path.intercepts[1],
    )


def test_one_column_of_targets_keeps_its_axis() -> None:
    X, y = problems.ar1(*TALL)
    assert fastreg.ridge_path(X, y[:, None], alphas=ALPHAS).coefs.shape == (1, 9, 4)
    assert fastreg.ridge_path(X, y, alphas=ALPHAS).coefs.shape == (9, 4)


def test_alpha_zero_is_least_squares() -> None:
    X, y = problems.offset_scales()
    A = np.column_stack([np.ones(50), X])
    expected = np.linalg.lstsq(A, y, rcond=None)[0]
    path = fastreg.ridge_path(X, y, alphas=[0.0])
    assert_allclose(path.coefs[:, 0], expected[1:], rtol=1e-9)
    assert_allclose(path.intercepts[0], expected[0], rtol=1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_alpha_zero_with_more_columns_is_the_minimum_norm(fit_intercept: bool) -> None:
    X, y = problems.ar1(*WIDE, 0.5)
    mean = X.mean(axis=0) if fit_intercept else np.zeros(WIDE[1])
    offset = y.mean() if fit_intercept else 0.0
    expected = np.linalg.pinv(X - mean) @ (y - offset)
    path = fastreg.ridge_path(
        X, y, alphas=[0.0], standardize=False, fit_intercept=fit_intercept
    )
    assert_allclose(path.coefs[:, 0], expected, atol=1e-8)
    assert_allclose(X @ path.coefs[:, 0] + path.intercepts[0], y, atol=1e-8)


@pytest.mark.parametrize("name", ["duplicated", "dependent", "constant_columns"])
def test_alpha_zero_with_dependent_columns_is_the_minimum_norm(name: str) -> None:
    X, y = problems.PROBLEMS[name]()
    problem = reference.Problem(X, y, 0.0, l1_ratio=0.0)
    expected, _ = reference.ridge(problem)
    path = fastreg.ridge_path(X, y, alphas=[0.0])
    assert_allclose(path.coefs[:, 0], expected, atol=1e-6 * np.abs(expected).max())
    assert reference.relative_gap(problem, path.coefs[:, 0], path.intercepts[0]) < 1e-9


def test_weights_are_repetitions_and_only_ratios_matter() -> None:
    X, y = problems.ar1(*TALL)
    times = np.random.default_rng(0).integers(0, 4, TALL[0])
    rows = np.repeat(np.arange(TALL[0]), times)
    weighted = fastreg.ridge_path(X, y, alphas=ALPHAS, sample_weight=times)
    repeated = fastreg.ridge_path(X[rows], y[rows], alphas=ALPHAS)
    scaled = fastreg.ridge_path(X, y, alphas=ALPHAS, sample_weight=1e-6 * times)
    for other in (repeated, scaled):
        assert_allclose(weighted.coefs, other.coefs, atol=1e-10)
        assert_allclose(weighted.intercepts, other.intercepts, atol=1e-10)


def test_zero_weights_that_leave_fewer_rows_than_columns() -> None:
    X, y = problems.ar1(20, 10)
    w = np.zeros(20)
    w[:6] = [1.0, 2.0, 1.0, 0.5, 3.0, 1.0]
    path = fastreg.ridge_path(X, y, alphas=[*ALPHAS, 0.0], sample_weight=w)
    kept = fastreg.ridge_path(X[:6], y[:6], alphas=[*ALPHAS, 0.0], sample_weight=w[:6])
    assert_allclose(path.coefs, kept.coefs, atol=1e-7)


@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
def test_automatic_grid_spans_the_spectrum(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.5)
    for standardize in (True, False):
        path = fastreg.ridge_path(X, y, standardize=standardize)
        square = np.ones(shape[1]) if standardize else X.var(axis=0)
        size = square.sum() / min(shape)  # the mean of the eigenvalues
        assert path.alphas.shape == (100,)
        assert_allclose(path.alphas[[0, -1]], [1e3 * size, 1e-6 * size], rtol=1e-10)
        ratios = path.alphas[1:] / path.alphas[:-1]
        assert_allclose(ratios, ratios[0])
        assert np.all(np.diff(path.deviance_ratio) > -1e-12)
    assert fastreg.ridge_path(X, y, alphas=7).alphas.shape == (7,)


def test_given_alphas_are_solved_in_decreasing_order() -> None:
    X, y = problems.ar1(*TALL)
    path = fastreg.ridge_path(X, y, alphas=[0.1, 3.0, 1.0])
    assert_array_equal(path.alphas, [3.0, 1.0, 0.1])
    again = fastreg.ridge_path(X, y, alphas=[3.0, 1.0, 0.1])
    assert_array_equal(path.coefs, again.coefs)


def test_attributes_and_repr() -> None:
    X, y = problems.ar1(*TALL)
    path = fastreg.ridge_path(X, y)
    assert isinstance(path, fastreg.Path)
    assert path.l1_ratio == 0.0
    assert path.status == ("converged",) * 100
    assert np.all(path.n_nonzero == 9)
    assert_allclose(path.null_objective, y.var() / 2)
    residuals = y[:, None] - path.predict(X)
    expected = 1 - (residuals**2).mean(axis=0) / y.var()
    assert_allclose(path.deviance_ratio, expected, atol=1e-10)
    assert "100 alphas" in repr(path)
    several = fastreg.ridge_path(X, np.column_stack([y, 2 * y]), alphas=3)
    assert "2 targets" in repr(several)


def test_storage_and_inputs_are_left_alone() -> None:
    X, y = problems.ar1(*WIDE)
    expected = fastreg.ridge_path(X, y, alphas=ALPHAS)
    for order in ("C", "F"):
        given = np.array(X, order=order)  # type: ignore[call-overload]
        given.flags.writeable = False
        path = fastreg.ridge_path(given, y, alphas=ALPHAS)
        assert_allclose(path.coefs, expected.coefs, atol=1e-10)


@pytest.mark.parametrize("noise", [1e-4, 1e-7, 1e-9])
def test_gaps_are_honest_for_nearly_dependent_columns(noise: float) -> None:
    """Least squares in columns that differ by noise: what is lost has to be told."""
    X, y = problems.ar1(30, 5)
    X = np.hstack([X, X[:, :2] + noise * problems.ar1(30, 2, seed=9)[0]])
    path = fastreg.ridge_path(X, y, alphas=[1e-3, 1e-12, 0.0])
    assert np.all(np.isfinite(path.coefs))
    gaps = problems.recomputed_gaps(path, X, y, l1_ratio=0.0)
    # primal - dual carries the rounding of b'X'theta, and b is huge here. So does the
    # gradient g, of which the gap is |g|^2 / (2 alpha).
    rounding = 1e-16 * np.abs(path.coefs).max(axis=0)
    gradient = rounding / np.sqrt(2.0 * np.where(path.alphas > 0.0, path.alphas, 1.0))
    told = (np.sqrt(path.dual_gaps) + gradient) ** 2
    assert np.all(gaps <= 1.5 * told + rounding + 1e-12)


# --- options ---------------------------------------------------------------------


def every_option(n: int, p: int) -> dict[str, Any]:
    factor = np.linspace(0.3, 3.0, p)
    factor[[1, 3]] = 0.0, np.inf
    return {
        "sample_weight": problems.weights(n),
        "penalty_factor": factor,
        "offset": np.cos(np.arange(n)),
    }


@pytest.mark.parametrize("shape", [TALL, SQUARE, WIDE], ids=str)
@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_every_option_at_once_equals_the_reference(
    shape: tuple[int, int], several: bool, standardize: bool
) -> None:
    X, y = problems.ar1(*shape, 0.6)
    options = {"standardize": standardize, **every_option(*shape)}
    Y = np.column_stack([y, y**2]) if several else y
    path = fastreg.ridge_path(X, Y, alphas=ALPHAS, **options)
    for target, response in enumerate(np.atleast_2d(Y.T)):
        coefs = path.coefs[target] if several else path.coefs
        intercepts = path.intercepts[target] if several else path.intercepts
        for k, alpha in enumerate(ALPHAS):
            problem = reference.Problem(X, response, alpha, l1_ratio=0.0, **options)
            coef, intercept = reference.ridge(problem)
            assert_allclose(coefs[:, k], coef, atol=1e-8 * max(1, abs(coef).max()))
            assert_allclose(intercepts[k], intercept, atol=1e-8)
    with pytest.raises(ValueError, match="predict needs one"):
        path.predict(X)
    fitted = path.predict(X, alpha=0.1, offset=options["offset"])
    assert fitted.shape == ((2, shape[0]) if several else (shape[0],))


def test_elastic_net_paths_without_lasso_are_ridge_paths() -> None:
    X, y = problems.ar1(*WIDE, 0.6)
    options = every_option(*WIDE)
    ridge = fastreg.ridge_path(X, y, alphas=ALPHAS, **options)
    path = fastreg.path(X, y, l1_ratio=0.0, alphas=ALPHAS, **options)
    assert_array_equal(path.coefs, ridge.coefs)
    assert_array_equal(path.n_iter, np.ones(4))  # in closed form, factors or not


@pytest.mark.parametrize(
    "solver", ["cholesky", "dual", "cg", "lsqr", "spectral", "svd"]
)
@pytest.mark.parametrize("shape", [TALL, SQUARE, WIDE], ids=str)
def test_every_solver_gives_the_same_path(solver: str, shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.6)
    options = every_option(*shape)
    expected = fastreg.ridge_path(X, y, alphas=ALPHAS, solver="working_set", **options)
    path = fastreg.ridge_path(X, y, alphas=ALPHAS, solver=solver, **options)
    assert_allclose(path.coefs, expected.coefs, atol=1e-5)
    gaps = [
        reference.relative_gap(
            reference.Problem(X, y, alpha, l1_ratio=0.0, **options), coef, intercept
        )
        for alpha, coef, intercept in zip(
            path.alphas, path.coefs.T, path.intercepts, strict=True
        )
    ]
    assert max(gaps) < 1e-10


@pytest.mark.parametrize("several", [True, False])
def test_bounds_are_kept_along_the_path(several: bool) -> None:
    X, y = problems.ar1(*TALL, 0.6)
    Y = np.column_stack([y, -y]) if several else y
    path = fastreg.ridge_path(X, Y, ALPHAS, positive=True, tol=1e-10)
    assert path.coefs.min() == 0.0
    bounded = fastreg.ridge_path(X, Y, alphas=ALPHAS, lower_bounds=0.0, tol=1e-10)
    assert_array_equal(path.coefs, bounded.coefs)
    for target, response in enumerate(np.atleast_2d(Y.T)):
        coefs = path.coefs[target] if several else path.coefs
        intercepts = path.intercepts[target] if several else path.intercepts
        for k, alpha in enumerate(ALPHAS):
            problem = reference.Problem(
                X, response, alpha, l1_ratio=0.0, lower_bounds=0.0
            )
            gap = reference.relative_gap(problem, coefs[:, k], intercepts[k])
            assert gap < 1e-9
    assert path.df is None


def test_a_callback_ends_a_path_of_several_targets() -> None:
    X, y = problems.ar1(*TALL)
    Y = np.column_stack([y, y**2])
    steps: list[fastreg.PathStep] = []

    def stop_in_the_middle(step: fastreg.PathStep) -> bool:
        steps.append(step)
        return step.index == 3

    path = fastreg.ridge_path(X, Y, alphas=10, callback=stop_in_the_middle)
    assert path.stopped == "callback"
    assert path.coefs.shape == (2, 9, len(path.alphas))
    assert steps[0].n_alphas == 10
    with pytest.raises(ValueError, match="for one target"):
        fastreg.ridge_path(X, Y, lower_bounds=0.0, callback=steps.append)
    with pytest.raises(TypeError, match="callback must be a function"):
        fastreg.ridge_path(X, Y, callback=3)
    with pytest.raises(ValueError, match="max_time must be more than 0"):
        fastreg.ridge_path(X, Y, max_time=0)


def test_progress_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    fastreg.ridge_path(*problems.ar1(*TALL), alphas=5, progress=True)
    assert capsys.readouterr().err


@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
def test_degrees_of_freedom_along_the_path(shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape, 0.6)
    options = every_option(*shape)
    path = fastreg.ridge_path(
        X, np.column_stack([y, -y]), alphas=ALPHAS, solver="spectral", **options
    )
    assert path.df is not None
    expected = [
        reference.degrees_of_freedom(
            reference.Problem(X, y, alpha, l1_ratio=0.0, **options)
        )
        for alpha in ALPHAS
    ]
    assert_allclose(path.df, expected, rtol=1e-9)
    single = fastreg.ridge_path(X, y, alphas=ALPHAS, solver="spectral", **options)
    assert_allclose(single.df, expected, rtol=1e-9)


def test_the_grid_counts_factors() -> None:
    """Columns by the roots of their factors; free and excluded ones are left out."""
    X, y = problems.ar1(*TALL)
    v = np.array([0.0, 1.0, 2.0, 4.0, np.inf, 1.0, 1.0, 1.0, 1.0])
    path = fastreg.ridge_path(X, y, alphas=3, penalty_factor=v)
    level = (5 + 1 / 2 + 1 / 4) / 7
    assert_allclose(path.alphas, np.array([1e3, 1e3 * 10**-4.5, 1e-6]) * level)


@pytest.mark.parametrize("solver", ["cg", "lsqr"])
def test_iterations_go_for_what_a_path_asks_for(solver: str) -> None:
    X, y = problems.ar1(60, 30, 0.9)
    alphas = [1.0, 0.1, 0.01]
    exact = fastreg.ridge_path(X, y, alphas=alphas, solver="svd")
    steps = []
    for tol in (1.0, 1e-6, 0.0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastreg.ConvergenceWarning)
            path = fastreg.ridge_path(X, y, alphas=alphas, solver=solver, tol=tol)
        # An error in coefficients is at most the residual's by alpha.
        error = np.abs(path.coefs - exact.coefs).max()
        assert error < max(1e-13, 1e-5 * tol) / min(alphas) * 10.0
        steps.append(path.n_iter.sum())
    assert steps[0] < steps[1] <= steps[2]
