"""`fit_many`: many responses on one X."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._many import Found, ManyOptions, Strengths
from fastreg._many_result import ManyFit
from fastreg._matrix import KernelMatrix
from fastreg._tables import column_names

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Responses that are solved together: their products with X are as large as p × this.
LEAST_BLOCK = 1024


def fit_many(
    X: Any,
    Y: Any,
    *,
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
) -> ManyFit:
    """Fit the Lasso or the Elastic Net of many responses on the same features.

    Each response is a problem of its own, as `path` states it. They share one
    standardisation and one Gram matrix, or one for each pattern of missing values.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        As in `path`.
    Y : array-like of shape (n, m)
        A response in each column. NaN is a missing value: the row doesn't count for
        that response. Names of columns become `ManyFit.keys`.
    alpha : float or array-like of shape (m,), optional
        One strength for every response, or one for each.
    alphas : int or array-like of shape (k,), optional
        Paths instead: how many strengths, from each response's own alpha_max down, or
        the strengths. One of `alpha` and `alphas` is needed.
    relative : bool, default False
        Whether strengths that are given are shares of each response's own alpha_max,
        the smallest strength that leaves nothing but the intercept.
    l1_ratio, fit_intercept, standardize, sample_weight
        As in `path`.
    eps : float or "auto", default "auto"
        As in `path`, for automatic strengths.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter
        As in `path`.
    n_threads : int, optional
        Responses are solved side by side; results don't depend on it. Default: 1 for
        small data, else what the process may use.

    Returns
    -------
    ManyFit
        Partial after Ctrl-C, with ``interrupted`` set.

    Raises
    ------
    ValueError
        If shapes disagree, X has NaN or an infinity, or a value is out of its range.
        What is wrong with one response only is in `ManyFit.messages`.
    TypeError
        If X or Y don't hold real numbers, or an option is of the wrong kind.

    See Also
    --------
    path : One response.
    ridge : Ridge regression of several responses.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((80, 20))
    >>> Y = X[:, :5] + 0.1 * rng.standard_normal((80, 5))
    >>> Y[3, 1] = np.nan
    >>> fit = fastreg.fit_many(X, Y, alpha=0.2)
    >>> fit.coefs.shape, fit.coefs.indices.tolist()
    ((5, 20), [0, 1, 2, 3, 4])
    >>> fit.predict(X[:2]).shape
    (2, 5)
    """
    matrix = _validation.check_X(X)
    n, p = matrix.shape
    responses, missing = check_responses(Y, n)
    m = responses.shape[1]
    weight = _validation.check_sample_weight(sample_weight, n)
    options = ManyOptions.check(
        matrix,
        n_entries=n * p + n * m,
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
        alpha, alphas, relative, eps, n_problems=m, n_samples=n, n_features=p
    )
    matrix.check_finite()
    found = _solve(matrix, responses, missing, weight, options, strengths)
    names = column_names(Y)
    return ManyFit.of(
        found,
        single=alpha is not None,
        n_alphas=strengths.n_alphas,
        keys=None if names is None else np.array(names, dtype=object),
        feature_names=matrix.names,
        family=options.family,
        l1_ratio=options.l1_ratio,
        tol=options.tol,
    )


def check_responses(Y: Any, n_samples: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Responses as columns, 0 where they are missing, and where that is."""
    values = _validation.as_float64(Y, "Y")
    if values.ndim != 2:
        raise ValueError(
            f"Y must have 2 dimensions, a response in each column, got {values.ndim} "
            f"(shape {values.shape})"
        )
    _validation.check_rows(values, "Y", n_samples)
    if values.shape[1] == 0:
        raise ValueError(f"Y must have at least one column, got shape {values.shape}")
    if np.isinf(values).any():
        i, j = np.argwhere(np.isinf(values))[0]
        raise ValueError(f"Y has inf at row {i} of response {j}")
    missing = np.isnan(values)
    return np.where(missing, 0.0, values) if missing.any() else values, missing


def check_strengths(
    alpha: Any,
    alphas: Any,
    relative: Any,
    eps: Any,
    *,
    n_problems: int,
    n_samples: int,
    n_features: int,
) -> Strengths:
    """What `alpha` and `alphas` ask for; n_alphas is then how many a problem has."""
    relative = _validation.check_flag(relative, "relative")
    if (alpha is None) == (alphas is None):
        raise ValueError("give either alpha (one strength a problem) or alphas (paths)")
    if alpha is not None:
        values = np.atleast_1d(_validation.as_float64(alpha, "alpha"))
        if values.shape not in ((1,), (n_problems,)):
            raise ValueError(
                f"alpha has shape {values.shape}: expected a number, or one for each "
                f"of {n_problems} problems"
            )
        if not np.isfinite(values).all() or (values < 0.0).any():
            bad = values[~(np.isfinite(values) & (values >= 0.0))][0]
            raise ValueError(f"alpha must be finite and >= 0, got {bad:g}")
        return Strengths(np.asfortranarray(values[np.newaxis]), relative, 1)
    grid = _validation.check_alphas(alphas)
    if isinstance(grid, int):
        if relative:
            raise ValueError("relative=True is for strengths that are given")
        end = _validation.check_eps(eps, n_samples, n_features)
        return Strengths(None, False, grid, end)
    return Strengths(np.asfortranarray(grid[:, np.newaxis]), relative, len(grid))


def _solve(
    X: KernelMatrix,
    Y: Floats,
    missing: NDArray[np.bool_],
    weight: Floats | None,
    options: ManyOptions,
    strengths: Strengths,
) -> Found:
    """Blocks of responses, so that what is shared stays small."""
    m = Y.shape[1]
    length = max(LEAST_BLOCK, X.shape[1])

    def block(responses: slice) -> Found:
        own = strengths.of(np.arange(m)[responses])
        weights, pattern = patterns(missing[:, responses], weight)
        return Found.of(
            X.given_to(
                _core.many_responses,
                Y[:, responses],
                weights=weights,
                pattern=pattern,
                options=options.as_dict(own),
            ),
            X.shape[1],
        )

    firsts = range(0, m, length)
    return Found.collected((block(slice(first, first + length)) for first in firsts), m)


def patterns(
    missing: NDArray[np.bool_], weight: Floats | None
) -> tuple[Floats, Integers]:
    """Weights of each pattern of missing values, (n, g), and that of each response."""
    n, m = missing.shape
    base = np.ones(n) if weight is None else weight
    if not missing.any():
        return np.asfortranarray(base[:, np.newaxis]), np.zeros(m, dtype=np.int64)
    packed = np.packbits(missing, axis=0)
    _, first, pattern = np.unique(
        packed, axis=1, return_index=True, return_inverse=True
    )
    weights = np.where(missing[:, first], 0.0, base[:, np.newaxis])
    return np.asfortranarray(weights), pattern.reshape(-1).astype(np.int64)
