"""`ridge`: ridge regression at one alpha, or one for each target."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._ridge_fit import RidgeFit, unmet_sentence
from fastreg._ridge_problem import RidgeProblem, check_ridge_problem
from fastreg._ridge_solve import fit_checked
from fastreg._threads import SMALL
from fastreg._warnings import ConvergenceWarning
from fastreg._watch import STOPS

Floats = NDArray[np.float64]

FLOAT64 = np.dtype(np.float64)
INFINITY = float("inf")
INTERRUPTED = STOPS.index("interrupted")


def ridge(
    X: Any,
    Y: Any,
    alpha: Any,
    *,
    solver: str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
    offset: Any = None,
    tol: float = 1e-11,
    max_iter: int | None = None,
    inference: bool = False,
    n_threads: int | None = None,
) -> RidgeFit:
    """Fit ridge regression for one or several targets.

    Minimises, for every column y of Y and with weights w scaled to sum to n, ::

        1/(2n) Σ w_i (y_i - b0 - o_i - x_i·b)² + alpha/2 Σ_j v_j (s_j b_j)²

    subject to lo_j <= b_j <= hi_j, where o is the offset, v_j the penalty factor and
    s_j the standard deviation of column j (weighted, ddof=0) if `standardize`, else
    1. The intercept b0 is not penalised. This alpha is n times smaller than the one of
    scikit-learn's ``Ridge``.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        Data, in any storage that `path` takes.
    Y : array-like of shape (n,) or (n, m)
        One or several targets.
    alpha : float or array-like of shape (m,)
        Strength >= 0 of the penalty, one for all targets or one for each. 0 is least
        squares: where that isn't unique, of minimum norm as the penalty measures it.
    solver : str, default "auto"
        "auto" takes what should be fastest. The normal equations, in any form, give way
        to the singular values of X where they are singular to working precision. By
        name:

        - "cholesky": the normal equations, p x p;
        - "dual": their n x n form, for n < p;
        - "cg": conjugate gradients on the normal equations, preconditioned by a factor
          of a Gram matrix in single precision (of the diagonal for sparse X);
        - "lsqr": bidiagonalisation of X itself, for large sparse X;
        - "spectral": one reduction to a band matrix, shared by any number of alphas;
        - "svd": the singular values of X (copies X), the most accurate;
        - "working_set": the solver of `path`, the only one for bounds.
    fit_intercept, standardize, sample_weight, penalty_factor
        As in `path`.
    lower_bounds, upper_bounds : float, array-like of shape (p,) or mapping, optional
        As in `path`, the same for all targets.
    positive : bool, default False
        Whether coefficients must be >= 0: short for ``lower_bounds=0``.
    offset : array-like of shape (n,), optional
        A known part of the prediction, the same for all targets. `RidgeFit.predict`
        then asks for one, too.
    tol : float >= 0, default 1e-11
        Relative residual of the normal equations (see `RidgeFit`) that iterative
        solvers go for, and above which any solver warns. The working set goes for
        a relative duality gap instead.
    max_iter : int, optional
        Limit on iterations; by default one of the solver's own.
    inference : bool, default False
        Whether to compute degrees of freedom and standard errors given alpha. "auto"
        then takes "cholesky" or "dual", whose matrix gives them.
    n_threads : int, optional
        As in `path`.

    Returns
    -------
    RidgeFit
        Coefficients, intercept and certificate.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite or out of its range.
    TypeError
        If X or Y don't hold real numbers, or an option is of the wrong kind.
    KeyboardInterrupt
        On Ctrl-C, within a fraction of a second.

    Warns
    -----
    ConvergenceWarning
        If the relative residual is above `tol`.

    See Also
    --------
    ridge_path : Many alphas for little more than the price of one.
    ridge_cv : The alpha that predicts best, by exact leave-one-out.
    Ridge : scikit-learn's interface.

    Notes
    -----
    Hoerl and Kennard, "Ridge regression: biased estimation for nonorthogonal problems",
    Technometrics 12(1), 1970; the dual form: Saunders, Gammerman and Vovk, "Ridge
    regression learning algorithm in dual variables", ICML 1998; "lsqr": Fong and
    Saunders, "LSMR", SIAM J. Scientific Computing 33(5), 2011.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 3))
    >>> y = X @ [1.0, 0.0, -2.0] + 0.5 * rng.standard_normal(100)
    >>> fit = fastreg.ridge(X, y, 0.1, inference=True)
    >>> fit.coef.round(1).tolist(), round(fit.df, 2)
    ([0.9, -0.1, -1.9], 3.73)
    >>> bool(fit.residual < 1e-12)
    True
    """
    if (
        sample_weight is None
        and penalty_factor is None
        and lower_bounds is None
        and upper_bounds is None
        and positive is False
        and offset is None
        and max_iter is None
        and n_threads is None
        and inference is False
        and solver == "auto"
        and _is_plain(X, Y, alpha, fit_intercept, standardize, tol)
    ):
        fit = _fit_plain(X, Y, alpha, fit_intercept, standardize, tol)
        if fit is not None:
            return fit
    problem = check_ridge_problem(
        X,
        Y,
        solver=solver,
        fit_intercept=fit_intercept,
        standardize=standardize,
        sample_weight=sample_weight,
        penalty_factor=penalty_factor,
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
        positive=positive,
        offset=offset,
        tol=tol,
        direct_tol=tol,
        max_iter=max_iter,
    )
    alpha = _check_alpha(alpha, problem)
    inference = _validation.check_flag(inference, "inference")
    watch = problem.watch(n_threads)
    return _warned(fit_checked(problem, alpha, watch, inference=inference))


def _is_plain(
    X: Any, Y: Any, alpha: Any, fit_intercept: Any, standardize: Any, tol: Any
) -> bool:
    """Whether kernels take all of it as it is; a handful of comparisons."""
    return (
        type(X) is np.ndarray
        and type(Y) is np.ndarray
        and X.dtype is FLOAT64
        and Y.dtype is FLOAT64
        and X.ndim == 2
        and Y.ndim == 1
        and 0 < X.size < SMALL
        and len(X) == len(Y)
        and X.flags.aligned
        and (type(alpha) is float or type(alpha) is int)
        and 0.0 <= alpha < INFINITY
        and type(fit_intercept) is bool
        and type(standardize) is bool
        and type(tol) is float
        and tol >= 0.0
    )


def _fit_plain(
    X: Floats,
    Y: Floats,
    alpha: float,
    fit_intercept: bool,
    standardize: bool,
    tol: float,
) -> RidgeFit | None:
    """A small fit without options in microseconds; None where data are refused."""
    try:
        found = _core.ridge_path(
            X,
            Y[:, np.newaxis],
            sample_weight=None,
            alphas=np.array([[alpha]]),
            fit_intercept=fit_intercept,
            standardize=standardize,
            tol=tol,
        )
    except ValueError:  # the checks will say what is wrong
        return None
    if found["stop"] == INTERRUPTED:
        raise KeyboardInterrupt
    fit = RidgeFit(found, float(alpha), X.shape, tol)
    if found["residuals"].item() > tol:
        _warned(fit, stacklevel=4)
    return fit


def _check_alpha(alpha: Any, problem: RidgeProblem) -> float | Floats:
    """One strength, or one for each target."""
    if isinstance(alpha, Real) or np.ndim(alpha) == 0:
        return _validation.check_alpha(alpha)
    strengths = np.array(_validation.as_float64(alpha, "alpha"))
    if problem.single or strengths.shape != (problem.n_targets,):
        wanted = "" if problem.single else f", or {problem.n_targets}, one a target"
        raise ValueError(
            f"alpha must be one number{wanted}, got an array of shape "
            f"{strengths.shape}; ridge_path takes many alphas"
        )
    for strength in strengths.tolist():
        _validation.check_alpha(strength)
    return strengths


def _warned(fit: RidgeFit, stacklevel: int = 3) -> RidgeFit:
    """Itself, with a warning where tol was not reached."""
    if np.any(fit.error > fit.tol):
        warnings.warn(unmet_sentence(fit), ConvergenceWarning, stacklevel=stacklevel)
    return fit
