"""`cv`: the strength and the mix that predict best, by cross-validation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from numbers import Real
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._cv_folds import check_all_folds, codes_of
from fastreg._cv_relax import (
    GAMMAS,
    check_gammas,
    check_relaxed_mix,
    relaxed_result,
)
from fastreg._cv_relaxed import RelaxedCVResult, check_relaxed_rule
from fastreg._cv_result import CVResult, row_pairs
from fastreg._cv_rules import check_rule
from fastreg._cv_scores import Scoring, check_scoring
from fastreg._cv_search import Search, is_flat
from fastreg._fit import make_path
from fastreg._folds import Folds
from fastreg._path import Grid, PathProblem, check_problem
from fastreg._progress import Progress, nobody
from fastreg._responses import check_family
from fastreg._result import Path
from fastreg._separation import warn_separated
from fastreg._solve import Data, Solution, warn_unconverged
from fastreg._threads import n_threads_for
from fastreg._warnings import ConvergenceWarning, GridWarning

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from fastreg._cv_options import CVOptions

Floats = NDArray[np.float64]


@overload
def cv(
    X: Any, y: Any, *, relax: Literal[False] = False, **options: Unpack[CVOptions]
) -> CVResult: ...
@overload
def cv(
    X: Any, y: Any, *, relax: Literal[True], **options: Unpack[CVOptions]
) -> RelaxedCVResult: ...
def cv(
    X: Any,
    y: Any,
    *,
    family: str = "gaussian",
    grouped: bool = False,
    l1_ratio: float | Any = 1.0,
    alphas: int | Any = 100,
    eps: float | str = "auto",
    cv: Any = 10,
    groups: Any = None,
    scoring: str | Callable[..., float] | None = None,
    rule: str | Callable[..., Any] = "min",
    relax: bool = False,
    gammas: Any = GAMMAS,
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
    early_stop: bool = True,
    random_state: int = 0,
    n_threads: int | None = None,
    progress: bool = False,
) -> CVResult | RelaxedCVResult:
    """Choose the strength of `path` (and its mix) that predicts new rows best.

    The grid is that of all rows. Each fold is a path of its own without the rows that
    it tests: with its own means and standard deviations, started from its own
    solutions, so that nothing of these rows leaks into it. Folds are weights of 0 on
    the rows of the one X, which is never copied.

    Parameters
    ----------
    X, y, family, grouped, fit_intercept, standardize, sample_weight, offset
        As in `path`. Weights count in the scores, too.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter
        As in `path`.
    l1_ratio : float or sequence of floats in [0, 1], default 1
        One mix, or several to choose from, each with a grid of its own.
    alphas : int or array-like, default 100
        How many strengths, or the strengths themselves, for every mix.
    eps : float or "auto", default "auto"
        The last strength of a grid relative to the first, as in `path`.
    cv : int, splitter or iterable, default 10
        How many folds; or what the method ``split`` of a splitter of scikit-learn's
        kind gives; or pairs (train, test) of rows. A number of folds deals shuffled
        rows, of the families binomial and multinomial so that each fold has its share
        of every class.
    groups : array-like of shape (n,), optional
        Rows with the same label are tested together: by a number of folds, or by a
        splitter that takes groups.
    scoring : str or callable, default "mse" (gaussian, mgaussian) or "deviance"
        What is judged in the rows tested: "mse", "mae", "r2" (gaussian, mgaussian),
        "deviance", "mse", "mae" (poisson), "deviance", "log_loss", "auc", "accuracy"
        (binomial, multinomial). Errors of mgaussian are means over all targets, its
        "deviance" is the sum of squares over them, and "r2" that of all together. Or a
        scorer of scikit-learn: its name, e.g. "f1", or a function (estimator, X, y) of
        the fitted model and the rows tested that gives a number, the greater the
        better.
    rule : str or callable, default "min"
        The model that `CVResult.alpha`, `coef` and `predict` stand for: "min", "1se",
        "2pct", "aic", "aicc", "bic", "ebic" or a function, see `CVResult.select`.
    relax : bool, default False
        Whether to judge relaxed fits, too: mixtures of each solution with the refit of
        its features without a penalty, as in `relaxed_path`. A fold refits on the rows
        that it trains on. Needs one ``l1_ratio`` above 0.
    gammas : sequence of floats in [0, 1], default (0, 0.25, 0.5, 0.75, 1)
        With `relax`, weights of the penalised solution to choose from; 0 is the refit.
    early_stop : bool, default True
        Whether an automatic grid ends early, for all folds together, where scores have
        clearly turned (the last is more than a standard error worse than the best) or
        nothing is left to explain; and is continued, at most twice, where the best
        score is at its end.
    random_state : int, default 0
        Seed of the shuffling.
    n_threads : int, optional
        Folds and mixes are fitted side by side. Results don't depend on it. Default: 1
        for small data, else what the process may use.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    CVResult
        With `relax` a `RelaxedCVResult`, which has it as ``cv``.

    Raises
    ------
    ValueError
        If shapes disagree, a value is NaN or infinite or out of its range, or a fold
        has nothing to train on or no score: "auc" of one class, "r2" of one row. If
        `groups` meet pairs of rows, or mgaussian an information criterion as a rule or
        `relax`. With `relax`, if there are several mixes or the mix is 0, if the rule
        is a criterion, or if not even the first support can be refitted.
    TypeError
        If X or y don't hold real numbers, or an option is of the wrong kind.
    KeyboardInterrupt
        On Ctrl-C.

    Warns
    -----
    GridWarning
        If the best score is that of the smallest alpha.
    FoldWarning
        If y is sorted and folds test neighbouring rows.
    ConvergenceWarning
        If the gap of a solution is above `tol`.
    SeparationWarning
        As in `path`, about the path of all rows.

    See Also
    --------
    path : One path.
    ridge_cv : Ridge regression by exact leave-one-out.
    LassoCV, ElasticNetCV, LogisticRegressionCV : scikit-learn's interface.

    Notes
    -----
    Of tall dense data, the Gram matrix of each fold's own rows is formed in one reading
    of X and those of the others added up. Weights are scaled to sum to the number of
    rows in each fold by itself, so an alpha means the same in all of them. The rule of
    one standard error is that of Breiman, Friedman, Olshen and Stone, "Classification
    and Regression Trees" (1984).

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((120, 30))
    >>> y = X[:, :3].sum(axis=1) + rng.standard_normal(120)
    >>> result = fastreg.cv(X, y, cv=5)
    >>> best, sparser = result.select("min"), result.select("1se")
    >>> bool(best.alpha < sparser.alpha), sparser.is_null
    (True, False)
    >>> np.flatnonzero(sparser.coef).tolist()
    [0, 1, 2]
    >>> result.predict(X[:2]).shape
    (2,)

    Refits without a penalty let an alpha that leaves out noise keep what is left:

    >>> relaxed = fastreg.cv(X, y, cv=5, relax=True)
    >>> relaxed.gamma, bool(relaxed.alpha > best.alpha)
    (0.0, True)
    >>> np.flatnonzero(relaxed.coef).tolist()
    [0, 1, 2]
    """
    began = perf_counter()
    mixes, several = _check_l1_ratios(l1_ratio)
    check_family(family)
    chosen_gammas = _check_relax(relax, gammas, mixes, several=several)
    if chosen_gammas is not None and family == "mgaussian":
        raise ValueError("relax=True is not for family 'mgaussian'")
    problem = check_problem(
        X,
        y,
        family=family,
        grouped=grouped,
        l1_ratio=mixes[0],
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
    if chosen_gammas is None:
        rule = check_rule(rule, family)
    else:
        rule = check_relaxed_rule(rule)
    score = check_scoring(
        scoring, family, partial(_scorer, scoring, X, y, offset, problem)
    )
    folds = check_all_folds(cv, X, y, groups, random_state, problem)
    grids, automatic = _grids(alphas, eps, problem, mixes)
    n_rows, n_columns = problem.data.X.shape
    adapt = _validation.check_flag(early_stop, "early_stop") and automatic
    with _shown(progress) as on_fit:
        search = Search.over(
            problem.data,
            problem.settings,
            folds,
            l1_ratios=mixes,
            scoring=score,
            n_threads=n_threads_for(n_threads, n_rows * n_columns),
            on_fit=on_fit,
        )
        search.check_scores()
        search.run(grids, stop=adapt and not _is_quick(problem, mixes), extend=adapt)
    _warn(search, problem)
    plain_rule = "min" if chosen_gammas is not None and callable(rule) else rule
    result = _result(
        search, problem, plain_rule, score, perf_counter() - began, several=several
    )
    edge = _edge(search)
    if chosen_gammas is not None:
        relaxed = relaxed_result(
            search, problem, result, chosen_gammas, rule, lambda: perf_counter() - began
        )
        # It counts where the relaxed fits want a smaller alpha, too.
        edge = edge if relaxed.select("min").alpha == edge else None
    if edge is not None:
        warnings.warn(
            f"the best score is that of the smallest alpha, {edge:.3g}: less shrinkage "
            "may predict better still; pass smaller alphas or eps",
            GridWarning,
            stacklevel=2,
        )
    return result if chosen_gammas is None else relaxed


# --- arguments -------------------------------------------------------------------


def _check_l1_ratios(l1_ratio: Any) -> tuple[list[float], bool]:
    """The mixes, and whether there is an axis of them."""
    if isinstance(l1_ratio, Real):
        return [_validation.check_l1_ratio(l1_ratio)], False
    if isinstance(l1_ratio, (str, bytes)) or not np.iterable(l1_ratio):
        raise TypeError(
            f"l1_ratio must be a number or a sequence of numbers, got {l1_ratio!r}"
        )
    mixes = [_validation.check_l1_ratio(one) for one in l1_ratio]
    if not mixes:
        raise ValueError("l1_ratio must have at least one number, got none")
    if len(set(mixes)) < len(mixes):
        raise ValueError(f"l1_ratio must have different numbers, got {mixes}")
    return mixes, True


def _check_relax(
    relax: Any, gammas: Any, mixes: list[float], *, several: bool
) -> Floats | None:
    """The gammas of relaxed fits; None if there are to be none."""
    if not _validation.check_flag(relax, "relax"):
        if gammas is not GAMMAS:
            raise ValueError(f"gammas are for relax=True, got {gammas!r}")
        return None
    check_relaxed_mix(mixes, several=several)
    return check_gammas(gammas)


def _scorer(
    scoring: Any, X: Any, y: Any, offset: Any, problem: PathProblem
) -> Scoring | None:
    """A scorer of scikit-learn; None if there is none of that name."""
    try:
        from fastreg._cv_scorers import scorer_scoring
    except ImportError:  # no scikit-learn
        return None
    data, classes = problem.data, problem.classes
    return scorer_scoring(
        scoring,
        problem.settings.family,
        X,
        _numbers(y, data) if classes is None else classes[codes_of(data)],
        classes,
        sample_weight=data.sample_weight,
        offset=None if offset is None else np.asarray(offset, dtype=np.float64),
    )


def _numbers(y: Any, data: Data) -> Floats:
    """The values of y as given, no offset subtracted."""
    return np.asarray(y, dtype=np.float64).reshape(data.y.shape)


def _grids(
    alphas: Any, eps: Any, problem: PathProblem, mixes: list[float]
) -> tuple[list[Floats], bool]:
    """The strengths of each mix, and whether they are fastreg's choice."""
    grids, automatic = [], True
    for mix in mixes:
        settings = replace(problem.settings, l1_ratio=mix)
        grid = Grid.check(alphas, eps, settings, problem.data)
        automatic = grid.alphas is None
        grids.append(grid.resolve(problem.data, settings))
    return grids, automatic


def _is_quick(problem: PathProblem, mixes: list[float]) -> bool:
    """Whether most of the work is the same for any number of alphas.

    As of closed forms, and of tall data, of which only the Gram matrices are needed.
    """
    X = problem.data.X
    if problem.settings.family != "gaussian":
        return False
    closed = problem.settings.has_closed_form(penalised=False) and not any(mixes)
    return closed or (not X.is_sparse and X.shape[0] >= 2 * X.shape[1])


def _shown(progress: Any) -> AbstractContextManager[Callable[[int], Any]]:
    if _validation.check_flag(progress, "progress"):
        return Progress("cv", "fit")
    return nullcontext(nobody)


# --- the result ------------------------------------------------------------------


def _edge(search: Search) -> float | None:
    """The smallest alpha, if the best score is its and others aren't as good."""
    mean, _ = search.summary()
    losses = search.scoring.loss(mean)
    losses = np.where(np.isfinite(losses), losses, np.inf)
    mix, index = divmod(int(np.argmin(losses)), losses.shape[1])
    smallest = float(search.alphas[mix][-1])
    at_edge = index == losses.shape[1] - 1 > 0 and smallest > 0.0
    at_edge = at_edge and not is_flat(losses)
    return smallest if at_edge else None


def _warn(search: Search, problem: PathProblem) -> None:
    """About the paths of all rows, and then about those of the folds, once each."""
    data = problem.data
    for mix, l1_ratio in enumerate(search.l1_ratios):
        settings = replace(problem.settings, l1_ratio=l1_ratio)
        whole = search.solutions[mix][-1]
        if warn_separated(data, settings, whole, problem.classes, stacklevel=3):
            continue
        warn_unconverged(
            search.alphas[mix], whole.dual_gaps, whole.status, settings, stacklevel=3
        )
    fits = [fit for row in search.solutions for fit in row[:-1]]
    unmet = [fit for fit in fits if fit.status.any()]
    if unmet:
        worst = max(float(fit.dual_gaps.max()) for fit in unmet)
        warnings.warn(
            f"paths of {len(unmet)} of {len(fits)} folds have solutions that did not "
            f"reach tol={problem.settings.tol:g}; the largest relative duality gap is "
            f"{worst:.2e}",
            ConvergenceWarning,
            stacklevel=3,
        )


def _result(
    search: Search,
    problem: PathProblem,
    rule: str | Callable[[CVResult], Any],
    scoring: Scoring,
    seconds: float,
    *,
    several: bool,
) -> CVResult:
    mean, error = search.summary()
    train = np.array(
        [[_train_deviance(fit) for fit in row[:-1]] for row in search.solutions]
    )
    alphas = np.array(search.alphas)
    arrays = [alphas, search.scores, mean, error, train]
    if not several:
        arrays = [array[0] for array in arrays]
    counts = [_n_rows(problem.data, train) for train in search.folds.train]
    paths = [
        [_path(problem, *found, mix) for found in zip(row, counts, strict=True)]
        for mix, row in zip(search.l1_ratios, search.solutions, strict=True)
    ]
    folds = Folds(search.folds.train[:-1], search.folds.test[:-1])
    return CVResult(
        alphas=arrays[0],
        l1_ratios=np.array(search.l1_ratios),
        fold_scores=arrays[1],
        mean_score=arrays[2],
        std_error=arrays[3],
        train_scores=arrays[4],
        fold_weights=search.fold_weights,
        paths=tuple(row[-1] for row in paths),
        fold_paths=tuple(tuple(row[:-1]) for row in paths),
        folds=row_pairs(folds),
        scoring=scoring.name,
        greater_is_better=scoring.greater_is_better,
        rule=rule,
        extended=search.extended,
        stopped=search.stopped,
        seconds=seconds,
        _scoring=scoring.after_use(),
    )


def _train_deviance(fit: Solution) -> Floats:
    return 2.0 * fit.null_objective * (1.0 - fit.deviance_ratio)


def _n_rows(data: Data, train: NDArray[np.int64]) -> int:
    """How many rows a fold trains on: a weight of 0 drops one."""
    weight = data.sample_weight
    return len(train) if weight is None else int(np.count_nonzero(weight[train]))


def _path(problem: PathProblem, fit: Solution, n_rows: int, l1_ratio: float) -> Path:
    data = problem.data
    return make_path(
        replace(problem.settings, l1_ratio=l1_ratio),
        fit.coefs,
        fit.status,
        feature_names=data.X.names,
        shape=data.X.shape,
        alphas=fit.alphas,
        intercepts=fit.intercepts,
        dual_gaps=fit.dual_gaps,
        deviance_ratio=fit.deviance_ratio,
        n_iter=fit.n_iter,
        n_passes=fit.n_passes,
        seconds=fit.seconds,
        null_objective=fit.null_objective,
        scale=fit.scale,
        has_offset=data.has_offset,
        n_rows=n_rows,
        classes=problem.classes,
    )
