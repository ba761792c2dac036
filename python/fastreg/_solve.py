"""The one place where Python meets the path kernels.

It decides which kernel solves what: the closed form where the objective has
neither an L1 term nor a bound, the working-set solver otherwise.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._coefs import SparseCoefs
from fastreg._warnings import ConvergenceWarning

Floats = NDArray[np.float64]

STATUSES = ("converged", "max_iter", "stalled", "interrupted")
WHY = {
    "max_iter": "the limit max_iter={max_iter} was reached",
    "stalled": "rounding errors keep the gap from shrinking further",
    "interrupted": "it was interrupted",
}
ADVICE = {
    "max_iter": "increase max_iter, standardise the features or use larger alphas",
    "stalled": "use larger alphas or a larger tol, or bring features to similar units",
    "interrupted": "fit again",
}


class Data(NamedTuple):
    """Arrays as the kernels take them: checked, float64, contiguous."""

    X: Floats
    y: Floats
    sample_weight: Floats | None


@dataclass(frozen=True)
class Settings:
    """The objective apart from alpha, and when to stop. `tol` is a relative gap."""

    l1_ratio: float
    fit_intercept: bool
    standardize: bool
    positive: bool
    tol: float
    max_iter: int

    def lower_bounds(self, n_features: int) -> Floats | None:
        """Bounds as the kernels take them."""
        return np.zeros(n_features) if self.positive else None


@dataclass(frozen=True)
class Solution:
    """What the kernels found, one entry an alpha. Gaps are relative."""

    alphas: Floats
    coefs: SparseCoefs
    intercepts: Floats
    dual_gaps: Floats
    deviance_ratio: Floats
    n_iter: NDArray[np.int64]
    status: NDArray[np.int8]
    n_passes: int
    seconds: float
    null_objective: float
    scale: Floats

    def joined(self, other: Solution) -> Solution:
        """The solutions of both on one path, these first."""
        arrays = ("alphas", "intercepts", "dual_gaps", "deviance_ratio")
        both = {
            name: np.concatenate((getattr(self, name), getattr(other, name)))
            for name in (*arrays, "n_iter", "status")
        }
        return Solution(
            coefs=self.coefs.joined(other.coefs),
            n_passes=self.n_passes + other.n_passes,
            seconds=self.seconds + other.seconds,
            null_objective=self.null_objective,
            scale=self.scale,
            **both,
        )


def solve(
    data: Data, alphas: Floats, settings: Settings, coef_init: Floats | None = None
) -> Solution:
    """Solve at each of `alphas`, which decrease."""
    if settings.positive:
        return descend(data, settings, alphas=alphas, coef_init=coef_init)
    if settings.l1_ratio == 0.0:
        return solve_closed_form(data, alphas, settings)
    n_penalised = int(np.count_nonzero(alphas))
    if n_penalised == len(alphas):
        return descend(data, settings, alphas=alphas, coef_init=coef_init)
    end = solve_closed_form(data, alphas[n_penalised:], settings)
    if n_penalised == 0:
        return end
    penalised = alphas[:n_penalised]
    return descend(data, settings, alphas=penalised, coef_init=coef_init).joined(end)


def solve_closed_form(data: Data, alphas: Floats, settings: Settings) -> Solution:
    """Ridge regression; least squares (of minimum norm) where alpha is 0."""
    found = _core.ridge_path(
        data.X,
        data.y[:, np.newaxis],
        sample_weight=data.sample_weight,
        alphas=alphas[:, np.newaxis] * (1.0 - settings.l1_ratio),
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
    )
    gaps = found["dual_gaps"][0]
    return Solution(
        alphas=alphas,
        coefs=SparseCoefs.from_dense(found["coefs"][0]),
        intercepts=found["intercepts"][0],
        dual_gaps=gaps,
        deviance_ratio=found["deviance_ratio"][0],
        n_iter=np.ones(len(alphas), np.int64),
        status=closed_form_status(gaps, settings.tol),
        n_passes=found["n_passes"],
        seconds=found["seconds"],
        null_objective=float(found["null_objective"][0]),
        scale=found["scale"],
    )


def closed_form_status(gaps: Floats, tol: float) -> NDArray[np.int8]:
    """A closed form can't be continued: a gap above tol is what rounding left."""
    stalled = STATUSES.index("stalled")
    return np.where(gaps <= tol, 0, stalled).astype(np.int8)


def descend(
    data: Data,
    settings: Settings,
    *,
    alphas: Floats | None = None,
    n_alphas: int = 1,
    eps: float = 1e-3,
    coef_init: Floats | None = None,
) -> Solution:
    """The working-set solver, on `alphas` or on an automatic grid."""
    n_features = data.X.shape[1]
    found = _core.elastic_net_path(
        data.X,
        data.y,
        sample_weight=data.sample_weight,
        alphas=alphas,
        n_alphas=n_alphas,
        eps=eps,
        l1_ratio=settings.l1_ratio,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        penalty_factor=None,
        lower_bounds=settings.lower_bounds(n_features),
        upper_bounds=None,
        coef_init=coef_init,
        tol=settings.tol,
        max_iter=settings.max_iter,
    )
    coefs = SparseCoefs(found["indptr"], found["indices"], found["values"], n_features)
    names = ("alphas", "intercepts", "dual_gaps", "deviance_ratio", "n_iter", "status")
    arrays: dict[str, Any] = {name: found[name] for name in names}
    return Solution(
        coefs=coefs,
        n_passes=found["n_passes"],
        seconds=found["seconds"],
        null_objective=found["null_objective"],
        scale=found["scale"],
        **arrays,
    )


def warn_unconverged(
    alphas: Floats,
    gaps: Floats,
    statuses: NDArray[np.int8],
    settings: Settings,
    stacklevel: int,
) -> None:
    """One warning for a path, about the alpha with the largest gap above tol."""
    unmet = np.flatnonzero(statuses)
    if unmet.size == 0:
        return
    worst = int(unmet[np.argmax(gaps[unmet])])
    status = STATUSES[statuses[worst]]
    warnings.warn(
        f"{unmet.size} of {len(alphas)} alphas did not reach tol={settings.tol:g}; "
        f"the worst is alpha={alphas[worst]:g} (index {worst}), whose relative "
        f"duality gap is {gaps[worst]:.2e}, because "
        f"{WHY[status].format(max_iter=settings.max_iter)}; {ADVICE[status]}",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )
