"""`Ridge`: several targets in one closed-form solve, scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastreg.linear_model._base import LinearRegressor, validate_fit
from fastreg.linear_model._ridge_model import RidgeModel

if TYPE_CHECKING:
    from typing_extensions import Self


class Ridge(LinearRegressor, RidgeModel):
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
        self._fit(validate_fit(self, X, y, sample_weight), stacklevel=2)
        return self
