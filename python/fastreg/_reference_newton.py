"""Proximal Newton steps: the slow solver of the families with a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastreg._problem import Floats, Problem
from fastreg._reference_glm import dual_gap, null_objective
from fastreg._reference_grouped import Groups
from fastreg._reference_link import (
    DAMPED,
    intercept_of,
    loss_change,
    newton_system,
    predictor,
)
from fastreg._reference_penalty import penalty
from fastreg._reference_quadratic import Gram, newton_steps, sweep
from fastreg._reference_refit import best_centre


@dataclass(frozen=True)
class _Model:
    """Penalty and bounds of all coefficients, the unpenalised intercepts among them.

    They are those of the first class, its intercept first, then those of the second...
    """

    l1: Floats
    l2: Floats
    bounds: tuple[Floats, Floats]


def _model(problem: Problem) -> _Model:
    room = np.inf if problem.fit_intercept else 0.0

    def stack(first: float, values: Floats) -> Floats:
        values = np.broadcast_to(values, problem.coef_shape)
        firsts = np.full((*problem.outputs, 1), first)
        return np.concatenate([firsts, values], axis=-1).ravel()

    lo, hi = problem.bounds
    bounds = stack(-room, lo), stack(room, hi)
    return _Model(stack(0.0, problem.l1), stack(0.0, problem.l2), bounds)


def proximal_newton(
    problem: Problem, start: Floats | None, *, tol: float, max_iter: int
) -> tuple[Floats, Any]:
    """Minimise P by quadratic models of the loss until the relative gap is <= ``tol``.

    Each model is minimised by sweeps and Newton steps on its support; a line search
    makes P decrease. Returns and raises as `coordinate_descent` does.
    """
    lo, hi = problem.bounds
    shape = problem.coef_shape
    coef = (np.zeros(shape) if start is None else np.array(start)).clip(lo, hi)
    centre = best_centre(problem, coef)
    null = null_objective(problem) or 1.0
    model = _model(problem)
    D = np.column_stack([np.ones(len(problem.weight)), problem.x])
    for _ in range(max_iter):
        coef, centre = _step(problem, model, D, coef, centre)
        gap = dual_gap(problem, coef, intercept_of(problem, coef, centre)) / null
        if gap <= tol:
            return _polished(problem, model, D, coef, centre)
    raise RuntimeError(f"relative gap {gap:.2e} > tol {tol:.2e} after {max_iter}")


def _polished(
    problem: Problem, model: _Model, D: Floats, coef: Floats, centre: Floats
) -> tuple[Floats, Any]:
    """One step more where it helps: coefficients get the digits that the gap has.

    Near the optimum the gap is the square of their error, and a step squares both.
    """
    found = [(coef, centre), _step(problem, model, D, coef, centre)]
    fits = [(b, intercept_of(problem, b, c)) for b, c in found]
    return min(fits, key=lambda fit: dual_gap(problem, *fit))


def _step(
    problem: Problem, model: _Model, D: Floats, coef: Floats, centre: Floats
) -> tuple[Floats, Floats]:
    """One model, minimised, and as much of the way to its minimum as is good."""
    eta = predictor(problem, coef, centre)
    b = np.concatenate([centre[..., np.newaxis], coef], axis=-1)
    for damping in (0.0, DAMPED):
        H, g = newton_system(problem, eta, D, damping)
        if problem.grouped:
            target = _groups(model, H, g, b).minimise()
        else:
            target = _minimise(model, H, g, b.ravel()).reshape(b.shape)
        new, part = _search(problem, eta, D, b, target)
        if part >= 0.25:
            break
    return new[..., 1:], new[..., 0]


def _minimise(model: _Model, H: Floats, g: Floats, b: Floats) -> Floats:
    """Minimise d'Hd / 2 - g'd and the penalty, with d = target - b, from target = b."""
    target = b.copy()
    squares = Gram(H, g, b)
    sweep(model, squares, target, range(len(b)))
    for _ in range(10):
        sweep(model, squares, target, np.flatnonzero(target).tolist())
    newton_steps(model, squares, target)
    return target


def _groups(model: _Model, H: Floats, g: Floats, b: Floats) -> Groups:
    lo, hi = model.bounds
    l1, l2, held = (v.reshape(b.shape)[0] for v in (model.l1, model.l2, lo == hi))
    return Groups(H.reshape(b.shape * 2), g.reshape(b.shape), b, l1, l2, held)


def _search(
    problem: Problem, eta: Floats, D: Floats, b: Floats, target: Floats
) -> tuple[Floats, float]:
    """The first of target, half of the way to it... with enough decrease of P."""
    step = target - b
    move = D @ step.T
    theta = problem.loss.residual(problem.response, eta)
    slope = -float((problem.weight * (theta * move).T).sum())
    before = penalty(problem, b[..., 1:])
    slope += penalty(problem, target[..., 1:]) - before
    for power in range(40):
        t = 0.5**power
        new = target if power == 0 else b + t * step
        change = loss_change(problem, eta, t * move)
        change += penalty(problem, new[..., 1:]) - before
        # The last term is what rounding leaves of the penalties.
        if change <= 0.1 * t * slope + 1e-15 * (before + 1e-300):
            return new, t
    return b, 0.0
