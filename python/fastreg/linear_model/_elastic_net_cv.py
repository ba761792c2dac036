"""`ElasticNetCV`: alpha and mix that predict best, scikit-learn's interface."""

from __future__ import annotations

from typing import Any

from fastreg.linear_model._parameters import check_mixes
from fastreg.linear_model._path_cv import OneTargetCV
from fastreg.linear_model._paths import enet_path


class ElasticNetCV(OneTargetCV):
    """Elastic net whose alpha, and mix, are chosen by cross-validation.

    Drop-in replacement of `sklearn.linear_model.ElasticNetCV`; the objective is that of
    `ElasticNet`.

    Parameters
    ----------
    l1_ratio : float in [0, 1] or array-like of shape (n_l1_ratios,), default=0.5
        Share of the L1 term, or several to choose from. With 0, `alphas` must be given.
    eps : float in (0, 1), default=1e-3
        The last alpha of an automatic grid relative to the first.
    alphas : int or array-like of shape (n_alphas,), default=100
        How many, for each mix on its own grid; or the alphas themselves, for all.
    fit_intercept, precompute, max_iter, tol, cv, copy_X, verbose, n_jobs, positive, \
random_state, selection
        As in `LassoCV`.
    standardize, penalty_factor, lower_bounds, upper_bounds, rule
        fastreg's own, as in `LassoCV`. Rules other than "min" keep to the mix with the
        least error.

    Attributes
    ----------
    alpha_ : float
        The chosen alpha.
    l1_ratio_ : float
        The chosen mix.
    alphas_ : ndarray of shape (n_alphas,) or (n_l1_ratios, n_alphas)
        Those tried, in decreasing order; a row for each of several mixes if the grids
        are automatic.
    mse_path_ : ndarray of shape (n_alphas, n_folds) or (n_l1_ratios, n_alphas, n_folds)
        Mean squared error of each fold's rows by the fit without them.
    coef_, intercept_, dual_gap_, n_iter_, n_features_in_, feature_names_in_
        As in `LassoCV`.

    See Also
    --------
    LassoCV : With l1_ratio = 1; where the differences from scikit-learn are listed.
    fastreg.cv : With other scores and families.

    Examples
    --------
    >>> from fastreg import ElasticNetCV
    >>> from fastreg.datasets import load_diabetes
    >>> data = load_diabetes()
    >>> model = ElasticNetCV(l1_ratio=[0.5, 0.9, 1.0], cv=5).fit(data.X, data.y)
    >>> model.mse_path_.shape, model.alphas_.shape
    ((3, 100, 5), (3, 100))
    >>> float(model.l1_ratio_)
    1.0
    """

    path = staticmethod(enet_path)

    def __init__(
        self,
        *,
        l1_ratio: Any = 0.5,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        precompute: Any = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        cv: Any = None,
        copy_X: bool = True,
        verbose: Any = 0,
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
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
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

    def _mixes(self) -> list[float]:
        return check_mixes(type(self).__name__, self.l1_ratio)

    def _store_mix(self, l1_ratio: float) -> None:
        self.l1_ratio_ = l1_ratio
