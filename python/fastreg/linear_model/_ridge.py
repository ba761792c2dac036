"""`Ridge`: several targets in one solve, scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastreg.linear_model._base import LinearRegressor, validate_fit
from fastreg.linear_model._parameters import check_flag
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
        Limit on iterations of the solvers "lsqr" and "sparse_cg", and on sweeps of
        coordinate descent with `positive=True`, where None is 15000. Otherwise
        without effect.
    tol : float >= 0, default=1e-4
        With solver "lsqr" or "sparse_cg" the largest relative residual of the normal
        equations at which the iterations end. The others don't depend on it: they are
        exact up to rounding, and warn where that leaves a duality gap above
        tol * ||y||^2 (y centred if there is an intercept, and weighted). With
        `positive=True` that is the gap to be reached.
    solver : {"auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"}, \
default="auto"
        "auto", "sag" and "saga" let fastreg choose an exact solution by its cost.
        "cholesky" factors the normal equations, in the form whose matrix is smaller;
        "svd" takes the singular values of X; "lsqr" and "sparse_cg" iterate on X. All
        of them take sparse X with an intercept. "lbfgs" is for `positive=True`.
    positive : bool, default=False
        Whether coefficients must be >= 0; needs solver "auto" or "lbfgs".
    random_state : int, RandomState or None, default=None
        Accepted and checked, without effect: nothing is random.
    inference : bool, default=False
        Whether to compute `df_`, `sigma_` and `standard_errors_`, which
        scikit-learn hasn't. Not with `positive=True`.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients, in the dtype of X.
    intercept_ : float or ndarray of shape (n_targets,)
        b0; 0.0 if `fit_intercept` is False.
    n_iter_ : ndarray of shape (n_targets,)
        Iterations of "lsqr" and "sparse_cg", sweeps with `positive=True`, else 1.
    residual_ : float or ndarray of shape (n_targets,)
        Norm of the residual of the normal equations by that of their right-hand side:
        the certificate of the solution. Not with `positive=True`. Like the attributes
        below it is fastreg's own.
    dual_gap_ : float or ndarray of shape (n_targets,)
        Duality gap, in units of the objective: the objective is at most that far above
        its minimum.
    df_ : float or ndarray of shape (n_targets,)
        With `inference`: degrees of freedom, the trace of the matrix that maps y to
        its predictions; the intercept is one of them.
    sigma_ : float or ndarray of shape (n_targets,)
        With `inference`: standard deviation of the noise, sqrt(RSS / (n - df_)), the
        weights being normalised to sum to n, the number of rows that have any. NaN if
        df_ is n.
    standard_errors_ : ndarray of shape (n_features,) or (n_targets, n_features)
        With `inference`: by how much `coef_` would vary over samples of y with noise
        of `sigma_`, given X and alpha. The bias that the penalty gives to `coef_` is
        not in it, nor is the choice of alpha: it is no interval for true coefficients.
    solver_ : str
        What solved it, as fastreg calls it: "cholesky", "dual", "svd", "spectral",
        "lsqr", "cg", or "working_set" with `positive=True`.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    RidgeCV : The same with alpha chosen by cross-validation.
    fastreg.ridge_path : Whole paths in the scaling of the other models.

    Notes
    -----
    What differs from scikit-learn:

    - Where `solver` doesn't ask for iterations, the solution is exact, and it is
      finite for any alpha and X. It comes with its residual and duality gap, and with
      a warning where rounding errors leave the gap above `tol`.
    - `solver_` has fastreg's names, `inference` is a parameter more.
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
        inference: bool = False,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.solver = solver
        self.positive = positive
        self.random_state = random_state
        self.inference = inference

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
            If a duality gap or a residual ends above the tolerance.
        """
        self._check_parameters()
        check_flag(type(self).__name__, "inference", self.inference)
        if self.inference and self.positive:
            raise ValueError(
                "inference=True needs positive=False: under bounds there are neither "
                "degrees of freedom nor standard errors"
            )
        data = validate_fit(self, X, y, sample_weight)
        self._fit(data, stacklevel=2, inference=self.inference)
        return self
