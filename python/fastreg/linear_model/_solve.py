"""The one place where the estimators meet the kernels.

`solve_path` decides which kernel solves a problem: the closed form where there is
neither an L1 term nor a bound, the working-set solver otherwise.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fastreg import _core
from fastreg.linear_model._base import Array, ConvergenceWarning, FitData

CONVERGED = 0
WHY = {
    1: "the limit max_iter={max_iter} was reached",
    2: "rounding errors keep the gap from shrinking further",
    3: "it was interrupted",
}
TRY = {
    1: "increase max_iter, standardise the features or increase alpha",
    2: "scale the features to similar units or increase tol",
    3: "fit again",
}
# scikit-learn's grid where no feature correlates with y: its value for "nothing".
NULL_ALPHA = float(np.finfo(np.float64).resolution)


@dataclass(frozen=True)
class Options:
    """How to solve, apart from the data.

    `tol` has scikit-learn's meaning: the duality gap may be tol * ||y||^2 / n, where y
    is centred if there is an intercept and weighted. Half of ||y||^2 / n is the null
    model's objective, to which the kernels' gaps are relative.
    """

    l1_ratio: float
    fit_intercept: bool
    positive: bool
    tol: float
    max_iter: int

    @property
    def relative_tol(self) -> float:
        return 2.0 * float(self.tol)


class PathSolution(NamedTuple):
    """Solutions at k alphas: coefs (p, k), the rest (k,)."""

    alphas: Array
    coefs: Array
    intercepts: Array
    dual_gaps: Array  # absolute, on the scale of 1/(2n) ||y - Xb||^2 + penalty
    n_iter: npt.NDArray[np.int64]
    status: npt.NDArray[np.int8]
    null_objective: float


def solve_path(
    data: FitData, y: Array, alphas: Array, options: Options, coef_init: Array | None
) -> PathSolution:
    """Solve at each of `alphas` (decreasing) for the single target `y`."""
    if options.positive:
        return _descend(data, y, options, coef_init, alphas=alphas)
    if options.l1_ratio == 0:
        return solve_closed_form(data, y, alphas, options)
    n_positive = int(np.count_nonzero(alphas))
    if n_positive == len(alphas):
        return _descend(data, y, options, coef_init, alphas=alphas)
    end = solve_closed_form(data, y, alphas[n_positive:], options)
    if n_positive == 0:
        return end
    start = _descend(data, y, options, coef_init, alphas=alphas[:n_positive])
    return _joined(start, end)


def solve_grid(
    data: FitData, y: Array, n_alphas: int, eps: float, options: Options
) -> PathSolution:
    """Solve on the automatic grid from alpha_max down to eps * alpha_max."""
    solution = _descend(data, y, options, None, n_alphas=n_alphas, eps=eps)
    if not solution.coefs.any() and _alpha_max(data, y, options) <= NULL_ALPHA:
        return solution._replace(alphas=np.full(n_alphas, NULL_ALPHA))
    return solution


def solve_closed_form(
    data: FitData, y: Array, alphas: Array, options: Options
) -> PathSolution:
    """Ridge regression, or least squares of minimum norm where alpha is 0."""
    found = _core.ridge_path(
        data.X,
        y[:, np.newaxis],
        sample_weight=data.sample_weight,
        alphas=np.ascontiguousarray(alphas[:, np.newaxis] * (1.0 - options.l1_ratio)),
        fit_intercept=bool(options.fit_intercept),
        standardize=False,
    )
    null_objective = float(found["null_objective"][0])
    return PathSolution(
        alphas,
        found["coefs"][0],
        found["intercepts"][0],
        found["dual_gaps"][0] * (null_objective or 1.0),
        np.ones(len(alphas), np.int64),
        np.zeros(len(alphas), np.int8),
        null_objective,
    )


def _bounds(data: FitData, options: Options) -> Array | None:
    return np.zeros(data.X.shape[1]) if options.positive else None


def _descend(
    data: FitData,
    y: Array,
    options: Options,
    coef_init: Array | None,
    *,
    alphas: Array | None = None,
    n_alphas: int = 1,
    eps: float = 1e-3,
) -> PathSolution:
    found = _core.elastic_net_path(
        data.X,
        y,
        sample_weight=data.sample_weight,
        alphas=alphas,
        n_alphas=n_alphas,
        eps=eps,
        l1_ratio=float(options.l1_ratio),
        fit_intercept=bool(options.fit_intercept),
        standardize=False,
        lower_bounds=_bounds(data, options),
        upper_bounds=None,
        coef_init=coef_init,
        tol=options.relative_tol,
        max_iter=int(options.max_iter),
    )
    null_objective = float(found["null_objective"])
    return PathSolution(
        found["alphas"],
        _dense(found, data.X.shape[1]),
        found["intercepts"],
        found["dual_gaps"] * (null_objective or 1.0),
        found["n_iter"],
        found["status"],
        null_objective,
    )


def _dense(found: dict[str, Any], n_features: int) -> Array:
    indptr = found["indptr"]
    coefs = np.zeros((n_features, len(indptr) - 1), order="F")
    columns = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    coefs[found["indices"], columns] = found["values"]
    return coefs


def _alpha_max(data: FitData, y: Array, options: Options) -> float:
    return float(
        _core.alpha_max(
            data.X,
            y,
            sample_weight=data.sample_weight,
            l1_ratio=float(options.l1_ratio),
            fit_intercept=bool(options.fit_intercept),
            standardize=False,
            lower_bounds=_bounds(data, options),
            upper_bounds=None,
        )
    )


def _joined(start: PathSolution, end: PathSolution) -> PathSolution:
    pairs = zip(start[:-1], end[:-1], strict=True)
    parts = (np.concatenate(pair, axis=-1) for pair in pairs)
    return PathSolution(*parts, start.null_objective)


def warn_unconverged(
    owner: str, solution: PathSolution, options: Options, stacklevel: int
) -> None:
    """Warn at each alpha that ended above its tolerance."""
    if not solution.status.any():
        return
    limit = options.relative_tol * (solution.null_objective or 1.0)
    for k in np.flatnonzero(solution.status != CONVERGED):
        status = int(solution.status[k])
        warnings.warn(
            f"{owner} did not converge at alpha={solution.alphas[k]:g}: the duality "
            f"gap is {solution.dual_gaps[k]:.3e}, above the tolerance {limit:.3e} "
            f"(tol={options.tol:g} times ||y||^2 / n_samples), because "
            f"{WHY[status].format(max_iter=options.max_iter)}; {TRY[status]}",
            ConvergenceWarning,
            stacklevel=stacklevel + 1,
        )
