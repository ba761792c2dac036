"""`RidgeClassifierCV`: a ridge classifier that chooses alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastreg.linear_model._classifier import (
    LinearClassifier,
    check_class_weight,
    validate_labelled,
)
from fastreg.linear_model._ridge_classifier import RidgeClassifier
from fastreg.linear_model._ridge_scoring import JudgedLabels, Task
from fastreg.linear_model._ridge_search import RidgeSearch

if TYPE_CHECKING:
    from typing_extensions import Self


class RidgeClassifierCV(LinearClassifier, RidgeSearch):
    """Classification by ridge regression whose strength is chosen by cross-validation.

    Drop-in replacement of `sklearn.linear_model.RidgeClassifierCV`. The model is that
    of `RidgeClassifier`, the search that of `RidgeCV`, which see.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,), float or int, default=(0.1, 1.0, 10.0)
        As in `RidgeCV`.
    fit_intercept : bool, default=True
        Whether to fit an intercept.
    scoring : str, callable or None, default=None
        As in `RidgeCV`, but None is the accuracy for folds. For leave-one-out None is
        the negative mean squared error of predicting -1 and 1.
    cv : None, int, splitter or iterable, default=None
        As in `RidgeCV`; the folds of an int have the classes in like proportions.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, as in `RidgeClassifier`.
    store_cv_results : bool, default=False
        Whether to keep `cv_results_`; needs ``cv=None``.

    Attributes
    ----------
    alpha_ : float
        The chosen alpha, the first of the best.
    best_score_ : float
        Its score.
    cv_results_ : ndarray of shape (n_samples, n_targets, n_alphas)
        With `store_cv_results`, as in `RidgeCV`; two classes are one target.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients at `alpha_`, in the dtype of X; with two classes of the second.
    intercept_ : float or ndarray of shape (n_targets,)
        0.0 if `fit_intercept` is False.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    alphas_, df_, residual_, dual_gap_, solver_
        As in `RidgeCV`.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    RidgeClassifier : One strength.
    RidgeCV : The same for numbers.

    Notes
    -----
    What differs from scikit-learn, besides what is listed in `RidgeCV`:

    - With `scoring`, leave-one-out predictions are turned into labels and compared with
      y. scikit-learn compares positions of the largest entries, so that two classes
      always seem to be predicted without an error.
    - A y with one class only is an error.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import RidgeClassifierCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 5))
    >>> y = np.where(X[:, 0] + 0.3 * rng.normal(size=60) > 0, "up", "down")
    >>> model = RidgeClassifierCV(alphas=[0.1, 1.0, 10.0], scoring="accuracy").fit(X, y)
    >>> model.alpha_, round(float(model.best_score_), 2)
    (0.1, 0.88)
    """

    def __init__(
        self,
        alphas: Any = (0.1, 1.0, 10.0),
        *,
        fit_intercept: bool = True,
        scoring: Any = None,
        cv: Any = None,
        class_weight: Any = None,
        store_cv_results: bool = False,
    ) -> None:
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.scoring = scoring
        self.cv = cv
        self.class_weight = class_weight
        self.store_cv_results = store_cv_results

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Self:
        """Choose alpha and fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels of any type; or 1 for each label that a sample has, 0 for others.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the squares and of the scores, used as they are; a number
            is the same weight for every sample.
        **params
            For the scorer and the splitter, if scikit-learn's metadata routing is on.

        Returns
        -------
        RidgeClassifierCV
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X holds NaN or inf, y is continuous or has
            one class only, shapes disagree, the weights are negative or all zero or a
            fold is empty.

        Warns
        -----
        GridWarning
            If the chosen alpha is at the edge of an automatic grid.
        ConvergenceWarning
            If rounding errors leave a duality gap above 1e-4 ||y||^2.
        """
        self._check_parameters(params)
        check_class_weight(type(self).__name__, self.class_weight)
        labelled = validate_labelled(self, X, y, sample_weight)
        self._store_labels(labelled)
        judged = JudgedLabels(labelled.labels, labelled.binarizer)
        task = Task(X, labelled.labels, labelled.data, judged)
        self._search(task, params, per_target=False, stacklevel=2)
        return self

    def _fold_model(self) -> RidgeClassifier:
        return RidgeClassifier(fit_intercept=self.fit_intercept)
