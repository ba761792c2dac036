"""Penalised least squares: sweeps over coordinates and Newton steps on the support."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from fastreg._problem import Floats

# Curvature (of columns of unit length) that can't be told from rounding.
SINGULAR = 1e-13


class Quadratic(Protocol):
    """The penalty and bounds of 1/2 |z - A b|^2 + sum_j l1_j |b_j| + l2_j / 2 b_j^2."""

    @property
    def l1(self) -> Floats: ...

    @property
    def l2(self) -> Floats: ...

    @property
    def bounds(self) -> tuple[Floats, Floats]: ...


def sweep(
    problem: Quadratic,
    A: Floats,
    residual: Floats,
    coef: Floats,
    features: range | list[int],
) -> None:
    """One pass of exact coordinate minimisations; updates residual and coef.

    For a_j = |A_j|^2:  b_j <- clip(soft(A_j'r + a_j b_j, l1_j) / (a_j + l2_j)).
    """
    lo, hi = problem.bounds
    curvature = (A**2).sum(axis=0)
    for j in features:
        total = curvature[j] + problem.l2[j]
        if total == 0.0:
            continue
        target = A[:, j] @ residual + curvature[j] * coef[j]
        size = max(abs(target) - problem.l1[j], 0.0) / total
        new = min(max(size if target > 0.0 else -size, lo[j]), hi[j])
        if new != coef[j]:
            residual -= A[:, j] * (new - coef[j])
            coef[j] = new


def newton_steps(problem: Quadratic, A: Floats, z: Floats, coef: Floats) -> None:
    """Minimise P over the features that are neither 0 nor at a bound; updates coef.

    A step stops where the first coefficient would change sign or leave its
    bounds; that one is left there and the others go on.
    """
    lo, hi = problem.bounds
    while True:
        J = np.flatnonzero((coef != 0.0) & (coef > lo) & (coef < hi))
        if len(J) == 0:
            return
        size = np.sqrt((A[:, J] ** 2).sum(axis=0) + problem.l2[J])
        size[size == 0.0] = 1.0
        B = A[:, J] / size
        # A little more curvature, so that dependent columns have long steps, not none.
        hessian = B.T @ B + np.diag(problem.l2[J] / size**2 + SINGULAR)
        sign = np.sign(coef[J])
        gradient = A[:, J].T @ (z - A @ coef) - problem.l2[J] * coef[J]
        gradient -= problem.l1[J] * sign
        move = np.linalg.solve(hessian, gradient / size) / size

        kink = np.where(problem.l1[J] > 0.0, 0.0, -sign * np.inf)
        end = np.where(move * sign < 0.0, kink, sign * np.inf)
        end = np.where(move > 0.0, np.minimum(end, hi[J]), np.maximum(end, lo[J]))
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move == 0.0, np.inf, (end - coef[J]) / move)
        first = int(np.argmin(room))
        coef[J] += min(1.0, room[first]) * move
        if room[first] > 1.0:
            return
        coef[J[first]] = end[first]
