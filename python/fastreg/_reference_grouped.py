"""Least squares with a penalty of group norms: sweeps over groups and Newton steps.

The objective is 1/2 |R - A (b - start)|^2 + sum_j l1_j |b_j| + l2_j / 2 |b_j|^2, b_j
being the coefficients of feature j for all classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastreg._problem import Floats
from fastreg._reference_penalty import norms
from fastreg._reference_quadratic import SINGULAR

Integers = NDArray[np.intp]


@dataclass(frozen=True)
class Groups:
    """Blocks of A, one for each group, and its penalty.

    A : array of shape (rows, K, p), columns by class and feature
    l1, l2 : arrays of shape (p,)
    held : bool array of shape (p,), groups that stay as they are
    """

    A: Floats
    l1: Floats
    l2: Floats
    held: NDArray[np.bool_]

    def minimise(self, R: Floats, start: Floats) -> Floats:
        """Sweep all groups, then ten times those that are not 0, then Newton."""
        b, residual = start.copy(), R.copy()
        self.sweep(residual, b, np.flatnonzero(~self.held))
        for _ in range(10):
            self.sweep(residual, b, np.flatnonzero(~self.held & (norms(b) > 0.0)))
        for _ in range(10):
            if not self.newton_step(residual, b):
                break
        return b

    def sweep(self, residual: Floats, b: Floats, which: Integers) -> None:
        """A proximal gradient step for each group; updates residual and b.

        With L_j the largest eigenvalue of A_j'A_j and v = b_j + A_j'r / L_j:
        b_j <- (1 - l1_j / (L_j |v|))_+ v / (1 + l2_j / L_j).
        """
        for j in which:
            block = self.A[:, :, j]
            L = float(np.linalg.norm(block, 2) ** 2)
            if L + self.l2[j] == 0.0:
                continue
            v = L * b[:, j] + block.T @ residual
            length = float(np.linalg.norm(v))
            shrink = max(1.0 - self.l1[j] / length, 0.0) if length > 0.0 else 0.0
            new = shrink * v / (L + self.l2[j])
            residual -= block @ (new - b[:, j])
            b[:, j] = new

    def newton_step(self, residual: Floats, b: Floats) -> bool:
        """A Newton step for the groups that are not 0; whether it went anywhere."""
        J = np.flatnonzero(~self.held & (norms(b) > 0.0))
        if len(J) == 0:
            return False
        A = self.A[:, :, J].reshape(len(residual), -1)
        gradient = A.T @ residual - self.slope(b[:, J], J).ravel()
        hessian = A.T @ A + self.curvature(b[:, J], J)
        size = np.sqrt(np.diag(hessian))
        size[size == 0.0] = 1.0
        scaled = hessian / np.outer(size, size) + SINGULAR * np.eye(len(size))
        move = (np.linalg.solve(scaled, gradient / size) / size).reshape(-1, len(J))
        before = self.value(residual, b)
        for power in range(20):
            step = 0.5**power * move
            new, rest = b.copy(), residual - A @ step.ravel()
            new[:, J] += step
            if self.value(rest, new) < before:
                residual[:], b[:] = rest, new
                return True
        return False

    def value(self, residual: Floats, b: Floats) -> float:
        lasso = self.l1 @ norms(b)
        return float(residual @ residual / 2 + lasso + self.l2 @ norms(b) ** 2 / 2)

    def slope(self, b: Floats, J: Integers) -> Floats:
        """Gradient of the penalty where it has one."""
        return np.asarray((self.l1[J] / norms(b) + self.l2[J]) * b)

    def curvature(self, b: Floats, J: Integers) -> Floats:
        """Its Hessian: for each group l2 I + l1 (I - u u') / |b| with u = b / |b|."""
        K = len(b)
        length = norms(b)
        out = np.zeros((K, len(J), K, len(J)))
        for g in range(len(J)):
            u = b[:, g] / length[g]
            flat = (np.eye(K) - np.outer(u, u)) * self.l1[J[g]] / length[g]
            out[:, g, :, g] = flat + self.l2[J[g]] * np.eye(K)
        return out.reshape(K * len(J), K * len(J))
