"""``python -m bench many``: the subcommand."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench import launch
from bench.many.rows import ROWS
from bench.options import words

# Coefficients of two ways differ by no more than this where both are right.
AGREE = 1e-3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument(
        "--only", type=words, metavar="ROWS", help=f"some of {', '.join(ROWS)}"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the problems")
    parser.add_argument("--threads", type=int, default=2, help="of fastreg")
    parser.add_argument("--reps", type=int, default=3, help="turns of each way")
    parser.add_argument("--out", type=Path, default=Path("bench/results/many"))


def main(options: argparse.Namespace) -> int:
    """Measure the rows, one process each, and write the table to the folder."""
    names = options.only or list(ROWS)
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        known = ", ".join(ROWS)
        raise ValueError(f"There is no row {unknown[0]!r}; there are: {known}")
    options.out.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in names:
        asked = json.dumps([name, options.scale, options.threads, options.reps])
        found[name] = launch.answer(sys.executable, "bench.many.command", asked)
        print(table({name: found[name]}).splitlines()[-1], flush=True)
    (options.out / "many.json").write_text(json.dumps(found, indent=1) + "\n")
    text = table(found)
    (options.out / "many.md").write_text(text + "\n", encoding="utf-8")
    print("\n" + text)
    return 0 if all(row["difference"] <= AGREE for row in found.values()) else 1


def table(found: dict[str, Any]) -> str:
    """Markdown: the fastest other way and fastreg, a line for each row."""
    lines = [
        "| work | fastest other way | s | fastreg s | ratio | wanted | differ by |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in found.items():
        ours, *others = row["ways"]
        others = [way for way in others if not way["name"].startswith("fastreg")]
        best = min(others, key=lambda way: float(way["seconds"]))
        ratio = best["seconds"] / ours["seconds"]
        lines.append(
            f"| {ROWS[name].words} | {best['name']} | {best['seconds']:.3g} | "
            f"{ours['seconds']:.3g} | {ratio:.3g} | ≥ {ROWS[name].wanted:g} | "
            f"{row['difference']:.0e} |"
        )
    return "\n".join(lines)


def measure(name: str, scale: float, n_threads: int, reps: int) -> dict[str, Any]:
    """Medians of wall-clock times, in turns, counted up to the whole."""
    ways = ROWS[name].make(scale, n_threads)
    times: list[list[float]] = [[] for _ in ways]
    found: list[Any] = [None] * len(ways)
    for _ in range(reps):
        for k, way in enumerate(ways):
            start = time.perf_counter()
            found[k] = way.run()
            times[k].append((time.perf_counter() - start) / way.share)
    difference = max(
        float(np.abs(found[0][: len(other)] - other).max()) for other in found[1:]
    )
    return {
        "ways": [
            {"name": way.name, "seconds": statistics.median(own)}
            for way, own in zip(ways, times, strict=True)
        ],
        "difference": difference,
    }


if __name__ == "__main__":
    print(json.dumps(measure(*json.loads(sys.argv[1]))))
