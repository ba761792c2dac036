"""`path` and `ridge_path`: the high-level functions over many alphas."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._result import Path
from fastreg._solve import (
    STATUSES,
    Data,
    Settings,
    Solution,
    closed_form_status,
    descend,
    solve,
    warn_unconverged,
)
from fastreg.design import Design

Floats = NDArray[np.float64]

# The grid of a ridge path, relative to the mean square of the columns: from nothing
# learned to the least-squares end.
RIDGE_LARGEST, RIDGE_SMALLEST = 1e3, 1e-6


def path(
    X: Any,
    y: Any,
    *,
    l1_ratio: float = 1.0,
    alphas: int | Any = 100,
    eps: float | str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    tol: float = 1e-6,
    sample_weight: Any = None,
    positive: bool = False,
    coef_init: Any = None,
    max_iter: int = 100_000,
) -> Path:
    """Fit the Lasso or the Elastic Net for a sequence of strengths.

    Minimises, for every alpha and with weights w scaled to sum to n, ::

        1/(2n) Σ w_i (y_i - b0 - x_i·b)²
            + alpha Σ_j ( l1_ratio |s_j b_j| + (1 - l1_ratio)/2 (s_j b_j)² )

    where s_j is the standard deviation of column j (weighted, ddof=0) if
    `standardize`, else 1. The intercept b0 is not penalised.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Data; a float64 array in C or Fortran order is read where it is.
    y : array-like of shape (n,)
        Response.
    l1_ratio : float in [0, 1], default 1
        1 is the Lasso, 0 is ridge regression (closed form), between them the
        Elastic Net.
    alphas : int or array-like, default 100
        How many strengths, spaced evenly on the log scale from the smallest that
        gives the null model down to `eps` times it (from 1 if y can't be explained
        at all); or the strengths themselves, each >= 0, in any order. 0 is least
        squares (of minimum norm).
    eps : float in (0, 1) or "auto", default "auto"
        The last alpha of the automatic grid relative to the first. "auto" is 1e-4 if
        n >= p, else 1e-2.
    fit_intercept : bool, default True
        Whether b0 is free; else it is 0.
    standardize : bool, default True
        Whether features count by their standard deviation instead of their unit.
        Coefficients are returned for the raw columns in either case. A constant
        column gets the coefficient 0 beside an intercept.
    tol : float >= 0, default 1e-6
        Duality gap, relative to the null model's objective, at which a solution is
        accepted.
    sample_weight : array-like of shape (n,), optional
        Weights >= 0. Only their ratios matter; a weight of 0 drops the row, a weight
        of 2 repeats it.
    positive : bool, default False
        Whether coefficients must be >= 0.
    coef_init : array-like of shape (p,), optional
        Coefficients to start from at the first alpha; by default 0.
    max_iter : int, default 100 000
        Limit on sweeps of coordinate descent at one alpha.

    Returns
    -------
    Path
        Coefficients, intercepts, duality gaps and more, one entry an alpha.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite or out of its range.
    TypeError
        If X or y don't hold real numbers.
    KeyboardInterrupt
        On Ctrl-C, within a fraction of a second.

    Warns
    -----
    ConvergenceWarning
        If the gap of a solution is above `tol`.

    See Also
    --------
    ridge_path : Ridge regression for several targets.
    certify : Audit of any coefficients.
    Lasso, ElasticNet : One alpha, scikit-learn's interface.

    Notes
    -----
    A working set of features is solved by coordinate descent in Gram form (Friedman,
    Hastie and Tibshirani, 2010) that is finished by Newton steps on the support with
    an updated Cholesky factor, and grows until the duality gap over all features
    (Fercoq, Gramfort and Salmon, 2015) is below `tol`.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 6))
    >>> y = 3 * X[:, 0] - 2 * X[:, 3] + 0.1 * rng.standard_normal(100)
    >>> lasso = fastreg.path(X, y, alphas=50)
    >>> bool(lasso.dual_gaps.max() <= lasso.tol)
    True
    >>> lasso.coef_at(0.5).round(1).tolist()
    [2.6, 0.0, 0.0, -1.6, 0.0, 0.0]
    """
    data, names = _check_data(X, y, sample_weight)
    settings = Settings(
        l1_ratio=_validation.check_l1_ratio(l1_ratio),
        fit_intercept=_validation.check_flag(fit_intercept, "fit_intercept"),
        standardize=_validation.check_flag(standardize, "standardize"),
        positive=_validation.check_flag(positive, "positive"),
        tol=_validation.check_real(tol, "tol", low=0.0),
        max_iter=_validation.check_count(max_iter, "max_iter"),
    )
    grid = _validation.check_alphas(alphas)
    eps = _validation.check_eps(eps, _n_rows(data), data.X.shape[1])
    start = _validation.check_coef_init(coef_init, data.X.shape[1])
    if not isinstance(grid, int):
        solution = solve(data, grid, settings, start)
    elif settings.l1_ratio == 0.0:
        solution = solve(data, ridge_grid(data, settings, grid), settings, start)
    else:
        solution = descend(data, settings, n_alphas=grid, eps=eps, coef_init=start)
    _warn(solution, settings)
    return _to_path(solution, settings, data.X.shape, names)


def ridge_path(
    X: Any,
    Y: Any,
    *,
    alphas: int | Any = 100,
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    tol: float = 1e-6,
) -> Path:
    """Fit ridge regression for a sequence of strengths and one or several targets.

    Minimises ``1/(2n) Σ w_i (y_i - b0 - x_i·b)² + alpha/2 Σ_j (s_j b_j)²`` for every
    alpha and every column y of Y; s_j and w are those of `path`. This alpha is n times
    smaller than the one of scikit-learn's ``Ridge``.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Data; a float64 array in C or Fortran order is read where it is.
    Y : array-like of shape (n,) or (n, m)
        One or several targets.
    alphas : int or array-like, default 100
        Strengths >= 0 in any order, or how many: then they are spaced evenly on the
        log scale from 1e3 t down to 1e-6 t, where t is the mean over the columns of
        their mean square, centred and scaled as asked for (1 if `standardize`).
    fit_intercept, standardize, sample_weight
        As in `path`.
    tol : float >= 0, default 1e-6
        Relative duality gap above which a solution is reported as "stalled", with a
        warning. The closed form itself takes no tolerance.

    Returns
    -------
    Path
        With m targets its arrays have the targets as their first axis.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite or out of its range.
    TypeError
        If X or Y don't hold real numbers.

    Warns
    -----
    ConvergenceWarning
        If the gap of a solution is above `tol`.

    Notes
    -----
    The normal equations are solved by Cholesky in the form whose matrix is smaller,
    p x p or n x n (Hoerl and Kennard, 1970; Saunders, Gammerman and Vovk, 1998), and
    refined where they are ill-conditioned. Where that matrix is singular to working
    precision, as for alpha = 0 and n < p, the singular values of X give the solution
    of minimum norm; this copies X.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
    >>> ridge = fastreg.ridge_path(X, X @ [1.0, 2.0], alphas=[1.0, 0.0])
    >>> ridge.coef_at(0.0).round(6).tolist()
    [1.0, 2.0]
    """
    X, names = _validation.check_X(X)
    n_samples = X.shape[0]
    single = np.ndim(Y) == 1
    Y = _validation.check_Y(Y, n_samples)
    weight = _validation.check_sample_weight(sample_weight, n_samples)
    grid = _validation.check_alphas(alphas)
    data = Data(X, Y[:, 0], weight)
    settings = Settings(
        l1_ratio=0.0,
        fit_intercept=_validation.check_flag(fit_intercept, "fit_intercept"),
        standardize=_validation.check_flag(standardize, "standardize"),
        positive=False,
        tol=_validation.check_real(tol, "tol", low=0.0),
        max_iter=1,
    )
    if isinstance(grid, int):
        grid = ridge_grid(data, settings, grid)
    if single:
        solution = solve(data, grid, settings)
        _warn(solution, settings)
        return _to_path(solution, settings, X.shape, names)
    return _ridge_targets(data, Y, grid, settings, names)


def _ridge_targets(
    data: Data,
    Y: Floats,
    grid: Floats,
    settings: Settings,
    names: tuple[str, ...] | None,
) -> Path:
    """Ridge for several targets in one call of the kernel."""
    n_samples, n_features = data.X.shape
    found = _core.ridge_path(
        data.X,
        Y,
        sample_weight=data.sample_weight,
        alphas=np.repeat(grid[:, np.newaxis], Y.shape[1], axis=1),
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
    )
    worst = found["dual_gaps"].max(axis=0)
    status = closed_form_status(worst, settings.tol)
    warn_unconverged(grid, worst, status, settings, stacklevel=3)
    return Path(
        alphas=grid,
        intercepts=found["intercepts"],
        dual_gaps=found["dual_gaps"],
        deviance_ratio=found["deviance_ratio"],
        n_iter=np.ones(len(grid), np.int64),
        n_passes=found["n_passes"],
        seconds=found["seconds"],
        status=tuple(STATUSES[code] for code in status),
        null_objective=found["null_objective"],
        scale=found["scale"],
        l1_ratio=0.0,
        tol=settings.tol,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        feature_names=names,
        n_samples=n_samples,
        n_features=n_features,
        _coefs=found["coefs"],
    )


def ridge_grid(data: Data, settings: Settings, count: int) -> Floats:
    """Alphas of a ridge path, relative to the mean square of the columns."""
    level = 1.0
    if not settings.standardize and isinstance(data.X, Design):
        weight = data.sample_weight
        mean, squares = data.X.column_moments(
            np.ones(len(data.y)) if weight is None else weight
        )
        if not settings.fit_intercept:
            squares = squares + mean**2
        level = float(np.mean(squares)) or 1.0
    elif not settings.standardize:
        weight = data.sample_weight
        mean = np.average(data.X, axis=0, weights=weight)
        centre = mean if settings.fit_intercept else np.zeros_like(mean)
        squares = [
            np.average((column - c) ** 2, weights=weight)
            for column, c in zip(data.X.T, centre, strict=True)
        ]
        level = float(np.mean(squares)) or 1.0
    return np.geomspace(RIDGE_LARGEST * level, RIDGE_SMALLEST * level, count)


def _check_data(
    X: Any, y: Any, sample_weight: Any
) -> tuple[Data, tuple[str, ...] | None]:
    X, names = _validation.check_X(X)
    y = _validation.check_y(y, X.shape[0])
    weight = _validation.check_sample_weight(sample_weight, X.shape[0])
    return Data(X, y, weight), names


def _n_rows(data: Data) -> int:
    """Rows that count: a weight of 0 drops one."""
    if data.sample_weight is None:
        return len(data.y)
    return int(np.count_nonzero(data.sample_weight))


def _warn(solution: Solution, settings: Settings) -> None:
    warn_unconverged(
        solution.alphas,
        solution.dual_gaps,
        solution.status,
        settings,
        stacklevel=3,
    )


def _to_path(
    solution: Solution,
    settings: Settings,
    shape: tuple[int, int],
    names: tuple[str, ...] | None,
) -> Path:
    return Path(
        alphas=solution.alphas,
        intercepts=solution.intercepts,
        dual_gaps=solution.dual_gaps,
        deviance_ratio=solution.deviance_ratio,
        n_iter=solution.n_iter,
        n_passes=solution.n_passes,
        seconds=solution.seconds,
        status=tuple(STATUSES[code] for code in solution.status),
        null_objective=solution.null_objective,
        scale=solution.scale,
        l1_ratio=settings.l1_ratio,
        tol=settings.tol,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        feature_names=names,
        n_samples=shape[0],
        n_features=shape[1],
        _coefs=solution.coefs,
    )
