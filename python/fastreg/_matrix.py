"""X as the kernels take it: one small type for every storage.

A dense X stays the array that the user passed, whatever its element type, order and
strides; a sparse one is its compressed columns. Neither is copied where the kernels
can read it in place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# What the kernels read as it is; other real types become float64.
KERNEL_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
# Entries that are looked at together when one that is not finite is searched.
BLOCK_ENTRIES = 1 << 20


class KernelMatrix(ABC):
    """A matrix that the kernels can read.

    Attributes
    ----------
    kernel : object
        What the functions of `fastreg._core` are given as X.
    shape : tuple of int
    names : tuple of str or None
        Names of the columns, if it came with names.
    dtype : numpy.dtype
        Type of the entries.
    is_sparse : bool
    """

    is_sparse: bool
    kernel: Any
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    names: tuple[str, ...] | None

    @abstractmethod
    def column(self, j: int) -> Floats:
        """One column, dense."""

    @abstractmethod
    def take(self, features: Integers) -> KernelMatrix:
        """Some of the columns, copied."""

    def dense(self) -> Floats:
        """All columns as an array in Fortran order."""
        out = np.empty(self.shape, order="F")
        for j in range(self.shape[1]):
            out[:, j] = self.column(j)
        return out

    @abstractmethod
    def first_not_finite(self) -> tuple[int, int, float] | None:
        """Row, column and value of a NaN or inf in the first column that has any."""

    def check_finite(self) -> None:
        """Raise a ValueError that names the first column with a NaN or an inf."""
        found = self.first_not_finite()
        if found is not None:
            i, j, value = found
            raise ValueError(
                f"X has {describe(value)} in {name_column(j, self.names)}, "
                f"first at row {i}"
            )

    def given_to(self, kernel: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """What a kernel makes of it; an error names an entry that is not finite."""
        try:
            return kernel(self.kernel, *args, **options)
        except ValueError:
            self.check_finite()
            raise

    def product(self, features: Integers, coefs: Floats) -> Floats:
        """X[:, features] @ coefs; coefs has one or two axes."""
        matrix = coefs if coefs.ndim == 2 else coefs[:, np.newaxis]
        out: Floats = _core.product(self.kernel, features, matrix)
        return out if coefs.ndim == 2 else out[:, 0]

    def times(self, coefs: Floats) -> Floats:
        """X @ coefs, without the columns whose coefficients are all zero."""
        used = coefs != 0.0 if coefs.ndim == 1 else (coefs != 0.0).any(axis=1)
        features = np.flatnonzero(used).astype(np.int64)
        return self.product(features, coefs[features])


class DenseMatrix(KernelMatrix):
    """An array with two axes, of any strides and of a type that the kernels read."""

    is_sparse = False

    def __init__(
        self, values: NDArray[Any], names: tuple[str, ...] | None = None
    ) -> None:
        self.kernel = as_kernel_type(values)
        self.shape = values.shape
        self.dtype = self.kernel.dtype
        self.names = names

    def column(self, j: int) -> Floats:
        """One column, dense."""
        return np.asarray(self.kernel[:, j], dtype=np.float64)

    def take(self, features: Integers) -> DenseMatrix:
        """Some of the columns, copied, each of them contiguous."""
        return DenseMatrix(self.kernel.T[features].T, _some_names(self, features))

    def first_not_finite(self) -> tuple[int, int, float] | None:
        """Row, column and value of a NaN or inf in the first column that has any."""
        values = self.kernel
        if self.dtype.kind != "f":
            return None
        # The sum is finite only where all entries are.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(values.sum()):
                return None
        width = max(1, BLOCK_ENTRIES // self.shape[0])
        for first in range(0, self.shape[1], width):
            finite = np.isfinite(values[:, first : first + width])
            bad = np.flatnonzero(~finite.all(axis=0))
            if bad.size:
                i, j = int(np.argmin(finite[:, bad[0]])), first + int(bad[0])
                return i, j, float(values[i, j])
        return None


class SparseMatrix(KernelMatrix):
    """Compressed columns; rows may come in any order, an entry occurs once."""

    is_sparse = True

    def __init__(
        self,
        values: NDArray[Any],
        indices: NDArray[Any],
        indptr: NDArray[Any],
        shape: tuple[int, int],
        names: tuple[str, ...] | None = None,
    ) -> None:
        indices, indptr = as_one_index_type(indices, indptr)
        values = np.ascontiguousarray(values)
        if len(indptr) != shape[1] + 1:
            raise ValueError(
                f"X is not a valid sparse matrix: it has {shape[1]} columns but "
                f"{len(indptr)} index pointers"
            )
        if _core.has_duplicates(indices, indptr, shape[0]):
            values, indices, indptr = sum_duplicates(values, indices, indptr, shape)
        if values.size < indptr[-1]:
            raise ValueError(
                f"X is not a valid sparse matrix: it has {values.size} values but "
                f"claims {indptr[-1]} entries"
            )
        self.values = as_kernel_float(values)
        self.indices, self.indptr = indices, indptr
        self.kernel = (self.values, indices, indptr, shape[0])
        self.shape = shape
        self.dtype = self.values.dtype
        self.names = names

    def column(self, j: int) -> Floats:
        """One column, dense."""
        out = np.zeros(self.shape[0])
        entries = slice(self.indptr[j], self.indptr[j + 1])
        out[self.indices[entries]] = self.values[entries]
        return out

    def take(self, features: Integers) -> SparseMatrix:
        """Some of the columns, copied."""
        starts, ends = self.indptr[features], self.indptr[features + 1]
        counts = ends - starts
        indptr = np.concatenate(([0], np.cumsum(counts))).astype(self.indptr.dtype)
        where = np.repeat(starts - indptr[:-1], counts) + np.arange(indptr[-1])
        return SparseMatrix(
            self.values[where],
            self.indices[where],
            indptr,
            (self.shape[0], len(features)),
            _some_names(self, features),
        )

    def first_not_finite(self) -> tuple[int, int, float] | None:
        """Row, column and value of a NaN or inf in the first column that has any."""
        values = self.values[: self.indptr[-1]]
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size == 0:
            return None
        j = int(np.searchsorted(self.indptr, bad[0], side="right")) - 1
        here = bad[bad < self.indptr[j + 1]]
        first = here[np.argmin(self.indices[here])]
        return int(self.indices[first]), j, float(values[first])


def _some_names(X: KernelMatrix, features: Integers) -> tuple[str, ...] | None:
    return None if X.names is None else tuple(X.names[j] for j in features)


def as_kernel_type(values: NDArray[Any]) -> NDArray[Any]:
    """Itself if the kernels read it where it is, else a copy that they read."""
    if values.dtype.kind == "f":
        values = as_kernel_float(values)
    elif not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    return values if values.flags.aligned else values.copy(order="K")


def as_kernel_float(values: NDArray[Any]) -> NDArray[Any]:
    """float32 and float64 as they are, all else as float64."""
    return values if values.dtype in KERNEL_FLOATS else values.astype(np.float64)


def as_one_index_type(
    indices: NDArray[Any], indptr: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both as int32 or both as int64; the long one is copied only if it has to be."""
    small = np.iinfo(np.int32).max
    if indices.dtype == np.int32 and indptr.size and 0 <= indptr[-1] <= small:
        indptr = indptr.astype(np.int32, copy=False)
    if not (indices.dtype == indptr.dtype and indices.dtype in (np.int32, np.int64)):
        indices = indices.astype(np.int64, copy=False)
        indptr = indptr.astype(np.int64, copy=False)
    return np.ascontiguousarray(indices), np.ascontiguousarray(indptr)


def sum_duplicates(
    values: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    shape: tuple[int, int],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Copies in which an entry that occurs several times is the sum of them."""
    count = int(indptr[-1])
    columns = np.repeat(np.arange(shape[1]), np.diff(indptr))
    order = np.lexsort((indices[:count], columns))
    columns, rows = columns[order], indices[order]
    new = np.ones(count, dtype=bool)
    new[1:] = (columns[1:] != columns[:-1]) | (rows[1:] != rows[:-1])
    # In their own type, as SciPy adds them.
    sums = np.add.reduceat(values[order], np.flatnonzero(new), dtype=values.dtype)
    per_column = np.bincount(columns[new], minlength=shape[1])
    starts = np.concatenate(([0], np.cumsum(per_column))).astype(indptr.dtype)
    return sums, rows[new], starts


def name_column(j: int, names: Sequence[str] | None) -> str:
    """How a message speaks of column j."""
    return f"column {j}" if names is None else f"column {j} ({names[j]!r})"


def describe(value: float) -> str:
    """How a message speaks of a number that is not finite."""
    return "NaN" if np.isnan(value) else ("inf" if value > 0 else "-inf")
