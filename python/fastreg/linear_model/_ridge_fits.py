"""The fits behind `Ridge` and its relatives, one alpha a target, and their reports."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fastreg import _core
from fastreg._solve import ADVICE, STATUSES, WHY, Settings, call_kernel, solve
from fastreg._watch import Watch
from fastreg.linear_model._base import ConvergenceWarning, FitData, Floats
from fastreg.linear_model._solve import (
    CONVERGED,
    DIRECT_FLOOR,
    STALLED,
    Outcome,
    check_outcome,
)

MAX_ITER = STATUSES.index("max_iter")
NOTHING: Floats = np.empty(0)


class SolverChoice(NamedTuple):
    """How `_core.ridge_path` is to solve: its own defaults but for what is named."""

    name: str = "auto"
    options: dict[str, Any] = {}  # noqa: RUF012  # never written to

    @property
    def iterates(self) -> bool:
        """Whether the tolerance is one of the solver's."""
        return "tol" in self.options


class Fits(NamedTuple):
    """Solutions for m targets: coef (m, p), the rest (m,)."""

    coef: Floats
    intercept: Floats
    relative_gaps: Floats
    null_objectives: Floats  # in the kernels' units, Ridge's / (2 Σ w)
    status: npt.NDArray[np.int8]
    n_iter: npt.NDArray[np.int32]
    solver: str
    residuals: Floats = NOTHING  # there are none under bounds
    df: Floats = NOTHING  # this and the next two only if asked for
    sigma: Floats = NOTHING
    standard_errors: Floats = NOTHING  # (m, p)

    def dual_gaps(self, total_weight: float) -> Floats:
        """Gaps in units of Ridge's objective."""
        return self.relative_gaps * self._null(total_weight)

    def check_gaps(
        self,
        owner: str,
        alphas: Floats,
        total_weight: float,
        settings: Settings,
        stacklevel: int,
    ) -> None:
        """Raise on overflow; warn of gaps above the tolerance, which is relative."""
        limits = max(settings.tol, DIRECT_FLOOR) * self._null(total_weight)
        gaps = self.dual_gaps(total_weight)
        outcome = Outcome(alphas, gaps, limits, self.status)
        tol_text = f"tol={settings.tol:g} times ||y||^2"
        check_outcome(owner, outcome, tol_text, settings, stacklevel + 1)

    def check_residuals(
        self, owner: str, alphas: Floats, tol: float, max_iter: int, stacklevel: int
    ) -> None:
        """Warn of targets whose iterations ended with too large a residual."""
        for k in np.flatnonzero(~(self.residuals <= max(tol, DIRECT_FLOOR))):
            status = STATUSES[self.status[k] or STALLED]
            warnings.warn(
                f"{owner} did not converge at alpha={alphas[k]:g}: the relative "
                f"residual of the normal equations is {self.residuals[k]:.3e}, above "
                f"tol={tol:g}, because {WHY[status].format(max_iter=max_iter)}; "
                f"{ADVICE[status]}",
                ConvergenceWarning,
                stacklevel=stacklevel + 1,
            )

    def _null(self, total_weight: float) -> Floats:
        # Gaps are absolute where the null model is perfect already.
        null = np.where(self.null_objectives > 0, self.null_objectives, 1.0)
        return 2.0 * total_weight * null


def total_weight_of(data: FitData) -> float:
    """By how much Ridge's sum of squares is larger than a mean: n without weights."""
    weights = data.sample_weight
    return float(len(data.targets) if weights is None else weights.sum())


def call_scores(kernel: Callable[..., Any], data: FitData, **options: Any) -> Any:
    """Call a kernel that scores many alphas of `Ridge`, which doesn't standardise."""
    return data.X.given_to(
        kernel,
        np.asfortranarray(data.targets),
        sample_weight=data.sample_weight,
        standardize=False,
        **options,
    )


def solve_direct(
    data: FitData,
    alphas: Floats,
    fit_intercept: bool,
    how: SolverChoice = SolverChoice(),  # noqa: B008  # immutable
    inference: bool = False,
) -> Fits:
    """Each target at its alpha, in the kernels' units, by the normal equations."""
    found = call_kernel(
        _core.ridge_path,
        data.target(data.targets[:, 0]),
        data.targets,
        Watch(),
        alphas=alphas[np.newaxis, :],
        fit_intercept=fit_intercept,
        standardize=False,
        solver=how.name,
        inference=inference,
        **how.options,
    )
    n_iter = found["n_iter"][:, 0].astype(np.int32)
    limit = how.options.get("max_iter") or np.inf
    inferred = {}
    if inference:
        names = ("df", "sigma", "standard_errors")
        inferred = {name: found[name][..., 0] for name in names}
    return Fits(
        found["coefs"][:, :, 0],
        found["intercepts"][:, 0],
        found["dual_gaps"][:, 0],
        found["null_objective"],
        np.where(n_iter >= limit, MAX_ITER, CONVERGED).astype(np.int8),
        np.maximum(n_iter, 1),
        found["solver"],
        found["residuals"][:, 0],
        **inferred,
    )


def solve_positive(data: FitData, alphas: Floats, settings: Settings) -> Fits:
    """Each target at its alpha under the bounds of `settings`."""
    solutions = [
        solve(data.target(column), np.array([alpha]), settings)
        for column, alpha in zip(data.target_columns(), alphas, strict=True)
    ]
    return Fits(
        np.array([solution.coefs.column(0) for solution in solutions]),
        np.array([solution.intercepts[0] for solution in solutions]),
        np.array([solution.dual_gaps[0] for solution in solutions]),
        np.array([solution.null_objective for solution in solutions]),
        np.array([solution.status[0] for solution in solutions]),
        np.array([max(1, solution.n_iter[0]) for solution in solutions], np.int32),
        "working_set",
    )
