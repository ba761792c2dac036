"""`MultiTaskElasticNet` and `MultiTaskLasso`: targets that share their features."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from sklearn import get_config

from fastreg._features import check_penalty_factor
from fastreg._solve import Data, Settings, solve
from fastreg.linear_model._base import FitData, Floats, LinearRegressor, validate_fit
from fastreg.linear_model._elastic_net import DEFAULT_MAX_ITER
from fastreg.linear_model._parameters import (
    check_choice,
    check_count,
    check_flag,
    check_real,
    check_seed,
)
from fastreg.linear_model._solve import absolute_gaps, check_solution

if TYPE_CHECKING:
    from typing_extensions import Self

FAMILY = "mgaussian"


def check_columns(owner: str, y: Floats) -> None:
    """Raise unless y has a column for each target."""
    if y.ndim == 1:
        raise ValueError(
            f"y of {owner} must have 2 dimensions, a column for each target, got shape "
            f"{y.shape}; for one target use {owner.removeprefix('MultiTask')}"
        )


class MultiTaskElasticNet(LinearRegressor):
    """Linear regression of several targets that share their features.

    Drop-in replacement of `sklearn.linear_model.MultiTaskElasticNet`. Minimises ::

        1/(2 n_samples) ||Y - b0 - X B||_F^2
            + alpha (l1_ratio Σ_j ||b_j|| + (1 - l1_ratio)/2 ||B||_F^2)

    where b_j is the row of B that feature j has, a coefficient for every target: it is
    zero as a whole, or not at all. With `sample_weight`, normalised to sum to
    n_samples, squares are weighted. The intercepts b0 aren't penalised.

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Strength of the penalty. 0 is least squares (of minimum norm where the solution
        isn't unique).
    l1_ratio : float in [0, 1], default=0.5
        Share of the norms; 1 is the multi-task Lasso, 0 ridge regression.
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0 and nothing is centred.
    copy_X : bool, default=True
        Without effect: X is never written to, nor copied if it is a NumPy array of
        real numbers or a SciPy CSC matrix.
    max_iter : int >= 1, default=1000
        Limit on iterations: sweeps of coordinate descent and Newton steps.
    tol : float >= 0, default=1e-4
        The duality gap may be at most tol * ||Y||_F^2 / n_samples (Y centred if there
        is an intercept, and weighted).
    warm_start : bool, default=False
        Start from the coefficients of the previous `fit`.
    random_state : int, RandomState or None, default=None
        Accepted and checked, without effect: the solver is deterministic.
    selection : {"cyclic", "random"}, default="cyclic"
        Accepted and checked, without effect.
    standardize : bool, default=False
        Whether the penalty counts features by their standard deviation, as in
        `fastreg.path`. Like what follows it is fastreg's own.
    penalty_factor : float, array-like of shape (n_features,) or mapping, default=None
        Factors >= 0 of the penalty, by position or by column name; 0: never penalised,
        inf: excluded.

    Attributes
    ----------
    coef_ : ndarray of shape (n_targets, n_features)
        Coefficients, in the dtype of X.
    sparse_coef_ : sparse CSR matrix of shape (n_targets, n_features)
        The same, stored sparsely.
    intercept_ : float or ndarray of shape (n_targets,)
        b0; 0.0 if `fit_intercept` is False.
    n_iter_ : int
        Iterations, as `max_iter` counts them, at least 1.
    dual_gap_ : float
        Duality gap, in units of the objective: the objective is at most that far above
        its minimum.
    eps_ : float
        What n_samples times the gap may be at most: tol * ||Y||_F^2.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    MultiTaskLasso : With l1_ratio = 1.
    ElasticNet : Each target by itself, with features of its own.
    fastreg.path : Whole paths, with ``family="mgaussian"`` and an offset.

    Notes
    -----
    What differs from scikit-learn:

    - `selection` and `random_state` do nothing.
    - `max_iter` counts sweeps and Newton steps; the gap that is reached is often below
      `tol`.
    - alpha=0 and l1_ratio=0 are solved in closed form and give no warning.
    - Computations are in float64 whatever the dtype of X; float32 X gives float32
      results. X is not copied, CSR is converted once.
    - Negative weights are an error.

    Method: block coordinate descent on a working set (Yuan and Lin, "Model selection
    and estimation in regression with grouped variables", 2006), and Newton steps of the
    features that are in; the duality gap is that of Fercoq, Gramfort and Salmon, "Mind
    the duality gap" (2015).

    Examples
    --------
    >>> from fastreg import MultiTaskElasticNet
    >>> X, Y = [[0, 0], [1, 1], [2, 3]], [[0, 1], [1, 0], [2, 0]]
    >>> model = MultiTaskElasticNet(alpha=0.1, tol=1e-10).fit(X, Y)
    >>> model.coef_.round(3)
    array([[ 0.385,  0.353],
           [-0.323, -0.069]])
    >>> model.predict([[1, 2]]).round(3)
    array([[1.235, 0.287]])
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        copy_X: bool = True,
        max_iter: int = DEFAULT_MAX_ITER,
        tol: float = 1e-4,
        warm_start: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
        standardize: bool = False,
        penalty_factor: Any = None,
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.random_state = random_state
        self.selection = selection
        self.standardize = standardize
        self.penalty_factor = penalty_factor

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = False
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0, normalised to sum to n_samples; a number is the same as None.

        Returns
        -------
        MultiTaskElasticNet
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X or y hold NaN or inf, y has one dimension,
            shapes disagree or the weights are negative or all zero.

        Warns
        -----
        ConvergenceWarning
            If the duality gap ends above the tolerance.
        """
        self._check_parameters()
        if isinstance(sample_weight, Real):
            sample_weight = None
        data = validate_fit(self, X, y, sample_weight)
        check_columns(type(self).__name__, data.y)
        self._solve(data)
        return self

    @property
    def sparse_coef_(self) -> Any:
        """The coefficients as a sparse matrix of shape (n_targets, n_features)."""
        as_array = get_config().get("sparse_interface") == "sparray"
        container = sparse.csr_array if as_array else sparse.csr_matrix
        return container(self.coef_)

    def _check_parameters(self) -> None:
        owner = type(self).__name__
        check_real(owner, "alpha", self.alpha)
        check_real(owner, "l1_ratio", self.l1_ratio, high=1.0)
        check_real(owner, "tol", self.tol)
        check_count(owner, "max_iter", self.max_iter, optional=False)
        check_flag(owner, "fit_intercept", self.fit_intercept)
        check_flag(owner, "copy_X", self.copy_X)
        check_flag(owner, "warm_start", self.warm_start)
        check_flag(owner, "standardize", self.standardize)
        check_seed(owner, self.random_state)
        check_choice(owner, "selection", self.selection, ("cyclic", "random"))

    def _settings(self, data: FitData) -> Settings:
        # The tolerance as in `settings_for`.
        return Settings(
            l1_ratio=float(self.l1_ratio),
            fit_intercept=bool(self.fit_intercept),
            standardize=bool(self.standardize),
            tol=2.0 * float(self.tol),
            max_iter=int(self.max_iter),
            penalty_factor=check_penalty_factor(self.penalty_factor, data.X),
            family=FAMILY,
            grouped=True,
        )

    def _start(self, n_targets: int, n_features: int) -> Floats | None:
        """The previous coefficients, target after target, with `warm_start`."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        start = np.asarray(self.coef_, dtype=np.float64)
        if start.shape != (n_targets, n_features):
            raise ValueError(
                f"warm_start=True: the previous coefficients have shape {start.shape}, "
                f"the new data ask for ({n_targets}, {n_features})"
            )
        return start.reshape(-1)

    def _solve(self, data: FitData) -> None:
        settings = self._settings(data)
        targets = np.asfortranarray(data.y)
        n_samples, n_targets = targets.shape
        problem = Data(data.X, targets, data.sample_weight)
        start = self._start(n_targets, data.X.shape[1])
        solution = solve(problem, np.array([self.alpha], dtype=float), settings, start)
        check_solution(type(self).__name__, solution, settings, stacklevel=3)
        self._store(
            solution.coefs.column(0).reshape(n_targets, -1),
            solution.intercepts[:, 0],
            data,
            fit_intercept=self.fit_intercept,
        )
        self.coef_ = np.atleast_2d(self.coef_)  # one target keeps its axis
        self.dual_gap_ = absolute_gaps(solution).astype(data.dtype)[0]
        self.eps_ = settings.tol * solution.null_objective * n_samples
        # Certifying the start counts as an iteration where nothing else was needed.
        self.n_iter_ = max(1, int(solution.n_iter[0]))


class MultiTaskLasso(MultiTaskElasticNet):
    """Linear regression of several targets, with an L1 penalty of the features' norms.

    Drop-in replacement of `sklearn.linear_model.MultiTaskLasso`. Minimises ::

        1/(2 n_samples) ||Y - b0 - X B||_F^2 + alpha Σ_j ||b_j||

    where b_j is the row of B that feature j has, a coefficient for every target.

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Strength of the penalty.
    fit_intercept, copy_X, max_iter, tol, warm_start, random_state, selection, \
standardize, penalty_factor
        As in `MultiTaskElasticNet`, where the differences from scikit-learn are listed
        too.

    Attributes
    ----------
    coef_, sparse_coef_, intercept_, n_iter_, dual_gap_, eps_, n_features_in_, \
feature_names_in_
        As in `MultiTaskElasticNet`.

    See Also
    --------
    Lasso : Each target by itself, with features of its own.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import MultiTaskLasso
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 6))
    >>> Y = X[:, [1, 4]] @ [[1.0, 2.0], [-1.0, 0.5]]
    >>> model = MultiTaskLasso(alpha=0.5).fit(X, Y)
    >>> np.flatnonzero(model.coef_[0]).tolist(), np.flatnonzero(model.coef_[1]).tolist()
    ([1, 4], [1, 4])
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        copy_X: bool = True,
        max_iter: int = DEFAULT_MAX_ITER,
        tol: float = 1e-4,
        warm_start: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
        standardize: bool = False,
        penalty_factor: Any = None,
    ) -> None:
        super().__init__(
            alpha=alpha,
            l1_ratio=1.0,
            fit_intercept=fit_intercept,
            copy_X=copy_X,
            max_iter=max_iter,
            tol=tol,
            warm_start=warm_start,
            random_state=random_state,
            selection=selection,
            standardize=standardize,
            penalty_factor=penalty_factor,
        )
