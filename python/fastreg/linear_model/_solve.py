"""From a drop-in model to `fastreg._solve` and back: tolerances, gaps, warnings."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fastreg._solve import (
    ADVICE,
    STATUSES,
    WHY,
    Data,
    Settings,
    Solution,
    alpha_max,
    descend,
)
from fastreg._watch import Watch
from fastreg.linear_model._base import ConvergenceWarning, FitData, Floats

# scikit-learn's grid where no feature correlates with y: its value for "nothing".
NULL_ALPHA = float(np.finfo(np.float64).resolution)
CONVERGED, STALLED = STATUSES.index("converged"), STATUSES.index("stalled")
# Relative gap of a direct solution, which no tol improves, that deserves no warning.
DIRECT_FLOOR = 1e-10


def settings_for(
    data: FitData,
    *,
    l1_ratio: float,
    fit_intercept: bool,
    positive: bool,
    tol: float,
    max_iter: int,
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
        tol=2.0 * float(tol),
        max_iter=int(max_iter),
        lower_bounds=np.zeros(data.X.shape[1]) if positive else None,
    )


def absolute_gaps(solution: Solution) -> Floats:
    """Duality gaps in units of 1/(2n) ||y - Xb||^2 + penalty."""
    return solution.dual_gaps * (solution.null_objective or 1.0)


def solve_grid(data: Data, settings: Settings, n_alphas: int, eps: float) -> Solution:
    """Solve on the automatic grid, which is scikit-learn's for a null problem too."""
    solution = descend(data, settings, Watch(), n_alphas=n_alphas, eps=eps)
    if solution.coefs.values.size == 0:
        largest = alpha_max(data, settings, settings.l1_ratio)
        if largest <= NULL_ALPHA:
            solution.alphas[:] = NULL_ALPHA
    return solution


class Outcome(NamedTuple):
    """How solves ended: one entry an alpha or a target, in the units of the model."""

    alphas: Floats
    dual_gaps: Floats
    limits: Floats  # what the gaps may be
    status: npt.NDArray[np.int8]

    def at(self, index: int) -> Outcome:
        """That of one alpha."""
        one = slice(index, index + 1)
        return Outcome(
            self.alphas[one], self.dual_gaps[one], self.limits[one], self.status[one]
        )

    def accepted(self) -> Outcome:
        """The same if these gaps are all that can be asked for."""
        limits = np.maximum(self.limits, self.dual_gaps)
        return self._replace(limits=limits, status=np.full_like(self.status, CONVERGED))


def outcome_of(solution: Solution, settings: Settings) -> Outcome:
    """The outcome in units of 1/(2n) ||y - Xb||^2 + penalty."""
    limit = max(settings.tol, DIRECT_FLOOR) * (solution.null_objective or 1.0)
    gaps = absolute_gaps(solution)
    return Outcome(solution.alphas, gaps, np.full_like(gaps, limit), solution.status)


def check_outcome(
    owner: str, outcome: Outcome, tol_text: str, settings: Settings, stacklevel: int
) -> None:
    """Raise on overflow; warn at each alpha that ended above its tolerance."""
    gaps, limits = outcome.dual_gaps, outcome.limits
    if not (np.isfinite(gaps).all() and np.isfinite(limits).all()):
        raise ValueError(
            f"{owner} met numbers that are not finite: the values in X or y are too "
            "large to be squared, scale them"
        )
    unmet = (outcome.status != CONVERGED) | (gaps > limits)
    for k in np.flatnonzero(unmet):
        # A direct solution above the tolerance is what rounding errors left.
        status = STATUSES[outcome.status[k] or STALLED]
        warnings.warn(
            f"{owner} did not converge at alpha={outcome.alphas[k]:g}: the duality gap "
            f"is {gaps[k]:.3e}, above the tolerance {limits[k]:.3e} ({tol_text}), "
            f"because {WHY[status].format(max_iter=settings.max_iter)}; "
            f"{ADVICE[status]}",
            ConvergenceWarning,
            stacklevel=stacklevel + 1,
        )


def check_solution(
    owner: str, solution: Solution, settings: Settings, stacklevel: int
) -> None:
    """The same for `Lasso`, `ElasticNet` and their paths."""
    tol_text = f"tol={settings.tol / 2:g} times ||y||^2 / n_samples"
    outcome = outcome_of(solution, settings)
    check_outcome(owner, outcome, tol_text, settings, stacklevel + 1)
