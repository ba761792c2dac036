"""Time against achieved accuracy: a panel for each problem, a line for each solver."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

PANELS = 3  # in a row, at most
SMALLEST = 1e-14  # accuracies below are rounding

# Fixed, so that a solver keeps its colour from run to run (Okabe and Ito's palette, and
# for the second form of a solver the same colour, dashed).
STYLES = {
    "fastreg": ("#000000", "-"),
    "reference": ("#999999", ":"),
    "sklearn": ("#e69f00", "-"),
    "sklearn-gram": ("#e69f00", "--"),
    "celer": ("#009e73", "-"),
    "skglm": ("#0072b2", "-"),
    "adelie": ("#d55e00", "-"),
    "adelie-cov": ("#d55e00", "--"),
    "glum": ("#8c6d46", "-"),
    "blitzl1": ("#c2b200", "-"),
    "python-glmnet": ("#cc79a7", "-"),
    "glmnet-r-naive": ("#56b4e9", "-"),
    "glmnet-r-cov": ("#56b4e9", "--"),
}


def draw(
    rows: list[dict[str, Any]], measure: str, words: str, clock: str, file: Path
) -> None:
    """Write a PNG; without matplotlib, say so and leave it."""
    try:
        import matplotlib as mpl
    except ImportError:
        print(f"{file.name} is not drawn: matplotlib is not installed.")
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shown = [row for row in rows if row["status"] == "ok" and measure in row]
    names = list(dict.fromkeys(row["problem"] for row in shown))
    if not names:
        return
    across = min(PANELS, math.ceil(math.sqrt(len(names))))
    down = math.ceil(len(names) / across)
    size = (max(4.2 * across, 6.0) + 0.4, 3.4 * down + 0.9)
    figure, axes = plt.subplots(
        down, across, figsize=size, squeeze=False, layout="constrained"
    )
    for axis, name in zip(axes.flat, names, strict=False):
        panel(axis, [row for row in shown if row["problem"] == name], measure, clock)
        axis.set_title(name, loc="left", fontweight="bold")
    for axis in axes.flat[len(names) :]:
        axis.set_axis_off()
    across_words = f"worst {words} over the path (better to the right)"
    figure.supxlabel(across_words, fontsize=10)
    unit = "CPU seconds" if clock == "cpu_seconds" else "seconds"
    figure.supylabel(f"{unit} (better below)", fontsize=10)
    handles = {
        line.get_label(): line for axis in axes.flat for line in axis.get_lines()
    }
    order = [name for name in STYLES if name in handles]
    figure.legend(
        [handles[name] for name in order], order, loc="outside upper center",
        ncols=min(len(order), 2 * across), frameon=False,
    )  # fmt: skip
    figure.savefig(file, dpi=150)
    plt.close(figure)


def panel(axis: Any, rows: list[dict[str, Any]], measure: str, clock: str) -> None:
    """One problem: what each setting reached and what it took."""
    from matplotlib.ticker import LogLocator, NullLocator

    for solver in dict.fromkeys(row["solver"] for row in rows):
        mine = [row for row in rows if row["solver"] == solver]
        mine.sort(key=lambda row: -row[measure])
        colour, style = STYLES.get(solver, ("#666666", "-"))
        ours = solver == "fastreg"
        axis.plot(
            [max(row[measure], SMALLEST) for row in mine],
            [row[f"{clock}_median"] for row in mine],
            style,
            color=colour,
            marker="o",
            markersize=5 if ours else 3.5,
            linewidth=2.6 if ours else 1.4,
            zorder=3 if ours else 2,
            label=solver,
        )
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.invert_xaxis()
    axis.xaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter("{x:g}")
    axis.grid(visible=True, color="#e6e6e6", linewidth=0.7)
    axis.spines[["top", "right"]].set_visible(False)
