"""`LearningCurve`: scores of one model for growing numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg._cv_curves import count, rough
from fastreg._cv_scores import Scoring
from fastreg._ridge_scores import summarise

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

# A curve still rises where the last doubling gains this share of the score, at least.
WORTH = 0.01


@dataclass(frozen=True, eq=False, repr=False)
class LearningCurve:
    """Scores of one strength for growing numbers of rows. Its arrays are read-only.

    Attributes
    ----------
    sizes : ndarray of shape (s,)
        How many rows were trained on, the mean over the F folds, increasing.
    fold_scores, train_scores : ndarray of shape (F, s)
        Score of the rows that each fold tests, always the same, and of the rows that it
        was trained on.
    mean_score, std_error : ndarray of shape (s,)
        Mean score of the folds and its standard error, as in `CVResult`.
    mean_train : ndarray of shape (s,)
        Mean score of the rows trained on.
    fold_weights : ndarray of shape (F,)
        Sum of the weights of the rows tested.
    dual_gaps : ndarray of shape (F, s)
        Relative duality gap of each fit.
    alpha, l1_ratio, family, scoring
        What was fitted and judged.
    greater_is_better : bool
        Whether a larger score is a better one.
    n_samples : int
        Rows of X.
    """

    sizes: Floats
    fold_scores: Floats
    train_scores: Floats
    mean_score: Floats
    std_error: Floats
    mean_train: Floats
    fold_weights: Floats
    dual_gaps: Floats
    alpha: float
    l1_ratio: float
    family: str
    scoring: str
    greater_is_better: bool
    n_samples: int
    _scoring: Scoring

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def doubling(self) -> tuple[float, float]:
        """The last doubling of rows: the largest size, and the one nearest to half."""
        return float(self.sizes[self._half]), float(self.sizes[-1])

    @property
    def gain(self) -> float:
        """By how much the mean score got better in the last doubling."""
        return float(self._gains[0])

    @property
    def gain_error(self) -> float:
        """The standard error of that, from the differences within folds."""
        return float(self._gains[1])

    @property
    def is_rising(self) -> bool:
        """Whether the last doubling gained more than its error and 1 % of the score."""
        least = WORTH * abs(float(self.mean_score[self._half]))
        return self.gain > max(self.gain_error, least)

    @property
    def _half(self) -> int:
        distance = np.abs(np.log(2.0 * self.sizes[:-1] / self.sizes[-1]))
        return int(np.argmin(distance))

    @property
    def _gains(self) -> tuple[Floats, Floats]:
        scores = self._scoring.loss(self.fold_scores)
        gains = scores[:, [self._half]] - scores[:, [-1]]
        mean, error = summarise(gains, self.fold_weights)
        return mean[0], error[0]

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw both scores against the number of rows (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure.
        **options
            ``title`` (str).

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from fastreg._plot_learning import plot_learning_curve

        return plot_learning_curve(self, self._scoring, ax, **options)

    def __repr__(self) -> str:
        few, many = self.doubling
        trend = "still rising" if self.is_rising else "flat"
        rows = f"{self.sizes[0]:.0f} to {self.sizes[-1]:.0f} rows"
        sizes = count(len(self.sizes), "size")
        scores = f"{self._scoring.label} of {len(self.fold_weights)} folds"
        last = f"{self.mean_score[-1]:.4g} ± {rough(self.std_error[-1])}"
        gain = f"{rough(self.gain)} ± {rough(self.gain_error)}"
        lines = [
            f"Learning curve: {sizes} from {rows}, {scores}",
            f"  model     alpha={self.alpha:.4g}, l1_ratio={self.l1_ratio:g}",
            f"  last size {last}, training {self.mean_train[-1]:.4g}",
            f"  gain      {gain} from {few:.0f} to {many:.0f} rows: {trend}",
            f"  certified largest relative duality gap {self.dual_gaps.max():.1e}",
        ]
        return "\n".join(lines)
