"""From a drop-in model to `fastreg._solve` and back: tolerances, gaps, warnings."""

from __future__ import annotations

import warnings

import numpy as np

from fastreg import _core
from fastreg._solve import ADVICE, STATUSES, WHY, Data, Settings, Solution, descend
from fastreg.linear_model._base import ConvergenceWarning, Floats

# scikit-learn's grid where no feature correlates with y: its value for "nothing".
NULL_ALPHA = float(np.finfo(np.float64).resolution)


def settings_for(
    l1_ratio: float, fit_intercept: bool, positive: bool, tol: float, max_iter: int
) -> Settings:
    """The settings of a drop-in model.

    scikit-learn accepts a duality gap of tol * ||y||^2 / n (y centred if there is an
    intercept, and weighted). Half of ||y||^2 / n is the null model's objective, to
    which the gaps in `fastreg._solve` are relative.
    """
    return Settings(
        l1_ratio=float(l1_ratio),
        fit_intercept=bool(fit_intercept),
        standardize=False,
        positive=bool(positive),
        tol=2.0 * float(tol),
        max_iter=int(max_iter),
    )


def absolute_gaps(solution: Solution) -> Floats:
    """Duality gaps in units of 1/(2n) ||y - Xb||^2 + penalty."""
    return solution.dual_gaps * (solution.null_objective or 1.0)


def solve_grid(data: Data, settings: Settings, n_alphas: int, eps: float) -> Solution:
    """Solve on the automatic grid, which is scikit-learn's for a null problem too."""
    solution = descend(data, settings, n_alphas=n_alphas, eps=eps)
    if solution.coefs.values.size == 0 and _alpha_max(data, settings) <= NULL_ALPHA:
        solution.alphas[:] = NULL_ALPHA
    return solution


def _alpha_max(data: Data, settings: Settings) -> float:
    return float(
        _core.alpha_max(
            data.X,
            data.y,
            sample_weight=data.sample_weight,
            l1_ratio=settings.l1_ratio,
            fit_intercept=settings.fit_intercept,
            standardize=settings.standardize,
            lower_bounds=settings.lower_bounds(data.X.shape[1]),
            upper_bounds=None,
        )
    )


def warn_unconverged(
    owner: str, solution: Solution, settings: Settings, stacklevel: int
) -> None:
    """Warn, as scikit-learn does, at each alpha that ended above its tolerance."""
    if not solution.status.any():
        return
    gaps = absolute_gaps(solution)
    limit = settings.tol * (solution.null_objective or 1.0)
    for k in np.flatnonzero(solution.status):
        status = STATUSES[solution.status[k]]
        warnings.warn(
            f"{owner} did not converge at alpha={solution.alphas[k]:g}: the duality "
            f"gap is {gaps[k]:.3e}, above the tolerance {limit:.3e} "
            f"(tol={settings.tol / 2:g} times ||y||^2 / n_samples), because "
            f"{WHY[status].format(max_iter=settings.max_iter)}; {ADVICE[status]}",
            ConvergenceWarning,
            stacklevel=stacklevel + 1,
        )
