"""Coefficients of a path, features × alphas, stored by compressed sparse columns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg._matrix import KernelMatrix

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class SparseCoefs(NamedTuple):
    """Column k holds ``values[indptr[k]:indptr[k + 1]]`` at ``indices[...]``."""

    indptr: Integers
    indices: Integers
    values: Floats
    n_features: int

    @classmethod
    def from_dense(cls, coefs: Floats) -> SparseCoefs:
        """Keep the entries that are not zero."""
        columns, rows = np.nonzero(coefs.T)
        counts = np.bincount(columns, minlength=coefs.shape[1])
        indptr = np.concatenate(([0], np.cumsum(counts)))
        return cls(
            indptr.astype(np.int64),
            rows.astype(np.int64),
            np.asarray(coefs.T[columns, rows]),
            coefs.shape[0],
        )

    @property
    def n_columns(self) -> int:
        """How many alphas."""
        return len(self.indptr) - 1

    def column(self, k: int) -> Floats:
        """Coefficients at one alpha, dense."""
        coef = np.zeros(self.n_features)
        entries = slice(self.indptr[k], self.indptr[k + 1])
        coef[self.indices[entries]] = self.values[entries]
        return coef

    def dense(self) -> Floats:
        """All coefficients, shape (n_features, n_columns), in Fortran order."""
        coefs = np.zeros((self.n_features, self.n_columns), order="F")
        columns = np.repeat(np.arange(self.n_columns), np.diff(self.indptr))
        coefs[self.indices, columns] = self.values
        return coefs

    def by_class(self, n_classes: int) -> tuple[Integers, Floats]:
        """Features in use, and their coefficients (features, classes, columns).

        Rows are class after class.
        """
        per_class = self.n_features // n_classes
        classes, features = np.divmod(self.indices, per_class)
        used, position = np.unique(features, return_inverse=True)
        block = np.zeros((len(used), n_classes, self.n_columns))
        columns = np.repeat(np.arange(self.n_columns), np.diff(self.indptr))
        block[position, classes, columns] = self.values
        return used, block

    def joined(self, other: SparseCoefs) -> SparseCoefs:
        """The columns of both, these first."""
        return SparseCoefs(
            np.concatenate((self.indptr, self.indptr[-1] + other.indptr[1:])),
            np.concatenate((self.indices, other.indices)),
            np.concatenate((self.values, other.values)),
            self.n_features,
        )

    def to_scipy(self) -> Any:
        """As a ``scipy.sparse.csc_array`` of shape (n_features, n_columns)."""
        from scipy import sparse

        shape = (self.n_features, self.n_columns)
        return sparse.csc_array((self.values, self.indices, self.indptr), shape=shape)

    def multiplied_by(self, X: KernelMatrix) -> Floats:
        """X times the coefficients, touching only the columns of X in use."""
        used = np.unique(self.indices)
        position = np.searchsorted(used, self.indices)
        compact = SparseCoefs(self.indptr, position, self.values, len(used))
        return X.product(used, compact.dense())
