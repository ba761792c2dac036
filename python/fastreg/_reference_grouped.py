"""A quadratic with a penalty of group norms: sweeps over groups and Newton steps."""

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
    """d'Hd / 2 - g'd + sum_j l1_j |b_j| + l2_j / 2 |b_j|^2 with d = b - start.

    H : array of shape (K, p, K, p)
    g, start : arrays of shape (K, p), a column for each group
    l1, l2 : arrays of shape (p,)
    held : bool array of shape (p,), groups that stay as they are
    """

    H: Floats
    g: Floats
    start: Floats
    l1: Floats
    l2: Floats
    held: NDArray[np.bool_]

    def minimise(self) -> Floats:
        """Sweep all groups, then ten times those that are not 0, then Newton."""
        b = self.start.copy()
        self.sweep(b, np.flatnonzero(~self.held))
        for _ in range(10):
            self.sweep(b, self.active(b))
        for _ in range(10):
            if not self.newton_step(b):
                break
        return b

    def active(self, b: Floats) -> Integers:
        return np.flatnonzero(~self.held & (norms(b) > 0.0))

    def slopes(self, b: Floats) -> Floats:
        """Negative gradient of the quadratic, shape (K, p)."""
        return np.asarray(self.g - np.tensordot(self.H, b - self.start))

    def sweep(self, b: Floats, groups: Integers) -> None:
        """A proximal gradient step for each group; updates b.

        With L_j the largest eigenvalue of H_jj and v = b_j + slope_j / L_j:
        b_j <- (1 - l1_j / (L_j |v|))_+ v / (1 + l2_j / L_j).
        """
        slopes = self.slopes(b)
        for j in groups:
            L = float(np.linalg.norm(self.H[:, j, :, j], 2))
            if L + self.l2[j] == 0.0:
                continue
            v = L * b[:, j] + slopes[:, j]
            length = float(np.linalg.norm(v))
            shrink = max(1.0 - self.l1[j] / length, 0.0) if length > 0.0 else 0.0
            new = shrink * v / (L + self.l2[j])
            slopes -= self.H[:, :, :, j] @ (new - b[:, j])
            b[:, j] = new

    def newton_step(self, b: Floats) -> bool:
        """A Newton step for the groups that are not 0; whether it went anywhere."""
        J = self.active(b)
        if len(J) == 0:
            return False
        K, n_active = len(b), len(J)
        gradient = (self.slopes(b)[:, J] - self.penalty_slope(b[:, J], J)).ravel()
        hessian = self.H[:, J][:, :, :, J] + self.penalty_curvature(b[:, J], J)
        hessian = hessian.reshape(K * n_active, K * n_active)
        size = np.sqrt(np.diag(hessian))
        size[size == 0.0] = 1.0
        scaled = hessian / np.outer(size, size) + SINGULAR * np.eye(len(size))
        move = (np.linalg.solve(scaled, gradient / size) / size).reshape(K, n_active)
        before = self.value(b)
        for power in range(20):
            new = b.copy()
            new[:, J] += 0.5**power * move
            if self.value(new) < before:
                b[:] = new
                return True
        return False

    def value(self, b: Floats) -> float:
        d = b - self.start
        quadratic = np.sum(d * (np.tensordot(self.H, d) / 2 - self.g))
        return float(quadratic + self.l1 @ norms(b) + self.l2 @ norms(b) ** 2 / 2)

    def penalty_slope(self, b: Floats, J: Integers) -> Floats:
        """Gradient of the penalty where it has one."""
        return np.asarray((self.l1[J] / norms(b) + self.l2[J]) * b)

    def penalty_curvature(self, b: Floats, J: Integers) -> Floats:
        """Its Hessian: for each group l2 I + l1 (I - u u') / |b| with u = b / |b|."""
        K = len(b)
        length = norms(b)
        out = np.zeros((K, len(J), K, len(J)))
        for g in range(len(J)):
            u = b[:, g] / length[g]
            flat = (np.eye(K) - np.outer(u, u)) * self.l1[J[g]] / length[g]
            out[:, g, :, g] = flat + self.l2[J[g]] * np.eye(K)
        return out
