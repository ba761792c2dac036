"""`ridge_path`: ridge regression over many alphas, and the grid of such a path."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastreg import _core, _validation
from fastreg._fit import Floats, finish, refuse_hidden
from fastreg._result import Path
from fastreg._solve import (
    STATUSES,
    Data,
    Settings,
    call_kernel,
    closed_form_status,
    solve,
    warn_unconverged,
)
from fastreg._threads import n_threads_for
from fastreg._warnings import PathInterrupted
from fastreg._watch import STOPS, Watch

# The grid of a ridge path, relative to the mean eigenvalue: from nothing learned to the
# least-squares end.
RIDGE_LARGEST, RIDGE_EPS = 1e3, 1e-9


def ridge_path(
    X: Any,
    Y: Any,
    *,
    alphas: int | Any = 100,
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    tol: float = 1e-6,
    n_threads: int | None = None,
) -> Path:
    """Fit ridge regression for a sequence of strengths and one or several targets.

    Minimises ``1/(2n) Σ w_i (y_i - b0 - x_i·b)² + alpha/2 Σ_j (s_j b_j)²`` for every
    alpha and every column y of Y; s_j and w are those of `path`. This alpha is n times
    smaller than the one of scikit-learn's ``Ridge``.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Data, in any storage that `path` takes.
    Y : array-like of shape (n,) or (n, m)
        One or several targets.
    alphas : int or array-like, default 100
        Strengths >= 0 in any order, or how many: then they are spaced evenly on the
        log scale from 1e3 t down to 1e-6 t, where t is the mean eigenvalue of X'X / n
        (or, if p > n, of XX' / n), X centred and scaled as asked for. It is 1 if
        p <= n and `standardize`.
    fit_intercept, standardize, sample_weight, n_threads
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
    PathInterrupted
        On Ctrl-C, with what was solved until then.

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
    X = _validation.check_X(X)
    n_samples = X.shape[0]
    single = np.ndim(Y) == 1
    Y = _validation.check_Y(Y, n_samples)
    weight = _validation.check_sample_weight(sample_weight, n_samples)
    grid = _validation.check_alphas(alphas)
    data = Data(X, Y[:, 0], weight)
    refuse_hidden(data)
    settings = Settings(
        l1_ratio=0.0,
        fit_intercept=_validation.check_flag(fit_intercept, "fit_intercept"),
        standardize=_validation.check_flag(standardize, "standardize"),
        tol=_validation.check_real(tol, "tol", low=0.0),
        max_iter=1,
    )
    watch = Watch(n_threads_for(n_threads, X.shape[0] * X.shape[1]), partial=True)
    if isinstance(grid, int):
        grid = ridge_grid(data, settings, grid)
    if single:
        solution = solve(data, grid, settings, watch=watch)
        return finish(solution, settings, X, len(grid))
    return _ridge_targets(data, Y, grid, settings, watch)


def _ridge_targets(
    data: Data,
    Y: Floats,
    grid: Floats,
    settings: Settings,
    watch: Watch,
) -> Path:
    """Ridge for several targets in one call of the kernel."""
    found = call_kernel(
        _core.ridge_path,
        data,
        Y,
        watch,
        alphas=np.repeat(grid[:, np.newaxis], Y.shape[1], axis=1),
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
    )
    solved = grid[: found["dual_gaps"].shape[1]]
    worst = found["dual_gaps"].max(axis=0)
    status = closed_form_status(worst, settings.tol)
    path = Path(
        alphas=solved,
        intercepts=found["intercepts"],
        dual_gaps=found["dual_gaps"],
        deviance_ratio=found["deviance_ratio"],
        n_iter=np.ones(len(solved), np.int64),
        n_passes=found["n_passes"],
        seconds=found["seconds"],
        status=tuple(STATUSES[code] for code in status),
        null_objective=found["null_objective"],
        scale=found["scale"],
        l1_ratio=0.0,
        tol=settings.tol,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        feature_names=data.X.names,
        n_samples=data.X.shape[0],
        n_features=data.X.shape[1],
        _coefs=found["coefs"],
        stopped=STOPS[found["stop"]],
    )
    if path.stopped == "interrupted":
        raise PathInterrupted(path, len(grid))
    warn_unconverged(solved, worst, status, settings, stacklevel=3)
    return path


def ridge_grid(
    data: Data, settings: Settings, count: int, eps: float = RIDGE_EPS
) -> Floats:
    """Alphas of a ridge path, relative to the spectrum of the penalised columns."""
    try:
        found = _core.standardization(
            data.X.kernel,
            sample_weight=data.sample_weight,
            fit_intercept=settings.fit_intercept,
            standardize=settings.standardize,
        )
    except ValueError:
        data.X.check_finite()
        raise
    return spectral_grid(found["mean_square"], settings, data.n_rows, count, eps)


def spectral_grid(
    square: Floats, settings: Settings, n_rows: int, count: int, eps: float = RIDGE_EPS
) -> Floats:
    """The same from the mean squares of the columns, as they are penalised.

    With factors v the columns that count are x_j / sqrt(v_j): that of b_j sqrt(v_j)
    is penalised by alpha alone. The mean of the eigenvalues of their (smaller) Gram
    matrix is its trace by its size, which needs the columns' mean squares only.
    """
    if settings.penalty_factor is not None:
        v = settings.penalty_factor
        penalised = (v > 0.0) & np.isfinite(v)
        square = square[penalised] / v[penalised]
    square = square[square > 0.0]
    size = min(len(square), n_rows)
    level = float(square.sum() / size) if size else 1.0
    return np.geomspace(RIDGE_LARGEST * level, RIDGE_LARGEST * level * eps, count)
