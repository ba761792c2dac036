"""Pictures of a regularisation path.

Matplotlib is imported when a picture is asked for, never before, and no backend
is chosen: with an axes (or through :func:`path_figure`) nothing global is
touched, and without one pyplot supplies the figure as it does for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg._plot_curves import (
    Curves,
    PathLike,
    default_title,
    hide_zeros,
    shorten,
    spread,
    subtitle,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette without its yellow, which is too pale for thin lines.
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
QUIET = "#6b6b6b"
LABEL_SIZE = 9.0


def plot_path(
    path: PathLike,
    ax: Axes | None = None,
    *,
    names: Sequence[str] | None = None,
    scale: ArrayLike | None = None,
    max_labels: int = 12,
    title: str | None = None,
    target: int | None = None,
) -> Axes:
    """Draw the coefficients of a path against alpha, strong penalty first.

    Parameters
    ----------
    path : Path
        A fitted path with at least two alphas above zero. An alpha of zero is
        left out: the axis is logarithmic.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Without it pyplot makes a figure, with the explained
        deviance in a second panel below the coefficients.
    names : sequence of str of length n_features, optional
        Labels of the lines; default `path.feature_names`, else x0, x1, ...
    scale : array-like of shape (n_features,), optional
        Factors for the coefficients, usually ``X.std(axis=0)``: the lines then
        show the effect of one standard deviation and can be compared. By default
        coefficients are drawn as they are, per unit of the feature.
    max_labels : int, default 12
        Number of lines that are coloured and labelled, largest at the weakest
        penalty first. All others are thin and grey.
    title : str, optional
        Default: what kind of path it is and which features enter first.
    target : int, optional
        Which target to draw of a path with several, or which class (by its place in
        `path.classes`) of the family multinomial.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that holds the coefficients.

    Raises
    ------
    ValueError
        If there are fewer than two alphas above zero, or `names` or `scale` have
        the wrong length.
    ImportError
        If matplotlib is not installed.
    """
    curves = Curves(path, names, scale, target)
    if ax is None:
        import matplotlib.pyplot as plt

        return _fill_figure(plt.figure(figsize=(9.0, 6.4)), curves, max_labels, title)
    _draw_coefs(ax, curves, max_labels)
    ax.set_xlabel("alpha")
    ax.set_title(default_title(curves) if title is None else title, loc="left")
    return ax


def path_figure(
    path: PathLike,
    *,
    names: Sequence[str] | None = None,
    scale: ArrayLike | None = None,
    max_labels: int = 12,
    title: str | None = None,
    target: int | None = None,
) -> Figure:
    """Return a figure of a path: coefficients above, explained deviance below.

    The figure belongs to no window and to no pyplot state; save it with
    ``figure.savefig(file)``. Parameters are those of :func:`plot_path`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 6.4), dpi=150)
    _fill_figure(figure, Curves(path, names, scale, target), max_labels, title)
    return figure


def _fill_figure(
    figure: Figure, curves: Curves, max_labels: int, title: str | None
) -> Axes:
    """Lay out the two panels; margins are in inches, so that text always fits."""
    width, height = figure.get_size_inches()
    drawn = np.flatnonzero(curves.coefs.any(axis=1))
    longest = max((len(shorten(curves.names[j])) for j in drawn), default=0)
    left, right = 0.85, 0.5 + 0.072 * longest
    top = 1.12 if curves.selects else 0.78
    grid = figure.add_gridspec(
        2,
        1,
        height_ratios=(3.4, 1.0),
        hspace=0.09,
        left=left / width,
        right=1.0 - right / width,
        top=1.0 - top / height,
        bottom=0.6 / height,
    )
    ax = figure.add_subplot(grid[0])
    below = figure.add_subplot(grid[1], sharex=ax)
    _draw_coefs(ax, curves, max_labels)
    _draw_deviance(below, curves)
    ax.tick_params(axis="x", labelbottom=False)
    figure.align_ylabels((ax, below))
    place = {"x": left / width, "ha": "left", "va": "top"}
    figure.suptitle(
        default_title(curves) if title is None else title,
        y=1.0 - 0.16 / height,
        fontsize=13,
        fontweight="bold",
        **place,
    )
    figure.text(y=1.0 - 0.45 / height, s=subtitle(curves), color=QUIET, **place)
    return ax


def _draw_coefs(ax: Axes, curves: Curves, max_labels: int) -> None:
    from matplotlib.collections import LineCollection

    alphas, coefs = curves.alphas, curves.coefs
    size = np.abs(coefs[:, -1])
    ever = np.flatnonzero(coefs.any(axis=1))
    ranked = ever[np.argsort(-size[ever], kind="stable")]
    labelled, rest = ranked[: max(max_labels, 0)], ranked[max(max_labels, 0) :]
    ax.axhline(0.0, color=QUIET, linewidth=0.8, zorder=1)
    if rest.size:
        lines = [np.column_stack((alphas, coefs[j])) for j in rest]
        ax.add_collection(LineCollection(lines, colors="#c4c4c4", linewidths=0.7))
    # Neighbours at the line ends get different colours.
    by_height = labelled[np.argsort(-coefs[labelled, -1], kind="stable")]
    styles = {}
    for place, j in enumerate(by_height):
        colour = COLOURS[place % len(COLOURS)]
        dash = DASHES[(place // len(COLOURS)) % len(DASHES)]
        visible = hide_zeros(coefs[j])
        ax.plot(alphas, visible, color=colour, linestyle=dash, linewidth=1.7)
        entry = np.flatnonzero(np.isfinite(visible))[0]
        if entry > 0:
            ax.plot(alphas[entry], 0.0, "o", color=colour, markersize=3.5)
        styles[int(j)] = colour
    dress(ax, alphas)
    ax.autoscale_view(scalex=False)
    ax.margins(y=0.06)
    ax.set_ylabel(
        "coefficient per standard deviation" if curves.scaled else "coefficient"
    )
    _label_ends(ax, curves, by_height, styles)
    if curves.selects:  # of a ridge path the number says nothing
        count_axis(ax, curves.alphas, curves.n_selected)


def dress(ax: Axes, alphas: NDArray[np.float64]) -> None:
    """Axes of alpha, strong penalty first, without frills."""
    from matplotlib.ticker import NullFormatter

    ax.set_xscale("log")
    ax.set_xlim(alphas[0], alphas[-1])
    ax.xaxis.set_major_formatter(lambda alpha, _: f"{alpha:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _label_ends(
    ax: Axes, curves: Curves, ordered: NDArray[np.intp], colours: dict[int, str]
) -> None:
    """Write each name at the end of its line."""
    label_ends(
        ax,
        [
            End(
                float(curves.alphas[-1]),
                float(curves.coefs[j, -1]),
                shorten(curves.names[j]),
                colours[int(j)],
            )
            for j in ordered
        ],
    )


class End(NamedTuple):
    """Where a line ends, and what is written there."""

    alpha: float
    value: float
    name: str
    colour: str
    weight: str = "normal"


def label_ends(ax: Axes, ends: Sequence[End]) -> None:
    """Write names right of the axes, moved apart where they would touch.

    Ends come from the highest to the lowest.
    """
    (low, high), (left, right) = ax.get_ylim(), np.log(ax.get_xlim())
    level = [(end.value - low) / (high - low) for end in ends]
    points = ax.get_window_extent().height * 72.0 / float(ax.figure.dpi)
    heights = spread(np.array(level), 1.35 * LABEL_SIZE / points)
    for end, value, height in zip(ends, level, heights, strict=True):
        ax.plot(
            [(left - np.log(end.alpha)) / (left - right), 1.0, 1.022],
            [value, value, height],
            transform=ax.transAxes,
            color=end.colour,
            linewidth=0.8,
            clip_on=False,
        )
        ax.text(
            1.028,
            height,
            end.name,
            transform=ax.transAxes,
            color=end.colour,
            fontsize=LABEL_SIZE,
            fontweight=end.weight,
            va="center",
        )


def count_axis(
    ax: Axes, alphas: NDArray[np.float64], counts: NDArray[np.int64]
) -> None:
    """Number of selected features on top, written where it changes."""
    from matplotlib.ticker import NullLocator

    left, right = np.log(ax.get_xlim())
    position = (left - np.log(alphas)) / (left - right)
    apart = 20.0 / float(ax.get_window_extent().width * 72.0 / ax.figure.dpi)
    changes = np.flatnonzero(np.diff(counts, prepend=-1))
    kept: list[int] = []
    for k in changes:
        if kept and position[k] - position[kept[-1]] < apart:
            continue  # no room
        if not kept or counts[k] != counts[kept[-1]]:
            kept.append(int(k))
    top = ax.secondary_xaxis("top")
    top.xaxis.set_minor_locator(NullLocator())
    top.set_xticks(alphas[kept], [str(counts[k]) for k in kept], fontsize=8.5)
    top.tick_params(colors=QUIET, length=3)
    top.spines["top"].set_visible(False)
    top.set_xlabel("features selected", color=QUIET, fontsize=9, loc="left")


def _draw_deviance(ax: Axes, curves: Curves) -> None:
    ax.fill_between(curves.alphas, curves.deviance, color="#0072B2", alpha=0.12)
    ax.plot(curves.alphas, curves.deviance, color="#0072B2", linewidth=1.7)
    dress(ax, curves.alphas)
    ax.set_ylim(0.0, max(1.0, float(curves.deviance.max())))
    ax.set_yticks([0.0, 0.5, 1.0], ["0", "50 %", "100 %"])
    ax.set_ylabel("explained")
    ax.annotate(
        f"{100 * curves.deviance[-1]:.0f} %",
        (1.0, curves.deviance[-1]),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        color="#0072B2",
        fontsize=LABEL_SIZE,
        va="center",
    )
    ax.set_xlabel("alpha     (left: strong regularisation,  right: weak)")
