"""`learning_curve`: what more rows would change, by fits with fewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._cv_fits import FoldFit, FoldTask, fit_folds
from fastreg._cv_folds import check_all_folds
from fastreg._cv_result import CVResult
from fastreg._cv_scores import Scoring, check_scoring, score_rows
from fastreg._folds import Folds
from fastreg._learning_result import LearningCurve
from fastreg._path import Grid, PathProblem, check_problem
from fastreg._prefixes import Parts, check_parts
from fastreg._responses import check_family
from fastreg._ridge_scores import summarise
from fastreg._solve import Solution, warn_unconverged
from fastreg._threads import n_threads_for

Floats = NDArray[np.float64]

# Options of `cv`, with its defaults, that say what the model and the folds are.
MODEL: dict[str, Any] = {
    "family": "gaussian",
    "grouped": False,
    "l1_ratio": 1.0,
    "fit_intercept": True,
    "standardize": True,
    "penalty_factor": None,
    "lower_bounds": None,
    "upper_bounds": None,
    "positive": False,
    "tol": 1e-6,
    "max_iter": 100_000,
}
# Strengths below this share of the first are not approached any further.
LEAST_SHARE = 1e-6
FOLDS: dict[str, Any] = {"cv": 10, "groups": None, "scoring": None}


def learning_curve(
    X: Any,
    y: Any,
    *,
    alpha: float | None = None,
    result: CVResult | None = None,
    sizes: int | Sequence[float] = 5,
    sample_weight: Any = None,
    offset: Any = None,
    random_state: int = 0,
    n_threads: int | None = None,
    **options: Any,
) -> LearningCurve:
    """Scores of one model for growing numbers of rows to train on.

    Each fold's training rows are shuffled, and the model is fitted to the first few,
    to more, and to all of them, with their own means and standard deviations; the rows
    tested stay the same. Where the score still rises at the end more rows would help.
    The strength is the same at all sizes, although fewer rows want a larger one, so
    that the left of the curve is a little worse than it would be with a choice.

    Parameters
    ----------
    X, y : array-like
        As in `cv`.
    alpha : float, optional
        The strength. Either this or `result`.
    result : CVResult, optional
        What `cv` found: its chosen model, its folds and its score are taken.
    sizes : int or sequence, default 5
        How many rows: shares in (0, 1] of those of each fold, or whole numbers of rows
        from 2 on. An int is how many sizes, each half of the next, with all rows as
        the last; those with fewer than 10 rows are left out.
    sample_weight, offset
        As they were in `cv`.
    random_state : int, default 0
        Seed of the shuffling.
    n_threads : int, optional
        As in `cv`.
    **options
        Without `result`, those of `cv` that say what the model and the folds are:
        ``family``, ``grouped``, ``l1_ratio`` (a number), ``cv``, ``groups``,
        ``scoring``, ``fit_intercept``, ``standardize``, ``penalty_factor``,
        ``lower_bounds``, ``upper_bounds``, ``positive``, ``tol``, ``max_iter``.

    Returns
    -------
    LearningCurve

    Raises
    ------
    ValueError
        If shapes disagree, a value is out of its range, or a size is too small to have
        every class.
    TypeError
        If there is no such option, or neither `alpha` nor `result`, or both.
    KeyboardInterrupt
        On Ctrl-C.

    Warns
    -----
    ConvergenceWarning
        If the gap of a solution is above `tol`.

    See Also
    --------
    CVResult.diagnose : What follows from it.

    Notes
    -----
    Classes come into each size in the shares that they have in all rows. With
    ``groups`` rows of a group come in one after the other.

    Examples
    --------
    >>> import fastreg
    >>> from fastreg.datasets import load_diabetes
    >>> data = load_diabetes()
    >>> curve = fastreg.learning_curve(data.X, data.y, alpha=1.0)
    >>> curve.sizes.round().tolist()
    [25.0, 50.0, 100.0, 199.0, 398.0]
    >>> bool(curve.mean_train[-1] < curve.mean_score[-1] < curve.mean_score[0])
    True
    """
    wanted = _check_wanted(alpha, result, options)
    problem = check_problem(
        X, y, sample_weight=sample_weight, offset=offset, **wanted.model
    )
    if result is not None:
        _check_same(problem, result, has_offset=offset is not None)
    folds = check_all_folds(wanted.cv, X, y, wanted.groups, random_state, problem)
    parts = check_parts(sizes, folds, problem, wanted.groups, random_state)
    n_rows, n_columns = problem.data.X.shape
    fits = _Fits(problem, folds, parts, wanted.scoring)
    fits.run(wanted.alpha, n_threads_for(n_threads, n_rows * n_columns))
    return fits.curve(wanted.alpha)


class _Wanted(NamedTuple):
    """What is to be fitted and judged; `model` are options of `check_problem`."""

    alpha: float
    model: dict[str, Any]
    cv: Any
    groups: Any
    scoring: Scoring


def _check_wanted(
    alpha: Any, result: CVResult | None, options: dict[str, Any]
) -> _Wanted:
    if (alpha is None) == (result is None):
        given = "neither" if result is None else "both"
        raise TypeError(f"learning_curve takes either alpha or result, got {given}")
    known = MODEL | FOLDS
    unknown = [name for name in options if name not in known]
    if unknown:
        raise TypeError(
            f"learning_curve has no option {unknown[0]!r}; options of the model and "
            f"the folds are {', '.join(known)}"
        )
    if result is None:
        model = {name: options.get(name, value) for name, value in MODEL.items()}
        cv, groups, scoring = (options.get(name, FOLDS[name]) for name in FOLDS)
        score = check_scoring(scoring, check_family(model["family"]))
        return _Wanted(_validation.check_alpha(alpha), model, cv, groups, score)
    if not isinstance(result, CVResult):
        raise TypeError(f"result must be what cv returned, got {type(result).__name__}")
    if options:
        raise TypeError(
            "the model and the folds are those of the result: leave out "
            f"{', '.join(options)}"
        )
    score = check_scoring(result.scoring, result.family)
    return _Wanted(result.alpha, _model_of(result), result.folds, None, score)


def _model_of(result: CVResult) -> dict[str, Any]:
    path = result.path
    return MODEL | {name: getattr(path, name) for name in MODEL if hasattr(path, name)}


def _check_same(problem: PathProblem, result: CVResult, *, has_offset: bool) -> None:
    path, shape = result.paths[0], problem.data.X.shape
    before = (path.n_samples, path.n_features)
    if shape != before:
        raise ValueError(
            f"X has shape {shape}, but what was cross-validated has {before}"
        )
    if path.has_offset and not has_offset:
        raise ValueError(
            "what was cross-validated had an offset: learning_curve needs it, too"
        )


def _approach(problem: PathProblem, alpha: float) -> Floats:
    """Strengths from where a path begins down to alpha, each about half of the last.

    A small alpha is reached more safely from one before than from nothing, above all
    where few rows separate classes.
    """
    data, settings = problem.data, problem.settings
    if settings.has_closed_form(penalised=alpha > 0.0):
        return np.array([alpha])
    first = float(Grid(None, 2, LEAST_SHARE).resolve(data, settings)[0])
    last = max(alpha, LEAST_SHARE * first)
    steps = max(int(np.ceil(np.log2(first / last))), 0)
    above = np.geomspace(first, last, steps + 1)[:-1] if steps else np.empty(0)
    return np.append(above, [alpha] if last == alpha else [last, alpha])


class _Fits:
    """The fits of all folds and sizes, fold after fold.

    Every fold is there once for each size, with so many of its rows to train on. What
    it "tests" are all rows that are judged: first those that it is trained on.
    """

    def __init__(
        self, problem: PathProblem, folds: Folds, parts: Parts, scoring: Scoring
    ) -> None:
        self.problem, self.folds, self.parts = problem, folds, parts
        self.scoring = scoring
        shape = (len(parts), len(parts[0]))
        self.test, self.train = np.empty(shape), np.empty(shape)
        self.gaps = np.empty(shape)

    def run(self, alpha: float, n_threads: int) -> None:
        """Fit and judge all of them."""
        data, settings = self.problem.data, self.problem.settings
        trained = [rows for parts in self.parts for rows in parts]
        tested = [rows for rows in self.folds.test for _ in self.parts[0]]
        judged = [np.concatenate(both) for both in zip(trained, tested, strict=True)]
        unmet: list[Solution] = []

        def on_fit(number: int, fit: FoldFit) -> None:
            place = divmod(number, len(self.parts[0]))
            n = len(trained[number])
            for scores, chosen in ((self.train, slice(n)), (self.test, slice(n, None))):
                rows, eta = judged[number][chosen], fit.score[chosen][..., -1:]
                scores[place] = self._score(rows, eta)
            self.gaps[place] = fit.solution.dual_gaps[-1]
            if fit.solution.status[-1]:
                unmet.append(fit.solution)

        alphas = _approach(self.problem, alpha)
        tasks = [
            FoldTask(number, settings.l1_ratio, alphas)
            for number in range(len(trained))
        ]
        folds = Folds(trained, judged)
        fit_folds(data, settings, folds, tasks, on_fit, n_threads=n_threads)
        if unmet:
            worst = max(unmet, key=lambda fit: float(fit.dual_gaps[-1]))
            warn_unconverged(
                alphas[-1:],
                worst.dual_gaps[-1:],
                worst.status[-1:],
                settings,
                stacklevel=3,
            )

    def _score(self, rows: NDArray[np.int64], eta: Floats) -> float:
        """The score of linear predictors of these rows, without offsets."""
        data, family = self.problem.data, self.problem.settings.family
        return float(score_rows(self.scoring, data, family, rows, eta)[0])

    def curve(self, alpha: float) -> LearningCurve:
        """What was found."""
        weight, settings = self.problem.data.sample_weight, self.problem.settings
        weights = np.array(
            [
                float(len(rows) if weight is None else weight[rows].sum())
                for rows in self.folds.test
            ]
        )
        mean, error = summarise(self.test, weights)
        return LearningCurve(
            sizes=np.mean([[len(rows) for rows in row] for row in self.parts], axis=0),
            fold_scores=self.test,
            train_scores=self.train,
            mean_score=mean,
            std_error=error,
            mean_train=summarise(self.train, weights)[0],
            fold_weights=weights,
            dual_gaps=self.gaps,
            alpha=alpha,
            l1_ratio=settings.l1_ratio,
            family=settings.family,
            scoring=self.scoring.name,
            greater_is_better=self.scoring.greater_is_better,
            n_samples=self.problem.data.X.shape[0],
            _scoring=self.scoring,
        )
