"""`adaptive`: the adaptive Lasso, in two stages."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._cv import cv
from fastreg._cv_result import CVResult
from fastreg._path import PathProblem, path
from fastreg._path_options import check_options
from fastreg._result import Path
from fastreg._ridge_cv import ridge_cv
from fastreg._ridge_selection import RidgeSelection
from fastreg._warnings import GridWarning

Floats = NDArray[np.float64]

STAGES = ("ridge", "lasso")
# What the first stage has in common with the second.
SHARED = (
    "family",
    "fit_intercept",
    "standardize",
    "sample_weight",
    "offset",
    "penalty_factor",
    "n_threads",
)
NOT_RIDGE = ("family", "offset")  # y comes without the offset
# Folds and strengths of first stages that are chosen by cross-validation.
FOLDS, STRENGTHS = 5, {"ridge": 20, "lasso": 100}
# Coefficients below this, relative to the largest, are rounding: they count as 0.
NOTHING = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class AdaptivePath:
    """The two stages of an adaptive Lasso. Its arrays are read-only.

    Attributes
    ----------
    path : Path
        The solutions. Its ``penalty_factor`` is that of the user times `weights`.
    weights : ndarray of shape (p,)
        (max_k s_k |b_k| / s_j |b_j|)^power for the first coefficients b; at least 1,
        and infinite for features that were 0.
    first_coef : ndarray of shape (p,) or (K, p)
        First coefficients, of the raw columns.
    first : RidgeSelection, CVResult, Path or None
        The first stage: what chose its alpha, or the path if alpha was given; None if
        the coefficients were.
    first_alpha : float or None
        The alpha of the first stage.
    power : float
        What was asked for.
    """

    path: Path
    weights: Floats
    first_coef: Floats
    first: RidgeSelection | CVResult | Path | None
    first_alpha: float | None
    power: float

    def __post_init__(self) -> None:
        for value in (self.weights, self.first_coef):
            value.flags.writeable = False

    def __repr__(self) -> str:
        n_left = int(np.count_nonzero(np.isfinite(self.weights)))
        origin = "given coefficients"
        if self.first_alpha is not None:
            origin = f"{type(self.first).__name__} at alpha={self.first_alpha:.4g}"
        origin += f", power {self.power:g}"
        text = repr(self.path)
        return (
            f"Adaptive {text[0].lower()}{text[1:]}\n"
            f"  weights   of {n_left} features, from {origin}"
        )


def adaptive(
    X: Any,
    y: Any,
    *,
    stage: str | Any = "ridge",
    first_alpha: float | None = None,
    power: float = 1.0,
    **options: Any,
) -> AdaptivePath:
    """Fit a path whose penalty spares the features that a first fit found large.

    The penalty of feature j is multiplied by 1 / (s_j |b_j|)^power, with first
    coefficients b and the scales s of the columns. What is large is hardly shrunk and
    what is small leaves early, so that the features that matter can be found, and their
    coefficients estimated almost as if they had been known (Zou, 2006).

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        Data, in any storage that `path` takes.
    y : array-like of shape (n,)
        Response, as in `path`.
    stage : {"ridge", "lasso"} or array-like of shape (p,) or (K, p), default "ridge"
        Where first coefficients come from: ridge regression, which leaves all features
        in; the Lasso, after which those with a coefficient of 0 are out for good;
        or the coefficients themselves.
    first_alpha : float >= 0, optional
        Strength of the first stage. By default it predicts best: by exact leave-one-out
        (ridge, gaussian; see `ridge_cv`), or in 5 folds (others; see `cv`). 0 gives
        the least squares or maximum likelihood of Zou's article.
    power : float > 0, default 1
        How much coefficients count; "ridge" and least squares may take 2, too.
    **options
        As in `path`, all of them. The first stage has the same family, intercept,
        scales, weights, offset, penalty factors and threads, but no bounds.

    Returns
    -------
    AdaptivePath
        The path, the weights, and the first stage.

    Raises
    ------
    ValueError, TypeError, PathInterrupted
        As in `path`.

    Warns
    -----
    ConvergenceWarning, SeparationWarning
        As in `path`, of either stage.

    See Also
    --------
    relaxed_path : Another way to shrink large coefficients less.

    Notes
    -----
    The weights are divided by the smallest, which is that of the largest coefficient:
    then alpha means for that feature what it means for the Lasso, whatever the units
    of y. A user's `penalty_factor` multiplies them; features without a penalty keep
    none. Of several classes the norm of a feature's coefficients counts; the penalty of
    a feature is the same for all of them.

    Standard errors, criteria and cross-validation of the second stage don't know of the
    first: its choice used the same y. Gaps and `certify` are about the second stage,
    whose objective is that of `path` with the factors in ``AdaptivePath.path``.

    References
    ----------
    Zou, "The adaptive lasso and its oracle properties", J. American Statistical
    Association 101(476), 2006.
    Bühlmann, van de Geer, "Statistics for High-Dimensional Data", Springer, 2011,
    section 2.8 (the Lasso as first stage).

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 20))
    >>> y = 3.0 * X[:, 0] - 2.0 * X[:, 3] + rng.standard_normal(100)
    >>> adaptive = fastreg.adaptive(X, y)
    >>> np.argsort(adaptive.weights)[:2].tolist()
    [0, 3]
    >>> chosen = adaptive.path.select("bic")
    >>> chosen.support.tolist(), chosen.coef[[0, 3]].round(1).tolist()
    ([0, 3], [2.9, -1.8])
    """
    problem = check_options(X, y, options, "adaptive")
    power = _check_power(power)
    stage = _check_stage(stage, problem)
    if first_alpha is not None:
        first_alpha = _validation.check_real(first_alpha, "first_alpha", low=0.0)
    if isinstance(stage, str):
        shared = {name: options[name] for name in SHARED if name in options}
        first, first_alpha = _first_stage(X, y, stage, first_alpha, shared, problem)
        coef = first.coef_at(first_alpha) if isinstance(first, Path) else first.coef
    elif first_alpha is None:
        first, coef = None, stage
    else:
        raise ValueError(
            "stage is an array of coefficients: first_alpha is for one that is fitted"
        )
    factor = problem.settings.penalty_factor
    factor = np.ones(problem.data.X.shape[1]) if factor is None else factor
    weights = _weights(_sizes(coef, problem), factor, power)
    multiplied = np.zeros(len(factor))
    np.multiply(factor, weights, out=multiplied, where=factor > 0.0)
    found = path(X, y, **(options | {"penalty_factor": multiplied}))
    return AdaptivePath(found, weights, np.array(coef), first, first_alpha, power)


def _check_power(power: Any) -> float:
    value = _validation.check_real(power, "power", low=0.0)
    if value == 0.0:
        raise ValueError("power must be above 0, got 0: that is fastreg.path")
    return value


def _check_stage(stage: Any, problem: PathProblem) -> str | Floats:
    if isinstance(stage, str):
        if stage not in STAGES:
            raise ValueError(
                "stage must be 'ridge', 'lasso' or an array of coefficients, "
                f"got {stage!r}"
            )
        return stage
    coef = _validation.as_float64(stage, "stage")
    data = problem.data
    wanted = (*data.y.shape[1:], data.X.shape[1])
    if coef.shape != wanted:
        raise ValueError(
            f"stage has shape {coef.shape}, but coefficients have {wanted}"
        )
    if not np.isfinite(coef).all():
        raise ValueError("stage must have finite coefficients, got NaN or inf")
    return coef


def _first_stage(
    X: Any,
    y: Any,
    stage: str,
    alpha: float | None,
    shared: dict[str, Any],
    problem: PathProblem,
) -> tuple[RidgeSelection | CVResult | Path, float]:
    """The first fit and its alpha."""
    mix = 0.0 if stage == "ridge" else 1.0
    if alpha is not None:
        return path(X, y, l1_ratio=mix, alphas=[alpha], **shared), alpha
    with warnings.catch_warnings():
        # At an edge of its grid the first stage is still good enough.
        warnings.simplefilter("ignore", GridWarning)
        if stage == "ridge" and problem.settings.family == "gaussian":
            options = {name: shared[name] for name in shared if name not in NOT_RIDGE}
            selection = ridge_cv(X, problem.data.y, **options)
            return selection, float(selection.alpha)
        result = cv(X, y, l1_ratio=mix, alphas=STRENGTHS[stage], cv=FOLDS, **shared)
        return result, result.alpha


def _sizes(coef: Floats, problem: PathProblem) -> Floats:
    """First coefficients in the units of the penalty, of classes their norms."""
    data, settings = problem.data, problem.settings
    found = data.X.given_to(
        _core.standardization,
        sample_weight=data.sample_weight,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
    )
    size = np.linalg.norm(np.atleast_2d(coef), axis=0)
    return np.asarray(found["scale"] * size)


def _weights(size: Floats, factor: Floats, power: float) -> Floats:
    """(largest / size)^power; infinite where the size is nothing."""
    penalised = (factor > 0.0) & np.isfinite(factor)
    largest = size[penalised].max(initial=0.0)
    out = np.full(len(size), np.inf)
    with np.errstate(over="ignore"):
        share = np.divide(largest, size, out=out, where=size > NOTHING * largest)
        return np.asarray(share**power)
