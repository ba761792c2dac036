"""The columns of a design as certificates and predictions need them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastreg._columns import CONSTANT
from fastreg.design._base import Design, Features, Floats


def product(X: Design, features: Features, coefs: Floats) -> Floats:
    """X[:, features] @ coefs, by the verb that needs less memory.

    Either some columns are gathered, n x m, or coefficients are spread out, p x k.
    """
    n, p = X.shape
    if len(features) == 0:
        return np.zeros((n, coefs.shape[1]))
    if n * len(features) <= p * coefs.shape[1]:
        fit = X.columns(features) @ coefs
    else:
        spread = np.zeros((p, coefs.shape[1]))
        spread[features] = coefs
        fit = X.matvec(spread)
    if not np.isfinite(fit).all():
        raise ValueError(f"X @ coef is not finite for this {type(X).__name__}")
    return np.asarray(fit, dtype=np.float64)


class DesignColumns:
    """Columns x_j, minus their means if `centre`; weights sum to 1."""

    def __init__(self, X: Design, weight: Floats, *, centre: bool) -> None:
        self.weight, self._X = weight, X
        self.mean, variance = X.column_moments(weight)
        spread = np.sqrt(variance)
        constant = spread <= CONSTANT * np.abs(self.mean)
        self.spread = np.where(constant, 0.0, spread)
        self.centre = self.mean if centre else np.zeros_like(self.mean)
        # A constant column that is centred becomes exactly 0.
        self.kept = ~(constant & centre)
        self._last: tuple[Floats, Floats] | None = None

    def product(self, coef: Floats) -> Floats:
        """The fit x b; that of the same coefficients is not computed twice."""
        if self._last is None or not np.array_equal(self._last[0], coef):
            kept = (coef.T * self.kept).T
            matrix = kept.reshape(len(kept), -1)
            features = np.flatnonzero(matrix.any(axis=1))
            fit = product(self._X, features, matrix[features])
            fit = fit.reshape(-1, *coef.shape[1:])
            self._last = (np.array(coef), fit - self.centre @ kept)
        return self._last[1]

    def correlation(self, r: Floats) -> Floats:
        """Sums over i of w_i x_ij r_i."""
        weighted = (self.weight * r.T).T
        sums = self._X.transpose_matvec(weighted.reshape(len(weighted), -1))
        means = np.multiply.outer(self.centre, weighted.sum(axis=0))
        found = sums.reshape(means.shape) - means
        return np.asarray((found.T * self.kept).T)

    def mean_square(self) -> Floats:
        """Sums over i of w_i x_ij^2."""
        shift = self.mean - self.centre
        return np.asarray((self.spread**2 + shift**2) * self.kept)

    def take(self, where: NDArray[np.bool_]) -> Floats:
        """Some of the columns, dense."""
        J = np.flatnonzero(where)
        if len(J) == 0:
            return np.empty((self._X.shape[0], 0))
        return (self._X.columns(J) - self.centre[J]) * self.kept[J]

    @property
    def x(self) -> Floats:
        """All columns, dense: for the solvers of the reference."""
        return self.take(np.ones(self._X.shape[1], dtype=bool))
