"""Degrees of freedom and standard errors given alpha, from the fits of unit targets.

The coefficients are a linear map of y, whose columns are what the kernel finds for
targets that are 1 in one row and 0 in the others. That is n² p operations, in any
storage and with any options.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._ridge_problem import RidgeProblem
from fastreg._solve import call_kernel
from fastreg._watch import Watch

Floats = NDArray[np.float64]

# Numbers in the targets that are solved together.
TOGETHER = 1 << 22


def add_inference(
    problem: RidgeProblem, found: dict[str, Any], alpha: float | Floats, watch: Watch
) -> None:
    """Fill in `df` (m, 1) and `standard_errors` (m, p, 1) of a closed form."""
    alphas = np.broadcast_to(alpha, problem.n_targets)
    distinct, which = np.unique(alphas, return_inverse=True)
    maps = [_linear_map(problem, float(one), watch) for one in distinct]
    df = np.array([trace for trace, _ in maps])[which]
    squares = np.stack([square for _, square in maps])[which]
    n = problem.data().n_rows
    rest = 2.0 * found["null_objective"] * (1.0 - found["deviance_ratio"][:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(n > df, n * rest / (n - df), np.nan)
    found["df"] = df[:, np.newaxis]
    errors = np.sqrt(variance[:, np.newaxis] * squares)
    found["standard_errors"] = errors[:, :, np.newaxis]


def _linear_map(
    problem: RidgeProblem, alpha: float, watch: Watch
) -> tuple[float, Floats]:
    """Trace of the hat matrix, and Σ_i C_ji² / w_i for the map C to coefficients."""
    n_rows, n_features = problem.X.shape
    weight = np.ones(n_rows)
    if problem.sample_weight is not None:
        weight = problem.sample_weight
    rows = np.flatnonzero(weight)
    weight = weight * (len(rows) / weight.sum())
    step = max(1, TOGETHER // max(n_rows, n_features))
    trace, squares = 0.0, np.zeros(n_features)
    for first in range(0, len(rows), step):
        here = rows[first : first + step]
        units = np.zeros((n_rows, len(here)), order="F")
        units[here, np.arange(len(here))] = 1.0
        found = call_kernel(
            _core.ridge_path,
            problem.data(),
            units,
            watch,
            alphas=np.full((1, len(here)), alpha),
            **problem.settings.kernel_options(),
        )
        coefs = found["coefs"][:, :, 0]
        fitted = problem.X.times(np.ascontiguousarray(coefs.T))[here]
        trace += float(np.trace(fitted) + found["intercepts"].sum())
        squares += (coefs**2 / weight[here, np.newaxis]).sum(axis=0)
    return trace, squares
