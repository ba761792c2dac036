"""``python -m bench scaling``: time of a path against p and against n.

Lasso, 100 alphas down to 1e-2 alpha_max, AR(1) columns with correlation 0.6. The
exponent is the slope of a straight line through the logarithms: 1 is linear.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np

from bench import data, launch, machine, solvers
from bench.cell import Request
from bench.options import add_timing, clock_column, words

SIZES = {
    "p": [(500, p) for p in (1_000, 3_000, 10_000, 30_000, 100_000)],
    "n": [(n, 5_000) for n in (125, 250, 500, 1_000, 2_000)],
}
SMALL = {
    "p": [(50, p) for p in (100, 200, 400)],
    "n": [(n, 200) for n in (25, 50, 100)],
}
TOL = 1e-8


def measure(
    options: argparse.Namespace, interpreters: launch.Interpreters
) -> list[dict[str, Any]]:
    """Every size `reps` times, in turns; the median counts."""
    sizes = SMALL if options.small else SIZES
    rows = []
    for axis in options.axes:
        for n, p in sizes[axis]:
            data.ensure(f"ar1-{n}-{p}")
        times: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for _ in range(options.reps):
            for n, p in sizes[axis]:
                answer = _run(n, p, options, interpreters)
                times.setdefault((n, p), []).append(answer)
        for (n, p), answers in times.items():
            seconds = float(
                np.median([answer[clock_column(options)] for answer in answers])
            )
            passes = answers[0].get("n_passes", "")
            rows.append(
                {"axis": axis, "n": n, "p": p, "seconds": seconds, "n_passes": passes}
            )
            print(f"n={n:6} p={p:6}  {seconds:9.3g} s  {passes} passes", flush=True)
    return rows


def _run(
    n: int, p: int, options: argparse.Namespace, interpreters: launch.Interpreters
) -> dict[str, Any]:
    request = Request(
        f"ar1-{n}-{p}",
        options.solver,
        options.tol,
        cap=options.cap,
        clock=options.clock,
        accuracy=False,
    )
    answer = launch.run(request, interpreters.of(options.solver))
    if answer["status"] != "ok":
        raise ValueError(f"n={n}, p={p}: the run is {answer['status']}.")
    return answer


def exponent(rows: list[dict[str, Any]], axis: str) -> float:
    """Slope of log time against log size."""
    mine = [row for row in rows if row["axis"] == axis]
    size, seconds = (np.log([row[key] for row in mine]) for key in (axis, "seconds"))
    return float(np.polyfit(size, seconds, 1)[0])


def draw(rows: list[dict[str, Any]], solver: str, file: Path) -> None:
    """The curves, log-log, with the fitted line and its exponent."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    axes_names = list(dict.fromkeys(row["axis"] for row in rows))
    figure, panels = plt.subplots(
        1,
        len(axes_names),
        figsize=(4.4 * len(axes_names), 3.6),
        squeeze=False,
        layout="constrained",
    )
    for panel, axis in zip(panels.flat, axes_names, strict=True):
        mine = [row for row in rows if row["axis"] == axis]
        size = np.array([row[axis] for row in mine], dtype=float)
        seconds = np.array([row["seconds"] for row in mine])
        slope = exponent(rows, axis)
        middle = np.exp(np.log(seconds).mean() - slope * np.log(size).mean())
        panel.loglog(size, middle * size**slope, color="#bbbbbb", zorder=1)
        panel.loglog(size, seconds, "o", color="#0072b2", zorder=2)
        fixed = "n" if axis == "p" else "p"
        panel.set_title(
            f"{fixed} = {mine[0][fixed]:,}: time ∝ {axis}^{slope:.2f}",
            loc="left",
            fontsize=10,
        )
        panel.set_xticks(size, [f"{value:,.0f}" for value in size])
        panel.minorticks_off()
        panel.yaxis.set_major_formatter("{x:g}")
        panel.set_xlabel(axis)
        panel.grid(visible=True, color="#e6e6e6", linewidth=0.7)
        panel.spines[["top", "right"]].set_visible(False)
    figure.supylabel(f"seconds for a path, {solver}", fontsize=10)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument("--solver", default="fastreg", choices=list(solvers.SOLVERS))
    parser.add_argument("--axes", default=["p", "n"], type=words)
    parser.add_argument("--tol", type=float, default=TOL)
    parser.add_argument("--small", action="store_true", help="sizes of a test")
    add_timing(parser, reps=3)
    parser.add_argument("--python", action="append", default=[], metavar="SOLVER=PATH")
    parser.add_argument("--out", type=Path, default=Path("bench/results"))


def main(options: argparse.Namespace) -> int:
    """Measure, fit, write scaling.csv and scaling.png."""
    unknown = set(options.axes) - set(SIZES)
    if unknown:
        raise ValueError(f"--axes takes p and n, not {', '.join(sorted(unknown))}.")
    print(machine.sentence())
    rows = measure(options, launch.Interpreters.parse(options.python))
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "scaling.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for axis in options.axes:
        print(f"time grows as {axis}^{exponent(rows, axis):.2f}")
    draw(rows, options.solver, options.out / "scaling.png")
    return 0
