"""Paths of all folds and mixes, and the choice between their errors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from fastreg._cv_fits import FoldFit, FoldTask
from fastreg._cv_rules import TOLERATED
from fastreg._solve import Data, Settings, Solution
from fastreg.linear_model._base import Floats
from fastreg.linear_model._fold_fits import OnFit, Unmet, fit_splits
from fastreg.linear_model._splits import Split

# Rows for each feature of tall data.
TALL = 2


@dataclass
class PathSearch:
    """The paths of all mixes and folds, and of all rows with what was chosen.

    Mixes come first on every axis: `errors` is (r, F, k). The choice is alpha `index`
    of mix `mix`; `whole` is the path of all rows with that mix, down to it at least.
    """

    data: Data
    settings: Settings
    splits: list[Split]
    l1_ratios: list[float]
    grids: list[Floats] = field(default_factory=list)
    errors: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    mix: int = 0
    index: int = 0
    whole: Solution = field(init=False)
    unmet: list[Unmet] = field(default_factory=list)

    def settings_of(self, mix: int) -> Settings:
        """With the mix of that number."""
        return replace(self.settings, l1_ratio=self.l1_ratios[mix])

    def run(self, grids: list[Floats], n_threads: int, rule: str) -> None:
        """Fit the folds on all grids, choose, and fit all rows down to the choice."""
        n_folds = len(self.splits)
        self.grids = grids
        self.errors = np.empty((len(grids), n_folds, len(grids[0])))
        # Of tall data the Gram matrix of all rows is the sum of those of the folds.
        together = self._is_tall()
        tasks = [
            FoldTask(fold, mix, alphas)
            for mix, alphas in zip(self.l1_ratios, grids, strict=True)
            for fold in range(n_folds + together)
        ]
        whole: dict[int, Solution] = {}

        def on_fit(number: int, fit: FoldFit) -> None:
            mix, fold = divmod(number, n_folds + together)
            if fold == n_folds:
                whole[mix] = fit.solution
                return
            self.errors[mix, fold] = fit.score
            self.unmet.append(Unmet.of(fit.solution))

        self._fit(tasks, on_fit, n_threads)
        self.mix, self.index = chosen(rule, self.errors)
        if not together:
            alphas = grids[self.mix][: self.index + 1]
            last = FoldTask(n_folds, self.l1_ratios[self.mix], alphas)
            self._fit(
                [last], lambda _, fit: whole.update({self.mix: fit.solution}), n_threads
            )
        self.whole = whole[self.mix]

    def _fit(self, tasks: list[FoldTask], on_fit: OnFit, n_threads: int) -> None:
        """The last fold is none: it trains on all rows."""
        everything = np.arange(len(self.data.y)), np.empty(0, np.int64)
        fit_splits(
            self.data,
            self.settings,
            [*self.splits, everything],
            tasks,
            on_fit,
            squares=True,
            n_threads=n_threads,
        )

    def _is_tall(self) -> bool:
        X = self.data.X
        has_grams = self.settings.family == "gaussian" and not X.is_sparse
        return has_grams and X.shape[0] >= TALL * X.shape[1]


def chosen(rule: str, errors: Floats) -> tuple[int, int]:
    """Position (mix, alpha) that a rule chooses from errors (r, F, k).

    The first of those that are as good, as scikit-learn has it.
    """
    mean = errors.mean(axis=1)
    mix, best = divmod(int(np.argmin(mean)), mean.shape[1])
    if rule == "min":
        return mix, best
    allowed = mean[mix, best] * (1.0 + TOLERATED)
    if rule == "1se":
        spread = errors[mix, :, best]
        ddof = min(1, len(spread) - 1)
        error = spread.std(ddof=ddof) / np.sqrt(len(spread))
        allowed = mean[mix, best] + error
    return mix, int(np.argmax(mean[mix] <= allowed))
