"""`path`: the Lasso and the Elastic Net over many alphas, for every family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._features import check_bounds, check_penalty_factor
from fastreg._fit import Floats, finish, refuse_hidden
from fastreg._glm import link_grid
from fastreg._matrix import KernelMatrix
from fastreg._responses import (
    WITH_OUTPUTS,
    check_family,
    check_response,
    one_hot,
)
from fastreg._result import Path
from fastreg._ridge_problem import RIDGE_EPS, ridge_grid
from fastreg._separation import warn_separated
from fastreg._solve import (
    LEAST_SQUARES,
    Data,
    Settings,
    Solution,
    alpha_max,
    descend,
    solve,
)
from fastreg._threads import n_threads_for
from fastreg._watch import PathStep, Watch, check_callback, check_max_time, shown


def path(
    X: Any,
    y: Any,
    *,
    family: str = "gaussian",
    grouped: bool = False,
    l1_ratio: float = 1.0,
    alphas: int | Any = 100,
    eps: float | str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    offset: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
    tol: float = 1e-6,
    max_iter: int = 100_000,
    coef_init: Any = None,
    early_stop: bool = True,
    n_threads: int | None = None,
    max_time: float | None = None,
    callback: Callable[[PathStep], Any] | None = None,
    progress: bool = False,
) -> Path:
    """Fit the Lasso or the Elastic Net for a sequence of strengths.

    Minimises, for every alpha and with weights w scaled to sum to n, ::

        1/n Σ w_i loss(y_i, b0 + o_i + x_i·b)
            + alpha Σ_j v_j ( l1_ratio |s_j b_j| + (1 - l1_ratio)/2 (s_j b_j)² )

    subject to lo_j <= b_j <= hi_j, where o is the offset, v_j the penalty factor and
    s_j the standard deviation of column j (weighted, ddof=0) if `standardize`, else
    1. The intercept b0 is not penalised. The loss of η = b0 + o_i + x_i·b is that of
    the `family`: ½ (y - η)² for "gaussian", log(1 + exp(η)) - y η for "binomial"
    (logistic regression, y in {0, 1}) and exp(η) - y η for "poisson". "multinomial" has
    an intercept and coefficients for every class, the loss is log Σ_k exp(η_k) - η_y
    and the penalty is summed over the classes. "mgaussian" has them for every column of
    y, the loss is ½ Σ_k (y_k - η_k)², and the norm of a feature's coefficients takes
    the place of ``|b_j|`` (the multi-task Lasso).

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        Data. NumPy arrays of float32, float64, integers or booleans are read where
        they are, in any memory order, with any strides, read-only or memory-mapped;
        so are SciPy's CSC matrices and arrays (other sparse formats are converted
        once). Data frames of pandas and polars and Arrow tables are taken by NumPy's
        protocols, and their column names are kept. Computations are in float64.
    y : array-like of shape (n,), or (n, m) for "mgaussian"
        Response: real numbers for "gaussian", numbers >= 0 for "poisson" (they need not
        be whole), labels of any type for "binomial", two different ones, and
        "multinomial". The coefficients of "binomial" are those of the log-odds of the
        second label in sorted order.
    family : {"gaussian", "binomial", "multinomial", "poisson", "mgaussian"}, default \
"gaussian"
        What is known of y given X: least squares, logistic regression of two classes or
        of several (a symmetric softmax), Poisson regression, least squares of m targets
        that share their features.
    grouped : bool, default False
        Whether features of "multinomial" are in or out for all classes at once: the
        norm of a feature's K coefficients takes the place of their absolute values,
        ``|s_j b_j|`` above is ``s_j (Σ_k b_kj²)^½``. It has no bounds. "mgaussian" is
        that in any case.
    l1_ratio : float in [0, 1], default 1
        1 is the Lasso, 0 is ridge regression (closed form if "gaussian" or
        "mgaussian"), between them the Elastic Net.
    alphas : int or array-like, default 100
        How many strengths, spaced evenly on the log scale from the smallest that
        gives the null model down to `eps` times it (from 1 if y can't be explained
        at all); or the strengths themselves, each >= 0, in any order. 0 is least
        squares (of minimum norm, as in `ridge`), or maximum likelihood, which may not
        exist. For ``l1_ratio=0`` the grid is that of `ridge_path`, or ends at `eps`
        times its first alpha if that is a number; of other families it begins at the
        first alpha of ``l1_ratio=0.001``.
    eps : float in (0, 1) or "auto", default "auto"
        The last alpha of the automatic grid relative to the first. "auto" is 1e-4 if
        n >= p, else 1e-2 (and 1e-9 for ``l1_ratio=0`` if "gaussian" or
        "mgaussian").
    fit_intercept : bool, default True
        Whether b0 is free; else it is 0.
    standardize : bool, default True
        Whether features count by their standard deviation instead of their unit.
        Coefficients are returned for the raw columns in either case. A constant
        column gets the coefficient 0 beside an intercept.
    sample_weight : array-like of shape (n,), optional
        Weights >= 0. Only their ratios matter; a weight of 0 drops the row, a weight
        of 2 repeats it.
    offset : array-like of shape (n,), or (n, K) for K classes or targets, optional
        A known part of the linear predictor, for counts the logarithm of the exposure.
        `Path.predict` then asks for one, too. That of "multinomial" has a column for
        every class, in the order of the sorted labels.
    penalty_factor : float, array-like of shape (p,) or mapping, optional
        v_j >= 0, by position, or by column name or number in a mapping, where other
        features have 1. 0: never penalised; inf: excluded. They are not rescaled.
    lower_bounds, upper_bounds : float, array-like of shape (p,) or mapping, optional
        lo_j and hi_j of the raw coefficients, given in the same ways; features that a
        mapping leaves out have no bound. 0 need not be between them.
    positive : bool, default False
        Whether coefficients must be >= 0: short for ``lower_bounds=0``.
    tol : float >= 0, default 1e-6
        Duality gap, relative to the null model's objective, at which a solution is
        accepted.
    max_iter : int, default 100 000
        Limit on iterations at one alpha: sweeps of coordinate descent and Newton steps
        of the support.
    coef_init : array-like of shape (p,), or (K, p) for K classes or targets, optional
        Coefficients to start from at the first alpha; by default 0.
    early_stop : bool, default True
        Whether an automatic grid ends where smaller alphas explain no more, as in
        glmnet: after 5 alphas at the least, where `deviance_ratio` is above 0.999 or
        grew, but by less than 1e-5 of itself. Alphas that are given are all solved.
    n_threads : int, optional
        Threads for the work on large data; results don't depend on it. Default: 1 for
        small data, else the processors that this process may use (its affinity, the
        quota of its control group and OMP_NUM_THREADS counted), shared with the calls
        that other threads of Python have in progress.
    max_time : float, optional
        Seconds after which the path ends with the alphas that are solved. One that
        was cut off unfinished is kept only if it is the first.
    callback : callable, optional
        Called with a `PathStep` after every alpha (after every block of them in a
        closed form); the path ends there if it returns True. What it raises is passed
        on.
    progress : bool, default False
        Whether to show progress on stderr: a bar if tqdm is installed, else some
        lines.

    Returns
    -------
    Path
        Coefficients, intercepts, duality gaps and more, one entry an alpha. Its
        `stopped` says why alphas are missing at the end, if any are.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite or out of its range, or y has no
        fit even with an infinite alpha: a single class, classes without weight, counts
        that are all 0. If `grouped` or "mgaussian" meet bounds, or `grouped` a family
        without several outputs.
    TypeError
        If X or y don't hold real numbers (or labels that can be sorted).
    PathInterrupted
        On Ctrl-C, within a fraction of a second: a KeyboardInterrupt whose attribute
        ``path`` holds the alphas solved until then.

    Warns
    -----
    ConvergenceWarning
        If the gap of a solution is above `tol`.
    SeparationWarning
        If the likelihood has no maximum and the last solution shows it: without a
        penalty, a linear function of the features separates the classes, for example.
        It stands for a `ConvergenceWarning` about that solution too.

    See Also
    --------
    ridge, ridge_path, ridge_cv : Ridge regression, for several targets too.
    certify : Audit of any coefficients.
    Lasso, ElasticNet : One alpha, scikit-learn's interface.

    Notes
    -----
    The equations of the support are solved by an updated Cholesky factor, features
    enter and leave as in the homotopy of Osborne, Presnell and Turlach (2000), and
    coordinate descent (Friedman, Hastie and Tibshirani, 2010) helps where that gains
    too little. The working set grows until the duality gap over all features (Fercoq,
    Gramfort and Salmon, 2015) is below `tol`. Tall data is read once, for its Gram
    matrix. Families with a link are solved by proximal Newton steps (Lee, Sun and
    Saunders, 2014) whose matrix is kept while it is good enough, those of groups (Yuan
    and Lin, 2006) by Newton steps of the groups that are away from 0. Several targets
    are solved by sweeps of block coordinate descent and such Newton steps.

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

    The first feature in any case, no coefficient below -1, and at most two others:

    >>> path = fastreg.path(
    ...     X,
    ...     y,
    ...     penalty_factor={0: 0},
    ...     lower_bounds=-1,
    ...     callback=lambda step: step.n_nonzero >= 3,
    ... )
    >>> path.coefs[[0, 3], 0].round(1).tolist(), float(path.coefs.min())
    ([3.3, 0.0], -1.0)
    >>> path.stopped, int(path.n_nonzero[-1])
    ('callback', 3)

    Logistic regression, with labels:

    >>> labels = np.where(y + rng.standard_normal(100) > 0, "high", "low")
    >>> path = fastreg.path(X, labels, family="binomial", alphas=50)
    >>> path.classes.tolist(), path.coef_at(0.1).round(1).tolist()
    (['high', 'low'], [-1.2, 0.0, 0.0, 0.6, 0.0, 0.0])
    >>> path.predict(X[:3], 0.1).tolist()
    ['low', 'high', 'low']
    >>> path.predict_proba(X[:3], 0.1).round(2).tolist()
    [[0.47, 0.53], [0.89, 0.11], [0.07, 0.93]]

    Two targets, for which the same features are chosen:

    >>> Y = np.column_stack([y, X[:, 3] - X[:, 0]])
    >>> path = fastreg.path(X, Y, family="mgaussian", alphas=50)
    >>> path.coef_at(0.5).round(1).tolist()
    [[2.6, 0.0, 0.0, -1.6, 0.0, 0.0], [-0.9, 0.0, 0.0, 0.8, 0.0, 0.0]]
    >>> path.predict(X[:3], 0.5).shape
    (3, 2)
    """
    problem = check_problem(
        X,
        y,
        family=family,
        grouped=grouped,
        l1_ratio=l1_ratio,
        fit_intercept=fit_intercept,
        standardize=standardize,
        sample_weight=sample_weight,
        offset=offset,
        penalty_factor=penalty_factor,
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
        positive=positive,
        tol=tol,
        max_iter=max_iter,
    )
    data, settings, classes = problem
    grid = Grid.check(alphas, eps, settings, data)
    n_outputs = data.y.shape[1] if data.y.ndim == 2 else None
    outputs = "targets" if family == "mgaussian" else "classes"
    n_samples, n_features = data.X.shape
    start = _validation.check_coef_init(coef_init, n_features, n_outputs, outputs)
    early_stop = _validation.check_flag(early_stop, "early_stop")
    watch = Watch(
        n_threads=n_threads_for(n_threads, n_samples * n_features),
        max_time=check_max_time(max_time),
        early_stop=early_stop and grid.alphas is None,
        partial=True,
    )
    with shown(progress, check_callback(callback)) as on_step:
        watch = replace(watch, callback=on_step)
        solution = _solve(data, grid, settings, start, watch)
    is_separated = warn_separated(data, settings, solution, classes, stacklevel=2)
    return finish(
        solution,
        settings,
        data.X,
        grid.count,
        has_offset=data.has_offset,
        classes=classes,
        n_rows=data.n_rows,
        is_separated=is_separated,
    )


class PathProblem(NamedTuple):
    """What is to be solved, checked; `classes` are the labels of y, or None."""

    data: Data
    settings: Settings
    classes: NDArray[Any] | None


def check_problem(
    X: Any,
    y: Any,
    *,
    family: Any,
    grouped: Any,
    l1_ratio: Any,
    fit_intercept: Any,
    standardize: Any,
    sample_weight: Any,
    offset: Any,
    penalty_factor: Any,
    lower_bounds: Any,
    upper_bounds: Any,
    positive: Any,
    tol: Any,
    max_iter: Any,
) -> PathProblem:
    """The options that `path` and `cv` share."""
    X = _validation.check_X(X)
    family = check_family(family)
    fit_intercept = _validation.check_flag(fit_intercept, "fit_intercept")
    data, classes = _check_data(X, y, sample_weight, offset, family, fit_intercept)
    lower, upper = check_bounds(lower_bounds, upper_bounds, positive, X)
    settings = Settings(
        l1_ratio=_validation.check_l1_ratio(l1_ratio),
        fit_intercept=fit_intercept,
        standardize=_validation.check_flag(standardize, "standardize"),
        tol=_validation.check_real(tol, "tol", low=0.0),
        max_iter=_validation.check_count(max_iter, "max_iter"),
        penalty_factor=check_penalty_factor(penalty_factor, X),
        lower_bounds=lower,
        upper_bounds=upper,
        family=family,
        grouped=_check_grouped(
            grouped, family, bounded=not (lower is None and upper is None)
        ),
    )
    return PathProblem(data, settings, classes)


def _check_grouped(grouped: Any, family: str, *, bounded: bool) -> bool:
    """Whether norms of a feature's coefficients are penalised, if that is possible."""
    asked = _validation.check_flag(grouped, "grouped") or family == "mgaussian"
    if not asked:
        return False
    if family not in WITH_OUTPUTS:
        raise ValueError(
            f"grouped=True is for family 'multinomial', got {family!r}: others have "
            "one coefficient for each feature"
        )
    if bounded:
        what = "family 'mgaussian'" if family == "mgaussian" else "grouped=True"
        raise ValueError(f"{what} takes no bounds: leave them out, and positive")
    return True


@dataclass(frozen=True)
class Grid:
    """The alphas, or how many and how far down."""

    alphas: Floats | None
    count: int
    eps: float

    @classmethod
    def check(cls, alphas: Any, eps: Any, settings: Settings, data: Data) -> Grid:
        given = _validation.check_alphas(alphas)
        end = _validation.check_eps(eps, data.n_rows, data.X.shape[1])
        if settings.l1_ratio == 0.0 and settings.family in LEAST_SQUARES:
            end = RIDGE_EPS if isinstance(eps, str) else end
        if isinstance(given, int):
            return cls(None, given, end)
        return cls(given, len(given), end)

    def resolve(self, data: Data, settings: Settings) -> Floats:
        """The alphas, in decreasing order; from 1 if y can't be explained at all."""
        if self.alphas is not None:
            return self.alphas
        if settings.l1_ratio == 0.0:
            has_link = settings.family not in LEAST_SQUARES
            make_grid = link_grid if has_link else ridge_grid
            return make_grid(data, settings, self.count, self.eps)
        first = alpha_max(data, settings, settings.l1_ratio) or 1.0
        return np.geomspace(first, self.eps * first, self.count)


def _solve(
    data: Data, grid: Grid, settings: Settings, start: Floats | None, watch: Watch
) -> Solution:
    if grid.alphas is not None or settings.l1_ratio == 0.0:
        return solve(data, grid.resolve(data, settings), settings, start, watch)
    return descend(
        data, settings, watch, n_alphas=grid.count, eps=grid.eps, coef_init=start
    )


def _check_data(
    X: KernelMatrix,
    y: Any,
    sample_weight: Any,
    offset: Any,
    family: str,
    fit_intercept: bool,
) -> tuple[Data, NDArray[Any] | None]:
    """The data, and the classes if y has labels."""
    n_samples = X.shape[0]
    weight = _validation.check_sample_weight(sample_weight, n_samples)
    response = check_response(y, n_samples, family, weight, fit_intercept)
    y = one_hot(response.values) if family == "multinomial" else response.values
    if offset is not None:
        n_outputs = y.shape[1] if y.ndim == 2 else None
        outputs = "targets" if family == "mgaussian" else "classes"
        offset = _validation.check_offset(offset, n_samples, n_outputs, outputs)
    if family in LEAST_SQUARES and offset is not None:
        data = Data(X, y - offset, weight, subtracted=offset)
    else:
        data = Data(X, y, weight, offset)
    refuse_hidden(data)
    return data, response.classes
