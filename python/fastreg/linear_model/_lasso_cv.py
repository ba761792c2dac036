"""`LassoCV`: the Lasso with the alpha that predicts best, scikit-learn's interface."""

from __future__ import annotations

from typing import Any

from fastreg.linear_model._path_cv import OneTargetCV
from fastreg.linear_model._paths import lasso_path


class LassoCV(OneTargetCV):
    """Lasso whose alpha is chosen by cross-validation.

    Drop-in replacement of `sklearn.linear_model.LassoCV`; the objective is that of
    `Lasso`.

    Parameters
    ----------
    eps : float in (0, 1), default=1e-3
        The last alpha of an automatic grid relative to the first.
    alphas : int or array-like of shape (n_alphas,), default=100
        How many, from the smallest that gives coefficients of zero down to `eps` times
        it, evenly spaced on the log scale; or the alphas themselves.
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0 and nothing is centred.
    precompute : "auto", bool or array-like of shape (n_features, n_features), \
default="auto"
        Accepted and checked, without effect.
    max_iter : int >= 1, default=1000
        As in `Lasso`, for each alpha.
    tol : float >= 0, default=1e-4
        As in `Lasso`: what the duality gap of each solution may be.
    copy_X : bool, default=True
        Without effect: X is never written to, nor copied for the folds.
    cv : int, splitter, iterable or None, default=None
        How many folds of neighbouring rows, a splitter of scikit-learn's kind, or pairs
        (train, test) of rows. None: 5.
    verbose : float >= 0, default=False
        Accepted and checked, without effect.
    n_jobs : int or None, default=None
        Threads, that fit folds side by side. None: 1, -1: all. Results don't depend on
        it.
    positive : bool, default=False
        Whether coefficients must be >= 0.
    random_state : int, RandomState or None, default=None
        Accepted and checked, without effect: the solver is deterministic.
    selection : {"cyclic", "random"}, default="cyclic"
        Accepted and checked, without effect.
    standardize : bool, default=False
        Whether the penalty counts features by their standard deviation, in each fold
        its own, as in `fastreg.path`. Like what follows it is fastreg's own.
    penalty_factor : float, array-like of shape (n_features,) or mapping, default=None
        Factors >= 0 of the penalty, by position or by column name; 0: never penalised,
        inf: excluded.
    lower_bounds, upper_bounds : float, array-like of shape (n_features,) or mapping, \
default=None
        Bounds of the coefficients.
    rule : {"min", "1se", "2pct"}, default="min"
        Which alpha: that of the least mean error; or the largest whose mean error is
        within a standard error of it, or within 2 %.

    Attributes
    ----------
    alpha_ : float
        The chosen alpha.
    alphas_ : ndarray of shape (n_alphas,)
        Those tried, in decreasing order.
    mse_path_ : ndarray of shape (n_alphas, n_folds)
        Mean squared error of each fold's rows by the fit without them.
    coef_ : ndarray of shape (n_features,)
        Coefficients of the fit to all rows, in the dtype of X.
    intercept_ : float
        b0; 0.0 if `fit_intercept` is False.
    dual_gap_ : float
        Duality gap of that fit, in units of the objective.
    n_iter_ : int
        Iterations at the chosen alpha, after those at larger ones.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    ElasticNetCV : With a choice of l1_ratio.
    fastreg.cv : Standardised and shuffled by default, other scores and families; it
        continues a grid that ends too early and keeps the paths.

    Notes
    -----
    What differs from scikit-learn:

    - The model of all rows is taken from their path, on the same grid as the folds'.
    - There is one `ConvergenceWarning` for all folds.
    - A fold that tests only rows of weight 0 is an error.
    - For the rest see `ElasticNet`.

    Folds are weights of 0 on the rows of the one X; those of tall data share the Gram
    matrices of their parts.

    Examples
    --------
    >>> from fastreg import LassoCV
    >>> from fastreg.datasets import load_diabetes
    >>> data = load_diabetes()
    >>> model = LassoCV(cv=5).fit(data.X, data.y)
    >>> model.mse_path_.shape
    (100, 5)
    >>> round(model.score(data.X, data.y), 2)
    0.51
    >>> bool(LassoCV(rule="1se").fit(data.X, data.y).alpha_ > model.alpha_)
    True
    """

    path = staticmethod(lasso_path)

    def __init__(
        self,
        *,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        precompute: Any = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        copy_X: bool = True,
        cv: Any = None,
        verbose: Any = False,
        n_jobs: int | None = None,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
        standardize: bool = False,
        penalty_factor: Any = None,
        lower_bounds: Any = None,
        upper_bounds: Any = None,
        rule: str = "min",
    ) -> None:
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.copy_X = copy_X
        self.cv = cv
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.lower_bounds = lower_bounds
        self.upper_bounds = upper_bounds
        self.rule = rule
