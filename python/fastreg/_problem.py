"""The data and the terms of the objective that `fastreg.reference` states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg.design import Design
from fastreg.design._columns import DesignColumns, Operator

Floats = NDArray[np.float64]

# A column (or y) whose spread about its mean is below this many times its mean
# is constant: the spread is rounding.
CONSTANT = 8 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Problem:
    """One fit: the data and the terms of the objective.

    Parameters
    ----------
    X : array or design of shape (n, p)
    y : array of shape (n,)
    alpha : float >= 0, strength of the penalty
    l1_ratio : float in [0, 1], 1 is the Lasso and 0 is ridge
    sample_weight : array of shape (n,) or None; only ratios of weights matter
    fit_intercept : bool, whether b0 is free (else it is 0)
    standardize : bool, whether s_j is the standard deviation of column j (else 1)
    penalty_factor : float or array of shape (p,), v; inf excludes a feature
    lower_bounds, upper_bounds : float or array of shape (p,), lo and hi
    """

    X: Any
    y: Floats
    alpha: float
    l1_ratio: float = 1.0
    sample_weight: Floats | None = None
    fit_intercept: bool = True
    standardize: bool = True
    penalty_factor: ArrayLike = 1.0
    lower_bounds: ArrayLike = -np.inf
    upper_bounds: ArrayLike = np.inf

    def _per_feature(self, value: ArrayLike) -> Floats:
        value = np.asarray(value, dtype=np.float64)
        return np.broadcast_to(value, self.X.shape[1:])

    @cached_property
    def weight(self) -> Floats:
        """Sample weights that sum to 1, shape (n,)."""
        if self.sample_weight is None:
            return np.full(len(self.y), 1.0 / len(self.y))
        weight = np.asarray(self.sample_weight, dtype=np.float64)
        return np.asarray(weight / weight.sum())

    @cached_property
    def x_mean(self) -> Floats:
        """What is subtracted from the columns: their means, or 0 (no intercept)."""
        design = isinstance(self.X, Design)
        means = self.columns.mean if design else weighted_mean(self.X, self.weight)
        return means if self.fit_intercept else np.zeros_like(means)

    @cached_property
    def y_mean(self) -> float:
        """What is subtracted from y: its mean, or 0 (no intercept)."""
        mean = weighted_mean(self.y[:, None], self.weight)[0]
        return float(mean) if self.fit_intercept else 0.0

    @cached_property
    def columns(self) -> DesignColumns:
        """Of a design: its columns by its verbs, centred if there is an intercept."""
        return DesignColumns(self.X, self.weight, centre=self.fit_intercept)

    @cached_property
    def x(self) -> Any:
        """The columns, centred if there is an intercept, shape (n, p)."""
        if isinstance(self.X, Design):
            return Operator(self.columns)
        X = np.asarray(self.X, dtype=np.float64)
        return centred(X, self.weight) if self.fit_intercept else X

    @cached_property
    def z(self) -> Floats:
        """The response, centred if there is an intercept, shape (n,)."""
        y = np.asarray(self.y, dtype=np.float64)
        return centred(y[:, None], self.weight)[:, 0] if self.fit_intercept else y

    @cached_property
    def scale(self) -> Floats:
        """s_j, shape (p,). Without an intercept a constant column c has |c|."""
        if not self.standardize:
            return np.ones(self.X.shape[1])
        if isinstance(self.X, Design):
            spread, size = self.columns.spread, np.abs(self.columns.mean)
        else:
            spread = np.sqrt(self.weight @ centred(self.X, self.weight) ** 2)
            size = np.abs(weighted_mean(self.X, self.weight))
        if self.fit_intercept:
            return spread
        return np.where(spread == 0.0, size, spread)

    @cached_property
    def factor(self) -> Floats:
        """v_j, shape (p,); excluded features (v = inf) are held by their bounds."""
        v = self._per_feature(self.penalty_factor)
        return np.where(np.isinf(v), 0.0, v)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Bounds lo and hi, each of shape (p,); both 0 for excluded features."""
        excluded = np.isinf(self._per_feature(self.penalty_factor))
        lo = self._per_feature(self.lower_bounds)
        hi = self._per_feature(self.upper_bounds)
        return np.where(excluded, 0.0, lo), np.where(excluded, 0.0, hi)

    @cached_property
    def l1(self) -> Floats:
        """Weight of |b_j| on the raw scale, shape (p,)."""
        return self.alpha * self.l1_ratio * self.factor * self.scale

    @cached_property
    def l2(self) -> Floats:
        """Weight of b_j^2 / 2 on the raw scale, shape (p,)."""
        return self.alpha * (1.0 - self.l1_ratio) * self.factor * self.scale**2


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
