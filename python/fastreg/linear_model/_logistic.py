"""`LogisticRegression`: two classes or more, scikit-learn's interface."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from fastreg import _link
from fastreg.linear_model._base import FitData, Floats
from fastreg.linear_model._classifier import check_class_weight
from fastreg.linear_model._link_model import LinkModel
from fastreg.linear_model._logistic_data import validate_classes
from fastreg.linear_model._parameters import (
    InvalidParameterError,
    check_flag,
    check_real,
    check_seed,
)

if TYPE_CHECKING:
    from typing_extensions import Self

PENALTIES = ("l1", "l2", "elasticnet", None)


class LogisticRegression(
    ClassifierMixin,  # type: ignore[misc]  # scikit-learn is untyped
    LinkModel,
):
    """Logistic regression with L1 and L2 penalties.

    Drop-in replacement of `sklearn.linear_model.LogisticRegression`. Minimises ::

        C Σ_i w_i (log(1 + exp(η_i)) - y_i η_i)
            + l1_ratio ||b||_1 + (1 - l1_ratio)/2 ||b||^2,    η_i = b0 + x_i·b

    where y_i is 1 for the second of the sorted classes and 0 for the first, and w_i is
    1, or the weights of samples and classes as they are. The intercept b0 isn't
    penalised. With K > 2 classes there are b0 and b for each, the loss is
    log Σ_k exp(η_ik) - η_iy for the class y of the sample, and the penalty is summed
    over the classes (a symmetric softmax).

    Parameters
    ----------
    penalty : {"l1", "l2", "elasticnet"} or None, default="deprecated"
        Deprecated as in scikit-learn 1.8: "l1" is ``l1_ratio=1``, "l2" is
        ``l1_ratio=0`` and None is ``C=inf``.
    C : float > 0, default=1.0
        Inverse of the strength of the penalty. inf is maximum likelihood.
    l1_ratio : float in [0, 1], default=0.0
        Share of the L1 term: 0 is ridge, 1 the Lasso. With any `solver`.
    dual : bool, default=False
        Accepted and checked, without effect.
    tol : float >= 0, default=1e-4
        The duality gap may be at most tol / 10000 times the objective of the model with
        nothing but the intercept.
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0.
    intercept_scaling : float > 0, default=1
        Accepted and checked, without effect: the intercept is never penalised.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, by label, 1 where a class isn't named; they multiply
        `sample_weight`. "balanced" gives all classes the same total weight.
    random_state : int, RandomState or None, default=None
        Accepted and checked, without effect: the solver is deterministic.
    solver : {"lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"}, \
default="lbfgs"
        Accepted and checked, without effect (see Notes).
    max_iter : int >= 1, default=100
        Limit on Newton steps; each may take 100 iterations on its quadratic model.
    verbose : float >= 0, default=0
        Accepted and checked, without effect.
    warm_start : bool, default=False
        Start from the coefficients of the previous `fit`.
    n_jobs : int or None, default=None
        Without effect, as in scikit-learn 1.8.
    standardize : bool, default=False
        Whether the penalty counts features by their standard deviation, as in
        `fastreg.path`. Like what follows it is fastreg's own.
    penalty_factor : float, array-like of shape (n_features,) or mapping, default=None
        Factors >= 0 of the penalty, by position or by column name; 0: never penalised,
        inf: excluded.
    lower_bounds, upper_bounds : float, array-like of shape (n_features,) or mapping, \
default=None
        Bounds of the coefficients.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients in the dtype of X; with two classes of the log-odds of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        b0; 0 if `fit_intercept` is False. With more than two classes the sum is 0.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_iter_ : ndarray of shape (1,)
        Newton steps, and iterations on their quadratic models.
    dual_gap_ : float
        Duality gap in units of the objective divided by C Σ w, the mean loss: fastreg's
        own.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    fastreg.path : Whole paths, with ``family="binomial"`` or ``"multinomial"``.

    Notes
    -----
    What differs from scikit-learn:

    - `solver` does nothing: one method solves every penalty, and the intercept is never
      penalised (it is by "liblinear").
    - `tol` is a duality gap, so that what is reached doesn't depend on the units of X.
      The gap that is reached is often far below it.
    - A class whose samples have no weight is an error.
    - Where no maximum of the likelihood exists and the penalty doesn't make one, there
      is a `SeparationWarning`.
    - Computations are in float64 whatever the dtype of X; float32 X gives float32
      results. X is not copied, CSR is converted once.

    Method: proximal Newton steps on a working set; the duality gap is that of Ndiaye,
    Fercoq, Gramfort and Salmon, "Gap safe screening rules for sparsity enforcing
    penalties" (2017).

    Examples
    --------
    >>> from fastreg import LogisticRegression
    >>> X = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
    >>> model = LogisticRegression(tol=1e-8).fit(X, ["no", "no", "yes", "yes"])
    >>> model.coef_.round(3)
    array([[0.969, 0.16 ]])
    >>> model.predict([[0.5, 0.5], [2.5, 0.5]]).tolist()
    ['no', 'yes']
    >>> model.predict_proba([[0.5, 0.5]]).round(3)
    array([[0.725, 0.275]])
    """

    solvers = ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga")
    alpha_text = "; alpha is 1 / (C n), n the sum of the weights"

    C: Any
    classes_: npt.NDArray[Any]

    def __init__(
        self,
        penalty: str | None = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        dual: bool = False,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Any = None,
        random_state: Any = None,
        solver: str = "lbfgs",
        max_iter: int = 100,
        verbose: float = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        standardize: bool = False,
        penalty_factor: Any = None,
        lower_bounds: Any = None,
        upper_bounds: Any = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.lower_bounds = lower_bounds
        self.upper_bounds = upper_bounds

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,)
            Labels of any type, at least two different ones.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the samples, used as they are; a number is the same weight
            for every sample.

        Returns
        -------
        LogisticRegression
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X holds NaN or inf, y is continuous or has
            one class or a class without weight, shapes disagree or weights are
            negative.

        Warns
        -----
        ConvergenceWarning
            If the duality gap ends above the tolerance.
        SeparationWarning
            If the likelihood has no maximum and the solution shows it. It stands for a
            `ConvergenceWarning` too.
        """
        self._check_parameters()
        l1_ratio, C = self._mix_and_strength()
        data, classes = validate_classes(self, X, y, sample_weight)
        self.classes_ = classes
        weights = data.sample_weight
        total = float(data.X.shape[0] if weights is None else weights.sum())
        strength = 1.0 / (C * total)
        self._solve_at(data, self._family(), strength, l1_ratio, classes, stacklevel=2)
        self._as_rows(data)
        return self

    def decision_function(self, X: Any) -> npt.NDArray[Any]:
        """Log-odds of the second class, or a score for each of more than two.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            With two classes positive where ``classes_[1]`` is predicted.
        """
        decision = self._decision(X)
        return decision[:, 0] if decision.shape[1] == 1 else decision

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The likeliest class of each sample.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        decision = self.decision_function(X)
        return _link.labels(self._family(), decision, self.classes_)

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of the classes.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        decision = self.decision_function(X)
        return _link.probabilities(self._family(), decision)

    def predict_log_proba(self, X: Any) -> Floats:
        """Logarithms of the probabilities of the classes, finite for finite log-odds.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        decision = self.decision_function(X)
        return _link.log_probabilities(self._family(), decision)

    def densify(self) -> Self:
        """Store `coef_` as an array again, after `sparsify`.

        Returns
        -------
        LogisticRegression
            Itself.
        """
        check_is_fitted(self)
        self.coef_ = self._dense_coef()
        return self

    def sparsify(self) -> Self:
        """Store `coef_` as a sparse matrix, which saves memory with an L1 penalty.

        Returns
        -------
        LogisticRegression
            Itself. It predicts as before; call `densify` before another `fit`.
        """
        check_is_fitted(self)
        if not sparse.issparse(self.coef_):
            self.coef_ = sparse.csr_matrix(self.coef_)
        return self

    def _check_parameters(self) -> None:
        owner = type(self).__name__
        self._check_shared_parameters()
        check_flag(owner, "dual", self.dual)
        check_real(owner, "intercept_scaling", self.intercept_scaling)
        check_class_weight(owner, self.class_weight)
        check_seed(owner, self.random_state)

    def _mix_and_strength(self) -> tuple[float, float]:
        """`l1_ratio` and `C`, with what a deprecated `penalty` makes of them."""
        owner = type(self).__name__
        if not (isinstance(self.C, Real) and float(self.C) > 0):
            raise InvalidParameterError(f"C of {owner} must be > 0, got {self.C!r}")
        l1_ratio: Any = self.l1_ratio
        if l1_ratio is None:
            _deprecate("l1_ratio=None is deprecated; use 0 for an L2 penalty")
            l1_ratio = 0.0
        check_real(owner, "l1_ratio", l1_ratio, high=1.0)
        if self.penalty == "deprecated":
            return float(l1_ratio), float(self.C)
        if self.penalty not in PENALTIES:
            listed = ", ".join(map(repr, PENALTIES))
            raise InvalidParameterError(
                f"penalty of {owner} must be one of {listed}, got {self.penalty!r}"
            )
        _deprecate(
            "penalty is deprecated; use l1_ratio=0 for 'l2', l1_ratio=1 for 'l1' and "
            "C=inf for None"
        )
        mix = {"l1": 1.0, "l2": 0.0}.get(str(self.penalty), float(l1_ratio))
        return mix, np.inf if self.penalty is None else float(self.C)

    def _as_rows(self, data: FitData) -> None:
        """A row of coefficients and an intercept for each output."""
        self.coef_ = np.atleast_2d(self.coef_)
        n_outputs = len(self.coef_)
        self.intercept_ = np.broadcast_to(self.intercept_, n_outputs).astype(data.dtype)

    def _family(self) -> str:
        return "binomial" if len(self.classes_) == 2 else "multinomial"

    def _store_count(self, n_iter: int) -> None:
        self.n_iter_ = np.array([n_iter], dtype=np.int32)


def _deprecate(message: str) -> None:
    # This helper, `_mix_and_strength` and `fit` are below the caller.
    warnings.warn(f"{message} (as in scikit-learn 1.8)", FutureWarning, stacklevel=4)
