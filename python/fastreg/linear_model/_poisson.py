"""`PoissonRegressor`: counts and rates, scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils.validation import column_or_1d

from fastreg import _link
from fastreg._responses import check_response
from fastreg.linear_model._base import Floats, as_sample_weight, validate_fit
from fastreg.linear_model._link_model import LinkModel
from fastreg.linear_model._parameters import check_real

if TYPE_CHECKING:
    from typing_extensions import Self

FAMILY = "poisson"


class PoissonRegressor(
    RegressorMixin,  # type: ignore[misc]  # scikit-learn is untyped
    LinkModel,
):
    """Poisson regression with L1 and L2 penalties.

    Drop-in replacement of `sklearn.linear_model.PoissonRegressor`, which has no L1
    penalty. Minimises, with weights w normalised to sum to n, ::

        1/n Σ_i w_i (exp(η_i) - y_i η_i)
            + alpha (l1_ratio ||b||_1 + (1 - l1_ratio)/2 ||b||^2),    η_i = b0 + x_i·b

    The first term is half the mean deviance, up to a constant. The intercept b0 isn't
    penalised.

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Strength of the penalty. 0 is maximum likelihood.
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0.
    solver : {"lbfgs", "newton-cholesky"}, default="lbfgs"
        Accepted and checked, without effect (see Notes).
    max_iter : int >= 1, default=100
        Limit on Newton steps; each may take 100 iterations on its quadratic model.
    tol : float >= 0, default=1e-4
        The duality gap may be at most tol / 10000 times the half mean deviance of the
        model with nothing but the intercept.
    warm_start : bool, default=False
        Start from the coefficients of the previous `fit`.
    verbose : float >= 0, default=0
        Accepted and checked, without effect.
    l1_ratio : float in [0, 1], default=0.0
        Share of the L1 term: 0 is ridge, 1 the Lasso. Like what follows it is fastreg's
        own.
    standardize : bool, default=False
        Whether the penalty counts features by their standard deviation, as in
        `fastreg.path`.
    penalty_factor : float, array-like of shape (n_features,) or mapping, default=None
        Factors >= 0 of the penalty, by position or by column name; 0: never penalised,
        inf: excluded.
    lower_bounds, upper_bounds : float, array-like of shape (n_features,) or mapping, \
default=None
        Bounds of the coefficients.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Coefficients, in the dtype of X.
    intercept_ : float
        b0; 0.0 if `fit_intercept` is False.
    n_iter_ : int
        Newton steps, and iterations on their quadratic models.
    dual_gap_ : float
        Duality gap, in units of the objective: fastreg's own.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    fastreg.path : Whole paths, with ``family="poisson"`` and an offset.

    Notes
    -----
    What differs from scikit-learn:

    - `solver` does nothing: one method solves every penalty.
    - `tol` is a duality gap, so that what is reached doesn't depend on the units of X.
      The gap that is reached is often far below it.
    - A y that is 0 everywhere is an error beside an intercept, whose best value is
      -inf, and so are negative weights.
    - Computations are in float64 whatever the dtype of X; float32 X gives float32
      results. X is not copied, CSR is converted once.

    Rates of counts in exposures are fitted as ``fit(X, counts / exposure,
    sample_weight=exposure)``.

    Method: proximal Newton steps on a working set, as in `LogisticRegression`.

    Examples
    --------
    >>> from fastreg import PoissonRegressor
    >>> X = [[1, 2], [2, 3], [3, 4], [4, 3]]
    >>> model = PoissonRegressor(tol=1e-8).fit(X, [12, 17, 22, 21])
    >>> model.coef_.round(3)
    array([0.121, 0.158])
    >>> round(model.score(X, [12, 17, 22, 21]), 3)
    0.99
    >>> model.predict([[1, 1], [3, 4]]).round(2)
    array([10.68, 21.88])
    """

    solvers = ("lbfgs", "newton-cholesky")

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        solver: str = "lbfgs",
        max_iter: int = 100,
        tol: float = 1e-4,
        warm_start: bool = False,
        verbose: float = 0,
        l1_ratio: float = 0.0,
        standardize: bool = False,
        penalty_factor: Any = None,
        lower_bounds: Any = None,
        upper_bounds: Any = None,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose
        self.l1_ratio = l1_ratio
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.lower_bounds = lower_bounds
        self.upper_bounds = upper_bounds

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,)
            Counts or rates, numbers >= 0.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0, normalised to sum to n_samples; a number is the same as None.

        Returns
        -------
        PoissonRegressor
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X or y hold NaN or inf, y is negative or 0
            everywhere, shapes disagree or weights are negative.

        Warns
        -----
        ConvergenceWarning
            If the duality gap ends above the tolerance.
        SeparationWarning
            If the likelihood has no maximum and the solution shows it. It stands for a
            `ConvergenceWarning` too.
        """
        owner = type(self).__name__
        self._check_shared_parameters()
        check_real(owner, "alpha", self.alpha)
        check_real(owner, "l1_ratio", self.l1_ratio, high=1.0)
        data = validate_fit(self, X, y, sample_weight)
        if data.y.ndim == 2:
            data = data._replace(y=column_or_1d(data.y, warn=True))
        weights, intercept = data.sample_weight, bool(self.fit_intercept)
        check_response(data.y, len(data.y), FAMILY, weights, intercept)
        strength, mix = float(self.alpha), float(self.l1_ratio)
        self._solve_at(data, FAMILY, strength, mix, None, stacklevel=2)
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The expected counts or rates.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
            ``exp(X @ coef_ + intercept_)``.
        """
        return _link.mean(FAMILY, self._decision(X))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """D², the share of the deviance that is explained.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Test samples.
        y : array-like of shape (n_samples,)
            Their counts or rates.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0.

        Returns
        -------
        float
            1 - deviance / deviance of the (weighted) mean of y: at best 1, below 0
            where the mean predicts better. If y is constant, 1 for a perfect fit and
            else 0.
        """
        mean = np.asarray(self.predict(X), dtype=np.float64)
        weights = as_sample_weight(sample_weight, len(mean))
        counts = check_response(y, len(mean), FAMILY, weights, False).values
        constant = np.full(len(mean), np.average(counts, weights=weights))
        null = half_deviance(counts, constant, weights)
        found = half_deviance(counts, mean, weights)
        if null <= 0.0:
            return float(found <= 0.0)
        return float(1.0 - found / null)


def half_deviance(y: Floats, mean: Floats, weights: Floats | None) -> float:
    """Mean of mu - y + y log(y / mu); infinite where mu is 0 and y isn't."""
    logs = np.zeros(len(y))
    some = y > 0.0
    with np.errstate(divide="ignore"):
        logs[some] = y[some] * (np.log(y[some]) - np.log(mean[some]))
    return float(np.average(mean - y + logs, weights=weights))
