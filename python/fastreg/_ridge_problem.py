"""What `ridge`, `ridge_path` and `ridge_cv` are given, checked."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._features import check_bounds, check_penalty_factor
from fastreg._fit import refuse_hidden
from fastreg._matrix import KernelMatrix
from fastreg._solve import AUTOMATIC, Data, Direct, Settings
from fastreg._threads import n_threads_for
from fastreg._watch import Watch

Floats = NDArray[np.float64]

# The relative residual that iterations go for, by the gap that is asked for, and the
# least that rounding errors let them reach.
RESIDUAL_BY_GAP = 1e-5
LEAST_RESIDUAL = 1e-13

# Those that are asked for by name; with bounds only the last.
SOLVERS = ("auto", "cholesky", "dual", "cg", "lsqr", "spectral", "svd", "working_set")
# Of the working-set solver; other iterations have limits of their own.
MAX_ITER = 100_000

# The grid of a ridge path, relative to the mean eigenvalue: from nothing learned to the
# least-squares end.
RIDGE_LARGEST, RIDGE_EPS = 1e3, 1e-9


class RidgeProblem(NamedTuple):
    """Checked data and options. Y is (n, m), less the offset."""

    X: KernelMatrix
    Y: Floats
    sample_weight: Floats | None
    settings: Settings
    offset: Floats | None
    single: bool  # whether Y came without a second axis

    @property
    def n_targets(self) -> int:
        """How many columns Y has."""
        return int(self.Y.shape[1])

    def watch(self, n_threads: int | None, **options: Any) -> Watch:
        """Threads for the size of X, and what else is watched."""
        n_entries = self.X.shape[0] * self.X.shape[1]
        return Watch(n_threads=n_threads_for(n_threads, n_entries), **options)

    def data(self, target: int = 0) -> Data:
        """The data with one of the targets."""
        y = np.ascontiguousarray(self.Y[:, target])
        return Data(self.X, y, self.sample_weight)


def check_ridge_problem(
    X: Any,
    Y: Any,
    *,
    solver: Any = "auto",
    fit_intercept: Any,
    standardize: Any,
    sample_weight: Any,
    penalty_factor: Any,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: Any = False,
    offset: Any,
    tol: Any,
    direct_tol: float | None = AUTOMATIC.tol,
    max_iter: Any = None,
) -> RidgeProblem:
    """Everything but alpha, before any work is done.

    Without a `direct_tol`, the residual that iterations go for follows from the gap.
    """
    X = _validation.check_X(X)
    single = np.ndim(Y) == 1
    Y = _validation.check_Y(Y, X.shape[0])
    weight = _validation.check_sample_weight(sample_weight, X.shape[0])
    if offset is not None:
        offset = _validation.check_offset(offset, X.shape[0])
        Y = np.asfortranarray(Y - offset[:, np.newaxis])
    lower, upper = check_bounds(lower_bounds, upper_bounds, positive, X)
    limit = None if max_iter is None else _validation.check_count(max_iter, "max_iter")
    bounded = lower is not None or upper is not None
    tol = _validation.check_real(tol, "tol", low=0.0)
    if direct_tol is None:
        direct_tol = max(LEAST_RESIDUAL, RESIDUAL_BY_GAP * tol)
    settings = Settings(
        l1_ratio=0.0,
        fit_intercept=_validation.check_flag(fit_intercept, "fit_intercept"),
        standardize=_validation.check_flag(standardize, "standardize"),
        tol=tol,
        max_iter=limit or MAX_ITER,
        penalty_factor=check_penalty_factor(penalty_factor, X),
        lower_bounds=lower,
        upper_bounds=upper,
        direct=Direct(_check_solver(solver, bounded=bounded), direct_tol, limit or 0),
    )
    problem = RidgeProblem(X, Y, weight, settings, offset, single)
    refuse_hidden(problem.data())
    return problem


def _check_solver(solver: Any, *, bounded: bool) -> str:
    if not isinstance(solver, str):
        raise TypeError(f"solver must be a str, got {solver!r}")
    if solver not in SOLVERS:
        names = ", ".join(map(repr, SOLVERS))
        raise ValueError(f"solver must be one of {names}, got {solver!r}")
    if bounded and solver not in ("auto", "working_set"):
        raise ValueError(
            "coefficients with bounds are found by solver='working_set' "
            f"(or 'auto'), got solver={solver!r}"
        )
    return solver


def ridge_grid(
    data: Data, settings: Settings, count: int, eps: float = RIDGE_EPS
) -> Floats:
    """Alphas of a ridge path, relative to the spectrum of the penalised columns."""
    found = data.X.given_to(
        _core.standardization,
        sample_weight=data.sample_weight,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
    )
    return spectral_grid(found["mean_square"], settings, data.n_rows, count, eps)


def spectral_grid(
    square: Floats, settings: Settings, n_rows: int, count: int, eps: float = RIDGE_EPS
) -> Floats:
    """The same from the mean squares of the columns, as they are penalised.

    With factors v the columns that count are x_j / sqrt(v_j): that of b_j sqrt(v_j)
    is penalised by alpha alone. The mean of the eigenvalues of their (smaller) Gram
    matrix is its trace by its size, which needs the columns' mean squares only.
    """
    if settings.penalty_factor is not None:
        v = settings.penalty_factor
        penalised = (v > 0.0) & np.isfinite(v)
        square = square[penalised] / v[penalised]
    square = square[square > 0.0]
    size = min(len(square), n_rows)
    level = float(square.sum() / size) if size else 1.0
    return np.geomspace(RIDGE_LARGEST * level, RIDGE_LARGEST * level * eps, count)
