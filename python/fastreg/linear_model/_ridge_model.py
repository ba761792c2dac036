"""What `Ridge` and `RidgeClassifier` share: parameters, solvers, reports."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from fastreg._solve import Settings
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
from fastreg.linear_model._ridge_fits import (
    Fits,
    SolverChoice,
    solve_direct,
    solve_positive,
    total_weight_of,
)
from fastreg.linear_model._solve import settings_for

SOLVERS = ("auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs")
POSITIVE_SOLVERS = ("auto", "lbfgs")
# Those to which tol and max_iter are passed on, as fastreg calls them.
ITERATIVE = {"lsqr": "lsqr", "sparse_cg": "cg"}
# scikit-learn's limit for positive=True.
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

    def _fit(self, data: FitData, stacklevel: int, inference: bool = False) -> None:
        """Solve for all targets of `data` and set what was learned."""
        owner, how = type(self).__name__, self._solver_choice(data.X.shape)
        total_weight = total_weight_of(data)
        alphas = self._alphas(data.targets.shape[1])
        settings = self._settings(data)
        scaled = alphas / total_weight
        if self.positive:
            fits = solve_positive(data, scaled, settings)
        else:
            fits = solve_direct(data, scaled, self.fit_intercept, how, inference)
        if how.iterates:
            limit = how.options["max_iter"]
            fits.check_residuals(owner, alphas, self.tol, limit, stacklevel + 1)
        else:
            fits.check_gaps(owner, alphas, total_weight, settings, stacklevel + 1)
        self._store(fits.coef, fits.intercept, data, fit_intercept=self.fit_intercept)
        self._store_report(fits, data, total_weight)
        for name in ("df_", "sigma_", "standard_errors_"):
            self.__dict__.pop(name, None)
        if inference:
            self._store_inference(fits, data)

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
                f"alpha has {alphas.size} entries but y has {n_targets} "
                f"target{'s' * (n_targets != 1)}"
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

    def _solver_choice(self, shape: tuple[int, int]) -> SolverChoice:
        if self.solver in ITERATIVE:
            options = {"tol": float(self.tol), "max_iter": int(self.max_iter or 0)}
            return SolverChoice(ITERATIVE[self.solver], options)
        if self.solver == "cholesky":
            return SolverChoice("cholesky" if shape[0] >= shape[1] else "dual")
        return SolverChoice("svd" if self.solver == "svd" else "auto")

    def _store_report(self, fits: Fits, data: FitData, total_weight: float) -> None:
        self.dual_gap_ = one_or_many(fits.dual_gaps(total_weight), data)
        self.__dict__.pop("residual_", None)
        if fits.residuals.size:
            self.residual_ = one_or_many(fits.residuals, data)
        self.n_iter_ = fits.n_iter
        self.solver_ = fits.solver

    def _store_inference(self, fits: Fits, data: FitData) -> None:
        self.df_ = one_or_many(fits.df, data)
        self.sigma_ = one_or_many(fits.sigma, data)
        self.standard_errors_ = one_or_many(fits.standard_errors, data)


def one_or_many(values: Floats, data: FitData) -> Any:
    """An entry a target, in the dtype of X; of one target the entry itself."""
    values = values.astype(data.dtype, copy=False)
    return values[0] if len(values) == 1 else values
