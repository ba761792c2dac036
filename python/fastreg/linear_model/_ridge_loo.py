"""Leave-one-out: alpha chosen from the predictions of models without each sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fastreg import _core
from fastreg.linear_model._base import Floats
from fastreg.linear_model._ridge_fits import Fits, call_scores, total_weight_of
from fastreg.linear_model._ridge_scoring import (
    Judged,
    JudgedTargets,
    Scoring,
    Task,
    best_index,
)
from fastreg.linear_model._solve import CONVERGED
from fastreg.linear_model._splits import Rows

EVERY_ROW = slice(None)


class LeaveOneOut:
    """Scores every alpha when the kernel has the predictions, and chooses.

    Attributes
    ----------
    scores : ndarray of shape (1, k) or (m, k)
        Higher is better; one row a target if each has an alpha of its own.
    index : ndarray of shape (m,)
        Positions of the chosen alphas.
    values : ndarray of shape (n, m, k) or None
        Weighted squared errors, or predictions if there is a scorer; if stored.
    """

    def __init__(
        self,
        task: Task,
        scoring: Scoring,
        *,
        per_target: bool,
        store: bool,
    ) -> None:
        self.data = task.data
        self.judged = task.judged
        self.scoring = scoring
        self.per_target = per_target
        self.store = store
        self.values: npt.NDArray[Any] | None = None

    def __call__(self, found: dict[str, Any]) -> Rows:
        """What `_core.ridge_cv` calls with the scores it has."""
        if self.scoring.scorer is None:
            self.scores = self._mean_errors(found["loo"])
        else:
            self.scores = self._scored(found["predictions"])
        if self.store:
            self.values = self._values(found["predictions"])
        best = [best_index(row) for row in self.scores]
        n_targets = self.data.targets.shape[1]
        self.index = np.array(best * (n_targets // len(best)), dtype=np.int64)
        return self.index

    def fit(self, alphas: Floats, fit_intercept: bool) -> Fits:
        """The fits at the chosen ones of `alphas`, which are in the kernels' units."""
        self._check_rows(fit_intercept)
        found = call_scores(
            _core.ridge_cv,
            self.data,
            alphas=alphas,
            fit_intercept=fit_intercept,
            choose=self,
            predictions=self.store or self.scoring.scorer is not None,
        )
        n_targets = self.data.targets.shape[1]
        return Fits(
            found["coefs"],
            found["intercepts"],
            found["dual_gaps"],
            found["null_objective"],
            np.full(n_targets, CONVERGED, np.int8),
            np.ones(n_targets, np.int32),
            "spectral",
            found["residuals"],
            df=found["df"][self.index],
        )

    def _check_rows(self, fit_intercept: bool) -> None:
        weights = self.data.sample_weight
        n_rows = len(self.data.y) if weights is None else np.count_nonzero(weights)
        if fit_intercept and n_rows < 2:
            raise ValueError(
                "leave-one-out needs at least 2 samples with a weight, got "
                f"n_samples = {n_rows}: without the only one nothing is left to fit"
            )

    def _mean_errors(self, loo: Floats) -> Floats:
        # scikit-learn takes the weights as they are, the kernels normalise them.
        scale = total_weight_of(self.data) / len(self.data.y)
        scores = -scale * loo
        return scores if self.per_target else scores.mean(axis=0, keepdims=True)

    def _scored(self, predictions: Floats) -> Floats:
        if not self.per_target:
            return np.array([self._score_all(predictions, self.judged)])
        return np.array(
            [
                self._score_all(predictions[j : j + 1], JudgedTargets(target))
                for j, target in enumerate(self.data.targets.T)
            ]
        )

    def _score_all(self, predictions: Floats, judged: Judged) -> list[float]:
        """Scores of every alpha; predictions (m, k, n)."""
        score, present = self.scoring.of_rows(EVERY_ROW), judged(None, EVERY_ROW)
        return [
            score(*present(np.ascontiguousarray(predictions[:, k].T)))
            for k in range(predictions.shape[1])
        ]

    def _values(self, predictions: Floats) -> npt.NDArray[Any]:
        values = np.ascontiguousarray(np.transpose(predictions, (2, 0, 1)))
        if self.scoring.scorer is None:
            values -= self.data.targets[:, :, np.newaxis]
            values *= values
            if self.data.sample_weight is not None:
                values *= self.data.sample_weight[:, np.newaxis, np.newaxis]
        values = values.astype(self.data.dtype, copy=False)
        return values if self.data.y.ndim == 2 else values[:, 0]
