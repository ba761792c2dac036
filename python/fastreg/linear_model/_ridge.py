"""`Ridge`: several targets in one closed-form solve, scikit-learn's interface."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fastreg import _core
from fastreg._solve import Settings, call_kernel, solve
from fastreg._watch import Watch
from fastreg.linear_model._base import FitData, Floats, LinearRegressor, validate_fit
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

if TYPE_CHECKING:
    from typing_extensions import Self

SOLVERS = ("auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs")
POSITIVE_SOLVERS = ("auto", "lbfgs")
# Only positive=True iterates; scikit-learn's limit for it.
DEFAULT_MAX_ITER = 15_000


class Ridge(LinearRegressor):
    """Linear regression with an L2 penalty.

    Drop-in replacement of `sklearn.linear_model.Ridge`. Minimises, for each target, ::

        ||y - b0 - X b||^2 + alpha ||b||^2

    The sum of squares is not divided by the number of samples: the same model is
    `ElasticNet(alpha=alpha / n_samples, l1_ratio=0)`. With `sample_weight` the squares
    are weighted, and the weights are taken as they are: doubling all of them is the
    same as halving alpha. The intercept b0 isn't penalised.

    Parameters
    ----------
    alpha : float >= 0 or array-like of shape (n_targets,), default=1.0
        Strength of the penalty, one for all targets or one for each. 0 is least
        squares (of minimum norm where the solution isn't unique).
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0 and nothing is centred.
    copy_X : bool, default=True
        Without effect: X is never written to, nor copied if it is a NumPy array of
        real numbers or a SciPy CSC matrix.
    max_iter : int >= 1 or None, default=None
        Limit on sweeps of coordinate descent with `positive=True`; None is 15000.
        Otherwise without effect.
    tol : float >= 0, default=1e-4
        The duality gap may be at most tol * ||y||^2 (y centred if there is an
        intercept, and weighted). The direct solution doesn't depend on it; a gap above
        it tells that the problem is too ill-conditioned.
    solver : {"auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"}, \
default="auto"
        Accepted and checked, without effect: see Notes.
    positive : bool, default=False
        Whether coefficients must be >= 0; needs solver "auto" or "lbfgs".
    random_state : int, RandomState or None, default=None
        Accepted and checked, without effect: nothing is random.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients, in the dtype of X.
    intercept_ : float or ndarray of shape (n_targets,)
        b0; 0.0 if `fit_intercept` is False.
    n_iter_ : ndarray of shape (n_targets,)
        1 for the direct solution, the number of sweeps with `positive=True`.
    dual_gap_ : float or ndarray of shape (n_targets,)
        Duality gap, in units of the objective: the objective is at most that far above
        its minimum. scikit-learn has no such attribute.
    solver_ : str
        What solved it: "cholesky", or "working_set" with `positive=True`.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    fastreg.ridge_path : Whole paths in the scaling of the other models.

    Notes
    -----
    What differs from scikit-learn:

    - Whatever `solver` asks for, the direct solution is computed, by a Cholesky factor
      of the smaller of the two normal equations, with a spectral form where these are
      singular; `solver_` tells what was done. The solution comes with its duality gap,
      and with a warning where rounding errors leave that above `tol`.
    - `n_iter_` is an array, never None.
    - Negative alphas in an array, and negative weights, are errors.
    - Computations are in float64 whatever the dtype of X; float32 X gives float32
      results. X is not copied, CSR is converted once.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import Ridge
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]])
    >>> Ridge(alpha=1.0).fit(X, [0.0, 1.0, 2.0, 3.0]).coef_.round(4)
    array([ 0.8182, -0.0909])
    """

    def __init__(
        self,
        alpha: Any = 1.0,
        *,
        fit_intercept: bool = True,
        copy_X: bool = True,
        max_iter: int | None = None,
        tol: float = 1e-4,
        solver: str = "auto",
        positive: bool = False,
        random_state: Any = None,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.solver = solver
        self.positive = positive
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the squares, used as they are; a number is the same weight
            for every sample.

        Returns
        -------
        Ridge
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X or y hold NaN or inf, shapes disagree or
            the weights are negative or all zero.

        Warns
        -----
        ConvergenceWarning
            If a duality gap ends above the tolerance.
        """
        self._check_parameters()
        data = validate_fit(self, X, y, sample_weight)
        targets, weights = data.targets, data.sample_weight
        total_weight = float(len(targets) if weights is None else weights.sum())
        alphas = self._alphas(targets.shape[1])
        settings = self._settings(data)
        solve_all = _solve_positive if self.positive else _solve_direct
        found = solve_all(data, alphas / total_weight, settings)
        outcome = found.outcome(alphas, total_weight, settings)
        tol_text = f"tol={self.tol:g} times ||y||^2"
        check_outcome(type(self).__name__, outcome, tol_text, settings, stacklevel=2)
        self._store(found.coef, found.intercept, data, fit_intercept=self.fit_intercept)
        self._store_report(found, data, total_weight)
        return self

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
