"""The columns of X as the reference sees them: centred, dense or sparse.

Sparse columns are centred by formula, so that they are never filled: the sums over all
rows are sums over the entries and a term for the zeros that are not stored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._matrix import SparseMatrix

Floats = NDArray[np.float64]

# A column (or y) whose spread about its mean is below this many times its mean
# is constant: the spread is rounding.
CONSTANT = 8 * np.finfo(np.float64).eps


class DenseColumns:
    """Columns x_j, minus their means if `centre`; weights sum to 1.

    Products are of one vector or of the columns of a matrix.
    """

    def __init__(self, X: Any, weight: Floats, *, centre: bool) -> None:
        self.weight = weight
        X = np.asarray(X, dtype=np.float64)
        self.mean = weighted_mean(X, weight)
        self.x = centred(X, weight) if centre else X
        spread: Floats = self.x if centre else centred(X, weight)
        self.spread = np.sqrt(weight @ spread**2)

    def product(self, coef: Floats) -> Floats:
        """The fit x b."""
        return np.asarray(self.x @ coef)

    def correlation(self, r: Floats) -> Floats:
        """Sums over i of w_i x_ij r_i."""
        return np.asarray(self.x.T @ (self.weight * r.T).T)

    def mean_square(self) -> Floats:
        """Sums over i of w_i x_ij^2."""
        return np.asarray(self.weight @ self.x**2)

    def take(self, where: NDArray[np.bool_]) -> Floats:
        """Some of the columns, dense."""
        return np.asarray(self.x[:, where])


class SparseColumns:
    """The same for sparse X, in a time that is proportional to its entries."""

    def __init__(self, X: SparseMatrix, weight: Floats, *, centre: bool) -> None:
        self.shape, self.weight, self._X = X.shape, weight, X
        count = int(X.indptr[-1])
        self.values = np.asarray(X.values[:count], dtype=np.float64)
        self.rows = X.indices[:count]
        self.columns = np.repeat(np.arange(X.shape[1]), np.diff(X.indptr))
        self.mean = self._mean()
        deviation = self.values - self.mean[self.columns]
        absent = self._absent()
        square = self._sum(weight[self.rows] * deviation**2) + absent * self.mean**2
        largest = np.zeros(X.shape[1])
        seen = weight[self.rows] > 0.0
        np.maximum.at(largest, self.columns[seen], np.abs(deviation[seen]))
        largest = np.where(absent > 0.0, np.maximum(largest, abs(self.mean)), largest)
        constant = largest <= CONSTANT * np.abs(self.mean)
        self.spread = np.sqrt(np.where(constant, 0.0, square))
        self.centre = np.where(constant, 0.0, self.mean) if centre else 0.0 * self.mean
        # A constant column that is centred becomes exactly 0.
        self.kept = ~(constant & centre)

    def _sum(self, per_entry: Floats) -> Floats:
        """Sums of something over the entries of each column."""
        sums = np.bincount(self.columns, per_entry, minlength=self.shape[1])
        return sums.astype(np.float64, copy=False)

    def _absent(self) -> Floats:
        """Weight of the zeros that are not stored; exactly 0 where there are none."""
        seen = self.weight[self.rows] > 0.0
        stored = self._sum(seen.astype(np.float64))
        rest = np.maximum(0.0, 1.0 - self._sum(self.weight[self.rows]))
        return np.where(stored == np.count_nonzero(self.weight), 0.0, rest)

    def _mean(self) -> Floats:
        """Means, corrected once as in `weighted_mean`."""
        w = self.weight[self.rows]
        first = self._sum(w * self.values)
        correction = self._sum(w * (self.values - first[self.columns]))
        return first + correction - self._absent() * first

    def product(self, coef: Floats) -> Floats:
        """The fit x b."""
        if coef.ndim == 2:
            return np.column_stack([self.product(column) for column in coef.T])
        coef = coef * self.kept
        per_entry = self.values * coef[self.columns]
        fit = np.bincount(self.rows, per_entry, minlength=self.shape[0])
        return np.asarray(fit - self.centre @ coef)

    def correlation(self, r: Floats) -> Floats:
        """Sums over i of w_i x_ij r_i."""
        if r.ndim == 2:
            return np.column_stack([self.correlation(column) for column in r.T])
        weighted = self.weight * r
        sums = self._sum(self.values * weighted[self.rows])
        return np.asarray((sums - self.centre * weighted.sum()) * self.kept)

    def mean_square(self) -> Floats:
        """Sums over i of w_i x_ij^2."""
        w = self.weight[self.rows]
        square = self._sum(w * (self.values - self.centre[self.columns]) ** 2)
        return (square + self._absent() * self.centre**2) * self.kept

    def take(self, where: NDArray[np.bool_]) -> Floats:
        """Some of the columns, dense."""
        features = np.flatnonzero(where)
        out = np.empty((self.shape[0], len(features)))
        for k, j in enumerate(features):
            out[:, k] = (self._X.column(int(j)) - self.centre[j]) * self.kept[j]
        return out

    @property
    def x(self) -> Floats:
        """All columns, dense: for the solvers of the reference."""
        return self.take(np.ones(self.shape[1], dtype=bool))


def weighted_mean(X: Floats, weight: Floats) -> Floats:
    """Means of columns, corrected once so that columns far from 0 lose no digits."""
    first = weight @ X
    return np.asarray(first + weight @ (X - first))


def centred(X: Floats, weight: Floats) -> Floats:
    """Columns minus their means; constant columns become exactly 0."""
    mean = weighted_mean(X, weight)
    out = X - mean
    spread = np.max(np.abs(out[weight > 0]), axis=0)
    out[:, spread <= CONSTANT * np.abs(mean)] = 0.0
    return np.asarray(out)
