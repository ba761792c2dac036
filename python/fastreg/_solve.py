"""The one place where Python meets the path kernels.

It decides which kernel solves what: the closed form where the objective has
neither an L1 term nor a bound, the working-set solver otherwise.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._coefs import SparseCoefs
from fastreg._matrix import KernelMatrix
from fastreg._warnings import ConvergenceWarning
from fastreg._watch import STOPS, Watch

Floats = NDArray[np.float64]

# Families whose loss is a square: without L1 terms and bounds there is a closed form.
LEAST_SQUARES = ("gaussian", "mgaussian")
STATUSES = ("converged", "max_iter", "stalled", "interrupted")
WHY = {
    "max_iter": "the limit max_iter={max_iter} was reached",
    "stalled": "no step shrinks the gap any more, as a rule because of rounding errors",
    "interrupted": "it was cut off by max_time or Ctrl-C",
}
ADVICE = {
    "max_iter": "increase max_iter, standardise the features or use larger alphas",
    "stalled": "use larger alphas or a larger tol, or bring features to similar units",
    "interrupted": "give it more time",
}


class Data(NamedTuple):
    """Data as the kernels take them, checked.

    The families gaussian and mgaussian have y less the offset and no offset here, but
    what was `subtracted`; others have an offset. Of the family multinomial y is (n, K),
    the probabilities of the classes, and so is an offset; of mgaussian it is (n, m).
    """

    X: KernelMatrix
    y: Floats
    sample_weight: Floats | None
    offset: Floats | None = None
    subtracted: Floats | None = None

    @property
    def has_offset(self) -> bool:
        """Whether predictions have a part that is known."""
        return self.offset is not None or self.subtracted is not None

    @property
    def n_rows(self) -> int:
        """Rows that count: a weight of 0 drops one."""
        if self.sample_weight is None:
            return self.X.shape[0]
        return int(np.count_nonzero(self.sample_weight))


class Direct(NamedTuple):
    """How a problem without L1 terms and bounds is solved.

    `tol` is the relative residual of the normal equations that iterative ways go for,
    and 0 leaves the limit of iterations to them.
    """

    solver: str = "auto"
    tol: float = 1e-11
    max_iter: int = 0


AUTOMATIC = Direct()


@dataclass(frozen=True)
class Settings:
    """The objective apart from alpha, and when to stop. `tol` is a relative gap.

    Of the arrays, each of shape (p,), None stands for factors of 1 and for no bounds.
    """

    l1_ratio: float
    fit_intercept: bool
    standardize: bool
    tol: float
    max_iter: int
    penalty_factor: Floats | None = None
    lower_bounds: Floats | None = None
    upper_bounds: Floats | None = None
    direct: Direct = AUTOMATIC
    family: str = "gaussian"
    grouped: bool = False

    @property
    def is_bounded(self) -> bool:
        """Whether there are bounds."""
        return self.lower_bounds is not None or self.upper_bounds is not None

    def has_closed_form(self, *, penalised: bool) -> bool:
        """Whether normal equations have the solutions, for alphas > 0 or alpha = 0."""
        if self.family not in LEAST_SQUARES or self.is_bounded:
            return False
        if self.direct.solver == "working_set":
            return False
        return self.l1_ratio == 0.0 or not penalised

    def kernel_options(self) -> dict[str, Any]:
        """What the kernels of the closed form take, apart from data and alphas."""
        return {
            "fit_intercept": self.fit_intercept,
            "standardize": self.standardize,
            "penalty_factor": self.penalty_factor,
        }


@dataclass(frozen=True)
class Solution:
    """What the kernels found, one entry an alpha. Gaps are relative.

    Of the family multinomial `coefs` are class after class, `intercepts` (K, k); of
    mgaussian the targets take the place of classes.
    """

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
    stop: str | None = None
    df: Floats | None = None

    def joined(self, other: Solution) -> Solution:
        """The solutions of both on one path, these first."""
        arrays = ("alphas", "intercepts", "dual_gaps", "deviance_ratio")
        both = {
            name: np.concatenate((getattr(self, name), getattr(other, name)), axis=-1)
            for name in (*arrays, "n_iter", "status")
        }
        return Solution(
            coefs=self.coefs.joined(other.coefs),
            n_passes=self.n_passes + other.n_passes,
            seconds=self.seconds + other.seconds,
            null_objective=self.null_objective,
            scale=self.scale,
            stop=other.stop,
            **both,
        )


def solve(
    data: Data,
    alphas: Floats,
    settings: Settings,
    coef_init: Floats | None = None,
    watch: Watch | None = None,
) -> Solution:
    """Solve at each of `alphas`, which decrease."""
    watch = watch or Watch()
    n_penalised = int(np.count_nonzero(alphas))
    closed = settings.has_closed_form(penalised=True)
    closed_end = settings.has_closed_form(penalised=False)
    if closed or (closed_end and n_penalised == 0):
        return solve_closed_form(data, alphas, settings, watch)
    if n_penalised == len(alphas) or not closed_end:
        return descend(data, settings, watch, alphas=alphas, coef_init=coef_init)
    start = descend(
        data,
        settings,
        watch.part(0, len(alphas)),
        alphas=alphas[:n_penalised],
        coef_init=coef_init,
    )
    if start.stop is not None:
        return start
    rest = watch.part(n_penalised, len(alphas), start.seconds)
    return start.joined(solve_closed_form(data, alphas[n_penalised:], settings, rest))


def call_kernel(
    kernel: Callable[..., dict[str, Any]],
    data: Data,
    target: Floats,
    watch: Watch,
    **options: Any,
) -> dict[str, Any]:
    """Call a kernel that is watched; Ctrl-C is raised unless partial results count."""
    found: dict[str, Any] = data.X.given_to(
        kernel,
        target,
        sample_weight=data.sample_weight,
        **options,
        **watch.kernel_options(),
    )
    if STOPS[found["stop"]] == "interrupted" and not watch.partial:
        raise KeyboardInterrupt
    return found


def solve_closed_form(
    data: Data, alphas: Floats, settings: Settings, watch: Watch
) -> Solution:
    """Ridge regression; least squares (of minimum norm) where alpha is 0."""
    several = data.y.ndim == 2
    targets = data.y if several else data.y[:, np.newaxis]
    strengths = alphas[:, np.newaxis] * (1.0 - settings.l1_ratio)
    found = call_kernel(
        _core.ridge_path,
        data,
        targets,
        watch,
        alphas=np.repeat(strengths, targets.shape[1], axis=1),
        **settings.kernel_options(),
        **settings.direct._asdict(),
    )
    gaps, explained, null = _over_targets(found)
    coefs = found["coefs"]
    return Solution(
        alphas=alphas[: len(gaps)],
        coefs=SparseCoefs.from_dense(coefs.reshape(-1, coefs.shape[-1])),
        intercepts=found["intercepts"] if several else found["intercepts"][0],
        dual_gaps=gaps,
        deviance_ratio=explained,
        n_iter=found["n_iter"].max(axis=0),
        status=closed_form_status(gaps, settings.tol),
        n_passes=found["n_passes"],
        seconds=found["seconds"],
        null_objective=null,
        scale=found["scale"],
        stop=STOPS[found["stop"]],
        df=None if found.get("df") is None else found["df"][0],
    )


def _over_targets(found: dict[str, Any]) -> tuple[Floats, Floats, float]:
    """Relative gaps, deviance ratios and the null objective of all targets together.

    Without an L1 term the objective is the sum of those of the targets.
    """
    null = found["null_objective"]
    if len(null) == 1:
        return found["dual_gaps"][0], found["deviance_ratio"][0], float(null[0])
    total = float(null.sum())
    gaps = np.where(null == 0.0, 1.0, null) @ found["dual_gaps"] / (total or 1.0)
    return gaps, null @ found["deviance_ratio"] / (total or 1.0), total


def closed_form_status(gaps: Floats, tol: float) -> NDArray[np.int8]:
    """A closed form can't be continued: a gap above tol is what rounding left."""
    stalled = STATUSES.index("stalled")
    return np.where(gaps <= tol, 0, stalled).astype(np.int8)


def descend(
    data: Data,
    settings: Settings,
    watch: Watch,
    *,
    alphas: Floats | None = None,
    n_alphas: int = 1,
    eps: float = 1e-3,
    coef_init: Floats | None = None,
) -> Solution:
    """The working-set solver, on `alphas` or on an automatic grid."""
    found = call_kernel(
        _core.elastic_net_path,
        data,
        by_output(data.y),
        watch,
        alphas=alphas,
        n_alphas=n_alphas,
        eps=eps,
        l1_ratio=settings.l1_ratio,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        penalty_factor=settings.penalty_factor,
        lower_bounds=settings.lower_bounds,
        upper_bounds=settings.upper_bounds,
        coef_init=coef_init,
        tol=settings.tol,
        max_iter=settings.max_iter,
        family=settings.family,
        offset=None if data.offset is None else by_output(data.offset),
        grouped=settings.grouped,
    )
    return path_solution(found, data, settings.family)


def path_solution(found: dict[str, Any], data: Data, family: str) -> Solution:
    """The solution that a path kernel found."""
    n_outputs = data.y.shape[1] if data.y.ndim == 2 else 1
    size = n_outputs * data.X.shape[1]
    coefs = SparseCoefs(found["indptr"], found["indices"], found["values"], size)
    names = ("alphas", "intercepts", "dual_gaps", "deviance_ratio", "n_iter", "status")
    arrays: dict[str, Any] = {name: found[name] for name in names}
    if data.y.ndim == 2:
        arrays["intercepts"] = found["intercepts"].reshape(-1, n_outputs).T
    if family == "multinomial":
        # Any number may be added to all of them: the sum is 0 for the raw columns.
        arrays["intercepts"] = arrays["intercepts"] - arrays["intercepts"].mean(axis=0)
    return Solution(
        coefs=coefs,
        n_passes=found["n_passes"],
        seconds=found["seconds"],
        null_objective=found["null_objective"],
        scale=found["scale"],
        stop=STOPS[found["stop"]],
        **arrays,
    )


def by_output(values: Floats) -> Floats:
    """A vector as it is, and what has columns for outputs one after the other."""
    return values if values.ndim == 1 else values.ravel(order="F")


def alpha_max(data: Data, settings: Settings, l1_ratio: float) -> float:
    """The smallest alpha whose solution is the null model, with that mix."""
    found = data.X.given_to(
        _core.alpha_max,
        by_output(data.y),
        sample_weight=data.sample_weight,
        l1_ratio=l1_ratio,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        penalty_factor=settings.penalty_factor,
        lower_bounds=settings.lower_bounds,
        upper_bounds=settings.upper_bounds,
        family=settings.family,
        offset=None if data.offset is None else by_output(data.offset),
        grouped=settings.grouped,
    )
    return float(found)


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
