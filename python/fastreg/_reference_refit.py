"""The best intercept, and the best coefficients of features without a penalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastreg._problem import Floats, Problem
from fastreg._reference_link import (
    DAMPED,
    loss_change,
    newton_system,
    predictor,
)
from fastreg._reference_quadratic import SINGULAR


def best_centre(problem: Problem, coef: Floats) -> Floats:
    """The best intercept for centred columns."""
    return refit(problem, coef, np.zeros(coef.shape, dtype=bool))[1]


def refit(
    problem: Problem, coef: Floats, free: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Minimise the loss over the intercept and the coefficients that are ``free``.

    Returns coefficients and the intercept for centred columns.

    Newton steps, after steps of iterative scaling that make the intercept right from
    anywhere, as long as the gradient gets smaller. Where there is no minimum (data that
    these features separate) the result is as far as that went.
    """
    features = np.asarray(np.atleast_2d(free).any(axis=0))
    columns = problem.columns.take(features)
    length = np.sqrt(problem.weight @ columns**2)
    length[length == 0.0] = 1.0
    first = np.full(len(columns), float(problem.fit_intercept))
    D = np.column_stack([first, columns / length])
    moves = np.empty((*problem.outputs, D.shape[1]), dtype=bool)
    moves[..., 0], moves[..., 1:] = problem.fit_intercept, free[..., features]
    if not moves.any():
        return coef.copy(), np.zeros(problem.outputs)
    part = _Refit(problem, predictor(problem, coef, 0.0), D, moves)
    b = part.solve()
    out = coef.copy()
    out[..., features] += b[..., 1:] / length
    return out, b[..., 0]


@dataclass(frozen=True)
class _Refit:
    """The loss in b, where eta + D b is the predictor and b is 0 unless it ``moves``.

    b is of shape (1 + f,), for multinomial (K, 1 + f); the intercept comes first.
    """

    problem: Problem
    eta: Floats
    D: Floats
    moves: NDArray[np.bool_]

    def solve(self) -> Floats:
        b = best = np.zeros(self.moves.shape)
        least = np.inf
        size = np.max(self.problem.weight @ np.abs(self.problem.response))
        for _ in range(200):
            b = self.scaled(b)
            gradient = self.gradient(b)
            if least < 1e-9 * size and gradient > 0.5 * least:
                break
            if gradient < least:
                least, best = gradient, b
            if gradient == 0.0 or not np.isfinite(gradient):
                break
            b = self.newton(b)
        return best

    def at(self, b: Floats) -> Floats:
        return np.asarray(self.eta + self.D @ b.T)

    def scaled(self, b: Floats) -> Floats:
        """Two steps of iterative scaling: the second sees no saturation any more."""
        b = b.copy()
        problem = self.problem
        for _ in range(2 if problem.fit_intercept else 0):
            eta = self.at(b)
            step = problem.loss.intercept_step(problem.weight, problem.response, eta)
            b[..., 0] += step
        return b

    def gradient(self, b: Floats) -> float:
        """Its largest entry."""
        problem = self.problem
        theta = problem.loss.residual(problem.response, self.at(b))
        if not np.isfinite(theta).all():
            return np.inf
        gradient = (self.D.T @ (problem.weight * theta.T).T).T
        return float(np.max(np.abs(gradient[self.moves])))

    def newton(self, b: Floats) -> Floats:
        """A Newton step, or a damped one if that does harm, or none."""
        eta = self.at(b)
        moves = self.moves.ravel()
        for damping in (0.0, DAMPED):
            H, g = newton_system(self.problem, eta, self.D, damping)
            H, g = H * moves * moves[:, np.newaxis], g * moves
            # The classes have a direction in common in which nothing changes.
            step = np.linalg.lstsq(H, g, rcond=SINGULAR)[0].reshape(b.shape)
            for part in (1.0, 0.5, 0.25):
                if loss_change(self.problem, eta, self.D @ (part * step.T)) <= 0.0:
                    return np.asarray(b + part * step)
        return b
