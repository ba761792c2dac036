"""The picture of a learning curve: scores against the number of rows.

As in `fastreg._plot`, matplotlib is imported when the picture is asked for, and without
an axes pyplot supplies the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastreg._cv_scores import Scoring
from fastreg._plot import LABEL_SIZE
from fastreg._plot_curves import spread
from fastreg._plot_cv import TRAINING, VALIDATION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fastreg._learning_result import LearningCurve


def plot_learning_curve(
    curve: LearningCurve,
    scoring: Scoring,
    ax: Axes | None = None,
    *,
    title: str | None = None,
) -> Axes:
    """Draw both scores against the number of rows; see `LearningCurve.plot`."""
    from matplotlib.ticker import NullFormatter, NullLocator

    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(figsize=(9.0, 4.6), layout="constrained").add_subplot()
    mean, error = curve.mean_score, curve.std_error
    ax.set_xscale("log", base=2)
    ax.fill_between(
        curve.sizes, mean - error, mean + error, color=VALIDATION, alpha=0.14, lw=0
    )
    ax.plot(curve.sizes, mean, "o-", color=VALIDATION, linewidth=1.9, markersize=5)
    ax.plot(
        curve.sizes,
        curve.mean_train,
        "o",
        color=TRAINING,
        linewidth=1.4,
        linestyle=(0, (5, 1.5)),
        markersize=4,
    )
    ax.set_xticks(curve.sizes, [f"{size:.0f}" for size in curve.sizes])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel("rows trained on")
    ax.set_ylabel(_label(scoring))
    _name_lines(ax, curve)
    ax.set_title(_title(curve) if title is None else title, loc="left", weight="bold")
    return ax


def _label(scoring: Scoring) -> str:
    return scoring.label + "  (more is better)" * scoring.greater_is_better


def _title(curve: LearningCurve) -> str:
    if curve.is_rising:
        return "More rows would help: validation still gets better at the last doubling"
    return "More rows would hardly help: the last doubling gained next to nothing"


def _name_lines(ax: Axes, curve: LearningCurve) -> None:
    """Name both lines at their ends, apart from each other."""
    ends = [
        (float(curve.mean_score[-1]), "validation", VALIDATION, "bold"),
        (float(curve.mean_train[-1]), "training", TRAINING, "normal"),
    ]
    ends.sort(key=lambda end: -end[0])
    low, high = ax.get_ylim()
    wanted = np.array([(value - low) / (high - low) for value, *_ in ends])
    for (_, name, colour, weight), height in zip(
        ends, spread(wanted, 0.05), strict=True
    ):
        ax.annotate(
            name,
            (1.0, height),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            fontsize=LABEL_SIZE,
            fontweight=weight,
            va="center",
        )
