"""`fit_rolling`: a model for each window of rows that follow each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._fit_groups import check_dense
from fastreg._many import Found, ManyOptions
from fastreg._many_frame import frame_library
from fastreg._many_progress import shown
from fastreg._many_result import ManyFit
from fastreg._many_setup import check_strengths

Integers = NDArray[np.int64]


def fit_rolling(
    X: Any,
    y: Any,
    window: int,
    *,
    step: int = 1,
    expanding: bool = False,
    alpha: float | Any = None,
    alphas: int | Any = None,
    relative: bool = False,
    l1_ratio: float = 1.0,
    eps: float | str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
    tol: float = 1e-6,
    max_iter: int = 100_000,
    n_threads: int | None = None,
    progress: bool = False,
) -> ManyFit:
    """Fit a model to each window of rows, which are in the order of time.

    The statistics of a window come from those of the last: rows that enter are added,
    those that leave are taken away, and now and then, or where that would cost digits,
    they are formed anew. Each solution starts from the last.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Dense.
    y : array-like of shape (n,)
    window : int
        Rows of a window; of the first, if `expanding`.
    step : int, default 1
        Rows from the end of a window to that of the next.
    expanding : bool, default False
        Whether all windows begin with the first row.
    alpha, alphas, relative, eps
        As in `fit_many`, with a window in the place of a response.
    l1_ratio, fit_intercept, standardize, sample_weight
        As in `path`. Each window has scales of its own.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter, n_threads
        As in `fit_many`.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    ManyFit
        ``keys`` are the positions of the last rows of the windows, so that the model
        of key i may predict row i + 1.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN, infinite or out of its range, or the window
        is longer than the data.
    TypeError
        If X is sparse or doesn't hold real numbers, or an option is of the wrong kind.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((400, 2))
    >>> y = np.where(np.arange(400) < 200, 1.0, -1.0) * X[:, 0]
    >>> fit = fastreg.fit_rolling(X, y, 100, alpha=0.1)
    >>> len(fit), int(fit.keys[0])
    (301, 99)
    >>> fit.coef(150).round(1).tolist(), fit.coef(399).round(1).tolist()
    ([0.9, 0.0], [-0.9, 0.0])
    """
    matrix = check_dense(X)
    n, p = matrix.shape
    response = _validation.check_y(y, n)
    matrix.check_finite()
    weight = _validation.check_sample_weight(sample_weight, n)
    first, last = windows(n, window, step, expanding)
    options = ManyOptions.check(
        matrix,
        n_entries=n * p * min(len(first), 1024),
        l1_ratio=l1_ratio,
        fit_intercept=fit_intercept,
        standardize=standardize,
        penalty_factor=penalty_factor,
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
        positive=positive,
        tol=tol,
        max_iter=max_iter,
        n_threads=n_threads,
    )
    strengths = check_strengths(
        alpha,
        alphas,
        relative,
        eps,
        n_problems=len(first),
        n_samples=int(last[0]),
        n_features=p,
    )
    with shown(progress, "fit_rolling", len(first)) as told:
        found = _core.rolling_paths(
            matrix.kernel,
            response,
            sample_weight=weight,
            first=first,
            last=last,
            options=options._replace(progress=told).as_dict(strengths),
        )
    return ManyFit.of(
        Found.of(found, p),
        single=alpha is not None,
        n_alphas=strengths.n_alphas,
        keys=last - 1,
        feature_names=matrix.names,
        family=options.family,
        l1_ratio=options.l1_ratio,
        tol=options.tol,
        library=frame_library(X),
    )


def windows(
    n_rows: int, window: Any, step: Any, expanding: Any
) -> tuple[Integers, Integers]:
    """The first row of each window, and the row after its last."""
    window = _validation.check_count(window, "window")
    step = _validation.check_count(step, "step")
    if window > n_rows:
        raise ValueError(f"window is {window} rows long but X has {n_rows}")
    last = np.arange(window, n_rows + 1, step, dtype=np.int64)
    if _validation.check_flag(expanding, "expanding"):
        return np.zeros_like(last), last
    return last - window, last
