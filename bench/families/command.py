"""``python -m bench families``: the subcommand."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import campaign, data
from bench.campaign import Campaign
from bench.families import SOLVERS, problems, report
from bench.options import clock_column, words
from bench.report import read_runs


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
        "--targets", nargs="+", type=float, default=[1e-4, 1e-8], help="relative gaps"
    )
    parser.add_argument(
        "--read",
        action="append",
        type=Path,
        metavar="DIR",
        help="run nothing: one table of these results, in the first folder",
    )
    campaign.add_arguments(parser, list(SOLVERS))


def main(options: argparse.Namespace) -> int:
    """Measure the rows, and write the table to the folder."""
    targets = sorted(options.targets, reverse=True)
    if options.read:
        runs = [run for folder in options.read for run in read_runs(folder)]
        report.write(options.read[0], runs, targets, clock_column(options))
        return 0
    names = options.only or list(problems.SMALL if options.small else problems.ROWS)
    for name in names:
        problems.find(name)
    goals = [("gap", target) for target in targets]
    running = Campaign.begin(options, "families", goals)
    try:
        for name in names:
            data.ensure(problems.find(name).data)
            print(name, flush=True)
            running.compete(name)
    finally:
        if running.runs:
            report.write(options.out, running.runs, targets, running.clock)
    return 1 if running.failed else 0
