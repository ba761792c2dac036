"""`relaxed_path`: the relaxed Lasso."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fastreg import _validation
from fastreg._coefs import SparseCoefs
from fastreg._fit import finish
from fastreg._path import path
from fastreg._path_options import check_options
from fastreg._relax import relax, supports
from fastreg._relaxed_result import RelaxedPath
from fastreg._result import Path
from fastreg._solve import Settings, Solution
from fastreg._threads import n_threads_for
from fastreg._watch import Watch, check_max_time


def relaxed_path(
    X: Any, y: Any, *, max_nonzero: int | None = None, **options: Any
) -> RelaxedPath:
    """Fit a path, and once more without a penalty the features that each alpha chose.

    The penalty of the Lasso does two things: it chooses features, and it shrinks their
    coefficients. An alpha that is large enough to leave out noise shrinks what is left
    too much. The relaxed Lasso has a parameter for each of the two, alpha for the
    choice and gamma for how much of the shrinkage is kept: ::

        coef(alpha, gamma) = gamma coef(alpha) + (1 - gamma) refit(alpha)

    where refit(alpha) minimises the loss over the features in use at alpha, without a
    penalty, within their bounds.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        Data, in any storage that `path` takes. The columns in use are copied.
    y : array-like of shape (n,)
        Response, as in `path`.
    max_nonzero : int, optional
        The largest support that is refitted, in features; the refits end before the
        first alpha with a larger one. Default: the number of rows that count less 3.
        Other families than gaussian may need smaller ones.
    **options
        As in `path`: all of them. `max_time` counts for refits, too; the callback is
        called while the path is fitted.

    Returns
    -------
    RelaxedPath
        The path, the refits, and coefficients and predictions for every gamma.

    Raises
    ------
    ValueError, TypeError, PathInterrupted
        As in `path`. ValueError also if not even the first support can be refitted.
    KeyboardInterrupt
        On Ctrl-C during the refits.

    Warns
    -----
    ConvergenceWarning, SeparationWarning
        As in `path`; about refits whose gap is above `tol`, too.

    See Also
    --------
    adaptive : Another way to shrink large coefficients less.

    Notes
    -----
    The support is that of the features, those without a penalty included; of
    multinomial it is what any class uses. Where its columns are
    dependent the refit has the least norm (of standardised coefficients if
    `standardize`; gaussian without bounds), and coefficients of several classes, of
    which only differences matter, have the sum 0 unless bounds are in the way.

    Least squares are solved by one Cholesky factor that follows the support: the
    columns in use are read once for all alphas. Where normal equations would lose too
    many digits, and with bounds, supports are solved one by one. The other families
    take Newton steps from the last support, with an earlier factor as preconditioner.
    Nothing is solved where the support didn't change.

    References
    ----------
    Meinshausen, "Relaxed Lasso", Computational Statistics & Data Analysis 52(1), 2007.
    Hastie, Tibshirani, Tibshirani, "Best subset, forward stepwise or lasso? Analysis
    and recommendations based on extensive comparisons", Statistical Science 35(4),
    2020 (the mixture, as in glmnet).

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 20))
    >>> y = 3.0 * X[:, 0] - 2.0 * X[:, 3] + rng.standard_normal(100)
    >>> relaxed = fastreg.relaxed_path(X, y)
    >>> relaxed.path.coef_at(0.8)[[0, 3]].round(2).tolist()
    [2.16, -1.06]
    >>> relaxed.coef_at(0.8, gamma=0.0)[[0, 3]].round(2).tolist()
    [2.96, -1.84]
    >>> relaxed.predict(X[:2], alpha=0.8, gamma=0.5).shape
    (2,)
    """
    if max_nonzero is not None:
        max_nonzero = _check_max_nonzero(max_nonzero)
    data, settings, _ = check_options(X, y, options, "relaxed_path")
    if settings.family == "mgaussian":
        raise ValueError(
            "relaxed_path is not for family 'mgaussian': take the features of "
            "fastreg.path and fit them again with fastreg.ridge at alpha=0"
        )
    penalised = path(X, y, **options)
    X = data.X
    watch = Watch(
        n_threads=n_threads_for(options.get("n_threads"), X.shape[0] * X.shape[1]),
        max_time=check_max_time(options.get("max_time")),
        began=penalised.seconds,
    )
    found = relax(solution_of(penalised), data, settings, max_nonzero, watch)
    if len(found.alphas) == 0:
        raise ValueError(_nothing_to_refit(penalised, found, settings))
    refit = finish(
        found,
        replace(settings, l1_ratio=1.0),
        X,
        len(penalised.alphas),
        has_offset=penalised.has_offset,
        classes=penalised.classes,
        n_rows=penalised.n_rows,
    )
    return RelaxedPath(penalised, refit)


def solution_of(path: Path) -> Solution:
    """A path of one response as the kernels found it."""
    if path.family == "multinomial":
        coefs = SparseCoefs.from_dense(path.coefs.reshape(-1, len(path.alphas)))
    else:
        stored = path.sparse_coefs
        indptr, indices = stored.indptr.astype(np.int64), stored.indices
        coefs = SparseCoefs(
            indptr, indices.astype(np.int64), stored.data, path.n_features
        )
    return Solution(
        alphas=path.alphas,
        coefs=coefs,
        intercepts=path.intercepts,
        dual_gaps=path.dual_gaps,
        deviance_ratio=path.deviance_ratio,
        n_iter=path.n_iter,
        status=np.zeros(len(path.alphas), np.int8),
        n_passes=path.n_passes,
        seconds=path.seconds,
        null_objective=float(path.null_objective),
        scale=path.scale,
    )


def _check_max_nonzero(value: Any) -> int:
    if isinstance(value, (int, np.integer)) and value == 0 and value is not False:
        return 0
    return _validation.check_count(value, "max_nonzero")


def _nothing_to_refit(path: Path, found: Solution, settings: Settings) -> str:
    if found.stop == "max_nonzero":
        size = len(supports(solution_of(path), settings)[0])
        return (
            f"the first alpha, {path.alphas[0]:g}, has {size} features, which is more "
            "than max_nonzero: nothing can be refitted; pass larger alphas or a larger "
            "max_nonzero"
        )
    reason = "has no maximum" if found.stop == "separated" else "could not be maximised"
    return (
        f"the likelihood of the features of the first alpha, {path.alphas[0]:g}, "
        f"{reason}: nothing can be refitted; pass larger alphas"
    )
