"""`RidgeCV`: alpha by leave-one-out or by folds, scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastreg.linear_model._base import LinearRegressor, validate_fit
from fastreg.linear_model._parameters import check_choice, check_flag
from fastreg.linear_model._ridge import Ridge
from fastreg.linear_model._ridge_scoring import JudgedTargets, Task
from fastreg.linear_model._ridge_search import RidgeSearch

if TYPE_CHECKING:
    from typing_extensions import Self

GCV_MODES = ("auto", "svd", "eigen")


class RidgeCV(LinearRegressor, RidgeSearch):
    """Ridge regression whose strength is chosen by cross-validation.

    Drop-in replacement of `sklearn.linear_model.RidgeCV`. The objective is that of
    `Ridge`, with its scaling of alpha. By default every alpha is judged by exact
    leave-one-out, all of them at about the price of one fit.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,), float or int, default=(0.1, 1.0, 10.0)
        Strengths to choose from, > 0, with `cv` also 0. An int >= 2, other than in
        scikit-learn, is a number of strengths: they cover the spectrum of X as in
        `fastreg.ridge_path`, from nothing learned to least squares.
    fit_intercept : bool, default=True
        Whether to fit an intercept.
    scoring : str, callable or None, default=None
        A name of `sklearn.metrics.get_scorer_names`, or ``scorer(estimator, X, y)``.
        None is the negative mean squared error for leave-one-out, R² for folds.
    cv : None, int, splitter or iterable, default=None
        None is leave-one-out; an int is a number of folds, not shuffled; a splitter or
        the (train, test) indices themselves are used as they are.
    gcv_mode : {"auto", "svd", "eigen"} or None, default=None
        Accepted and checked, without effect.
    store_cv_results : bool, default=False
        Whether to keep `cv_results_`; needs ``cv=None``.
    alpha_per_target : bool, default=False
        Whether each target gets an alpha of its own; needs ``cv=None``.

    Attributes
    ----------
    alpha_ : float or ndarray of shape (n_targets,)
        The chosen alpha, the first of the best; or one a target.
    best_score_ : float or ndarray of shape (n_targets,)
        Its score; with folds the mean over them. With weights the squared errors of
        leave-one-out are multiplied by them, as they are, and divided by n_samples.
    cv_results_ : ndarray of shape (n_samples, n_alphas) or \
(n_samples, n_targets, n_alphas)
        With `store_cv_results`: the squared errors of leave-one-out, times the weights,
        or with `scoring` its predictions.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients at `alpha_`, in the dtype of X.
    intercept_ : float or ndarray of shape (n_targets,)
        0.0 if `fit_intercept` is False.
    alphas_ : ndarray of shape (n_alphas,)
        The strengths that were tried. Like the attributes below fastreg's own.
    df_ : float or ndarray of shape (n_targets,)
        With ``cv=None``: degrees of freedom at `alpha_`, as in `Ridge`.
    residual_, dual_gap_, solver_
        As in `Ridge`.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    Ridge : One strength.
    RidgeClassifierCV : The same for labels.

    Notes
    -----
    The model without sample i has the other samples' weights, their intercept and the
    same alpha. Its prediction follows from the one model of all samples and the i-th
    leverage (Allen, 1974; Golub, Heath and Wahba, 1979), so nothing is fitted again.
    Folds are computed from the statistics of all samples less those of the fold's.

    What differs from scikit-learn:

    - An int for `alphas` is a number of strengths, and 1 an error; a float is the one
      strength.
    - A sample of weight 0 has a prediction in `cv_results_`, not NaN.
    - With `scoring` and `alpha_per_target`, y may have one axis.
    - With one sample that has a weight, leave-one-out is an error.
    - In folds `sample_weight` reaches the scorer, as it does since scikit-learn 1.9;
      earlier versions ignored it there.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import RidgeCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 5))
    >>> y = X[:, 0] + rng.normal(size=40)
    >>> model = RidgeCV(alphas=[0.1, 1.0, 10.0, 100.0]).fit(X, y)
    >>> model.alpha_
    1.0
    """

    def __init__(
        self,
        alphas: Any = (0.1, 1.0, 10.0),
        *,
        fit_intercept: bool = True,
        scoring: Any = None,
        cv: Any = None,
        gcv_mode: str | None = None,
        store_cv_results: bool = False,
        alpha_per_target: bool = False,
    ) -> None:
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.scoring = scoring
        self.cv = cv
        self.gcv_mode = gcv_mode
        self.store_cv_results = store_cv_results
        self.alpha_per_target = alpha_per_target

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Self:
        """Choose alpha and fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the squares and of the scores, used as they are; a number
            is the same weight for every sample.
        **params
            For the scorer and the splitter, if scikit-learn's metadata routing is on.

        Returns
        -------
        RidgeCV
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X or y hold NaN or inf, shapes disagree,
            the weights are negative or all zero or a fold is empty.

        Warns
        -----
        GridWarning
            If the chosen alpha is at the edge of an automatic grid.
        ConvergenceWarning
            If rounding errors leave a duality gap above 1e-4 ||y||^2.
        """
        owner = type(self).__name__
        self._check_parameters(params)
        check_flag(owner, "alpha_per_target", self.alpha_per_target)
        if self.gcv_mode is not None:
            check_choice(owner, "gcv_mode", self.gcv_mode, GCV_MODES)
        if self.cv is not None and self.alpha_per_target:
            raise ValueError("alpha_per_target=True needs cv=None")
        data = validate_fit(self, X, y, sample_weight)
        task = Task(X, data.y, data, JudgedTargets(data.y))
        self._search(task, params, per_target=self.alpha_per_target, stacklevel=2)
        return self

    def _fold_model(self) -> Ridge:
        return Ridge(fit_intercept=self.fit_intercept)
