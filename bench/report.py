"""Tables of a run: cells as CSV, and Markdown with one row a problem."""

from __future__ import annotations

import argparse
import csv
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import machine, picture, suites
from bench.options import clock_column, numbers
from bench.search import SUBOPT_FACTOR

# Ratios nearer to 1 than this are called ties: a shared machine drifts as much.
TIE = 1.25

# Measures that the screen shows.
SAID = ("gap", "subopt", "error", "score_error")

Row = dict[str, Any]
MEASURES = {"gap": "relative duality gap", "subopt": "relative suboptimality"}


def line(row: Row, clock: str) -> str:
    """One run for the screen."""
    head: str = f"{row['problem']:10} {row['solver']:14} {row['setting']:7.0e} "
    if row["status"] != "ok":
        return f"{head}{row['status']}"
    said = [f"{name} {row[name]:.1e}" for name in SAID if name in row]
    said += [f"{row['n_passes']} passes"] if "n_passes" in row else []
    return "  ".join([f"{head}{row[clock]:9.3g} s", *said])


def cells(runs: Iterable[Row]) -> list[Row]:
    """One row for each problem, solver and setting.

    Times are those of the repetitions, which were taken in turns; of the search where
    there were none.
    """
    groups: dict[tuple[str, str, float], list[Row]] = {}
    for run in runs:
        groups.setdefault((run["problem"], run["solver"], run["setting"]), []).append(
            run
        )
    return [_cell(group) for group in groups.values()]


def _cell(group: list[Row]) -> Row:
    done = [run for run in group if run["status"] == "ok"]
    out = {k: v for k, v in (done or group)[0].items() if k not in ("phase", "elapsed")}
    repeated = [run for run in done if run["phase"] == "repeat"]
    out["in_turns"] = bool(repeated)
    repeated = repeated or done
    out["runs"] = len(repeated)
    for clock in ("seconds", "cpu_seconds"):
        out.pop(clock, None)
        if repeated:
            times = [float(run[clock]) for run in repeated]
            out[f"{clock}_min"] = min(times)
            out[f"{clock}_median"] = statistics.median(times)
    peaks = [run["peak_mb"] for run in done if run.get("peak_mb") is not None]
    out["peak_mb"] = min(peaks, default=None)
    return out


def best(rows: list[Row], solver: str, measure: str, target: float, clock: str) -> Any:
    """The fastest cell of a solver that meets the target, or None.

    Where some were measured in turns with the others, it is one of these: a single run
    of the search may have met a quiet moment.
    """
    met = [
        row
        for row in rows
        if row["solver"] == solver
        and row["status"] == "ok"
        and row.get(measure, float("inf")) <= target
    ]
    met = [row for row in met if row["in_turns"]] or met
    return min(met, key=lambda row: row[f"{clock}_median"], default=None)


def verdict(ratio: float) -> str:
    """A ratio of times in words: ties are called so."""
    return "tie" if 1 / TIE < ratio < TIE else f"{ratio:.2g} ×"


def ratio_words(ratio: float) -> str:
    """The number even of a tie, where it stands beside the one that is wanted."""
    number = f"{ratio:.3g} ×"
    return f"{number} (tie)" if verdict(ratio) == "tie" else number


def table(rows: list[Row], measure: str, target: float, clock: str) -> str:
    """Markdown: the fastest peer and fastreg, one row for each problem."""
    head = (
        "| problem | best peer | s | reached | fastreg s | reached | ratio | "
        "full passes | peak MB (X) |\n|---|---|---|---|---|---|---|---|---|"
    )
    names = dict.fromkeys(row["problem"] for row in rows)
    lines = [_table_row(rows, name, measure, target, clock) for name in names]
    return "\n".join([head, *lines])


def _table_row(
    rows: list[Row], name: str, measure: str, target: float, clock: str
) -> str:
    here = [row for row in rows if row["problem"] == name]
    peers = dict.fromkeys(r["solver"] for r in here if not suites.ours(r["solver"]))
    found = [best(here, peer, measure, target, clock) for peer in peers]
    time = f"{clock}_median"
    peer = min(filter(None, found), key=lambda row: row[time], default=None)
    ours = best(here, "fastreg", measure, target, clock)
    words = [name]
    if peer is None:
        words += ["none met it" if peers else "none was run", "", ""]
    else:
        words += [f"{peer['solver']} {peer['setting']:.0e}", f"{peer[time]:.3g}"]
        words += [f"{peer[measure]:.1e}"]
    if ours is None:
        words += ["not met", "", "", "", ""]
    else:
        words += [f"{ours[time]:.3g}", f"{ours[measure]:.1e}"]
        words += [verdict(peer[time] / ours[time]) if peer else ""]
        peak = "" if ours["peak_mb"] is None else f"{ours['peak_mb']:.0f}"
        words += [f"{ours['n_passes']}", f"{peak} ({ours['x_mb']:.3g})"]
    return f"| {' | '.join(words)} |"


def ladders(rows: list[Row], clock: str, measures: dict[str, str]) -> list[str]:
    """Markdown: for each problem a heading, and all settings of all solvers.

    Measures are columns of the rows, with what stands above them.
    """
    parts = []
    for name in dict.fromkeys(row["problem"] for row in rows):
        here = [row for row in rows if row["problem"] == name]
        parts += [f"## All settings on {name}", _ladder(here, clock, measures)]
    return parts


def _ladder(rows: list[Row], clock: str, measures: dict[str, str]) -> str:
    heads = ["solver", "setting", "s min", "s median", "runs"]
    heads += [*measures.values(), "peak MB"]
    lines = [heads, ["---"] * len(heads)]
    for row in sorted(rows, key=lambda row: (row["solver"], -row["setting"])):
        words = [row["solver"], f"{row['setting']:.0e}"]
        if row["status"] == "ok":
            words += [f"{row[f'{clock}_{kind}']:.3g}" for kind in ("min", "median")]
            words += [str(row["runs"])]
            words += [_said(row.get(measure, "")) for measure in measures]
            words += ["" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}"]
        else:
            words += [row["status"].replace("|", "/")]
            words += [""] * (len(heads) - len(words))
        lines.append(words)
    return "\n".join(f"| {' | '.join(words)} |" for words in lines)


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.1e}"


def markdown(rows: list[Row], targets: list[float], clock: str) -> str:
    """The whole report."""
    kind = "CPU" if clock == "cpu_seconds" else "wall-clock"
    method = (
        f"One thread, medians of {kind} seconds. Ratio: the best peer's time over "
        f"fastreg's; less than {TIE:g} in either direction is a tie. Peak MB: memory "
        "beyond the inputs, beside the size of X."
    )
    parts = [
        "# Paths at matched accuracy",
        method,
        f"Machine: {machine.sentence()}.",
        versions(rows),
    ]
    for target in sorted(targets, reverse=True):
        for measure, words in MEASURES.items():
            goal = target * (SUBOPT_FACTOR if measure == "subopt" else 1)
            parts.append(f"## Worst {words} over the path at most {goal:.0e}")
            parts.append(table(rows, measure, goal, clock))
    parts += ladders(rows, clock, {"gap": "worst gap", "subopt": "suboptimality"})
    return "\n\n".join(parts) + "\n"


def write(
    folder: Path, runs: list[Row], targets: list[float], clock: str = "seconds"
) -> None:
    """cells.csv, report.md and a picture for each measure."""
    rows = write_cells(folder, runs)
    text = markdown(rows, targets, clock)
    (folder / "report.md").write_text(text, encoding="utf-8")
    print("\n" + text.split("## All settings")[0])
    for measure, words in MEASURES.items():
        picture.draw(rows, measure, words, clock, folder / f"{measure}.png")


def write_cells(folder: Path, runs: list[Row]) -> list[Row]:
    """cells.csv; its rows."""
    rows = [row for row in cells(runs) if row["status"] != "unsuited"]
    fields = dict.fromkeys(key for row in rows for key in row)
    with (folder / "cells.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(fields))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def versions(rows: list[Row]) -> str:
    """Solvers with their versions, and the instruction set of fastreg."""
    found = dict.fromkeys(
        f"{row['solver']} {row['version']}"
        + (f" ({row['isa']})" if row.get("isa") else "")
        for row in rows
    )
    return f"Versions: {', '.join(found)}."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand: folders, whose runs are put together."""
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--targets", default=[1e-4, 1e-8], type=numbers)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")


def main(options: argparse.Namespace) -> int:
    """Write the report into the first folder."""
    runs = [run for folder in options.folders for run in read_runs(folder)]
    write(options.folders[0], runs, options.targets, clock_column(options))
    return 0


def read_runs(folder: Path) -> list[Row]:
    """The runs of a folder of results, numbers as numbers."""
    with (folder / "runs.csv").open(newline="", encoding="utf-8") as file:
        return [
            {key: _value(key, text) for key, text in row.items() if text != ""}
            for row in csv.DictReader(file)
        ]


def _value(key: str, text: str) -> Any:
    if key in ("problem", "solver", "version", "isa", "phase", "status", "method"):
        return text
    return int(text) if key in ("n_passes", "nonzero") else float(text)
