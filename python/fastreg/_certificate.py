"""Audit of anybody's coefficients: a bound of their distance from the optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastreg import reference
from fastreg._coef_checks import check_coef, check_intercept
from fastreg._features import check_bounds, check_penalty_factor
from fastreg._matrix import SparseMatrix
from fastreg._objective_text import objective_text
from fastreg._problem import Floats, Problem
from fastreg._responses import (
    WITH_OUTPUTS,
    Response,
    check_family,
    check_response,
)
from fastreg._validation import (
    check_alpha,
    check_flag,
    check_l1_ratio,
    check_offset,
    check_sample_weight,
    check_X,
)


@dataclass(frozen=True, repr=False)
class Certificate:
    """What `certify` found; no coefficients do better than ``primal - dual_gap``.

    Attributes
    ----------
    primal : float
        Objective at the given coefficients and intercept; infinite if they
        violate a bound.
    dual : float
        Lower bound of the objective over all coefficients and intercepts.
    dual_gap : float
        ``primal - dual``, in units of the objective.
    relative_gap : float
        ``dual_gap / null_objective``, which no rescaling of y changes (gaussian).
    kkt_violation : float
        Largest violation of the optimality conditions over the features and the
        intercept, in units of the gradient (of scaled columns if ``standardize``).
    null_objective : float
        Objective of the model with the intercept alone; of families other than
        gaussian less that of a saturated model: the null deviance by 2n.
    alpha, l1_ratio, fit_intercept, standardize, positive, family, grouped
        The objective that was audited.
    weighted, has_offset, has_factors, has_bounds : bool
        Whether it had sample weights, an offset, penalty factors, and bounds other
        than those of `positive`.
    """

    primal: float
    dual: float
    dual_gap: float
    relative_gap: float
    kkt_violation: float
    null_objective: float
    alpha: float
    l1_ratio: float
    fit_intercept: bool = True
    standardize: bool = True
    positive: bool = False
    weighted: bool = False
    has_offset: bool = False
    has_factors: bool = False
    has_bounds: bool = False
    family: str = "gaussian"
    grouped: bool = False

    def __repr__(self) -> str:
        options = (
            f"alpha={self.alpha:.6g}, l1_ratio={self.l1_ratio:g}, "
            f"standardize={self.standardize}, positive={self.positive}"
        )
        if self.family != "gaussian":
            options = f"family={self.family}, {options}"
        return (
            f"Certificate: relative gap {self.relative_gap:.3g}, "
            f"largest KKT violation {self.kkt_violation:.3g}\n"
            f"  objective      {objective_text(self)}\n"
            f"  with           {options}\n"
            f"  primal         {self.primal:.10g}\n"
            f"  dual           {self.dual:.10g}\n"
            f"  dual gap       {self.dual_gap:.3g}\n"
            f"  null objective {self.null_objective:.10g}"
        )


def certify(
    X: Any,
    y: Any,
    coef: Any,
    intercept: Any = 0.0,
    *,
    alpha: float,
    family: str = "gaussian",
    l1_ratio: float = 1.0,
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    offset: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
    grouped: bool = False,
) -> Certificate:
    """Bound how far given coefficients are from the optimum, in plain NumPy.

    It doesn't matter who computed them. The objective is that of `fastreg.path`
    with the same options; with ``standardize=False`` it is that of
    scikit-learn's ``Lasso`` and ``ElasticNet``. The dual point is the rescaled
    residual (Fercoq, Gramfort and Salmon, 2015), see `fastreg.reference`. Of the other
    families, what their objectives are is in the documentation of `fastreg.reference`.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        A sparse one stays sparse.
    y : array-like of shape (n,), or (n, m) for mgaussian
        Numbers; for binomial and multinomial labels of any type, for poisson numbers
        >= 0.
    coef : array-like or SciPy sparse vector of shape (p,), (p, 1) or (1, p)
        Coefficients of the columns of X as they are (not standardised). For binomial
        those of the second of the sorted labels, for multinomial of shape (K, p) for
        the K labels in sorted order, for mgaussian (m, p) for the m targets.
    intercept : float or array of shape (1,), default 0
        For multinomial of shape (K,), for mgaussian (m,).
    alpha : float >= 0
        Strength of the penalty.
    family : {"gaussian", "binomial", "multinomial", "poisson", "mgaussian"}, default \
"gaussian"
    l1_ratio : float in [0, 1], default 1
        1 is the Lasso, 0 is ridge.
    fit_intercept : bool, default True
        Whether the intercept is free. If False ``intercept`` must be 0.
    standardize : bool, default True
        Whether the penalty acts on coefficients of columns of unit standard
        deviation.
    sample_weight : array-like of shape (n,), optional
        Weights >= 0; only their ratios matter.
    offset, penalty_factor, lower_bounds, upper_bounds
        As in `fastreg.path`. The offset of multinomial is of shape (n, K), of mgaussian
        (n, m).
    positive : bool, default False
        Whether coefficients are constrained to be >= 0.
    grouped : bool, default False
        Whether the penalty is of norms over the classes (multinomial without bounds).
        That of mgaussian is of norms over the targets in any case.

    Returns
    -------
    Certificate

    Raises
    ------
    ValueError
        If shapes disagree, a value is not finite or a parameter is out of range.
    TypeError
        If an argument is of the wrong kind: text, complex, or not True or False.

    Notes
    -----
    scikit-learn's ``Ridge(alpha=a)`` doesn't divide its sum of squares by n, so its
    alpha is n times the one here: audit it with ``alpha=a / n, l1_ratio=0,
    standardize=False``. If it was fitted with ``sample_weight``, pass the weights and
    divide by their sum instead of n. ``LogisticRegression(C=c)`` has
    ``alpha=1 / (c * n)``, with n the sum of the weights, and ``standardize=False``.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import certify
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
    >>> certify(X, y, [1.85], 1.15, alpha=0.1, standardize=False).relative_gap < 1e-12
    True
    >>> certify(X, y, [1.8], 1.2, alpha=0.1, standardize=False).dual_gap > 1e-4
    True

    A ``Ridge`` of scikit-learn:

    >>> from sklearn.linear_model import Ridge
    >>> model = Ridge(alpha=0.5).fit(X, y)
    >>> options = {"alpha": 0.5 / len(y), "l1_ratio": 0, "standardize": False}
    >>> certify(X, y, model.coef_, model.intercept_, **options).relative_gap < 1e-12
    True

    A ``LogisticRegression`` of scikit-learn:

    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), ["no", "yes", "no", "yes"]
    >>> model = LogisticRegression(C=0.5, tol=1e-10).fit(X, y)
    >>> options = {"alpha": 1 / (0.5 * 4), "l1_ratio": 0, "standardize": False}
    >>> fit = model.coef_, model.intercept_
    >>> certify(X, y, *fit, family="binomial", **options).relative_gap < 1e-12
    True
    """
    X = check_X(X)
    X.check_finite()
    n_samples, n_features = X.shape
    family = check_family(family)
    weight = check_sample_weight(sample_weight, n_samples)
    response = check_response(y, n_samples, family, weight)
    n_outputs = _count_outputs(response, family)
    outputs = "targets" if family == "mgaussian" else "classes"
    coef = check_coef(coef, n_features, n_outputs, outputs)
    lower, upper = check_bounds(lower_bounds, upper_bounds, positive, X)
    factor = check_penalty_factor(penalty_factor, X)
    problem = Problem(
        X if isinstance(X, SparseMatrix) else X.kernel,
        response.values,
        alpha=check_alpha(alpha),
        l1_ratio=check_l1_ratio(l1_ratio),
        sample_weight=weight,
        fit_intercept=check_flag(fit_intercept, "fit_intercept"),
        standardize=check_flag(standardize, "standardize"),
        penalty_factor=1.0 if factor is None else factor,
        lower_bounds=-np.inf if lower is None else lower,
        upper_bounds=np.inf if upper is None else upper,
        offset=None
        if offset is None
        else check_offset(offset, n_samples, n_outputs, outputs),
        family=family,
        grouped=check_flag(grouped, "grouped"),
    )
    intercept = check_intercept(intercept, fit_intercept, n_outputs, outputs)
    return audit(problem, coef, intercept, positive)


def audit(
    problem: Problem, coef: Floats, intercept: Any, positive: bool
) -> Certificate:
    """Certificate of checked coefficients; `positive` is how the bounds were stated."""
    primal = reference.primal(problem, coef, intercept)
    gap, dual = _gap_and_dual(problem, coef, intercept, primal)
    null = reference.null_objective(problem)
    lo, hi = np.asarray(problem.lower_bounds), np.asarray(problem.upper_bounds)
    bounded = bool(np.any(hi < np.inf) or (np.any(lo > -np.inf) and not positive))
    return Certificate(
        primal=primal,
        dual=dual,
        dual_gap=gap,
        relative_gap=gap / (null or 1.0),
        kkt_violation=reference.kkt_violation(problem, coef, intercept),
        null_objective=null,
        alpha=problem.alpha,
        l1_ratio=problem.l1_ratio,
        fit_intercept=problem.fit_intercept,
        standardize=problem.standardize,
        positive=bool(positive),
        weighted=problem.sample_weight is not None,
        has_offset=problem.offset is not None,
        has_factors=bool(np.any(np.asarray(problem.penalty_factor) != 1.0)),
        has_bounds=bounded,
        family=problem.family,
        grouped=problem.grouped,
    )


def _gap_and_dual(
    problem: Problem, coef: Floats, intercept: Any, primal: float
) -> tuple[float, float]:
    """The gap, of families with a link as a sum of terms that doesn't cancel."""
    if problem.family != "gaussian" and np.isfinite(primal):
        gap = reference.dual_gap(problem, coef, intercept)
        return gap, primal - gap
    dual = reference.dual(problem, *reference.dual_point(problem, coef))
    return primal - dual, dual


def _count_outputs(response: Response, family: str) -> int | None:
    """How many rows of coefficients there are, or None where there is one vector."""
    if family not in WITH_OUTPUTS:
        return None
    classes = response.classes
    return response.values.shape[1] if classes is None else len(classes)
