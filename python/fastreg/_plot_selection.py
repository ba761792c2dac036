"""The picture of a choice of alpha: scores, the best, and the edges of the grid.

As in `fastreg._plot`, matplotlib is imported when the picture is asked for, and without
an axes pyplot supplies the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastreg._plot import LABEL_SIZE, QUIET, dress
from fastreg._plot_curves import choose_target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fastreg._ridge_selection import RidgeSelection

_LINE, _CHOICE = "#0072B2", "#D55E00"
_METHODS = {
    "loo": "leave-one-out",
    "gcv": "generalised cross-validation",
}


def plot_selection(
    selection: RidgeSelection,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    target: int | None = None,
) -> Axes:
    """Draw scores against alpha, strong penalty first; see `RidgeSelection.plot`.

    Raises
    ------
    ValueError
        If there are fewer than two alphas above zero, or several targets and none
        is chosen.
    ImportError
        If matplotlib is not installed.
    """
    several = selection.scores.ndim == 2
    rows = np.atleast_2d(selection.scores)
    chosen = choose_target(target, len(rows), "selection")
    drawn = selection.alphas > 0.0  # the axis is logarithmic
    alphas, scores = selection.alphas[drawn], rows[chosen][drawn]
    if len(alphas) < 2:
        raise ValueError(
            f"a picture needs at least two alphas above zero, got {len(alphas)}"
        )
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(figsize=(9.0, 4.6), layout="constrained").add_subplot()
    if selection.std_errors is not None:
        spread = np.atleast_2d(selection.std_errors)[chosen][drawn]
        ax.fill_between(
            alphas, scores - spread, scores + spread, color=_LINE, alpha=0.12
        )
    ax.plot(alphas, scores, color=_LINE, linewidth=1.7)
    index = int(np.broadcast_to(selection.index, len(rows))[chosen])
    dress(ax, alphas)
    _mark_edges(ax, float(alphas[0]), float(alphas[-1]))
    if drawn[index]:
        _mark_choice(ax, float(alphas[index]), float(scores[index]))
    ax.set_xlabel("alpha     (left: strong regularisation,  right: weak)")
    ax.set_ylabel("mean squared prediction error")
    if title is None:
        title = f"Ridge: alpha by {_METHODS.get(selection.cv, selection.cv)}"
        title += f", target {chosen}" if several else ""
    ax.set_title(title, loc="left", fontweight="bold")
    return ax


def _mark_edges(ax: Axes, largest: float, smallest: float) -> None:
    """Where the grid ends: what lies beyond was not tried."""
    ax.set_xlim(largest * 2.0, smallest / 2.0)
    for edge, name, place in (
        (largest, "largest", "left"),
        (smallest, "smallest", "right"),
    ):
        ax.axvline(edge, color=QUIET, linewidth=0.8, linestyle=(0, (1.5, 1.2)))
        ax.annotate(
            f"{name} {edge:.4g}",
            (edge, 0.98),
            xycoords=("data", "axes fraction"),
            xytext=(4 if place == "left" else -4, 0),
            textcoords="offset points",
            color=QUIET,
            fontsize=LABEL_SIZE,
            ha=place,
            va="top",
        )


def _mark_choice(ax: Axes, alpha: float, score: float) -> None:
    ax.axvline(alpha, color=_CHOICE, linewidth=0.8)
    ax.plot([alpha], [score], "o", color=_CHOICE, markersize=5)
    ax.annotate(
        f"alpha {alpha:.3g}: {score:.4g}",
        (alpha, score),
        xytext=(6, 8),
        textcoords="offset points",
        color=_CHOICE,
        fontsize=LABEL_SIZE,
    )
