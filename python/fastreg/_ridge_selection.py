"""`RidgeSelection`: what `fastreg.ridge_cv` gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg._ridge_fit import RidgeFit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class RidgeSelection:
    """Scores of many alphas, and the fit at the best. Its arrays are read-only.

    Below, k is the number of alphas and m that of targets. Where Y had one axis, arrays
    have no axis of targets and numbers are plain.

    Attributes
    ----------
    alphas : ndarray of shape (k,)
        Strengths, in decreasing order.
    scores : ndarray of shape (k,) or (m, k)
        Mean squared prediction errors, weighted; the smaller the better.
    std_errors : ndarray of shape (k,) or (m, k), or None
        Standard errors of `scores` from the spread over folds; None without folds.
    index : int or ndarray of shape (m,)
        Which alpha was chosen; an int if it is the same for all targets by request.
    at_edge : bool
        Whether it is the first or the last of several (an alpha of 0 is no edge), for
        any target whose score depends on alpha at all.
    cv : str
        "loo", "gcv", or how many folds.
    fit : RidgeFit
        The fit to all rows at the chosen alpha.
    predictions : ndarray of shape (n,) or (n, m), or None
        Of each row by the fit without it, at the chosen alpha, if asked for.
    alpha : float or ndarray of shape (m,)
        The chosen strength.
    coef, intercept, df
        Those of `fit`; df is None where it isn't known.
    """

    alphas: Floats
    scores: Floats
    std_errors: Floats | None
    index: int | NDArray[np.int64]
    at_edge: bool
    cv: str
    fit: RidgeFit
    predictions: Floats | None

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def alpha(self) -> float | Floats:
        """The chosen strength."""
        return self.fit.alpha

    @property
    def coef(self) -> Floats:
        """Coefficients at the chosen alpha, (p,) or (m, p)."""
        return self.fit.coef

    @property
    def intercept(self) -> float | Floats:
        """Intercepts at the chosen alpha."""
        return self.fit.intercept

    @property
    def df(self) -> float | Floats | None:
        """Degrees of freedom at the chosen alpha, None if not known."""
        return self.fit.df if self.fit.has_df else None

    def predict(self, X: Any, offset: Any = None) -> Floats:
        """Predictions for new rows, as `RidgeFit.predict`."""
        return self.fit.predict(X, offset)

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the scores against alpha (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure.
        **options
            ``title`` (str), ``target`` (int, which of several targets).

        Returns
        -------
        matplotlib.axes.Axes
        """
        from fastreg._plot_selection import plot_selection

        return plot_selection(self, ax, **options)

    def __repr__(self) -> str:
        k, fit = len(self.alphas), self.fit
        several = self.scores.ndim == 2
        targets = f", {len(self.scores)} targets" if several else ""
        chosen = f"{np.min(self.alpha):.4g}"
        if np.ndim(self.alpha):
            chosen += f" to {np.max(self.alpha):.4g}, one for each target"
        edge = " (at the edge of the grid)" if self.at_edge else ""
        method = {"loo": "leave-one-out", "gcv": "generalised cross-validation"}
        ends = f"{self.alphas[0]:.4g} to {self.alphas[-1]:.4g}"
        return "\n".join(
            [
                f"Ridge selection: alpha={chosen}{edge}",
                f"  data      {fit.n_samples} rows, {fit.n_features} features{targets}",
                f"  grid      {k} alphas from {ends}",
                f"  scored by {method.get(self.cv, self.cv)}{self._least()}",
                f"  certified {fit.certificate()}",
            ]
        )

    def _least(self) -> str:
        """The score of the choice, and its standard error if there is one."""
        if self.scores.ndim == 2:
            return ""
        least = f", mean squared error {self.scores[self.index]:.4g}"
        if self.std_errors is None:
            return least
        return f"{least} ± {self.std_errors[self.index]:.2g}"
