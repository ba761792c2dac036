"""Fitting the folds along the grid, until it is clear which strengths are best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._cv_fits import FoldFit, FoldTask, fit_folds
from fastreg._cv_scores import Scoring, score_rows
from fastreg._folds import Folds
from fastreg._progress import nobody
from fastreg._ridge_scores import ROUNDING, summarise
from fastreg._solve import Data, Settings, Solution

Floats = NDArray[np.float64]

# A grid is fitted in so many parts where it may be stopped early or continued, each of
# so many alphas at least.
PARTS, LEAST_PART = 5, 10
# Scores have turned where the last is worse than the best by more than a standard error
# and that lies this share of the grid behind, or so many alphas.
TURNED_SHARE, TURNED_LEAST = 0.1, 5
# A grid is continued by half of its alphas at most this often.
MOST_EXTENSIONS = 2
# Scores that compare rows of different y.
NEED_TWO_VALUES = ("r2", "auc")
# Nothing is left to explain.
EXPLAINED = 0.999


@dataclass
class Search:
    """The fits so far. Mixes come first on every axis, and have as many alphas.

    The last fold of `folds` is no fold: it trains on all rows and tests none.
    """

    data: Data
    settings: Settings
    folds: Folds
    l1_ratios: list[float]
    scoring: Scoring
    n_threads: int
    on_fit: Callable[[int], Any] = nobody
    alphas: list[Floats] = field(default_factory=list)
    solutions: list[list[Solution]] = field(default_factory=list)
    scores: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    extended: bool = False
    stopped: bool = False

    @classmethod
    def over(
        cls, data: Data, settings: Settings, folds: Folds, **options: Any
    ) -> Search:
        """A search that has not begun."""
        n = data.X.shape[0]
        everything = Folds(
            [*folds.train, np.arange(n)], [*folds.test, np.empty(0, np.int64)]
        )
        return cls(data, settings, everything, **options)

    @property
    def n_folds(self) -> int:
        """How many folds test rows."""
        return len(self.folds.test) - 1

    @property
    def fold_weights(self) -> Floats:
        """Weight of the rows that each fold tests."""
        weight = self.data.sample_weight
        return np.array(
            [
                len(rows) if weight is None else weight[rows].sum()
                for rows in self.folds.test[:-1]
            ],
            dtype=np.float64,
        )

    def check_scores(self) -> None:
        """Raise where a fold has no score whatever is predicted: zeros have none."""
        if not self.fold_weights.any():
            raise ValueError("sample_weight is zero for every row that folds test")
        if self.scoring.name not in NEED_TWO_VALUES:
            return
        classes = self.data.y.shape[1:]
        for fold, rows in enumerate(self.folds.test[:-1]):
            zeros = np.zeros((len(rows), *classes, 1))
            score = score_rows(
                self.scoring, self.data, self.settings.family, rows, zeros
            )
            if self.fold_weights[fold] > 0.0 and np.isnan(score).any():
                raise ValueError(
                    f"scoring {self.scoring.name!r} has no value for the {len(rows)} "
                    f"rows that fold {fold} tests: they have one class only, or equal "
                    "values of y; use fewer folds or another score"
                )

    def run(self, grids: list[Floats], *, stop: bool, extend: bool) -> None:
        """Fit all of the grids; `stop` early, or `extend` them, where scores say so."""
        count = len(grids[0])
        length = max(-(-count // PARTS), LEAST_PART) if stop else count
        for first in range(0, count, length):
            self._fit([grid[first : first + length] for grid in grids])
            if stop and first + length < count and self._has_turned(count):
                self.stopped = True
                return
        for _ in range(MOST_EXTENSIONS if extend and count > 1 else 0):
            if not self._ends_at_best():
                return
            ratios = [grid[-1] / grid[-2] for grid in grids]
            steps = np.arange(1, count // 2 + 1)
            self._fit(
                [
                    alphas[-1] * ratio**steps
                    for alphas, ratio in zip(self.alphas, ratios, strict=True)
                ]
            )
            self.extended = True

    def summary(self) -> tuple[Floats, Floats]:
        """Mean scores and their standard errors, (r, k). Folds of no weight are out."""
        counted = self.fold_weights > 0.0
        scores = np.moveaxis(self.scores, 1, 0)[counted]
        with np.errstate(invalid="ignore", over="ignore"):  # of errors that overflow
            return summarise(scores, self.fold_weights[counted])

    def _fit(self, alphas: list[Floats]) -> None:
        """Fit these alphas, which continue those before."""
        tasks = [
            FoldTask(fold, l1_ratio, alphas[mix], self._start(mix, fold))
            for mix, l1_ratio in enumerate(self.l1_ratios)
            for fold in range(self.n_folds + 1)
        ]
        found: dict[int, FoldFit] = {}
        new = np.zeros((len(self.l1_ratios), self.n_folds, len(alphas[0])))

        def on_fit(number: int, fit: FoldFit) -> None:
            mix, fold = divmod(number, self.n_folds + 1)
            if fold < self.n_folds:
                new[mix, fold] = self._score(fold, fit)
            found[number] = replace_score(fit)
            self.on_fit(len(alphas[0]))

        fit_folds(
            self.data,
            self.settings,
            self.folds,
            tasks,
            on_fit,
            squares=self.scoring.is_squares,
            n_threads=self.n_threads,
        )
        self._append(alphas, [found[number].solution for number in range(len(tasks))])
        self.scores = new if not self.scores.size else np.dstack((self.scores, new))

    def _append(self, alphas: list[Floats], solutions: list[Solution]) -> None:
        width = self.n_folds + 1
        rows = [solutions[k : k + width] for k in range(0, len(solutions), width)]
        if not self.alphas:
            self.alphas, self.solutions = alphas, rows
            return
        self.alphas = [
            np.concatenate(pair) for pair in zip(self.alphas, alphas, strict=True)
        ]
        self.solutions = [
            [before.joined(after) for before, after in zip(old, new, strict=True)]
            for old, new in zip(self.solutions, rows, strict=True)
        ]

    def _start(self, mix: int, fold: int) -> Floats | None:
        if not self.solutions:
            return None
        coefs = self.solutions[mix][fold].coefs
        return coefs.column(coefs.n_columns - 1)

    def _score(self, fold: int, fit: FoldFit) -> Floats:
        if self.scoring.is_squares:
            return fit.score
        return score_rows(
            self.scoring,
            self.data,
            self.settings.family,
            self.folds.test[fold],
            fit.score,
            fit.solution,
        )

    def _losses(self) -> tuple[Floats, Floats]:
        mean, error = self.summary()
        losses = self.scoring.loss(mean)
        return np.where(np.isfinite(losses), losses, np.inf), error

    def _has_turned(self, count: int) -> bool:
        """Whether every mix has, or explains all there is."""
        losses, error = self._losses()
        behind = max(TURNED_LEAST, int(TURNED_SHARE * count))
        for mix, curve in enumerate(losses):
            best = int(np.argmin(curve))
            turned = (
                len(curve) - 1 - best >= behind
                and curve[-1] > curve[best] + error[mix, best]
            )
            if not (turned or self._explained(mix)):
                return False
        return True

    def _ends_at_best(self) -> bool:
        """Whether the best score of all mixes is that of the smallest alpha."""
        losses, _ = self._losses()
        if is_flat(losses):
            return False
        mix, index = np.unravel_index(int(np.argmin(losses)), losses.shape)
        at_end = int(index) == losses.shape[1] - 1 and losses.shape[1] > 1
        return at_end and not self._explained(int(mix))

    def _explained(self, mix: int) -> bool:
        return bool(self.solutions[mix][-1].deviance_ratio[-1] > EXPLAINED)


def is_flat(losses: Floats) -> bool:
    """Whether all are as good, but for rounding: alpha makes no difference."""
    least = losses.min()
    return bool(np.all(losses <= least + ROUNDING * abs(least)))


def replace_score(fit: FoldFit) -> FoldFit:
    """The fit without its predictions, which are large."""
    return fit._replace(score=np.empty(0))
