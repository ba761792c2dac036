"""`fit_groups`: a model for each group of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._folds import check_groups
from fastreg._many import Found, ManyOptions
from fastreg._many_frame import frame_library
from fastreg._many_progress import shown
from fastreg._many_result import ManyFit
from fastreg._many_setup import check_strengths
from fastreg._matrix import DenseMatrix, describe, name_column
from fastreg._responses import (
    Response,
    check_response,
    check_response_where,
    missing_labels,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FAMILIES = ("gaussian", "binomial")


def fit_groups(
    X: Any,
    y: Any,
    groups: Any,
    *,
    family: str = "gaussian",
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
    """Fit a model of its own to each group of rows.

    Parameters
    ----------
    X : array-like of shape (n, p), or data frame
        Dense.
    y : array-like of shape (n,)
        Numbers, or two labels for family "binomial".
    groups : array-like of shape (n,), or str
        The label of each row's group; or the name of the column of the data frame X
        that has it, which then is no feature.
    family : {"gaussian", "binomial"}, default "gaussian"
    alpha, alphas, relative, eps
        As in `fit_many`: one strength for every group, one for each (in the sorted
        order of their labels), or paths.
    l1_ratio, fit_intercept, standardize, sample_weight
        As in `path`. Each group has scales of its own.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter, n_threads
        As in `fit_many`.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    ManyFit
        ``keys`` are the sorted labels. A group that can't be fitted (one class, say)
        is reported in ``status`` and ``messages``, and the others finish.

    Raises
    ------
    ValueError
        If shapes disagree or a value is out of its range.
    TypeError
        If X is sparse or doesn't hold real numbers, or an option is of the wrong kind.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 3))
    >>> store = rng.choice(["north", "south", "west"], 300)
    >>> y = np.where(store == "south", -1.0, 1.0) * X[:, 0]
    >>> fit = fastreg.fit_groups(X, y, store, alpha=0.1)
    >>> [(str(key), fit.coef(key).round(1).tolist()) for key in fit.keys]
    [('north', [0.9, 0.0, 0.0]), ('south', [-0.9, 0.0, 0.0]), ('west', [0.9, 0.0, 0.0])]
    >>> fit.predict_for(X[:2], store[:2]).shape
    (2,)
    """
    library = frame_library(X)
    X, groups = split_groups(X, groups)
    matrix = check_dense(X)
    n = matrix.shape[0]
    weight = _validation.check_sample_weight(sample_weight, n)
    labels = check_groups(groups, n)
    if labels is None:
        raise TypeError("groups must be labels, one for each row, got None")
    missing = missing_labels(labels)
    if missing.any():
        raise ValueError(
            f"groups has a missing label at row {int(missing.argmax())}; leave such "
            "rows out or give them a label"
        )
    keys, codes = np.unique(labels, return_inverse=True)
    values, classes, failed = _response(matrix, y, family, codes, len(keys))
    options = ManyOptions.check(
        matrix,
        n_entries=matrix.shape[0] * matrix.shape[1],
        family=family,
        families=FAMILIES,
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
    counts = np.bincount(codes, minlength=len(keys))
    order = np.argsort(codes, kind="stable").astype(np.int64)
    if failed:
        order = order[~np.isin(codes[order], list(failed))]
    fitted = np.delete(np.arange(len(keys)), list(failed))
    strengths = check_strengths(
        alpha,
        alphas,
        relative,
        eps,
        n_problems=len(keys),
        n_samples=int(counts.min()),
        n_features=matrix.shape[1],
    )
    starts = np.concatenate(([0], np.cumsum(counts[fitted]))).astype(np.int64)
    with shown(progress, "fit_groups", len(fitted)) as told:
        found = _core.many_groups(
            matrix.kernel,
            values,
            sample_weight=weight,
            rows=order,
            starts=starts,
            options=options._replace(progress=told).as_dict(strengths.of(fitted)),
        )
    return ManyFit.of(
        Found.of(found, matrix.shape[1]).with_failed(failed),
        single=alpha is not None,
        n_alphas=strengths.n_alphas,
        keys=keys,
        feature_names=matrix.names,
        family=options.family,
        l1_ratio=options.l1_ratio,
        tol=options.tol,
        classes=None if classes is None else (classes,) * len(keys),
        library=library,
    )


# --- data ------------------------------------------------------------------------


def check_dense(X: Any) -> DenseMatrix:
    """A dense X; NaN is left to the problems."""
    matrix = _validation.check_X(X)
    if not isinstance(matrix, DenseMatrix):
        raise TypeError(f"X must be dense, got {type(X).__name__}")
    return matrix


def _response(
    X: DenseMatrix, y: Any, family: str, codes: Integers, n_groups: int
) -> tuple[Floats, NDArray[Any] | None, dict[int, str]]:
    """Numbers for y, its classes, and the groups without finite data, with the reason.

    NaN stands for a label that is missing.
    """
    failed: dict[int, str] = {}
    classes = None
    if family == "binomial":
        values, classes = _labels(y, X.shape[0])
    else:
        values = np.ravel(_validation.as_float64(y, "y"))
        _validation.check_rows(values, "y", X.shape[0])
    for row in np.flatnonzero(~np.isfinite(values))[::-1]:
        failed[int(codes[row])] = f"y has {describe(values[row])} at row {row}"
    if X.first_not_finite() is not None:
        for row, column in np.argwhere(~np.isfinite(X.kernel))[::-1]:
            value = describe(X.kernel[row, column])
            where = name_column(int(column), X.names)
            failed[int(codes[row])] = f"X has {value} in {where} at row {row}"
    if len(failed) == n_groups:
        raise ValueError(f"no group has finite data: {failed[0]}")
    return values, classes, failed


def _labels(y: Any, n_rows: int) -> Response:
    """Of both classes; NaN where a label is missing, if not all are."""
    labels = np.asarray(y)
    here = ~missing_labels(labels) if labels.shape == (n_rows,) else np.ones(1, bool)
    if here.all() or not here.any():
        return check_response(y, n_rows, "binomial", None)
    return check_response_where(labels, here, "binomial", None)


def split_groups(X: Any, groups: Any) -> tuple[Any, Any]:
    """X and labels, where `groups` may name a column of a data frame."""
    if not isinstance(groups, str):
        return X, groups
    names = list(getattr(X, "columns", []))
    if groups not in names:
        raise ValueError(
            f"groups={groups!r} names no column of X; pass labels, one for each row"
        )
    labels = np.asarray(X[groups])
    return X[[name for name in names if name != groups]], labels
