"""`MultiTaskLassoCV` and `MultiTaskElasticNetCV`: joint models of the best strength."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fastreg._features import check_penalty_factor
from fastreg._solve import Settings
from fastreg.linear_model._base import FitData
from fastreg.linear_model._multitask import FAMILY, check_columns
from fastreg.linear_model._parameters import check_mixes
from fastreg.linear_model._path_cv import PathCV
from fastreg.linear_model._path_search import PathSearch
from fastreg.linear_model._paths import enet_path, lasso_path
from fastreg.linear_model._solve import settings_for


class TargetsCV(PathCV):
    """What both classes share: the joint problem."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = False
        return tags

    def _checked(self, data: FitData) -> FitData:
        check_columns(type(self).__name__, data.y)
        return data._replace(y=np.asfortranarray(data.y))

    def _settings(self, data: FitData, l1_ratio: float) -> Settings:
        settings = settings_for(
            data,
            l1_ratio=l1_ratio,
            fit_intercept=self.fit_intercept,
            positive=False,
            tol=self.tol,
            max_iter=self.max_iter,
        )
        return replace(
            settings,
            standardize=bool(self.standardize),
            penalty_factor=check_penalty_factor(self.penalty_factor, data.X),
            family=FAMILY,
            grouped=True,
        )

    def _store_choice(self, search: PathSearch, data: FitData) -> None:
        super()._store_choice(search, data)
        self.coef_ = np.atleast_2d(self.coef_)  # one target keeps its axis


class MultiTaskLassoCV(TargetsCV):
    """Multi-task Lasso whose alpha is chosen by cross-validation.

    Drop-in replacement of `sklearn.linear_model.MultiTaskLassoCV`; the objective is
    that of `MultiTaskLasso`.

    Parameters
    ----------
    eps : float in (0, 1), default=1e-3
        The last alpha of an automatic grid relative to the first.
    alphas : int or array-like of shape (n_alphas,), default=100
        How many, from the smallest that gives coefficients of zero down to `eps` times
        it, evenly spaced on the log scale; or the alphas themselves.
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0 and nothing is centred.
    max_iter : int >= 1, default=1000
        As in `MultiTaskLasso`, for each alpha.
    tol : float >= 0, default=1e-4
        As in `MultiTaskLasso`: what the duality gap of each solution may be.
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
        Mean squared error of each fold's rows by the fit without them, over all
        targets: those in large units count more.
    coef_ : ndarray of shape (n_targets, n_features)
        Coefficients of the fit to all rows, in the dtype of X.
    intercept_ : float or ndarray of shape (n_targets,)
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
    MultiTaskElasticNetCV : With a choice of l1_ratio.
    LassoCV : One target; where the differences from scikit-learn are listed.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import MultiTaskLassoCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> Y = X[:, [1, 4]] @ [[1.0, 2.0], [-1.0, 0.5]] + rng.standard_normal((60, 2))
    >>> model = MultiTaskLassoCV(rule="1se").fit(X, Y)
    >>> model.mse_path_.shape, model.coef_.shape
    ((100, 5), (2, 20))
    >>> np.flatnonzero(model.coef_.any(axis=0)).tolist()
    [1, 4]
    """

    path = staticmethod(lasso_path)

    def __init__(
        self,
        *,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float = 1e-4,
        copy_X: bool = True,
        cv: Any = None,
        verbose: Any = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        selection: str = "cyclic",
        standardize: bool = False,
        penalty_factor: Any = None,
        rule: str = "min",
    ) -> None:
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.copy_X = copy_X
        self.cv = cv
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.selection = selection
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.rule = rule


class MultiTaskElasticNetCV(TargetsCV):
    """Multi-task elastic net whose alpha, and mix, are chosen by cross-validation.

    Drop-in replacement of `sklearn.linear_model.MultiTaskElasticNetCV`; the objective
    is that of `MultiTaskElasticNet`.

    Parameters
    ----------
    l1_ratio : float in [0, 1] or array-like of shape (n_l1_ratios,), default=0.5
        Share of the norms, or several to choose from. With 0, `alphas` must be given.
    eps : float in (0, 1), default=1e-3
        The last alpha of an automatic grid relative to the first.
    alphas : int or array-like of shape (n_alphas,), default=100
        How many, for each mix on its own grid; or the alphas themselves, for all.
    fit_intercept, max_iter, tol, cv, copy_X, verbose, n_jobs, random_state, selection
        As in `MultiTaskLassoCV`.
    standardize, penalty_factor, rule
        fastreg's own, as in `MultiTaskLassoCV`. Rules other than "min" keep to the mix
        with the least error.

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
        Mean squared error of each fold's rows by the fit without them, over all
        targets.
    coef_, intercept_, dual_gap_, n_iter_, n_features_in_, feature_names_in_
        As in `MultiTaskLassoCV`.

    See Also
    --------
    MultiTaskLassoCV : With l1_ratio = 1.
    ElasticNetCV : One target.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import MultiTaskElasticNetCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> Y = X[:, [1, 4]] @ [[1.0, 2.0], [-1.0, 0.5]] + rng.standard_normal((60, 2))
    >>> model = MultiTaskElasticNetCV(l1_ratio=[0.1, 0.5, 1.0]).fit(X, Y)
    >>> model.mse_path_.shape, model.alphas_.shape, model.l1_ratio_
    ((3, 100, 5), (3, 100), 1.0)
    """

    path = staticmethod(enet_path)

    def __init__(
        self,
        *,
        l1_ratio: Any = 0.5,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float = 1e-4,
        cv: Any = None,
        copy_X: bool = True,
        verbose: Any = 0,
        n_jobs: int | None = None,
        random_state: Any = None,
        selection: str = "cyclic",
        standardize: bool = False,
        penalty_factor: Any = None,
        rule: str = "min",
    ) -> None:
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.selection = selection
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.rule = rule

    def _mixes(self) -> list[float]:
        return check_mixes(type(self).__name__, self.l1_ratio)

    def _store_mix(self, l1_ratio: float) -> None:
        self.l1_ratio_ = l1_ratio
