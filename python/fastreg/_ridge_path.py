"""`ridge_path`: ridge regression over many alphas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._fit import finish, make_path
from fastreg._result import Path
from fastreg._ridge_problem import RidgeProblem, check_ridge_problem, ridge_grid
from fastreg._ridge_solve import stack_targets
from fastreg._solve import (
    Solution,
    call_kernel,
    closed_form_status,
    descend,
    solve,
    warn_unconverged,
)
from fastreg._warnings import PathInterrupted
from fastreg._watch import (
    STOPS,
    PathStep,
    Watch,
    check_callback,
    check_max_time,
    shown,
)

Floats = NDArray[np.float64]


def ridge_path(
    X: Any,
    Y: Any,
    alphas: int | Any = 100,
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
    tol: float = 1e-6,
    max_iter: int | None = None,
    n_threads: int | None = None,
    max_time: float | None = None,
    callback: Callable[[PathStep], Any] | None = None,
    progress: bool = False,
) -> Path:
    """Fit ridge regression for a sequence of strengths and one or several targets.

    Minimises, for every alpha and every column y of Y, ::

        1/(2n) Σ w_i (y_i - b0 - o_i - x_i·b)² + alpha/2 Σ_j v_j (s_j b_j)²

    subject to lo_j <= b_j <= hi_j, in the words of `path`. This alpha is n times
    smaller than the one of scikit-learn's ``Ridge``.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        Data, in any storage that `path` takes.
    Y : array-like of shape (n,) or (n, m)
        One or several targets.
    alphas : int or array-like, default 100
        Strengths >= 0 in any order, or how many: then they are spaced evenly on the
        log scale from 1e3 t down to 1e-6 t, where t is the mean eigenvalue of X'X / n
        (or, if p > n, of XX' / n), X centred and scaled as asked for, columns divided
        by the roots of their penalty factors. It is 1 if p <= n and `standardize`.
    solver : str, default "auto"
        As in `ridge`. "auto" takes what is fastest for that many alphas.
    fit_intercept, standardize, sample_weight, penalty_factor, n_threads
        As in `path`.
    lower_bounds, upper_bounds : float, array-like of shape (p,) or mapping, optional
        As in `path`, the same for all targets.
    positive : bool, default False
        Whether coefficients must be >= 0: short for ``lower_bounds=0``.
    offset : array-like of shape (n,), optional
        A known part of the prediction, the same for all targets. `Path.predict` then
        asks for one, too.
    tol : float >= 0, default 1e-6
        Relative duality gap above which a solution is reported as "stalled", with a
        warning, and that the working set goes for. Direct solutions take no tolerance;
        iterative ones go for a relative residual of the normal equations of
        ``1e-5 * tol``, though not below 1e-13: that keeps coefficients as accurate as
        those of direct solutions.
    max_iter : int, optional
        Limit on iterations at one alpha; by default one of the solver's own.
    max_time, callback, progress
        As in `path`. Alphas of a closed form are solved in blocks, and the callback is
        called after each block; with several targets a step shows the largest gap.

    Returns
    -------
    Path
        With m targets its arrays have the targets as their first axis. Its `df` has the
        degrees of freedom where the solver knows them, as "spectral" and "svd" do; it
        is None for others, which "auto" takes for a few alphas.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite or out of its range.
    TypeError
        If X or Y don't hold real numbers, or an option is of the wrong kind.
    PathInterrupted
        On Ctrl-C, with what was solved until then.

    Warns
    -----
    ConvergenceWarning
        If the gap of a solution is above `tol`.

    See Also
    --------
    ridge : One alpha, with standard errors if wanted.
    ridge_cv : The alpha that predicts best.

    Notes
    -----
    The normal equations are reduced once, in the form whose matrix is smaller, p x p or
    n x n (Hoerl and Kennard, 1970; Saunders, Gammerman and Vovk, 1998). Where that
    matrix is singular to working precision, as for alpha = 0 and n < p, the singular
    values of X give the solution of minimum norm; this copies X.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
    >>> ridge = fastreg.ridge_path(X, X @ [1.0, 2.0], alphas=[1.0, 0.0])
    >>> ridge.coef_at(0.0).round(6).tolist()
    [1.0, 2.0]
    """
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
        direct_tol=None,
        max_iter=max_iter,
    )
    grid = _validation.check_alphas(alphas)
    watch = problem.watch(n_threads, max_time=check_max_time(max_time), partial=True)
    with shown(progress, check_callback(callback)) as on_step:
        watch = replace(watch, callback=on_step)
        if isinstance(grid, int):
            grid = ridge_grid(problem.data(), problem.settings, grid)
        if problem.single:
            solution = solve(problem.data(), grid, problem.settings, watch=watch)
        elif problem.settings.has_closed_form(penalised=True):
            return _targets_at_once(problem, grid, watch)
        else:
            return _one_after_the_other(problem, grid, watch)
    has_offset = problem.offset is not None
    settings = problem.settings
    return finish(
        solution,
        settings,
        problem.X,
        len(grid),
        has_offset=has_offset,
        n_rows=problem.data().n_rows,
    )


def _targets_at_once(problem: RidgeProblem, grid: Floats, watch: Watch) -> Path:
    """Closed forms for several targets in one call of the kernel."""
    found = call_kernel(
        _core.ridge_path,
        problem.data(),
        problem.Y,
        watch,
        alphas=np.repeat(grid[:, np.newaxis], problem.n_targets, axis=1),
        **problem.settings.kernel_options(),
        **problem.settings.direct._asdict(),
    )
    found["n_iter"] = found["n_iter"].max(axis=0)
    worst = found["dual_gaps"].max(axis=0)
    status = closed_form_status(worst, problem.settings.tol)
    if found.setdefault("df", None) is not None:
        found["df"] = found["df"][0]
    return _finish_targets(problem, grid, found, status)


def _one_after_the_other(problem: RidgeProblem, grid: Floats, watch: Watch) -> Path:
    """The working set for several targets."""
    if watch.callback is not None or watch.max_time < np.inf:
        raise ValueError(
            "max_time, callback and progress are for one target where coefficients are "
            f"bounded or solver='working_set'; Y has {problem.n_targets}"
        )
    watch = replace(watch, partial=False)
    solutions: list[Solution] = [
        descend(problem.data(target), problem.settings, watch, alphas=grid)
        for target in range(problem.n_targets)
    ]
    found = stack_targets(solutions)
    found["n_iter"] = found["n_iter"].max(axis=0)
    found["scale"], found["df"], found["stop"] = solutions[0].scale, None, 0
    status = np.max([solution.status for solution in solutions], axis=0)
    return _finish_targets(problem, grid, found, status)


def _finish_targets(
    problem: RidgeProblem,
    grid: Floats,
    found: dict[str, Any],
    status: NDArray[np.int8],
) -> Path:
    """As `finish`, from arrays that have the targets as their first axis."""
    settings = problem.settings
    solved = grid[: found["dual_gaps"].shape[1]]
    names = ("intercepts", "dual_gaps", "deviance_ratio", "n_iter", "n_passes")
    path = make_path(
        settings,
        found["coefs"],
        status,
        feature_names=problem.X.names,
        shape=problem.X.shape,
        alphas=solved,
        stopped=STOPS[found["stop"]],
        has_offset=problem.offset is not None,
        n_rows=problem.data().n_rows,
        **{name: found[name] for name in names},
        **{name: found[name] for name in ("seconds", "null_objective", "scale", "df")},
    )
    if path.stopped == "interrupted":
        raise PathInterrupted(path, len(grid))
    worst = found["dual_gaps"].max(axis=0)
    warn_unconverged(solved, worst, status, settings, stacklevel=4)
    return path
