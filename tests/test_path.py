"""`fastreg.path` and the `Path` it returns: grid, attributes, storage, methods."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastreg
import problems
from fastreg import reference

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def data() -> problems.Data:
    return problems.offset_scales()


@pytest.fixture(scope="module")
def fitted(data: problems.Data) -> fastreg.Path:
    return fastreg.path(*data, tol=1e-10, early_stop=False)


# --- the grid -------------------------------------------------------------------


def test_automatic_grid_starts_at_alpha_max(data: problems.Data) -> None:
    X, y = data
    for l1_ratio in (1.0, 0.5):
        path = fastreg.path(X, y, l1_ratio=l1_ratio)
        problem = problems.reference_problem(X, y, 1.0, l1_ratio=l1_ratio)
        assert_allclose(path.alphas[0], reference.alpha_max(problem), rtol=1e-12)
        assert_allclose(path.coefs[:, 0], 0.0)
        assert np.any(path.coefs[:, 1] != 0.0)


@pytest.mark.parametrize(("shape", "eps"), [((30, 10), 1e-4), ((10, 30), 1e-2)])
def test_automatic_grid_is_geometric_down_to_eps(
    shape: tuple[int, int], eps: float
) -> None:
    path = fastreg.path(*problems.ar1(*shape), early_stop=False)
    assert path.alphas.shape == (100,)
    assert_allclose(path.alphas / path.alphas[0], np.geomspace(1, eps, 100))


def test_number_of_alphas_and_eps_are_followed(data: problems.Data) -> None:
    path = fastreg.path(*data, alphas=7, eps=0.05)
    assert_allclose(path.alphas / path.alphas[0], np.geomspace(1, 0.05, 7))
    assert fastreg.path(*data, alphas=1).alphas.shape == (1,)


def test_given_alphas_are_solved_in_decreasing_order(data: problems.Data) -> None:
    mixed = fastreg.path(*data, alphas=[0.5, 2.0, 0.1, 1.0])
    assert_array_equal(mixed.alphas, [2.0, 1.0, 0.5, 0.1])
    ordered = fastreg.path(*data, alphas=np.array([2.0, 1.0, 0.5, 0.1]))
    assert_array_equal(mixed.coefs, ordered.coefs)


def test_alphas_are_not_changed(data: problems.Data) -> None:
    alphas = np.array([0.1, 1.0])
    fastreg.path(*data, alphas=alphas)
    assert_array_equal(alphas, [0.1, 1.0])


def test_alpha_zero_is_least_squares(data: problems.Data) -> None:
    X, y = data
    path = fastreg.path(X, y, alphas=[1.0, 0.0])
    A = np.column_stack([np.ones(len(y)), X])
    expected = np.linalg.lstsq(A, y, rcond=None)[0]
    assert_allclose(path.coefs[:, 1], expected[1:], rtol=1e-8)
    assert_allclose(path.intercepts[1], expected[0], rtol=1e-8)


def test_one_percent_above_and_below_alpha_max(data: problems.Data) -> None:
    largest = fastreg.path(*data, alphas=1).alphas[0]
    path = fastreg.path(*data, alphas=[1.01 * largest, largest, 0.99 * largest])
    assert path.n_nonzero.tolist() == [0, 0, 1]


# --- attributes -----------------------------------------------------------------


def test_shapes_and_types(fitted: fastreg.Path) -> None:
    k, p = 100, 12
    assert fitted.coefs.shape == (p, k)
    for name in ("alphas", "intercepts", "dual_gaps", "deviance_ratio"):
        values = getattr(fitted, name)
        assert values.shape == (k,)
        assert values.dtype == np.float64
    for name in ("n_iter", "n_nonzero"):
        values = getattr(fitted, name)
        assert values.shape == (k,)
        assert values.dtype.kind == "i"
    assert fitted.status == ("converged",) * k
    assert isinstance(fitted.n_passes, int)
    assert fitted.n_passes >= 1
    assert isinstance(fitted.seconds, float)
    assert fitted.seconds > 0
    assert (fitted.n_samples, fitted.n_features) == (50, 12)
    assert fitted.feature_names is None
    assert (fitted.l1_ratio, fitted.tol, fitted.fit_intercept) == (1.0, 1e-10, True)
    assert fitted.standardize is True


def test_attributes_are_consistent(data: problems.Data, fitted: fastreg.Path) -> None:
    X, y = data
    assert_array_equal(fitted.n_nonzero, (fitted.coefs != 0).sum(axis=0))
    assert fitted.dual_gaps.max() <= fitted.tol
    residuals = y[:, None] - fitted.intercepts - X @ fitted.coefs
    expected = 1 - (residuals**2).mean(axis=0) / y.var()
    assert_allclose(fitted.deviance_ratio, expected, atol=1e-10)
    assert_allclose(fitted.null_objective, y.var() / 2)


def test_deviance_ratio_and_null_objective_are_weighted(data: problems.Data) -> None:
    X, y = data
    w = problems.weights(50)
    path = fastreg.path(X, y, sample_weight=w, alphas=5)
    null = np.average((y - np.average(y, weights=w)) ** 2, weights=w)
    residuals = y[:, None] - path.intercepts - X @ path.coefs
    expected = 1 - np.average(residuals**2, axis=0, weights=w) / null
    assert_allclose(path.deviance_ratio, expected, atol=1e-10)
    assert_allclose(path.null_objective, null / 2)


def test_sparse_coefs(fitted: fastreg.Path) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    stored = fitted.sparse_coefs
    assert isinstance(stored, sparse.csc_array)
    assert stored.shape == (12, 100)
    assert_array_equal(stored.toarray(), fitted.coefs)
    assert stored.nnz == fitted.n_nonzero.sum()
    assert stored.has_sorted_indices


def test_feature_names_from_a_table(data: problems.Data) -> None:
    pandas = pytest.importorskip("pandas")
    X, y = data
    names = [f"column {j}" for j in range(12)]
    path = fastreg.path(pandas.DataFrame(X, columns=names), pandas.Series(y))
    assert path.feature_names == tuple(names)
    assert_allclose(path.coefs, fastreg.path(X, y).coefs, atol=1e-10)


def test_repr_says_what_was_fitted(fitted: fastreg.Path) -> None:
    text = repr(fitted)
    assert len(text.splitlines()) < 15
    for fact in ("100 alphas", "12 features", "l1_ratio", "gap"):
        assert fact in text


# --- coefficients at an alpha ---------------------------------------------------


def test_coef_at_grid_points(fitted: fastreg.Path) -> None:
    for k in (0, 1, 50, 99):
        alpha = fitted.alphas[k]
        assert_array_equal(fitted.coef_at(alpha), fitted.coefs[:, k])
        assert fitted.intercept_at(alpha) == fitted.intercepts[k]


def test_coef_at_between_grid_points_is_linear_in_alpha(
    data: problems.Data, fitted: fastreg.Path
) -> None:
    """Between two alphas with the same support a Lasso path is a straight line."""
    same = fitted.n_nonzero[1:] == fitted.n_nonzero[:-1]
    checked = 0
    for k in np.flatnonzero(same)[::5]:
        if not np.array_equal(fitted.coefs[:, k] != 0, fitted.coefs[:, k + 1] != 0):
            continue
        alpha = 0.3 * fitted.alphas[k] + 0.7 * fitted.alphas[k + 1]
        exact = fastreg.path(*data, alphas=[alpha], tol=1e-13)
        assert_allclose(fitted.coef_at(alpha), exact.coefs[:, 0], atol=1e-4)
        assert_allclose(fitted.intercept_at(alpha), exact.intercepts[0], rtol=1e-5)
        between = 0.3 * fitted.coefs[:, k] + 0.7 * fitted.coefs[:, k + 1]
        assert_allclose(fitted.coef_at(alpha), between, atol=1e-12)
        checked += 1
    assert checked > 3


def test_coef_at_outside_the_grid(fitted: fastreg.Path) -> None:
    below = fitted.alphas[-1] / 2
    with pytest.raises(ValueError, match="alpha"):
        fitted.coef_at(below)
    with pytest.raises(ValueError, match="alpha"):
        fitted.intercept_at(below)
    with pytest.raises(ValueError, match=r"-1"):
        fitted.coef_at(-1.0)
    with pytest.raises(ValueError, match="nan"):
        fitted.coef_at(float("nan"))


def test_coef_at_above_the_grid_is_the_null_model_if_the_grid_begins_there(
    data: problems.Data, fitted: fastreg.Path
) -> None:
    above = 2 * fitted.alphas[0]
    assert_array_equal(fitted.coef_at(above), np.zeros(12))
    assert_allclose(fitted.intercept_at(above), data[1].mean())
    late = fastreg.path(*data, alphas=fitted.alphas[10:12])
    ridge = fastreg.ridge_path(*data, alphas=[1.0, 0.1])
    for path in (late, ridge):
        with pytest.raises(ValueError, match="outside the path"):
            path.coef_at(2 * path.alphas[0])


def test_predict(data: problems.Data, fitted: fastreg.Path) -> None:
    X, _ = data
    expected = X @ fitted.coefs + fitted.intercepts
    assert_allclose(fitted.predict(X), expected, rtol=1e-12)
    for alpha in (fitted.alphas[20], fitted.alphas[20] * 0.99):
        one = fitted.predict(X, alpha)
        assert one.shape == (50,)
        coef = fitted.coef_at(alpha)
        assert_allclose(one, X @ coef + fitted.intercept_at(alpha), rtol=1e-12)
    assert fitted.predict(X[:1]).shape == (1, 100)
    assert_allclose(fitted.predict(X.tolist(), fitted.alphas[3]), expected[:, 3])


def test_predict_checks_columns(data: problems.Data, fitted: fastreg.Path) -> None:
    with pytest.raises(ValueError, match=r"11.*12|12.*11"):
        fitted.predict(data[0][:, :11])


def test_plot_returns_axes(fitted: fastreg.Path) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert fitted.plot(ax) is ax
    assert len(ax.lines) >= 12
    import matplotlib.pyplot as plt

    own = fitted.plot()
    assert isinstance(own, Axes)
    plt.close("all")


# --- storage of X ---------------------------------------------------------------


def storages(X: Any, folder: File) -> dict[str, Any]:
    """The same numbers in other storages."""
    read_only = X.copy()
    read_only.flags.writeable = False
    file = folder / "x.npy"
    np.save(file, np.asfortranarray(X))
    rows = folder / "rows.npy"
    np.save(rows, np.ascontiguousarray(X))
    padded = np.zeros((2 * X.shape[0], X.shape[1] + 3))
    padded[::2, 1:-2] = X
    return {
        "F order": np.asfortranarray(X),
        "C order": np.ascontiguousarray(X),
        "read-only": read_only,
        "memory-mapped F": np.load(file, mmap_mode="r"),
        "memory-mapped C": np.load(rows, mmap_mode="r"),
        "strided": padded[::2, 1:-2],
        "reversed": X[::-1][:, ::-1].copy()[::-1][:, ::-1],
        "list": X.tolist(),
    }


@pytest.mark.parametrize("options", [{}, {"weighted": True}, {"l1_ratio": 0.5}])
def test_storage_of_X_does_not_matter(tmp_path: File, options: dict[str, Any]) -> None:
    X, y = problems.ar1(30, 45, 0.7)
    options = dict(options)
    if options.pop("weighted", False):
        options["sample_weight"] = problems.weights(30)
    expected = fastreg.path(X, y, alphas=20, tol=1e-12, **options)
    for name, stored in storages(X, tmp_path).items():
        path = fastreg.path(stored, y, alphas=20, tol=1e-12, **options)
        assert_allclose(path.alphas, expected.alphas, rtol=1e-12, err_msg=name)
        assert_allclose(path.coefs, expected.coefs, atol=1e-7, err_msg=name)


def test_integer_bool_and_single_precision_data() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (30, 5))
    y = X[:, 0] * 2 - X[:, 3] + rng.integers(0, 2, 30)
    expected = fastreg.path(X.astype(float), y.astype(float), alphas=10)
    for dtype in (np.int8, np.uint8, np.int64, np.bool_, np.float32):
        path = fastreg.path(X.astype(dtype), y.astype(np.float32), alphas=10)
        assert_allclose(path.coefs, expected.coefs, atol=1e-8)


@pytest.mark.parametrize("order", ["C", "F"])
def test_inputs_are_not_changed(order: Any) -> None:
    X, y = problems.offset_scales()
    X, w = np.array(X, order=order), problems.weights(50)
    start = np.linspace(-1, 1, 12)
    copies = [v.copy() for v in (X, y, w, start)]
    fastreg.path(X, y, sample_weight=w, coef_init=start)
    for given, copy in zip((X, y, w, start), copies, strict=True):
        assert_array_equal(given, copy)


PEAK = """
import resource, sys
import numpy as np
import fastreg
n, p = 1000, 10000
X = np.empty((n, p), order=sys.argv[1])
rng = np.random.default_rng(0)
for rows in np.array_split(np.arange(n), 50):
    X[rows] = rng.standard_normal((len(rows), p))
y = X[:, :5].sum(axis=1) + rng.standard_normal(n)
fastreg.path(X[:50, :50], y[:50], alphas=2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
path = fastreg.path(X, y, alphas=10, eps=0.1)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * 1024 / X.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
@pytest.mark.parametrize("order", ["C", "F"])
def test_X_is_not_copied(order: str) -> None:
    command = [sys.executable, "-c", PEAK, order]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(run.stdout) < 0.3


# --- warm start and stopping ----------------------------------------------------


def test_warm_start_does_not_change_the_answer(data: problems.Data) -> None:
    X, y = data
    options: dict[str, Any] = {"alphas": [1.0, 0.3], "tol": 1e-12}
    cold = fastreg.path(X, y, **options)
    for start in (cold.coefs[:, 1], np.linspace(-9, 9, 12), np.zeros(12)):
        warm = fastreg.path(X, y, coef_init=start, **options)
        assert_allclose(warm.coefs, cold.coefs, atol=1e-7)
    negative = fastreg.path(X, y, coef_init=-np.ones(12), positive=True, **options)
    assert_allclose(
        negative.coefs, fastreg.path(X, y, positive=True, **options).coefs, atol=1e-7
    )


def test_unreachable_tolerance_warns_and_says_why() -> None:
    """A gap below rounding can't be met: the warning names alpha, gap and tol."""
    X, y = problems.offset_scales()
    with pytest.warns(fastreg.ConvergenceWarning) as caught:
        path = fastreg.path(X, y, tol=1e-300, alphas=[3.0, 0.01], max_iter=50)
    text = str(caught[0].message)
    for fact in ("alpha", "gap", "tol", "1e-300"):
        assert fact in text
    assert len(caught) == 1
    assert set(path.status) <= {"converged", "max_iter", "stalled"}
    unmet = path.dual_gaps > 1e-300
    assert_array_equal(unmet, [status != "converged" for status in path.status])
    assert unmet.any()
    assert problems.recomputed_gaps(path, X, y).max() < 1e-12


def test_tolerance_below_rounding_still_gives_the_best_answer() -> None:
    """It stalls after few sweeps, close to the optimum, and doesn't use up max_iter."""
    X, y = problems.ar1(60, 120, 0.9, k=20)
    with pytest.warns(fastreg.ConvergenceWarning, match="rounding"):
        path = fastreg.path(X, y, tol=0.0, alphas=10)
    assert set(path.status) <= {"converged", "stalled"}
    assert problems.recomputed_gaps(path, X, y).max() < 1e-12
    assert path.n_iter.max() < 5000


def test_one_iteration_is_reported_honestly() -> None:
    X, y = problems.ar1(60, 80, 0.95, k=20)
    with pytest.warns(fastreg.ConvergenceWarning, match="max_iter"):
        path = fastreg.path(X, y, alphas=[0.01], max_iter=1, tol=1e-12)
    assert path.status == ("max_iter",)
    assert path.dual_gaps[0] > 1e-12
    assert problems.recomputed_gaps(path, X, y)[0] <= path.dual_gaps[0] * (1 + 1e-6)


def test_results_are_the_same_each_time(data: problems.Data) -> None:
    first, second = fastreg.path(*data), fastreg.path(*data)
    assert_array_equal(first.coefs, second.coefs)
    assert_array_equal(first.dual_gaps, second.dual_gaps)


def test_predict_at_several_alphas(data: tuple[Any, Any]) -> None:
    X, y = data
    path = fastreg.path(X, y, alphas=20)
    wanted = [float(path.alphas[3]), float(path.alphas[5:7].mean())]
    together = path.predict(X, wanted)
    assert together.shape == (len(y), 2)
    for column, alpha in zip(together.T, wanted, strict=True):
        assert_allclose(column, path.predict(X, alpha))
    several = fastreg.ridge_path(X, np.c_[y, -y], alphas=5)
    assert several.predict(X, several.alphas[1:3]).shape == (2, len(y), 2)


def test_arrays_are_read_only(data: tuple[Any, Any]) -> None:
    path = fastreg.path(*data, alphas=5)
    for values in (path.alphas, path.coefs, path.intercepts, path.dual_gaps):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0


def test_scale_is_that_of_the_penalty(data: tuple[Any, Any]) -> None:
    X, y = data
    assert_allclose(fastreg.path(X, y, alphas=3).scale, X.std(axis=0))
    assert_allclose(fastreg.path(X, y, alphas=3, standardize=False).scale, 1.0)
    assert_allclose(fastreg.ridge_path(X, y, alphas=3).scale, X.std(axis=0))


@pytest.mark.parametrize("name", ["fit_intercept", "standardize", "positive"])
def test_flags_are_booleans(data: tuple[Any, Any], name: str) -> None:
    options: dict[str, Any] = {name: "no"}
    with pytest.raises(TypeError, match=f"{name} must be True or False, got 'no'"):
        fastreg.path(*data, **options)
