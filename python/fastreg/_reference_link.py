"""The linear predictor of families with a link, for one class or several.

Coefficients are of shape (p,) and predictors (n,), for multinomial and mgaussian (K, p)
and (n, K).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastreg._problem import Floats, Problem


def product(problem: Problem, coef: Floats) -> Floats:
    """The fit x b of centred columns, shape (n,) or (n, K)."""
    return problem.columns.product(coef.T)


def correlation(problem: Problem, theta: Floats) -> Floats:
    """sum_i w_i x_ij theta_i of centred columns, shape (p,) or (K, p)."""
    return problem.columns.correlation(theta).T


def centre_of(problem: Problem, coef: Floats, intercept: Any) -> Floats:
    """The intercept of centred columns, from that of the raw ones.

    Everything here is computed from it, because columns far from 0 leave no digits in
    the other. What the classes have in common is left out for the same reason.
    """
    centre = np.asarray(intercept + coef @ problem.x_mean)
    return centre - centre.mean() if problem.family == "multinomial" else centre


def intercept_of(problem: Problem, coef: Floats, centre: Floats) -> Any:
    """The intercept of the raw columns: a float, or of shape (K,).

    Of the classes of multinomial they have the sum 0.
    """
    intercept = centre - coef @ problem.x_mean
    if problem.family == "multinomial":
        return intercept - intercept.mean()
    return intercept if problem.outputs else float(intercept)


def predictor(problem: Problem, coef: Floats, centre: Any) -> Floats:
    """The predictor o + centre + x b of centred columns, shape (n,) or (n, K)."""
    eta = product(problem, coef) + centre
    return eta if problem.offset is None else np.asarray(eta + problem.offset)


def residual(problem: Problem, coef: Floats, centre: Any) -> Floats:
    """The residual y - mu, shape (n,) or (n, K), 0 in rows without a weight."""
    eta = predictor(problem, coef, centre)
    r = problem.loss.residual(problem.response, eta)
    r[problem.weight == 0.0] = 0.0  # it may be infinite
    return r


def average(problem: Problem, per_row: Floats) -> float:
    """Weighted mean over the rows with a weight: the others may be infinite."""
    rows = problem.weight > 0.0
    return float(problem.weight[rows] @ per_row[rows])


# By which part of |y - mu| the curvature is increased where a Newton step went too far.
DAMPED = 0.25


def newton_system(
    problem: Problem, eta: Floats, D: Floats, damping: float = 0.0
) -> tuple[Floats, Floats]:
    """Hessian and negative gradient of the loss in coefficients of the columns of D.

    They are those of the first class, then those of the second... A row that is far
    from its y is where the loss is straight, but it won't be all the way: there
    ``damping`` has curvature for it.
    """
    theta = problem.loss.residual(problem.response, eta)
    curvature = problem.loss.curvature(eta)
    classes = range(curvature.shape[1])
    curvature[:, classes, classes] += damping * np.abs(theta).reshape(len(theta), -1)
    curvature = (problem.weight * curvature.T).T
    H = np.block([[D.T @ (curvature[:, k, [m]] * D) for m in classes] for k in classes])
    return H, np.asarray((D.T @ (problem.weight * theta.T).T).T.ravel())


def loss_change(problem: Problem, eta: Floats, move: Floats) -> float:
    """The loss at eta + move less that at eta, without subtracting the two."""
    loss, y = problem.loss, problem.response
    theta = loss.residual(y, eta)
    curved = average(problem, loss.divergence(y, theta, eta + move))
    linear = (problem.weight * (theta * move).T).sum()
    return float(curved - linear)
