"""From a checked ridge problem and its alpha to a `RidgeFit`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._ridge_fit import RidgeFit
from fastreg._ridge_problem import RidgeProblem
from fastreg._solve import Solution, call_kernel, descend
from fastreg._watch import Watch

Floats = NDArray[np.float64]


def fit_checked(
    problem: RidgeProblem, alpha: float | Floats, watch: Watch, *, inference: bool
) -> RidgeFit:
    """Fit what was checked; without the warning."""
    settings = problem.settings
    if settings.has_closed_form(penalised=True):
        found = call_kernel(
            _core.ridge_path,
            problem.data(),
            problem.Y,
            watch,
            alphas=np.broadcast_to(alpha, (1, problem.n_targets)),
            inference=inference,
            **settings.kernel_options(),
            **settings.direct._asdict(),
        )
        return fit_from(problem, found, alpha)
    if inference:
        raise ValueError(
            "degrees of freedom and standard errors are those of a linear map of y, "
            "which ridge is not with bounds, nor if solved by a working set: use "
            "inference=False"
        )
    return fit_from(problem, _working_set(problem, alpha, watch), alpha)


def fit_from(
    problem: RidgeProblem, found: dict[str, Any], alpha: float | Floats
) -> RidgeFit:
    """The result from the arrays of a kernel, whose last axis is that of one alpha."""
    settings = problem.settings
    direct = settings.has_closed_form(penalised=True)
    return RidgeFit(
        found,
        alpha,
        problem.X.shape,
        settings.direct.tol,
        single=problem.single,
        feature_names=problem.X.names,
        has_offset=problem.offset is not None,
        max_iter=settings.direct.max_iter if direct else settings.max_iter,
    )


def _working_set(
    problem: RidgeProblem, alpha: float | Floats, watch: Watch
) -> dict[str, Any]:
    """The targets one after the other, in the form of the closed form's results."""
    solutions: list[Solution] = [
        descend(
            problem.data(target),
            problem.settings,
            watch,
            alphas=np.array([strength]),
        )
        for target, strength in enumerate(np.broadcast_to(alpha, problem.n_targets))
    ]
    found = stack_targets(solutions)
    found["residuals"] = np.full((problem.n_targets, 1), np.nan)
    found["solver"] = "working_set"
    return found


def stack_targets(solutions: list[Solution]) -> dict[str, Any]:
    """Solutions of one target each, with the targets as a first axis."""
    names = ("intercepts", "dual_gaps", "deviance_ratio", "n_iter")
    found: dict[str, Any] = {
        name: np.stack([getattr(solution, name) for solution in solutions])
        for name in names
    }
    found["coefs"] = np.stack([solution.coefs.dense() for solution in solutions])
    found["null_objective"] = np.array([each.null_objective for each in solutions])
    found["n_passes"] = sum(solution.n_passes for solution in solutions)
    found["seconds"] = sum(solution.seconds for solution in solutions)
    return found
