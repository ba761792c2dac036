"""``python -m bench ridge``: the subcommand."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench import campaign, data, launch
from bench.campaign import Campaign
from bench.options import clock_column, words
from bench.report import read_runs
from bench.ridge import SOLVERS, calls, problems, references, report

CALLS = "calls"
FILE = "calls.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    rows = [*problems.ROWS, CALLS]
    parser.add_argument(
        "--only", type=words, metavar="ROWS", help=f"some of {', '.join(rows)}"
    )
    parser.add_argument("--small", action="store_true", help="rows of milliseconds")
    parser.add_argument(
        "--read",
        action="append",
        type=Path,
        metavar="DIR",
        help="run nothing: one table of these results, in the first folder",
    )
    campaign.add_arguments(parser, list(SOLVERS))
    parser.set_defaults(budget=120.0)  # several loops over 50 alphas can't end sooner


def main(options: argparse.Namespace) -> int:
    """Measure the rows, and write the table to the folder."""
    if options.read:
        return _read(options)
    rows = problems.SMALL if options.small else problems.ROWS
    names = options.only or [*rows, CALLS]
    for name in names:
        if name != CALLS:
            problems.find(name)
    running = Campaign.begin(options, "ridge", [("error", report.TARGET)])
    called = None
    try:
        for name in names:
            if name == CALLS:
                called = _calls(options)
                continue
            data.ensure(problems.find(name).data)
            bound = references.ensure(name)
            known = f": solution with an error of at most {bound:.0e}" if bound else ""
            print(f"{name}{known}", flush=True)
            running.compete(name)
    finally:
        report.write(options.out, running.runs, running.clock, called)
    return 1 if running.failed else 0


def _calls(options: argparse.Namespace) -> dict[str, Any]:
    turns = calls.TURNS // 30 if options.small else calls.TURNS
    asked = json.dumps([options.clock, turns])
    answer = launch.answer(sys.executable, "bench.ridge.calls", asked)
    (options.out / FILE).write_text(json.dumps(answer) + "\n", encoding="utf-8")
    return answer


def _read(options: argparse.Namespace) -> int:
    """Put the results of several folders together, the first one's calls."""
    runs, called = [], None
    for folder in options.read:
        if (folder / "runs.csv").exists():
            runs += read_runs(folder)
        if called is None and (folder / FILE).exists():
            called = json.loads((folder / FILE).read_text(encoding="utf-8"))
    report.write(options.read[0], runs, clock_column(options), called)
    return 0
