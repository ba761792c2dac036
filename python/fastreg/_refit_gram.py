"""Least squares on many supports from the statistics of the columns in use.

The columns are read once, for their Gram matrix, whose factor follows the support.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._gram_fits import PRODUCT_ERROR
from fastreg._matrix import KernelMatrix
from fastreg._support_factor import SupportFactor

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
        self.factor = SupportFactor(lambda i, j: self.gram[np.ix_(i, j)])

    def fit(self, support: Integers) -> LeastSquares | None:
        """The fit, or None if it needs more digits than normal equations have."""
        if not self.factor.move_to(support):
            return None
        order = self.factor.order
        coef = np.zeros(len(self.right))
        coef[order] = self.factor.solve(self.right[order])
        rest = self.right - self.gram @ coef
        coef[order] += self.factor.solve(rest[order])  # the second time refines
        rest = self.right - self.gram @ coef
        ratio, gap = 0.0, 0.0
        if self.square > 0.0:
            ratio = float(coef @ (rest + self.right)) / self.square
            hidden = PRODUCT_ERROR * (np.sqrt(self.square) + np.abs(coef).sum())
            rest = np.abs(rest[order]) + hidden
            gap = float(rest @ np.abs(self.factor.solve(rest))) / self.square
        coef *= self.inverse
        intercept = self.y_mean - float(self.x_mean @ coef)
        return LeastSquares(coef[support], intercept, gap, ratio)
