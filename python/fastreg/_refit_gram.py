"""Least squares on many supports from the statistics of the columns in use.

The columns are read once, for their Gram matrix. Supports along a path have most
features in common: the Cholesky factor of one becomes that of the next, features that
go are taken out by reflections, and features that come are appended.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._gram_fits import PRODUCT_ERROR
from fastreg._matrix import KernelMatrix

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The smallest pivot of columns of length 1: below it normal equations lose more than
# half of the digits.
LEAST_PIVOT = 1e-6
# Columns that are made triangular together.
PANEL = 64


class LeastSquares(NamedTuple):
    """A fit on a support, in the units of the data."""

    coef: Floats
    intercept: float
    relative_gap: float
    deviance_ratio: float


class GramRefits:
    """Fits of y to columns of X, one support after the other."""

    def __init__(
        self,
        X: KernelMatrix,
        y: Floats,
        sample_weight: Floats | None,
        *,
        fit_intercept: bool,
    ) -> None:
        found = X.given_to(
            _core.gram_stats, y[:, np.newaxis], sample_weight=sample_weight
        )
        gram = found["gram"] / found["weight"]
        right = found["xty"][:, 0] / found["weight"]
        square = float(found["yty"][0]) / found["weight"]
        self.x_mean, self.y_mean = found["x_mean"], float(found["y_mean"][0])
        if not fit_intercept:
            gram = gram + np.outer(self.x_mean, self.x_mean)
            right = right + self.x_mean * self.y_mean
            square += self.y_mean**2
            self.x_mean, self.y_mean = np.zeros_like(self.x_mean), 0.0
        length = np.sqrt(np.diag(gram))
        self.inverse = np.divide(
            1.0, length, out=np.zeros_like(length), where=length > 0
        )
        self.gram = gram * self.inverse * self.inverse[:, np.newaxis]
        self.right = right * self.inverse
        self.square = square
        self.order = np.zeros(0, np.int64)
        self.factor = np.zeros((0, 0), order="F")

    def fit(self, support: Integers) -> LeastSquares | None:
        """The fit, or None if it needs more digits than normal equations have."""
        if not self._move_to(support):
            return None
        coef = np.zeros(len(self.right))
        self._step(coef, self.right)
        rest = self.right - self.gram @ coef
        self._step(coef, rest)  # the second time refines
        rest = self.right - self.gram @ coef
        ratio, gap = 0.0, 0.0
        if self.square > 0.0:
            ratio = float(coef @ (rest + self.right)) / self.square
            hidden = PRODUCT_ERROR * (np.sqrt(self.square) + np.abs(coef).sum())
            rest = np.abs(rest) + hidden
            gap = float(rest[self.order] @ np.abs(self._solve(rest))) / self.square
        coef *= self.inverse
        intercept = self.y_mean - float(self.x_mean @ coef)
        return LeastSquares(coef[support], intercept, gap, ratio)

    def _step(self, coef: Floats, rest: Floats) -> None:
        coef[self.order] += self._solve(rest)

    def _solve(self, rest: Floats) -> Floats:
        """The Gram matrix of the support by what is left of X'y."""
        from scipy.linalg import cho_solve

        factor = (self.factor, False)
        return np.asarray(cho_solve(factor, rest[self.order], check_finite=False))

    def _move_to(self, support: Integers) -> bool:
        """Make the factor that of a support; False where it is close to singular."""
        stays = np.isin(self.order, support)
        if not stays.all():
            self._keep(stays)
        come = np.setdiff1d(support, self.order)
        return len(come) == 0 or self._append(come)

    def _keep(self, stays: NDArray[np.bool_]) -> None:
        """Leave features out of the factor."""
        self.order, n_gone = self.order[stays], int(np.count_nonzero(~stays))
        factor, first = self.factor[:, stays], int(np.argmin(stays))
        size = len(self.order)
        # The columns behind now reach below the diagonal, by no more than n_gone rows:
        # made triangular again panel after panel.
        for start in range(first, size, PANEL):
            end = min(start + PANEL, size)
            rows = slice(start, end + n_gone)
            Q, _ = np.linalg.qr(factor[rows, start:end], mode="complete")
            factor[rows, start:] = Q.T @ factor[rows, start:]
        self.factor = np.asfortranarray(factor[:size])

    def _append(self, come: Integers) -> bool:
        from scipy.linalg import solve_triangular

        kept = len(self.order)
        across = self.gram[np.ix_(self.order, come)]
        if kept:
            across = solve_triangular(
                self.factor, across, trans="T", check_finite=False
            )
        own = self.gram[np.ix_(come, come)] - across.T @ across
        try:
            own = np.linalg.cholesky(own).T
        except np.linalg.LinAlgError:
            return False
        if not np.diag(own).min() ** 2 > LEAST_PIVOT:
            return False
        size = kept + len(come)
        factor = np.zeros((size, size), order="F")
        factor[:kept, :kept] = self.factor
        factor[:kept, kept:], factor[kept:, kept:] = across, own
        self.order, self.factor = np.concatenate((self.order, come)), factor
        return True
