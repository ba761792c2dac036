"""Objective, dual and certificate of `fastreg.reference` for families with a link.

With A and A* of the family (`_reference_families`), eta = o + b0 + X b and
m = y - theta,

    P(b0, b) = sum_i w_i (A(eta_i) - y_i eta_i) + sum_j h_j(b_j)
    D(theta) = -sum_i w_i (A*(m_i) + o_i theta_i) - sum_j h_j*(u_j)
    u_j      = sum_i w_i x_ij theta_i,      sum_i w_i theta_i = 0 (intercept)

    P - D    = sum_i w_i (A(eta_i) + A*(m_i) - m_i eta_i)
               + sum_j (h_j(b_j) + h_j*(u_j) - u_j b_j)

The last is a sum of terms >= 0 and is what `dual_gap` returns. For multinomial, sums
run over the classes too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._problem import Floats, Problem
from fastreg._reference_penalty import (
    conjugate,
    largest_step,
    penalty,
    young,
)

# A correlation, relative to what rounding leaves of it, that counts as 0.
NEGLIGIBLE = 1e-13


# --- X, for one or several classes ------------------------------------------------


def product(problem: Problem, coef: Floats) -> Floats:
    """The fit x b of centred columns, shape (n,) or (n, K)."""
    if coef.ndim == 1:
        return problem.columns.product(coef)
    return np.column_stack([problem.columns.product(row) for row in coef])


def correlation(problem: Problem, theta: Floats) -> Floats:
    """sum_i w_i x_ij theta_i of centred columns, shape (p,) or (K, p)."""
    if theta.ndim == 1:
        return problem.columns.correlation(theta)
    return np.array([problem.columns.correlation(column) for column in theta.T])


def centre_of(problem: Problem, coef: Floats, intercept: Any) -> Floats:
    """The intercept of centred columns, from that of the raw ones.

    Everything here is computed from it, because columns far from 0 leave no digits in
    the other. What the classes have in common is left out for the same reason.
    """
    centre = np.asarray(intercept + coef @ problem.x_mean)
    return centre - centre.mean() if problem.outputs else centre


def predictor(problem: Problem, coef: Floats, centre: Any) -> Floats:
    """The predictor o + centre + x b of centred columns, shape (n,) or (n, K)."""
    eta = product(problem, coef) + centre
    return eta if problem.offset is None else np.asarray(eta + problem.offset)


def residual(problem: Problem, coef: Floats, centre: Any) -> Floats:
    """The residual y - mu, shape (n,) or (n, K)."""
    eta = predictor(problem, coef, centre)
    return problem.loss.residual(problem.response, eta)


# --- primal ---------------------------------------------------------------------


def primal(problem: Problem, coef: Floats, intercept: Any) -> float:
    """P(b0, b)."""
    eta = predictor(problem, coef, centre_of(problem, coef, intercept))
    loss = problem.weight @ problem.loss.value(problem.response, eta)
    return float(loss) + penalty(problem, coef)


def deviance(problem: Problem, coef: Floats, centre: Any) -> float:
    """Deviance by 2n: the loss less that of a saturated model."""
    eta = predictor(problem, coef, centre)
    loss = problem.loss.divergence(problem.response, np.zeros_like(eta), eta)
    return float(problem.weight @ loss)


def null_objective(problem: Problem) -> float:
    """Deviance by 2n of the model with the offset and the best intercept."""
    coef = np.zeros(problem.coef_shape)
    return deviance(problem, coef, best_centre(problem, coef))


def deviance_ratio(problem: Problem, coef: Floats, intercept: Any) -> float:
    """1 less the deviance by that of the null model."""
    found = deviance(problem, coef, centre_of(problem, coef, intercept))
    return 1.0 - found / (null_objective(problem) or 1.0)


# --- the best intercept, and the best coefficients of free features -----------------


def best_intercept(problem: Problem, coef: Floats) -> Any:
    """The b0 that minimises P for given coefficients; 0 without an intercept."""
    return intercept_of(problem, coef, best_centre(problem, coef))


def intercept_of(problem: Problem, coef: Floats, centre: Floats) -> Any:
    """The intercept of the raw columns: a float, or of shape (K,) with sum 0."""
    intercept = centre - coef @ problem.x_mean
    return intercept - intercept.mean() if problem.outputs else float(intercept)


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
    moves = np.ones((*problem.outputs, D.shape[1]), dtype=bool)
    moves[..., 1:] = free[..., features]
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
        for _ in range(200):
            b = self.scaled(b)
            gradient = self.gradient(b)
            if least < 1e-9 and gradient > 0.5 * least:
                break
            if gradient < least:
                least, best = gradient, b
            if gradient == 0.0:
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
        gradient = (self.D.T @ (problem.weight * theta.T).T).T
        return float(np.max(np.abs(gradient[self.moves])))

    def newton(self, b: Floats) -> Floats:
        eta = self.at(b)
        A, R = newton_system(self.problem, eta, self.D)
        step = np.linalg.lstsq(A * self.moves.ravel(), R, rcond=None)[0]
        step = step.reshape(b.shape)
        for _ in range(30):
            if loss_change(self.problem, eta, self.D @ step.T) <= 0.0:
                return np.asarray(b + step)
            step = step / 2
        return b


def newton_system(problem: Problem, eta: Floats, D: Floats) -> tuple[Floats, Floats]:
    """A and R with A'A the Hessian and A'R the negative gradient in the coefficients.

    D has the columns, the intercept's among them; coefficients are those of the first
    class, then those of the second...
    """
    S, R = problem.loss.newton_rows(problem.response, eta)
    root = np.sqrt(problem.weight)
    A = np.einsum("n,nlk,nj->nlkj", root, S, D)
    n, rows, classes, features = A.shape
    A = A.reshape(n * rows, classes * features)
    return np.asfortranarray(A), (root[:, np.newaxis] * R).ravel()


def loss_change(problem: Problem, eta: Floats, move: Floats) -> float:
    """The loss at eta + move less that at eta, without subtracting the two."""
    loss, y = problem.loss, problem.response
    theta = loss.residual(y, eta)
    curved = problem.weight @ loss.divergence(y, theta, eta + move)
    linear = (problem.weight * (theta * move).T).sum()
    return float(curved - linear)


# --- dual and certificate -------------------------------------------------------


def dual(problem: Problem, theta: Floats, u: Floats | None = None) -> float:
    """D(theta), minus infinity where theta is not feasible."""
    if u is None:
        u = correlation(problem, theta)
    offset = 0.0 if problem.offset is None else np.asarray(problem.offset)
    loss = problem.weight @ problem.loss.conjugate(problem.response, theta)
    loss += (problem.weight * (offset * theta).T).sum()
    return float(-loss - conjugate(problem, u).sum())


def dual_point(problem: Problem, coef: Floats) -> tuple[Floats, Floats]:
    """A feasible (theta, u): theta = s (y - mu), so that m = (1 - s) y + s mu.

    mu has the best intercept for ``coef``, and the best coefficients of the features
    that need u_j = 0: those with neither penalty nor (active) bound. s is the better
    of the two that the gaussian family takes.
    """
    lo, hi = problem.bounds
    unpenalised = (problem.l1 == 0.0) & (problem.l2 == 0.0) & (problem.scale > 0.0)
    inside = (lo < coef) & (coef < hi) & (np.isinf(lo) | np.isinf(hi))
    best, centre = refit(problem, coef, unpenalised & inside)
    r = residual(problem, best, centre)
    if problem.fit_intercept and np.max(np.abs(problem.weight @ r)) > 1e-10:
        r = 0.0 * r  # no intercept is best: classes that are not there
    u = correlation(problem, r)
    spread = problem.response - problem.weight @ problem.response
    square = np.max(problem.weight @ spread**2)
    length = np.sqrt(problem.columns.mean_square() * square)
    small = (problem.l1 == 0.0) & (np.abs(u) <= NEGLIGIBLE * length)
    u[small] = 0.0

    feasible = largest_step(problem, u, problem.l2 == 0.0)
    everywhere = np.ones(coef.shape[-1], dtype=bool)
    augmented = largest_step(problem, u - problem.l2 * coef, everywhere)
    steps = (feasible, min(feasible, augmented))
    s = min(steps, key=lambda s: _gap(problem, best, centre, s * r, s * u))
    return s * r, s * u


def _gap(
    problem: Problem, coef: Floats, centre: Any, theta: Floats, u: Floats
) -> float:
    """P - D as a sum of terms >= 0."""
    eta = predictor(problem, coef, centre)
    divergence = problem.loss.divergence(problem.response, theta, eta)
    return float(problem.weight @ divergence) + young(problem, coef, u)


def dual_gap(problem: Problem, coef: Floats, intercept: Any) -> float:
    """P - D at the dual point of ``coef``."""
    centre = centre_of(problem, coef, intercept)
    return _gap(problem, coef, centre, *dual_point(problem, coef))


def intercept_violation(problem: Problem, coef: Floats, intercept: Any) -> float:
    """|sum_i w_i (y_i - mu_i)|, of the worst class; 0 without an intercept."""
    r = residual(problem, coef, centre_of(problem, coef, intercept))
    return float(np.max(np.abs(problem.weight @ r))) if problem.fit_intercept else 0.0
