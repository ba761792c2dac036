"""What `LogisticRegression` and `PoissonRegressor` share: options, solve, report."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from fastreg._features import check_bounds, check_penalty_factor
from fastreg._separation import warn_separated
from fastreg._solve import Settings, solve
from fastreg.linear_model._base import FitData, Floats, LinearModel
from fastreg.linear_model._parameters import (
    check_choice,
    check_count,
    check_flag,
    check_real,
)
from fastreg.linear_model._solve import absolute_gaps, check_outcome, outcome_of

# Iterations of the kernel that one of scikit-learn's allows: a Newton step, and the
# sweeps over the quadratic model that it takes.
ITERATIONS_PER_STEP = 100
# scikit-learn stops at a gradient of norm tol, whose gap is of the order of tol squared
# in units that depend on X. This is as exact at its default.
GAP_PER_TOL = 1e-4


class LinkModel(LinearModel):
    """The parameters that both classes have, and what follows from them."""

    solvers: ClassVar[tuple[str, ...]]
    alpha_text: ClassVar[str] = ""  # what alpha is, where it isn't a parameter

    fit_intercept: bool
    l1_ratio: float
    max_iter: int
    tol: float
    solver: str
    verbose: Any
    warm_start: bool
    standardize: bool
    penalty_factor: Any
    lower_bounds: Any
    upper_bounds: Any

    def _check_shared_parameters(self) -> None:
        owner = type(self).__name__
        check_real(owner, "tol", self.tol)
        check_count(owner, "max_iter", self.max_iter, optional=False)
        check_flag(owner, "fit_intercept", self.fit_intercept)
        check_flag(owner, "warm_start", self.warm_start)
        check_flag(owner, "standardize", self.standardize)
        check_choice(owner, "solver", self.solver, self.solvers)
        check_real(owner, "verbose", self.verbose)

    def _solve_at(
        self,
        data: FitData,
        family: str,
        alpha: float,
        l1_ratio: float,
        classes: npt.NDArray[Any] | None,
        stacklevel: int,
    ) -> None:
        """Solve at one alpha in the units of `fastreg.path`, and store the solution."""
        settings = self._settings(data, family, l1_ratio)
        problem = data.target(data.y)
        n_outputs = data.y.shape[1] if data.y.ndim == 2 else 1
        start = self._start(n_outputs, data.X.shape[1])
        solution = solve(problem, np.array([alpha]), settings, start)
        owner = type(self).__name__
        what = f"tol={self.tol:g} / 10000 times the loss of the intercept alone"
        what += self.alpha_text
        outcome = outcome_of(solution, settings)
        if warn_separated(problem, settings, solution, classes, stacklevel + 1):
            outcome = outcome.accepted()
        check_outcome(owner, outcome, what, settings, stacklevel + 1)
        coef = solution.coefs.column(0).reshape(n_outputs, -1)
        intercept = solution.intercepts[..., 0].reshape(n_outputs)
        self._store(coef, intercept, data, fit_intercept=self.fit_intercept)
        self.dual_gap_ = absolute_gaps(solution).astype(data.dtype)[0]
        self._store_count(max(1, int(solution.n_iter[0])))

    def _settings(self, data: FitData, family: str, l1_ratio: float) -> Settings:
        lower, upper = check_bounds(self.lower_bounds, self.upper_bounds, False, data.X)
        return Settings(
            l1_ratio=l1_ratio,
            fit_intercept=bool(self.fit_intercept),
            standardize=bool(self.standardize),
            tol=GAP_PER_TOL * float(self.tol),
            max_iter=ITERATIONS_PER_STEP * int(self.max_iter),
            penalty_factor=check_penalty_factor(self.penalty_factor, data.X),
            lower_bounds=lower,
            upper_bounds=upper,
            family=family,
        )

    def _start(self, n_outputs: int, n_features: int) -> Floats | None:
        """The previous coefficients, with `warm_start`."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        start = np.atleast_2d(np.asarray(self._dense_coef(), dtype=np.float64))
        if start.shape != (n_outputs, n_features):
            raise ValueError(
                f"warm_start=True: the previous coefficients have shape {start.shape}, "
                f"the new data ask for ({n_outputs}, {n_features})"
            )
        return start.reshape(-1)

    def _store_count(self, n_iter: int) -> None:
        self.n_iter_: Any = n_iter
