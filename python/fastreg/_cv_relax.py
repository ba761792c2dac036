"""Refits of the paths of folds, and scores of their mixtures with the paths."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._coefs import SparseCoefs
from fastreg._cv_relaxed import RelaxedCVResult
from fastreg._cv_result import CVResult
from fastreg._cv_scores import score_rows
from fastreg._cv_search import Search
from fastreg._fit import make_path
from fastreg._path import PathProblem
from fastreg._relax import relax
from fastreg._relaxed_result import RelaxedPath
from fastreg._result import STOPPED
from fastreg._ridge_scores import summarise
from fastreg._solve import Data, Solution, warn_unconverged
from fastreg._warnings import ConvergenceWarning
from fastreg._watch import Watch

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GAMMAS = (0.0, 0.25, 0.5, 0.75, 1.0)
# Linear predictors of all rows that are there at a time.
MOST_ENTRIES = 1 << 25


# --- arguments -------------------------------------------------------------------


def check_gammas(gammas: Any) -> Floats:
    """Different numbers in [0, 1], ascending."""
    if isinstance(gammas, (str, bytes)) or not np.iterable(gammas):
        raise TypeError(f"gammas must be a sequence of numbers, got {gammas!r}")
    found = [_validation.check_real(one, "gammas", low=0.0, high=1.0) for one in gammas]
    if not found:
        raise ValueError("gammas must have at least one number, got none")
    if len(set(found)) < len(found):
        raise ValueError(f"gammas must have different numbers, got {found}")
    return np.array(sorted(found))


def check_relaxed_mix(l1_ratios: list[float], *, several: bool) -> None:
    """One mix that leaves features out."""
    if several or l1_ratios[0] == 0.0:
        got = l1_ratios if several else l1_ratios[0]
        raise ValueError(
            "relax=True needs one l1_ratio above 0, as a number: without an L1 penalty "
            f"no features are chosen that could be refitted; got {got}"
        )


# --- refits and scores -------------------------------------------------------------


def relaxed_result(
    search: Search,
    problem: PathProblem,
    result: CVResult,
    gammas: Floats,
    rule: str | Callable[[Any], Any],
    clock: Callable[[], float],
) -> RelaxedCVResult:
    """Refit what a search has fitted, score the mixtures, and say what is missing."""
    watch = Watch(n_threads=search.n_threads)
    whole = relax(search.solutions[0][-1], problem.data, problem.settings, None, watch)
    if len(whole.alphas) == 0:
        raise ValueError(
            f"nothing can be refitted, not even the features of the first alpha, "
            f"{result.alphas[0]:g}, because {STOPPED[str(whole.stop)]}: pass larger "
            "alphas"
        )
    scores = np.full((len(gammas), search.n_folds, len(result.alphas)), np.nan)
    refits = []
    for fold, rows in enumerate(search.folds.train[:-1]):
        data = _without_others(problem.data, rows)
        penalised = search.solutions[0][fold]
        refit = relax(penalised, data, problem.settings, None, watch)
        scores[:, fold, : len(refit.alphas)] = _mixed_scores(
            search, fold, _head(penalised, len(refit.alphas)), refit, gammas
        )
        refits.append(refit)
    scores[gammas == 1.0] = search.scores[0]
    mean, error = _summary(search, scores, gammas < 1.0, len(whole.alphas))
    if not np.isfinite(mean).any():
        raise ValueError(
            "no alpha was refitted in every fold, so that there is nothing to choose "
            "from: pass larger alphas, or gammas with 1"
        )
    _warn(whole, refits, problem)
    return RelaxedCVResult(
        cv=result,
        gammas=gammas,
        fold_scores=scores,
        mean_score=mean,
        std_error=error,
        relaxed=_relaxed_path(result, whole, problem),
        rule=rule,
        seconds=clock(),
    )


def _without_others(data: Data, train: Integers) -> Data:
    """The data with weights on the rows of a fold alone."""
    weight = np.zeros(data.X.shape[0])
    weight[train] = 1.0 if data.sample_weight is None else data.sample_weight[train]
    return data._replace(sample_weight=weight)


def _mixed_scores(
    search: Search, fold: int, penalised: Solution, refit: Solution, gammas: Floats
) -> Floats:
    """Scores of the rows that a fold tests, (g, r), for the r alphas with a refit."""
    rows, scores = search.folds.test[fold], np.empty((len(gammas), len(refit.alphas)))
    if not scores.size:
        return scores
    one = _linear_predictors(search.data, penalised, rows)
    other = _linear_predictors(search.data, refit, rows)
    for position, gamma in enumerate(gammas):
        scores[position] = score_rows(
            search.scoring,
            search.data,
            search.settings.family,
            rows,
            gamma * one + (1.0 - gamma) * other,
            _mixture(penalised, refit, float(gamma)),
        )
    return scores


def _linear_predictors(data: Data, solution: Solution, rows: Integers) -> Floats:
    """Without offsets, (rows, k) or (rows, K, k).

    X is read for some alphas at a time, because its product has all rows.
    """
    several = data.y.ndim == 2
    n_outputs = data.y.shape[1] if several else 1
    used, block = solution.coefs.by_class(n_outputs)
    n_rows, count = data.X.shape[0], block.shape[2]
    step = max(1, MOST_ENTRIES // (n_rows * n_outputs))
    parts = []
    for first in range(0, count, step):
        part = block[:, :, first : first + step]
        width = part.shape[1] * part.shape[2]
        product = data.X.product(used, part.reshape(len(used), width))
        parts.append(product.reshape(n_rows, *part.shape[1:])[rows])
    intercepts = np.reshape(solution.intercepts, (n_outputs, count))
    eta = np.concatenate(parts, axis=2) + intercepts
    return eta if several else eta[:, 0]


def _head(solution: Solution, count: int) -> Solution:
    """The first of the alphas."""
    coefs = solution.coefs
    end = int(coefs.indptr[count])
    arrays = ("alphas", "intercepts", "dual_gaps", "deviance_ratio", "n_iter", "status")
    return replace(
        solution,
        coefs=SparseCoefs(
            coefs.indptr[: count + 1],
            coefs.indices[:end],
            coefs.values[:end],
            coefs.n_features,
        ),
        **{name: getattr(solution, name)[..., :count] for name in arrays},
    )


def _mixture(penalised: Solution, refit: Solution, gamma: float) -> Solution:
    """Mixed coefficients and intercepts, for scorers that look at the model."""
    size, count = penalised.coefs.n_features, penalised.coefs.n_columns
    parts = (penalised.coefs, refit.coefs)
    keys = [
        np.repeat(np.arange(count), np.diff(part.indptr)) * size + part.indices
        for part in parts
    ]
    values = np.concatenate((gamma * parts[0].values, (1.0 - gamma) * parts[1].values))
    entries, position = np.unique(np.concatenate(keys), return_inverse=True)
    columns, indices = np.divmod(entries, size)
    ends = np.cumsum(np.bincount(columns, minlength=count))
    mixed = SparseCoefs(
        np.concatenate(([0], ends)).astype(np.int64),
        indices,
        np.bincount(position, values, minlength=len(entries)).astype(np.float64),
        size,
    )
    intercepts = gamma * penalised.intercepts + (1.0 - gamma) * refit.intercepts
    return replace(penalised, coefs=mixed, intercepts=intercepts)


def _summary(
    search: Search, scores: Floats, mixed: NDArray[np.bool_], n_refits: int
) -> tuple[Floats, Floats]:
    """Means and standard errors, (g, k); NaN where all rows have no refit."""
    weights = search.fold_weights
    counted = weights > 0.0
    by_fold = np.moveaxis(scores, 1, 0)[counted]
    with np.errstate(invalid="ignore", over="ignore"):  # of errors that overflow
        mean, error = summarise(by_fold, weights[counted])
    mean[mixed, n_refits:] = error[mixed, n_refits:] = np.nan
    return mean, error


def _relaxed_path(
    result: CVResult, whole: Solution, problem: PathProblem
) -> RelaxedPath:
    path = result.paths[0]
    refit = make_path(
        replace(problem.settings, l1_ratio=1.0),
        whole.coefs,
        whole.status,
        feature_names=path.feature_names,
        shape=problem.data.X.shape,
        alphas=whole.alphas,
        intercepts=whole.intercepts,
        dual_gaps=whole.dual_gaps,
        deviance_ratio=whole.deviance_ratio,
        n_iter=whole.n_iter,
        n_passes=whole.n_passes,
        seconds=whole.seconds,
        null_objective=whole.null_objective,
        scale=whole.scale,
        stopped=whole.stop,
        has_offset=path.has_offset,
        n_rows=path.n_rows,
        classes=path.classes,
    )
    return RelaxedPath(path, refit)


def _warn(whole: Solution, refits: list[Solution], problem: PathProblem) -> None:
    """About refits of all rows, and of folds, whose gap is above tol."""
    warn_unconverged(
        whole.alphas, whole.dual_gaps, whole.status, problem.settings, stacklevel=4
    )
    unmet = [refit for refit in refits if refit.status.any()]
    if unmet:
        worst = max(float(refit.dual_gaps.max()) for refit in unmet)
        warnings.warn(
            f"refits of {len(unmet)} of {len(refits)} folds did not reach "
            f"tol={problem.settings.tol:g}; the largest relative duality gap is "
            f"{worst:.2e}",
            ConvergenceWarning,
            stacklevel=4,
        )
