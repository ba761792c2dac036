"""Data frames, Arrow tables and sparse matrices, recognised by what they can do.

None of the libraries that make them is imported here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._matrix import SparseMatrix

REAL_KINDS = "fiub"


def column_names(X: Any) -> tuple[str, ...] | None:
    """Names of the columns of a table, None for anything else."""
    if isinstance(X, np.ndarray):
        return None
    if _is_arrow(X):
        return tuple(X.column_names)
    columns = getattr(X, "columns", None)
    return None if columns is None else tuple(str(name) for name in columns)


def table_values(X: Any) -> Any:
    """What NumPy makes an array of: X itself unless its library has a better way."""
    if type(X).__name__ == "LazyFrame":
        raise TypeError("X is a lazy frame: call X.collect() first")
    if _is_arrow(X):
        return _stack([np.asarray(X.column(j)) for j in range(X.num_columns)])
    dtypes = getattr(X, "dtypes", None)
    if not hasattr(X, "to_numpy") or dtypes is None:
        return X
    # A pandas frame with nullable columns would become an array of objects.
    if all(getattr(dtype, "na_value", None) is None for dtype in dtypes):
        return X
    if all(getattr(dtype, "kind", "O") in REAL_KINDS for dtype in dtypes):
        return X.to_numpy(dtype=np.float64, na_value=np.nan)
    return X


def _is_arrow(X: Any) -> bool:
    return isinstance(getattr(X, "column_names", None), list) and hasattr(X, "column")


def _stack(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """Columns side by side, each next to itself in memory."""
    if not columns:
        return np.empty((0, 0))
    real = all(column.dtype.kind in REAL_KINDS for column in columns)
    dtype = np.result_type(*columns) if real else np.dtype(object)
    out = np.empty((len(columns[0]), len(columns)), dtype=dtype, order="F")
    for j, column in enumerate(columns):
        out[:, j] = column
    return out


def is_sparse(X: Any) -> bool:
    """Whether X is a sparse matrix or array, or a data frame of sparse columns."""
    return hasattr(X, "tocsc") or hasattr(X, "toarray") or _sparse_frame(X)


def _sparse_frame(X: Any) -> bool:
    if not hasattr(X, "to_numpy"):
        return False
    dtypes = getattr(X, "dtypes", ())
    return len(dtypes) > 0 and all(
        type(dtype).__name__ == "SparseDtype" and dtype.fill_value == 0
        for dtype in dtypes
    )


def read_sparse(X: Any) -> SparseMatrix:
    """Compressed columns of a SciPy sparse matrix or array, or of what becomes one.

    CSC is read where it is; every other format is converted once.
    """
    names = None
    if _sparse_frame(X):
        names, X = column_names(X), X.sparse.to_coo()
    if not hasattr(X, "tocsc"):
        raise TypeError(
            f"X is sparse of type {type(X).__name__}, which has no columns to read: "
            "pass a SciPy sparse array"
        )
    if len(X.shape) != 2:
        raise ValueError(
            f"X must have 2 dimensions, got {len(X.shape)} (shape {X.shape})"
        )
    if X.dtype.kind not in REAL_KINDS:
        raise TypeError(f"X must hold real numbers, got dtype {X.dtype}")
    columns = X.tocsc()
    shape = (int(X.shape[0]), int(X.shape[1]))
    return SparseMatrix(columns.data, columns.indices, columns.indptr, shape, names)
