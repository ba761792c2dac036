"""`ElasticNet`: one alpha, scikit-learn's interface."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.utils.metadata_routing import UNUSED

from fastreg._solve import Settings, Solution, solve
from fastreg._validation import check_sample_weight
from fastreg.linear_model._base import (
    FitData,
    Floats,
    LinearRegressor,
    as_kernel_matrix,
    as_target,
    validate_fit,
)
from fastreg.linear_model._gram import check_centered_gram
from fastreg.linear_model._parameters import (
    check_choice,
    check_count,
    check_flag,
    check_precompute,
    check_real,
    check_seed,
    is_array_like,
)
from fastreg.linear_model._paths import enet_path
from fastreg.linear_model._solve import (
    absolute_gaps,
    check_solution,
    settings_for,
)

if TYPE_CHECKING:
    from typing_extensions import Self

# scikit-learn accepts max_iter=None here without a meaning; it is the default.
DEFAULT_MAX_ITER = 1000


class ElasticNet(LinearRegressor):
    """Linear regression with L1 and L2 penalties.

    Drop-in replacement of `sklearn.linear_model.ElasticNet`. Minimises ::

        1/(2 n_samples) ||y - b0 - X b||^2
            + alpha (l1_ratio ||b||_1 + (1 - l1_ratio)/2 ||b||^2)

    With `sample_weight`, normalised to sum to n_samples, squares are weighted. The
    intercept b0 isn't penalised, and columns are not standardised. With several
    targets each is fitted by itself.

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Strength of the penalty. 0 is least squares (of minimum norm where the solution
        isn't unique).
    l1_ratio : float in [0, 1], default=0.5
        Share of the L1 term; 1 is the Lasso, 0 ridge regression.
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0 and nothing is centred.
    precompute : bool or array-like of shape (n_features, n_features), default=False
        Accepted and checked, without effect (see Notes).
    max_iter : int >= 1, default=1000
        Limit on iterations: sweeps of coordinate descent and Newton steps of the
        support. None is the default.
    copy_X : bool, default=True
        Without effect: X is never written to, nor copied if it is a NumPy array of
        real numbers or a SciPy CSC matrix.
    tol : float >= 0, default=1e-4
        The duality gap may be at most tol * ||y||^2 / n_samples (y centred if there is
        an intercept, and weighted).
    warm_start : bool, default=False
        Start from the coefficients of the previous `fit`.
    positive : bool, default=False
        Whether coefficients must be >= 0.
    random_state : int, RandomState or None, default=None
        Accepted and checked, without effect: the solver is deterministic.
    selection : {"cyclic", "random"}, default="cyclic"
        Accepted and checked, without effect (see Notes).

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients, in the dtype of X.
    sparse_coef_ : sparse CSR matrix of shape (1, n_features) or \
(n_targets, n_features)
        The same, stored sparsely.
    intercept_ : float or ndarray of shape (n_targets,)
        b0; 0.0 if `fit_intercept` is False.
    n_iter_ : int or list of int
        Iterations, as `max_iter` counts them, at least 1, one number a target.
    dual_gap_ : float or ndarray of shape (n_targets,)
        Duality gap, in units of the objective: the objective is at most that far above
        its minimum.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    Lasso : With l1_ratio = 1.
    Ridge : The L2 penalty only, with a differently scaled alpha.
    fastreg.path : Whole paths, standardised by default.

    Notes
    -----
    What differs from scikit-learn:

    - `selection`, `random_state` and `precompute` do nothing. The solver solves the
      equations of the features that can be non-zero by a Cholesky factor; it forms
      the entries of the Gram matrix that it needs. A Gram matrix
      passed as `precompute` is compared with X in shape and in one entry, then left.
    - `max_iter` counts sweeps and Newton steps. They are few, because the factor does
      most of the work; the gap that is reached is often far below `tol`.
    - alpha=0 and l1_ratio=0 are solved in closed form and give no warning.
    - Computations are in float64 whatever the dtype of X; float32 X gives float32
      results. X is not copied, CSR is converted once.
    - Negative weights are an error.

    Method: working set with coordinate descent in Gram form, finished by a Newton step
    on the support; the duality gap is that of Fercoq, Gramfort and Salmon, "Mind the
    duality gap" (2015), for the elastic net.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import ElasticNet
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]])
    >>> model = ElasticNet(alpha=0.1, tol=1e-10).fit(X, [0.0, 1.0, 2.0, 3.0])
    >>> model.coef_.round(4)
    array([0.9231, 0.    ])
    >>> float(model.predict([[4.0, 1.0]]).round(4)[0])
    3.8077
    """

    # `check_input` is for callers that validated already, not for metadata routing.
    __metadata_request__fit: ClassVar = {"check_input": UNUSED}

    path = staticmethod(enet_path)

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        precompute: Any = False,
        max_iter: int | None = DEFAULT_MAX_ITER,
        copy_X: bool = True,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.copy_X = copy_X
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0, normalised to sum to n_samples; a number is the same as None.
        check_input : bool, default=True
            If False, X and y are taken to be float arrays without NaN or inf.

        Returns
        -------
        ElasticNet
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
        if isinstance(sample_weight, Real):
            sample_weight = None
        if check_input:
            data = validate_fit(self, X, y, sample_weight)
        else:
            data = self._trusted(X, y, sample_weight)
        if is_array_like(self.precompute):
            check_centered_gram(self.precompute, data, fit_intercept=self.fit_intercept)
        self._fit_targets(data)
        return self

    @property
    def sparse_coef_(self) -> Any:
        """The coefficients as a sparse matrix of shape (n_targets, n_features)."""
        as_array = get_config().get("sparse_interface") == "sparray"
        container = sparse.csr_array if as_array else sparse.csr_matrix
        return container(np.atleast_2d(self.coef_))

    def _check_parameters(self) -> None:
        owner = type(self).__name__
        check_real(owner, "alpha", self.alpha)
        check_real(owner, "l1_ratio", self.l1_ratio, high=1.0)
        check_real(owner, "tol", self.tol)
        check_count(owner, "max_iter", self.max_iter, optional=True)
        check_flag(owner, "fit_intercept", self.fit_intercept)
        check_flag(owner, "copy_X", self.copy_X)
        check_flag(owner, "warm_start", self.warm_start)
        check_flag(owner, "positive", self.positive)
        check_precompute(owner, self.precompute)
        check_seed(owner, self.random_state)
        check_choice(owner, "selection", self.selection, ("cyclic", "random"))

    def _trusted(self, X: Any, y: Any, sample_weight: Any) -> FitData:
        """Data of a caller who vouches for it (`check_input=False`)."""
        self.n_features_in_ = X.shape[1]
        weights = check_sample_weight(sample_weight, X.shape[0])
        return FitData(as_kernel_matrix(X), as_target(y), weights)

    def _settings(self, data: FitData) -> Settings:
        return settings_for(
            data,
            l1_ratio=self.l1_ratio,
            fit_intercept=self.fit_intercept,
            positive=self.positive,
            tol=self.tol,
            max_iter=DEFAULT_MAX_ITER if self.max_iter is None else self.max_iter,
        )

    def _start(self, n_targets: int, n_features: int) -> Floats | None:
        """The previous coefficients, one row a target, with `warm_start`."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        start = np.atleast_2d(np.asarray(self.coef_, dtype=np.float64))
        if start.shape != (n_targets, n_features):
            raise ValueError(
                f"warm_start=True: the previous coefficients have shape {start.shape}, "
                f"the new data ask for ({n_targets}, {n_features})"
            )
        return start

    def _fit_targets(self, data: FitData) -> None:
        settings = self._settings(data)
        columns = data.target_columns()
        start = self._start(len(columns), data.X.shape[1])
        alphas = np.array([self.alpha], dtype=np.float64)
        solutions = []
        for k, column in enumerate(columns):
            coef_init = None if start is None else start[k]
            solution = solve(data.target(column), alphas, settings, coef_init)
            check_solution(type(self).__name__, solution, settings, stacklevel=3)
            solutions.append(solution)
        self._store(
            np.array([solution.coefs.column(0) for solution in solutions]),
            np.array([solution.intercepts[0] for solution in solutions]),
            data,
            fit_intercept=self.fit_intercept,
        )
        self._store_report(solutions, data)

    def _store_report(self, solutions: list[Solution], data: FitData) -> None:
        gaps = np.array([absolute_gaps(solution)[0] for solution in solutions])
        gaps = gaps.astype(data.dtype, copy=False)
        # Certifying the start counts as an iteration where nothing else was needed.
        n_iter = [max(1, int(solution.n_iter[0])) for solution in solutions]
        one_target = len(solutions) == 1
        self.dual_gap_ = gaps[0] if one_target else gaps
        self.n_iter_ = n_iter[0] if one_target else n_iter
