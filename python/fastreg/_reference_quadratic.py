"""Penalised least squares: sweeps over coordinates and Newton steps on the support.

The objective is 1/2 |z - A b|^2 + sum_j l1_j |b_j| + l2_j / 2 b_j^2 within bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastreg._problem import Floats

Integers = NDArray[np.intp]

# Curvature (of columns of unit length) that can't be told from rounding.
SINGULAR = 1e-13


class Penalty(Protocol):
    """The penalty and bounds of each coefficient."""

    @property
    def l1(self) -> Floats: ...

    @property
    def l2(self) -> Floats: ...

    @property
    def bounds(self) -> tuple[Floats, Floats]: ...


class Squares(Protocol):
    """1/2 |z - A b|^2, in b and relative to the b where sweeps are."""

    @property
    def curvature(self) -> Floats:
        """|A_j|^2 of all columns."""

    def slope(self, j: int) -> float:
        """A_j'(z - A b)."""

    def move(self, j: int, change: float) -> None:
        """Change b_j."""

    def slopes(self, b: Floats, J: Integers) -> Floats:
        """A_J'(z - A b) at any b."""

    def hessian(self, J: Integers, size: Floats) -> Floats:
        """A_J'A_J of columns divided by their size."""


class Rows:
    """Squares by A and the residual."""

    def __init__(self, A: Floats, z: Floats, b: Floats) -> None:
        self.A, self.z, self.curvature = A, z, (A**2).sum(axis=0)
        self.start(b)

    def start(self, b: Floats) -> None:
        self.residual = self.z - self.A @ b

    def slope(self, j: int) -> float:
        return float(self.A[:, j] @ self.residual)

    def move(self, j: int, change: float) -> None:
        self.residual -= self.A[:, j] * change

    def slopes(self, b: Floats, J: Integers) -> Floats:
        return np.asarray(self.A[:, J].T @ (self.z - self.A @ b))

    def hessian(self, J: Integers, size: Floats) -> Floats:
        B = self.A[:, J] / size
        return np.asarray(B.T @ B)


class Gram:
    """Squares by H = A'A and g = A'(z - A b) at one b: cheap if A has many rows."""

    def __init__(self, H: Floats, g: Floats, b: Floats) -> None:
        self.H, self.at_b, self.b, self.curvature = H, g, b.copy(), np.diag(H)
        self.g = g.copy()

    def slope(self, j: int) -> float:
        return float(self.g[j])

    def move(self, j: int, change: float) -> None:
        self.g -= self.H[:, j] * change

    def slopes(self, b: Floats, J: Integers) -> Floats:
        return np.asarray(self.at_b[J] - self.H[J] @ (b - self.b))

    def hessian(self, J: Integers, size: Floats) -> Floats:
        return np.asarray(self.H[np.ix_(J, J)] / np.outer(size, size))


def sweep(
    penalty: Penalty, squares: Squares, coef: Floats, features: Iterable[int]
) -> None:
    """One pass of exact coordinate minimisations; updates squares and coef.

    For a_j = |A_j|^2:  b_j <- clip(soft(A_j'r + a_j b_j, l1_j) / (a_j + l2_j)).
    """
    lo, hi = penalty.bounds
    curvature = squares.curvature
    for j in features:
        total = curvature[j] + penalty.l2[j]
        if total == 0.0:
            continue
        target = squares.slope(j) + curvature[j] * coef[j]
        size = max(abs(target) - penalty.l1[j], 0.0) / total
        new = min(max(size if target > 0.0 else -size, lo[j]), hi[j])
        if new != coef[j]:
            squares.move(j, new - coef[j])
            coef[j] = new


def newton_steps(penalty: Penalty, squares: Squares, coef: Floats) -> None:
    """Minimise over the features that are neither 0 nor at a bound; updates coef.

    A step stops where the first coefficient would change sign or leave its
    bounds; that one is left there and the others go on.
    """
    lo, hi = penalty.bounds
    while True:
        J = np.flatnonzero((coef != 0.0) & (coef > lo) & (coef < hi))
        if len(J) == 0:
            return
        size = np.sqrt(squares.curvature[J] + penalty.l2[J])
        size[size == 0.0] = 1.0
        # A little more curvature, so that dependent columns have long steps, not none.
        ridge = np.diag(penalty.l2[J] / size**2 + SINGULAR)
        hessian = squares.hessian(J, size) + ridge
        sign = np.sign(coef[J])
        gradient = squares.slopes(coef, J) - penalty.l2[J] * coef[J]
        gradient -= penalty.l1[J] * sign
        move = np.linalg.solve(hessian, gradient / size) / size

        kink = np.where(penalty.l1[J] > 0.0, 0.0, -sign * np.inf)
        end = np.where(move * sign < 0.0, kink, sign * np.inf)
        end = np.where(move > 0.0, np.minimum(end, hi[J]), np.maximum(end, lo[J]))
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move == 0.0, np.inf, (end - coef[J]) / move)
        first = int(np.argmin(room))
        coef[J] += min(1.0, room[first]) * move
        if room[first] > 1.0:
            return
        coef[J[first]] = end[first]
