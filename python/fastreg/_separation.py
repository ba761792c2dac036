"""Whether the likelihood has a maximum: a warning where the last solution has none.

With a penalty on every feature a solution always exists. Without, coefficients may grow
without limit: where a linear function of the features separates the classes, or where a
group of rows has one class only, or no counts (Albert and Anderson, 1984).
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._glm import RIDGE_START
from fastreg._link import sigmoid
from fastreg._solve import (
    LEAST_SQUARES,
    Data,
    Settings,
    Solution,
    alpha_max,
    descend,
)
from fastreg._warnings import SeparationWarning
from fastreg._watch import Watch

Floats = NDArray[np.float64]

# A solution that is as good as perfect.
PERFECT = 0.9999
# Probabilities and (relative) rates below this may be on their way to 0.
SMALL = 1e-3
# The penalty, relative to that of the null model, with which coefficients that run away
# don't go far while others are as good as without.
SLIGHT = 1e-5
MOST_ITERATIONS = 2000
# How far the linear predictor is moved along their way, and the share of the null
# model's loss that this may cost where they go on for ever.
FAR, FREE_OF_COST = 30.0, 0.02


def warn_separated(
    data: Data,
    settings: Settings,
    solution: Solution,
    classes: NDArray[Any] | None,
    stacklevel: int,
) -> bool:
    """Warn if the last solution shows that the likelihood has no maximum.

    True if so: then this says all there is to say about the last solution.
    """
    reason = find_separation(data, settings, solution, classes)
    if reason is None:
        return False
    at = f"at alpha={solution.alphas[-1]:g}"
    rest = f"Coefficients {at} are bounded by the penalty, but too large to be found"
    if _has_free(settings, solution):
        rest = f"Coefficients {at} are as large as the tolerance made them"
    if solution.status[-1]:
        gap = solution.dual_gaps[-1]
        rest += f" (relative duality gap {gap:.2e}, tol={settings.tol:g})"
    warnings.warn(
        f"the likelihood has no maximum: {reason}. {rest}; use more penalty, and no "
        "penalty factors of 0 for the features that do this",
        SeparationWarning,
        stacklevel=stacklevel + 1,
    )
    return True


def find_separation(
    data: Data, settings: Settings, solution: Solution, classes: NDArray[Any] | None
) -> str | None:
    """Why the likelihood has no maximum, if the last solution shows that."""
    stopped = solution.stop in ("interrupted", "max_time")
    if settings.family in LEAST_SQUARES or stopped or len(solution.alphas) == 0:
        return None
    if not (_has_free(settings, solution) or solution.status[-1]):
        return None  # a penalty on every feature, and it is solved
    eta = _predictor(data, solution)
    if classes is not None and _is_separated(data, settings, solution, eta):
        return _separated(classes.tolist())
    if data.y.ndim == 2:
        return None
    if _has_free(settings, solution) and _runs_away(data, settings, solution, eta):
        rows = "counts" if classes is None else "the other class"
        return f"a group of rows has no {rows}, or nearly so in a linear function"
    return None


def _predictor(data: Data, solution: Solution) -> Floats:
    """Of the last solution, without the offset, for the rows that have weight."""
    coef = _last_coef(solution)
    if data.y.ndim == 2:
        coef = np.ascontiguousarray(coef.reshape(data.y.shape[1], -1).T)
    eta: Floats = data.X.times(coef) + solution.intercepts[..., -1]
    return _weighted(data, eta)


def _separated(classes: list[Any]) -> str:
    if len(classes) > 2:
        return "linear functions of the features tell all classes apart"
    low, high = classes
    return f"a linear function of the features separates {low!r} from {high!r}"


def _last_coef(solution: Solution) -> Floats:
    return solution.coefs.column(solution.coefs.n_columns - 1)


def _weighted(data: Data, values: Floats) -> Floats:
    return values if data.sample_weight is None else values[data.sample_weight > 0.0]


def _has_free(settings: Settings, solution: Solution) -> bool:
    """Whether some feature isn't penalised at the last alpha."""
    factor = settings.penalty_factor
    return solution.alphas[-1] == 0.0 or (factor is not None and not factor.all())


def _is_separated(
    data: Data, settings: Settings, solution: Solution, eta: Floats
) -> bool:
    """Whether the last solution separates the classes and no penalty limits it."""
    alpha, perfect = solution.alphas[-1], solution.deviance_ratio[-1] > PERFECT
    unlimited = alpha == 0.0 and not settings.is_bounded
    if not (unlimited or (perfect and solution.status[-1] != 0)):
        return False
    own = _weighted(data, data.y) > 0.5
    if eta.ndim == 1:
        return bool(np.all(np.where(own, eta, -eta) > 0.0))
    others = np.where(own, -np.inf, eta).max(axis=1)
    return bool(np.all(eta[own] > others))


def _runs_away(data: Data, settings: Settings, solution: Solution, eta: Floats) -> bool:
    """Whether the way here from a slightly penalised solution could go on for ever."""
    y = _weighted(data, data.y)
    weight = None if data.sample_weight is None else _weighted(data, data.sample_weight)
    if data.offset is not None:
        eta = eta + _weighted(data, data.offset)
    if not _smallest(settings.family, eta, np.average(y, weights=weight)) < SMALL:
        return False
    start = _slightly_penalised(data, settings, solution)
    way = _last_coef(solution) - _last_coef(start)
    if solution.alphas[-1] > 0.0 and settings.penalty_factor is not None:
        way[settings.penalty_factor > 0.0] = 0.0
    move = data.X.times(way)
    move += (solution.intercepts[-1] - start.intercepts[-1]) * settings.fit_intercept
    move = _weighted(data, move)
    size = np.abs(move).max()
    if size < 1.0:
        return False
    before = _loss(settings.family, y, eta, weight)
    after = _loss(settings.family, y, eta + (FAR / size) * move, weight)
    return bool(after <= before + FREE_OF_COST * solution.null_objective)


def _slightly_penalised(data: Data, settings: Settings, solution: Solution) -> Solution:
    """The last solution if every feature had a penalty, at least a small one."""
    alpha, given = float(solution.alphas[-1]), settings.penalty_factor
    factor = np.ones(data.X.shape[1]) if given is None else given
    free = factor == 0.0 if alpha > 0.0 else np.ones(len(factor), dtype=bool)
    factor = np.where(factor > 0.0, factor, 1.0)
    penalised = replace(settings, penalty_factor=factor, max_iter=MOST_ITERATIONS)
    least = SLIGHT * alpha_max(data, penalised, max(settings.l1_ratio, RIDGE_START))
    if alpha > 0.0:
        factor = np.where(free, least / alpha, factor)
        penalised = replace(penalised, penalty_factor=factor)
    start = np.where(free, 0.0, _last_coef(solution))
    alphas = np.array([alpha or least])
    return descend(data, penalised, Watch(), alphas=alphas, coef_init=start)


def _smallest(family: str, eta: Floats, mean: float) -> float:
    """The smallest probability of a class, or rate relative to the mean."""
    if family == "binomial":
        return float(sigmoid(-np.abs(eta)).min())
    return float(np.exp(eta.min())) / (mean or 1.0)


def _loss(family: str, y: Floats, eta: Floats, weight: Floats | None) -> float:
    """Mean loss, up to a constant; inf where it overflows."""
    with np.errstate(over="ignore"):
        total = np.exp(eta) if family == "poisson" else np.logaddexp(0.0, eta)
    return float(np.average(total - y * eta, weights=weight))
