"""X in every storage: the same answers, names kept, nothing copied or changed."""

from __future__ import annotations

import copy
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

import fastreg
import problems
import storages
from fastreg import _core, _validation

N, P = 30, 12
X0, Y0 = problems.ar1(N, P, 0.6)
IN_PLACE = ["F", "C", "strided", "reversed", "read_only"]
IN_PLACE += [*storages.SINGLE, "F_int16", "C_int64", "bool"]
SPARSE_IN_PLACE = ["csc_array", "csc_matrix", "csc_int64", "unsorted"]


@pytest.mark.parametrize("name", storages.ALL)
def test_the_same_path_from_every_storage(name: str) -> None:
    X = storages.values_for(name, X0)
    options: dict[str, Any] = {"alphas": 8, "eps": 0.01, "tol": 1e-12}
    expected = fastreg.path(np.asfortranarray(X), Y0, **options)
    path = fastreg.path(storages.ALL[name](X), Y0, **options)
    assert_allclose(path.alphas, expected.alphas, rtol=1e-9)
    assert_allclose(path.coefs, expected.coefs, atol=1e-7)
    assert_allclose(path.intercepts, expected.intercepts, atol=1e-7)


@pytest.mark.parametrize("name", storages.ALL)
@pytest.mark.parametrize("shape", [(30, 12), (12, 30)], ids=["primal", "dual"])
def test_the_same_ridge_path_from_every_storage(
    name: str, shape: tuple[int, int]
) -> None:
    X, y = problems.ar1(*shape, 0.6)
    X = storages.values_for(name, X)
    options: dict[str, Any] = {"alphas": [100.0, 1.0, 0.01, 0.0]}
    expected = fastreg.ridge_path(np.asfortranarray(X), y, **options)
    path = fastreg.ridge_path(storages.ALL[name](X), y, **options)
    assert_allclose(path.coefs, expected.coefs, atol=1e-8)
    several = fastreg.ridge_path(storages.ALL[name](X), np.c_[y, 2 * y], **options)
    assert_allclose(several.coefs[0], expected.coefs, atol=1e-8)
    assert_allclose(
        several.predict(storages.ALL[name](X), 1.0)[1], 2 * path.predict(X, 1.0)
    )


def kernel_arguments(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the path kernel is given as X, from now on."""
    seen: list[Any] = []
    kernel = _core.elastic_net_path

    def noting(X: Any, *args: Any, **options: Any) -> Any:
        seen.append(X)
        return kernel(X, *args, **options)

    monkeypatch.setattr(_core, "elastic_net_path", noting)
    return seen


@pytest.mark.parametrize("name", IN_PLACE)
def test_dense_arrays_are_read_in_place(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = storages.ALL[name](storages.values_for(name, X0))
    seen = kernel_arguments(monkeypatch)
    fastreg.path(X, Y0, alphas=3)
    assert np.shares_memory(seen[0], X)
    assert seen[0].strides == X.strides


@pytest.mark.parametrize("name", SPARSE_IN_PLACE)
def test_sparse_columns_are_read_in_place(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = storages.ALL[name](storages.values_for(name, X0))
    seen = kernel_arguments(monkeypatch)
    fastreg.path(X, Y0, alphas=3)
    values, indices, indptr, rows = seen[0]
    assert np.shares_memory(values, X.data)
    assert np.shares_memory(indices, X.indices)
    assert np.shares_memory(indptr, X.indptr)
    assert rows == N


@pytest.mark.parametrize("name", ["F", "C", "strided", "F_float32", "C_int64"])
@pytest.mark.parametrize("options", [{}, {"l1_ratio": 0.0}], ids=["lasso", "ridge"])
def test_no_copy_of_dense_X_is_made(name: str, options: dict[str, Any]) -> None:
    X, y = problems.ar1(100, 4000, 0.3)
    given = storages.ALL[name](storages.values_for(name, X))
    size = X.shape[0] * X.shape[1] * given.dtype.itemsize
    tracemalloc.start()
    path = fastreg.path(given, y, alphas=[0.5, 0.3], **options)
    path.predict(given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.3 * size


@pytest.mark.parametrize("name", storages.ALL)
def test_nothing_is_changed(name: str) -> None:
    X = storages.ALL[name](storages.values_for(name, X0))
    before = copy.deepcopy(X)
    path = fastreg.path(X, Y0, alphas=3)
    path.predict(X)
    fastreg.certify(X, Y0, path.coefs[:, 2], path.intercepts[2], alpha=0.1)
    if sparse.issparse(X) and X.format != "lil":
        for part in {"data", "indices", "indptr", "row", "col"} & set(vars(X)):
            assert_array_equal(getattr(X, part), getattr(before, part))
    elif sparse.issparse(X):
        assert_array_equal(X.toarray(), before.toarray())
    else:
        assert_array_equal(np.asarray(X), np.asarray(before))


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_mapped_file(
    order: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = np.lib.format.open_memmap(
        tmp_path / "X.npy", "w+", np.float32, X0.shape, fortran_order=order == "F"
    )
    file[:] = X0
    file.flush()
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    seen = kernel_arguments(monkeypatch)
    path = fastreg.path(X, Y0, alphas=5)
    assert np.shares_memory(seen[0], X)
    assert_allclose(path.predict(X), fastreg.path(np.array(X), Y0, alphas=5).predict(X))
    model = fastreg.Lasso(alpha=0.1).fit(X, Y0)
    assert model.coef_.dtype == np.float32


def test_float32_loses_nothing_but_its_own_digits() -> None:
    path = fastreg.path(X0.astype(np.float32), Y0, alphas=10, tol=1e-12)
    expected = fastreg.path(X0, Y0, alphas=10, tol=1e-12)
    assert_allclose(path.coefs, expected.coefs, atol=1e-5)


# --- tables ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pandas", "nullable", "sparse_table", "polars"])
def test_tables_keep_their_names(name: str) -> None:
    pytest.importorskip("polars" if name == "polars" else "pandas")
    X = storages.ALL[name](X0)
    path = fastreg.path(X, Y0, alphas=3)
    assert path.feature_names == tuple(f"x{j}" for j in range(P))
    assert path.predict(X).shape == (N, 3)
    with pytest.raises(ValueError, match=r"column 0 of X is 'x11' but .* 'x0' there"):
        path.predict(X[[f"x{j}" for j in reversed(range(P))]])


def test_arrow_tables() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    columns = {f"x{j}": X0[:, j] for j in range(P)}
    path = fastreg.path(pyarrow.table(columns), Y0, alphas=3)
    assert path.feature_names == tuple(columns)
    assert_allclose(path.coefs, fastreg.path(X0, Y0, alphas=3).coefs, atol=1e-9)
    columns["x3"] = [None, *X0[1:, 3]]
    with pytest.raises(ValueError, match=r"NaN in column 3 \('x3'\), first at row 0"):
        fastreg.path(pyarrow.table(columns), Y0)
    columns["x3"] = ["text"] * N
    with pytest.raises(TypeError, match=r"'text' at row 0, column 3 \('x3'\)"):
        fastreg.path(pyarrow.table(columns), Y0)


class ArrowLike:
    """What is asked of an Arrow table: names, and columns that become arrays."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = columns
        self.column_names = list(columns)
        self.columns = list(columns.values())  # as in pyarrow, not the names
        self.num_columns = len(columns)

    def column(self, j: int) -> Any:
        return self.columns[j]


def test_arrow_protocol() -> None:
    table = ArrowLike({"a": X0[:, 0], "b": np.arange(N), "c": X0[:, 2] > 0})
    expected = np.column_stack([X0[:, 0], np.arange(N), X0[:, 2] > 0])
    path = fastreg.path(table, Y0, alphas=3)
    assert path.feature_names == ("a", "b", "c")
    assert_allclose(path.coefs, fastreg.path(expected, Y0, alphas=3).coefs)
    with pytest.raises(ValueError, match=r"at least one row and one column"):
        fastreg.path(ArrowLike({}), Y0)


@pytest.mark.parametrize("kind", ["Float64", "Int64", "boolean"])
def test_missing_values_of_nullable_columns_are_named(kind: str) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": X0[:, 0] > 0, "b": X0[:, 1] > 0}).astype(kind)
    assert fastreg.path(table, Y0, alphas=2).feature_names == ("a", "b")
    table.loc[4, "b"] = pandas.NA
    with pytest.raises(
        ValueError, match=r"X has NaN in column 1 \('b'\), first at r.* 4"
    ):
        fastreg.path(table, Y0)


def test_missing_values_of_polars_columns_are_named() -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"a": range(3), "b": [1, 2, None]})
    with pytest.raises(
        ValueError, match=r"X has NaN in column 1 \('b'\), first at r.* 2"
    ):
        fastreg.path(table, [1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=r"lazy frame: call X.collect\(\) first"):
        fastreg.path(table.lazy(), [1.0, 2.0, 3.0])


def test_mixed_and_text_columns() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": X0[:, 0], "b": X0[:, 1] > 0, "c": range(N)})
    path = fastreg.path(table, Y0, alphas=3)
    assert_allclose(path.predict(table.to_numpy(dtype=float)), path.predict(table))
    with pytest.raises(TypeError, match=r"'x' at row 0, column 1 \('t'\)"):
        fastreg.path(pandas.DataFrame({"a": [1.0, 2.0], "t": ["x", "y"]}), [1.0, 2.0])


# --- where X is not finite ------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["F", "C", "strided", "C_float32", "csc_array", "csr_array"]
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("options", [{}, {"l1_ratio": 0.0}, {"alphas": [0.1]}], ids=str)
@pytest.mark.parametrize("dropped", [False, True], ids=["", "row of weight 0"])
def test_where_X_is_not_finite(
    name: str, value: float, options: dict[str, Any], dropped: bool
) -> None:
    X, y = problems.ar1(200, 6)
    X = storages.values_for(name, X)
    X[150, 4] = X[130, 4] = X[140, 5] = value
    weight = np.ones(200)
    if dropped:
        weight[64:192] = 0.0
    kind = "NaN" if np.isnan(value) else "inf"
    given = storages.ALL[name](X)
    for fit in (fastreg.path, fastreg.ridge_path):
        if fit is fastreg.ridge_path and "l1_ratio" in options:
            continue
        with pytest.raises(
            ValueError, match=f"^X has {kind} in column 4, first at row 130$"
        ):
            fit(given, y, sample_weight=weight, **options)
    path = fastreg.path(np.nan_to_num(X, posinf=0.0), y, alphas=2)
    with pytest.raises(
        ValueError, match=f"^X has {kind} in column 4, first at row 130$"
    ):
        path.predict(given)


def test_finite_values_whose_sums_overflow_are_no_missing_values() -> None:
    X = np.full((4, 2), 1e308)
    X[0] = 0.0
    with pytest.raises(ValueError, match="too large: their squares overflow"):
        fastreg.path(X, np.arange(4.0))
    assert _validation.check_X(X).first_not_finite() is None


def test_duplicates_are_added_in_a_copy() -> None:
    indices, indptr = np.array([0, 0, 1, 2, 1]), np.array([0, 3, 5])
    values = np.array([1.0, 2.0, 4.0, 5.0, 6.0])
    X = sparse.csc_array((values, indices, indptr), shape=(3, 2))
    assert_array_equal(_validation.check_X(X).column(0), [3.0, 4.0, 0.0])
    assert_array_equal(_validation.check_X(X).column(1), X.toarray()[:, 1])
    assert X.nnz == 5
    assert_array_equal(X.data, values)
