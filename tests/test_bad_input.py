"""Bad input: a clear error where it is an error, the right answer where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

import fastreg
import problems

N, P = 12, 5
X0, Y0 = problems.ar1(N, P)


def run_path(X: Any = X0, y: Any = Y0, **options: Any) -> Any:
    return fastreg.path(X, y, **options)


def run_ridge(X: Any = X0, y: Any = Y0, **options: Any) -> Any:
    return fastreg.ridge_path(X, y, **options)


def run_certify(X: Any = X0, y: Any = Y0, **options: Any) -> Any:
    return fastreg.certify(X, y, **({"coef": np.zeros(P), "alpha": 1.0} | options))


Run = Callable[..., Any]
each = pytest.mark.parametrize("run", [run_path, run_ridge, run_certify])
both = pytest.mark.parametrize("run", [run_path, run_ridge])


def with_entry(array: Any, index: Any, value: float) -> Any:
    out = array.copy()
    out[index] = value
    return out


# --- X and y --------------------------------------------------------------------


@each
def test_rows_that_disagree(run: Run) -> None:
    with pytest.raises(ValueError, match=r"12 rows.*11|11.*12 rows"):
        run(y=Y0[:11])
    with pytest.raises(ValueError, match=r"7 rows.*12|12.*7 rows"):
        run(X=X0[:7])


@each
@pytest.mark.parametrize("shape", [(0, P), (N, 0), (0, 0)], ids=str)
def test_empty_X(run: Run, shape: tuple[int, int]) -> None:
    y, coef = np.zeros(shape[0]), np.zeros(shape[1])
    options = {"coef": coef} if run is run_certify else {}
    with pytest.raises(ValueError, match=r"(?i)empty|no rows|no columns|at least one"):
        run(X=np.zeros(shape), y=y, **options)


@each
def test_X_must_have_two_dimensions(run: Run) -> None:
    with pytest.raises(ValueError, match=r"X.*2.*dim|X.*two"):
        run(X=X0[:, 0])
    with pytest.raises(ValueError, match=r"X.*2.*dim|X.*two"):
        run(X=X0[:, :, None])


@pytest.mark.parametrize("run", [run_path, run_certify])
def test_y_must_have_one_dimension(run: Run) -> None:
    with pytest.raises(ValueError, match=r"y.*(1.*dim|one|shape)"):
        run(y=np.column_stack([Y0, Y0]))


def test_ridge_targets_have_one_or_two_dimensions() -> None:
    with pytest.raises(ValueError, match=r"(?i)y.*dim|y.*shape"):
        run_ridge(y=Y0[:, None, None])
    with pytest.raises(ValueError, match=r"(?i)empty|no columns|at least one|target"):
        run_ridge(y=np.zeros((N, 0)))


@each
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("order", ["C", "F"])
def test_missing_values_name_the_column(run: Run, value: float, order: Any) -> None:
    bad = np.array(with_entry(X0, (7, 3), value), order=order)
    with pytest.raises(
        ValueError, match=r"(?i)(nan|inf).*column.*3|column.*3.*(nan|inf)"
    ):
        run(X=bad)


@each
def test_missing_values_name_the_column_of_a_table(run: Run) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(with_entry(X0, (2, 1), np.nan), columns=list("abcde"))
    with pytest.raises(ValueError, match=r"\bb\b|'b'"):
        run(X=table)


@each
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_values_in_y(run: Run, value: float) -> None:
    with pytest.raises(ValueError, match=r"(?i)\by\b.*(nan|inf|finite)"):
        run(y=with_entry(Y0, 4, value))


@each
def test_complex_and_text(run: Run) -> None:
    with pytest.raises((TypeError, ValueError), match=r"X.*complex"):
        run(X=X0 + 1j)
    with pytest.raises((TypeError, ValueError), match=r"y.*complex"):
        run(y=Y0 + 1j)
    with pytest.raises((TypeError, ValueError), match=r"X"):
        run(X=X0.astype(str))
    with pytest.raises((TypeError, ValueError), match=r"y"):
        run(y=np.array(["a"] * N))
    with pytest.raises((TypeError, ValueError), match=r"X"):
        run(X=np.array([["a", 1.0]] * N, dtype=object))
    with pytest.raises((TypeError, ValueError), match=r"X"):
        run(X=None)


@each
def test_ragged_rows(run: Run) -> None:
    with pytest.raises((TypeError, ValueError), match=r"X"):
        run(X=[[1.0, 2.0], [3.0]], y=[1.0, 2.0])


@each
@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_missing_values_of_sparse_X_name_the_column(run: Run, value: float) -> None:
    bad = sparse.csc_array(with_entry(with_entry(X0, (9, 3), value), (4, 3), value))
    kind = "NaN" if np.isnan(value) else "-inf"
    with pytest.raises(ValueError, match=rf"^X has {kind} in column 3, first at row 4"):
        run(X=bad)
    unsorted = sparse.coo_array(bad).tocsc()
    unsorted.indices, unsorted.data = unsorted.indices[::-1], unsorted.data[::-1]
    with pytest.raises(ValueError, match=r"in column 1, first at row 4"):
        run(X=unsorted[:, :], y=Y0)


def broken(name: str, position: int, value: int) -> Any:
    matrix = sparse.csc_array(X0)
    getattr(matrix, name)[position] = value
    return matrix


@each
@pytest.mark.parametrize(
    ("matrix", "match"),
    [
        (broken("indices", 13, 12), r"column 1 has an entry in row 12 of 12"),
        (broken("indices", 13, -1), r"column 1 has an entry in row -1 of 12"),
        (broken("indptr", 0, 1), r"first index pointer is not 0"),
        (broken("indptr", 2, 5), r"index pointers decrease at column 1"),
        (broken("indptr", 5, 99), r"fewer entries than it claims"),
    ],
    ids=["row", "negative", "first", "decreasing", "claims"],
)
def test_broken_sparse_X(run: Run, matrix: Any, match: str) -> None:
    with pytest.raises(ValueError, match=rf"X is not a valid sparse matrix.*{match}"):
        run(X=matrix)


@each
def test_sparse_X_of_the_wrong_kind(run: Run) -> None:
    with pytest.raises(TypeError, match=r"X must hold real numbers, got dtype complex"):
        run(X=sparse.csr_array(X0 + 1j))
    with pytest.raises(ValueError, match=r"at least one row and one column"):
        run(X=sparse.csc_array((0, 5)), y=[])

    class NoColumns:
        def toarray(self) -> Any:
            return X0

    with pytest.raises(TypeError, match=r"X is sparse of type NoColumns"):
        run(X=NoColumns())
    with pytest.raises(TypeError, match=r"(?i)y must be dense"):
        run(y=sparse.csc_array(Y0[:, None]))


# --- sample weights -------------------------------------------------------------


@each
@pytest.mark.parametrize(
    ("weight", "match"),
    [
        (np.ones(N - 1), r"sample_weight.*(11|12)"),
        (np.ones((N, 2)), r"sample_weight"),
        (np.zeros(N), r"sample_weight.*(0|positive|zero)"),
        (with_entry(np.ones(N), 3, -0.5), r"sample_weight.*-0\.5"),
        (with_entry(np.ones(N), 3, np.nan), r"(?i)sample_weight.*(nan|finite)"),
        (with_entry(np.ones(N), 3, np.inf), r"(?i)sample_weight.*(inf|finite)"),
    ],
    ids=["short", "matrix", "zeros", "negative", "nan", "inf"],
)
def test_sample_weight(run: Run, weight: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        run(sample_weight=weight)


# --- parameters -----------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("alphas", "match"),
    [
        ([1.0, -0.5], r"-0\.5"),
        ([1.0, np.nan], r"(?i)alpha.*nan"),
        ([np.inf, 1.0], r"(?i)alpha.*inf"),
        ([], r"(?i)alphas.*(empty|least one)"),
        (0, r"alphas.*0"),
        (-3, r"alphas.*-3"),
        ([[1.0, 2.0]], r"alphas.*(dim|shape)"),
        ("many", r"alphas.*many"),
        ([1.0, 1j], r"alphas"),
        (None, r"alphas"),
        (2.5, r"alphas.*2\.5"),
        (True, r"alphas.*True"),
    ],
)
def test_alphas(run: Run, alphas: Any, match: str) -> None:
    with pytest.raises((TypeError, ValueError), match=match):
        run(alphas=alphas)


@pytest.mark.parametrize("alpha", [-0.5, np.nan, np.inf])
def test_alpha_of_certify(alpha: float) -> None:
    with pytest.raises(ValueError, match=f"alpha.*{alpha}"):
        run_certify(alpha=alpha)


@pytest.mark.parametrize("alpha", ["strong", None, 1j, [1.0, 2.0]])
def test_alpha_of_certify_is_a_number(alpha: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"alpha"):
        run_certify(alpha=alpha)


def test_numbers_that_are_not_finite_are_told_the_range() -> None:
    with pytest.raises(ValueError, match=r"alpha must be a finite number >= 0, got in"):
        run_certify(alpha=np.inf)
    with pytest.raises(ValueError, match=r"a finite number in \[0, 1\], got nan"):
        run_path(l1_ratio=np.nan)


@pytest.mark.parametrize("name", ["fit_intercept", "standardize", "positive"])
@pytest.mark.parametrize("value", ["no", None, 0, 1, 1.0, np.array([True])], ids=repr)
def test_flags_of_certify(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=rf"{name} must be True or False, got"):
        run_certify(**{name: value})


@pytest.mark.parametrize("value", [True, False])
def test_flags_of_certify_may_be_those_of_numpy(value: bool) -> None:
    names = ("fit_intercept", "standardize", "positive")
    expected = run_certify(**dict.fromkeys(names, value))
    assert run_certify(**dict.fromkeys(names, np.bool_(value))) == expected


@pytest.mark.parametrize("run", [run_path, run_certify])
@pytest.mark.parametrize("l1_ratio", [-0.1, 1.1, np.nan, np.inf])
def test_l1_ratio_outside_its_range(run: Run, l1_ratio: float) -> None:
    with pytest.raises(ValueError, match=rf"l1_ratio.*{l1_ratio}"):
        run(l1_ratio=l1_ratio)


@pytest.mark.parametrize("run", [run_path, run_certify])
@pytest.mark.parametrize("l1_ratio", ["half", None, [0.5, 1.0]])
def test_l1_ratio_is_a_number(run: Run, l1_ratio: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"l1_ratio"):
        run(l1_ratio=l1_ratio)


@pytest.mark.parametrize("eps", [0.0, -1.0, 1.0, 2.0, np.nan, "small", None])
def test_eps(eps: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"eps"):
        run_path(eps=eps)


@pytest.mark.parametrize("tol", [-1e-6, np.nan, np.inf, "fine", None])
def test_tol(tol: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"tol"):
        run_path(tol=tol)


@pytest.mark.parametrize("max_iter", [0, -1, 1.5, "many", None])
def test_max_iter(max_iter: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"max_iter"):
        run_path(max_iter=max_iter)


@pytest.mark.parametrize(
    ("start", "match"),
    [
        (np.zeros(P + 1), r"coef_init.*(5|6)"),
        (np.zeros((P, 2)), r"coef_init"),
        (with_entry(np.zeros(P), 2, np.nan), r"(?i)coef_init.*(nan|finite)"),
        (["a"] * P, r"coef_init"),
    ],
    ids=["long", "matrix", "nan", "text"],
)
def test_coef_init(start: Any, match: str) -> None:
    with pytest.raises((TypeError, ValueError), match=match):
        run_path(coef_init=start)


@pytest.mark.parametrize(
    ("coef", "match"),
    [
        (np.zeros(P + 1), r"6.*5 columns"),
        (np.zeros((P, P)), r"\(5, 5\).*5 columns"),
        (1.0, r"5 columns"),
        (with_entry(np.zeros(P), 2, np.inf), r"coef\[2\] is inf"),
        (np.array(["a"] * P), r"coef.*real"),
        (np.zeros(P) + 1j, r"coef.*complex"),
    ],
    ids=["long", "square", "scalar", "inf", "text", "complex"],
)
def test_coef_of_certify(coef: Any, match: str) -> None:
    with pytest.raises((TypeError, ValueError), match=match):
        run_certify(coef=coef)


def test_intercept_of_certify() -> None:
    with pytest.raises(ValueError, match=r"intercept.*nan"):
        run_certify(intercept=np.nan)
    with pytest.raises(TypeError, match=r"intercept.*one number"):
        run_certify(intercept=[1.0, 2.0])
    with pytest.raises(TypeError, match=r"intercept.*one number"):
        run_certify(intercept="one")
    with pytest.raises(ValueError, match=r"fit_intercept=False.*intercept=2\.0"):
        run_certify(intercept=2.0, fit_intercept=False)


@each
def test_options_are_named(run: Run) -> None:
    with pytest.raises(TypeError, match=r"lambda_"):
        run(lambda_=1.0)


# --- unusual, but not bad -------------------------------------------------------

both_fits = pytest.mark.parametrize(
    "options",
    [{}, {"l1_ratio": 0.5}, {"l1_ratio": 0.0, "alphas": [1.0, 0.1]}, {"ridge": True}],
    ids=str,
)


def fit(X: Any, y: Any, **options: Any) -> Any:
    """A path or, with ``ridge``, a ridge path, checked by the reference."""
    if options.pop("ridge", False):
        path = fastreg.ridge_path(X, y, **options)
        options["l1_ratio"] = 0.0
    else:
        path = fastreg.path(X, y, **options)
    options.pop("alphas", None)
    assert np.all(np.isfinite(path.coefs))
    assert np.all(np.isfinite(path.alphas))
    assert np.all(np.isfinite(path.deviance_ratio))
    gaps = problems.recomputed_gaps(path, X, y, **options)
    assert gaps.max() <= 1e-6
    assert path.dual_gaps.max() <= 1e-6
    return path


@both_fits
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1e9, 1e-300])
def test_single_constant_column(options: dict[str, Any], value: float) -> None:
    path = fit(np.full((N, 1), value), Y0, **options)
    assert_allclose(path.coefs, 0.0, atol=0)
    assert_allclose(path.intercepts, Y0.mean())


@both_fits
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1e9])
def test_constant_y(options: dict[str, Any], value: float) -> None:
    path = fit(X0, np.full(N, value), **options)
    assert_allclose(path.coefs, 0.0, atol=0)
    assert_allclose(path.intercepts, value)


@both_fits
def test_one_row(options: dict[str, Any]) -> None:
    path = fit(X0[:1], Y0[:1], **options)
    assert_allclose(path.coefs, 0.0, atol=0)
    assert_allclose(path.intercepts, Y0[0])
    fit(X0[:1], Y0[:1], fit_intercept=False, **options)
    fit(X0[:1], Y0[:1], fit_intercept=False, standardize=False, **options)


@both_fits
def test_one_row_with_weight(options: dict[str, Any]) -> None:
    w = np.zeros(N)
    w[4] = 2.0
    path = fit(X0, Y0, sample_weight=w, **options)
    assert_allclose(path.coefs, 0.0, atol=0)
    assert_allclose(path.intercepts, Y0[4])


@both_fits
def test_one_column(options: dict[str, Any]) -> None:
    path = fit(X0[:, :1], Y0, **options)
    assert path.coefs.shape[0] == 1
    assert np.any(path.coefs != 0.0)


@both_fits
@pytest.mark.parametrize("name", ["duplicated", "dependent", "constant_columns"])
def test_dependent_columns(options: dict[str, Any], name: str) -> None:
    fit(*problems.PROBLEMS[name](), **options)


@both_fits
def test_all_columns_zero(options: dict[str, Any]) -> None:
    path = fit(np.zeros((N, 3)), Y0, **options)
    assert_allclose(path.coefs, 0.0, atol=0)
    without = fit(np.zeros((N, 3)), Y0, fit_intercept=False, **options)
    assert_allclose(without.coefs, 0.0, atol=0)


@both_fits
def test_y_without_correlation(options: dict[str, Any]) -> None:
    X = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    path = fit(X, np.array([1.0, 1.0, -1.0, -1.0]), **options)
    assert_allclose(path.coefs, 0.0, atol=1e-15)


@pytest.mark.parametrize("alphas", [[0.1, 1.0, 0.5], [0.5], (1, 2), np.float32([1, 2])])
def test_unordered_and_other_sequences_of_alphas(alphas: Any) -> None:
    path = fastreg.path(X0, Y0, alphas=alphas)
    assert_allclose(path.alphas, sorted(np.float64(alphas), reverse=True))


def test_repeated_alphas_are_solved_alike() -> None:
    path = fastreg.path(X0, Y0, alphas=[0.1, 0.1, 0.2])
    assert_allclose(path.alphas, [0.2, 0.1, 0.1])
    assert_allclose(path.coefs[:, 1], path.coefs[:, 2], atol=1e-9)


def test_numbers_of_other_types() -> None:
    expected = fastreg.path(X0, Y0, alphas=5, l1_ratio=1.0, tol=1e-6)
    path = fastreg.path(
        X0, Y0, alphas=np.int64(5), l1_ratio=np.float32(1), tol=np.float64(1e-6)
    )
    assert_allclose(path.coefs, expected.coefs)


@both
def test_huge_and_tiny_numbers(run: Run) -> None:
    for x_size, y_size in [(1e150, 1.0), (1e-150, 1.0), (1.0, 1e150), (1.0, 1e-150)]:
        path = run(X=X0 * x_size, y=Y0 * y_size, alphas=5)
        expected = run(alphas=5)
        assert_allclose(
            path.coefs * (x_size / y_size), expected.coefs, rtol=1e-6, atol=1e-8
        )
