"""What `Ridge` and `RidgeClassifier` share: parameters, solvers, reports."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fastreg import _core
from fastreg._solve import Settings, call_kernel, solve
from fastreg._watch import Watch
from fastreg.linear_model._base import FitData, Floats, LinearModel
from fastreg.linear_model._parameters import (
    InvalidParameterError,
    check_choice,
    check_count,
    check_flag,
    check_real,
    check_seed,
    is_array_like,
)
from fastreg.linear_model._solve import (
    DIRECT_FLOOR,
    Outcome,
    check_outcome,
    settings_for,
)

SOLVERS = ("auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs")
POSITIVE_SOLVERS = ("auto", "lbfgs")
# Only positive=True iterates; scikit-learn's limit for it.
DEFAULT_MAX_ITER = 15_000


class RidgeModel(LinearModel):
    """The parameters that both classes have, and what follows from them."""

    alpha: Any
    fit_intercept: bool
    max_iter: int | None
    tol: float
    solver: str
    positive: bool
    random_state: Any

    def _fit(self, data: FitData, stacklevel: int) -> None:
        """Solve for all targets of `data` and set what was learned."""
        targets, weights = data.targets, data.sample_weight
        total_weight = float(len(targets) if weights is None else weights.sum())
        alphas = self._alphas(targets.shape[1])
        settings = self._settings(data)
        solve_all = _solve_positive if self.positive else _solve_direct
        found = solve_all(data, alphas / total_weight, settings)
        outcome = found.outcome(alphas, total_weight, settings)
        tol_text = f"tol={self.tol:g} times ||y||^2"
        check_outcome(
            type(self).__name__, outcome, tol_text, settings, stacklevel=stacklevel + 1
        )
        self._store(found.coef, found.intercept, data, fit_intercept=self.fit_intercept)
        self._store_report(found, data, total_weight)

    def _check_parameters(self) -> None:
        owner = type(self).__name__
        if not is_array_like(self.alpha) or np.ndim(self.alpha) == 0:
            alpha = self.alpha[()] if isinstance(self.alpha, np.ndarray) else self.alpha
            check_real(owner, "alpha", alpha)
        check_real(owner, "tol", self.tol)
        check_count(owner, "max_iter", self.max_iter, optional=True)
        check_flag(owner, "fit_intercept", self.fit_intercept)
        check_flag(owner, "copy_X", self.copy_X)
        check_flag(owner, "positive", self.positive)
        check_seed(owner, self.random_state)
        check_choice(owner, "solver", self.solver, SOLVERS)
        if self.positive and self.solver not in POSITIVE_SOLVERS:
            raise ValueError(
                f"positive=True needs solver 'auto' or 'lbfgs', got {self.solver!r}"
            )
        if self.solver == "lbfgs" and not self.positive:
            raise ValueError("solver='lbfgs' needs positive=True")

    def _alphas(self, n_targets: int) -> Floats:
        """One alpha a target."""
        if isinstance(self.alpha, Real):
            return np.full(n_targets, float(self.alpha))
        alphas = np.asarray(self.alpha, dtype=np.float64).reshape(-1)
        if alphas.size not in (1, n_targets):
            raise ValueError(
                f"alpha has {alphas.size} entries but y has {n_targets} targets"
            )
        if not np.isfinite(alphas).all() or alphas.min() < 0:
            raise InvalidParameterError(
                f"alpha of {type(self).__name__} must be finite and >= 0, got "
                f"{self.alpha!r}"
            )
        return np.repeat(alphas, n_targets) if alphas.size == 1 else alphas

    def _settings(self, data: FitData) -> Settings:
        # ||y||^2 is the null model's objective here, to which gaps are relative.
        return settings_for(
            data,
            l1_ratio=0.0,
            fit_intercept=self.fit_intercept,
            positive=self.positive,
            tol=self.tol / 2,
            max_iter=DEFAULT_MAX_ITER if self.max_iter is None else self.max_iter,
        )

    def _store_report(self, found: _Found, data: FitData, total_weight: float) -> None:
        dual_gap = found.dual_gaps(total_weight).astype(data.dtype, copy=False)
        self.dual_gap_ = dual_gap[0] if len(dual_gap) == 1 else dual_gap
        self.n_iter_ = found.n_iter
        self.solver_ = "working_set" if self.positive else "cholesky"


class _Found(NamedTuple):
    """Solutions for m targets: coef (m, p), the rest (m,)."""

    coef: Floats
    intercept: Floats
    relative_gaps: Floats
    null_objectives: Floats  # in the kernels' units, Ridge's / (2 Σ w)
    status: npt.NDArray[np.int8]
    n_iter: npt.NDArray[np.int32]

    def dual_gaps(self, total_weight: float) -> Floats:
        """Gaps in units of Ridge's objective."""
        return self.relative_gaps * self._null(total_weight)

    def outcome(
        self, alphas: Floats, total_weight: float, settings: Settings
    ) -> Outcome:
        """What is to be compared with the tolerance."""
        limits = max(settings.tol, DIRECT_FLOOR) * self._null(total_weight)
        return Outcome(alphas, self.dual_gaps(total_weight), limits, self.status)

    def _null(self, total_weight: float) -> Floats:
        # Gaps are absolute where the null model is perfect already.
        null = np.where(self.null_objectives > 0, self.null_objectives, 1.0)
        return 2.0 * total_weight * null


def _solve_direct(data: FitData, alphas: Floats, settings: Settings) -> _Found:
    found = call_kernel(
        _core.ridge_path,
        data.target(data.targets[:, 0]),
        data.targets,
        Watch(),
        alphas=alphas[np.newaxis, :],
        fit_intercept=settings.fit_intercept,
        standardize=False,
    )
    return _Found(
        found["coefs"][:, :, 0],
        found["intercepts"][:, 0],
        found["dual_gaps"][:, 0],
        found["null_objective"],
        np.zeros(len(alphas), np.int8),
        np.ones(len(alphas), np.int32),
    )


def _solve_positive(data: FitData, alphas: Floats, settings: Settings) -> _Found:
    solutions = [
        solve(data.target(column), np.array([alpha]), settings)
        for column, alpha in zip(data.target_columns(), alphas, strict=True)
    ]
    return _Found(
        np.array([solution.coefs.column(0) for solution in solutions]),
        np.array([solution.intercepts[0] for solution in solutions]),
        np.array([solution.dual_gaps[0] for solution in solutions]),
        np.array([solution.null_objective for solution in solutions]),
        np.array([solution.status[0] for solution in solutions]),
        np.array([max(1, solution.n_iter[0]) for solution in solutions], np.int32),
    )
