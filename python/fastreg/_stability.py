"""`stability_selection`: how often features are selected in halves of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._many import Found, Strengths
from fastreg._many_progress import shown
from fastreg._path import PathProblem, check_problem
from fastreg._responses import check_family
from fastreg._solve import alpha_max
from fastreg._weight_fits import FAMILIES, block_length, check_seed, fit_weights

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class StabilitySelection:
    """How often features were selected. Arrays are read-only.

    Attributes
    ----------
    alphas : ndarray of shape (k,)
        Strengths, in decreasing order.
    frequencies : ndarray of shape (p, k)
        Share of the halves in which each feature had a coefficient at each alpha.
    max_frequencies : ndarray of shape (p,)
        Share of the halves in which it had one at any alpha.
    selected : ndarray of int
        Features whose `max_frequencies` is at least the threshold.
    threshold : float
    mean_selected : float
        Mean number of features that a half selects at any alpha, q.
    error_bound : float
        Bound of the expected number of selected features that a half selects with a
        probability of at most q / p. See Notes of `stability_selection`.
    n_pairs, n_failed : int
        Pairs of halves that were fitted, and how many halves could not be: without its
        other half none is counted.
    feature_names : tuple of str or None
    interrupted : bool
        Whether Ctrl-C came before all pairs were fitted.
    """

    alphas: Floats
    frequencies: Floats
    max_frequencies: Floats
    selected: NDArray[np.int64]
    threshold: float
    mean_selected: float
    error_bound: float
    n_pairs: int
    n_failed: int
    feature_names: tuple[str, ...] | None
    interrupted: bool = False

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __repr__(self) -> str:
        p = len(self.max_frequencies)
        return (
            f"Stability selection: {len(self.selected)} of {p} features in at least "
            f"{100 * self.threshold:.0f} % of {2 * self.n_pairs} halves; at most "
            f"{self.error_bound:.3g} of them are expected to be unlikely ones "
            f"(a half selects {self.mean_selected:.3g} on average)"
            + (f"; {self.n_failed} halves failed" if self.n_failed else "")
            + ("; interrupted" if self.interrupted else "")
        )


def stability_selection(
    X: Any,
    y: Any,
    *,
    family: str = "gaussian",
    n_pairs: int = 50,
    threshold: float = 0.75,
    alphas: int | Any = 50,
    eps: float = 0.1,
    l1_ratio: float = 1.0,
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
) -> StabilitySelection:
    """Count how often each feature is selected on random halves of the rows.

    Parameters
    ----------
    X, y, sample_weight, offset
        As in `path`.
    family : {"gaussian", "binomial", "poisson"}, default "gaussian"
    n_pairs : int, default 50
        Number of complementary pairs: random halves of the rows, and what they leave.
    threshold : float in (0.5, 1], default 0.75
        Least share of the halves for a feature to count as selected.
    alphas : int or array-like, default 50
        How many strengths, down from the alpha_max of all rows, or the strengths. The
        bound is the better the fewer features they select.
    eps : float, default 0.1
        The last automatic strength relative to the first.
    l1_ratio, fit_intercept, standardize
        As in `path`; ``l1_ratio`` must not be 0, which selects nothing.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter
        As in `path`. Features without a penalty are in every half.
    random_state : int, default 0
        Seed of the halves.
    n_threads : int, optional
        As in `fit_many`; results don't depend on it.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    StabilitySelection
        After Ctrl-C that of the pairs that were fitted, with ``interrupted`` set.

    Raises
    ------
    ValueError, TypeError
        As `path`; and if no pair of halves can be fitted.
    KeyboardInterrupt
        If Ctrl-C comes before the first pair is fitted.

    Notes
    -----
    Meinshausen and Bühlmann, "Stability selection", JRSS B 72(4), 2010; complementary
    pairs are those of Shah and Samworth, "Variable selection with error control:
    another look at stability selection", JRSS B 75(1), 2013. Their bound, which assumes
    nothing about the data, is that the expected number of features with a probability
    of at most θ = q / p to be selected on a half, which are selected nevertheless, is
    at most θ / (2 threshold - 1) times the expected number of such features that a half
    selects, itself at most q: q² / (p (2 threshold - 1)).

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 40))
    >>> y = X[:, :3].sum(axis=1) + rng.standard_normal(200)
    >>> stable = fastreg.stability_selection(X, y, eps=0.3)
    >>> stable.selected.tolist(), stable.error_bound < 1.0
    ([0, 1, 2], True)
    """
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
    if problem.settings.l1_ratio == 0.0:
        raise ValueError("l1_ratio=0 selects no features: it must be more than 0")
    n_pairs = _validation.check_count(n_pairs, "n_pairs")
    threshold = _validation.check_real(threshold, "threshold")
    if not 0.5 < threshold <= 1.0:
        raise ValueError(
            f"threshold must be more than 0.5 and at most 1, got {threshold:g}"
        )
    if problem.data.X.shape[0] < 2:
        raise ValueError("stability selection needs 2 rows or more, got 1")
    grid = _grid(problem, alphas, eps)
    strengths = Strengths(np.asfortranarray(grid[:, np.newaxis]), False, len(grid))
    random = np.random.default_rng(check_seed(random_state))
    blocks = _halves(problem.data.X.shape[0], n_pairs, random)
    with shown(progress, "stability_selection", 2 * n_pairs) as told:
        found = fit_weights(problem, blocks, 2 * n_pairs, strengths, n_threads, told)
    return _count(problem, found, grid, threshold)


def _halves(n_rows: int, n_pairs: int, random: np.random.Generator) -> Iterator[Floats]:
    """Weights of complementary halves, two columns a pair, a block after the other."""
    half = n_rows // 2
    pairs_a_block = max(1, block_length(n_rows) // 2)
    for first in range(0, n_pairs, pairs_a_block):
        count = min(pairs_a_block, n_pairs - first)
        weights = np.zeros((n_rows, 2 * count), order="F")
        for pair in range(count):
            order = random.permutation(n_rows)
            weights[order[:half], 2 * pair] = 1.0
            weights[order[half : 2 * half], 2 * pair + 1] = 1.0
        yield weights


def _grid(problem: PathProblem, alphas: Any, eps: Any) -> Floats:
    grid = _validation.check_alphas(alphas)
    if not isinstance(grid, int):
        return grid
    n, p = problem.data.X.shape
    end = _validation.check_eps(eps, n, p)
    settings = problem.settings
    first = alpha_max(problem.data, settings, settings.l1_ratio) or 1.0
    return np.geomspace(first, end * first, grid)


def _count(
    problem: PathProblem, found: Found, grid: Floats, threshold: float
) -> StabilitySelection:
    """Selections in the halves of the pairs of which both were fitted."""
    p, k = problem.data.X.shape[1], len(grid)
    run = np.repeat(found.done.reshape(-1, 2).all(axis=1), 2)
    if not run.any():
        raise KeyboardInterrupt
    has = np.diff(found.offsets) == k
    fitted = np.flatnonzero(run & np.repeat(has.reshape(-1, 2).all(axis=1), 2))
    if fitted.size == 0:
        reason = found.errors[int((run & ~has).argmax())]
        raise ValueError(f"no pair of halves of the rows can be fitted: {reason}")
    counts, ever = _supports(found, fitted, k, p)
    frequencies, max_frequencies = counts / fitted.size, ever / fitted.size
    mean_selected = float(ever.sum()) / fitted.size
    return StabilitySelection(
        alphas=grid,
        frequencies=frequencies,
        max_frequencies=max_frequencies,
        selected=np.flatnonzero(max_frequencies >= threshold),
        threshold=threshold,
        mean_selected=mean_selected,
        error_bound=mean_selected**2 / (p * (2.0 * threshold - 1.0)),
        n_pairs=fitted.size // 2,
        n_failed=int(np.count_nonzero(run & ~has)),
        feature_names=problem.data.X.names,
        interrupted=found.interrupted,
    )


def _supports(
    found: Found, halves: Integers, k: int, p: int
) -> tuple[Integers, Integers]:
    """In how many halves features have a coefficient: at each alpha, and at any."""
    counts, ever = np.zeros(p * k, dtype=np.int64), np.zeros(p, dtype=np.int64)
    indptr = found.coefs.indptr
    for i in halves:
        bounds = indptr[found.offsets[i] : found.offsets[i] + k + 1]
        features = found.coefs.indices[bounds[0] : bounds[-1]]
        # A column has a feature once.
        counts[features * k + np.repeat(np.arange(k), np.diff(bounds))] += 1
        ever[np.unique(features)] += 1
    return counts.reshape(p, k), ever
