"""The data and the terms of the objective that `fastreg.reference` states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg._columns import (
    CONSTANT,
    DenseColumns,
    SparseColumns,
    centred,
    weighted_mean,
)
from fastreg._matrix import SparseMatrix
from fastreg._reference_families import LOSSES, Loss
from fastreg._responses import WITH_OUTPUTS
from fastreg._tables import is_sparse, read_sparse
from fastreg.design import Design
from fastreg.design._columns import DesignColumns

__all__ = ["CONSTANT", "Floats", "Problem"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """One fit: the data and the terms of the objective.

    Parameters
    ----------
    X : array, sparse matrix or design of shape (n, p)
    y : array of shape (n,), for binomial in [0, 1], for poisson >= 0, for multinomial
        class indices 0 to K - 1 or an (n, K) array of their probabilities, for
        mgaussian of shape (n, K)
    alpha : float >= 0, strength of the penalty
    l1_ratio : float in [0, 1], 1 is the Lasso and 0 is ridge
    sample_weight : array of shape (n,) or None; only ratios of weights matter
    fit_intercept : bool, whether b0 is free (else it is 0)
    standardize : bool, whether s_j is the standard deviation of column j (else 1)
    penalty_factor : float or array of shape (p,), v; inf excludes a feature
    lower_bounds, upper_bounds : float or array of shape (p,), lo and hi,
        for multinomial also (K, p)
    offset : array of shape (n,), for multinomial and mgaussian (n, K), or None, a known
        part of the prediction (of the linear predictor eta)
    family : "gaussian", "binomial", "multinomial", "poisson" or "mgaussian"
    grouped : bool, whether the norm of a feature's K coefficients takes the place of
        their absolute values (multinomial without bounds; mgaussian in any case)
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
    offset: Floats | None = None
    family: str = "gaussian"
    grouped: bool = False

    def __post_init__(self) -> None:
        if self.family != "gaussian" and self.family not in LOSSES:
            names = ", ".join(["gaussian", *LOSSES])
            raise ValueError(f"family must be one of {names}, got {self.family!r}")
        if self.family == "mgaussian":
            object.__setattr__(self, "grouped", True)
        if self.grouped and self.family not in WITH_OUTPUTS:
            raise ValueError(f"grouped is for family multinomial, got {self.family!r}")
        if self.grouped:
            lo, hi = self.bounds
            if np.any((lo != hi) & (np.isfinite(lo) | np.isfinite(hi))):
                raise ValueError("grouped coefficients can't have bounds")

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
    def columns(self) -> DenseColumns | SparseColumns | DesignColumns:
        """The columns of X, centred if there is an intercept."""
        if isinstance(self.X, Design):
            return DesignColumns(self.X, self.weight, centre=self.fit_intercept)
        if isinstance(self.X, SparseMatrix):
            return SparseColumns(self.X, self.weight, centre=self.fit_intercept)
        if is_sparse(self.X):
            X = read_sparse(self.X)
            return SparseColumns(X, self.weight, centre=self.fit_intercept)
        return DenseColumns(self.X, self.weight, centre=self.fit_intercept)

    @property
    def x(self) -> Floats:
        """The columns as a dense array, centred if there is an intercept, (n, p)."""
        return self.columns.x

    @cached_property
    def x_mean(self) -> Floats:
        """What is subtracted from the columns: their means, or 0 (no intercept)."""
        means = self.columns.mean
        return means if self.fit_intercept else np.zeros_like(means)

    @cached_property
    def target(self) -> Floats:
        """What b0 + Xb is fitted to: y minus the offset, shape (n,)."""
        y = np.asarray(self.y, dtype=np.float64)
        return y if self.offset is None else y - np.asarray(self.offset)

    @cached_property
    def y_mean(self) -> float:
        """What is subtracted from the target: its mean, or 0 (no intercept)."""
        mean = weighted_mean(self.target[:, None], self.weight)[0]
        return float(mean) if self.fit_intercept else 0.0

    @cached_property
    def z(self) -> Floats:
        """The target, centred if there is an intercept, shape (n,)."""
        if not self.fit_intercept:
            return self.target
        return centred(self.target[:, None], self.weight)[:, 0]

    @cached_property
    def scale(self) -> Floats:
        """s_j, shape (p,). Without an intercept a constant column c has |c|."""
        spread = self.columns.spread
        if not self.standardize:
            return np.ones_like(spread)
        if self.fit_intercept:
            return spread
        return np.where(spread == 0.0, np.abs(self.columns.mean), spread)

    @cached_property
    def factor(self) -> Floats:
        """v_j, shape (p,); excluded features (v = inf) are held by their bounds."""
        v = self._per_feature(self.penalty_factor)
        return np.where(np.isinf(v), 0.0, v)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Bounds lo and hi, of the shape of coef; both 0 for excluded features."""
        excluded = np.isinf(self._per_feature(self.penalty_factor))
        lo = np.broadcast_to(np.asarray(self.lower_bounds, float), self.coef_shape)
        hi = np.broadcast_to(np.asarray(self.upper_bounds, float), self.coef_shape)
        return np.where(excluded, 0.0, lo), np.where(excluded, 0.0, hi)

    @cached_property
    def l1(self) -> Floats:
        """Weight of |b_j| on the raw scale, shape (p,)."""
        return self.alpha * self.l1_ratio * self.factor * self.scale

    @cached_property
    def l2(self) -> Floats:
        """Weight of b_j^2 / 2 on the raw scale, shape (p,)."""
        return self.alpha * (1.0 - self.l1_ratio) * self.factor * self.scale**2

    # --- families other than gaussian ---------------------------------------------

    @property
    def loss(self) -> Loss:
        """The loss of a family other than gaussian."""
        return LOSSES[self.family]

    @cached_property
    def response(self) -> Floats:
        """What the losses take as y: (n,), for multinomial probabilities (n, K).

        For mgaussian the targets, (n, K).
        """
        y = np.asarray(self.y, dtype=np.float64)
        if self.family != "multinomial" or y.ndim == 2:
            return y
        return np.asarray(np.eye(int(y.max()) + 1)[y.astype(np.intp)])

    @property
    def outputs(self) -> tuple[int, ...]:
        """(K,) for multinomial and mgaussian, else (): the shape of the intercept."""
        return tuple(self.response.shape[1:])

    @property
    def coef_shape(self) -> tuple[int, ...]:
        """(K, p) for multinomial and mgaussian, else (p,)."""
        outputs = self.outputs if self.family in WITH_OUTPUTS else ()
        return (*outputs, self.X.shape[1])
