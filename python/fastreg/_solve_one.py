"""`solve`: one small fit with little around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._path import path

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """One solution.

    Attributes
    ----------
    coef : ndarray of shape (p,)
    intercept : float
    alpha, l1_ratio : float
        What was asked for.
    dual_gap : float
        Relative to the null model's objective, as that of a `Path`.
    converged : bool
        Whether it is at most ``tol``.
    """

    coef: Floats
    intercept: float
    alpha: float
    l1_ratio: float
    dual_gap: float
    converged: bool

    def predict(self, X: Any) -> Any:
        """``X @ coef + intercept``, for rows or for a single one."""
        return np.asarray(X) @ self.coef + self.intercept


def solve(
    X: Any,
    y: Any,
    alpha: float,
    l1_ratio: float = 1.0,
    *,
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    tol: float = 1e-6,
    max_iter: int = 100_000,
) -> Fit:
    """Fit the Lasso or the Elastic Net at one alpha, with little overhead.

    The problem is that of `path`, and so is the solution. What a loop in Python over
    many small problems spends around it is a few microseconds; if their data is there
    at once, `fit_batch` is faster still.

    Parameters
    ----------
    X : array-like of shape (n, p)
    y : array-like of shape (n,)
    alpha : float
        Strength.
    l1_ratio : float in [0, 1], default 1
    fit_intercept, standardize, sample_weight, tol, max_iter
        As in `path`.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite, or an option is out of range.
    TypeError
        If X or y don't hold real numbers.

    Warns
    -----
    ConvergenceWarning
        If the gap is above `tol`.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 5))
    >>> fit = fastreg.solve(X, X[:, 0] - X[:, 2], 0.1)
    >>> fit.coef.round(1).tolist(), fit.converged
    ([0.9, 0.0, -0.9, 0.0, 0.0], True)
    >>> fit.predict(X[0]).shape
    ()
    """
    alpha = _validation.check_alpha(alpha)
    l1_ratio = _validation.check_l1_ratio(l1_ratio)
    if type(X) is np.ndarray and type(y) is np.ndarray and sample_weight is None:
        # None for what is out of the ordinary: that is for `path`, and its words.
        found = _core.solve_small(
            X,
            y,
            alpha,
            l1_ratio,
            _validation.check_flag(fit_intercept, "fit_intercept"),
            _validation.check_flag(standardize, "standardize"),
            _validation.check_real(tol, "tol", low=0.0),
            _validation.check_count(max_iter, "max_iter"),
        )
        if found is not None:
            coef, intercept, gap = found
            return Fit(coef, intercept, alpha, l1_ratio, gap, True)
    fitted = path(
        X,
        y,
        alphas=[alpha],
        l1_ratio=l1_ratio,
        fit_intercept=fit_intercept,
        standardize=standardize,
        sample_weight=sample_weight,
        tol=tol,
        max_iter=max_iter,
    )
    return Fit(
        coef=fitted.coefs[:, 0],
        intercept=float(fitted.intercepts[0]),
        alpha=alpha,
        l1_ratio=l1_ratio,
        dual_gap=float(fitted.dual_gaps[0]),
        converged=fitted.status[0] == "converged",
    )
