"""``python -m bench compare BASE HEAD``: two states of fastreg, or two results.

Two git references are built, each from a worktree and in a virtual environment of its
own, and measured in turns in one go. Of two folders of results the cells that both have
are compared; they were measured at different times, so trust them less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import data, launch, machine, problems, references, report
from bench.cell import Request
from bench.options import add_timing, clock_column, numbers, words

Times = dict[tuple[str, str, float], list[float]]


def build(reference: str, folder: Path) -> str:
    """Install fastreg as it was at a reference; the interpreter that has it.

    Only the kernels of the instruction set that fastreg chooses here are compiled.
    """
    from fastreg import _core

    tree, environment = folder / "tree", folder / "environment"
    _command("git", "worktree", "add", "--detach", str(tree), reference)
    _command(sys.executable, "-m", "venv", str(environment))
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    print(f"Building fastreg at {reference} ...", flush=True)
    level = f"cmake.define.FASTREG_LEVELS={_core.isa}"
    install = (str(python), "-m", "pip", "install", "--quiet")
    _command(*install, str(tree), "scipy", "-C", level)
    return str(python)


def remove(folder: Path) -> None:
    """Take the worktree off git's list."""
    _command("git", "worktree", "remove", "--force", str(folder / "tree"))


def _command(*words: str) -> None:
    done = subprocess.run(
        words, cwd=launch.ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip()[-400:]
        raise ValueError(f"'{' '.join(words[:4])} ...' failed: {reason}")


def measure(pythons: list[str], options: argparse.Namespace) -> list[Times]:
    """Both sides in turns, each problem and tolerance `reps` times."""
    times: list[Times] = [{}, {}]
    for name in options.problems:
        data.ensure(problems.find(name).data)
        references.ensure(name)
        for tol in options.targets:
            for _ in range(options.reps):
                for side, python in enumerate(pythons):
                    answer = _run(name, tol, python, options)
                    seconds = answer[clock_column(options)]
                    times[side].setdefault((name, "fastreg", tol), []).append(seconds)
    return times


def _run(
    name: str, tol: float, python: str, options: argparse.Namespace
) -> dict[str, Any]:
    request = Request(name, "fastreg", tol, cap=options.cap, clock=options.clock)
    answer = launch.run(request, python)
    if answer["status"] != "ok":
        raise ValueError(f"{name} at {tol:.0e} with {python}: {answer['status']}.")
    if answer["gap"] > tol:
        print(f"{name}: a gap of {answer['gap']:.1e} misses {tol:.0e}", flush=True)
    return answer


def from_folder(folder: Path, column: str) -> Times:
    """Times of the cells of a folder, those of the repetitions where there are any."""
    runs = [run for run in report.read_runs(folder) if run["status"] == "ok"]
    times: dict[str, Times] = {"repeat": {}, "search": {}}
    for run in runs:
        key = (run["problem"], run["solver"], run["setting"])
        times[run["phase"]].setdefault(key, []).append(run[column])
    return {**times["search"], **times["repeat"]}


def table(base: Times, head: Times) -> str:
    """Markdown; a ratio above 1 means that HEAD is faster."""
    lines = ["| problem | solver | setting | base s | head s | base / head |"]
    lines.append("|---|---|---|---|---|---|")
    for key in base:
        if key not in head:
            continue
        before, after = statistics.median(base[key]), statistics.median(head[key])
        name, solver, setting = key
        cells = [name, solver, f"{setting:.0e}", f"{before:.3g}", f"{after:.3g}"]
        lines.append(f"| {' | '.join(cells)} | {report.verdict(before / after)} |")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument("base", metavar="BASE", help="git reference or folder")
    parser.add_argument("head", metavar="HEAD", help="git reference or folder")
    parser.add_argument("--problems", default=list("AKBCDE"), type=words)
    parser.add_argument("--targets", default=[1e-4, 1e-8], type=numbers)
    add_timing(parser, reps=5)


def main(options: argparse.Namespace) -> int:
    """Print the ratios of medians; less than 25 % is a tie."""
    sides = [Path(options.base), Path(options.head)]
    if all((side / "runs.csv").exists() for side in sides):
        print(table(*(from_folder(side, clock_column(options)) for side in sides)))
        return 0
    for name in options.problems:
        problems.find(name)
    with tempfile.TemporaryDirectory() as folder:
        folders = [Path(folder) / "base", Path(folder) / "head"]
        for path in folders:
            path.mkdir()
        try:
            names = (options.base, options.head)
            pythons = [build(*side) for side in zip(names, folders, strict=True)]
            times = measure(pythons, options)
        finally:
            for path in folders:
                if (path / "tree").exists():
                    remove(path)
    print(machine.sentence(), "\n")
    print(table(*times))
    return 0
