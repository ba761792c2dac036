"""``python -m bench threads``: speed-up by threads, and equality to the bit."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench import data, launch, machine, problems
from bench.cell import Request
from bench.options import add_timing, clock_column, words


def measure(options: argparse.Namespace, name: str, folder: Path) -> str:
    """Runs in turns with 1 and with k threads; a row of the table."""
    data.ensure(problems.find(name).data)
    python = launch.Interpreters.parse([]).of("fastreg")
    counts = (1, options.threads)
    seconds: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(options.reps):
        for count in counts:
            request = Request(
                name,
                "fastreg",
                options.tol,
                cap=options.cap,
                clock=options.clock,
                threads=count,
                accuracy=False,
                keep=str(folder / f"{name}-{count}.npz"),
            )
            answer = launch.run(request, python)
            if answer["status"] != "ok":
                raise ValueError(f"{name} with {count} threads: {answer['status']}.")
            seconds[count].append(answer[clock_column(options)])
    one, many = (statistics.median(seconds[count]) for count in counts)
    same = identical(*(sp.load_npz(folder / f"{name}-{count}.npz") for count in counts))
    words = "equal to the bit" if same else "DIFFERENT"
    return f"| {name} | {one:.3g} | {many:.3g} | {one / many:.2f} × | {words} |"


def identical(one: Any, other: Any) -> bool:
    """Whether two sparse matrices have the same bits."""
    return one.shape == other.shape and all(
        np.array_equal(getattr(one, part), getattr(other, part))
        for part in ("indptr", "indices", "data")
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument("--problems", default=["A", "D", "E"], type=words)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tol", type=float, default=1e-8)
    add_timing(parser, reps=3)


def main(options: argparse.Namespace) -> int:
    """Print the table; 1 if any coefficients differ."""
    import inspect

    import fastreg

    if "n_threads" not in inspect.signature(fastreg.path).parameters:
        raise ValueError("This version of fastreg.path has no n_threads.")
    print(machine.sentence(), "\n")
    print(f"| problem | 1 thread s | {options.threads} threads s | faster | result |")
    print("|---|---|---|---|---|")
    different = False
    with tempfile.TemporaryDirectory() as folder:
        for name in options.problems:
            row = measure(options, name, Path(folder))
            different |= "DIFFERENT" in row
            print(row, flush=True)
    return 1 if different else 0
