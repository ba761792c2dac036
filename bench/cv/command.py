"""``python -m bench cv``: the subcommand."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench import campaign, data, launch
from bench.campaign import Campaign
from bench.cv import SOLVERS, problems, references, report
from bench.options import clock_column, numbers, words
from bench.report import read_runs

# What is measured in turns with something else, and in which row.
TURNS = {"lasso": "threads", "enet": "threads", "logit": "threads", "tall": "gram"}
SMALL_TURNS = {"small": "threads", "small-enet": "gram"}
FILE = "turns.json"
TOL = 1e-6  # the default of fastreg.cv


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument(
        "--only",
        type=words,
        metavar="ROWS",
        help=f"some of {', '.join([*problems.ROWS, *problems.SMALL])}",
    )
    parser.add_argument("--small", action="store_true", help="rows of milliseconds")
    parser.add_argument(
        "--targets", type=numbers, default=[1e-3, 1e-6], help="errors of mean scores"
    )
    parser.add_argument(
        "--read",
        action="append",
        type=Path,
        metavar="DIR",
        help="run nothing: one table of these results, in the first folder",
    )
    campaign.add_arguments(parser, list(SOLVERS))
    parser.set_defaults(budget=300.0)


def main(options: argparse.Namespace) -> int:
    """Measure the rows, and write the tables to the folder."""
    targets = sorted(options.targets, reverse=True)
    if options.read:
        return _read(options, targets)
    names = options.only or list(problems.SMALL if options.small else problems.ROWS)
    for name in names:
        problems.find(name)
    running = Campaign.begin(options, "cv", [("error", target) for target in targets])
    turned: dict[str, dict[str, Any]] = {}
    try:
        for name in names:
            data.ensure(problems.find(name).data)
            worst = references.ensure(name)
            known = f": folds solved to a gap of {worst:.0e}" if worst else ""
            print(f"{name}{known}", flush=True)
            running.compete(name)
            if name in {**TURNS, **SMALL_TURNS}:
                turned[name] = _turns(options, name)
    finally:
        (options.out / FILE).write_text(json.dumps(turned) + "\n", encoding="utf-8")
        report.write(options.out, running.runs, targets, running.clock, turned)
    return 1 if running.failed else 0


def _turns(options: argparse.Namespace, name: str) -> dict[str, Any]:
    kind = {**TURNS, **SMALL_TURNS}[name]
    asked = json.dumps([kind, name, TOL, max(1, options.reps), options.clock])
    return launch.answer(sys.executable, "bench.cv.turns", asked)


def _read(options: argparse.Namespace, targets: list[float]) -> int:
    """Put the results of several folders together; of turns, the first folder's."""
    runs: list[dict[str, Any]] = []
    turned: dict[str, dict[str, Any]] = {}
    for folder in options.read:
        if (folder / "runs.csv").exists():
            runs += read_runs(folder)
        if (folder / FILE).exists():
            found = json.loads((folder / FILE).read_text(encoding="utf-8"))
            turned = {**found, **turned}
    report.write(options.read[0], runs, targets, clock_column(options), turned)
    return 0
