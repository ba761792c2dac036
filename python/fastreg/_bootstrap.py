"""`bootstrap`: one problem on many samples of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._many_frame import frame_library
from fastreg._many_progress import shown
from fastreg._many_result import ManyFit
from fastreg._many_setup import check_strengths
from fastreg._path import check_problem
from fastreg._responses import check_family
from fastreg._weight_fits import FAMILIES, block_length, check_seed, fit_weights

Floats = NDArray[np.float64]

# Samples that are drawn together.
DRAWN = 64


def bootstrap(
    X: Any,
    y: Any,
    n: int = 1000,
    *,
    family: str = "gaussian",
    alpha: float | None = None,
    alphas: int | Any = None,
    relative: bool = False,
    l1_ratio: float = 1.0,
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
    random_state: int = 0,
    n_threads: int | None = None,
    progress: bool = False,
) -> ManyFit:
    """Fit the same model to many bootstrap samples of the rows.

    A sample is a weight for each row, how often it was drawn: no row is copied.

    Parameters
    ----------
    X, y, sample_weight, offset
        As in `path`. Weights multiply how often a row was drawn.
    n : int, default 1000
        Number of samples.
    family : {"gaussian", "binomial", "poisson"}, default "gaussian"
    alpha, alphas, relative, eps
        As in `fit_many`, the same for every sample. Automatic strengths are each
        sample's own.
    l1_ratio, fit_intercept, standardize
        As in `path`.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter
        As in `path`.
    random_state : int, default 0
        Seed of the samples.
    n_threads : int, optional
        As in `fit_many`; samples don't depend on it.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    ManyFit
        A model for each sample. One that can't be fitted (a class was not drawn, say)
        is reported in ``status`` and ``messages``.

    Raises
    ------
    ValueError, TypeError
        As `path`.

    Notes
    -----
    Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics
    7(1), 1979. Quantiles of Lasso coefficients over samples show how stable they are;
    they are no confidence intervals, because shrinkage biases them.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 5))
    >>> y = X[:, 0] + rng.standard_normal(100)
    >>> fit = fastreg.bootstrap(X, y, 200, alpha=0.1)
    >>> low, high = np.quantile(fit.coefs.toarray()[:, 0], [0.05, 0.95])
    >>> bool(0.3 < low < high < 1.3)
    True
    """
    n = _validation.check_count(n, "n")
    problem = check_problem(
        X,
        y,
        family=family,
        grouped=False,
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
    check_family(family, FAMILIES)
    problem.data.X.check_finite()
    rows, features = problem.data.X.shape
    strengths = check_strengths(
        alpha, alphas, relative, eps, n_problems=1, n_samples=rows, n_features=features
    )
    random = np.random.default_rng(check_seed(random_state))
    length = block_length(rows)
    blocks = (
        _samples(rows, min(length, n - first), random) for first in range(0, n, length)
    )
    with shown(progress, "bootstrap", n) as told:
        found = fit_weights(problem, blocks, n, strengths, n_threads, told)
    return ManyFit.of(
        found,
        single=alpha is not None,
        n_alphas=strengths.n_alphas,
        feature_names=problem.data.X.names,
        family=problem.settings.family,
        l1_ratio=problem.settings.l1_ratio,
        tol=problem.settings.tol,
        classes=None if problem.classes is None else (problem.classes,) * n,
        library=frame_library(X),
    )


def _samples(n_rows: int, count: int, random: np.random.Generator) -> Floats:
    """How often each row was drawn, a column a sample."""
    weights = np.empty((n_rows, count), order="F")
    for first in range(0, count, DRAWN):
        size = min(DRAWN, count - first)
        drawn = random.integers(0, n_rows, (size, n_rows))
        drawn += n_rows * np.arange(size)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=size * n_rows)
        weights[:, first : first + size] = counts.reshape(size, n_rows).T
    return weights
