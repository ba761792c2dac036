"""Audit of anybody's coefficients: a bound of their distance from the optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastreg import reference
from fastreg._features import check_bounds, check_penalty_factor
from fastreg._matrix import SparseMatrix
from fastreg._problem import Floats, Problem
from fastreg._validation import (
    check_alpha,
    check_flag,
    check_l1_ratio,
    check_offset,
    check_sample_weight,
    check_X,
    check_y,
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
        ``primal - dual``, in units of y squared.
    relative_gap : float
        ``dual_gap / null_objective``, which no rescaling of y changes.
    kkt_violation : float
        Largest violation of the optimality conditions over the features and the
        intercept, in units of the gradient (of scaled columns if ``standardize``).
    null_objective : float
        Objective of the model with the intercept alone.
    alpha, l1_ratio, fit_intercept, standardize, positive
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

    def __repr__(self) -> str:
        options = (
            f"alpha={self.alpha:.6g}, l1_ratio={self.l1_ratio:g}, "
            f"standardize={self.standardize}, positive={self.positive}"
        )
        return (
            f"Certificate: relative gap {self.relative_gap:.3g}, "
            f"largest KKT violation {self.kkt_violation:.3g}\n"
            f"  objective      {self._objective()}\n"
            f"  with           {options}\n"
            f"  primal         {self.primal:.10g}\n"
            f"  dual           {self.dual:.10g}\n"
            f"  dual gap       {self.dual_gap:.3g}\n"
            f"  null objective {self.null_objective:.10g}"
        )

    def _objective(self) -> str:
        offset = " - o" if self.has_offset else ""
        residual = f"y{offset} - b0 - Xb" if self.fit_intercept else f"y{offset} - Xb"
        loss = f"1/(2n) |{residual}|^2"
        if self.weighted:
            loss = f"1/2 sum w_i ({residual})_i^2 / sum w_i"
        where = ", s = sd of the columns" if self.standardize else ""
        where += ", b >= 0" if self.positive else ""
        where += ", lo <= b <= hi" if self.has_bounds else ""
        b = "s*b" if self.standardize else "b"
        lasso, ridge = f"|{b}|_1", f"|{b}|_2^2"
        if self.has_factors:
            product = "(s_j b_j)" if self.standardize else "b_j"
            lasso, ridge = f"sum v_j |{product}|", f"sum v_j {product}^2"
        if self.l1_ratio == 1.0:
            return f"{loss} + alpha {lasso}{where}"
        if self.l1_ratio == 0.0:
            return f"{loss} + alpha/2 {ridge}{where}"
        mix = f"l1_ratio {lasso} + (1 - l1_ratio)/2 {ridge}"
        return f"{loss} + alpha ({mix}){where}"


def certify(
    X: Any,
    y: Any,
    coef: Any,
    intercept: float = 0.0,
    *,
    alpha: float,
    l1_ratio: float = 1.0,
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    offset: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
) -> Certificate:
    """Bound how far given coefficients are from the optimum, in plain NumPy.

    It doesn't matter who computed them. The objective is that of `fastreg.path`
    with the same options; with ``standardize=False`` it is that of
    scikit-learn's ``Lasso`` and ``ElasticNet``. The dual point is the rescaled
    residual (Fercoq, Gramfort and Salmon, 2015), see `fastreg.reference`.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        A sparse one stays sparse.
    y : array-like of shape (n,)
    coef : array-like or SciPy sparse vector of shape (p,), (p, 1) or (1, p)
        Coefficients of the columns of X as they are (not standardised).
    intercept : float, default 0
    alpha : float >= 0
        Strength of the penalty.
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
        As in `fastreg.path`.
    positive : bool, default False
        Whether coefficients are constrained to be >= 0.

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
    divide by their sum instead of n.

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
    """
    X = check_X(X)
    X.check_finite()
    n_samples, n_features = X.shape
    y = check_y(y, n_samples)
    weight = check_sample_weight(sample_weight, n_samples)
    coef = _check_coef(coef, n_features)
    lower, upper = check_bounds(lower_bounds, upper_bounds, positive, X)
    factor = check_penalty_factor(penalty_factor, X)
    problem = Problem(
        X if isinstance(X, SparseMatrix) else X.kernel,
        y,
        alpha=check_alpha(alpha),
        l1_ratio=check_l1_ratio(l1_ratio),
        sample_weight=weight,
        fit_intercept=check_flag(fit_intercept, "fit_intercept"),
        standardize=check_flag(standardize, "standardize"),
        penalty_factor=1.0 if factor is None else factor,
        lower_bounds=-np.inf if lower is None else lower,
        upper_bounds=np.inf if upper is None else upper,
        offset=None if offset is None else check_offset(offset, n_samples),
    )
    intercept = _check_intercept(intercept, fit_intercept)
    primal = reference.primal(problem, coef, intercept)
    dual = reference.dual(problem, *reference.dual_point(problem, coef))
    null = reference.null_objective(problem)
    return Certificate(
        primal=primal,
        dual=dual,
        dual_gap=primal - dual,
        relative_gap=(primal - dual) / (null or 1.0),
        kkt_violation=reference.kkt_violation(problem, coef, intercept),
        null_objective=null,
        alpha=problem.alpha,
        l1_ratio=problem.l1_ratio,
        fit_intercept=problem.fit_intercept,
        standardize=problem.standardize,
        positive=bool(positive),
        weighted=weight is not None,
        has_offset=offset is not None,
        has_factors=factor is not None,
        has_bounds=upper is not None or lower_bounds is not None,
    )


def _check_coef(coef: Any, n_features: int) -> Floats:
    """Coefficients as a float64 vector, from an array or a sparse vector."""
    dense = coef.toarray() if hasattr(coef, "toarray") else coef
    values = np.asarray(dense)
    if values.dtype.kind not in "fiub":
        raise TypeError(f"coef must hold real numbers, got dtype {values.dtype}")
    if values.size != n_features or max(values.shape, default=0) != n_features:
        raise ValueError(
            f"coef has shape {values.shape} but X has {n_features} columns: "
            "expected one coefficient per column"
        )
    values = values.astype(np.float64).reshape(n_features)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(f"coef[{bad[0]}] is {values[bad[0]]}, expected a finite value")
    return values


def _check_intercept(intercept: Any, fit_intercept: bool) -> float:
    """The intercept as a float, from a number or an array of one."""
    values = np.asarray(intercept)
    if values.size != 1 or values.dtype.kind not in "fiub":
        raise TypeError(f"intercept must be one number, got {intercept!r}")
    value = float(values.reshape(()))
    if not np.isfinite(value):
        raise ValueError(f"intercept must be finite, got {value}")
    if not fit_intercept and value != 0.0:
        raise ValueError(
            f"fit_intercept=False means an intercept of 0, got intercept={value}"
        )
    return value
