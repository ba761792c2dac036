"""A design as `fastreg.path` and the others handle X."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastreg._matrix import DenseMatrix, KernelMatrix
from fastreg.design._base import Design
from fastreg.design._check import check_design
from fastreg.design._columns import product

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class DesignMatrix(KernelMatrix):
    """A design that the kernels call by its verbs."""

    is_sparse = False

    def __init__(self, design: Design) -> None:
        self.names = check_design(design)
        self.kernel = design
        self.shape = (int(design.shape[0]), int(design.shape[1]))
        self.dtype = np.dtype(design.dtype)

    def column(self, j: int) -> Floats:
        """One column, dense."""
        return np.asarray(self.kernel.columns(np.array([j]))[:, 0], dtype=np.float64)

    def take(self, features: Integers) -> DenseMatrix:
        """Some of the columns, fetched."""
        names = None if self.names is None else tuple(self.names[j] for j in features)
        return DenseMatrix(np.asarray(self.kernel.columns(features)), names)

    def first_not_finite(self) -> tuple[int, int, float] | None:
        """Nothing: what verbs return is checked when they are called."""
        return None

    def product(self, features: Integers, coefs: Floats) -> Floats:
        """X[:, features] @ coefs; coefs has one or two axes."""
        matrix = coefs if coefs.ndim == 2 else coefs[:, np.newaxis]
        out = product(self.kernel, features, matrix)
        return out if coefs.ndim == 2 else out[:, 0]
