"""The paths of folds, their scores and the choice of `LogisticRegressionCV`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fastreg import _link
from fastreg._cv_fits import FoldFit, FoldTask
from fastreg._cv_scorers import FoldScorer, with_classes
from fastreg._solve import Data, Settings
from fastreg.linear_model._base import Floats
from fastreg.linear_model._fold_fits import Unmet, fit_splits
from fastreg.linear_model._ridge_scoring import best_index, scorer_of
from fastreg.linear_model._splits import Rows, Split

# scikit-learn's log-loss takes no probability for smaller.
LEAST_LOG = float(np.log(np.finfo(np.float64).eps))

# Scores of a fold's rows: from their positions, linear predictors and the fit.
Judge = Callable[[Rows, FoldFit], Floats]


@dataclass
class LogisticSearch:
    """The paths of all folds and mixes, on the axes (F, r, k) of `scores`.

    Attributes
    ----------
    paths : (F, r, k, outputs, dof), coefficients and the intercept after them
    n_iter : (F, r, k)
    """

    data: Data
    settings: Settings
    splits: list[Split]
    l1_ratios: list[float]
    Cs: Floats
    judge: Judge
    unmet: list[Unmet] = field(default_factory=list)

    def run(self, n_threads: int) -> None:
        """Fit and judge all folds. The strengths of a fold are those of its weight."""
        n_folds, n_mixes = len(self.splits), len(self.l1_ratios)
        order = np.argsort(self.Cs, kind="stable")
        n_outputs = 1 if self.data.y.ndim == 1 else self.data.y.shape[1]
        dof = self.data.X.shape[1] + self.settings.fit_intercept
        shape = (n_folds, n_mixes, len(self.Cs))
        self.scores = np.empty(shape)
        self.n_iter = np.empty(shape, dtype=np.int32)
        self.paths = np.empty((*shape, n_outputs, dof))

        def on_fit(number: int, fit: FoldFit) -> None:
            fold, mix = divmod(number, n_mixes)
            solution = fit.solution
            test = self.splits[fold][1]
            self.scores[fold, mix, order] = self.judge(test, fit)
            self.n_iter[fold, mix, order] = solution.n_iter
            coefs = solution.coefs.dense().reshape(n_outputs, -1, len(order))
            part = self.paths[fold, mix]
            part[order, :, : coefs.shape[1]] = np.moveaxis(coefs, 2, 0)
            if self.settings.fit_intercept:
                part[order, :, -1] = solution.intercepts.reshape(n_outputs, -1).T
            self.unmet.append(Unmet.of(solution))

        fit_splits(
            self.data,
            self.settings,
            self.splits,
            [
                FoldTask(fold, l1_ratio, 1.0 / (self.Cs[order] * total))
                for fold, total in enumerate(self._totals())
                for l1_ratio in self.l1_ratios
            ],
            on_fit,
            n_threads=n_threads,
        )

    def best(self, scores: Floats) -> tuple[int, int]:
        """Position (mix, C) of the best of scores (r, k), of equal ones the first C."""
        return divmod(best_index(scores.T.ravel()), len(self.l1_ratios))[::-1]

    def best_of_all(self) -> tuple[int, int]:
        """That of the best sum over folds."""
        return self.best(self.scores.sum(axis=0))

    def _totals(self) -> list[float]:
        """Weight of the rows that each fold trains on."""
        weight = self.data.sample_weight
        return [
            float(len(train) if weight is None else weight[train].sum())
            for train, _ in self.splits
        ]


def check_classes(
    owner: str, data: Data, codes: Rows, classes: npt.NDArray[Any], splits: list[Split]
) -> None:
    """Raise unless every fold trains on every class."""
    for fold, (train, _) in enumerate(splits):
        share = None if data.sample_weight is None else data.sample_weight[train]
        total = np.bincount(codes[train], share, minlength=len(classes))
        if not total.all():
            missing = classes.tolist()[int(np.argmin(total))]
            raise ValueError(
                f"fold {fold} of {owner} trains on no sample of the class {missing!r}: "
                "use fewer folds, or leave the class out"
            )


def judge_of(
    scoring: Any,
    family: str,
    classes: npt.NDArray[Any],
    X: Any,
    codes: Rows,
    params: dict[str, Any],
) -> Judge:
    """Judges by a name, a scorer, or accuracy for None.

    `params` go to the scorer, those with an entry a row for the rows tested. Two
    scores are computed for all strengths together unless there is more than weights.
    """
    quick = None if callable(scoring) else QUICK.get(scoring or "accuracy")
    if quick is not None and params.keys() <= {"sample_weight"}:
        weight = params.get("sample_weight")

        def judge(rows: Rows, fit: FoldFit) -> Floats:
            found = quick(family, codes[rows], fit.score)
            share = None if weight is None else weight[rows]
            return np.asarray(np.average(found, axis=0, weights=share))

        return judge
    scorer = FoldScorer(
        with_classes(scorer_of(scoring or "accuracy"), classes),
        family,
        classes,
        X,
        classes[codes],
        params,
    )
    return lambda rows, fit: scorer.scores(rows, fit.score, fit.solution)


def _accuracy(family: str, codes: Rows, eta: Floats) -> Floats:
    chosen = eta > 0.0 if family == "binomial" else eta.argmax(axis=1)
    return np.asarray(chosen == codes[:, np.newaxis], dtype=np.float64)


def _log_likelihood(family: str, codes: Rows, eta: Floats) -> Floats:
    log_p = _link.log_probabilities(family, eta)
    return np.asarray(np.maximum(log_p[np.arange(len(codes)), codes], LEAST_LOG))


QUICK = {"accuracy": _accuracy, "neg_log_loss": _log_likelihood}
