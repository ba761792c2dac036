"""`RidgeClassifier`: ridge regression on -1 and 1, scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastreg.linear_model._classifier import (
    LinearClassifier,
    check_class_weight,
    validate_labelled,
)
from fastreg.linear_model._ridge_model import RidgeModel

if TYPE_CHECKING:
    from typing_extensions import Self


class RidgeClassifier(LinearClassifier, RidgeModel):
    """Classification by ridge regression on targets of -1 and 1.

    Drop-in replacement of `sklearn.linear_model.RidgeClassifier`. Two classes are one
    target, which is 1 for the second of the sorted classes; more classes, or several
    labels a sample, are a target each. The model is that of `Ridge`, which see.

    Parameters
    ----------
    alpha : float >= 0 or array-like of shape (n_targets,), default=1.0
        Strength of the penalty, one for all targets or one for each.
    fit_intercept : bool, default=True
        Whether to fit an intercept.
    copy_X : bool, default=True
        Without effect, as in `Ridge`.
    max_iter : int >= 1 or None, default=None
        As in `Ridge`.
    tol : float >= 0, default=1e-4
        As in `Ridge`.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, by label, 1 where a class isn't named; they multiply
        `sample_weight`. "balanced" is n_samples / (n_classes * count of the class).
    solver : {"auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"}, \
default="auto"
        As in `Ridge`.
    positive : bool, default=False
        Whether coefficients must be >= 0; needs solver "auto" or "lbfgs".
    random_state : int, RandomState or None, default=None
        Accepted and checked, without effect: nothing is random.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients, in the dtype of X; with two classes those of the second.
    intercept_ : float or ndarray of shape (n_targets,)
        0.0 if `fit_intercept` is False.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_iter_, dual_gap_, residual_, solver_
        As in `Ridge`.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    Ridge : The regression behind it.
    RidgeClassifierCV : The same with alpha chosen by cross-validation.

    Notes
    -----
    What differs from scikit-learn, besides what is listed in `Ridge`: a y with one
    class only is an error.

    Examples
    --------
    >>> from fastreg import RidgeClassifier
    >>> X = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
    >>> model = RidgeClassifier(alpha=0.1).fit(X, ["no", "no", "yes", "yes"])
    >>> model.predict([[0.5, 0.5], [2.5, 0.5]]).tolist()
    ['no', 'yes']
    """

    def __init__(
        self,
        alpha: Any = 1.0,
        *,
        fit_intercept: bool = True,
        copy_X: bool = True,
        max_iter: int | None = None,
        tol: float = 1e-4,
        class_weight: Any = None,
        solver: str = "auto",
        positive: bool = False,
        random_state: Any = None,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.class_weight = class_weight
        self.solver = solver
        self.positive = positive
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels of any type; or 1 for each label that a sample has, 0 for others.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the squares, used as they are; a number is the same weight
            for every sample.

        Returns
        -------
        RidgeClassifier
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X holds NaN or inf, y is continuous or has
            one class only, shapes disagree or the weights are negative or all zero.

        Warns
        -----
        ConvergenceWarning
            If a duality gap or a residual ends above the tolerance.
        """
        self._check_parameters()
        check_class_weight(type(self).__name__, self.class_weight)
        labelled = validate_labelled(self, X, y, sample_weight)
        self._store_labels(labelled)
        self._fit(labelled.data, stacklevel=2)
        return self
