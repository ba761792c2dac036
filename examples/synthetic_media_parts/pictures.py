"""The pictures of ``synthetic_media.py``: accuracy, maps, and one explained patch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .detector import ALPHAS, SETS, Explanation, Fit, Fits, Study
from .patches import (
    DECIBEL,
    FREQUENCIES,
    KERNELS,
    MASK,
    NYQUIST,
    PATCH,
    log_power,
    make_fakes,
)

QUIET, INK = "#6b6b6b", "#222222"
# Colours of Okabe and Ito, told apart by dashes, too.
LINES = {
    "train": ("training", "#000000", (0, (1.5, 1.2))),
    "validation": ("validation", "#56B4E9", (0, (5, 1.5))),
    "known": ("test, known generators", "#0072B2", "-"),
    "unseen": ("test, unseen generator", "#D55E00", "-"),
}
TITLE = {"x": 0.012, "ha": "left", "fontsize": 14}


def draw(folder: Path, results: Study) -> list[Path]:
    """Write all pictures into `folder` and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "accuracy": draw_accuracy(results.fits),
        "maps": draw_maps(results),
        "patch": draw_patch(results),
    }
    files = []
    for name, figure in figures.items():
        files.append(folder / f"synthetic-media-{name}.png")
        figure.savefig(files[-1], dpi=110)
    return files


# ---- accuracy along the paths


def draw_accuracy(fits: Fits) -> Figure:
    figure = Figure(figsize=(9.6, 8.2))
    grid = figure.subplots(len(KERNELS), len(ALPHAS), sharey=True, sharex="col")
    for row, unseen in zip(grid, KERNELS, strict=True):
        for ax, penalty in zip(row, ALPHAS, strict=True):
            draw_curves(ax, fits[unseen, penalty], ALPHAS[penalty])
        row[0].set_ylabel(f"unseen: {unseen}\naccuracy in %")
    for column, (penalty, alphas) in zip(grid.T, ALPHAS.items(), strict=True):
        column[0].set_title(penalty, loc="left", fontsize=11)
        column[-1].set_xlabel("alpha, strong to weak")
        decades = 10.0 ** np.arange(-3, 3)
        inside = (decades < alphas[0] / 1.5) & (decades > alphas[-1] * 1.5)
        column[-1].set_xticks(decades[inside])
        column[-1].set_xlim(alphas[0], alphas[-1])
    lowest = 100.0 * min(fit.accuracy.min() for each in fits.values() for fit in each)
    grid[0, 0].set_ylim(lowest - 8.0, 101.0)
    figure.suptitle(
        "Validation on known generators can't tell how an unseen one will fare",
        y=0.985,
        **TITLE,
    )
    splits = len(next(iter(fits.values())))
    figure.text(
        TITLE["x"],
        0.938,
        f"means of {splits} splits; band: lowest to highest split; "
        "ticks at the bottom: the alphas that validation chose",
        color=QUIET,
        fontsize=9.5,
    )
    figure.legend(
        *grid[0, 0].get_legend_handles_labels(),
        ncols=4,
        loc="upper left",
        bbox_to_anchor=(0.002, 0.93),
        frameon=False,
    )
    figure.subplots_adjust(
        left=0.09, right=0.975, top=0.858, bottom=0.062, hspace=0.08, wspace=0.08
    )
    return figure


def draw_curves(ax: Axes, fits: list[Fit], alphas: np.ndarray) -> None:
    told = 100.0 * np.array([fit.accuracy for fit in fits])
    unseen = told[:, SETS.index("unseen")]
    low, high = unseen.min(axis=0), unseen.max(axis=0)
    ax.fill_between(alphas, low, high, color=LINES["unseen"][1], alpha=0.15, lw=0)
    for name, curve in zip(SETS, told.mean(axis=0), strict=True):
        label, colour, dashes = LINES[name]
        ax.plot(alphas, curve, color=colour, linestyle=dashes, lw=1.8, label=label)
    for fit in fits:
        ax.axvline(alphas[fit.chosen], ymax=0.05, color=INK, lw=1.2)
    ax.axhline(50.0, color=QUIET, lw=0.7, zorder=0)
    ax.set_xscale("log")
    ax.spines[["top", "right"]].set_visible(False)


# ---- maps on the plane of frequencies


def plane(values: np.ndarray) -> np.ndarray:
    """The whole plane from -12 to 12 cycles a patch; the mean, in the middle, is nan.

    Opposite frequencies have the same power, and so have opposite edges.
    """
    half = np.full(MASK.shape, np.nan)
    half[MASK] = values
    for column in (0, -1):
        half[NYQUIST + 1 :, column] = half[NYQUIST - 1 : 0 : -1, column]
    down, across = np.mgrid[-NYQUIST : NYQUIST + 1, -NYQUIST : NYQUIST + 1]
    side = np.where(across < 0, -1, 1)
    return half[(side * down) % PATCH, side * across]


def draw_map(ax: Axes, values: np.ndarray, title: str, unit: str) -> None:
    """Blue is below zero, red above, white zero; every map has a scale of its own."""
    limit, reach = np.abs(values).max(), NYQUIST + 0.5
    image = ax.imshow(
        plane(values),
        cmap="RdBu_r",
        vmin=-limit,
        vmax=limit,
        extent=(-reach, reach, reach, -reach),
    )
    ax.set_facecolor("#bbbbbb")
    ax.set_title(title, loc="left", fontsize=10)
    ticks = np.arange(-NYQUIST, NYQUIST + 1, NYQUIST // 2)
    labels = ["-1/2", "-1/4", "0", "1/4", "1/2"]
    ax.set_xticks(ticks, labels, fontsize=8)
    ax.set_yticks(ticks, labels, fontsize=8)
    ax.set_xlabel("cycles a pixel, across", fontsize=8.5)
    ax.set_ylabel("cycles a pixel, down", fontsize=8.5)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.0455, pad=0.03)
    bar.set_label(unit, fontsize=8.5)
    bar.ax.tick_params(labelsize=8)


def draw_maps(results: Study) -> Figure:
    """What each generator changes, and which weights that leads to."""
    figure = Figure(figsize=(10.8, 7.2), layout="constrained")
    figure.suptitle(
        "What up-sampling does to the spectrum, and which weights that leads to",
        **TITLE,
    )
    above, below = figure.subplots(2, 3)
    train, weights = results.samples["train"], results.weights
    real = train.patches[~train.synthetic]
    average = log_power(real).mean(axis=0)
    for ax, generator in zip(above, KERNELS, strict=True):
        change = log_power(make_fakes(real, generator)).mean(axis=0) - average
        seen = "unseen" if generator == results.shown else "trained on"
        draw_map(ax, DECIBEL * change, f"{generator} ({seen})", "dB above real patches")
    for ax, (penalty, w) in zip(below, weights.items(), strict=True):
        title = f"{penalty}: {np.count_nonzero(w)} of {len(w)} kept"
        draw_map(ax, w, title, "weight per standard deviation")
    return figure


# ---- one flagged patch


def draw_patch(results: Study) -> Figure:
    sample, explained = results.samples["unseen"], results.explained
    figure = Figure(figsize=(10.8, 4.8), layout="constrained")
    figure.suptitle(
        f"Why a patch is flagged: score {explained.score:.2f}, above 0 is synthetic",
        **TITLE,
    )
    left, middle, right = figure.subfigures(1, 3, width_ratios=(0.7, 1.6, 1.25))
    made = sample.patches[explained.patch]
    original = sample.patches[explained.patch - len(sample.patches) // 2]
    low, high = min(made.min(), original.min()), max(made.max(), original.max())
    titles = (f"flagged ({results.shown}, unseen)", "the real patch behind it")
    axes = left.subplots(2, 1)
    for ax, patch, title in zip(axes, (made, original), titles, strict=True):
        ax.imshow(patch, cmap="gray", vmin=low, vmax=high)
        ax.set_title(title, loc="left", fontsize=10)
        ax.set_axis_off()
    draw_contributions(middle.subplots(), explained)
    draw_map(
        right.subplots(), explained.contributions, "all contributions", "to the score"
    )
    return figure


def draw_contributions(ax: Axes, explained: Explanation, rows: int = 10) -> None:
    """Bars that add up to the score, the largest contributions by name."""
    parts, power = explained.contributions, DECIBEL * explained.difference
    order = np.argsort(-np.abs(parts))
    first, rest = order[:rows], parts[order[rows:]]
    names = [
        f"{power[j]:+.0f} dB at {down}/{PATCH} down, {across}/{PATCH} across"
        for j, (down, across) in zip(first, FREQUENCIES[first], strict=True)
    ]
    names = ["average patch", *names, f"{np.count_nonzero(rest)} others", "score"]
    sizes = np.array([explained.start, *parts[first], rest.sum(), explained.score])
    colours = ["#B2182B" if size > 0.0 else "#2166AC" for size in sizes[:-1]]
    bars = ax.barh(np.arange(len(sizes)), sizes, color=[*colours, INK], height=0.72)
    ax.bar_label(bars, fmt="{:+.2f}", padding=3, fontsize=8)
    ax.axvline(0.0, color=INK, lw=0.8)
    ax.set_yticks(np.arange(len(sizes)), names, fontsize=8.5)
    ax.invert_yaxis()
    ax.margins(x=0.24)
    ax.set_xlabel("towards real (-), towards synthetic (+)", fontsize=8.5)
    ax.set_title("power against the average, and what it adds", loc="left", fontsize=10)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
