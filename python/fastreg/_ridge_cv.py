"""`ridge_cv`: the strength of ridge regression that predicts best."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._folds import Folds, check_folds
from fastreg._ridge_problem import RidgeProblem, check_ridge_problem, ridge_grid
from fastreg._ridge_scores import (
    best_alphas,
    edges,
    fold_predictions,
    leave_one_out,
    summarise,
)
from fastreg._ridge_selection import RidgeSelection
from fastreg._ridge_solve import fit_checked, fit_from
from fastreg._warnings import GridWarning
from fastreg._watch import Watch

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def ridge_cv(
    X: Any,
    Y: Any,
    alphas: int | Any = 100,
    *,
    cv: Any = "loo",
    alpha_per_target: bool = True,
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    penalty_factor: Any = None,
    offset: Any = None,
    predictions: bool = False,
    n_threads: int | None = None,
) -> RidgeSelection:
    """Choose the alpha of `ridge` that predicts best, and fit it.

    Leave-one-out is exact, for every alpha and target, and costs little more than one
    fit: the error of row i by the fit without it is r_i / (1 - h_i), where r is the
    residual of the fit to all rows and h the diagonal of its hat matrix.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        Data, in any storage that `path` takes.
    Y : array-like of shape (n,) or (n, m)
        One or several targets.
    alphas : int or array-like, default 100
        As in `ridge_path`.
    cv : "loo", "gcv", int, splitter or iterable, default "loo"
        - "loo": exact leave-one-out. Leaving out a row means giving it the weight 0,
          where n alpha (scikit-learn's alpha) and the scales s_j stay what they are and
          the intercept is fitted anew.
        - "gcv": generalised cross-validation, the mean squared residual of the fit by
          (1 - df/n)², df its degrees of freedom.
        - an int k: k folds of shuffled rows, those of scikit-learn's
          ``KFold(k, shuffle=True, random_state=0)``; or what such a splitter's method
          ``split(X, Y)`` gives, or pairs (train, test) of rows. Each fold is fitted by
          itself, with scales of its own and the alpha for which n alpha stays.
    alpha_per_target : bool, default True
        Whether each target has an alpha of its own; else the one with the smallest
        mean score of all.
    fit_intercept, standardize, sample_weight, penalty_factor, n_threads
        As in `path`. Weights count in the scores, too.
    offset : array-like of shape (n,), optional
        A known part of the prediction, the same for all targets.
    predictions : bool, default False
        Whether to keep the predictions of each row by the fit without it, at the chosen
        alpha; for "loo" and "gcv". Needs room for n · m · k numbers for a while.

    Returns
    -------
    RidgeSelection
        Scores of all alphas, and the fit at the chosen one.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite or out of its range, or no alpha
        has a finite score.
    TypeError
        If X or Y don't hold real numbers, or an option is of the wrong kind.
    KeyboardInterrupt
        On Ctrl-C.

    Warns
    -----
    GridWarning
        If the chosen alpha is the largest or the smallest of several.

    See Also
    --------
    ridge, ridge_path

    Notes
    -----
    Golub, Heath and Wahba, "Generalized cross-validation as a method for choosing
    a good ridge parameter", Technometrics 21(2), 1979. Among alphas
    whose scores exceed the least by no more than a millionth the largest is taken.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> y = X[:, :5].sum(axis=1) + 3.0 * rng.standard_normal(60)
    >>> chosen = fastreg.ridge_cv(X, y)
    >>> chosen.scores.shape, chosen.at_edge
    ((100,), False)
    >>> bool(chosen.scores[chosen.index] == chosen.scores.min())
    True
    >>> chosen.predict(X[:2]).shape
    (2,)
    """
    problem = check_ridge_problem(
        X,
        Y,
        fit_intercept=fit_intercept,
        standardize=standardize,
        sample_weight=sample_weight,
        penalty_factor=penalty_factor,
        offset=offset,
        tol=0.0,
    )
    together = not _validation.check_flag(alpha_per_target, "alpha_per_target")
    predictions = _validation.check_flag(predictions, "predictions")
    grid = _validation.check_alphas(alphas)
    by_rows = isinstance(cv, str) and _check_method(cv)
    folds = None if by_rows else check_folds(cv, X, Y, problem.sample_weight)
    if folds is not None and predictions:
        raise ValueError("predictions=True is for cv='loo' and 'gcv', not for folds")
    watch = problem.watch(n_threads)
    if isinstance(grid, int):
        grid = ridge_grid(problem.data(), problem.settings, grid)
    if folds is None:
        chosen = _by_rows(problem, grid, cv, watch, together=together, keep=predictions)
    else:
        chosen = _by_folds(problem, grid, folds, watch, together=together)
    if chosen.at_edge:
        warnings.warn(_edge_sentence(problem, chosen), GridWarning, stacklevel=2)
    return chosen


def _check_method(cv: str) -> bool:
    if cv not in ("loo", "gcv"):
        raise ValueError(
            "cv must be 'loo', 'gcv', an int (how many folds), a splitter or pairs "
            f"(train, test) of rows, got {cv!r}"
        )
    return True


# --- the choice ------------------------------------------------------------------


def _edge_sentence(problem: RidgeProblem, chosen: RidgeSelection) -> str:
    """What to do where the best alpha is at an edge of the grid."""
    alphas, scores = chosen.alphas, np.atleast_2d(chosen.scores)
    largest, smallest = _edges(problem, alphas, chosen.index, scores)
    separate = np.ndim(chosen.index) > 0

    def share(where: Booleans) -> str:
        return f" (for {where.sum()} of {len(where)} targets)" if separate else ""

    parts = []
    if largest.any():
        parts.append(
            f"the largest, {alphas[0]:.3g}{share(largest)}: shrinking more may "
            "predict better still, down to the mean of y; pass larger alphas to see"
        )
    if smallest.any():
        parts.append(
            f"the smallest, {alphas[-1]:.3g}{share(smallest)}: shrinking less may "
            "predict better still; pass smaller alphas, with 0 for least squares"
        )
    return f"of {len(alphas)} alphas the best is {'; and '.join(parts)}"


def _edges(
    problem: RidgeProblem, grid: Floats, index: int | Integers, scores: Floats
) -> tuple[Booleans, Booleans]:
    of_targets = np.broadcast_to(np.asarray(index, np.int64), problem.n_targets)
    return edges(scores, grid, of_targets, np.mean(problem.Y**2, axis=0))


# --- leave-one-out and generalised cross-validation -------------------------------


def _by_rows(
    problem: RidgeProblem,
    grid: Floats,
    method: str,
    watch: Watch,
    *,
    together: bool,
    keep: bool,
) -> RidgeSelection:
    _check_rows_left(problem, method)

    def choose(found: dict[str, Any]) -> Integers:
        return best_alphas(found[method], together=together)

    found = leave_one_out(problem, grid, choose, watch, predictions=keep)
    index = found["index"]
    # As the kernel of one alpha gives them, with an axis of alphas.
    for name in ("coefs", "intercepts", "residuals", "dual_gaps", "deviance_ratio"):
        found[name] = found[name][..., np.newaxis]
    found["n_iter"] = np.ones((problem.n_targets, 1), np.int64)
    found["solver"] = "spectral"
    found["df"] = found["df"][index][:, np.newaxis]
    predictions = None
    if keep:
        predictions = found["predictions"][np.arange(problem.n_targets), index].T
        if problem.offset is not None:
            predictions = predictions + problem.offset[:, np.newaxis]
        predictions = predictions[:, 0] if problem.single else predictions
    alpha = _chosen_alpha(problem, grid, index, together=together)
    fit = fit_from(problem, found, alpha)
    return RidgeSelection(
        alphas=grid,
        scores=found[method][0] if problem.single else found[method],
        std_errors=None,
        index=_plain_index(problem, index, together=together),
        at_edge=bool(np.any(_edges(problem, grid, index, found[method]))),
        cv=method,
        fit=fit,
        predictions=predictions,
    )


def _check_rows_left(problem: RidgeProblem, method: str) -> None:
    """Refuse a row that is left out by itself, with an intercept to be fitted."""
    weight = problem.sample_weight
    counted = problem.X.shape[0] if weight is None else np.count_nonzero(weight)
    if counted < 2 and problem.settings.fit_intercept:
        raise ValueError(
            f"cv={method!r} needs at least 2 rows with a weight, got {counted}: "
            "without the only one nothing is left to fit"
        )


# --- folds -----------------------------------------------------------------------


def _by_folds(
    problem: RidgeProblem, grid: Floats, folds: Folds, watch: Watch, *, together: bool
) -> RidgeSelection:
    n_folds = len(folds.test)
    errors = np.empty((n_folds, problem.n_targets, len(grid)))
    weights = np.empty(n_folds)

    def on_fold(fold: int, predictions: Floats) -> None:
        rows = folds.test[fold]
        w = None if problem.sample_weight is None else problem.sample_weight[rows]
        weights[fold] = len(rows) if w is None else w.sum()
        square = (problem.Y[rows, :, np.newaxis] - predictions) ** 2
        counts = weights[fold] > 0.0  # else nothing is to be learned from it
        errors[fold] = np.average(square, axis=0, weights=w) if counts else 0.0

    fold_predictions(problem, grid, folds, on_fold, watch)
    scores, std_errors = summarise(errors, weights)
    index = best_alphas(scores, together=together)
    alpha = _chosen_alpha(problem, grid, index, together=together)
    return RidgeSelection(
        alphas=grid,
        scores=scores[0] if problem.single else scores,
        std_errors=std_errors[0] if problem.single else std_errors,
        index=_plain_index(problem, index, together=together),
        at_edge=bool(np.any(_edges(problem, grid, index, scores))),
        cv=f"{n_folds} folds",
        fit=fit_checked(problem, alpha, watch, inference=False),
        predictions=None,
    )


# --- the result ------------------------------------------------------------------


def _chosen_alpha(
    problem: RidgeProblem, grid: Floats, index: Integers, *, together: bool
) -> float | Floats:
    return float(grid[index[0]]) if problem.single or together else grid[index]


def _plain_index(
    problem: RidgeProblem, index: Integers, *, together: bool
) -> int | Integers:
    return int(index[0]) if problem.single or together else index
