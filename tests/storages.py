"""The same matrix in every form that a user may pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse


def strided(X: Any) -> Any:
    """Every other row and every third column of a larger array."""
    return np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]


def reversed_twice(X: Any) -> Any:
    """Negative strides along both axes."""
    return np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1]


def read_only(X: Any) -> Any:
    out = np.array(X)
    out.flags.writeable = False
    return out


def misaligned(X: Any) -> Any:
    """An array that begins one byte after where it should."""
    buffer = np.zeros(X.nbytes + 1, dtype=np.uint8)
    out = buffer[1:].view(np.float64).reshape(X.shape)
    out[:] = X
    assert not out.flags.aligned
    return out


def unsorted(X: Any) -> Any:
    """CSC with the rows of each column in descending order."""
    matrix = sparse.csc_array(X)
    for j in range(X.shape[1]):
        here = slice(*matrix.indptr[j : j + 2])
        matrix.indices[here] = matrix.indices[here][::-1].copy()
        matrix.data[here] = matrix.data[here][::-1].copy()
    matrix.has_sorted_indices = False
    return matrix


def duplicated(X: Any) -> Any:
    """CSC in which each entry is stored as two halves."""
    matrix = sparse.csc_array(X)
    twice = np.repeat(matrix.data / 2, 2), np.repeat(matrix.indices, 2)
    return sparse.csc_array((*twice, 2 * matrix.indptr), shape=X.shape)


def long_indices(X: Any) -> Any:
    matrix = sparse.csc_array(X)
    matrix.indices = matrix.indices.astype(np.int64)
    matrix.indptr = matrix.indptr.astype(np.int64)
    return matrix


def pandas_table(X: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def nullable_table(X: Any) -> Any:
    return pandas_table(X).astype("Float64")


def sparse_table(X: Any) -> Any:
    import pandas as pd

    table = pandas_table(X)
    return table.astype(pd.SparseDtype(np.float64, 0.0))


def polars_table(X: Any) -> Any:
    import polars as pl

    return pl.DataFrame(X, schema=[f"x{j}" for j in range(X.shape[1])], orient="row")


# Of real numbers, of those that float32 holds, of small integers, and of 0 and 1.
REAL: dict[str, Callable[[Any], Any]] = {
    "F": np.asfortranarray,
    "C": np.ascontiguousarray,
    "strided": strided,
    "reversed": reversed_twice,
    "read_only": read_only,
    "misaligned": misaligned,
    "big_endian": lambda X: X.astype(">f8"),
    "longdouble": lambda X: X.astype(np.longdouble),
    "object": lambda X: X.astype(object),
    "list": lambda X: X.tolist(),
    "pandas": pandas_table,
    "nullable": nullable_table,
    "polars": polars_table,
}
SINGLE: dict[str, Callable[[Any], Any]] = {
    "F_float32": lambda X: np.asarray(X, np.float32, order="F"),
    "C_float32": lambda X: np.asarray(X, np.float32, order="C"),
}
WHOLE: dict[str, Callable[[Any], Any]] = {
    "F_int16": lambda X: np.asarray(X, np.int16, order="F"),
    "C_int64": lambda X: np.asarray(X, np.int64, order="C"),
    "big_endian_int": lambda X: X.astype(">i4"),
    "float16": lambda X: X.astype(np.float16),
    "csc_int8": lambda X: sparse.csc_array(X.astype(np.int8)),
}
BINARY: dict[str, Callable[[Any], Any]] = {
    "bool": lambda X: X.astype(bool),
    "csc_bool": lambda X: sparse.csc_array(X.astype(bool)),
}
SPARSE: dict[str, Callable[[Any], Any]] = {
    "csc_array": sparse.csc_array,
    "csc_matrix": sparse.csc_matrix,
    "csc_int64": long_indices,
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
    "coo_array": sparse.coo_array,
    "lil_matrix": sparse.lil_matrix,
    "unsorted": unsorted,
    "duplicated": duplicated,
    "sparse_table": sparse_table,
}
ALL = {**REAL, **SINGLE, **WHOLE, **BINARY, **SPARSE}


def values_for(name: str, X: Any) -> Any:
    """Values like those of X that the storage holds exactly, as float64."""
    X = np.asarray(X, dtype=np.float64)
    if name in SPARSE or name.startswith("csc"):
        X = np.where(np.abs(X) > 0.7, X, 0.0)
    if name in SINGLE:
        X = X.astype(np.float32)
    if name in WHOLE:
        X = np.round(2 * X).clip(-100, 100)
    if name in BINARY:
        X = X > 0.3
    return np.array(X, dtype=np.float64)
